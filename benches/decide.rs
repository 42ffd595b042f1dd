//! `Decide` over gRPC on cached snapshots: throughput and latency with 8 connections.
//!
//! Everything is in one process: the sandbox, the server with a ledger that syncs each commit,
//! and the clients. `BENCH_SECONDS` sets how long it measures (10).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "../tests/underwrite/harness.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod harness;
#[path = "../tests/underwrite/linked.rs"]
mod linked;

use std::sync::Arc;
use std::time::Duration;

use harness::{TestSystem, connect, request, system_with, today};
use linked::Linked;
use underwrite::clock::Stopwatch;
use underwrite::proto;

const CONNECTIONS: usize = 8;
const NAME: &str = "Alex Morgan";

#[tokio::main]
async fn main() {
    let seconds = std::env::var("BENCH_SECONDS").ok();
    let seconds = seconds.map_or(10, |text| text.parse().unwrap());
    let accounts: Vec<Linked> = (0..CONNECTIONS)
        .map(|index| Linked::checking(&format!("bench{index}"), NAME).with_salary(today(), 196_250))
        .collect();
    let rows: usize = accounts.iter().map(|account| account.rows.len()).sum();
    let system = Arc::new(system_with(&accounts).await);
    // The first decision on each account fetches and caches it.
    for index in 0..CONNECTIONS {
        system.decide(asked(index, usize::MAX)).await;
    }

    let limit = Duration::from_secs(seconds);
    let start = Stopwatch::start();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|index| tokio::spawn(measure(Arc::clone(&system), index, start, limit)))
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.append(&mut client.await.unwrap());
    }
    let elapsed = start.elapsed();
    report(&mut times, elapsed, rows / CONNECTIONS);
}

/// Decides over a connection of its own until the time is up.
async fn measure(
    system: Arc<TestSystem>,
    index: usize,
    start: Stopwatch,
    limit: Duration,
) -> Vec<Duration> {
    let mut client = connect(system.address).await;
    let mut times = Vec::new();
    while start.elapsed() < limit {
        let watch = Stopwatch::start();
        client.decide(asked(index, times.len())).await.unwrap();
        times.push(watch.elapsed());
    }
    times
}

fn asked(index: usize, number: usize) -> proto::DecideRequest {
    let account = format!("fca_bench{index}");
    let mut request = request(&format!("{index}-{number}"), NAME, &[&account]);
    request.view = proto::DecisionView::Summary.into();
    request
}

fn report(times: &mut [Duration], elapsed: Duration, rows: usize) {
    times.sort();
    let count = times.len();
    let at = |percent: usize| {
        times
            .get(count * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    let per_second = u128::try_from(count).unwrap() * 1_000 / elapsed.as_millis().max(1);
    println!("decide, {CONNECTIONS} connections, {rows} transactions an account");
    println!("  decisions {count} in {elapsed:.1?}: {per_second} per second");
    println!(
        "  latency   p50 {:.1?}  p90 {:.1?}  p99 {:.1?}",
        at(50),
        at(90),
        at(99)
    );
}
