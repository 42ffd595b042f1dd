//! SQL stays where a store of SQL is: everything else of the ledger works over any store.

use regex::Regex;

use super::{assert_none, sources};

/// Where SQL may be: in the store of the ledger, and in that of the columns.
const HOMES: [&str; 2] = ["src/ledger/sqlite", "src/portfolio/columns/sqlite"];

/// What only a store of SQL has to know: its library, and statements. A statement is told by the
/// words that begin it and those that have to follow.
fn sql() -> Regex {
    let statements = [
        r"SELECT\s.*\sFROM\s",
        r"INSERT\s+INTO\s",
        r"UPDATE\s+\w+\s+SET\s",
        r"DELETE\s+FROM\s",
        r"CREATE\s+(TABLE|INDEX|TRIGGER|VIEW)\s",
        r"DROP\s+(TABLE|INDEX|TRIGGER|VIEW)\s",
        r"PRAGMA\s",
        r"BEGIN\s+IMMEDIATE",
        r"\brusqlite\b",
    ];
    Regex::new(&format!("(?s){}", statements.join("|"))).unwrap()
}

/// The lines on which it is.
fn found(code: &str) -> Vec<usize> {
    let sql = sql();
    let starts = sql.find_iter(code).map(|found| found.start());
    starts
        .map(|start| code.split_at(start).0.lines().count().max(1))
        .collect()
}

#[test]
fn statements_are_found() {
    assert_eq!(found("let a = 1;\nlet sql = \"INSERT INTO records\";"), [2]);
    assert_eq!(found("\"SELECT a,\n b\nFROM records\""), [1]);
    assert_eq!(found("use rusqlite::Connection;"), [1]);
    assert_eq!(found("// It may select, insert or update.").len(), 0);
    assert_eq!(found("\"UPDATE the settings\"").len(), 0);
}

#[test]
fn there_is_no_sql_outside_of_its_store() {
    let mut problems = Vec::new();
    let mut at_home = [0; HOMES.len()];
    for source in sources(&["src"]) {
        let path = source.path.display().to_string();
        // Tests look behind the ledger's back.
        if source.is_test() {
            continue;
        }
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        let lines: Vec<usize> = source.code().map(|(row, _)| row).collect();
        for line in found(&code.join("\n")) {
            if let Some(home) = HOMES.iter().position(|home| path.starts_with(home)) {
                at_home[home] += 1;
            } else {
                let row = lines.get(line - 1).copied().unwrap_or(line);
                problems.push(format!("{path}:{row}: SQL outside of {HOMES:?}"));
            }
        }
    }
    let is_found = at_home.iter().all(|found| *found > 10);
    assert!(is_found, "it is not found where it is: {at_home:?}");
    assert_none(&problems);
}
