//! Proves a whole ledger: every record's place in the chain, its content, the row by which it is
//! found, and everything that it rests on; and that nothing is there beside.

pub(super) mod report;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::error::LedgerError;
use super::head::Head;
use super::record::bundle::read_bundle;
use super::record::decision::{index_problem, read};
use super::record::envelope::{RecordHash, RecordKind};
use super::record::index::{IndexRow, table};
use super::record::intake::IntakeRow;
use super::record::stored::StoredRecord;
use super::store::{LinkRow, SnapshotRow, Tables, to_row};
use super::types::{DecisionRecord, Intake};
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash, unseal};
use report::{ChainReport, span};

/// Rows in memory at once.
const STEP: usize = 32;

/// Walks the chain up to its present head.
pub(super) fn verify(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: Option<&TenantId>,
    progress: &dyn Fn(u64, u64),
) -> Result<ChainReport, LedgerError> {
    let report = ChainReport::new(Head::new(chain_id, tables.newest()?));
    let proof = Proof {
        tables,
        chain_id,
        tenant,
        published: RefCell::default(),
        report: RefCell::new(report),
    };
    let walks: [(&str, &Walk<'_>); 5] = [
        ("the database", &|| proof.check_store()),
        ("the chain", &|| proof.check_chain(progress)),
        ("the look-up tables", &|| proof.check_strays()),
        ("the snapshots", &|| proof.check_snapshots()),
        ("the open requests", &|| proof.check_intakes()),
    ];
    for (what, walk) in walks {
        // A page that cannot be read ends one walk, not the others.
        if let Err(error) = walk() {
            proof.problem(what, error.to_string());
        }
    }
    Ok(proof.report.into_inner())
}

type Walk<'a> = dyn Fn() -> Result<(), LedgerError> + 'a;

struct Proof<'a> {
    tables: &'a dyn Tables,
    chain_id: &'a str,
    tenant: Option<&'a TenantId>,
    /// The bundles that were published so far on the walk, with the names under which they decide:
    /// `None` where a record is too damaged to say.
    published: RefCell<BTreeMap<(String, BundleHash), Option<String>>>,
    report: RefCell<ChainReport>,
}

/// What the next record of a walk follows.
struct Last {
    seq: u64,
    hash: Vec<u8>,
    recorded_at: i64,
}

impl Default for Last {
    fn default() -> Self {
        Self {
            seq: 0,
            hash: RecordHash::FIRST.as_bytes().to_vec(),
            recorded_at: i64::MIN,
        }
    }
}

/// What a record's own bytes show.
struct Examined {
    problems: Vec<String>,
    time_held_back: bool,
    /// The row by which it has to be found, where that can be told.
    index: Option<IndexRow>,
    /// What it says, where it is a decision.
    decision: Option<DecisionRecord>,
}

