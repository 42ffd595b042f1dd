//! The table of what shadows would have decided, as SQL.

use rusqlite::{Connection, params};

use super::rows::columns;
use crate::ledger::record::index::ShadowRow;
use crate::ledger::store::Rows;

/// Adds what one would have decided.
pub(super) fn add(connection: &Connection, row: &ShadowRow) -> Rows<()> {
    let sql = "INSERT INTO shadow_decisions (seq, tenant, decision, name, live, live_outcome,
                   bundle, result)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    connection.prepare_cached(sql)?.execute(params![
        row.seq,
        row.tenant,
        row.decision,
        row.name,
        row.live,
        row.live_outcome,
        row.bundle,
        row.result,
    ])?;
    Ok(())
}

/// The newest of what one bundle would have decided beside another, as records: found in the order of
/// the index, which ends with the position.
pub(super) const NEWEST: &str = concat!(
    "SELECT ",
    columns!(record),
    " FROM shadow_decisions AS d JOIN records AS r ON r.seq = d.seq
     LEFT JOIN contents AS c ON c.seq = d.seq
     WHERE d.tenant = ?1 AND d.live = ?2 AND d.bundle = ?3 AND d.seq < ?4
     ORDER BY d.seq DESC LIMIT ?5"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::FileLedger;

    #[tokio::test]
    async fn the_newest_are_read_from_the_index_without_sorting() {
        let file = FileLedger::with(1).await;
        let connection = file.behind();
        let explained = format!("EXPLAIN QUERY PLAN {NEWEST}");
        let mut statement = connection.prepare(&explained).unwrap();
        let values = params!["default", [1_u8; 32], [2_u8; 32], 9, 9];
        let plan = statement.query_map(values, |row| row.get(3)).unwrap();
        let plan: Vec<String> = plan.collect::<Result<_, _>>().unwrap();
        assert_eq!(plan.len(), 3, "{plan:?}");
        let index = "SEARCH d USING COVERING INDEX shadow_decisions_by_bundles \
                     (tenant=? AND live=? AND bundle=? AND rowid<?)";
        assert_eq!(plan[0], index);
        for (step, table) in ["r", "c"].into_iter().enumerate() {
            let by_key = format!("SEARCH {table} USING INTEGER PRIMARY KEY");
            assert!(plan[step + 1].starts_with(&by_key), "{plan:?}");
        }
    }
}
