//! The tables of a ledger, as SQL.

mod followed;

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, Row, params, params_from_iter};

use super::rows::{columns, decisions, settled};
use super::{audit, file, follow_ups, history, list, rows, shadows, tenants};
use crate::id::{DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::ledger::error::LedgerError;
use crate::ledger::record::draft::Newest;
use crate::ledger::record::envelope::{Envelope, RecordHash, RecordKind};
use crate::ledger::record::history::LinkedSnapshot;
use crate::ledger::record::index::{
    ActivationRow, AuditRow, BundleRow, DecisionRow, IndexRow, LayoutRow,
};
use crate::ledger::record::intake::IntakeRow;
use crate::ledger::record::stored::StoredRecord;
use crate::ledger::store::{AuditQuery, LinkRow, ListQuery, Rows, SnapshotRow, Tables, to_row};
use crate::ledger::types::Snapshots;
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

/// KiB of pages that SQLite keeps for a connection: its own default.
const CACHE_KIB: i64 = 2_000;
/// The same while it checks the whole file: it looks up the rows of every table in each of their indexes,
/// which are then read once.
const CHECK_CACHE_KIB: i64 = 65_536;

/// Snapshots with whether a decision is linked to each. CROSS JOIN keeps the order: by the decisions of
/// the tenant first, each snapshot would go through all of them.
pub(in crate::ledger) const SNAPSHOTS: &str = "
    SELECT s.rowid, s.hash, s.content, EXISTS (
        SELECT 1 FROM decision_snapshots AS l CROSS JOIN decisions AS d ON d.seq = l.seq
        WHERE l.hash = s.hash AND d.tenant = s.tenant)
    FROM snapshots AS s
    WHERE s.rowid > ?1 AND s.rowid <= ?2 AND (?3 IS NULL OR s.tenant = ?3)
        AND (?4 IS NULL OR EXISTS (
            SELECT 1 FROM decision_snapshots AS l WHERE l.hash = s.hash AND l.seq > ?4))
    ORDER BY s.rowid";

/// The tables as one connection sees them: inside of a transaction where it writes.
pub(super) struct SqliteTables<'a>(pub(super) &'a Connection);

impl SqliteTables<'_> {
    fn run(&self, sql: &str, values: impl Params) -> Rows<()> {
        self.0.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Rows<Option<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row(values, read).optional()?)
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Rows<Vec<T>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let rows = statement.query_map(values, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A record with its content.
macro_rules! record_where {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            columns!(record),
            " FROM records AS r LEFT JOIN contents AS c ON c.seq = r.seq ",
            $condition
        )
    };
}

/// A decision with its content, found by its row.
macro_rules! decision_where {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            columns!(record),
            ", ",
            columns!(decision),
            " FROM ",
            decisions!(),
            " JOIN records AS r ON r.seq = d.seq
             LEFT JOIN contents AS c ON c.seq = d.seq ",
            $condition
        )
    };
}

/// Rows of one of the tables by which records are found.
macro_rules! select {
    ($columns:ident, $from:expr) => {
        concat!("SELECT ", columns!($columns), " FROM ", $from)
    };
}

/// The rows by which records are found, of all kinds, that fulfil a condition.
macro_rules! index_rows {
    ($tables:expr, $condition:literal, $values:expr) => {{
        let tables: &SqliteTables<'_> = $tables;
        let mut found = Vec::new();
        let sql = select!(decision, concat!(decisions!(), " ", $condition));
        let read = |row: &Row<'_>| Ok(IndexRow::Decision(rows::decision(row, 0)?));
        found.extend(tables.all(sql, $values, read)?);
        let sql = select!(bundle, concat!("bundles AS d ", $condition));
        found.extend(tables.all(sql, $values, |row| Ok(IndexRow::Bundle(rows::bundle(row)?)))?);
        let sql = select!(activation, concat!("activations AS d ", $condition));
        let read = |row: &Row<'_>| Ok(IndexRow::Activation(rows::activation(row)?));
        found.extend(tables.all(sql, $values, read)?);
        let sql = select!(layout, concat!("layouts AS d ", $condition));
        found.extend(tables.all(sql, $values, |row| Ok(IndexRow::Layout(rows::layout(row)?)))?);
        let sql = select!(audit, concat!("audit AS d ", $condition));
        let read = |row: &Row<'_>| Ok(IndexRow::Audit(rows::audit(row, 0)?));
        found.extend(tables.all(sql, $values, read)?);
        let sql = select!(shadow, concat!("shadow_decisions AS d ", $condition));
        found.extend(tables.all(sql, $values, |row| Ok(IndexRow::Shadow(rows::shadow(row)?)))?);
        let sql = select!(follow_up, concat!("follow_ups AS d ", $condition));
        found.extend(tables.all(sql, $values, follow_ups::index)?);
        Ok(found)
    }};
}

