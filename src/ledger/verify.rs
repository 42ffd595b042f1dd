//! Proving the chain: every record, every link, and everything that the records rest on.

use std::cell::RefCell;

use rayon::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::read::{self, StoredRow};
use super::readers::Readers;
use super::{DecisionRecord, LedgerError, chain};
use crate::id::TenantId;
use crate::limits;
use crate::snapshot::{Sealed, SnapshotHash, unseal};

/// Rows in memory at once.
const STEP: usize = 32;

/// The newest end of a chain. A chain alone cannot show that its newest end was cut: whoever kept
/// an earlier head can.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// Something that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which record: `5 (dec_…)` for a decision by its position, `snapshot …`, `bundle …`.
    pub record: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What walking a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// The newest end when the walk began.
    pub head: Head,
    /// Records whose place in the chain was proven.
    pub records: u64,
    /// Snapshots proven.
    pub snapshots: u64,
    /// Bundles proven.
    pub bundles: u64,
    /// What is wrong, in the order of the walk; at most [`limits::LEDGER_PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
    /// How many problems there are in all.
    pub problems_total: u64,
}

impl ChainReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems_total == 0
    }

    fn problem(&mut self, record: String, problem: String) {
        self.problems_total = self.problems_total.saturating_add(1);
        if self.problems.len() < limits::LEDGER_PROBLEMS_MAX {
            self.problems.push(Problem { record, problem });
        }
    }
}

