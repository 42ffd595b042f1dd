//! Judging decisions from their bank data, where what was recorded of them does not do.

use rayon::prelude::*;

use super::counts::Judged;
use super::setup::Setup;
use super::source::Source;
use crate::decision::DecisionBody;
use crate::ledger::{LedgerError, SealedDecision};
use crate::portfolio::{PastDecision, Undecidable};
use crate::replay::reproduce::recorded::{Recorded, UNREADABLE};
use crate::rules::Conclusion;

/// Decisions whose bank data is in memory at once.
const AT_ONCE: usize = 64;

/// A decision that some candidates decide from the bank data.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) past: Box<PastDecision>,
    /// The position of its line, where lines are wanted.
    pub(super) line: usize,
    /// The positions of the candidates.
    pub(super) candidates: Vec<usize>,
}

/// What the candidates came to, in their order, or why the bank data cannot be read.
pub(super) type FromSnapshots = Result<Vec<Judged>, String>;

/// Judges decisions, and gives `each` what came of one after the other.
pub(super) async fn judge_open(
    source: &Source,
    setup: &Setup,
    open: &[Open],
    mut each: impl FnMut(&Open, FromSnapshots),
) -> Result<(), LedgerError> {
    for some in open.chunks(AT_ONCE) {
        let mut read = Vec::with_capacity(some.len());
        for open in some {
            read.push((open, source.with_snapshots(open.past.seq).await?));
        }
        let judged = read.into_par_iter().map(|(open, sealed)| {
            let sealed = sealed.ok_or_else(|| "it is no longer there".to_owned());
            (open, sealed.and_then(|sealed| judge(setup, open, sealed)))
        });
        let judged: Vec<(&Open, FromSnapshots)> = judged.collect();
        for (open, judged) in judged {
            each(open, judged);
        }
    }
    Ok(())
}

fn judge(setup: &Setup, open: &Open, sealed: SealedDecision) -> FromSnapshots {
    let recorded = recorded(sealed)?;
    let candidates = open.candidates.iter();
    let candidates = candidates.filter_map(|at| setup.candidates.get(*at));
    let judged = candidates.map(|candidate| {
        let body = recorded.decide(&candidate.named.bundle);
        let body = body.map_err(|_| Undecidable::Defect);
        Judged {
            decided: body.map(|body| Conclusion::from(body.evaluation)),
            from_snapshots: true,
        }
    });
    Ok(judged.collect())
}

/// A decision with its bank data, proven.
pub(super) fn recorded(sealed: SealedDecision) -> Result<Recorded, String> {
    let opened = sealed.open()?;
    let pins = DecisionBody::pins_of(opened.body()).map_err(|_| UNREADABLE.to_owned())?;
    Recorded::of(&opened, pins)
}
