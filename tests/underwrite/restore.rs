//! A backup, and the ledger that comes back from it, through the real program.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::proto::{
    Decision, DecisionView, GetDecisionRequest, ListDecisionsRequest, decide_response,
};

use super::harness::{final_one, private_folder};
use super::ledger_files::{beside, refused};
use super::process::{self, Workspace, command, decide, request};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn assert_refused(status: &Status) {
    assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "LEDGER_RESTORED");
    assert!(details.retry_info().is_none());
    assert!(
        status.message().contains("underwrite ledger resume"),
        "{status}"
    );
}

/// Whoever is shown what is personal is recorded, and nothing is: what is not personal is shown.
async fn assert_nothing_personal_is_shown(
    client: &DecisionServiceClient<Channel>,
    recorded: &Decision,
) {
    let mut reader = client.clone();
    let read = |view: DecisionView| GetDecisionRequest {
        id: recorded.id.clone(),
        view: view.into(),
        ..Default::default()
    };
    let full = reader.get_decision(read(DecisionView::Full)).await;
    assert_refused(&full.unwrap_err());
    let summary = reader.get_decision(read(DecisionView::Summary)).await;
    assert!(summary.is_ok(), "{summary:?}");
}

/// A command of `underwrite ledger` on the data of a place; its exit code and what it told.
fn ledger(place: &Workspace, words: &[&str]) -> (i32, Value) {
    command(place.data.path(), &[&["ledger"], words].concat())
}

/// The same where it is refused: its code and the message.
fn refused_command(place: &Workspace, words: &[&str]) -> (String, String) {
    let (code, told) = ledger(place, words);
    assert_eq!(code, 1, "{told}");
    let text = |name: &str| told["error"][name].as_str().unwrap().to_owned();
    (text("code"), text("message"))
}

/// Takes the ledger and its log away, as a lost disk does; the marker stays.
fn lose(place: &Workspace) {
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(place, ending));
    }
}

