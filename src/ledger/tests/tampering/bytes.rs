//! No byte of any column can be changed unseen.

use proptest::prelude::*;
use rusqlite::types::Value;

use super::super::suite::follow_ups::three;
use super::super::suite::resolutions::settling;
use super::*;

/// The columns that say nothing: the store's own number of an open request.
const NUMBERS_ONLY: [(&str, &str); 1] = [("intakes", "row")];

/// A full ledger in which one decision settles another, a shadow decided beside one and one was
/// followed up, so that no table is empty.
async fn settled() -> FileLedger {
    let file = full().await;
    let ledger = &*file.ledger;
    let first = ledger.decision(&tenant(), &decision_id(1)).await.unwrap();
    let new = settling(ledger, 5, &first.unwrap(), Outcome::Approve).await;
    ledger.record(new).await.unwrap();
    let shadow = ShadowDecision {
        tenant: tenant(),
        decision: decision_id(1),
        name: newer_bundle().name,
        live: bundle("personal-loan").hash,
        live_outcome: Outcome::Refer,
        bundle: newer_bundle().hash,
        result: ShadowResult::Failed {
            code: "invalid_application",
        },
    };
    ledger.record_shadows(vec![shadow], at(9)).await.unwrap();
    for follow_up in three() {
        // What is settled is not overridden: what settles it is.
        let follow_up = NewFollowUp {
            decision: decision_id(5),
            ..follow_up
        };
        ledger.follow_up(follow_up, None).await.unwrap();
    }
    file
}

/// Every column of every table of a ledger.
fn columns(connection: &rusqlite::Connection) -> Vec<(String, String)> {
    let mut statement = connection
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
             WHERE t.type = 'table' AND t.name <> 'chain' ORDER BY 1, c.cid",
        )
        .unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let mut found: Vec<(String, String)> = found.unwrap().collect::<Result<_, _>>().unwrap();
    found.retain(|(table, column)| !NUMBERS_ONLY.contains(&(table, column)));
    found
}

/// Another value that differs in one byte.
fn changed(value: Value, place: usize, bit: usize) -> Option<Value> {
    match value {
        Value::Null | Value::Real(_) => None,
        Value::Integer(number) => Some(Value::Integer(number ^ (1 << (place % 8 * 8 + bit)))),
        Value::Text(text) => {
            let mut bytes = text.into_bytes();
            let place = place % bytes.len();
            // Another letter or digit: text stays text.
            bytes[place] = if bytes[place] == b'x' { b'y' } else { b'x' };
            Some(Value::Text(String::from_utf8(bytes).unwrap()))
        }
        Value::Blob(mut bytes) => {
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
            Some(Value::Blob(bytes))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn a_changed_byte_of_any_column_is_seen(place: usize, bit in 0_usize..8, row: u32) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let file = settled().await;
            let connection = file.behind();
            drop_triggers(&connection);
            connection.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
            for (table, column) in columns(&connection) {
                let count = format!("SELECT count(*) FROM {table}");
                let rows: u32 = connection.query_row(&count, [], |row| row.get(0)).unwrap();
                // A table without row numbers is told by its key.
                let key = match table.as_str() {
                    "decision_snapshots" => "(seq, position)",
                    _ => "(rowid)",
                };
                let key_of = key.trim_matches(['(', ')']);
                let read = format!(
                    "SELECT {column} FROM {table} ORDER BY {key_of} LIMIT 1 OFFSET {}", row % rows
                );
                let old: Value = connection.query_row(&read, [], |row| row.get(0)).unwrap();
                let Some(new) = changed(old.clone(), place, bit) else { continue };
                // It is found again by its new value.
                let same = format!("SELECT count(*) FROM {table} WHERE {column} IS ?1");
                let same: u32 = connection.query_row(&same, [&new], |row| row.get(0)).unwrap();
                if same > 0 {
                    continue;
                }
                let write = |from: &Value, to: &Value| {
                    let write = format!(
                        "UPDATE {table} SET {column} = ?2 WHERE {key} IN (SELECT {key_of}
                         FROM {table} WHERE {column} IS ?1 ORDER BY {key_of} LIMIT 1)"
                    );
                    connection.execute(&write, [from, to])
                };
                // Refused by the database itself where another row has the value.
                if write(&old, &new).is_err() {
                    continue;
                }
                let found = file.problems().await;
                prop_assert!(!found.is_empty(), "{}.{}: {:?} to {:?}", table, column, old, new);
                write(&new, &old).unwrap();
                let found = file.problems().await;
                prop_assert!(found.is_empty(), "{}.{}: {:?}", table, column, found);
            }
            Ok(())
        })?;
    }
}
