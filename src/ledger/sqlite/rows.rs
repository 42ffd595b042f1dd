//! From rows of SQLite to rows of the ledger's tables.

use rusqlite::Row;

use crate::ledger::record::index::{
    ActivationRow, AuditRow, BundleRow, DecisionRow, LayoutRow, ShadowRow,
};
use crate::ledger::record::intake::IntakeRow;
use crate::ledger::record::stored::StoredRecord;

/// The columns of a row, in the order in which it is read here.
macro_rules! columns {
    (record) => {
        "r.seq, r.kind, r.tenant, r.id, r.previous, r.commitment, r.recorded_at, r.hash, c.content"
    };
    (decision) => {
        "d.seq, d.tenant, d.id, d.idempotency_key, d.recorded_at, d.outcome, d.rule_set, \
         d.application_id, o.resolves"
    };
    (bundle) => {
        "seq, tenant, hash, name, version"
    };
    (activation) => {
        "seq, tenant, name, bundle, at"
    };
    (layout) => {
        "seq, tenant, bundle, semantics"
    };
    (audit) => {
        "d.seq, d.tenant, d.at, d.who, d.action, d.object"
    };
    (shadow) => {
        "seq, tenant, decision, name, live, live_outcome, bundle, result"
    };
    (follow_up) => {
        "seq, tenant, kind, decision, key"
    };
    (intake) => {
        "row, tenant, idempotency_key, decision_id, request, pending"
    };
}
pub(super) use columns;

/// The rows of decisions, as those columns name them, each with what it settles.
macro_rules! decisions {
    () => {
        concat!("decisions AS d ", settled!())
    };
}
pub(super) use decisions;

/// What joins the rows of decisions with what they settle.
macro_rules! settled {
    () => {
        "LEFT JOIN resolutions AS o ON o.seq = d.seq AND o.tenant = d.tenant"
    };
}
pub(super) use settled;

/// How many columns a record has.
pub(super) const RECORD_COLUMNS: usize = 9;

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<StoredRecord> {
    Ok(StoredRecord {
        seq: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
        kind: row.get(1)?,
        tenant: row.get(2)?,
        id: row.get(3)?,
        previous: row.get(4)?,
        commitment: row.get(5)?,
        recorded_at: row.get(6)?,
        hash: row.get(7)?,
        content: row.get(8)?,
    })
}

/// Reads them from the column `from` on.
pub(super) fn decision(row: &Row<'_>, from: usize) -> rusqlite::Result<DecisionRow> {
    Ok(DecisionRow {
        seq: row.get(from)?,
        tenant: row.get(from + 1)?,
        id: row.get(from + 2)?,
        idempotency_key: row.get(from + 3)?,
        recorded_at: row.get(from + 4)?,
        outcome: row.get(from + 5)?,
        rule_set: row.get(from + 6)?,
        application_id: row.get(from + 7)?,
        resolves: row.get::<_, Option<String>>(from + 8)?.unwrap_or_default(),
    })
}

/// A record and the row of `decisions` by which it was found.
pub(super) fn found(row: &Row<'_>) -> rusqlite::Result<(StoredRecord, DecisionRow)> {
    Ok((record(row)?, decision(row, RECORD_COLUMNS)?))
}

pub(super) fn bundle(row: &Row<'_>) -> rusqlite::Result<BundleRow> {
    Ok(BundleRow {
        seq: row.get(0)?,
        tenant: row.get(1)?,
        hash: row.get(2)?,
        name: row.get(3)?,
        version: row.get(4)?,
    })
}

pub(super) fn activation(row: &Row<'_>) -> rusqlite::Result<ActivationRow> {
    Ok(ActivationRow {
        seq: row.get(0)?,
        tenant: row.get(1)?,
        name: row.get(2)?,
        bundle: row.get(3)?,
        at: row.get(4)?,
    })
}

pub(super) fn layout(row: &Row<'_>) -> rusqlite::Result<LayoutRow> {
    Ok(LayoutRow {
        seq: row.get(0)?,
        tenant: row.get(1)?,
        bundle: row.get(2)?,
        semantics: row.get(3)?,
    })
}

/// Reads them from the column `from` on.
pub(super) fn audit(row: &Row<'_>, from: usize) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        seq: row.get(from)?,
        tenant: row.get(from + 1)?,
        at: row.get(from + 2)?,
        who: row.get(from + 3)?,
        action: row.get(from + 4)?,
        object: row.get(from + 5)?,
    })
}

pub(super) fn shadow(row: &Row<'_>) -> rusqlite::Result<ShadowRow> {
    Ok(ShadowRow {
        seq: row.get(0)?,
        tenant: row.get(1)?,
        decision: row.get(2)?,
        name: row.get(3)?,
        live: row.get(4)?,
        live_outcome: row.get(5)?,
        bundle: row.get(6)?,
        result: row.get(7)?,
    })
}

/// A record and the row of `audit` by which it was found.
pub(super) fn found_audit(row: &Row<'_>) -> rusqlite::Result<(StoredRecord, AuditRow)> {
    Ok((record(row)?, audit(row, RECORD_COLUMNS)?))
}

pub(super) fn intake(row: &Row<'_>) -> rusqlite::Result<IntakeRow> {
    Ok(IntakeRow {
        row: row.get(0)?,
        tenant: row.get(1)?,
        key: row.get(2)?,
        decision: row.get(3)?,
        request: row.get(4)?,
        pending: row.get(5)?,
    })
}
