//! The statement that lists events of the audit log.

use rusqlite::types::Value;

use super::list::seconds_up;
use super::rows::columns;
use crate::ledger::store::AuditQuery;

/// The statement that lists one page, and its values. A tenant's events are found by time in their
/// index.
pub(super) fn statement(query: &AuditQuery) -> (String, Vec<Value>) {
    let filter = &query.filter;
    let mut sql = format!(
        "SELECT {}, {} FROM audit AS d INDEXED BY audit_by_time
         JOIN records AS r ON r.seq = d.seq LEFT JOIN contents AS c ON c.seq = d.seq
         WHERE d.tenant = ?",
        columns!(record),
        columns!(audit)
    );
    let text = |text: &str| Value::from(text.to_owned());
    let mut values = vec![text(filter.tenant.as_str())];
    // A page names several with commas between them.
    let object = "instr(',' || d.object || ',', ',' || ? || ',') > 0";
    let conditions = [
        (
            "d.who = ?",
            filter.who.as_ref().map(|who| text(who.as_str())),
        ),
        (
            "d.action = ?",
            filter.action.map(|action| text(action.name())),
        ),
        (object, filter.object.as_deref().map(text)),
        (
            "d.at >= ?",
            filter.since.map(|since| Value::from(seconds_up(since))),
        ),
        (
            "d.at < ?",
            filter.until.map(|until| Value::from(seconds_up(until))),
        ),
    ];
    for (condition, value) in conditions {
        if let Some(value) = value {
            sql.push_str(" AND ");
            sql.push_str(condition);
            values.push(value);
        }
    }
    let (order, beyond) = match query.oldest_first {
        true => ("ASC", ">"),
        false => ("DESC", "<"),
    };
    if let Some((at, seq)) = query.after {
        sql.push_str(&format!(" AND (d.at, d.seq) {beyond} (?, ?)"));
        values.extend([Value::from(at), Value::from(seq)]);
    }
    sql.push_str(&format!(" ORDER BY d.at {order}, d.seq {order} LIMIT ?"));
    values.push(Value::from(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    (sql, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::audit::Action;
    use crate::id::IdentityName;
    use crate::ledger::AuditFilter;
    use crate::ledger::tests::{FileLedger, at, tenant};

    #[tokio::test]
    async fn no_filter_walks_the_chain_or_sorts() {
        let file = FileLedger::with(1).await;
        let connection = file.behind();
        let filter = AuditFilter {
            tenant: tenant(),
            who: Some(IdentityName::local()),
            action: Some(Action::DecisionRead),
            object: Some("dec_1".to_owned()),
            since: Some(at(0)),
            until: Some(at(9)),
        };
        for (after, oldest_first) in [(None, false), (Some((5, 5)), true), (Some((5, 5)), false)] {
            let (sql, values) = statement(&AuditQuery {
                filter: filter.clone(),
                after,
                oldest_first,
                limit: 10,
            });
            let plan: Vec<String> = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap()
                .query_map(rusqlite::params_from_iter(values), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            assert_eq!(plan.len(), 3, "{plan:?}");
            assert!(plan[0].contains("audit_by_time (tenant=? AND"), "{plan:?}");
            assert!(plan[1].starts_with("SEARCH r USING INTEGER PRIMARY KEY"));
            assert!(plan[2].starts_with("SEARCH c USING INTEGER PRIMARY KEY"));
        }
    }
}
