//! Whatever differs from the record is named, and nothing is changed.

use super::*;
use crate::portfolio::columns::table::{Holds, Table};

/// What is found once a statement was run.
async fn problems_after(statement: &str) -> Vec<String> {
    let golden = Golden::followed().await;
    assert_eq!(golden.compared().await.problems, []);
    let changed = golden.sql().execute(statement, []).unwrap();
    assert!(changed > 0, "{statement}");
    let compared = golden.compared().await;
    let again = golden.compared().await;
    assert_eq!(compared, again, "nothing is repaired silently");
    let problems = compared.problems.into_iter();
    problems
        .map(|found| format!("{}: {}", found.record, found.problem))
        .collect()
}

#[tokio::test]
async fn every_column_is_compared() {
    let golden = Golden::followed().await;
    for table in Table::ALL {
        let name = table.name();
        for column in table.columns() {
            if matches!(column.name.as_str(), "seq" | "position") {
                continue;
            }
            let value = match column.holds {
                Holds::Whole | Holds::WholeOrText => "123456789",
                Holds::Text => "'another'",
                Holds::Bytes => "x'00'",
            };
            let sql = golden.sql();
            let row = format!("(SELECT max(seq) FROM {name})");
            sql.execute_batch(&format!(
                "CREATE TABLE kept AS SELECT * FROM {name} WHERE seq = {row};
                 UPDATE {name} SET {} = {value} WHERE seq = {row};",
                column.name
            ))
            .unwrap();
            let sql_row = format!("SELECT {row}");
            let seq: u32 = sql.query_row(&sql_row, [], |row| row.get(0)).unwrap();
            let seq = u64::from(seq);
            let ledger = Arc::clone(&golden.ledger);
            let compared = compare(&golden.columns, ledger, seq - 1).await.unwrap();
            let problems = compared.unwrap().problems;
            let told = problems.first().map(|found| found.problem.as_str());
            // A decision of another tenant is none of this one.
            let is_tenant = column.name == "tenant" && table == Table::Decisions;
            let expected = match is_tenant {
                true => "missing".to_owned(),
                false => format!("`{}` in `{name}` is not what was recorded", column.name),
            };
            assert_eq!(told, Some(expected.as_str()), "{}", column.name);
            sql.execute_batch(&format!(
                "DELETE FROM {name} WHERE seq = {row};
                 INSERT INTO {name} SELECT * FROM kept; DROP TABLE kept;"
            ))
            .unwrap();
        }
    }
    assert_eq!(golden.compared().await.problems, []);
}

#[tokio::test]
async fn rows_too_many_and_too_few_are_named() {
    let cases = [
        (
            "DELETE FROM decisions WHERE seq = (SELECT max(seq) FROM decisions)",
            "missing",
        ),
        (
            "DELETE FROM reasons WHERE seq = (SELECT max(seq) FROM reasons)",
            "another number of rows in `reasons`",
        ),
        (
            "DELETE FROM packed WHERE seq = (SELECT max(seq) FROM packed)",
            "another number of rows",
        ),
        (
            "INSERT INTO reasons (seq, position) SELECT max(seq), 99 FROM decisions",
            "another number of rows in `reasons`",
        ),
        (
            "INSERT INTO household (seq) VALUES (1)",
            "rows in `household` are of no decision that is in `decisions`",
        ),
        (
            "INSERT INTO decisions (seq, tenant, id) VALUES (1, 1, 'dec_1')",
            "the chain holds no such decision",
        ),
        (
            "INSERT INTO left_out (seq, tenant, id, why) VALUES (1, 1, 'dec_1', 'damaged')",
            "the chain holds no such decision",
        ),
        (
            "UPDATE rule_sets SET version = '9.9.9'",
            "its rule set is not in `rule_sets`",
        ),
        (
            "UPDATE rules_live SET live_from = 1",
            "what was live when, of the tenant `default`, is not what was recorded",
        ),
        (
            "UPDATE about SET value = 'another' WHERE name = 'chain_id'",
            "they are of another chain than the ledger",
        ),
    ];
    for (statement, told) in cases {
        let problems = problems_after(statement).await;
        let is_told = problems.iter().any(|problem| problem.ends_with(told));
        assert!(is_told, "{statement}: {problems:?}");
    }
}

#[tokio::test]
async fn a_damaged_decision_is_not_loaded() {
    let golden = Golden::followed().await;
    let statement = "UPDATE packed SET content = x'00' WHERE seq = (SELECT max(seq) FROM packed)";
    golden.sql().execute(statement, []).unwrap();
    let columns = Columns::open(&golden.columns).unwrap().unwrap();
    let all = Selection::of(TenantId::default_tenant());
    let loaded = columns.load(&all, |_| true, |_| ControlFlow::Continue(()));
    assert!(matches!(loaded, Err(ColumnsError::Damaged { .. })));
}
