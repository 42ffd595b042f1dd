//! The files of the ledger, through the real program: lost, replaced, looser than they may be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tonic::Code;
use tonic_types::StatusExt;
use underwrite::proto;
use underwrite::proto::ListDecisionsRequest;

use super::harness::{permit_owner_alone, private_folder, today};
use super::process::{self, PROGRAM, Workspace, assert_recorded, command, decide, request};

/// A start that is refused: the code and the message.
pub(crate) fn refused(place: &Workspace, more: &[&str]) -> (String, String) {
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

pub(crate) fn beside(place: &Workspace, ending: &str) -> PathBuf {
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
            permit_owner_alone(&place.ledger());
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

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_is_unavailable_and_not_ready_and_passes() {
    let place = Workspace::new().await;
    let more = ["--http-listen", "127.0.0.1:0", "--no-cache"];
    // A write above the limit is to fail, as on a full disk, and not to end the process.
    let under = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];
    let server = place.serve_with(&place.stripe, &more, &under);
    let client = server.client().await;
    let before = decide(&client, request("first")).await.unwrap();
    assert_eq!(server.get("/readyz").await.0, 200);
    let length = fs::metadata(beside(&place, "-wal")).unwrap().len();
    server.limit_files(&length.to_string());
    for _ in 0..2 {
        let status = decide(&client, request("second")).await.unwrap_err();
        assert_eq!(status.code(), Code::Unavailable, "{status}");
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "LEDGER_UNAVAILABLE");
        assert!(details.retry_info().is_some());
    }
    let (status, body) = server.get("/readyz").await;
    assert_eq!(status, 503);
    assert!(body.contains("the ledger cannot be used"), "{body}");
    assert_eq!(server.get("/healthz").await.0, 200);
    // Nor is what is personal shown, for that is recorded.
    for (view, good) in [
        (proto::DecisionView::Full, false),
        (proto::DecisionView::Summary, true),
    ] {
        let read = proto::GetDecisionRequest {
            id: before.id.clone(),
            view: view.into(),
            ..Default::default()
        };
        let read = client.clone().get_decision(read).await;
        assert_eq!(read.is_ok(), good, "{read:?}");
    }

    server.limit_files("unlimited");
    assert_eq!(server.get("/readyz").await.0, 200);
    let after = decide(&client, request("second")).await.unwrap();
    server.kill();
    let server = place.serve();
    for decision in [before, after] {
        assert_recorded(&server.client().await, &decision).await;
    }
    let (code, _) = command(place.data.path(), &["ledger", "verify"]);
    assert_eq!(code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_record_does_not_hide_the_others_of_a_list() {
    let (place, decision) = decided().await;
    let server = place.serve();
    let client = server.client().await;
    let damaged = decide(&client, request("second")).await.unwrap();
    let ledger = rusqlite::Connection::open(place.ledger()).unwrap();
    let spoil = "DROP TRIGGER contents_are_not_changed; UPDATE contents SET content = x'00' \
                 WHERE seq = (SELECT seq FROM decisions WHERE idempotency_key = 'second')";
    ledger.execute_batch(spoil).unwrap();
    let all = ListDecisionsRequest::default();
    let page = client.clone().list_decisions(all).await;
    let page = page.unwrap().into_inner();
    let ids: Vec<&str> = page.decisions.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, [decision.id.as_str()]);
    let [named] = page.damaged.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!((named.id.as_str(), named.place), (damaged.id.as_str(), 0));
    let (code, told) = command(place.data.path(), &["decisions", "list"]);
    assert_eq!(
        (code, &told["damaged"][0]["id"]),
        (0, &damaged.id.clone().into())
    );
    let shown = Command::new(PROGRAM)
        .args(["decisions", "list", "--data-dir"])
        .arg(place.data.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let rows: Vec<&str> = shown.lines().skip(1).collect();
    assert!(
        rows[0].contains("DAMAGED") && rows[0].contains(&damaged.id),
        "{shown}"
    );
    assert!(rows[1].contains(&decision.id), "{shown}");
}

#[cfg(unix)]
fn permit(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn files_are_for_the_owner_alone_and_looser_ones_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let place = Workspace::new().await;
    // As a shell leaves it: 022.
    let under = ["sh", "-c", "umask 0; exec \"$@\"", "sh"];
    let server = place.serve_with(&place.stripe, &[], &under);
    decide(&server.client().await, request("first"))
        .await
        .unwrap();
    server.kill();
    let cache = place.data.path().join("cache");
    let files = ["", "-wal", "-shm", ".chain", ".lock"].map(|end| beside(&place, end));
    for path in files.iter().chain([&cache]) {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (right, loose) = match path.is_dir() {
            true => (0o700, 0o750),
            false => (0o600, 0o644),
        };
        assert_eq!(mode, right, "{}", path.display());
        permit(path, loose);
        let (code, message) = refused(&place, &[]);
        assert_eq!(code, "exposed");
        let path_text = path.display();
        assert!(
            message.contains(&format!("`{path_text}` has mode {loose:04o}")),
            "{message}"
        );
        assert!(
            message.contains(&format!("`chmod {right:o} {path_text}`")),
            "{message}"
        );
        permit(path, right);
    }
    permit(place.data.path(), 0o755);
    assert_eq!(refused(&place, &[]).0, "exposed");
    permit(place.data.path(), 0o700);
    drop(place.serve());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_beside_a_running_server_is_whole_and_says_its_head() {
    let place = Workspace::new().await;
    let server = place.serve();
    let client = server.client().await;
    let decision = decide(&client, request("first")).await.unwrap();
    let writing = tokio::spawn(async move {
        for number in 0..20 {
            let key = format!("meanwhile-{number}");
            decide(&client, request(&key)).await.unwrap();
        }
    });
    let folder = private_folder();
    let file = folder.path().join("ledger.sqlite");
    let words = ["ledger", "backup", file.to_str().unwrap()];
    let (code, told) = command(place.data.path(), &words);
    assert_eq!((code, &told["sound"]), (0, &true.into()), "{told}");
    let (code, again) = command(place.data.path(), &words);
    assert_eq!(
        (code, &again["error"]["code"]),
        (1, &"backup_exists".into())
    );
    writing.await.unwrap();
    server.kill();

    let head = format!("{}.head", file.display());
    let (code, _) = command(folder.path(), &["ledger", "verify", "--head", &head]);
    assert_eq!(code, 0);
    let (_, found) = command(folder.path(), &["ledger", "head"]);
    assert_eq!(found["hash"], told["head"]["hash"]);
    let (_, found) = command(folder.path(), &["decisions", "show", &decision.id]);
    assert_eq!(found["id"], decision.id, "{found}");
    #[cfg(unix)]
    for path in [file.as_path(), Path::new(&head)] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
}
