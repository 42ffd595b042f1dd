//! An account fetched from a Stripe-compatible server on loopback and frozen: the time for each of
//! its transactions, and the peak of memory.
//!
//! The client is the real one, with the rates lifted that Stripe is treated with. Each size is
//! measured in a process of its own, since the peak of a process never falls again; the server is
//! yet another process. `/proc` says what each has used: Linux only.
//!
//! `BENCH_PROCESSES` sets how many processes measure each size (5).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "common/household.rs"]
#[expect(dead_code, reason = "the other benchmarks use more of it")]
mod household;
#[path = "common/stripe.rs"]
mod stripe;
/// The structs of the client itself, which it shows nobody.
#[path = "../src/stripe/wire.rs"]
#[expect(dead_code, reason = "only transactions are decoded here")]
mod wire;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use underwrite::clock::Stopwatch;
use underwrite::id::{AccountId, TransactionRefreshId};
use underwrite::limits;
use underwrite::sandbox::{Sandbox, SandboxConfig};
use underwrite::snapshot::{Part, Snapshot, Synced, TransactionStatus, freeze, seal};
use underwrite::stripe::{FetchRequest, StripeClient, StripeConfig};

/// The server of pages that are ready to be sent, and the sandbox; how many transactions an account
/// has at each.
const SERVERS: [(&str, &[usize]); 2] = [
    ("pages", &[1_000, 20_000, limits::TRANSACTIONS_MAX]),
    ("sandbox", &[1_000, 20_000]),
];

/// What was measured, by name: nanoseconds, or KiB of memory.
type Samples = BTreeMap<String, Vec<u64>>;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match args.as_slice() {
        ["serve", kind, count] => runtime.block_on(serve(kind, count.parse().unwrap())),
        ["measure", kind, count, base, server] => {
            let mut samples = Samples::new();
            let count = count.parse().unwrap();
            runtime.block_on(measure(kind, count, base, server, &mut samples));
            println!("{}", serde_json::to_string(&samples).unwrap());
        }
        _ => conduct(),
    }
}

/// Starts the servers, and the processes that measure, and says what they found.
fn conduct() {
    let processes = std::env::var("BENCH_PROCESSES").ok();
    let processes: usize = processes.map_or(5, |text| text.parse().unwrap());
    for (kind, sizes) in SERVERS {
        let mut found: Vec<_> = sizes.iter().map(|size| (*size, Samples::new())).collect();
        for _ in 0..processes {
            for (count, samples) in &mut found {
                let (mut server, base) = start_server(kind, *count);
                let (count, pid) = (count.to_string(), server.id().to_string());
                let measured = read_all(myself(&["measure", kind, &count, &base, &pid]));
                let measured: Samples = serde_json::from_str(&measured).unwrap();
                for (name, mut values) in measured {
                    samples.entry(name).or_default().append(&mut values);
                }
                // It ends with its input.
                drop(server.stdin.take());
                server.wait().unwrap();
            }
        }
        println!("\nfetch, {processes} processes for each size, the server is `{kind}`");
        report(&found);
    }
}

fn myself(args: &[&str]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn start_server(kind: &str, count: usize) -> (Child, String) {
    let mut server = myself(&["serve", kind, &count.to_string()]);
    let mut base = String::new();
    let output = server.stdout.as_mut().unwrap();
    BufReader::new(output).read_line(&mut base).unwrap();
    (server, base.trim_end().to_owned())
}

fn read_all(mut child: Child) -> String {
    let mut text = String::new();
    let output = child.stdout.as_mut().unwrap();
    output.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "a measurement failed");
    text
}

/// Serves the account until the input ends; prints the address first.
async fn serve(kind: &str, count: usize) {
    std::thread::spawn(|| {
        let ended = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(ended.map_or(1, |_| 0));
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    if kind == "pages" {
        println!("{base}");
        std::io::stdout().flush().unwrap();
        return stripe::serve(listener, count).await;
    }
    let folder = tempfile::tempdir().unwrap();
    stripe::write(count, folder.path());
    let sandbox = Sandbox::new(SandboxConfig {
        load: Some(folder.path().to_owned()),
        ..SandboxConfig::new(household::as_of().date())
    });
    drop(folder);
    println!("{base}");
    std::io::stdout().flush().unwrap();
    let for_ever = std::future::pending();
    sandbox.unwrap().serve(listener, for_ever).await.unwrap();
}

/// Fetches the account of `count` transactions again and again.
async fn measure(kind: &str, count: usize, base: &str, server: &str, samples: &mut Samples) {
    let client = client(base);
    let snapshot = measure_memory(&client, samples).await;
    let expected = stripe::snapshot(count);
    assert_eq!(snapshot.transactions, expected.transactions);
    let whole = kind == "pages";
    let rounds = if whole { 200_000 } else { 60_000 } / count;
    measure_whole(&client, server, rounds, samples).await;
    if whole {
        measure_parts(count, &snapshot, rounds, samples);
        measure_changes(&client, &snapshot, rounds, samples).await;
    }
}

/// The first fetch of the process. Nothing of its size was there before.
async fn measure_memory(client: &StripeClient, samples: &mut Samples) -> Snapshot {
    let before = peak_kib();
    let fetched = client.fetch(&wanted(None)).await.unwrap();
    let snapshot = freeze(fetched, household::as_of().zone);
    let frozen = peak_kib();
    black_box(seal(&snapshot, [7; 32]).unwrap());
    let sealed = peak_kib();
    for (name, peak) in [("before", before), ("frozen", frozen), ("sealed", sealed)] {
        samples.insert(format!("peak {name}"), vec![peak]);
    }
    snapshot
}

async fn measure_whole(client: &StripeClient, server: &str, rounds: usize, samples: &mut Samples) {
    let wanted = wanted(None);
    let before = (processor_time("self"), processor_time(server));
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        let fetched = client.fetch(&wanted).await.unwrap();
        let fetch = watch.elapsed();
        black_box(freeze(fetched, household::as_of().zone));
        let both = watch.elapsed();
        add(samples, "fetch", fetch);
        add(samples, "freeze", both.saturating_sub(fetch));
        add(samples, "both", both);
    }
    let own = processor_time("self") - before.0;
    let its = processor_time(server) - before.1;
    let rounds = u64::try_from(rounds).unwrap();
    samples.insert("own processor".to_owned(), vec![own / rounds]);
    samples.insert("server processor".to_owned(), vec![its / rounds]);
}

/// The steps that need no server.
fn measure_parts(count: usize, snapshot: &Snapshot, rounds: usize, samples: &mut Samples) {
    let pages = stripe::pages(count);
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        for (_, page) in &pages {
            let page: wire::WireList<wire::WireTransaction> = serde_json::from_slice(page).unwrap();
            black_box(page);
        }
        add(samples, "parse", watch.elapsed());

        let watch = Stopwatch::start();
        black_box(seal(snapshot, [7; 32]).unwrap());
        add(samples, "seal", watch.elapsed());
    }
}

