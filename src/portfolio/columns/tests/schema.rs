//! The schema: no name twice, all of it documented, and the documented queries.

use std::collections::BTreeSet;
use std::fmt::Write;

use rusqlite::types::Value;

use super::Golden;
use crate::portfolio::columns::table::Table;

const DOCUMENT: &str = "docs/ledger-schema.md";

#[test]
fn no_table_has_a_column_twice() {
    for table in Table::ALL {
        let columns = table.columns();
        let different: BTreeSet<&str> = columns.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(different.len(), columns.len(), "{}", table.name());
    }
}

#[tokio::test]
async fn every_table_view_and_column_is_documented() {
    let golden = Golden::followed().await;
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let sql = golden.sql();
    let mut objects = sql
        .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
        .unwrap();
    let objects = objects
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    let mut views = 0;
    for object in objects {
        let object = object.unwrap();
        assert!(document.contains(&format!("`{object}`")), "{object}");
        views += usize::from(object.starts_with("v_"));
        // What is of features is documented with them.
        let of_features = ["household", "applicants", "accounts", "income_streams"];
        let select = sql.prepare(&format!("SELECT * FROM {object}")).unwrap();
        for column in select.column_names() {
            let is_told =
                of_features.contains(&object.as_str()) || document.contains(&format!("`{column}`"));
            assert!(is_told, "{object}.{column}");
        }
    }
    assert_eq!(views, 4);
}

/// The rows that a query gives, under the names of its columns.
fn answer(sql: &rusqlite::Connection, query: &str) -> String {
    let mut select = sql.prepare(query).unwrap();
    let names = select.column_names().collect::<Vec<_>>().join(" | ");
    let count = select.column_count();
    let mut out = format!("{names}\n");
    let mut rows = select.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cells = (0..count).map(|at| match row.get(at).unwrap() {
            Value::Null => "NULL".to_owned(),
            Value::Integer(whole) => whole.to_string(),
            Value::Real(real) => real.to_string(),
            Value::Text(text) => text,
            Value::Blob(_) => "BLOB".to_owned(),
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join(" | ")).unwrap();
    }
    out
}

/// Run with `UPDATE_EXPECT=1` to write the answers anew.
#[tokio::test]
async fn the_documented_queries_give_what_is_shown() {
    let golden = Golden::followed().await;
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let sql = golden.sql();
    let (mut parts, mut queries) = (document.split("```sql\n"), 0);
    let mut written = parts.next().unwrap().to_owned();
    for part in parts {
        let (query, rest) = part.split_once("```\n").unwrap();
        let (_, rest) = rest.split_once("```text\n").unwrap();
        let (_, rest) = rest.split_once("```\n").unwrap();
        let answer = answer(&sql, query);
        write!(
            written,
            "```sql\n{query}```\n\n```text\n{answer}```\n{rest}"
        )
        .unwrap();
        queries += 1;
    }
    assert_eq!(queries, 10);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(DOCUMENT, &written).unwrap();
    }
    assert_eq!(document, written, "run with UPDATE_EXPECT=1");
}
