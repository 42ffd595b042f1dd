//! Reads flips again, to explain them.

use rayon::prelude::*;

use super::explain::{Read, explain};
use super::flips::Flipped;
use super::from_snapshots::recorded;
use super::judge::LiveRuleSets;
use super::report::{DamagedRecord, Flip};
use super::setup::Candidate;
use super::source::Source;
use crate::ledger::LedgerError;

/// Flips that are in memory at once with all that was recorded of them.
const AT_ONCE: usize = 64;

/// Each flip in words, and the records that could not be read again for it.
pub(super) async fn explained(
    source: &Source,
    live: &LiveRuleSets,
    candidate: &Candidate,
    flipped: Vec<Flipped>,
) -> Result<(Vec<Flip>, Vec<DamagedRecord>), LedgerError> {
    let mut damaged = Vec::new();
    let mut explained = Vec::with_capacity(flipped.len());
    let mut flipped = flipped.into_iter().peekable();
    while flipped.peek().is_some() {
        let mut some = Vec::with_capacity(AT_ONCE);
        for flipped in flipped.by_ref().take(AT_ONCE) {
            match read(source, candidate, &flipped).await? {
                Ok(found) => some.push((found, flipped)),
                Err(problem) => damaged.push(DamagedRecord {
                    record: format!("{} ({})", flipped.seq, flipped.decision),
                    problem,
                }),
            }
        }
        let some = some.into_par_iter().filter_map(|(read, flipped)| {
            let bundle = read.record.body.pins.rule_set.bundle;
            let live = live.get(&bundle)?.as_ref().ok()?;
            explain(&read, flipped, live, candidate)
        });
        explained.append(&mut some.collect());
    }
    Ok((explained, damaged))
}

async fn read(
    source: &Source,
    candidate: &Candidate,
    flipped: &Flipped,
) -> Result<Result<Read, String>, LedgerError> {
    let record = source.ledger.decision(&source.tenant, &flipped.decision);
    let record = match record.await {
        Ok(Some(record)) => record,
        // Only what the columns told of can be damaged here: what is read from the ledger was proven.
        Err(LedgerError::Damaged { problem, .. }) => return Ok(Err(problem)),
        Ok(None) => return Ok(Err("it is no longer there".to_owned())),
        Err(error) => return Err(error),
    };
    let mut from_snapshots = None;
    if flipped.from_snapshots {
        let sealed = source.with_snapshots(flipped.seq).await?;
        let sealed = sealed.ok_or_else(|| "it is no longer there".to_owned());
        let decided = sealed
            .and_then(recorded)
            .and_then(|recorded| recorded.decide(&candidate.named.bundle));
        match decided {
            Ok(decided) => from_snapshots = Some(decided),
            Err(problem) => return Ok(Err(problem)),
        }
    }
    Ok(Ok(Read {
        record,
        from_snapshots,
    }))
}
