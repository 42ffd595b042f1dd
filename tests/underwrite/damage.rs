//! Whatever is changed in a ledger behind its back is named by `ledger verify` and by `replay`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use underwrite::ledger::{Ledger, Scope, SqliteLedger};
use underwrite::limits;

use super::golden;
use super::process::command;

/// Columns of bytes, with the name under which a damaged row of each is reported.
const BLOBS: [(&str, &str, &str); 8] = [
    ("records", "previous", RECORD),
    ("records", "commitment", RECORD),
    ("records", "hash", RECORD),
    ("contents", "content", RECORD),
    ("snapshots", "content", "'snapshot ' || lower(hex(hash))"),
    ("bundles", "hash", RECORD),
    ("activations", "bundle", RECORD),
    ("layouts", "bundle", RECORD),
];
/// Those that the ledger's own tests change: there is nothing in them here, or rows are told by
/// them.
const OTHERS: [&str; 6] = [
    "snapshots.hash",
    "decision_snapshots.hash",
    "intakes.request",
    "intakes.pending",
    "shadow_decisions.bundle",
    "shadow_decisions.live",
];

/// How the record at a position is named.
const RECORD: &str = "(SELECT r.seq || ' (' || iif(r.kind = 'decision', '', r.kind || ' ') \
                      || r.id || ')' FROM records AS r WHERE r.seq = t.seq)";

/// A copy of the golden ledger that may be changed.
struct Copy(TempDir);

impl Copy {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(golden::newest().await, folder.path().join("ledger.sqlite")).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("ledger.sqlite")
    }

    /// The file as somebody with a SQL client changes it who knows of the triggers.
    fn behind(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF")
            .unwrap();
        for trigger in texts(
            &connection,
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
        ) {
            connection
                .execute_batch(&format!("DROP TRIGGER {trigger}"))
                .unwrap();
        }
        connection
    }

    fn change(&self, sql: &str) {
        self.behind().execute_batch(sql).unwrap();
    }

    /// The name of the record at a position.
    fn name(&self, seq: u64) -> String {
        let sql = format!("SELECT {RECORD} FROM records AS t WHERE seq = {seq}");
        texts(&Connection::open(self.path()).unwrap(), &sql).remove(0)
    }

    fn records(&self) -> u64 {
        let ledger = Connection::open(self.path()).unwrap();
        ledger
            .query_row("SELECT count(*) FROM records", [], |row| {
                row.get::<_, u32>(0)
            })
            .unwrap()
            .into()
    }

    /// What a command says of the chain, and its exit code.
    fn chain(&self, words: &[&str]) -> (i32, Value) {
        let (exit, told) = command(self.0.path(), words);
        match told.get("chain") {
            Some(chain) => (exit, chain.clone()),
            None => (exit, told),
        }
    }

    /// Asserts that both commands end with 4 and name all of these records.
    #[track_caller]
    fn assert_named(&self, records: &[String]) {
        for words in [&["ledger", "verify"][..], &["replay"]] {
            let (exit, chain) = self.chain(words);
            let named = named(&chain);
            assert_eq!(exit, 4, "{words:?}: {chain:#}");
            assert_eq!(chain["sound"], false);
            for record in records {
                assert!(
                    named.contains(record),
                    "{words:?}: `{record}` is not in {named:?}"
                );
            }
        }
    }
}

fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn named(chain: &Value) -> BTreeSet<String> {
    let problems = chain["problems"].as_array().unwrap();
    let records = problems
        .iter()
        .map(|found| found["record"].as_str().unwrap());
    records.map(str::to_owned).collect()
}

