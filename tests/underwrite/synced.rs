//! A killed process leaves the page cache, so that a kill cannot show whether an answer waited for
//! the device. The system calls can: they are watched by `strace`.

use std::path::Path;
use std::process::{Command, Stdio};

use underwrite::proto;

use super::process::{self, Workspace, assert_recorded, command, decide, request};
use super::tools;
use super::trace::{Proof, Trace};

/// Whether processes can be traced here.
fn strace() -> bool {
    let tried = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .stdin(Stdio::null())
        .status();
    let problem = match tried {
        Ok(status) if status.success() => return true,
        Ok(status) => format!("strace cannot trace here ({status})"),
        Err(error) => format!("strace: {error}"),
    };
    tools::skip(&problem);
    false
}

/// Starts the words of a command under `strace`, which writes to `trace`. With `-D` the command
/// stays a child of the test, so that signals reach it.
fn watched(trace: &Path) -> Vec<&str> {
    let mut words = vec![
        "strace",
        "-D",
        "-f",
        "-y",
        "-s",
        "65536",
        "-o",
        trace.to_str().unwrap(),
    ];
    words.extend([
        "-e",
        "trace=recvfrom,sendto,write,writev,pwrite64,fsync,fdatasync",
    ]);
    words.extend(["-e", "signal=none"]);
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_comes_after_a_sync_of_its_record() {
    if !strace() {
        return;
    }
    let place = Workspace::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace");
    let server = place.serve_with(&place.stripe, &[], &watched(&file));
    let client = server.client().await;
    let mut answered = Vec::new();
    for number in 0..5 {
        let key = format!("one-by-one-{number}");
        answered.push((key.clone(), decide(&client, request(&key)).await.unwrap()));
    }
    let together: Vec<_> = (0..16)
        .map(|number| {
            let (client, key) = (client.clone(), format!("together-{number}"));
            tokio::spawn(async move { (key.clone(), decide(&client, request(&key)).await) })
        })
        .collect();
    for call in together {
        let (key, decision) = call.await.unwrap();
        answered.push((key, decision.unwrap()));
    }
    let pid = server.pid();
    process::terminate(pid);
    assert!(server.ended().await.success());

    let trace = Trace::finished(&file, pid).await;
    for (key, decision) in &answered {
        let commitment = &decision.chain.as_ref().unwrap().commitment;
        assert_eq!(trace.proof(key, commitment), Proof::Synced, "{key}");
    }
    let syncs = trace.syncs_of_the_log();
    println!(
        "{} answers, {syncs} syncs of the ledger's log",
        answered.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_does_not_sync_gets_no_decision_answered() {
    if !strace() {
        return;
    }
    let place = Workspace::new().await;
    // The first syncs are those of the start and of a few decisions.
    let mut failing = vec![
        "strace",
        "-D",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "trace=fsync,fdatasync",
    ];
    failing.extend(["-e", "inject=fsync,fdatasync:error=EIO:when=20+"]);
    let server = place.serve_with(&place.stripe, &["--no-cache"], &failing);
    let client = server.client().await;
    let mut answered = Vec::new();
    let mut refused = None;
    for number in 0..20 {
        match decide(&client, request(&format!("k{number}"))).await {
            Ok(decision) => answered.push(decision),
            Err(status) => {
                refused = Some((number, status));
                break;
            }
        }
    }
    let (number, status) = refused.expect("every sync fails, and decisions were answered");
    assert!(!answered.is_empty(), "not even one decision: {status:?}");
    // It does not come back to life while syncs fail.
    for number in number..number + 3 {
        let status = decide(&client, request(&format!("k{number}")))
            .await
            .unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unavailable, "{status:?}");
    }
    // What is recorded is there to read, but for what is personal: who is shown it is recorded, too.
    for decision in &answered {
        let read = |view: proto::DecisionView| proto::GetDecisionRequest {
            id: decision.id.clone(),
            view: view.into(),
            ..Default::default()
        };
        let mut client = client.clone();
        let full = client.get_decision(read(proto::DecisionView::Full)).await;
        assert_eq!(full.unwrap_err().code(), tonic::Code::Unavailable);
        let summary = client
            .get_decision(read(proto::DecisionView::Summary))
            .await;
        assert!(summary.is_ok(), "{summary:?}");
    }
    server.kill();

    let server = place.serve();
    let client = server.client().await;
    for decision in &answered {
        assert_recorded(&client, decision).await;
    }
    for number in number..number + 3 {
        decide(&client, request(&format!("k{number}")))
            .await
            .unwrap();
    }
    drop(server);
    let (exit, replay) = command(place.data.path(), &["replay"]);
    assert_eq!(exit, 0, "{replay:#}");
    assert_eq!(
        replay["reproduced"],
        u64::try_from(answered.len() + 3).unwrap()
    );
}
