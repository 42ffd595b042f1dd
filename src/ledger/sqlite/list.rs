//! The statement that lists decisions.

use rusqlite::types::Value;

use super::rows::{columns, settled};
use crate::ledger::store::ListQuery;

/// The statement that lists one page, and its values. By recording time, then by position; the
/// index that serves the filter is named, so that the plan never depends on
/// statistics.
pub(super) fn statement(query: &ListQuery) -> (String, Vec<Value>) {
    let filter = &query.filter;
    let index = match (&filter.application, &filter.outcome, &filter.rule_set) {
        (Some(_), ..) => "decisions_by_application",
        (None, Some(_), _) => "decisions_by_outcome",
        (None, None, Some(_)) => "decisions_by_rule_set",
        (None, None, None) => "decisions_by_time",
    };
    let mut sql = format!(
        "SELECT {}, {} FROM decisions AS d INDEXED BY {index} {}
         JOIN records AS r ON r.seq = d.seq LEFT JOIN contents AS c ON c.seq = d.seq
         WHERE d.tenant = ?",
        columns!(record),
        columns!(decision),
        settled!()
    );
    let mut values = vec![Value::from(query.tenant.as_str().to_owned())];
    let text = |text: &str| Value::from(text.to_owned());
    let conditions = [
        (
            "application_id = ?",
            filter.application.as_ref().map(|id| text(id.as_str())),
        ),
        (
            "outcome = ?",
            filter.outcome.map(|outcome| text(outcome.as_str())),
        ),
        (
            "rule_set = ?",
            filter.rule_set.as_ref().map(|name| text(name.as_str())),
        ),
        (
            "recorded_at >= ?",
            filter.from.map(|from| Value::from(seconds_up(from))),
        ),
        (
            "recorded_at < ?",
            filter.until.map(|until| Value::from(seconds_up(until))),
        ),
    ];
    for (condition, value) in conditions {
        if let Some(value) = value {
            sql.push_str(" AND d.");
            sql.push_str(condition);
            values.push(value);
        }
    }
    if let Some((recorded_at, seq)) = query.after {
        sql.push_str(match query.oldest_first {
            true => " AND (d.recorded_at, d.seq) > (?, ?)",
            false => " AND (d.recorded_at, d.seq) < (?, ?)",
        });
        values.extend([Value::from(recorded_at), Value::from(seq)]);
    }
    sql.push_str(match query.oldest_first {
        true => " ORDER BY d.recorded_at, d.seq LIMIT ?",
        false => " ORDER BY d.recorded_at DESC, d.seq DESC LIMIT ?",
    });
    values.push(Value::from(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    (sql, values)
}

/// Recording times are whole seconds: one is at or after `bound` exactly when it is at or after
/// the first whole second that is.
pub(super) fn seconds_up(bound: chrono::DateTime<chrono::Utc>) -> i64 {
    let seconds = bound.timestamp();
    if bound.timestamp_subsec_nanos() > 0 {
        seconds.saturating_add(1)
    } else {
        seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ApplicationId, RuleSetName};
    use crate::ledger::Filter;
    use crate::ledger::tests::{FileLedger, at, tenant};
    use crate::rules::Outcome;

    #[tokio::test]
    async fn every_filter_is_answered_from_an_index_without_sorting() {
        let file = FileLedger::with(1).await;
        let connection = file.behind();
        let some = Filter {
            from: Some(at(0)),
            until: Some(at(9)),
            outcome: Some(Outcome::Refer),
            rule_set: Some(RuleSetName::parse("personal-loan").unwrap()),
            application: Some(ApplicationId::parse("app-1").unwrap()),
        };
        for chosen in 0..64_u8 {
            let pick = |bit: u8| chosen & (1 << bit) != 0;
            let filter = Filter {
                from: some.from.filter(|_| pick(0)),
                until: some.until.filter(|_| pick(1)),
                outcome: some.outcome.filter(|_| pick(2)),
                rule_set: some.rule_set.clone().filter(|_| pick(3)),
                application: some.application.clone().filter(|_| pick(4)),
            };
            for after in [None, Some((5, 5))] {
                let (sql, values) = statement(&ListQuery {
                    tenant: tenant(),
                    filter: filter.clone(),
                    after,
                    oldest_first: pick(5),
                    limit: 10,
                });
                let plan: Vec<String> = connection
                    .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                    .unwrap()
                    .query_map(rusqlite::params_from_iter(values), |row| row.get(3))
                    .unwrap()
                    .collect::<Result<_, _>>()
                    .unwrap();
                assert_eq!(plan.len(), 4, "{plan:?}");
                assert!(plan[0].starts_with("SEARCH d USING INDEX decisions_by_"));
                for (step, table) in (1..).zip(["o", "r", "c"]) {
                    let by_key = format!("SEARCH {table} USING INTEGER PRIMARY KEY");
                    assert!(plan[step].starts_with(&by_key), "{plan:?}");
                }
                if pick(0) || pick(1) || after.is_some() {
                    assert!(plan[0].contains("recorded_at"), "{plan:?}");
                }
            }
        }
    }
}