/// A place where one decision was made and backed up, and another made after that; the backup.
async fn backed_up(folder: &Path) -> (Workspace, PathBuf, Decision, Decision) {
    let place = Workspace::new().await;
    let server = place.serve();
    let client = server.client().await;
    let kept = decide(&client, request("kept")).await.unwrap();
    let backup = folder.join("backup.sqlite");
    let (code, told) = ledger(&place, &["backup", text(&backup)]);
    assert_eq!(code, 0, "{told}");
    let lost = decide(&client, request("lost")).await.unwrap();
    server.kill();
    (place, backup, kept, lost)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_ledger_is_read_and_decides_nothing_until_it_is_resumed() {
    let folder = private_folder();
    let (place, backup, kept, lost) = backed_up(folder.path()).await;
    let later = folder.path().join("later.json");
    assert_eq!(ledger(&place, &["head", "--out", text(&later)]).0, 0);
    let columns = place.data.path().join("columns.sqlite");
    assert_eq!(ledger(&place, &["columns"]).0, 0);
    assert!(columns.exists());
    lose(&place);
    let (code, told) = ledger(&place, &["restore", text(&backup)]);
    assert_eq!((code, &told["sound"]), (0, &true.into()), "{told}");
    assert!(!columns.exists(), "they were of what is lost");
    assert_eq!(told["decisions"], 1);
    assert!(told["oldest_at"].is_string() && told["newest_at"].is_string());
    #[cfg(unix)]
    for ending in ["", ".chain", ".lock"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(beside(&place, ending)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{ending}");
    }
    // A head from after the backup shows what is lost, and forbids the start.
    let (code, message) = refused(&place, &["--expect-head", text(&later)]);
    assert_eq!(code, "ledger_head", "{message}");

    let more = ["--http-listen", "127.0.0.1:0"];
    let server = place.serve_with(&place.stripe, &more, &[]);
    let client = server.client().await;
    for key in ["kept", "lost", "new"] {
        assert_refused(&decide(&client, request(key)).await.unwrap_err());
    }
    assert_nothing_personal_is_shown(&client, &kept).await;
    let all = ListDecisionsRequest::default();
    let page = client.clone().list_decisions(all).await.unwrap();
    assert_eq!(page.into_inner().decisions.len(), 1);
    let (status, body) = server.get("/readyz").await;
    assert_eq!(status, 503);
    assert!(body.contains("restored from a backup"), "{body}");
    assert_eq!(server.get("/healthz").await.0, 200);
    assert_eq!(command(place.data.path(), &["replay"]).0, 0);

    let head = format!("{}.head", text(&backup));
    let resume = ["resume", "--from", &head, "--accept-loss"];
    let (code, message) = refused_command(&place, &resume);
    assert_eq!(code, "ledger_in_use");
    assert!(message.contains("stop that first"), "{message}");
    process::terminate(server.pid());
    assert!(server.ended().await.success());
    let (code, message) = refused_command(&place, &resume[..3]);
    assert_eq!(code, "loss_not_accepted");
    assert!(message.contains("--accept-loss"), "{message}");
    let other = ["resume", "--from", text(&later), "--accept-loss"];
    assert_eq!(refused_command(&place, &other).0, "ledger_head");
    let (code, told) = ledger(&place, &resume);
    assert_eq!(code, 0, "{told}");
    assert_eq!(refused_command(&place, &resume).0, "ledger_not_restored");

    let server = place.serve_with(&place.stripe, &more, &[]);
    let client = server.client().await;
    assert_eq!(server.get("/readyz").await.0, 200);
    // What was lost is decided anew: that was the loss.
    let anew = decide(&client, request("lost")).await.unwrap();
    assert_ne!(anew.id, lost.id);
    assert_eq!(decide(&client, request("kept")).await.unwrap().id, kept.id);
    server.kill();
    let since = ["verify", "--since", told["head"]["hash"].as_str().unwrap()];
    let (code, since) = ledger(&place, &since);
    // The decision and who asked for it, and to whom the other was shown again.
    assert_eq!((code, &since["records"]), (0, &3.into()), "{since}");
    let (code, all) = ledger(&place, &["verify", "--head", &head]);
    assert_eq!(code, 0, "{all}");
    // After it is only who resumed.
    let resumption = all["resumptions"][0].as_u64().unwrap();
    assert_eq!(told["head"]["seq"], resumption + 1);
    let (code, all) = ledger(&place, &["verify", "--since", text(&later)]);
    assert_eq!((code, &all["sound"]), (4, &false.into()));
    assert_eq!(command(place.data.path(), &["replay"]).0, 0);
}

/// Whether the decision is made.
async fn is_final(server: &process::Server, id: &str) -> bool {
    let asked = GetDecisionRequest {
        id: id.to_owned(),
        ..GetDecisionRequest::default()
    };
    let shown = server.client().await.get_decision(asked).await.unwrap();
    final_one(shown.into_inner()).is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_in_a_backup_waits_until_it_is_resumed() {
    let place = Workspace::slow(3_000).await;
    let server = place.serve();
    let mut client = server.client().await;
    let slow = tokio::spawn(async move { client.decide(request("slow")).await });
    let id = place.reserved("slow").await;
    // Whoever waits for the bank is told that the decision is pending.
    process::terminate(server.pid());
    let told = slow.await.unwrap().unwrap().into_inner();
    assert!(
        matches!(told.result, Some(decide_response::Result::Pending(_))),
        "{told:?}"
    );
    assert!(server.ended().await.success());
    let folder = private_folder();
    let backup = folder.path().join("backup.sqlite");
    assert_eq!(ledger(&place, &["backup", text(&backup)]).0, 0);
    lose(&place);
    // Without `restore`, it is known for a backup all the same.
    fs::copy(&backup, place.ledger()).unwrap();

    let server = place.serve();
    // The bank has delivered long since.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!is_final(&server, &id).await);
    process::terminate(server.pid());
    assert!(server.ended().await.success());
    let head = format!("{}.head", text(&backup));
    let (code, told) = ledger(&place, &["resume", "--from", &head, "--accept-loss"]);
    assert_eq!(code, 0, "{told}");
    let server = place.serve();
    for _ in 0..600 {
        if is_final(&server, &id).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_restored_that_is_damaged_or_over_what_is_there() {
    let folder = private_folder();
    let (place, backup, _, _) = backed_up(folder.path()).await;
    let restore = ["restore", text(&backup)];
    let (code, message) = refused_command(&place, &restore);
    assert_eq!(code, "ledger_occupied");
    assert!(message.contains("move it away"), "{message}");
    let _ = fs::remove_file(place.ledger());
    assert!(beside(&place, "-wal").exists());
    let (code, message) = refused_command(&place, &restore);
    assert_eq!(code, "ledger_occupied");
    assert!(message.contains("-wal"), "{message}");
    lose(&place);
    let missing = ["restore", "/nowhere/backup.sqlite"];
    assert_eq!(refused_command(&place, &missing).0, "no_backup");

    // Of another chain than the marker names.
    let marker = fs::read(beside(&place, ".chain")).unwrap();
    fs::write(beside(&place, ".chain"), "chain_0\n").unwrap();
    assert_eq!(refused_command(&place, &restore).0, "ledger_occupied");
    fs::write(beside(&place, ".chain"), marker).unwrap();

    // Not what its head says, and then damaged.
    let head = PathBuf::from(format!("{}.head", text(&backup)));
    let kept = fs::read_to_string(&head).unwrap();
    let seq = serde_json::from_str::<Value>(&kept).unwrap()["seq"].clone();
    let further = kept.replace(&format!("\"seq\": {seq}"), "\"seq\": 99");
    assert_ne!(kept, further);
    fs::write(&head, further).unwrap();
    let (code, told) = ledger(&place, &restore);
    assert_eq!((code, &told["sound"]), (4, &false.into()), "{told}");
    fs::write(&head, kept).unwrap();
    let damaged = rusqlite::Connection::open(&backup).unwrap();
    let spoil = "DROP TRIGGER contents_are_not_changed; UPDATE contents SET content = x'00' \
                 WHERE seq = 1";
    damaged.execute_batch(spoil).unwrap();
    drop(damaged);
    let (code, told) = ledger(&place, &restore);
    assert_eq!((code, &told["sound"]), (4, &false.into()), "{told}");
    assert!(!place.ledger().exists());
    assert!(!beside(&place, ".restoring").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_into_a_folder_that_is_not_there_and_says_what_to_do() {
    let folder = private_folder();
    let (_place, backup, _, _) = backed_up(folder.path()).await;
    let data = folder.path().join("new").join("data");
    fs::remove_file(format!("{}.head", text(&backup))).unwrap();
    let restored = std::process::Command::new(process::PROGRAM)
        .args(["ledger", "restore", text(&backup), "--data-dir"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(restored.status.success(), "{restored:?}");
    let told = String::from_utf8(restored.stdout).unwrap();
    let (_, found) = command(&data, &["ledger", "head"]);
    let hash = found["hash"].as_str().unwrap();
    for part in [
        "chain intact: ",
        "recorded from 20",
        "nothing shows",
        &format!("ledger resume --from {hash} --accept-loss"),
    ] {
        assert!(told.contains(part), "`{part}`: {told}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let (code, told) = command(
        &data,
        &["ledger", "resume", "--from", hash, "--accept-loss"],
    );
    assert_eq!(code, 0, "{told}");
}