/// Walks the chain up to its present head.
pub(super) fn verify(
    readers: &Readers,
    chain_id: &str,
    tenant: Option<&TenantId>,
    progress: &dyn Fn(u64, u64),
) -> Result<ChainReport, LedgerError> {
    readers.read(|reader| {
        let report = RefCell::new(ChainReport {
            head: Head::new(chain_id, read::head(reader)?),
            records: 0,
            snapshots: 0,
            bundles: 0,
            problems: Vec::new(),
            problems_total: 0,
        });
        let walks: [(&str, &Walk<'_>); 4] = [
            ("the database", &|report| check_database(reader, report)),
            ("the decisions", &|report| {
                check_decisions(reader, chain_id, tenant, progress, report)
            }),
            ("the snapshots", &|report| {
                check_snapshots(reader, tenant, report)
            }),
            ("the bundles", &|report| {
                check_bundles(reader, tenant, report)
            }),
        ];
        for (what, walk) in walks {
            let mut report = report.borrow_mut();
            // A page that cannot be read ends one walk, not the others.
            if let Err(error) = walk(&mut report) {
                report.problem(what.to_owned(), error.to_string());
            }
        }
        Ok(report.into_inner())
    })
}

type Walk<'a> = dyn Fn(&mut ChainReport) -> Result<(), LedgerError> + 'a;

/// SQLite's own check of its pages and indexes.
fn check_database(reader: &Connection, report: &mut ChainReport) -> Result<(), LedgerError> {
    let mut statement = reader.prepare("PRAGMA integrity_check(100)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        let line = line?;
        if line != "ok" {
            report.problem("the database".to_owned(), line);
        }
    }
    Ok(())
}

fn check_decisions(
    reader: &Connection,
    chain_id: &str,
    tenant: Option<&TenantId>,
    progress: &dyn Fn(u64, u64),
    report: &mut ChainReport,
) -> Result<(), LedgerError> {
    let end = report.head.seq;
    let mut last = (0_u64, chain::FIRST.to_owned());
    while last.0 < end {
        let rows = read::walk(reader, None, last.0, STEP)?;
        if rows.is_empty() {
            break;
        }
        let examined: Vec<_> = rows
            .par_iter()
            .map(|row| {
                let mut problems = Vec::new();
                let ours = tenant.is_none_or(|tenant| tenant.as_str() == row.tenant);
                let record = if ours {
                    row.examine(chain_id, &mut problems)
                } else {
                    row.examine_envelope(chain_id, &mut problems);
                    None
                };
                (record, problems)
            })
            .collect();
        for (row, (record, problems)) in rows.iter().zip(examined) {
            check_link(row, &last, report);
            for problem in problems {
                report.problem(row.name(), problem);
            }
            if let Some(record) = record {
                check_pins(reader, row, &record, report)?;
            }
            report.records = report.records.saturating_add(1);
            last = (row.seq, row.hash.clone());
        }
        progress(last.0.min(end), end);
    }
    Ok(())
}

/// The record follows the one before.
fn check_link(row: &StoredRow, last: &(u64, String), report: &mut ChainReport) {
    let first_missing = last.0.saturating_add(1);
    if row.seq != first_missing {
        let last_missing = row.seq.saturating_sub(1);
        let record = if first_missing == last_missing {
            first_missing.to_string()
        } else {
            format!("{first_missing} to {last_missing}")
        };
        report.problem(record, "missing from the chain".to_owned());
    } else if row.previous != last.1 {
        report.problem(
            row.name(),
            "it does not follow the record before it".to_owned(),
        );
    }
}

/// Everything that the record rests on is there; whether it is what it was, the other walks say.
fn check_pins(
    reader: &Connection,
    row: &StoredRow,
    record: &DecisionRecord,
    report: &mut ChainReport,
) -> Result<(), LedgerError> {
    let pins = &record.body.pins;
    if !read::has_bundle(reader, &row.tenant, &read::hex(pins.rule_set.bundle))? {
        report.problem(
            row.name(),
            format!("its bundle {} is missing", pins.rule_set.bundle),
        );
    }
    let mut linked = reader.prepare_cached(
        "SELECT hash FROM decision_snapshots WHERE seq = ?1 AND tenant = ?2 ORDER BY position",
    )?;
    let linked = linked
        .query_map(params![read::to_sql(row.seq)?, row.tenant], |row| {
            row.get::<_, String>(0)
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let pinned: Vec<String> = pins
        .snapshots
        .iter()
        .map(|pin| pin.hash.to_string())
        .collect();
    if linked != pinned {
        report.problem(
            row.name(),
            "it is linked to other snapshots than its body pins".to_owned(),
        );
    }
    let mut stored =
        reader.prepare_cached("SELECT 1 FROM snapshots WHERE tenant = ?1 AND hash = ?2")?;
    for hash in pinned {
        if !stored.exists([&row.tenant, &hash])? {
            report.problem(row.name(), format!("its snapshot {hash} is missing"));
        }
    }
    let mut intake =
        reader.prepare_cached("SELECT 1 FROM intakes WHERE tenant = ?1 AND decision_id = ?2")?;
    if !intake.exists([&row.tenant, &row.id])? {
        report.problem(row.name(), "its idempotency key is missing".to_owned());
    }
    Ok(())
}

/// One stored value as its table holds it: row number, name and columns.
type Stored = (i64, String, Vec<u8>, Vec<u8>);

fn check_snapshots(
    reader: &Connection,
    tenant: Option<&TenantId>,
    report: &mut ChainReport,
) -> Result<(), LedgerError> {
    let mut last = i64::MIN;
    loop {
        let rows = stored(reader, "snapshots", "salt, bytes", tenant, last)?;
        let Some(&(newest, ..)) = rows.last() else {
            return Ok(());
        };
        let found: Vec<Option<String>> = rows
            .par_iter()
            .map(|(_, hash, salt, bytes)| snapshot_problem(hash, salt, bytes))
            .collect();
        for ((_, hash, ..), problem) in rows.into_iter().zip(found) {
            report.snapshots = report.snapshots.saturating_add(1);
            if let Some(problem) = problem {
                report.problem(format!("snapshot {hash}"), problem);
            }
        }
        last = newest;
    }
}

fn snapshot_problem(hash: &str, salt: &[u8], bytes: &[u8]) -> Option<String> {
    let (Some(hash), Ok(salt)) = (SnapshotHash::parse(hash), salt.try_into()) else {
        return Some("it has no valid hash or salt".to_owned());
    };
    let sealed = Sealed {
        hash,
        salt,
        bytes: bytes.to_vec(),
    };
    unseal(&sealed).err().map(|error| error.to_string())
}

fn check_bundles(
    reader: &Connection,
    tenant: Option<&TenantId>,
    report: &mut ChainReport,
) -> Result<(), LedgerError> {
    let mut last = i64::MIN;
    loop {
        let rows = stored(reader, "bundles", "x'', bytes", tenant, last)?;
        let Some(&(newest, ..)) = rows.last() else {
            return Ok(());
        };
        for (_, hash, _, bytes) in rows {
            report.bundles = report.bundles.saturating_add(1);
            if !read::bundle_matches(&hash, &bytes) {
                report.problem(
                    format!("bundle {hash}"),
                    "its bytes do not match its hash".to_owned(),
                );
            }
        }
        last = newest;
    }
}

fn stored(
    reader: &Connection,
    table: &str,
    columns: &str,
    tenant: Option<&TenantId>,
    after: i64,
) -> Result<Vec<Stored>, LedgerError> {
    let condition = if tenant.is_some() {
        "AND tenant = ?3"
    } else {
        ""
    };
    let mut values = vec![
        Value::from(after),
        Value::from(i64::try_from(STEP).unwrap_or(i64::MAX)),
    ];
    values.extend(tenant.map(|tenant| Value::from(tenant.as_str().to_owned())));
    let mut statement = reader.prepare_cached(&format!(
        "SELECT rowid, hash, {columns} FROM {table}
         WHERE rowid > ?1 {condition} ORDER BY rowid LIMIT ?2"
    ))?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_problems_told_are_limited_below_at_and_above() {
        let mut report = ChainReport {
            head: Head::new("chain_1", None),
            records: 0,
            snapshots: 0,
            bundles: 0,
            problems: Vec::new(),
            problems_total: 0,
        };
        let max = limits::LEDGER_PROBLEMS_MAX;
        for count in 1..=max + 1 {
            report.problem(count.to_string(), "missing from the chain".to_owned());
            assert_eq!(report.problems.len(), count.min(max));
            assert_eq!(report.problems_total, count as u64);
        }
        assert!(!report.is_sound());
    }
}
