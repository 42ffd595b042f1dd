//! Pages of decisions with all that they rest on, in one statement that is read only as far as the
//! page goes.

use rusqlite::{Connection, params};

use super::rows::{self, columns};
use crate::id::TenantId;
use crate::ledger::record::history::LinkedSnapshot;
use crate::ledger::record::stored::StoredRecord;
use crate::ledger::store::Rows;
use crate::ledger::types::Snapshots;

/// One row for each snapshot of each decision; `records.seq` leads, so that nothing is
/// sorted.
pub(super) const STATEMENT: &str = concat!(
    "SELECT ",
    columns!(record),
    ", l.hash, s.content
     FROM records AS r LEFT JOIN contents AS c ON c.seq = r.seq
     LEFT JOIN decision_snapshots AS l ON l.seq = r.seq
     LEFT JOIN snapshots AS s ON s.tenant = r.tenant AND s.hash = l.hash
     WHERE r.seq > ?1 AND r.tenant = ?2 AND r.kind = 'decision'
     ORDER BY r.seq, l.position"
);

/// One row for each decision, with no snapshot.
pub(super) const BARE_STATEMENT: &str = concat!(
    "SELECT ",
    columns!(record),
    ", NULL, NULL
     FROM records AS r LEFT JOIN contents AS c ON c.seq = r.seq
     WHERE r.seq > ?1 AND r.tenant = ?2 AND r.kind = 'decision'
     ORDER BY r.seq"
);

/// Decisions after a position, oldest first, each with its snapshots or without: at most so many, and so many
/// bytes, but always one.
pub(super) fn page(
    connection: &Connection,
    tenant: &TenantId,
    after: i64,
    (rows_max, bytes_max): (usize, usize),
    snapshots: Snapshots,
) -> Rows<Vec<(StoredRecord, Vec<LinkedSnapshot>)>> {
    let mut statement = connection.prepare_cached(match snapshots {
        Snapshots::Along => STATEMENT,
        Snapshots::LeftOut => BARE_STATEMENT,
    })?;
    let mut found = statement.query(params![after, tenant.as_str()])?;
    let mut page: Vec<(StoredRecord, Vec<LinkedSnapshot>)> = Vec::new();
    let mut bytes = 0_usize;
    while let Some(row) = found.next()? {
        let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        if page.last().is_none_or(|(last, _)| last.seq != seq) {
            if page.len() >= rows_max || (bytes >= bytes_max && !page.is_empty()) {
                break;
            }
            let record = rows::record(row)?;
            bytes = bytes.saturating_add(record.content.as_ref().map_or(0, Vec::len));
            page.push((record, Vec::new()));
        }
        let hash: Option<Vec<u8>> = row.get(rows::RECORD_COLUMNS)?;
        if let (Some(hash), Some((_, linked))) = (hash, page.last_mut()) {
            let content: Option<Vec<u8>> = row.get(rows::RECORD_COLUMNS + 1)?;
            bytes = bytes.saturating_add(content.as_ref().map_or(0, Vec::len));
            let bytes = content.map(Into::into);
            linked.push(LinkedSnapshot { hash, bytes });
        }
    }
    Ok(page)
}
