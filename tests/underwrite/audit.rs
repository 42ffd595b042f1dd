//! Who read and changed what: the audit log, through the real socket and the real program.

use serde_json::Value;
use tokio_stream::StreamExt;
use tonic::transport::Channel;
use tonic::{Code, Request};
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;

use super::harness::private_folder;
use super::process::{Workspace, command, decide, request};

const FULL: proto::DecisionView = proto::DecisionView::Full;
const SUMMARY: proto::DecisionView = proto::DecisionView::Summary;

/// A call under a name.
fn named<T>(message: T, id: &str) -> Request<T> {
    let mut request = Request::new(message);
    let id = id.parse().unwrap();
    request.metadata_mut().insert("x-request-id", id);
    request
}

fn asked(key: &str, view: proto::DecisionView) -> proto::DecideRequest {
    proto::DecideRequest {
        view: view.into(),
        ..request(key)
    }
}

fn by_id(id: &str, view: proto::DecisionView) -> proto::GetDecisionRequest {
    proto::GetDecisionRequest {
        id: id.to_owned(),
        view: view.into(),
        ..Default::default()
    }
}

/// What `audit list` tells, oldest first: action, object, request id, result.
fn listed(place: &Workspace, words: &[&str]) -> Vec<[String; 4]> {
    let words = [&["audit", "list"], words].concat();
    let (exit, told) = command(place.data.path(), &words);
    assert_eq!(exit, 0, "{told}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut events: Vec<[String; 4]> = told["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            assert_eq!(
                (&event["tenant"], &event["who"]),
                (&"default".into(), &"local".into())
            );
            assert_eq!(event["credential"], "local");
            assert_eq!(event["count"], 1);
            // What the rules of this machine are, nobody called for.
            let action = event["action"].as_str().unwrap();
            let is_call = !action.starts_with("rule_set.");
            assert_eq!(event["from"].as_str(), is_call.then_some("127.0.0.1"));
            ["action", "object", "request_id", "result"].map(|field| text(&event[field]))
        })
        .collect();
    events.reverse();
    events
}

fn event(action: &str, object: &str, request_id: &str) -> [String; 4] {
    [action, object, request_id, "OK"].map(str::to_owned)
}

