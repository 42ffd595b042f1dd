//! Judging decisions: from what was recorded of them, or where that does not do from the bank data.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::counts::{Counts, Judged};
use super::line::{CandidateLine, Line};
use super::names::Named;
use super::setup::{Candidate, Setup};
use crate::decision::DecisionBody;
use crate::ledger::SealedDecision;
use crate::portfolio::{Decided, PastDecision, Undecidable};
use crate::replay::reproduce::recorded::{Recorded, UNREADABLE};
use crate::rules::{Bundle, BundleHash};

/// The fewest decisions that are worth a thread of their own.
const CHUNK_MIN: usize = 32;

/// The rule sets that decided.
pub(super) type LiveRuleSets = BTreeMap<BundleHash, Result<Named, String>>;

/// What came of decisions that were judged.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) counts: Counts,
    /// Where a candidate could not decide without the bank data: by their positions.
    pub(super) open: Vec<Open>,
    /// One for each decision, where lines are wanted.
    pub(super) lines: Vec<Line>,
}

/// A decision that a candidate decides from the bank data, by their positions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) decision: usize,
    pub(super) candidate: usize,
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
    let chunks = decisions.par_chunks(size).enumerate();
    let parts = chunks.map(|(number, chunk)| {
        let first = number.saturating_mul(size);
        judge_chunk(setup, (first, chunk), wants_lines)
    });
    let parts: Vec<Part> = parts.collect();
    let mut all = Part {
        counts: Counts::new(setup),
        open: Vec::new(),
        lines: Vec::new(),
    };
    for part in parts {
        all.counts.merge(part.counts);
        all.open.extend(part.open);
        all.lines.extend(part.lines);
    }
    all
}

fn judge_chunk(
    setup: &Setup,
    (first, chunk): (usize, &[(PastDecision, &Named)]),
    wants_lines: bool,
) -> Part {
    let mut part = Part {
        counts: Counts::new(setup),
        open: Vec::new(),
        lines: Vec::new(),
    };
    for (number, (past, live)) in (first..).zip(chunk) {
        part.counts.add(setup, past, live);
        let mut line = wants_lines.then(|| Line::of(past, live));
        for (at, candidate) in setup.candidates.iter().enumerate() {
            let decided = judge(past, &live.bundle, &candidate.named.bundle);
            if decided == Err(Undecidable::Forecast) {
                part.open.push(Open {
                    decision: number,
                    candidate: at,
                });
            }
            let judged = Judged {
                decided,
                from_snapshots: false,
            };
            if let Some(line) = &mut line {
                line.candidates.push(CandidateLine::of(candidate, &judged));
            }
            if judged.decided != Err(Undecidable::Forecast) {
                part.counts.judge(setup, (past, live), (at, &judged));
            }
        }
        part.lines.extend(line);
    }
    part
}

/// What a rule set comes to on what was recorded. Where it reads descriptions by other phrases than what
/// decided, the features are others: it needs the bank data, as for a forecast that was not asked for.
fn judge(past: &PastDecision, live: &Bundle, candidate: &Bundle) -> Result<Decided, Undecidable> {
    if live.rule_set().lexicon() != candidate.rule_set().lexicon() {
        past.check(candidate, live)?;
        return Err(Undecidable::Forecast);
    }
    past.decide_by(candidate, live)
}

/// What a candidate comes to from the bank data, or why that cannot be read.
pub(super) fn judge_from_snapshots(
    sealed: SealedDecision,
    candidate: &Candidate,
) -> Result<Judged, String> {
    let recorded = recorded(sealed)?;
    let body = recorded.decide(&candidate.named.bundle);
    let body = body.map_err(|_| Undecidable::Defect);
    Ok(Judged {
        decided: body.map(|body| Decided::from(body.evaluation)),
        from_snapshots: true,
    })
}

/// A decision with its bank data, proven.
pub(super) fn recorded(sealed: SealedDecision) -> Result<Recorded, String> {
    let opened = sealed.open()?;
    let pins = DecisionBody::pins_of(opened.body()).map_err(|_| UNREADABLE.to_owned())?;
    Recorded::of(&opened, pins)
}
