//! What is wrong with a folder, and where.

use crate::limits;
use crate::sandbox::error::LoadProblem;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    pub(super) kept: Vec<LoadProblem>,
    pub(super) more: usize,
}

impl Problems {
    pub(super) fn add(&mut self, place: &Location, problem: impl Into<String>) {
        if self.kept.len() < limits::DIAGNOSTICS_MAX {
            self.kept.push(LoadProblem {
                file: place.file.clone(),
                pointer: place.pointer.clone(),
                problem: problem.into(),
            });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Location {
    pub(super) file: String,
    pub(super) pointer: String,
}

impl Location {
    pub(super) fn file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            pointer: String::new(),
        }
    }

    /// The place of a field or an item.
    pub(super) fn at(&self, part: &str) -> Self {
        let part = part.replace('~', "~0").replace('/', "~1");
        Self {
            file: self.file.clone(),
            pointer: format!("{}/{part}", self.pointer),
        }
    }
}

/// An object and where it was written.
#[derive(Debug)]
pub(super) struct Placed<T> {
    pub(super) place: Location,
    pub(super) object: T,
}
