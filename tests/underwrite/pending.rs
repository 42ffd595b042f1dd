//! What the banks do not deliver in time: the caller is told so, and the decision comes later, in
//! any case.

use std::time::Duration;

use tokio_stream::StreamExt;
use tonic::Code;
use tonic_types::StatusExt;
use underwrite::proto;
use underwrite::proto::decide_response::Result as Decided;
use underwrite::proto::get_decision_response::Result as Shown;
use underwrite::proto::watch_decision_response::Result as Watched;
use underwrite::underwriter::WaitLimits;

use super::harness::{
    self, Setup, TestSystem, anew, application, connect, final_one, principal, request, start, usd,
};
use super::process::{self, Workspace};

const NAME: &str = "Maria Lopez";
const ACCOUNT: &str = "fca_sample_salaried_checking";
/// A request that wants everything anew, so that a refresh is waited for.
fn asked(key: &str, name: &str, account: &str) -> proto::DecideRequest {
    anew(request(key, name, &[account]))
}

fn wait_limits(answer_ms: u64, pending_ms: u64) -> WaitLimits {
    WaitLimits {
        answer_within: Duration::from_millis(answer_ms),
        pending_for: Duration::from_millis(pending_ms),
        retry_pause: Duration::from_millis(50),
    }
}

/// A system whose banks take so long for a refresh, or for ever.
async fn system(late_ms: Option<u64>, wait_limits: WaitLimits) -> TestSystem {
    let faults = match late_ms {
        Some(late) => format!(
            "[[fault]]\naccount = '{ACCOUNT}'\neffect = 'refresh_late'\n\
             feature = 'transactions'\ndelay_ms = {late}\n"
        ),
        None => format!(
            "[[fault]]\naccount = '{ACCOUNT}'\neffect = 'refresh_pending'\n\
             feature = 'transactions'\n"
        ),
    };
    start(Setup {
        faults: &faults,
        wait_limits,
        ..Setup::default()
    })
    .await
}

async fn asks(system: &TestSystem, request: proto::DecideRequest) -> Decided {
    let answer = system.client.clone().decide(request).await.unwrap();
    answer.into_inner().result.unwrap()
}

#[track_caller]
fn pending(answer: Decided) -> proto::Pending {
    match answer {
        Decided::Pending(pending) => pending,
        Decided::Decision(decision) => panic!("it is final: {decision:?}"),
    }
}

async fn shown(system: &TestSystem, id: &str) -> Shown {
    let request = proto::GetDecisionRequest {
        id: id.to_owned(),
        view: proto::DecisionView::Full.into(),
        ..Default::default()
    };
    let shown = system.client.clone().get_decision(request).await.unwrap();
    shown.into_inner().result.unwrap()
}

