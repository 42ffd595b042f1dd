//! Judging decisions on what was recorded of them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::counts::{Counts, Judged};
use super::from_snapshots::Open;
use super::line::{CandidateLine, Line};
use super::names::Named;
use super::setup::Setup;
use crate::portfolio::{PastDecision, Undecidable};
use crate::rules::{Bundle, BundleHash, Conclusion};

/// The fewest decisions that are worth a thread of their own.
const CHUNK_MIN: usize = 32;

/// The rule sets that decided.
pub(super) type LiveRuleSets = BTreeMap<BundleHash, Result<Named, String>>;

/// What came of decisions that were judged, by one thread or all.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) counts: Counts,
    /// Where a candidate could not decide without the bank data.
    pub(super) open: Vec<Open>,
    /// One for each decision, where lines are wanted.
    pub(super) lines: Vec<Line>,
}

impl Part {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            counts: Counts::new(setup),
            open: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Judges a decision that `live` made by every candidate, and counts it.
    pub(super) fn judge(
        &mut self,
        setup: &Setup,
        (past, live): (&PastDecision, &Named),
        wants_lines: bool,
    ) {
        self.counts.add(setup, past, live);
        let mut line = wants_lines.then(|| Line::of(past, live));
        let mut open = Vec::new();
        for (at, candidate) in setup.candidates.iter().enumerate() {
            let decided = judge(past, &live.bundle, &candidate.named.bundle);
            let is_open = decided == Err(Undecidable::Forecast);
            let judged = Judged {
                decided,
                from_snapshots: false,
            };
            if let Some(line) = &mut line {
                line.candidates.push(CandidateLine::of(candidate, &judged));
            }
            if is_open {
                open.push(at);
            } else {
                self.counts.judge(setup, (past, live), (at, &judged));
            }
        }
        if !open.is_empty() {
            self.open.push(Open {
                past: Box::new(past.clone()),
                line: self.lines.len(),
                candidates: open,
            });
        }
        self.lines.extend(line);
    }

    /// Adds what came of the decisions after these.
    pub(super) fn append(&mut self, after: Self) {
        let first = self.lines.len();
        self.counts.merge(after.counts);
        self.open.extend(after.open.into_iter().map(|open| Open {
            line: open.line.saturating_add(first),
            ..open
        }));
        self.lines.extend(after.lines);
    }
}

/// Judges decisions, each with the rule set that made it, and counts them.
pub(super) fn judge_all(
    setup: &Setup,
    decisions: &[(PastDecision, &Named)],
    wants_lines: bool,
) -> Part {
    // What is counted apart has to be put together: no more parts than there are threads.
    let size = decisions.len().div_ceil(rayon::current_num_threads());
    let size = size.max(CHUNK_MIN);
    let parts = decisions.par_chunks(size).map(|chunk| {
        let mut part = Part::new(setup);
        for (past, live) in chunk {
            part.judge(setup, (past, live), wants_lines);
        }
        part
    });
    let parts: Vec<Part> = parts.collect();
    let mut all = Part::new(setup);
    for part in parts {
        all.append(part);
    }
    all
}

/// What a rule set comes to on what was recorded. Where it reads descriptions by other phrases than what
/// decided, the features are others: it needs the bank data, as for a forecast that was not asked for.
fn judge(
    past: &PastDecision,
    live: &Bundle,
    candidate: &Bundle,
) -> Result<Conclusion, Undecidable> {
    if live.rule_set().lexicon() != candidate.rule_set().lexicon() {
        past.check(candidate, live)?;
        return Err(Undecidable::Forecast);
    }
    past.decide_by(candidate, live)
}
