//! Ten thousand decisions that wait for one slow bank: what they keep in memory, how soon they are
//! made once it delivers, and what others notice of it.
//!
//! The server has one processor and the generator another (`taskset`). First others are served
//! alone, then 10,000 calls become pending, and when their bank delivers others are served again
//! until all of those are final. `BENCH_PENDING` sets how many there are.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "common/apart.rs"]
mod apart;
#[path = "common/decider.rs"]
#[expect(
    dead_code,
    reason = "another benchmark has its server decide otherwise"
)]
mod decider;
#[path = "../tests/underwrite/harness.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod harness;
#[path = "../tests/underwrite/linked.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod linked;
#[path = "common/memory.rs"]
mod memory;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use decider::{CONNECTIONS, Process, accounts, asked, until_closed};
use harness::{Setup, anew, connect, now};
use linked::Linked;
use tokio::task::JoinSet;
use tonic::{Code, Request};
use underwrite::clock::Stopwatch;
use underwrite::proto;
use underwrite::proto::decide_response::Result as Decided;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::proto::get_decision_response::Result as Shown;
use underwrite::underwriter::WaitLimits;

type Client = DecisionServiceClient<tonic::transport::Channel>;

/// Accounts at the bank that is slow.
const SLOW_ACCOUNTS: usize = 100;
/// When it delivers, after it was first asked.
const DELIVERS_AFTER: Duration = Duration::from_secs(75);
/// Calls a second that become pending, and those of others.
const ASKED_A_SECOND: u32 = 250;
const OTHERS_A_SECOND: u32 = 200;
/// How long others are served alone.
const ALONE: Duration = Duration::from_secs(10);

fn main() {
    apart::play(serve(), measure());
}

fn slow(number: usize) -> String {
    format!("slow{}", number % SLOW_ACCOUNTS)
}

async fn serve() {
    let mut linked = accounts();
    let mut faults = String::new();
    for number in 0..SLOW_ACCOUNTS {
        let account = Linked {
            refreshed: false,
            ..Linked::checking(&slow(number), "Maria Lopez")
        };
        let account = account.with_salary(harness::today(), 196_250);
        write!(
            faults,
            "[[fault]]\naccount = '{}'\neffect = 'refresh_late'\nfeature = 'transactions'\n\
             delay_ms = {}\n",
            account.id(),
            DELIVERS_AFTER.as_millis(),
        )
        .unwrap();
        linked.push(account);
    }
    let folder = tempfile::tempdir().unwrap();
    linked::write(&linked, now(), folder.path());
    let system = harness::start(Setup {
        load: Some(folder.path()),
        faults: &faults,
        // As in production: a bank that delivers is told of, not only polled for.
        webhooks: Some(1),
        wait_limits: WaitLimits {
            answer_within: Duration::from_millis(200),
            ..WaitLimits::default()
        },
        ..Setup::default()
    })
    .await;
    for index in 0..CONNECTIONS {
        system.decide(asked(index, "first")).await;
    }
    println!("{}", system.address);
    until_closed().await;
}

async fn measure() {
    let wanted = std::env::var("BENCH_PENDING").ok();
    let wanted: usize = wanted.map_or(10_000, |text| text.parse().unwrap());
    let server = Process::start("server", Some(0), Path::new(""));
    let client = connect(server.address).await;
    let held = || memory::peak(server.child.id());

    let stop = Arc::new(AtomicBool::new(false));
    let alone = tokio::spawn(others(connect(server.address).await, "alone", stop.clone()));
    tokio::time::sleep(ALONE).await;
    stop.store(true, Ordering::Relaxed);
    let alone = alone.await.unwrap();
    println!("others alone: {}", percentiles(alone));
    println!("peak memory before: {} MiB", held());

    let first_asked = Stopwatch::start();
    let ids = ask(&client, wanted).await;
    println!(
        "{} pending after {:.0?}, peak memory {} MiB",
        ids.len(),
        first_asked.elapsed(),
        held()
    );
    assert!(first_asked.elapsed() < DELIVERS_AFTER, "asked too slowly");
    tokio::time::sleep(DELIVERS_AFTER.saturating_sub(first_asked.elapsed())).await;

    let stop = Arc::new(AtomicBool::new(false));
    let beside = tokio::spawn(others(
        connect(server.address).await,
        "beside",
        stop.clone(),
    ));
    let delivered = Stopwatch::start();
    for id in &ids {
        until_final(&client, id).await;
    }
    let cleared = delivered.elapsed();
    stop.store(true, Ordering::Relaxed);
    println!(
        "all final {cleared:.1?} after delivery, peak memory {} MiB",
        held()
    );
    println!("others meanwhile: {}", percentiles(beside.await.unwrap()));
}

/// Asks for so many decisions on the slow accounts; gives the ids of those that are pending.
async fn ask(client: &Client, wanted: usize) -> Vec<String> {
    let mut calls = JoinSet::new();
    let start = Stopwatch::start();
    let pause = Duration::from_secs(1) / ASKED_A_SECOND;
    let mut ids = Vec::new();
    for number in 0..wanted {
        let due = pause * u32::try_from(number).unwrap();
        tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
        let client = client.clone();
        calls.spawn(async move {
            let account = format!("fca_{}", slow(number));
            let key = format!("pending-{number}");
            let request = anew(harness::request(&key, "Maria Lopez", &[&account]));
            // As a caller does who is told to come back.
            loop {
                match client.clone().decide(request.clone()).await {
                    Err(status) if status.code() == Code::ResourceExhausted => {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                    answer => break answer.unwrap().into_inner().result,
                }
            }
        });
        while let Some(answer) = calls.try_join_next() {
            ids.extend(pending(answer.unwrap()));
        }
    }
    while let Some(answer) = calls.join_next().await {
        ids.extend(pending(answer.unwrap()));
    }
    ids
}

fn pending(answer: Option<Decided>) -> Option<String> {
    match answer {
        Some(Decided::Pending(pending)) => Some(pending.decision_id),
        Some(Decided::Decision(_)) | None => None,
    }
}

async fn until_final(client: &Client, id: &str) {
    loop {
        let request = proto::GetDecisionRequest {
            id: id.to_owned(),
            view: proto::DecisionView::Summary.into(),
            ..Default::default()
        };
        let shown = client.clone().get_decision(request).await;
        match shown.map(|shown| shown.into_inner().result) {
            Ok(Some(Shown::Decision(_))) => return,
            Ok(Some(Shown::Pending(_)) | None) => {}
            Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Others decide at a fixed rate until they are told to stop; gives what each took.
async fn others(client: Client, name: &'static str, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let mut calls = JoinSet::new();
    let start = Stopwatch::start();
    let pause = Duration::from_secs(1) / OTHERS_A_SECOND;
    let mut sent: u32 = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = pause * sent;
        tokio::time::sleep(due.saturating_sub(start.elapsed())).await;
        let mut client = client.clone();
        let account = usize::try_from(sent).unwrap() % CONNECTIONS;
        let mut request = Request::new(asked(account, &format!("{name}-{sent}")));
        request.set_timeout(Duration::from_secs(30));
        calls.spawn(async move {
            client.decide(request).await.unwrap();
            start.elapsed().saturating_sub(due)
        });
        sent += 1;
    }
    calls.join_all().await
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |percent: usize| {
        times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let longest = times.last().copied().unwrap_or_default();
    format!(
        "{} decided, p50 {:.1?}, p99 {:.1?}, longest {longest:.1?}",
        times.len(),
        at(50),
        at(99)
    )
}
