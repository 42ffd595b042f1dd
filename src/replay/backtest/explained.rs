//! Reads flips again, to explain them.

use rayon::prelude::*;

use super::explain::{Read, explain};
use super::flips::Flipped;
use super::judge::{LiveRuleSets, recorded};
use super::report::Flip;
use super::setup::Candidate;
use super::source::Source;
use crate::ledger::LedgerError;

/// Flips that are in memory at once with all that was recorded of them.
const AT_ONCE: usize = 64;

/// Each flip in words.
pub(super) async fn explained(
    source: &Source,
    live: &LiveRuleSets,
    candidate: &Candidate,
    flipped: Vec<Flipped>,
) -> Result<Vec<Flip>, LedgerError> {
    let mut explained = Vec::with_capacity(flipped.len());
    let mut flipped = flipped.into_iter().peekable();
    while flipped.peek().is_some() {
        let mut some = Vec::with_capacity(AT_ONCE);
        for flipped in flipped.by_ref().take(AT_ONCE) {
            let found = read(source, candidate, &flipped).await?;
            some.extend(found.map(|found| (found, flipped)));
        }
        let some = some.into_par_iter().filter_map(|(read, flipped)| {
            let bundle = read.record.body.pins.rule_set.bundle;
            let live = live.get(&bundle)?.as_ref().ok()?;
            explain(&read, flipped, live, candidate)
        });
        explained.append(&mut some.collect());
    }
    Ok(explained)
}

async fn read(
    source: &Source,
    candidate: &Candidate,
    flipped: &Flipped,
) -> Result<Option<Read>, LedgerError> {
    let record = source.ledger.decision(&source.tenant, &flipped.decision);
    let Some(record) = record.await? else {
        return Ok(None);
    };
    let mut from_snapshots = None;
    if flipped.from_snapshots {
        let sealed = source.with_snapshots(flipped.seq).await?;
        let recorded = sealed.and_then(|sealed| recorded(sealed).ok());
        let bundle = &candidate.named.bundle;
        from_snapshots = recorded.and_then(|recorded| recorded.decide(bundle).ok());
    }
    Ok(Some(Read {
        record,
        from_snapshots,
    }))
}