/// What a watcher is told, to the end.
async fn watched(system: &TestSystem, id: &str) -> Vec<Watched> {
    let request = proto::WatchDecisionRequest {
        id: id.to_owned(),
        view: proto::DecisionView::Full.into(),
    };
    let told = system.client.clone().watch_decision(request).await.unwrap();
    let told: Vec<_> = told.into_inner().collect().await;
    told.into_iter()
        .map(|answer| answer.unwrap().result.unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_bank_makes_it_pending_and_then_final() {
    let system = system(Some(1_500), wait_limits(300, 60_000)).await;
    let told = pending(asks(&system, asked("k1", NAME, ACCOUNT)).await);
    assert_eq!(told.waiting_account_ids, [ACCOUNT]);
    assert!(told.test_data);
    let (since, until) = (told.pend_time.unwrap(), told.expire_time.unwrap());
    assert_eq!(until.seconds - since.seconds, 60);
    assert!(
        system.recorded().await.is_empty(),
        "nothing is recorded yet"
    );

    let id = told.decision_id.as_str();
    assert_eq!(shown(&system, id).await, Shown::Pending(told.clone()));
    let again = pending(asks(&system, asked("k1", NAME, ACCOUNT)).await);
    assert_eq!(again.decision_id, id, "a repeat is told the same");
    let mut other = asked("k1", NAME, ACCOUNT);
    application(&mut other).requested_amount = Some(usd("999.00"));
    let refused = system.client.clone().decide(other).await.unwrap_err();
    assert_eq!(refused.code(), Code::AlreadyExists, "{refused:?}");

    let told = watched(&system, id).await;
    let (last, before) = told.split_last().unwrap();
    assert!(!before.is_empty());
    assert!(
        before
            .iter()
            .all(|told| matches!(told, Watched::Pending(_)))
    );
    let Watched::Decision(decision) = last else {
        panic!("it is not final: {last:?}");
    };
    assert_eq!(decision.id, id);
    assert_eq!(decision.outcome(), proto::Outcome::Approve);
    assert!(decision.test_data);
    assert_eq!(shown(&system, id).await, Shown::Decision(decision.clone()));
    let repeated = asks(&system, asked("k1", NAME, ACCOUNT)).await;
    assert_eq!(repeated, Decided::Decision(decision.clone()));
    assert_eq!(system.recorded().await.len(), 1);
    let last = watched(&system, id).await;
    assert_eq!(last, [Watched::Decision(decision.clone())], "at once");
}

/// What is pending, on pages of this size.
async fn listed(system: &TestSystem, page_size: i32) -> Vec<proto::Pending> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListPendingDecisionsRequest {
            page_size,
            page_token,
        };
        let page = system.client.clone().list_pending_decisions(request).await;
        let page = page.unwrap().into_inner();
        assert!(page.damaged.is_empty());
        assert!(page.pending.len() <= usize::try_from(page_size).unwrap());
        all.extend(page.pending);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

async fn by_key(system: &TestSystem, key: &str) -> Result<Shown, tonic::Status> {
    let request = proto::GetDecisionRequest {
        idempotency_key: key.to_owned(),
        ..Default::default()
    };
    let shown = system.client.clone().get_decision(request).await?;
    Ok(shown.into_inner().result.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_is_listed_oldest_first_and_found_by_its_key() {
    let system = system(None, wait_limits(200, 8_000)).await;
    assert_eq!(listed(&system, 5).await, []);
    let unknown = by_key(&system, "k1").await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let details = unknown.get_error_details();
    let resource = details.resource_info().unwrap();
    assert_eq!(
        (&*resource.resource_type, &*resource.resource_name),
        ("decision", "k1")
    );
    let first = asks(&system, asked("k1", NAME, ACCOUNT));
    let (first, running) = tokio::join!(first, async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        by_key(&system, "k1").await
    });
    let running = running.unwrap_err();
    assert_eq!(running.code(), Code::Aborted, "{running:?}");
    assert!(running.get_error_details().retry_info().is_some());

    let mut told = vec![pending(first)];
    for number in 2..6 {
        let asked = asked(&format!("k{number}"), NAME, ACCOUNT);
        told.push(pending(asks(&system, asked).await));
    }
    assert_eq!(told[1].idempotency_key, "k2");
    assert_eq!(told[1].application_id, "app-k2");
    assert_eq!(told[1].rule_set, harness::RULE_SET);
    for page_size in [2, 4, 5, 6] {
        assert_eq!(listed(&system, page_size).await, told, "{page_size}");
    }
    assert_eq!(
        by_key(&system, "k3").await.unwrap(),
        Shown::Pending(told[2].clone())
    );
    let last = watched(&system, &told[0].decision_id).await;
    let Some(Watched::Decision(decision)) = last.last() else {
        panic!("it does not end: {last:?}");
    };
    let Shown::Decision(shown) = by_key(&system, "k1").await.unwrap() else {
        panic!("it is final");
    };
    assert_eq!(shown.id, decision.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_what_is_pending_and_shows_what_a_key_led_to() {
    let place = Workspace::slow(12_000).await;
    let server = place.serve();
    let client = server.client().await;
    let mut call = tonic::Request::new(asked("k1", process::NAME, process::ACCOUNT));
    call.set_timeout(Duration::from_secs(2));
    let answer = client.clone().decide(call).await.unwrap().into_inner();
    let told = pending(answer.result.unwrap());

    let (data, url) = (place.data.path(), format!("http://{}", server.address));
    let here_and_there = |words: &[&str]| {
        let there = [words, &["--server", &url]].concat();
        [words, &there].map(|words| process::command(data, words))
    };
    for (code, listed) in here_and_there(&["decisions", "list", "--pending"]) {
        assert_eq!(code, 0, "{listed}");
        assert_eq!(listed["pending"].as_array().unwrap().len(), 1);
        let listed = &listed["pending"][0];
        assert_eq!(listed["decision_id"], told.decision_id);
        assert_eq!(listed["idempotency_key"], "k1");
        assert_eq!(listed["waiting_account_ids"][0], process::ACCOUNT);
    }
    for (code, shown) in here_and_there(&["decisions", "show", "--key", "k1"]) {
        assert_eq!((code, &shown["error"]["code"]), (1, &"pending".into()));
    }
    for (code, shown) in here_and_there(&["decisions", "show", "--key", "k2"]) {
        assert_eq!((code, &shown["error"]["code"]), (1, &"not_found".into()));
    }
    let watch = proto::WatchDecisionRequest {
        id: told.decision_id.clone(),
        view: 0,
    };
    let watched = client.clone().watch_decision(watch).await.unwrap();
    drop(watched.into_inner().collect::<Vec<_>>().await);
    for (code, shown) in here_and_there(&["decisions", "show", "--key", "k1"]) {
        assert_eq!((code, &shown["id"]), (0, &told.decision_id.clone().into()));
    }
    for (code, listed) in here_and_there(&["decisions", "list", "--pending"]) {
        assert_eq!((code, &listed["pending"]), (0, &serde_json::json!([])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_that_never_settles_refers_at_the_limit_whatever_else_holds() {
    let system = system(None, wait_limits(200, 4_000)).await;
    let told = pending(asks(&system, asked("k1", NAME, ACCOUNT)).await);
    let told = watched(&system, &told.decision_id).await;
    let Some(Watched::Decision(decision)) = told.last() else {
        panic!("it does not end: {told:?}");
    };
    assert_eq!(decision.outcome(), proto::Outcome::Refer);
    assert_eq!(principal(decision)[0], "BANK_DATA_NOT_READY");
    assert_eq!(decision.offer, None);
    let flags: Vec<_> = decision.data_quality[0].flags().collect();
    assert!(
        flags.contains(&proto::QualityFlag::RefreshPending),
        "{flags:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_of_the_call_is_kept() {
    let system = system(Some(6_000), WaitLimits::default()).await;
    let mut call = tonic::Request::new(asked("k1", NAME, ACCOUNT));
    call.set_timeout(Duration::from_secs(3));
    let answer = system.client.clone().decide(call).await.unwrap();
    let told = pending(answer.into_inner().result.unwrap());
    // The next call gives it the time that it takes.
    let decided = asks(&system, asked("k1", NAME, ACCOUNT)).await;
    let Decided::Decision(decision) = decided else {
        panic!("it is still pending: {decided:?}");
    };
    assert_eq!(decision.id, told.decision_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_cannot_be_watched() {
    let system = harness::system().await;
    let request = proto::WatchDecisionRequest {
        id: "dec_0".to_owned(),
        view: 0,
    };
    let refused = system.client.clone().watch_decision(request).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(refused.get_error_details().resource_info().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_does_not_hold_the_server_up() {
    let system = system(None, wait_limits(200, 60_000)).await;
    let told = pending(asks(&system, asked("k1", NAME, ACCOUNT)).await);
    let request = proto::WatchDecisionRequest {
        id: told.decision_id.clone(),
        view: 0,
    };
    let told = system.client.clone().watch_decision(request).await.unwrap();
    let mut told = told.into_inner();
    assert!(told.next().await.unwrap().is_ok());
    let stopping = tokio::spawn(system.stop());
    let last = told.next().await.unwrap().unwrap_err();
    assert_eq!(last.code(), Code::Unavailable);
    assert!(last.get_error_details().retry_info().is_some());
    let ended = tokio::time::timeout(Duration::from_secs(20), stopping).await;
    ended
        .expect("it ends before open calls run out of time")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_while_it_is_pending_is_seen_through() {
    let system = system(Some(1_000), wait_limits(300, 60_000)).await;
    let told = pending(asks(&system, asked("k1", NAME, ACCOUNT)).await);
    let outage = "[[fault]]\neffect = 'server_error'\ntimes = 12\n";
    let faults = underwrite::sandbox::Faults::parse(outage).unwrap();
    system.sandbox.set_faults(&faults).unwrap();
    let told = watched(&system, &told.decision_id).await;
    let Some(Watched::Decision(decision)) = told.last() else {
        panic!("it does not end: {told:?}");
    };
    assert_eq!(decision.outcome(), proto::Outcome::Approve);
    assert!(system.sandbox.counts().faulted >= 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_finishes_everything_that_was_pending() {
    let place = Workspace::slow(9_000).await;
    let server = place.serve();
    let client = server.client().await;
    let mut waiting = Vec::new();
    for number in 0..4 {
        let mut call = tonic::Request::new(asked(
            &format!("k{number}"),
            process::NAME,
            process::ACCOUNT,
        ));
        call.set_timeout(Duration::from_secs(2));
        let answer = client.clone().decide(call).await.unwrap().into_inner();
        waiting.push(pending(answer.result.unwrap()).decision_id);
    }
    server.kill();
    let server = place.serve();
    let client = connect(server.address).await;
    for id in &waiting {
        let request = proto::WatchDecisionRequest {
            id: id.clone(),
            view: proto::DecisionView::Full.into(),
        };
        let told = client.clone().watch_decision(request).await.unwrap();
        let told: Vec<_> = told.into_inner().collect().await;
        let last = told.into_iter().last().unwrap().unwrap().result.unwrap();
        let Watched::Decision(decision) = last else {
            panic!("{id} is not final: {last:?}");
        };
        assert_eq!(decision.outcome(), proto::Outcome::Approve, "{id}");
        let request = proto::GetDecisionRequest {
            id: id.clone(),
            view: proto::DecisionView::Full.into(),
            ..Default::default()
        };
        let found = client.clone().get_decision(request).await.unwrap();
        assert_eq!(final_one(found.into_inner()), Some(decision));
    }
    drop(server);
    let data = place.data.path();
    let (code, replayed) = process::command(data, &["replay"]);
    assert_eq!((code, &replayed["reproduced"]), (0, &4.into()));
}
