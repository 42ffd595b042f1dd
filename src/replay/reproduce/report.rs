//! What a replay came to.

use std::collections::BTreeMap;

use super::drift::{self, Drift, DriftExample};
use super::finding::{Finding, FindingClass};
use crate::limits;
use crate::replay::StoppedEarly;

/// What deciding again came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayReport {
    /// How far it came, where it was stopped before the last decision: all below is of those alone.
    pub stopped_early: Option<StoppedEarly>,
    /// Decisions looked at.
    pub total: u64,
    /// Of those, decisions that were meant: decided again, or found damaged.
    pub taken: u64,
    /// Decisions of which it is not known whether they are meant: left out.
    pub unknown: u64,
    /// Decisions that came out as recorded: byte for byte, or, those of other semantics, from their
    /// recorded features.
    pub reproduced: u64,
    /// Those among them that were made under other semantics than this engine's, by their number.
    pub other_semantics: BTreeMap<u32, u64>,
    /// How many decisions there are of each class of findings.
    pub classes: BTreeMap<FindingClass, u64>,
    /// The first findings, oldest first; at most [`limits::REPLAY_FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// Where that was asked for, what computing features anew would change, by their names.
    pub drift: Option<BTreeMap<&'static str, Drift>>,
}

/// What became of one decision.
#[derive(Debug)]
pub(super) enum Result {
    /// It is not meant.
    NotTaken,
    /// It is not known whether it is meant.
    Unknown,
    /// It came out as recorded: the semantics, where they are not this engine's.
    Reproduced(Option<u32>),
    Found(Box<Finding>),
}

impl ReplayReport {
    /// Whether every decision that was meant came out as recorded.
    pub fn is_faithful(&self) -> bool {
        self.classes.is_empty()
    }

    pub(super) fn add(&mut self, result: Result, drift: BTreeMap<&'static str, DriftExample>) {
        let count = |number: &mut u64| *number = number.saturating_add(1);
        count(&mut self.total);
        match result {
            Result::NotTaken => {}
            Result::Unknown => count(&mut self.unknown),
            Result::Reproduced(other) => {
                count(&mut self.taken);
                count(&mut self.reproduced);
                if let Some(semantics) = other {
                    count(self.other_semantics.entry(semantics).or_default());
                }
            }
            Result::Found(finding) => {
                count(&mut self.taken);
                count(self.classes.entry(finding.class).or_default());
                if self.findings.len() < limits::REPLAY_FINDINGS_MAX {
                    self.findings.push(*finding);
                }
            }
        }
        if let Some(all) = &mut self.drift {
            drift::add(all, drift);
        }
    }
}
