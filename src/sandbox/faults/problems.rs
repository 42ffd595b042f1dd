//! Gathers what is wrong with faults.

use super::error::FaultProblem;
use crate::limits;
use crate::sandbox::error::SandboxError;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    kept: Vec<FaultProblem>,
    more: usize,
}

impl Problems {
    pub(super) fn add(&mut self, line: Option<usize>, problem: impl Into<String>) {
        if self.kept.len() < limits::DIAGNOSTICS_MAX {
            self.kept.push(FaultProblem {
                line,
                problem: problem.into(),
            });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// `done`, unless something is wrong.
    pub(super) fn or<T>(mut self, done: T) -> Result<T, SandboxError> {
        if self.kept.is_empty() {
            return Ok(done);
        }
        self.kept.sort_by_key(|problem| problem.line);
        Err(SandboxError::Faults {
            problems: self.kept,
            more: self.more,
        })
    }
}

/// `: did you mean ...?`, where one of the names is near; otherwise `: ` and `otherwise`.
pub(super) fn hint<'n>(
    wanted: &str,
    names: impl Iterator<Item = &'n str>,
    otherwise: &str,
) -> String {
    let distance_max = (wanted.chars().count() / 3).max(1);
    let nearest = names
        .map(|name| (strsim::damerau_levenshtein(wanted, name), name))
        .filter(|(distance, _)| *distance <= distance_max)
        .min();
    match nearest {
        Some((_, name)) => format!(": did you mean `{name}`?"),
        None => format!(": {otherwise}"),
    }
}
