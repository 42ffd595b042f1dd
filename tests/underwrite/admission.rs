//! What happens when more comes than can be done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use prost::Message;
use tokio::task::JoinSet;
use tokio_stream::StreamExt;
use tonic::Code;
use tonic_types::StatusExt;
use underwrite::limits;
use underwrite::proto;
use underwrite::proto::decide_response::Result as Decided;
use underwrite::proto::watch_decision_response::Result as Watched;
use underwrite::underwriter::WaitLimits;

use super::harness::{Setup, anew, connect, request, start, system_with, today};
use super::linked::Linked;

const NAME: &str = "Dana Fields";
const ACCOUNT: &str = "fca_dana";
const SLOW: &str = "fca_sample_salaried_checking";

fn dana() -> Linked {
    Linked::checking("dana", NAME).with_salary(today(), 180_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_answered_in_time_is_refused_at_once_with_a_time_to_come_back() {
    let system = Arc::new(system_with(&[dana()]).await);
    system.decide(request("first", NAME, &[ACCOUNT])).await;
    // One connection takes a limited number of calls at once.
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(connect(system.address).await);
    }
    let mut calls = JoinSet::new();
    for number in 0..2_000 {
        let client = clients[number % clients.len()].clone();
        let asked = request(&format!("k{number}"), NAME, &[ACCOUNT]);
        calls.spawn(async move {
            let mut asked = tonic::Request::new(asked);
            // A few can wait, however slow this machine is.
            let seconds = if number % 10 == 0 { 30 } else { 1 };
            asked.set_timeout(Duration::from_secs(seconds));
            client.clone().decide(asked).await
        });
    }
    let (mut decided, mut refused) = (0, 0);
    while let Some(answer) = calls.join_next().await {
        match answer.unwrap() {
            Ok(_) => decided += 1,
            Err(status) if status.code() == Code::ResourceExhausted => {
                let details = status.get_error_details();
                assert_eq!(details.error_info().unwrap().reason, "OVERLOADED");
                let delay = details.retry_info().unwrap().retry_delay.unwrap();
                assert!(delay >= Duration::from_millis(100), "{delay:?}");
                refused += 1;
            }
            // Its time was up on the way to the server and back.
            Err(status) => assert!(
                matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded),
                "{status:?}"
            ),
        }
    }
    assert!(
        decided > 0 && refused > 0,
        "{decided} decided, {refused} refused"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_recorded_for_callers_who_had_gone_before_their_turn() {
    const LONG: usize = 64;
    let long = Linked::checking("long", "Sam Okafor").with_daily_pay(today(), 170);
    let rows = long.rows.iter().cycle().take(170 * 40).cloned().collect();
    let long = Linked { rows, ..long };
    let system = Arc::new(system_with(&[dana(), long]).await);
    system.decide(request("first", NAME, &[ACCOUNT])).await;
    let decide = |key: String, name: &str, account: &str| {
        let (mut client, asked) = (system.client.clone(), request(&key, name, &[account]));
        async move { client.decide(asked).await }
    };
    system
        .decide(request("long", "Sam Okafor", &["fca_long"]))
        .await;
    let mut calls = JoinSet::new();
    for number in 0..LONG {
        calls.spawn(decide(format!("long{number}"), "Sam Okafor", "fca_long"));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let gone: Vec<_> = (0..50)
        .map(|number| tokio::spawn(decide(format!("gone{number}"), NAME, ACCOUNT)))
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    for call in &gone {
        assert!(!call.is_finished(), "it had its turn already");
        call.abort();
    }
    let answers = calls.join_all().await;
    let answered = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(answered > 0);
    let asked = proto::ListDecisionsRequest {
        page_size: 1_000,
        ..Default::default()
    };
    let page = system.client.clone().list_decisions(asked).await.unwrap();
    assert_eq!(page.into_inner().decisions.len(), 2 + answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_where_it_grows_too_large_and_the_next_goes_on() {
    let rows = |index: usize| {
        let one = Linked::checking(&format!("dana{index}"), NAME).with_salary(today(), 180_000);
        one.with_daily_pay(today(), 170)
    };
    let accounts: Vec<Linked> = (0..limits::ACCOUNTS_MAX).map(rows).collect();
    let system = system_with(&accounts).await;
    let names: Vec<String> = (0..limits::ACCOUNTS_MAX)
        .map(|index| format!("fca_dana{index}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut ids = Vec::new();
    for number in 0..50 {
        let key = format!("k{number}");
        ids.push(system.decide(request(&key, NAME, &names)).await.id);
    }
    let (mut listed, mut token, mut pages, mut largest) = (Vec::new(), String::new(), 0, 0);
    loop {
        let asked = proto::ListDecisionsRequest {
            page_size: 50,
            page_token: token,
            view: proto::DecisionView::Full.into(),
            ..Default::default()
        };
        let client = system.client.clone();
        let mut client = client.max_decoding_message_size(64 * 1024 * 1024);
        let page = client.list_decisions(asked).await.unwrap().into_inner();
        let size = page.encoded_len();
        assert!(size < limits::LIST_BYTES_MAX + 1024, "{size} bytes");
        largest = largest.max(size);
        assert!(!page.decisions.is_empty());
        listed.extend(page.decisions.into_iter().map(|decision| decision.id));
        pages += 1;
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    listed.reverse();
    assert_eq!(listed, ids, "each once, on {pages} pages");
    assert!(pages > 1, "a page of {largest} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_wait_for_one_bank_are_decided_a_few_at_a_time_while_others_are_served() {
    const MANY: usize = 300;
    let faults = format!(
        "[[fault]]\naccount = '{SLOW}'\neffect = 'refresh_late'\n\
         feature = 'transactions'\ndelay_ms = 12000\n"
    );
    let system = start(Setup {
        faults: &faults,
        wait_limits: WaitLimits {
            answer_within: Duration::from_millis(300),
            pending_for: Duration::from_secs(60),
            retry_pause: Duration::from_millis(50),
        },
        ..Setup::default()
    })
    .await;
    let mut calls = JoinSet::new();
    for number in 0..MANY {
        let client = system.client.clone();
        let asked = anew(request(&format!("k{number}"), "Maria Lopez", &[SLOW]));
        calls.spawn(async move {
            // As a caller does who is told to come back.
            loop {
                match client.clone().decide(asked.clone()).await {
                    Err(status) if status.code() == Code::ResourceExhausted => {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                    answer => break answer,
                }
            }
        });
    }
    let mut ids = Vec::new();
    while let Some(answer) = calls.join_next().await {
        if let Some(Decided::Pending(pending)) = answer.unwrap().unwrap().into_inner().result {
            ids.push(pending.decision_id);
        }
    }
    assert!(ids.len() > MANY / 2, "{} pending", ids.len());
    // Others go on while those are decided.
    let done = Arc::new(AtomicBool::new(false));
    let others = {
        let (client, done) = (system.client.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let mut served = 0;
            while !done.load(Ordering::SeqCst) {
                let key = format!("other{served}");
                let asked = request(&key, "Sam Okafor", &["fca_sample_gig_checking"]);
                if client.clone().decide(asked).await.is_ok() {
                    served += 1;
                }
            }
            served
        })
    };
    for id in ids {
        let asked = proto::WatchDecisionRequest {
            id,
            view: proto::DecisionView::Summary.into(),
        };
        let watched = system.client.clone().watch_decision(asked).await.unwrap();
        let told: Vec<_> = watched.into_inner().collect().await;
        let last = told.last().unwrap().as_ref().unwrap().result.clone();
        assert!(matches!(last, Some(Watched::Decision(_))), "{last:?}");
    }
    done.store(true, Ordering::SeqCst);
    assert!(others.await.unwrap() > 0);
}
