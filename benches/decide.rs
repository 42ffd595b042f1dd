//! `Decide` over gRPC on cached snapshots: throughput, latency, and what a decision costs the
//! server, with 64 calls in flight over 8 connections.
//!
//! The server, with a sandbox and a ledger that syncs each commit, is a process of its own, so that
//! its processor time is told apart from that of the clients; they share the processors. The same
//! messages to a server that only answers are measured beside it. `BENCH_SECONDS` sets how long
//! each is measured (10), `BENCH_VIEW=full` asks for all of a decision. While it runs, the server
//! can be looked into: `perf record -p $(pgrep -f 'decide.*--bench' | head -1)`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "common/decider.rs"]
mod decider;
#[path = "decide/echo.rs"]
mod echo;
#[path = "../tests/underwrite/harness.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod harness;
#[path = "../tests/underwrite/linked.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod linked;
#[path = "common/processor.rs"]
mod processor;

use std::time::Duration;

use decider::{ANSWER, CONNECTIONS, Process, ROLE, accounts, asked, serve, until_closed};
use harness::{connect, listen};
use processor::Usage;
use prost::Message;
use tonic::transport::server::{Server, TcpIncoming};
use underwrite::clock::Stopwatch;
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::proto::decision_service_server::DecisionServiceServer;

const CALLS_A_CONNECTION: usize = 8;

type Client = DecisionServiceClient<tonic::transport::Channel>;

#[tokio::main]
async fn main() {
    match std::env::var(ROLE).as_deref() {
        Ok("server") => serve().await,
        Ok("echo") => serve_echo().await,
        _ => measure().await,
    }
}

async fn serve_echo() {
    let answer = std::fs::read(std::env::var(ANSWER).unwrap()).unwrap();
    let answer = proto::DecideResponse::decode(answer.as_slice()).unwrap();
    let (listener, address) = listen().await;
    let service = DecisionServiceServer::new(echo::Echo(answer));
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    println!("{address}");
    until_closed().await;
}

async fn measure() {
    let seconds = std::env::var("BENCH_SECONDS").ok();
    let limit = Duration::from_secs(seconds.map_or(10, |text| text.parse().unwrap()));
    let rows: usize = accounts().iter().map(|account| account.rows.len()).sum();
    println!(
        "decide, {} calls in flight over {CONNECTIONS} connections, {} transactions an account",
        CONNECTIONS * CALLS_A_CONNECTION,
        rows / CONNECTIONS
    );
    let folder = tempfile::tempdir().unwrap();
    let answer = folder.path().join("answer");
    {
        let server = Process::start("server", None, &answer);
        let mut client = connect(server.address).await;
        let shown = client.decide(asked(0, "shown")).await.unwrap().into_inner();
        println!(
            "  messages of {} and {} bytes",
            asked(0, "shown").encoded_len(),
            shown.encoded_len()
        );
        std::fs::write(&answer, shown.encode_to_vec()).unwrap();
        run("server", &server, limit).await;
    }
    let echo = Process::start("echo", None, &answer);
    run("echo of the same messages", &echo, limit).await;
}

async fn run(name: &str, process: &Process, limit: Duration) {
    let before = Usage::of(process.child.id());
    let own = Usage::of(std::process::id());
    let start = Stopwatch::start();
    let mut calls = Vec::new();
    for index in 0..CONNECTIONS {
        let client = connect(process.address).await;
        for call in 0..CALLS_A_CONNECTION {
            calls.push(tokio::spawn(decide_on(
                client.clone(),
                (index, call),
                start,
                limit,
            )));
        }
    }
    let mut times = Vec::new();
    for call in calls {
        times.append(&mut call.await.unwrap());
    }
    let elapsed = start.elapsed();
    report(name, &mut times, elapsed);
    let used = Usage::of(process.child.id()).zip(before);
    let clients = Usage::of(std::process::id()).zip(own);
    if let (Some((after, before)), Some((own_after, own))) = (used, clients) {
        let decisions = u32::try_from(times.len().max(1)).unwrap();
        report_usage(&after.since(&before), decisions);
        let clients = own_after.since(&own).total / decisions;
        println!("  clients   {clients:.1?} of processor a call");
    }
}

/// Decides, one call after the other, until the time is up.
async fn decide_on(
    mut client: Client,
    (index, call): (usize, usize),
    start: Stopwatch,
    limit: Duration,
) -> Vec<Duration> {
    let mut times = Vec::new();
    while start.elapsed() < limit {
        let watch = Stopwatch::start();
        let request = asked(index, &format!("{call}-{}", times.len()));
        client.decide(request).await.unwrap();
        times.push(watch.elapsed());
    }
    times
}

fn report(name: &str, times: &mut [Duration], elapsed: Duration) {
    times.sort();
    let count = times.len();
    let at = |percent: usize| {
        times
            .get(count * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let per_second = u128::try_from(count).unwrap() * 1_000 / elapsed.as_millis().max(1);
    println!("{name}");
    println!("  calls     {count} in {elapsed:.1?}: {per_second} per second");
    println!(
        "  latency   p50 {:.1?}  p90 {:.1?}  p99 {:.1?}",
        at(50),
        at(90),
        at(99)
    );
}

fn report_usage(used: &Usage, calls: u32) {
    println!(
        "  processor {:.1?} a call, {:.1?} of it in the kernel",
        used.total / calls,
        used.kernel / calls
    );
    let mut threads: Vec<_> = used.threads.iter().collect();
    threads.sort_by_key(|(_, used)| std::cmp::Reverse(**used));
    for (name, used) in threads {
        println!("    {name:<16} {:>10.1?}", *used / calls);
    }
}
