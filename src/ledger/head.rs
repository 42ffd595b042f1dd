//! The newest end of a chain, to be kept elsewhere.

use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::{LedgerError, Problem, chain, read};

/// The newest end of a chain. A chain alone cannot show that its newest end was cut: whoever kept
/// an earlier head can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The chain.
    pub chain_id: String,
    /// The position of the newest record; 0 for an empty chain.
    pub seq: u64,
    /// The hash of the newest record; zeros for an empty chain.
    pub hash: String,
}

impl Head {
    pub(super) fn new(chain_id: &str, newest: Option<(u64, String)>) -> Self {
        let (seq, hash) = newest.unwrap_or_else(|| (0, chain::FIRST.to_owned()));
        Self {
            chain_id: chain_id.to_owned(),
            seq,
            hash,
        }
    }
}

/// What is wrong with the chain, seen from a head that was kept.
pub(super) fn against(
    reader: &Connection,
    chain_id: &str,
    kept: &Head,
) -> Result<Option<Problem>, LedgerError> {
    if kept.chain_id != chain_id {
        return Ok(Some(Problem {
            record: "the chain".to_owned(),
            problem: format!("it is `{chain_id}`, and the kept head is of another one"),
        }));
    }
    let newest = Head::new(chain_id, read::head(reader)?);
    if newest.seq < kept.seq {
        let first = newest.seq.saturating_add(1);
        return Ok(Some(Problem {
            record: span(first, kept.seq),
            problem: "cut off the end of the chain, which the kept head still knows".to_owned(),
        }));
    }
    let hash: Option<String> = match kept.seq {
        0 => Some(chain::FIRST.to_owned()),
        seq => reader
            .query_row(
                "SELECT hash FROM decisions WHERE seq = ?1",
                [read::to_sql(seq)?],
                |row| row.get(0),
            )
            .optional()?,
    };
    let problem = match hash {
        Some(hash) if hash == kept.hash => return Ok(None),
        Some(_) => "it is not the record that the kept head knows at this place",
        None => "missing, and the kept head knows it",
    };
    Ok(Some(Problem {
        record: kept.seq.to_string(),
        problem: problem.to_owned(),
    }))
}

/// How missing records are named: `7`, or `7 to 9`.
pub(super) fn span(first: u64, last: u64) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first} to {last}")
    }
}
