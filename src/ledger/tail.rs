//! The newest records, proven at every start: what a crash or a failing disk damages is the end.

use chrono::{DateTime, Utc};

use super::error::LedgerError;
use super::record::envelope::RecordHash;
use super::store::{Tables, to_row};
use crate::limits;

/// What a start finds in a ledger that is not empty.
#[derive(Debug)]
pub(super) struct Found {
    /// The position of the newest record: how many there are.
    pub(super) records: u64,
    /// The hash of the newest record.
    pub(super) head: RecordHash,
    /// When the first record was recorded.
    pub(super) since: DateTime<Utc>,
    /// When the newest record was recorded.
    pub(super) newest: DateTime<Utc>,
}

/// Proves the newest records, [`limits::LEDGER_TAIL_RECORDS`] of them: each follows the one before,
/// and its envelope and content are what was written.
///
/// # Errors
///
/// [`LedgerError::Damaged`] for the first of them that is not.
pub(super) fn found(tables: &dyn Tables, chain_id: &str) -> Result<Option<Found>, LedgerError> {
    let Some(newest) = tables.newest()? else {
        return Ok(None);
    };
    let (records, head) = (newest.seq, newest.hash);
    let start = records.saturating_sub(limits::LEDGER_TAIL_RECORDS);
    let missing = |seq: u64| LedgerError::Damaged {
        record: seq.to_string(),
        problem: "missing from the chain".to_owned(),
    };
    let mut previous = match start {
        0 => RecordHash::FIRST.as_bytes().to_vec(),
        seq => {
            tables
                .record(to_row(seq)?)?
                .ok_or_else(|| missing(seq))?
                .hash
        }
    };
    let mut newest_at = DateTime::UNIX_EPOCH;
    for seq in start.saturating_add(1)..=records {
        let row = tables.record(to_row(seq)?)?.ok_or_else(|| missing(seq))?;
        if row.previous != previous {
            return Err(row.damaged("it does not follow the record before it"));
        }
        let envelope = row
            .envelope(chain_id)
            .map_err(|problem| row.damaged(problem))?;
        row.open().map_err(|problem| row.damaged(problem))?;
        newest_at = envelope.recorded_at;
        previous = row.hash;
    }
    let first = tables.record(1)?.ok_or_else(|| missing(1))?;
    let since = DateTime::from_timestamp(first.recorded_at, 0);
    Ok(Some(Found {
        records,
        head,
        since: since.ok_or_else(|| first.damaged("it has no valid time"))?,
        newest: newest_at,
    }))
}