/// Fetches what changed in an account that is known.
async fn measure_changes(
    client: &StripeClient,
    snapshot: &Snapshot,
    rounds: usize,
    samples: &mut Samples,
) {
    let wanted = wanted(Some(as_before(snapshot)));
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        let fetched = client.fetch(&wanted).await.unwrap();
        let now = freeze(fetched, household::as_of().zone);
        add(samples, "changes", watch.elapsed());
        assert_eq!(now.transactions, snapshot.transactions);
    }
}

/// The account before the last refresh: its newest rows were pending.
fn as_before(snapshot: &Snapshot) -> Snapshot {
    let mut known = snapshot.clone();
    if let Part::Known(rows) = &mut known.transactions {
        let mut before = rows.to_vec();
        for row in before.iter_mut().rev().take(stripe::CHANGED) {
            row.status = TransactionStatus::Pending;
            row.posted_at = None;
        }
        *rows = before.into();
    }
    known.transaction_refresh = Some(Synced {
        refresh: TransactionRefreshId::parse(stripe::REFRESH_BEFORE).unwrap(),
        since: wanted(None).since,
    });
    known
}

fn client(base: &str) -> StripeClient {
    let config = StripeConfig {
        base: base.to_owned(),
        rate: Some(limits::STRIPE_RATE_MAX),
        endpoint_rate: limits::STRIPE_RATE_MAX,
        ..StripeConfig::new(SecretString::from("sk_test_bench"))
    };
    StripeClient::new(config).unwrap()
}

fn wanted(known: Option<Snapshot>) -> FetchRequest {
    let now = household::as_of().instant;
    FetchRequest {
        account: AccountId::parse("fca_bench").unwrap(),
        connected: None,
        since: now - chrono::Duration::days(200),
        now,
        freshness: Default::default(),
        settle_within: Duration::ZERO,
        known,
        woken: Default::default(),
    }
}

fn add(samples: &mut Samples, name: &str, time: Duration) {
    let nanoseconds = u64::try_from(time.as_nanos()).unwrap();
    samples
        .entry(name.to_owned())
        .or_default()
        .push(nanoseconds);
}

/// The most memory that this process has had so far.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let peak = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib = peak.trim().strip_suffix(" kB").unwrap();
    kib.trim().parse().unwrap()
}

/// Nanoseconds that the first thread of a process has run, in it and in the kernel. Client and
/// server work in no other.
fn processor_time(process: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/schedstat")).unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// What is worth a line for each transaction, in nanoseconds.
const TIMES: [(&str, &str); 8] = [
    ("both", "fetch and freeze"),
    ("own processor", "  processor, client"),
    ("server processor", "  processor, server"),
    ("fetch", "fetch"),
    ("parse", "parse JSON"),
    ("freeze", "freeze"),
    ("seal", "encode, hash and seal"),
    ("changes", "fetch 10 changes"),
];

/// Prints medians, and the least in brackets; for each size but the first, how many times the
/// median of the size before it is.
fn report(found: &[(usize, Samples)]) {
    let line = |title: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>24}")).collect();
        println!("  {title:<22}{cells}");
    };
    let sizes = found.iter().map(|(count, _)| count.to_string());
    line("transactions", sizes.collect());
    for (name, title) in TIMES {
        let mut before = None;
        let cells = found.iter().filter_map(|(count, samples)| {
            let (least, median) = each(samples.get(name)?, *count);
            let times = before
                .replace(median)
                .map(|before| hundredths(median, before));
            let times = times.map_or(String::new(), |times| format!(" x{times}"));
            Some(format!("{median} ({least}) ns{times}"))
        });
        let cells: Vec<String> = cells.collect();
        if !cells.is_empty() {
            line(title, cells);
        }
    }
    for name in ["peak before", "peak frozen", "peak sealed"] {
        let cells = found.iter().map(|(_, samples)| {
            let (_, median) = each(samples.get(name).unwrap(), 1);
            format!("{median} KiB")
        });
        line(name, cells.collect());
    }
}

fn hundredths(part: u64, whole: u64) -> String {
    let hundredths = part * 100 / whole.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The least and the median, for each of `count`.
fn each(values: &[u64], count: usize) -> (u64, u64) {
    let mut values = values.to_vec();
    values.sort_unstable();
    let count = u64::try_from(count).unwrap();
    let at = |place: usize| values.get(place).copied().unwrap_or_default() / count;
    (at(0), at(values.len() / 2))
}
