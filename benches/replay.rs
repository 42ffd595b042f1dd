//! Recorded decisions made again and compared, per second.
//!
//! `BENCH_DECISIONS` sets how many are recorded first (500); each has 1,000 transactions. It fails unless all
//! of them come out as recorded.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "common/household.rs"]
#[expect(dead_code, reason = "the other benchmarks use more of it")]
mod household;
#[path = "common/source.rs"]
mod source;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use source::Bank;
use underwrite::access::audit::Origin;
use underwrite::analysis::{self, AccountInput};
use underwrite::application::Application;
use underwrite::clock::{ManualClock, Stopwatch};
use underwrite::decision::{BalanceRecord, DecisionBody, StreamRecord};
use underwrite::features::{self, Context};
use underwrite::id::{IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{Ledger, SealedDecision, Snapshots, SqliteLedger};
use underwrite::lexicon::Lexicon;
use underwrite::replay::{self, Replay, ReplayReport};
use underwrite::rules::{self, Bundle, NoForecasts, Readiness, Telling};
use underwrite::snapshot::unseal;
use underwrite::stripe::FetchRequest;
use underwrite::underwriter::{Call, Parts, Request, Underwriter};

const TRANSACTIONS: usize = 1_000;

fn main() {
    let count = std::env::var("BENCH_DECISIONS").ok();
    let count = count.map_or(500, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(record(&path, count));
    println!("replay, {TRANSACTIONS} transactions a decision");
    runtime.block_on(stages(&path));

    let before = peak_kib();
    let (watch, processor) = (Stopwatch::start(), processor_nanos());
    let report = runtime.block_on(reproduce(&path));
    let elapsed = watch.elapsed();
    let processor = (processor_nanos() - processor) / u128::from(count);
    assert_eq!(report.reproduced, count, "{report:?}");
    let per_second = u128::from(count) * 1_000 / elapsed.as_millis().max(1);
    println!("  {count} of {count} reproduced in {elapsed:.1?}: {per_second} per second");
    println!("  processor {} us a decision", processor / 1_000);
    println!(
        "  peak memory {} MiB, {} before",
        peak_kib() / 1_024,
        before / 1_024
    );
}

/// Nanoseconds that the process had a processor, all threads together.
fn processor_nanos() -> u128 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let of = |task: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(task.unwrap().path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u128>().ok()
    };
    tasks.filter_map(of).sum()
}

/// The most memory that the process ever held.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.unwrap().parse().unwrap()
}

/// What one decision costs, stage by stage, each timed apart on one thread: of the median decision.
async fn stages(path: &Path) {
    const NAMES: [&str; 9] = [
        "open record",
        "parse request",
        "parse pins",
        "unseal snapshot",
        "analyze",
        "features",
        "rules",
        "encode",
        "compare",
    ];
    let tenant = TenantId::default_tenant();
    let ledger = SqliteLedger::open_read_only(path).unwrap();
    let bundle = Bundle::publish(include_bytes!("../rules/personal-loan.toml")).unwrap();
    let mut times: [Vec<u64>; NAMES.len()] = Default::default();
    let mut reading = 0;
    let mut after = 0;
    for _ in 0..4 {
        let watch = thread_nanos();
        let page = ledger
            .history(&tenant, after, 50, Snapshots::Along)
            .await
            .unwrap();
        reading += thread_nanos() - watch;
        let Some(last) = page.last() else { break };
        after = last.seq();
        for sealed in page {
            for (stage, nanos) in times.iter_mut().zip(one(sealed, &bundle)) {
                stage.push(nanos);
            }
        }
    }
    let decisions = u64::try_from(times[0].len()).unwrap();
    println!(
        "  read             {:>8.1} us, by the thread that waits",
        micros(reading / decisions)
    );
    let mut sum = 0;
    for (name, mut stage) in NAMES.into_iter().zip(times) {
        stage.sort_unstable();
        let median = stage[stage.len() / 2];
        if name != "analyze" {
            sum += median;
        }
        println!("  {name:<16} {:>8.1} us", micros(median));
    }
    println!("  all but analyze  {:>8.1} us", micros(sum));
}

fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1_000.0
}

/// Nanoseconds that this thread had a processor.
fn thread_nanos() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// Reads, decides and compares one decision; how long each stage took.
fn one(sealed: SealedDecision, bundle: &Bundle) -> [u64; 9] {
    let mut times = [0; 9];
    let mut stages = times.iter_mut();
    let mut watch = Stopwatch::start();
    let mut done = || {
        let nanos = u64::try_from(watch.elapsed().as_nanos()).unwrap();
        *stages.next().unwrap() = nanos;
        watch = Stopwatch::start();
    };
    let opened = sealed.open().unwrap();
    done();
    let asked: Application = serde_json::from_slice(opened.application()).unwrap();
    done();
    let pins = DecisionBody::pins_of(opened.body()).unwrap();
    done();
    let snapshot = unseal(&opened.snapshots[0]).unwrap();
    done();
    let found = pins.accounts(&asked).unwrap();
    let application = Arc::new(asked).with_accounts(found);
    let account = application.accounts().next().unwrap();
    let accounts = [AccountInput {
        applicant: account.0,
        account: account.1,
        snapshot: &snapshot,
        hash: pins.snapshots[0].hash,
    }];
    let analysis = analysis::analyze(
        &application,
        &accounts,
        pins.as_of,
        pins.settings(),
        Lexicon::built_in(),
    );
    done();
    let features = features::extract(&Context {
        application: &application,
        accounts: &accounts,
        analysis: &analysis,
        as_of: pins.as_of,
    });
    done();
    let (ready, telling) = (Readiness::Ready, Telling::Everything);
    let program = bundle.program();
    let evaluation = rules::evaluate(
        program,
        &features,
        &*application,
        &NoForecasts,
        ready,
        telling,
    );
    let evaluation = evaluation.unwrap();
    done();
    let body = DecisionBody {
        pins,
        balances: BalanceRecord::of(&analysis.balances),
        features: features.into_slots(),
        streams: StreamRecord::of(&analysis),
        reviews: analysis.reviews,
        evaluation,
    };
    let bytes = body.to_bytes().unwrap();
    done();
    assert!(bytes == opened.body(), "the same decision");
    done();
    times
}

async fn record(path: &Path, count: u64) {
    let underwriter = Underwriter::new(Parts {
        source: Arc::new(Bank(|_: &FetchRequest| household::fetched(TRANSACTIONS))),
        cache: None,
        ledger: Arc::new(SqliteLedger::open(path, &OsEntropy).unwrap()),
        clock: Arc::new(ManualClock::new(household::as_of().instant)),
        entropy: Arc::new(OsEntropy),
        settings: household::settings(),
        zone: household::as_of().zone,
        wait_limits: Default::default(),
        four_eyes: false,
    });
    let tenant = TenantId::default_tenant();
    let rules = include_bytes!("../rules/personal-loan.toml");
    let bundle = Bundle::publish(rules).unwrap();
    let rule_set = bundle.name().clone();
    underwriter
        .activate(&Origin::local(tenant.clone()), bundle)
        .await
        .unwrap();
    for number in 0..count {
        let request = Request {
            tenant: tenant.clone(),
            key: IdempotencyKey::parse(&number.to_string()).unwrap(),
            rule_set: rule_set.clone(),
            application: household::application(),
        };
        underwriter
            .decide(request, Call::local(TenantId::default_tenant()))
            .await
            .unwrap();
    }
}

async fn reproduce(path: &Path) -> ReplayReport {
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(path).unwrap());
    let tenant = TenantId::default_tenant();
    replay::reproduce(&ledger, &tenant, &Replay::default(), |_, _| {
        ControlFlow::Continue(())
    })
    .await
    .unwrap()
}
