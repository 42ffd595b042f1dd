//! Judging decisions as the columns hold them.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use super::judge::{LiveRuleSets, Part};
use super::setup::Setup;
use crate::features::FeatureId;
use crate::portfolio::columns::{Columns, ColumnsError, Stretch};
use crate::portfolio::{PastDecision, Selection};

/// What decisions are judged by.
pub(super) struct Judging<'a> {
    pub(super) setup: &'a Setup,
    pub(super) selection: &'a Selection,
    pub(super) live: &'a LiveRuleSets,
    pub(super) wants_lines: bool,
}

/// Columns that somebody brought up to date.
pub(super) fn open(path: &Path) -> Result<Columns, ColumnsError> {
    let changed = || ColumnsError::Changed {
        path: path.display().to_string(),
    };
    Columns::open(path)?.ok_or_else(changed)
}

impl Judging<'_> {
    /// Judges a stretch of the columns.
    pub(super) fn stretch(&self, path: &Path, stretch: &Stretch) -> Result<Part, ColumnsError> {
        // A condition may be about any feature.
        let all = self.selection.holds.is_some();
        let candidates = self.setup.candidates.iter();
        let read = candidates.flat_map(|one| one.named.bundle.program().features_read());
        let read: BTreeSet<FeatureId> = read.chain(self.setup.features.iter().copied()).collect();
        let mut part = Part::new(self.setup);
        open(path)?.load(
            stretch,
            |feature| all || read.contains(&feature),
            |past| {
                self.one(past, &mut part);
                ControlFlow::Continue(())
            },
        )?;
        Ok(part)
    }

    fn one(&self, past: &PastDecision, part: &mut Part) {
        let name = || format!("{} ({})", past.seq, past.id);
        let live = self.live.get(&past.rule_set.bundle);
        let bundle = live.and_then(|live| live.as_ref().ok());
        let taken = self.selection.takes(past, bundle.map(|live| &live.bundle));
        let made = (past.resolves.is_some(), past.semantics);
        let population = &mut part.counts.population;
        if !population.takes(taken, made, name) {
            return;
        }
        match live {
            Some(Ok(live)) => part.judge(self.setup, (past, live), self.wants_lines),
            Some(Err(problem)) => population.damaged(name(), problem.clone()),
            None => {
                let hash = past.rule_set.bundle;
                population.damaged(name(), format!("its bundle {hash} is missing"));
            }
        }
    }
}
