//! The table of what shadows would have decided, as SQL.

use rusqlite::{Connection, Row, params};

use crate::id::TenantId;
use crate::ledger::record::index::ShadowRow;
use crate::ledger::shadow::ShadowCounts;
use crate::ledger::store::Rows;
use crate::rules::BundleHash;

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

/// How often the first bundle decided which while the second came to what.
pub(super) fn counts(
    connection: &Connection,
    tenant: &TenantId,
    (live, shadow): (BundleHash, BundleHash),
) -> Rows<ShadowCounts> {
    let sql = "SELECT live_outcome, result, count(*) FROM shadow_decisions
               WHERE tenant = ?1 AND live = ?2 AND bundle = ?3
               GROUP BY live_outcome, result";
    let values = params![tenant.as_str(), live.as_bytes(), shadow.as_bytes()];
    let read = |row: &Row<'_>| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?));
    let mut statement = connection.prepare_cached(sql)?;
    let counted = statement.query_map(values, read)?;
    let counted = counted.collect::<Result<Vec<_>, _>>()?.into_iter();
    Ok(counted
        .map(|(both, count)| (both, u64::try_from(count).unwrap_or(0)))
        .collect())
}