/// The grants, or the revocations. The second condition is that of the index.
const OF_KIND: &str =
    record_where!("WHERE r.kind = ?1 AND r.kind IN ('grant', 'revocation') ORDER BY r.seq");

/// The same of the shadowings.
const SHADOWINGS: &str = record_where!("WHERE r.kind = ?1 AND r.kind = 'shadowing' ORDER BY r.seq");

impl Tables for SqliteTables<'_> {
    fn newest(&self) -> Rows<Option<Newest>> {
        let sql = "SELECT seq, hash, recorded_at FROM records ORDER BY seq DESC LIMIT 1";
        let read = |row: &Row<'_>| {
            let hash: Vec<u8> = row.get(1)?;
            Ok((row.get::<_, i64>(0)?, hash, row.get::<_, i64>(2)?))
        };
        let Some((seq, hash, recorded_at)) = self.one(sql, [], read)? else {
            return Ok(None);
        };
        match u64::try_from(seq).ok().zip(RecordHash::from_slice(&hash)) {
            Some((seq, hash)) => Ok(Some(Newest {
                seq,
                hash,
                recorded_at,
            })),
            None => Err(LedgerError::Damaged {
                record: seq.to_string(),
                problem: "its envelope has no valid hash".to_owned(),
            }),
        }
    }

    fn record(&self, seq: i64) -> Rows<Option<StoredRecord>> {
        self.one(record_where!("WHERE r.seq = ?1"), [seq], rows::record)
    }

    fn of_kind(&self, kind: RecordKind) -> Rows<Vec<StoredRecord>> {
        let sql = if kind == RecordKind::Shadowing {
            SHADOWINGS
        } else {
            OF_KIND
        };
        self.all(sql, [kind.as_str()], rows::record)
    }

    fn append(
        &mut self,
        envelope: &Envelope,
        content: &[u8],
        index: Option<&IndexRow>,
    ) -> Rows<()> {
        let seq = to_row(envelope.seq)?;
        self.run(
            "INSERT INTO records (seq, kind, tenant, id, previous, commitment, recorded_at, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                seq,
                envelope.kind.as_str(),
                envelope.tenant.as_str(),
                envelope.id,
                envelope.previous.as_bytes(),
                envelope.commitment.as_bytes(),
                envelope.recorded_at.timestamp(),
                envelope.hash.as_bytes(),
            ],
        )?;
        self.run(
            "INSERT INTO contents (seq, content) VALUES (?1, ?2)",
            params![seq, content],
        )?;
        match index {
            None => Ok(()),
            Some(IndexRow::Decision(row)) => {
                self.run(
                    "INSERT INTO decisions (seq, tenant, id, idempotency_key, recorded_at, outcome,
                     rule_set, application_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![
                        row.seq,
                        row.tenant,
                        row.id,
                        row.idempotency_key,
                        row.recorded_at,
                        row.outcome,
                        row.rule_set,
                        row.application_id,
                    ],
                )?;
                if row.resolves.is_empty() {
                    return Ok(());
                }
                self.run(
                    "INSERT INTO resolutions (seq, tenant, resolves) VALUES (?1, ?2, ?3)",
                    params![row.seq, row.tenant, row.resolves],
                )
            }
            Some(IndexRow::Bundle(row)) => self.run(
                "INSERT INTO bundles (seq, tenant, hash, name, version)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.seq, row.tenant, row.hash, row.name, row.version],
            ),
            Some(IndexRow::Activation(row)) => self.run(
                "INSERT INTO activations (seq, tenant, name, bundle, at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![row.seq, row.tenant, row.name, row.bundle, row.at],
            ),
            Some(IndexRow::Layout(row)) => self.run(
                "INSERT INTO layouts (seq, tenant, bundle, semantics) VALUES (?1, ?2, ?3, ?4)",
                params![row.seq, row.tenant, row.bundle, row.semantics],
            ),
            Some(IndexRow::Audit(row)) => self.run(
                "INSERT INTO audit (seq, tenant, at, who, action, object)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![row.seq, row.tenant, row.at, row.who, row.action, row.object],
            ),
            Some(IndexRow::Shadow(row)) => shadows::add(self.0, row),
            Some(IndexRow::FollowUp(row)) => follow_ups::add(self.0, row),
        }
    }

    fn end_restored(&mut self) -> Rows<()> {
        Ok(file::mark(self.0, file::Mark::Ledger)?)
    }

    fn intake(&self, tenant: &TenantId, key: &IdempotencyKey) -> Rows<Option<IntakeRow>> {
        let sql = select!(intake, "intakes WHERE tenant = ?1 AND idempotency_key = ?2");
        self.one(sql, [tenant.as_str(), key.as_str()], rows::intake)
    }

    fn add_intake(&mut self, intake: IntakeRow) -> Rows<()> {
        self.run(
            "INSERT INTO intakes (tenant, idempotency_key, decision_id, request, pending)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                intake.tenant,
                intake.key,
                intake.decision,
                intake.request,
                intake.pending
            ],
        )
    }

    fn remove_intake(&mut self, tenant: &TenantId, key: &IdempotencyKey) -> Rows<()> {
        self.run(
            "DELETE FROM intakes WHERE tenant = ?1 AND idempotency_key = ?2",
            [tenant.as_str(), key.as_str()],
        )
    }

    fn set_pending(
        &mut self,
        tenant: &TenantId,
        key: &IdempotencyKey,
        pending: Vec<u8>,
    ) -> Rows<()> {
        self.run(
            "UPDATE intakes SET pending = ?3 WHERE tenant = ?1 AND idempotency_key = ?2",
            params![tenant.as_str(), key.as_str(), pending],
        )
    }

    fn pending(&self) -> Rows<Vec<IntakeRow>> {
        let sql = select!(intake, "intakes WHERE pending IS NOT NULL ORDER BY row");
        self.all(sql, [], rows::intake)
    }

    fn list_pending(&self, tenant: &TenantId, after: i64, limit: usize) -> Rows<Vec<IntakeRow>> {
        let sql = select!(
            intake,
            "intakes WHERE pending IS NOT NULL AND tenant = ?1 AND row > ?2 ORDER BY row LIMIT ?3"
        );
        let values = params![tenant.as_str(), after, limit_of(limit)];
        self.all(sql, values, rows::intake)
    }

    fn pending_decision(&self, tenant: &TenantId, id: &DecisionId) -> Rows<Option<IntakeRow>> {
        let sql = select!(
            intake,
            "intakes WHERE pending IS NOT NULL AND tenant = ?1 AND decision_id = ?2"
        );
        self.one(sql, [tenant.as_str(), id.as_str()], rows::intake)
    }

    fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>> {
        let sql = decision_where!("WHERE d.tenant = ?1 AND d.id = ?2");
        self.one(sql, [tenant.as_str(), id.as_str()], rows::found)
    }

    fn decision_by_key(
        &self,
        tenant: &TenantId,
        key: &IdempotencyKey,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>> {
        let sql = decision_where!("WHERE d.tenant = ?1 AND d.idempotency_key = ?2");
        self.one(sql, [tenant.as_str(), key.as_str()], rows::found)
    }

    fn resolution_of(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>> {
        let sql = decision_where!("WHERE o.tenant = ?1 AND o.resolves = ?2");
        self.one(sql, [tenant.as_str(), id.as_str()], rows::found)
    }

    fn list(&self, query: &ListQuery) -> Rows<Vec<(StoredRecord, DecisionRow)>> {
        let (sql, values) = list::statement(query);
        self.all(&sql, params_from_iter(values), rows::found)
    }

    fn recorded_at(&self, tenant: &TenantId, seq: i64) -> Rows<Option<i64>> {
        let sql = "SELECT recorded_at FROM decisions WHERE seq = ?1 AND tenant = ?2";
        self.one(sql, params![seq, tenant.as_str()], |row| row.get(0))
    }

    fn count(&self, tenant: &TenantId) -> Rows<u64> {
        let sql = "SELECT count(*) FROM decisions WHERE tenant = ?1";
        let count: Option<i64> = self.one(sql, [tenant.as_str()], |row| row.get(0))?;
        Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
    }

    fn tenants(&self) -> Rows<Vec<String>> {
        self.all(tenants::ALL, [], |row| row.get(0))
    }

    fn history(
        &self,
        tenant: &TenantId,
        after: i64,
        max: (usize, usize),
        snapshots: Snapshots,
    ) -> Rows<Vec<(StoredRecord, Vec<LinkedSnapshot>)>> {
        history::page(self.0, tenant, after, max, snapshots)
    }

    fn add_snapshot(
        &mut self,
        tenant: &TenantId,
        (seq, position): (i64, i64),
        sealed: &Sealed,
    ) -> Rows<()> {
        let hash = sealed.hash.as_bytes();
        self.run(
            "INSERT INTO snapshots (tenant, hash, content) VALUES (?1, ?2, ?3)
             ON CONFLICT (tenant, hash) DO NOTHING",
            params![tenant.as_str(), hash, &*sealed.bytes],
        )?;
        self.run(
            "INSERT INTO decision_snapshots (seq, position, hash) VALUES (?1, ?2, ?3)",
            params![seq, position, hash],
        )
    }

    fn snapshot(&self, tenant: &TenantId, hash: SnapshotHash) -> Rows<Option<Arc<[u8]>>> {
        let sql = "SELECT content FROM snapshots WHERE tenant = ?1 AND hash = ?2";
        let found = self.one(sql, params![tenant.as_str(), hash.as_bytes()], |row| {
            row.get::<_, Vec<u8>>(0)
        })?;
        Ok(found.map(Arc::from))
    }

    fn has_snapshot(&self, tenant: &TenantId, hash: SnapshotHash) -> Rows<bool> {
        let sql = "SELECT 1 FROM snapshots WHERE tenant = ?1 AND hash = ?2";
        let found = self.one(sql, params![tenant.as_str(), hash.as_bytes()], |_| Ok(()))?;
        Ok(found.is_some())
    }

    fn bundle(&self, tenant: &TenantId, hash: BundleHash) -> Rows<Option<BundleRow>> {
        let sql = select!(bundle, "bundles WHERE tenant = ?1 AND hash = ?2");
        self.one(sql, params![tenant.as_str(), hash.as_bytes()], rows::bundle)
    }

    fn version(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        version: &str,
    ) -> Rows<Option<BundleRow>> {
        let sql = select!(
            bundle,
            "bundles WHERE tenant = ?1 AND name = ?2 AND version = ?3"
        );
        self.one(sql, [tenant.as_str(), name.as_str(), version], rows::bundle)
    }

    fn bundles(
        &self,
        tenant: &TenantId,
        name: Option<&RuleSetName>,
        before: i64,
        limit: usize,
    ) -> Rows<Vec<BundleRow>> {
        let sql = select!(
            bundle,
            "bundles WHERE tenant = ?1 AND (?2 IS NULL OR name = ?2) AND seq < ?3
             ORDER BY seq DESC LIMIT ?4"
        );
        let name = name.map(RuleSetName::as_str);
        let values = params![tenant.as_str(), name, before, limit_of(limit)];
        self.all(sql, values, rows::bundle)
    }

    fn activations_of(&self, tenant: &TenantId, name: &RuleSetName) -> Rows<Vec<ActivationRow>> {
        let sql = select!(
            activation,
            "activations WHERE tenant = ?1 AND name = ?2 ORDER BY seq"
        );
        self.all(sql, [tenant.as_str(), name.as_str()], rows::activation)
    }

    fn activations(&self, tenant: &TenantId) -> Rows<Vec<ActivationRow>> {
        let sql = select!(activation, "activations WHERE tenant = ?1 ORDER BY seq");
        self.all(sql, [tenant.as_str()], rows::activation)
    }

    fn layout(
        &self,
        tenant: &TenantId,
        bundle: BundleHash,
        semantics: u32,
    ) -> Rows<Option<LayoutRow>> {
        let sql = select!(
            layout,
            "layouts WHERE tenant = ?1 AND bundle = ?2 AND semantics = ?3"
        );
        let values = params![tenant.as_str(), bundle.as_bytes(), semantics];
        self.one(sql, values, rows::layout)
    }

    fn shadow_decisions(
        &self,
        tenant: &TenantId,
        (live, shadow): (BundleHash, BundleHash),
        before: i64,
        limit: usize,
    ) -> Rows<Vec<StoredRecord>> {
        let (live, shadow) = (live.as_bytes(), shadow.as_bytes());
        let values = params![tenant.as_str(), live, shadow, before, limit_of(limit)];
        self.all(shadows::NEWEST, values, rows::record)
    }

    fn audit(&self, query: &AuditQuery) -> Rows<Vec<(StoredRecord, AuditRow)>> {
        let (sql, values) = audit::statement(query);
        self.all(&sql, params_from_iter(values), rows::found_audit)
    }

    fn own_problems(&self) -> Rows<Vec<String>> {
        self.0.pragma_update(None, "cache_size", -CHECK_CACHE_KIB)?;
        let lines = self.all("PRAGMA integrity_check(100)", [], |row| {
            row.get::<_, String>(0)
        });
        self.0.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let mut lines = lines?;
        lines.retain(|line| line != "ok");
        Ok(lines)
    }

    fn position(&self, hash: RecordHash) -> Rows<Option<i64>> {
        let sql = "SELECT seq FROM records WHERE hash = ?1 ORDER BY seq LIMIT 1";
        self.one(sql, [hash.as_bytes()], |row| row.get(0))
    }

    fn records_end(&self, (after, last): (i64, i64), limit: usize) -> Rows<Option<i64>> {
        let sql = "SELECT max(seq) FROM (SELECT seq FROM records WHERE seq > ?1 AND seq <= ?2
                   ORDER BY seq LIMIT ?3)";
        let found = self.one(sql, [after, last, limit_of(limit)], |row| row.get(0))?;
        Ok(found.flatten())
    }

    fn records(&self, after: i64, last: i64) -> Rows<Vec<StoredRecord>> {
        let sql = record_where!("WHERE r.seq > ?1 AND r.seq <= ?2 ORDER BY r.seq");
        self.all(sql, [after, last], rows::record)
    }

    fn index_rows(&self, first: i64, last: i64) -> Rows<Vec<IndexRow>> {
        index_rows!(self, "WHERE d.seq BETWEEN ?1 AND ?2", [first, last])
    }

    fn links(&self, first: i64, last: i64) -> Rows<Vec<LinkRow>> {
        let sql = "SELECT seq, position, hash FROM decision_snapshots WHERE seq BETWEEN ?1 AND ?2
                   ORDER BY seq, position";
        self.all(sql, [first, last], |row| {
            Ok(LinkRow {
                seq: row.get(0)?,
                position: row.get(1)?,
                hash: row.get(2)?,
            })
        })
    }

    fn stray_rows(&self, since: i64) -> Rows<Vec<IndexRow>> {
        index_rows!(
            self,
            "WHERE d.seq > ?1 AND NOT EXISTS (SELECT 1 FROM records AS r WHERE r.seq = d.seq)",
            [since]
        )
    }

    fn stray_links(&self, since: i64) -> Rows<Vec<i64>> {
        let sql = "SELECT seq FROM decision_snapshots AS l WHERE l.seq > ?1
                   AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.seq = l.seq)";
        self.all(sql, [since], |row| row.get(0))
    }

    fn stray_resolutions(&self, since: i64) -> Rows<Vec<i64>> {
        let sql = "SELECT seq FROM resolutions AS o WHERE o.seq > ?1
                   AND NOT EXISTS (SELECT 1 FROM decisions AS d WHERE d.seq = o.seq)";
        self.all(sql, [since], |row| row.get(0))
    }

    fn stray_contents(&self, since: i64) -> Rows<Vec<i64>> {
        let sql = "SELECT seq FROM contents AS c WHERE c.seq > ?1
                   AND NOT EXISTS (SELECT 1 FROM records AS r WHERE r.seq = c.seq)";
        self.all(sql, [since], |row| row.get(0))
    }

    fn snapshots_end(
        &self,
        tenant: Option<&TenantId>,
        after: i64,
        limit: usize,
    ) -> Rows<Option<i64>> {
        let sql = "SELECT max(rowid) FROM (SELECT rowid FROM snapshots
                   WHERE rowid > ?1 AND (?2 IS NULL OR tenant = ?2) ORDER BY rowid LIMIT ?3)";
        let values = params![after, tenant.map(TenantId::as_str), limit_of(limit)];
        Ok(self.one(sql, values, |row| row.get(0))?.flatten())
    }

    fn snapshots(
        &self,
        tenant: Option<&TenantId>,
        since: Option<i64>,
        (after, last): (i64, i64),
    ) -> Rows<Vec<SnapshotRow>> {
        let values = params![after, last, tenant.map(TenantId::as_str), since];
        self.all(SNAPSHOTS, values, |row| {
            Ok(SnapshotRow {
                row: row.get(0)?,
                hash: row.get(1)?,
                bytes: row.get::<_, Vec<u8>>(2)?.into(),
                is_linked: row.get(3)?,
            })
        })
    }

    fn intakes(&self, tenant: Option<&TenantId>, after: i64, limit: usize) -> Rows<Vec<IntakeRow>> {
        let sql = select!(
            intake,
            "intakes WHERE row > ?1 AND (?2 IS NULL OR tenant = ?2) ORDER BY row LIMIT ?3"
        );
        let values = params![after, tenant.map(TenantId::as_str), limit_of(limit)];
        self.all(sql, values, rows::intake)
    }
}
