//! The table of what follows decisions, as SQL.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::columns;
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::record::envelope::RecordKind;
use crate::ledger::record::index::{FollowUpRow, IndexRow};
use crate::ledger::store::Rows;

/// Adds a row.
pub(super) fn add(connection: &Connection, row: &FollowUpRow) -> Rows<()> {
    let sql = "INSERT INTO follow_ups (seq, tenant, kind, decision, key)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![row.seq, row.tenant, row.kind, row.decision, row.key];
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<FollowUpRow> {
    Ok(FollowUpRow {
        seq: row.get(0)?,
        tenant: row.get(1)?,
        kind: row.get(2)?,
        decision: row.get(3)?,
        key: row.get(4)?,
    })
}

/// A row as one of those by which records are found.
pub(super) fn index(row: &Row<'_>) -> rusqlite::Result<IndexRow> {
    Ok(IndexRow::FollowUp(read(row)?))
}

/// The rows of one decision, newest first.
const OF_DECISION: &str = concat!(
    "SELECT ",
    columns!(follow_up),
    " FROM follow_ups
    WHERE tenant = ?1 AND kind = ?2 AND decision = ?3 AND seq < ?4 ORDER BY seq DESC LIMIT ?5"
);

/// Those of all decisions.
const OF_ALL: &str = concat!(
    "SELECT ",
    columns!(follow_up),
    " FROM follow_ups
    WHERE tenant = ?1 AND kind = ?2 AND ?3 IS NULL AND seq < ?4 ORDER BY seq DESC LIMIT ?5"
);

/// How many rows one decision has.
const COUNT: &str =
    "SELECT count(*) FROM follow_ups WHERE tenant = ?1 AND kind = ?2 AND decision = ?3";

/// The row of the follow-up of that kind under a key.
pub(super) fn by_key(
    connection: &Connection,
    tenant: &TenantId,
    (kind, key): (RecordKind, &IdempotencyKey),
) -> Rows<Option<FollowUpRow>> {
    let sql = concat!(
        "SELECT ",
        columns!(follow_up),
        " FROM follow_ups WHERE tenant = ?1 AND kind = ?2 AND key = ?3"
    );
    let values = [tenant.as_str(), kind.as_str(), key.as_str()];
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(values, read).optional()?)
}

/// How many of that kind a decision has.
pub(super) fn count(
    connection: &Connection,
    tenant: &TenantId,
    (kind, decision): (RecordKind, &DecisionId),
) -> Rows<u64> {
    let values = [tenant.as_str(), kind.as_str(), decision.as_str()];
    let mut statement = connection.prepare_cached(COUNT)?;
    let counted: i64 = statement.query_row(values, |row| row.get(0))?;
    Ok(u64::try_from(counted).unwrap_or(0))
}

/// Rows before a position, newest first.
pub(super) fn list(
    connection: &Connection,
    tenant: &TenantId,
    (kind, decision): (RecordKind, Option<&DecisionId>),
    (before, limit): (i64, i64),
) -> Rows<Vec<FollowUpRow>> {
    let sql = match decision {
        Some(_) => OF_DECISION,
        None => OF_ALL,
    };
    let decision = decision.map(DecisionId::as_str);
    let values = params![tenant.as_str(), kind.as_str(), decision, before, limit];
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::FileLedger;

    #[tokio::test]
    async fn lists_are_answered_from_an_index_without_sorting() {
        let file = FileLedger::new().await;
        let connection = file.behind();
        for (sql, index) in [
            (
                OF_DECISION,
                "follow_ups_by_decision (tenant=? AND kind=? AND decision=? AND seq<?)",
            ),
            (OF_ALL, "follow_ups_by_kind (tenant=? AND kind=? AND seq<?)"),
        ] {
            let plan: Vec<String> = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap()
                .query_map(params!["t", "override", Some("d"), 9, 10], |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(plan.len(), 1, "{plan:?}");
            assert!(plan[0].contains(index), "{plan:?}");
        }
        let plan: String = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {COUNT}"))
            .unwrap()
            .query_row(["t", "override", "d"], |row| row.get(3))
            .unwrap();
        assert!(
            plan.contains("COVERING INDEX follow_ups_by_decision"),
            "{plan}"
        );
    }
}
