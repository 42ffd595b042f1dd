//! Whatever differs from the record is named, and nothing is changed.

use super::*;
use crate::portfolio::columns::compare::difference;
use crate::portfolio::columns::sqlite::{Found, Reader};
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
    let Found::Columns(reader) = Reader::open(&golden.columns).unwrap() else {
        panic!("there are columns");
    };
    for table in Table::ALL {
        let (name, sql) = (table.name(), golden.sql());
        let newest = format!("SELECT max(seq) FROM {name}");
        let seq: u32 = sql.query_row(&newest, [], |row| row.get(0)).unwrap();
        let recorded = reader.rows(seq.into()).unwrap();
        let kept = format!("CREATE TEMP TABLE kept AS SELECT * FROM {name} WHERE seq = {seq}");
        sql.execute_batch(&kept).unwrap();
        let columns = table.columns().iter();
        for column in columns.filter(|column| !KEYS.contains(&column.name.as_str())) {
            let value = match column.holds {
                Holds::Whole | Holds::WholeOrText => "123456789",
                Holds::Text => "'another'",
                Holds::Bytes => "x'00'",
            };
            let changed = format!(
                "UPDATE {name} SET {} = {value} WHERE seq = {seq}",
                column.name
            );
            sql.execute_batch(&changed).unwrap();
            let problem = difference(&recorded, &reader.rows(seq.into()).unwrap());
            let told = format!("`{}` in `{name}` is not what was recorded", column.name);
            assert_eq!(problem, Some(told));
            sql.execute_batch(&format!(
                "DELETE FROM {name} WHERE seq = {seq}; INSERT INTO {name} SELECT * FROM kept"
            ))
            .unwrap();
        }
        assert_eq!(
            difference(&recorded, &reader.rows(seq.into()).unwrap()),
            None
        );
    }
}

/// What rows are found by.
const KEYS: [&str; 2] = ["seq", "position"];

#[tokio::test]
async fn a_change_in_any_table_is_named() {
    for table in Table::ALL {
        let name = table.name();
        let last = &table.columns().last().unwrap().name;
        // No column but that of bytes takes any.
        let value = if table == Table::Packed {
            "x'00'"
        } else {
            "'another'"
        };
        let row = format!("(SELECT min(seq) FROM {name})");
        let statement = format!("UPDATE {name} SET {last} = {value} WHERE seq = {row}");
        let told = format!("`{last}` in `{name}` is not what was recorded");
        let problems = problems_after(&statement).await;
        assert!(
            problems.len() == 1 && problems[0].ends_with(&told),
            "{problems:?}"
        );
    }
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
    let all = Excerpt::of(TenantId::default_tenant());
    let loaded = columns.load(&all, |_| true, |_| ControlFlow::Continue(()));
    assert!(matches!(loaded, Err(ColumnsError::Damaged { .. })));
}