impl Proof<'_> {
    fn problem(&self, record: impl Into<String>, problem: impl Into<String>) {
        self.report.borrow_mut().problem(record, problem);
    }

    fn is_ours(&self, tenant: &str) -> bool {
        self.tenant.is_none_or(|ours| ours.as_str() == tenant)
    }

    /// The store's own check of its pages and indexes.
    fn check_store(&self) -> Result<(), LedgerError> {
        for problem in self.tables.own_problems()? {
            self.problem("the database", problem);
        }
        Ok(())
    }

    fn check_chain(&self, progress: &dyn Fn(u64, u64)) -> Result<(), LedgerError> {
        let end = self.report.borrow().head.seq;
        let mut last = Last::default();
        while last.seq < end {
            let rows = self.tables.records(to_row(last.seq)?, STEP)?;
            let (Some(first), Some(newest)) = (rows.first(), rows.last()) else {
                break;
            };
            let (from, to) = (to_row(first.seq)?, to_row(newest.seq)?);
            let indexes = self.tables.index_rows(from, to)?;
            let links = self.tables.links(from, to)?;
            let (chain_id, tenant) = (self.chain_id, self.tenant);
            let examined: Vec<Examined> = rows
                .par_iter()
                .map(|row| examine(row, chain_id, tenant))
                .collect();
            for (row, examined) in rows.iter().zip(examined) {
                self.check_link(row, &last);
                self.check_record(row, examined, &indexes, &links)?;
                let mut report = self.report.borrow_mut();
                report.records = report.records.saturating_add(1);
                last = Last {
                    seq: row.seq,
                    hash: row.hash.clone(),
                    recorded_at: row.recorded_at,
                };
            }
            progress(last.seq.min(end), end);
        }
        Ok(())
    }

    /// The record follows the one before.
    fn check_link(&self, row: &StoredRecord, last: &Last) {
        let first_missing = last.seq.saturating_add(1);
        if row.seq != first_missing {
            let record = span(first_missing, row.seq.saturating_sub(1));
            self.problem(record, "missing from the chain");
        } else if row.previous != last.hash {
            self.problem(row.name(), "it does not follow the record before it");
        }
        if row.recorded_at < last.recorded_at {
            self.problem(
                row.name(),
                "it was recorded earlier than the record before it",
            );
        }
    }

    fn check_record(
        &self,
        row: &StoredRecord,
        examined: Examined,
        indexes: &[IndexRow],
        links: &[LinkRow],
    ) -> Result<(), LedgerError> {
        for problem in examined.problems {
            self.problem(row.name(), problem);
        }
        if examined.time_held_back {
            let mut report = self.report.borrow_mut();
            report.held_back = report.held_back.saturating_add(1);
        }
        self.note_published(row, examined.index.as_ref());
        let seq = to_row(row.seq)?;
        let found = indexes.iter().filter(|index| index.seq() == seq);
        let (own, others): (Vec<_>, Vec<_>) =
            found.partition(|index| index.kind().as_str() == row.kind);
        for other in others {
            let problem = format!("the record at its place is another: {}", row.name());
            self.problem(row_name(other), problem);
        }
        if !self.is_ours(&row.tenant) {
            return Ok(());
        }
        let linked: Vec<(i64, &[u8])> = links
            .iter()
            .filter(|link| link.seq == seq)
            .map(|link| (link.position, link.hash.as_slice()))
            .collect();
        match (own.first(), &examined.index) {
            (Some(found), Some(expected)) => {
                if let Some(problem) = index_problem(found, expected) {
                    self.problem(row.name(), problem);
                }
            }
            (None, _) => {
                if let Some(kind) = RecordKind::parse(&row.kind) {
                    let problem = format!("its row in `{}` is missing", table(kind));
                    self.problem(row.name(), problem);
                }
            }
            (Some(_), None) => {}
        }
        match (&examined.decision, &examined.index) {
            (Some(decision), _) => self.check_pins(row, decision, &linked),
            (None, Some(IndexRow::Activation(activation))) => {
                self.check_bundle(row, &activation.bundle, Some(&activation.name));
                Ok(())
            }
            (None, Some(IndexRow::Layout(layout))) => {
                self.check_bundle(row, &layout.bundle, None);
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }

    fn note_published(&self, row: &StoredRecord, index: Option<&IndexRow>) {
        if row.kind != RecordKind::Bundle.as_str() {
            if row.kind == RecordKind::Decision.as_str() {
                let mut report = self.report.borrow_mut();
                report.decisions = report.decisions.saturating_add(1);
            }
            return;
        }
        let mut report = self.report.borrow_mut();
        report.bundles = report.bundles.saturating_add(1);
        if let Some(hash) = BundleHash::parse(&row.id) {
            let name = match index {
                Some(IndexRow::Bundle(bundle)) => Some(bundle.name.clone()),
                Some(_) | None => None,
            };
            let mut published = self.published.borrow_mut();
            published.insert((row.tenant.clone(), hash), name);
        }
    }

    /// A bundle that a record rests on was published before it, under that name.
    fn check_bundle(&self, row: &StoredRecord, hash: &[u8], name: Option<&str>) {
        let Some(hash) = BundleHash::from_slice(hash) else {
            return self.problem(row.name(), "its bundle has no valid hash");
        };
        let published = self.published.borrow();
        let problem = match (published.get(&(row.tenant.clone(), hash)), name) {
            (None, _) => format!("its bundle {hash} was not published before it"),
            (Some(Some(published)), Some(name)) if published != name => {
                format!("its bundle {hash} was published under another name")
            }
            (Some(_), _) => return,
        };
        self.problem(row.name(), problem);
    }

    /// Everything that the decision rests on is there; whether it is what it was, the other walks
    /// say.
    fn check_pins(
        &self,
        row: &StoredRecord,
        decision: &DecisionRecord,
        linked: &[(i64, &[u8])],
    ) -> Result<(), LedgerError> {
        let pins = &decision.body.pins;
        let bundle = pins.rule_set.bundle;
        self.check_bundle(row, bundle.as_bytes(), Some(&pins.rule_set.name));
        let pinned: Vec<SnapshotHash> = pins.snapshots.iter().map(|pin| pin.hash).collect();
        let hashes = pinned.iter().map(|hash| hash.as_bytes().as_slice());
        if !(0..).zip(hashes).eq(linked.iter().copied()) {
            self.problem(
                row.name(),
                "it is linked to other snapshots than its body pins",
            );
        }
        for hash in pinned {
            if !self.tables.has_snapshot(&decision.tenant, hash)? {
                self.problem(row.name(), format!("its snapshot {hash} is missing"));
            }
        }
        Ok(())
    }

    /// No row stands for a record that is not there.
    fn check_strays(&self) -> Result<(), LedgerError> {
        for row in self.tables.stray_rows()? {
            self.problem(row_name(&row), "there is no such record in the chain");
        }
        let links: BTreeSet<i64> = self.tables.stray_links()?.into_iter().collect();
        for seq in links {
            let problem = "there is no such decision in the chain";
            self.problem(format!("row {seq} of `decision_snapshots`"), problem);
        }
        for seq in self.tables.stray_contents()? {
            let problem = "there is no such record in the chain";
            self.problem(format!("row {seq} of `contents`"), problem);
        }
        Ok(())
    }

    fn check_snapshots(&self) -> Result<(), LedgerError> {
        let mut last = i64::MIN;
        loop {
            let rows = self.tables.snapshots(self.tenant, last, STEP)?;
            let Some(newest) = rows.last() else {
                return Ok(());
            };
            last = newest.row;
            let found: Vec<_> = rows.par_iter().map(snapshot_problems).collect();
            for (name, problems) in found {
                let mut report = self.report.borrow_mut();
                report.snapshots = report.snapshots.saturating_add(1);
                for problem in problems {
                    report.problem(name.clone(), problem);
                }
            }
        }
    }

    fn check_intakes(&self) -> Result<(), LedgerError> {
        let mut last = i64::MIN;
        loop {
            let rows = self.tables.intakes(self.tenant, last, STEP)?;
            let Some(newest) = rows.last() else {
                return Ok(());
            };
            last = newest.row;
            for row in &rows {
                match self.intake_problem(row) {
                    Ok(None) => {}
                    Ok(Some(problem)) => self.problem(row.name(), problem),
                    Err(LedgerError::Damaged { record, problem }) => self.problem(record, problem),
                    Err(other) => return Err(other),
                }
            }
        }
    }

    fn intake_problem(&self, row: &IntakeRow) -> Result<Option<String>, LedgerError> {
        let intake = match row.pending {
            Some(_) => row.read_pending()?.intake,
            None => row.read()?,
        };
        let Intake { tenant, key, .. } = &intake;
        if self.is_decided(tenant, key, &intake.decision)? {
            return Ok(Some("it is decided, and still open".to_owned()));
        }
        let published = self.published.borrow();
        let published = published.get(&(tenant.as_str().to_owned(), intake.bundle));
        let problem = match published {
            None => "its bundle is not published",
            Some(Some(name)) if name != intake.rule_set.as_str() => {
                "its bundle is another rule set's"
            }
            Some(_) => return Ok(None),
        };
        Ok(Some(problem.to_owned()))
    }

    fn is_decided(
        &self,
        tenant: &TenantId,
        key: &IdempotencyKey,
        id: &DecisionId,
    ) -> Result<bool, LedgerError> {
        Ok(self.tables.decision_by_key(tenant, key)?.is_some()
            || self.tables.decision(tenant, id)?.is_some())
    }
}

/// Compares what is in one record with everything else in it.
fn examine(row: &StoredRecord, chain_id: &str, tenant: Option<&TenantId>) -> Examined {
    let mut examined = Examined {
        problems: Vec::new(),
        time_held_back: false,
        index: None,
        decision: None,
    };
    let envelope = row.envelope(chain_id);
    let ours = tenant.is_none_or(|tenant| tenant.as_str() == row.tenant);
    match &envelope {
        Ok(envelope) => examined.time_held_back = envelope.time_held_back,
        Err(problem) => examined.problems.push(problem.clone()),
    }
    // Other tenants' rule sets are no secret to the proof, and cost little.
    if !ours && row.kind == RecordKind::Decision.as_str() {
        return examined;
    }
    let opened = match row.open() {
        Ok(opened) => opened,
        Err(problem) => {
            if ours {
                examined.problems.push(problem);
            }
            return examined;
        }
    };
    let Ok(envelope) = envelope else {
        return examined;
    };
    let unreadable = "its content is not in a form that this engine reads";
    if envelope.kind == RecordKind::Decision {
        match read(row, envelope, opened.content()) {
            Some(proven) => {
                examined.index = Some(proven.index);
                examined.decision = Some(proven.record);
            }
            None => examined.problems.push(unreadable.to_owned()),
        }
        return examined;
    }
    if envelope.kind == RecordKind::Bundle
        && let Err(problem) = read_bundle(row, opened.content())
    {
        examined.problems.push(problem);
        return examined;
    }
    examined.index = IndexRow::expected(&envelope, opened.content());
    if examined.index.is_none() {
        examined.problems.push(unreadable.to_owned());
    }
    examined
}

fn row_name(row: &IndexRow) -> String {
    format!("row {} of `{}`", row.seq(), row.table())
}

/// How a snapshot is named, and what is wrong with it.
fn snapshot_problems(row: &SnapshotRow) -> (String, Vec<String>) {
    let Ok(hash) = <[u8; 32]>::try_from(row.hash.as_slice()) else {
        let name = format!("row {} of `snapshots`", row.row);
        return (name, vec!["it has no valid hash".to_owned()]);
    };
    let sealed = Sealed {
        hash: SnapshotHash::from_bytes(hash),
        bytes: row.bytes.clone(),
    };
    let mut problems = Vec::new();
    if let Err(error) = unseal(&sealed) {
        problems.push(error.to_string());
    }
    if !row.is_linked {
        problems.push("no decision rests on it".to_owned());
    }
    (format!("snapshot {}", sealed.hash), problems)
}