/// Flips one bit in the byte at that share of the blob of every row; how those rows are named.
fn flip(ledger: &Connection, table: &str, column: &str, name: &str, share: usize) -> Vec<String> {
    let read = format!("SELECT rowid, {column}, {name} FROM {table} AS t ORDER BY rowid");
    let mut statement = ledger.prepare(&read).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let rows: Vec<(i64, Vec<u8>, String)> = rows.unwrap().collect::<Result<_, _>>().unwrap();
    let write = format!("UPDATE {table} SET {column} = ?2 WHERE rowid = ?1");
    let mut names = Vec::new();
    for (row, mut bytes, name) in rows {
        let place = (bytes.len() - 1) * share / 100;
        bytes[place] ^= 1 << (share % 8);
        ledger
            .execute(&write, rusqlite::params![row, bytes])
            .unwrap();
        names.push(name);
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_flipped_in_any_stored_blob_is_named() {
    for (table, column, name) in BLOBS {
        for share in [0, 1, 37, 50, 99, 100] {
            let copy = Copy::new().await;
            let names = flip(&copy.behind(), table, column, name, share);
            let ledger = SqliteLedger::open_read_only(&copy.path()).unwrap();
            let report = ledger
                .verify(Scope::default(), Arc::new(|_, _| {}))
                .await
                .unwrap();
            let named: BTreeSet<String> = report
                .problems
                .into_iter()
                .map(|found| found.record)
                .collect();
            assert!(!names.is_empty());
            for name in names {
                let place = format!("{table}.{column} at {share}%");
                assert!(
                    named.contains(&name),
                    "{place}: `{name}` is not in {named:?}"
                );
            }
        }
    }
}

/// No column of bytes is left out above: a new one must be added there.
#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_bytes_is_covered() {
    let copy = Copy::new().await;
    let columns = texts(
        &Connection::open(copy.path()).unwrap(),
        "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
         WHERE t.type = 'table' AND c.type = 'BLOB'",
    );
    let mut covered: Vec<String> = BLOBS
        .iter()
        .map(|(table, column, _)| format!("{table}.{column}"))
        .collect();
    covered.extend(OTHERS.map(str::to_owned));
    assert_eq!(
        columns.into_iter().collect::<BTreeSet<_>>(),
        covered.into_iter().collect::<BTreeSet<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_commands_name_damaged_bytes() {
    for (table, column, name) in BLOBS {
        let copy = Copy::new().await;
        let names = flip(&copy.behind(), table, column, name, 50);
        copy.assert_named(&names[..1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_commands_name_a_changed_column() {
    for change in [
        "outcome = CASE outcome WHEN 'REFER' THEN 'DECLINE' ELSE 'REFER' END",
        "recorded_at = recorded_at + 1",
        "application_id = 'another'",
        "rule_set = 'another'",
    ] {
        let copy = Copy::new().await;
        copy.change(&format!("UPDATE decisions SET {change} WHERE seq = 6"));
        copy.assert_named(&[copy.name(6)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_commands_name_a_decision_removed_from_the_middle() {
    let copy = Copy::new().await;
    copy.change(
        "DELETE FROM decision_snapshots WHERE seq = 8; DELETE FROM decisions WHERE seq = 8;
         DELETE FROM contents WHERE seq = 8; DELETE FROM records WHERE seq = 8;",
    );
    copy.assert_named(&["8".to_owned()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_commands_name_decisions_in_each_others_place() {
    let copy = Copy::new().await;
    let mut swap = String::new();
    for table in ["records", "contents", "decisions", "decision_snapshots"] {
        for (from, to) in [(5, 999), (10, 5), (999, 10)] {
            swap.push_str(&format!(
                "UPDATE {table} SET seq = {to} WHERE seq = {from};"
            ));
        }
    }
    copy.change(&swap);
    copy.assert_named(&[copy.name(5), copy.name(10)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_commands_name_a_decision_slipped_in() {
    let copy = Copy::new().await;
    let mut insert = String::new();
    // Room at 7, and a copy of 6 in it that points to 6.
    for table in ["records", "contents", "decisions", "decision_snapshots"] {
        insert.push_str(&format!(
            "UPDATE {table} SET seq = seq + 1000 WHERE seq > 6;
             UPDATE {table} SET seq = seq - 999 WHERE seq > 1000;"
        ));
    }
    insert.push_str(
        "INSERT INTO records SELECT 7, kind, tenant, 'dec_slippedin', hash, commitment,
             recorded_at, hash FROM records WHERE seq = 6;
         INSERT INTO contents SELECT 7, content FROM contents WHERE seq = 6;
         INSERT INTO decisions SELECT 7, tenant, 'dec_slippedin', 'slipped-in', recorded_at,
             outcome, rule_set, application_id FROM decisions WHERE seq = 6;
         INSERT INTO decision_snapshots SELECT 7, position, hash
             FROM decision_snapshots WHERE seq = 6;",
    );
    copy.change(&insert);
    copy.assert_named(&["7 (dec_slippedin)".to_owned(), copy.name(8)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_commands_name_what_is_changed_of_a_rule_set() {
    for (change, names) in [
        ("UPDATE bundles SET version = '9' WHERE seq = 1", &[1][..]),
        (
            "UPDATE activations SET bundle = zeroblob(32) WHERE seq = 3",
            &[3],
        ),
        ("UPDATE activations SET at = 0 WHERE seq = 3", &[3]),
        ("DELETE FROM activations WHERE seq = 3", &[3]),
        ("UPDATE layouts SET semantics = 77 WHERE seq = 5", &[5]),
        ("DELETE FROM layouts WHERE seq = 5", &[5]),
        ("DELETE FROM bundles WHERE seq = 1", &[1]),
        ("DELETE FROM contents WHERE seq = 1", &[1]),
    ] {
        let copy = Copy::new().await;
        let names: Vec<String> = names.iter().map(|seq| copy.name(*seq)).collect();
        copy.change(change);
        copy.assert_named(&names);
    }
    let copy = Copy::new().await;
    copy.change(
        "INSERT INTO activations SELECT 999, tenant, name, bundle, 0 FROM activations LIMIT 1",
    );
    copy.assert_named(&["row 999 of `activations`".to_owned()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_end_is_found_with_a_kept_head() {
    let copy = Copy::new().await;
    let kept = copy.0.path().join("head.json");
    let kept = kept.to_str().unwrap();
    let (exit, head) = copy.chain(&["ledger", "head", "--out", kept]);
    let records = copy.records();
    assert_eq!((exit, &head["seq"]), (0, &records.into()));
    let written: Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
    assert_eq!(written, head);
    for field in ["chain_id", "seq", "hash", "at"] {
        assert!(!head[field].is_null(), "{head}");
    }
    assert_eq!(copy.chain(&["ledger", "verify", "--head", kept]).0, 0);

    let newest = format!("seq > {}", records - 2);
    copy.change(&format!(
        "DELETE FROM decision_snapshots WHERE {newest};
         DELETE FROM snapshots WHERE hash NOT IN (SELECT hash FROM decision_snapshots);
         DELETE FROM decisions WHERE {newest};
         DELETE FROM contents WHERE {newest};
         DELETE FROM audit WHERE {newest};
         DELETE FROM records WHERE {newest};"
    ));
    // The chain alone cannot show it.
    let (exit, chain) = copy.chain(&["ledger", "verify"]);
    assert_eq!(exit, 0, "{chain:#}");
    let cut = format!("{} to {records}", records - 1);
    for words in [
        &["ledger", "verify", "--head", kept][..],
        &["replay", "--head", kept],
    ] {
        let (exit, chain) = copy.chain(words);
        assert_eq!(exit, 4, "{chain:#}");
        assert_eq!(named(&chain), BTreeSet::from([cut.clone()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_of_another_chain_or_none_at_all_is_refused() {
    let copy = Copy::new().await;
    let kept = copy.0.path().join("head.json");
    let kept_text = kept.to_str().unwrap();
    let (_, mut head) = copy.chain(&["ledger", "head", "--out", kept_text]);
    // One that was kept is not overwritten.
    let (exit, told) = copy.chain(&["ledger", "head", "--out", kept_text]);
    assert_eq!((exit, &told["error"]["code"]), (1, &"file".into()));

    head["chain_id"] = "chain_of_somebody_else".into();
    std::fs::write(&kept, head.to_string()).unwrap();
    let (exit, chain) = copy.chain(&["ledger", "verify", "--head", kept_text]);
    assert_eq!(exit, 4);
    assert_eq!(named(&chain), BTreeSet::from(["the chain".to_owned()]));

    let padded = |length: usize| format!("{:length$}", head.to_string());
    // Below, at and above the largest file that is read.
    let max = usize::try_from(limits::HEAD_FILE_BYTES_MAX).unwrap();
    for (length, exit) in [(max - 1, 4), (max, 4), (max + 1, 1)] {
        std::fs::write(&kept, padded(length)).unwrap();
        assert_eq!(
            copy.chain(&["ledger", "verify", "--head", kept_text]).0,
            exit
        );
    }
    std::fs::write(&kept, "{}").unwrap();
    let (exit, told) = copy.chain(&["replay", "--head", kept_text]);
    assert_eq!((exit, &told["error"]["code"]), (1, &"head_file".into()));
}

/// Every kind of damage, what does it, and the class under which `replay` tells it.
const DAMAGE: [(&str, &str, &str); 12] = [
    (
        "bank data changed",
        "UPDATE snapshots SET content = zeroblob(length(content)) WHERE rowid = 3",
        "data_damaged",
    ),
    (
        "bank data deleted",
        "DELETE FROM snapshots WHERE hash = (SELECT hash FROM decision_snapshots WHERE seq = 8)",
        "data_damaged",
    ),
    (
        "bank data of somebody else in its place",
        "UPDATE snapshots SET content = (SELECT content FROM snapshots WHERE rowid = 5) WHERE rowid = 4",
        "data_damaged",
    ),
    (
        "features, trace and outcome as another decision has them",
        "UPDATE contents SET content = (SELECT content FROM contents WHERE seq = 9) WHERE seq = 8",
        "data_damaged",
    ),
    (
        "a decision found by another outcome",
        "UPDATE decisions SET outcome = CASE outcome WHEN 'REFER' THEN 'DECLINE' ELSE 'REFER' END
             WHERE seq = 8",
        "data_damaged",
    ),
    (
        "a rule set deleted",
        "DELETE FROM bundles WHERE seq = 1",
        "bundle_missing",
    ),
    (
        "the text of a rule set deleted",
        "DELETE FROM contents WHERE seq = 1",
        "bundle_missing",
    ),
    (
        "an activation for another time",
        "UPDATE activations SET at = 0 WHERE seq = 3",
        "activation_damaged",
    ),
    (
        "an activation deleted",
        "DELETE FROM activations WHERE seq = 3",
        "activation_damaged",
    ),
    (
        "a clock that went back",
        "UPDATE records SET recorded_at = recorded_at - 86400 WHERE seq = 9",
        "clock_moved",
    ),
    (
        "a record of another time",
        "UPDATE records SET recorded_at = recorded_at + 1 WHERE seq = 9",
        "chain_broken",
    ),
    (
        "a record deleted from the middle",
        "DELETE FROM decision_snapshots WHERE seq = 8; DELETE FROM decisions WHERE seq = 8;
         DELETE FROM contents WHERE seq = 8; DELETE FROM records WHERE seq = 8;",
        "chain_broken",
    ),
];

/// Those that are told of the decisions, not of the chain alone.
const OF_DECISIONS: [&str; 5] = [
    "bank data changed",
    "bank data deleted",
    "bank data of somebody else in its place",
    "features, trace and outcome as another decision has them",
    "a rule set deleted",
];

#[tokio::test(flavor = "multi_thread")]
async fn replay_names_every_kind_of_damage_by_its_class_and_repairs_nothing() {
    for (what, change, class) in DAMAGE {
        let copy = Copy::new().await;
        copy.change(change);
        let damaged = std::fs::read(copy.path()).unwrap();
        // Also where no decision is meant: what is damaged is told all the same.
        for words in [&["replay"][..], &["replay", "--product", "none"]] {
            let (exit, told) = command(copy.0.path(), words);
            assert_eq!(exit, 4, "{what}: {told:#}");
            let count = &told["classes"][class];
            assert!(count.as_u64() > Some(0), "{what}: {:#}", told["classes"]);
            if words.len() == 1 && OF_DECISIONS.contains(&what) {
                let findings = told["findings"].as_array().unwrap();
                let is_told = findings.iter().any(|found| found["class"] == class);
                assert!(is_told, "{what}: {findings:#?}");
            }
        }
        assert_eq!(std::fs::read(copy.path()).unwrap(), damaged, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_names_a_cut_tail_and_takes_no_other_rules() {
    let copy = Copy::new().await;
    let kept = copy.0.path().join("head.json");
    let kept = kept.to_str().unwrap();
    copy.chain(&["ledger", "head", "--out", kept]);
    let newest = format!("seq > {}", copy.records() - 2);
    copy.change(&format!(
        "DELETE FROM decision_snapshots WHERE {newest};
         DELETE FROM snapshots WHERE hash NOT IN (SELECT hash FROM decision_snapshots);
         DELETE FROM decisions WHERE {newest};
         DELETE FROM contents WHERE {newest};
         DELETE FROM audit WHERE {newest};
         DELETE FROM records WHERE {newest};"
    ));
    let (exit, told) = command(copy.0.path(), &["replay", "--head", kept]);
    assert_eq!((exit, &told["classes"]["tail_cut"]), (4, &1.into()));

    let (exit, told) = command(copy.0.path(), &["replay", "--rules", "other"]);
    assert_eq!((exit, &told["error"]["code"]), (2, &"usage".into()));
    let message = told["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("`underwrite backtest CANDIDATE`"),
        "{message}"
    );
}

/// Who made the rules decide is then not known; all else of the decision is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_activation_hides_no_decision_that_was_made_under_its_name() {
    let copy = Copy::new().await;
    let folder = copy.0.path();
    let name = texts(
        &Connection::open(copy.path()).unwrap(),
        "SELECT name FROM activations WHERE seq = 3",
    )
    .remove(0);
    let (_, listed) = command(folder, &["decisions", "list", "--rule-set", &name]);
    let id = listed["decisions"][0]["id"].as_str().unwrap().to_owned();
    copy.change("UPDATE activations SET at = 0 WHERE seq = 3");
    let (exit, packet) = command(folder, &["decisions", "packet", &id]);
    assert_eq!(exit, 0, "{packet:#}");
    assert_eq!(packet["decision"]["id"], id.as_str());
    let why = packet["rule_set"]["unknown"].as_str().unwrap();
    assert!(
        why.starts_with("who made it active is not known: "),
        "{why}"
    );
    let shown = std::process::Command::new(super::process::PROGRAM)
        .args(["decisions", "show", &id, "--data-dir"])
        .arg(folder)
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.status.success() && told.contains(why), "{told}");
}
