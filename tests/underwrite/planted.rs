//! Values that can be recognised are planted in every personal field there is, and secrets beside them:
//! nothing that a process says holds any of them, but the answers to those who may see them.

#[path = "planted/follow_ups.rs"]
mod follow_ups;
#[path = "planted/marks.rs"]
mod marks;
#[path = "planted/running.rs"]
mod running;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use prost::Message;
use prost_reflect::DynamicMessage;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use underwrite::proto;
use underwrite::proto::replay_service_client::ReplayServiceClient;

use self::marks::{Marks, PREFIX};
use self::running::{Place, Running, call};
use super::access::{show, shows};
use super::harness::{anew, channel, faults, final_one, sandbox};
use super::process::terminate;

const DECIDE: &str = "/underwrite.v1.DecisionService/Decide";

/// A key that no other request has.
fn fresh(mut request: proto::DecideRequest) -> proto::DecideRequest {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::SeqCst);
    request.idempotency_key = format!("key-{number}");
    request
}

/// Decides, and looks at it in every way; the hashes of what it rests on.
async fn decide_and_look(running: &Running, marks: &mut Marks, token: &str) {
    let mut client = shows(channel(running.address).await, token);
    let request = fresh(marks::request());
    let key = request.idempotency_key.clone();
    let decided = client.decide(request).await.unwrap().into_inner();
    let Some(proto::decide_response::Result::Decision(decided)) = decided.result else {
        panic!("{decided:?}");
    };
    let view = proto::DecisionView::Full.into();
    let get = proto::GetDecisionRequest {
        id: decided.id.clone(),
        view,
        ..Default::default()
    };
    let got = client.get_decision(get).await.unwrap().into_inner();
    let got = final_one(got).unwrap();
    assert_eq!(got, decided);
    // They are there for whoever may see them.
    Marks::assert_in("the decision", &got.encode_to_vec(), &["zqplant applicant"]);
    let id = decided.id.clone();
    let watch = proto::WatchDecisionRequest { id, view };
    let mut watched = client.watch_decision(watch).await.unwrap().into_inner();
    assert!(watched.message().await.unwrap().is_some());
    let list = proto::ListDecisionsRequest {
        view,
        ..Default::default()
    };
    assert!(
        !client
            .list_decisions(list)
            .await
            .unwrap()
            .into_inner()
            .decisions
            .is_empty()
    );
    let pending = proto::ListPendingDecisionsRequest::default();
    client.list_pending_decisions(pending).await.unwrap();
    let mut snapshots = Vec::new();
    for pin in decided.pins.unwrap().snapshots {
        let wanted = proto::GetSnapshotRequest { hash: pin.hash };
        let shown = client.get_snapshot(wanted).await.unwrap().into_inner();
        snapshots.push(shown.snapshot.unwrap());
    }
    marks.learn_snapshots(&snapshots);
    let mut settle = marks::resolve_request(&decided.id);
    // Its reviews name no transaction of the account.
    let status = client.resolve_decision(settle.clone()).await.unwrap_err();
    marks.search_refusal("a review of nothing", &status);
    settle.stream_reviews.clear();
    let settled = client.resolve_decision(settle).await.unwrap().into_inner();
    let settled = settled.decision.unwrap();
    Marks::assert_in(
        "the resolution",
        &settled.encode_to_vec(),
        &["zqplant evidence"],
    );
    follow_ups::follow_and_look(running, marks, token, &settled.id).await;
    replay_and_look(running, token).await;
    // The same key for something else.
    let mut other = marks::request();
    other.idempotency_key = key;
    super::harness::application(&mut other).purpose = format!("{PREFIX} another purpose");
    let status = client.decide(other).await.unwrap_err();
    marks.search_refusal("a key used again", &status);
}

/// Decides again what was decided, in both ways, and looks at all that came of it.
async fn replay_and_look(running: &Running, token: &str) {
    use proto::run_replay_request::Work;
    let rule_set = proto::backtest_candidate::RuleSet::Text(proto::RuleSetText {
        source: marks::rules().into_bytes(),
        attachments: Vec::new(),
    });
    let candidate = proto::BacktestCandidate {
        rule_set: Some(rule_set),
    };
    let candidates = vec![candidate];
    let channel = channel(running.address).await;
    let mut client = ReplayServiceClient::with_interceptor(channel, show(token));
    for work in [
        Work::Reproduction(proto::Reproduction { drift: true }),
        Work::Backtest(proto::Backtest { candidates }),
    ] {
        let request = proto::RunReplayRequest {
            work: Some(work),
            ..Default::default()
        };
        let mut told = client.run_replay(request).await.unwrap().into_inner();
        let mut last = None;
        while let Some(message) = told.message().await.unwrap() {
            last = message.replay;
        }
        let request = proto::GetReplayReportRequest {
            id: last.unwrap().id,
        };
        let report = client.get_replay_report(request).await.unwrap();
        let piece = report.into_inner().message().await.unwrap();
        assert!(!piece.unwrap().json.is_empty());
    }
}

