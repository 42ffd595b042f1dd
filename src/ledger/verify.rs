//! Proving the chain: every record, every link, and everything that the records rest on.

use std::cell::RefCell;

use rayon::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::head::{self, Head};
use super::read::{self, StoredRow};
use super::readers::Readers;
use super::{DecisionRecord, LedgerError, chain, codec};
use crate::id::TenantId;
use crate::limits;
use crate::snapshot::{Sealed, SnapshotHash, unseal};

/// Rows in memory at once.
const STEP: usize = 32;

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

    /// Adds what somebody else found.
    pub fn add(&mut self, problem: Problem) {
        self.problems_total = self.problems_total.saturating_add(1);
        if self.problems.len() < limits::LEDGER_PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    fn problem(&mut self, record: String, problem: String) {
        self.add(Problem { record, problem });
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
        let walks: [(&str, &Walk<'_>); 5] = [
            ("the database", &|report| check_database(reader, report)),
            ("the decisions", &|report| {
                check_decisions(reader, chain_id, tenant, progress, report)
            }),
            ("the requests", &|report| {
                check_requests(reader, tenant, report)
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
        let record = head::span(first_missing, row.seq.saturating_sub(1));
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
    let bundle = read::hex(pins.rule_set.bundle);
    match read::bundle_name(reader, &row.tenant, &bundle)? {
        Some(name) if name == pins.rule_set.name => {}
        Some(_) => {
            let problem = format!("its bundle {bundle} is stored under another name");
            report.problem(row.name(), problem);
        }
        None => report.problem(row.name(), format!("its bundle {bundle} is missing")),
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
    let reserved: Option<String> = reader
        .prepare_cached("SELECT bundle FROM intakes WHERE tenant = ?1 AND decision_id = ?2")?
        .query_row([&row.tenant, &row.id], |row| row.get(0))
        .optional()?;
    let problem = match reserved {
        Some(reserved) if reserved == bundle => return Ok(()),
        Some(_) => "its request was to be decided by another bundle",
        None => "its idempotency key is missing",
    };
    report.problem(row.name(), problem.to_owned());
    Ok(())
}

/// A request with all that tells whether it is the one that was made.
struct StoredRequest {
    rowid: i64,
    decision: String,
    hash: Vec<u8>,
    /// Until it is decided.
    waiting: Option<Vec<u8>>,
    rule_set: Option<String>,
    seq: Option<u64>,
    /// Once it is decided.
    decided: Option<Vec<u8>>,
}

impl StoredRequest {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            rowid: row.get(0)?,
            decision: row.get(1)?,
            hash: row.get(2)?,
            waiting: row.get(3)?,
            rule_set: row.get(4)?,
            seq: row
                .get::<_, Option<i64>>(5)?
                .map(|seq| u64::try_from(seq).unwrap_or(0)),
            decided: row.get(6)?,
        })
    }

    fn name(&self) -> String {
        match self.seq {
            Some(seq) => format!("{seq} ({})", self.decision),
            None => format!("request of {}", self.decision),
        }
    }

    fn problem(&self) -> Option<String> {
        let application = match (self.seq, &self.decided, &self.waiting) {
            (Some(_), Some(decided), _) => decided,
            // Contents that are missing are told by the walk of the decisions.
            (Some(_), None, _) => return None,
            (None, _, Some(waiting)) => waiting,
            (None, _, None) => return Some("it was decided, and the decision is missing".into()),
        };
        let Some(rule_set) = &self.rule_set else {
            let undecided = self.seq.is_none();
            return undecided.then(|| "its bundle is missing".to_owned());
        };
        match codec::unpack(application) {
            Ok(bytes) if chain::request_hash(rule_set, &bytes).as_slice() == self.hash => None,
            Ok(_) => Some("its request does not match the hash that repeats are told by".into()),
            Err(_) if self.seq.is_some() => None,
            Err(problem) => Some(format!("its application {problem}")),
        }
    }
}

fn check_requests(
    reader: &Connection,
    tenant: Option<&TenantId>,
    report: &mut ChainReport,
) -> Result<(), LedgerError> {
    let mut last = i64::MIN;
    loop {
        let (condition, values) = page(tenant, last);
        let condition = condition.replace("tenant", "i.tenant");
        let mut statement = reader.prepare_cached(&format!(
            "SELECT i.rowid, i.decision_id, i.request_hash, i.application, b.name, d.seq,
                 c.application
             FROM intakes AS i
             LEFT JOIN bundles AS b ON b.tenant = i.tenant AND b.hash = i.bundle
             LEFT JOIN decisions AS d ON d.tenant = i.tenant AND d.id = i.decision_id
             LEFT JOIN contents AS c ON c.seq = d.seq
             WHERE i.rowid > ?1 {condition} ORDER BY i.rowid LIMIT ?2"
        ))?;
        let rows = statement
            .query_map(params_from_iter(values), StoredRequest::read)?
            .collect::<Result<Vec<_>, _>>()?;
        let Some(newest) = rows.last() else {
            return Ok(());
        };
        last = newest.rowid;
        for request in &rows {
            if let Some(problem) = request.problem() {
                report.problem(request.name(), problem);
            }
        }
    }
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
    let (condition, values) = page(tenant, after);
    let mut statement = reader.prepare_cached(&format!(
        "SELECT rowid, hash, {columns} FROM {table}
         WHERE rowid > ?1 {condition} ORDER BY rowid LIMIT ?2"
    ))?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The condition and the values of a statement that reads the rows after the row `after`.
fn page(tenant: Option<&TenantId>, after: i64) -> (&'static str, Vec<Value>) {
    let mut values = vec![
        Value::from(after),
        Value::from(i64::try_from(STEP).unwrap_or(i64::MAX)),
    ];
    match tenant {
        None => ("", values),
        Some(tenant) => {
            values.push(Value::from(tenant.as_str().to_owned()));
            ("AND tenant = ?3", values)
        }
    }
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
