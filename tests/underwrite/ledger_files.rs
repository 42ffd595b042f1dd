//! The files of the ledger, through the real program: lost, replaced, looser than they may be.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tonic::Code;
use tonic_types::StatusExt;

use super::harness::today;
use super::process::{self, PROGRAM, Workspace, assert_recorded, command, decide, request};

/// A start that is refused: the code and the message.
fn refused(place: &Workspace, more: &[&str]) -> (String, String) {
    let output = Command::new(PROGRAM)
        .args(["--json", "serve", "--listen", "127.0.0.1:0"])
        .args(["--stripe-api-base", &place.stripe, "--data-dir"])
        .arg(place.data.path())
        .args(["--today", &today().to_string()])
        .args(more)
        .env("STRIPE_API_KEY", "sk_test_process")
        .env("UNDERWRITE_LOG", "off")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stderr).unwrap();
    let text = |name: &str| told["error"][name].as_str().unwrap().to_owned();
    (text("code"), text("message"))
}

/// A place where one decision was made, and the server has ended.
async fn decided() -> (Workspace, underwrite::proto::Decision) {
    let place = Workspace::new().await;
    let server = place.serve();
    let decision = decide(&server.client().await, request("first")).await;
    process::terminate(server.pid());
    assert!(server.ended().await.success());
    (place, decision.unwrap())
}

fn beside(place: &Workspace, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", place.ledger().display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_gone_is_not_begun_anew_in_silence() {
    let (place, decision) = decided().await;
    let away = place.data.path().join("away");
    fs::rename(place.ledger(), &away).unwrap();
    for empty in [false, true] {
        if empty {
            fs::write(place.ledger(), "").unwrap();
        }
        let (code, message) = refused(&place, &[]);
        assert_eq!(code, "ledger_lost");
        assert!(message.contains("ledger.sqlite.chain"), "{message}");
        assert!(message.contains("--begin-new-chain"), "{message}");
    }
    fs::rename(&away, place.ledger()).unwrap();
    let (code, _) = refused(&place, &["--begin-new-chain"]);
    assert_eq!(code, "ledger_not_lost");
    let server = place.serve();
    assert_recorded(&server.client().await, &decision).await;
    server.kill();

    fs::remove_file(place.ledger()).unwrap();
    let server = place.serve_with(&place.stripe, &["--begin-new-chain"], &[]);
    let anew = decide(&server.client().await, request("first")).await;
    assert_ne!(anew.unwrap().id, decision.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_cut_behind_an_expected_head_is_refused() {
    let (place, _) = decided().await;
    let early = place.data.path().join("early");
    fs::copy(place.ledger(), &early).unwrap();
    let server = place.serve();
    decide(&server.client().await, request("second"))
        .await
        .unwrap();
    process::terminate(server.pid());
    assert!(server.ended().await.success());
    let head = place.data.path().join("head.json");
    let head = head.to_str().unwrap();
    let (code, _) = command(place.data.path(), &["ledger", "head", "--out", head]);
    assert_eq!(code, 0);
    let server = place.serve_with(&place.stripe, &["--expect-head", head], &[]);
    server.kill();
    // The file of before, without a log: one decision is gone.
    fs::rename(&early, place.ledger()).unwrap();
    let _ = fs::remove_file(beside(&place, "-wal"));
    let (code, message) = refused(&place, &["--expect-head", head]);
    assert_eq!(code, "ledger_head");
    assert!(message.contains("cut off the end"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_deleted_under_a_running_server_takes_nothing_more() {
    let place = Workspace::new().await;
    let server = place.serve();
    let client = server.client().await;
    let before = decide(&client, request("first")).await.unwrap();
    let away = place.data.path().join("away");
    fs::rename(place.ledger(), &away).unwrap();
    let status = decide(&client, request("second")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "LEDGER_UNAVAILABLE");
    assert!(details.retry_info().is_some());
    assert!(status.message().contains("was deleted"), "{status}");
    fs::rename(&away, place.ledger()).unwrap();
    let after = decide(&client, request("second")).await.unwrap();
    server.kill();
    let server = place.serve();
    for decision in [before, after] {
        assert_recorded(&server.client().await, &decision).await;
    }
}