async fn every_kind_of_call(
    client: &mut DecisionServiceClient<Channel>,
) -> (proto::Decision, proto::Decision) {
    let mut made = Vec::new();
    for (key, id) in [("k1", "r-decide"), ("k2", "r-decide-2")] {
        let answer = client.decide(named(asked(key, FULL), id)).await.unwrap();
        match answer.into_inner().result {
            Some(proto::decide_response::Result::Decision(decision)) => made.push(decision),
            other => panic!("{other:?}"),
        }
    }
    let [one, two] = <[_; 2]>::try_from(made).unwrap();
    for (view, id) in [(FULL, "r-repeat"), (SUMMARY, "r-repeat-summary")] {
        client.decide(named(asked("k1", view), id)).await.unwrap();
    }
    for (view, id) in [(FULL, "r-get"), (SUMMARY, "r-get-summary")] {
        let request = by_id(&one.id, view);
        client.get_decision(named(request, id)).await.unwrap();
    }
    for (view, id) in [(FULL, "r-watch"), (SUMMARY, "r-watch-summary")] {
        let request = proto::WatchDecisionRequest {
            id: one.id.clone(),
            view: view.into(),
        };
        let answers = client.watch_decision(named(request, id)).await.unwrap();
        let answers: Vec<_> = answers.into_inner().collect().await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    for (view, id) in [(FULL, "r-list"), (SUMMARY, "r-list-summary")] {
        let request = proto::ListDecisionsRequest {
            view: view.into(),
            ..Default::default()
        };
        client.list_decisions(named(request, id)).await.unwrap();
    }
    let request = proto::ListPendingDecisionsRequest::default();
    let pending = named(request, "r-list-pending");
    client.list_pending_decisions(pending).await.unwrap();
    let hash = one.pins.as_ref().unwrap().snapshots[0].hash.clone();
    let snapshot = named(proto::GetSnapshotRequest { hash }, "r-snapshot");
    client.get_snapshot(snapshot).await.unwrap();
    let hash = "00".repeat(32);
    let unknown = named(proto::GetSnapshotRequest { hash }, "r-unknown");
    let unknown = client.get_snapshot(unknown).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    (one, two)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_of_personal_data_and_every_change_has_one_event() {
    let place = Workspace::new().await;
    let server = place.serve();
    let (one, two) = every_kind_of_call(&mut server.client().await).await;
    let (id, hash) = (
        one.id.as_str(),
        &one.pins.as_ref().unwrap().snapshots[0].hash,
    );
    let page = format!("{},{id}", two.id);
    let expected = [
        event("rule_set.activate", "ach-debit 1.0.0", ""),
        event("rule_set.activate", "personal-loan 1.0.0", ""),
        event("rule_set.publish", "ach-debit 1.0.0", ""),
        event("rule_set.publish", "personal-loan 1.0.0", ""),
        event("decision.decide", id, "r-decide"),
        event("decision.decide", &two.id, "r-decide-2"),
        event("decision.read", id, "r-repeat"),
        event("decision.read", id, "r-get"),
        event("decision.read", id, "r-watch"),
        event("decision.list", &page, "r-list"),
        event("snapshot.read", hash, "r-snapshot"),
    ];
    // Beside the server; and what was answered is there whatever becomes of it.
    let mut found = listed(&place, &[]);
    found[..4].sort();
    // Whatever versions ship.
    for event in &mut found[..4] {
        let (name, _) = event[1].split_once(' ').unwrap();
        event[1] = format!("{name} 1.0.0");
    }
    assert_eq!(found, expected);
    server.kill();
    assert_eq!(listed(&place, &[])[4..], expected[4..]);
    // By filters.
    assert_eq!(listed(&place, &["--object", hash]), expected[10..]);
    assert_eq!(
        listed(&place, &["--object", &two.id]),
        [&expected[5..6], &expected[9..10]].concat()
    );
    assert_eq!(
        listed(&place, &["--action", "decision.read"]),
        expected[6..9]
    );
    assert_eq!(listed(&place, &["--who", "alice"]), expected[..0]);
    assert_eq!(listed(&place, &["--tenant", "other"]), expected[..0]);
    assert_eq!(listed(&place, &["--until", "2020-01-01"]), expected[..0]);
    // By pages.
    let (_, first) = command(place.data.path(), &["audit", "list", "--page-size", "4"]);
    assert_eq!(first["events"].as_array().unwrap().len(), 4);
    let token = first["next_page_token"].as_str().unwrap();
    assert_eq!(
        listed(&place, &["--page-token", token])[4..],
        expected[4..7]
    );
    let (exit, told) = command(place.data.path(), &["ledger", "verify"]);
    assert_eq!((exit, &told["sound"]), (0, &true.into()), "{told}");
    // A start that changes nothing adds nothing.
    drop(place.serve());
    assert_eq!(listed(&place, &[]).len(), expected.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_shown_while_that_cannot_be_recorded() {
    let place = Workspace::new().await;
    let aside = tempfile::tempdir().unwrap();
    let failpoints = aside.path().join("failpoints");
    let variable = format!("FAILPOINTS={}", failpoints.display());
    let server = place.serve_with(&place.stripe, &[], &["env", &variable]);
    let mut client = server.client().await;
    let decision = decide(&client, request("k1")).await.unwrap();
    let before = listed(&place, &[]);
    std::fs::write(&failpoints, "AuditAppended fail").unwrap();
    let refused = client.get_decision(by_id(&decision.id, FULL)).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unavailable);
    let summary = client.get_decision(by_id(&decision.id, SUMMARY)).await;
    assert!(summary.is_ok(), "{summary:?}");
    // A decision that cannot be recorded with who asked for it is not made.
    let refused = decide(&client, request("k2")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(listed(&place, &[]), before);
    std::fs::remove_file(&failpoints).unwrap();
    let shown = client.get_decision(by_id(&decision.id, FULL)).await;
    assert!(shown.is_ok(), "{shown:?}");
    assert_eq!(listed(&place, &[]).len(), before.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_matches_the_chain_and_overwrites_nothing() {
    let place = Workspace::new().await;
    let server = place.serve();
    every_kind_of_call(&mut server.client().await).await;
    let out = private_folder();
    let file = out.path().join("audit.jsonl");
    let words = ["audit", "export", file.to_str().unwrap()];
    let (exit, told) = command(place.data.path(), &words);
    assert_eq!((exit, &told["damaged"]), (0, &0.into()), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told["events"], lines.len());
    let ledger = rusqlite::Connection::open(place.ledger()).unwrap();
    let mut statement = ledger
        .prepare("SELECT seq, lower(hex(hash)), id FROM records WHERE kind = 'audit' ORDER BY seq")
        .unwrap();
    let records: Vec<(i64, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let exported = lines.iter().map(|line| {
        let text = |field: &str| line[field].as_str().unwrap().to_owned();
        (line["seq"].as_i64().unwrap(), text("hash"), text("action"))
    });
    assert_eq!(exported.collect::<Vec<_>>(), records);
    let (exit, refused) = command(place.data.path(), &words);
    assert_eq!((exit, &refused["error"]["code"]), (1, &"file".into()));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    // One that was changed is told in its place, and the others are there.
    drop(statement);
    server.kill();
    let (seq, _, action) = records.last().unwrap();
    ledger
        .execute_batch(&format!(
            "DROP TRIGGER audit_is_not_changed; UPDATE audit SET who = 'bob' WHERE seq = {seq}"
        ))
        .unwrap();
    let other = out.path().join("other.jsonl");
    let words = ["audit", "export", other.to_str().unwrap()];
    let (exit, told) = command(place.data.path(), &words);
    assert_eq!((exit, &told["damaged"]), (4, &1.into()), "{told}");
    let text = std::fs::read_to_string(&other).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["record"], format!("{seq} (audit {action})"));
    let (exit, told) = command(place.data.path(), &["audit", "list"]);
    assert_eq!(exit, 4, "{told}");
    let (exit, told) = command(place.data.path(), &["ledger", "verify"]);
    assert_eq!(exit, 4, "{told}");
    assert_eq!(told["problems"][0]["record"], last["record"]);
}
