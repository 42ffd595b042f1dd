//! Columns as their user has them: made by a command, by a server behind its ledger, compared with the
//! record.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use super::golden;
use super::process::{Workspace, command, decide, request, terminate};

/// What a query says of the columns in a folder, which may be written meanwhile.
fn count(folder: &Path, query: &str) -> rusqlite::Result<u64> {
    let path = folder.join("columns.sqlite");
    let columns = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    columns.query_row(query, [], |row| row.get::<_, u32>(0).map(u64::from))
}

#[tokio::test]
async fn a_command_makes_them_and_verify_compares_them() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::copy(golden::newest().await, folder.join("ledger.sqlite")).unwrap();
    let (exit, told) = command(folder, &["ledger", "verify"]);
    assert_eq!((exit, &told["columns"]), (0, &json!(null)));

    let (exit, made) = command(folder, &["ledger", "columns"]);
    assert_eq!(exit, 0);
    assert_eq!(made["decisions"], told["decisions"]);
    assert_eq!(made["read"], told["decisions"]);
    assert_eq!(made["rebuilt"], false);
    let decisions = count(folder, "SELECT count(*) FROM v_decisions").unwrap();
    assert_eq!(json!(decisions), told["decisions"]);

    let (exit, told) = command(folder, &["ledger", "verify"]);
    assert_eq!((exit, &told["sound"]), (0, &json!(true)));
    assert_eq!(told["columns"]["decisions"], told["decisions"]);
    assert_eq!(told["columns"]["problems_total"], 0);

    let columns = Connection::open(folder.join("columns.sqlite")).unwrap();
    let changed = "UPDATE decisions SET outcome = 'APPROVE' WHERE seq = (
        SELECT min(seq) FROM decisions WHERE outcome = 'DECLINE')";
    assert_eq!(columns.execute(changed, []).unwrap(), 1);
    drop(columns);
    for _ in 0..2 {
        let (exit, told) = command(folder, &["ledger", "verify"]);
        assert_eq!(
            (exit, &told["sound"]),
            (4, &json!(true)),
            "the chain is sound"
        );
        let problem = &told["columns"]["problems"][0];
        let record = problem["record"].as_str().unwrap();
        assert!(record.starts_with("columns of "), "{record}");
        let expected = "`outcome` in `decisions` is not what was recorded";
        assert_eq!(problem["problem"], expected);
        assert_eq!(told["columns"]["problems_total"], 1);
    }
    // To go on is no repair.
    let (_, made) = command(folder, &["ledger", "columns"]);
    assert_eq!(
        (&made["read"], &made["rebuilt"]),
        (&json!(0), &json!(false))
    );
    assert_eq!(command(folder, &["ledger", "verify"]).0, 4);
    let (_, made) = command(folder, &["ledger", "columns", "--rebuild"]);
    assert_eq!(
        (&made["read"], &made["rebuilt"]),
        (&told["decisions"], &json!(true))
    );
    assert_eq!(command(folder, &["ledger", "verify"]).0, 0);
}

#[tokio::test]
async fn a_server_writes_them_behind_the_ledger_unless_a_setting_says_no() {
    let workspace = Workspace::new().await;
    let data = workspace.data.path();
    let settings = data.join("settings.toml");
    std::fs::write(&settings, "columns = false\n").unwrap();
    let settings = settings.to_str().unwrap();
    let server = workspace.serve_with(&workspace.stripe, &["--config", settings], &[]);
    decide(&server.client().await, request("first"))
        .await
        .unwrap();
    terminate(server.pid());
    assert!(server.ended().await.success());
    assert!(!data.join("columns.sqlite").exists());

    let server = workspace.serve();
    decide(&server.client().await, request("second"))
        .await
        .unwrap();
    // What decides is written behind the decisions.
    let written =
        "SELECT count(*) FROM v_decisions JOIN v_rules_live USING (tenant, rule_set, bundle)";
    for _ in 0..600 {
        if count(data, written) == Ok(2) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(count(data, written), Ok(2));
    // Beside it, others read, compare and go on.
    let (exit, told) = command(data, &["ledger", "columns"]);
    assert_eq!((exit, &told["decisions"]), (0, &json!(2)), "{told}");
    let (exit, told) = command(data, &["ledger", "verify"]);
    assert_eq!(
        (exit, &told["columns"]["decisions"]),
        (0, &json!(2)),
        "{told}"
    );
    let (exit, told) = command(data, &["ledger", "columns", "--rebuild"]);
    assert_eq!((exit, &told["read"]), (0, &json!(2)), "{told}");
    decide(&server.client().await, request("third"))
        .await
        .unwrap();
    terminate(server.pid());
    assert!(server.ended().await.success());
    // What it did not come to, whoever needs it does.
    let (_, told) = command(data, &["ledger", "columns"]);
    assert_eq!(told["decisions"], 3);
}