/// Every text field of every request with what does not belong there.
async fn damaged_requests(channel: &Channel, marks: &Marks, token: &str) {
    let mut refused = 0;
    for (path, input) in marks::methods() {
        for field in marks::text_fields(&input) {
            for text in marks::misplaced() {
                let mut message = DynamicMessage::new(input.clone());
                if path == DECIDE {
                    let request = fresh(marks::request());
                    message.merge(request.encode_to_vec().as_slice()).unwrap();
                }
                marks::put(&mut message, &field, &text);
                let answer = call(channel, &path, Some(token), message.encode_to_vec()).await;
                if let Err(status) = answer {
                    refused += 1;
                    let what = format!("{path} with `{}` misplaced", marks::name(&field));
                    marks.search_refusal(&what, &status);
                }
            }
        }
    }
    assert!(refused > 50, "{refused} were refused");
    let whole = fresh(marks::request()).encode_to_vec();
    for cut in (1..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[cut] = 0xff;
        for damaged in [bytes, whole[..cut].to_vec()] {
            if let Err(status) = call(channel, DECIDE, Some(token), damaged).await {
                marks.search_refusal("a damaged request", &status);
            }
        }
    }
}

/// Calls of those who may not.
async fn refused_calls(running: &Running, marks: &Marks, tokens: &[(Option<String>, u16)]) {
    let channel = channel(running.address).await;
    for (token, http) in tokens {
        let request = fresh(marks::request()).encode_to_vec();
        let answer = call(&channel, DECIDE, token.as_deref(), request).await;
        marks.search_refusal("a call that is refused", &answer.unwrap_err());
        let (status, body) = running.get("/metrics", token.as_deref()).await;
        assert_eq!(status, *http, "{body}");
        marks.search("an answer about metrics", body.as_bytes());
    }
}

/// What the bank's side does that it should not.
const FAULTS: [&str; 12] = [
    "effect = 'unauthorized'\ntimes = 1\n",
    "effect = 'forbidden'\ntimes = 1\n",
    "effect = 'not_found'\ntimes = 1\n",
    "effect = 'invalid_json'\n",
    "effect = 'html'\n",
    "effect = 'truncated_body'\n",
    "effect = 'foreign'\n",
    "effect = 'conflicting_rows'\n",
    "effect = 'wrong_currency'\n",
    "effect = 'unknown_value'\nfield = 'transaction_status'\n",
    "effect = 'refresh_fails'\nfeature = 'transactions'\n",
    "effect = 'server_error'\ntimes = 1\n",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planted_is_found_nowhere_that_it_does_not_belong() {
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let accounts = tempfile::tempdir().unwrap();
    marks::write_accounts(accounts.path());
    let (address, bank) = sandbox(Some(accounts.path()), "", &stop).await;
    let place = Place::new();
    let token = place.token(&marks::EVERY_SCOPE.join(","));
    let reader = place.token("read");
    let mut marks = Marks::new();
    let key_file = std::fs::read_to_string(place.data().join("token.key")).unwrap();
    for secret in [&token, &reader, &key_file] {
        marks.add_secret(secret.trim().trim_start_matches("uwt_"));
    }

    let running = place.start(&format!("http://{address}"), "first");
    decide_and_look(&running, &mut marks, &token).await;
    let line = channel(running.address).await;
    damaged_requests(&line, &marks, &token).await;
    let wrong = format!("uwt_{PREFIX}");
    let tokens = [(None, 401), (Some(wrong), 401), (Some(reader), 403)];
    refused_calls(&running, &marks, &tokens).await;
    for fault in FAULTS {
        bank.set_faults(&faults(&format!("[[fault]]\n{fault}")))
            .unwrap();
        let request = anew(fresh(marks::request())).encode_to_vec();
        if let Err(status) = call(&line, DECIDE, Some(&token), request).await {
            marks.search_refusal(fault, &status);
        }
    }
    marks.search("/proc/PID/cmdline", &running.of_process("cmdline"));
    marks.search("/proc/PID/environ", &running.of_process("environ"));
    let (_, body) = running.get("/metrics", Some(&token)).await;
    assert!(body.contains("underwrite_decisions_total"), "{body}");
    marks.search("/metrics", body.as_bytes());
    // The end, with a call under way.
    bank.set_faults(&faults(
        "[[fault]]\neffect = 'slow_start'\ndelay_ms = 60000\n",
    ))
    .unwrap();
    let request = anew(fresh(marks::request())).encode_to_vec();
    let open = call(&line, DECIDE, Some(&token), request);
    let ending = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        terminate(running.pid());
    };
    let (answer, ()) = tokio::join!(open, ending);
    if let Err(status) = answer {
        marks.search_refusal("a call at the end", &status);
    }
    running.search_once_ended(&marks);
    place.assert_no_secret_in_files(&marks);
    marks.assert_nothing_found();
}

/// A Stripe that answers everything with one body, and how often it was asked.
async fn stripe_of(status: u16, body: &'static str) -> (String, Arc<AtomicUsize>) {
    let (listener, address) = super::harness::listen().await;
    let status = StatusCode::from_u16(status).unwrap();
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    let router = axum::Router::new().fallback(move || {
        count.fetch_add(1, Ordering::SeqCst);
        async move { (status, body) }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (format!("http://{address}"), asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stripe_says_in_the_wrong_place_is_not_repeated() {
    let place = Place::new();
    let token = place.token(&marks::EVERY_SCOPE.join(","));
    let marks = Marks::new();
    for (number, (status, body)) in marks::BAD_ANSWERS.into_iter().enumerate() {
        let (stripe, asked) = stripe_of(status, body).await;
        let running = place.start(&stripe, &format!("bad-{number}"));
        let line = channel(running.address).await;
        let request = fresh(marks::request()).encode_to_vec();
        let answer = call(&line, DECIDE, Some(&token), request).await;
        marks.search_refusal(body, &answer.unwrap_err());
        assert!(asked.load(Ordering::SeqCst) > 0, "{body}");
        terminate(running.pid());
        running.search_once_ended(&marks);
    }
    marks.assert_nothing_found();
}
