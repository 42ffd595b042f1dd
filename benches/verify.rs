//! A whole ledger proven, and what came after a head that was kept.
//!
//! `BENCH_DECISIONS` sets how many are recorded first (31,725, which makes 31,728 records);
//! each rests on a snapshot of its own with 45 transactions. `BENCH_LEDGER` names a file to keep the
//! ledger in, which is then proven again by the next run.

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
#[path = "common/processor.rs"]
#[expect(dead_code, reason = "the other benchmarks use more of it")]
mod processor;
#[path = "common/source.rs"]
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use source::Bank;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use underwrite::access::audit::Origin;
use underwrite::clock::{ManualClock, Stopwatch};
use underwrite::id::{IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{KnownHead, Ledger, Scope, SqliteLedger};
use underwrite::rules::Bundle;
use underwrite::stripe::FetchRequest;
use underwrite::underwriter::{Call, Parts, Request, Underwriter};

const TRANSACTIONS: usize = 45;
/// Decisions that are made at once, so that they share commits.
const AT_ONCE: u64 = 64;
const RUNS: usize = 5;

fn main() {
    let count = std::env::var("BENCH_DECISIONS").ok();
    let count = count.map_or(31_725, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = match std::env::var_os("BENCH_LEDGER") {
        Some(path) => PathBuf::from(path),
        None => folder.path().join("ledger.sqlite"),
    };
    let runtime = Runtime::new().unwrap();
    if !path.exists() {
        runtime.block_on(record(&path, count));
    }
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("verify, {} MiB", bytes / (1 << 20));
    let ledger = SqliteLedger::open_read_only(&path).unwrap();
    let newest = runtime.block_on(ledger.head()).unwrap();
    for _ in 0..RUNS {
        prove(&runtime, &ledger, Scope::default());
    }
    // Once what is the newest was proven, the next proof has this to do at the least.
    let since = Scope {
        since: Some(KnownHead::Hash(newest.hash)),
        ..Scope::default()
    };
    prove(&runtime, &ledger, since);
}

fn prove(runtime: &Runtime, ledger: &SqliteLedger, scope: Scope) {
    let own = || processor::Usage::of(std::process::id()).unwrap_or_default();
    let (watch, before) = (Stopwatch::start(), own().total);
    let report = runtime.block_on(ledger.verify(scope, Arc::new(|_, _| {})));
    let (elapsed, report) = (watch.elapsed(), report.unwrap());
    assert!(report.is_sound(), "{report:?}");
    println!(
        "  {} records on {} snapshots in {elapsed:.2?}, {:.2?} of processor",
        report.records,
        report.snapshots,
        own().total.saturating_sub(before)
    );
}

/// One underwriter for each that decides at once: they would share what one of them fetches.
async fn record(path: &Path, count: u64) {
    let ledger = Arc::new(SqliteLedger::open(path, &OsEntropy).unwrap());
    let bundle = Bundle::publish(include_bytes!("../rules/personal-loan.toml")).unwrap();
    let rule_set = bundle.name().clone();
    let tenant = TenantId::default_tenant();
    let of = |ledger: Arc<SqliteLedger>| {
        Underwriter::new(Parts {
            source: Arc::new(Bank(|_: &FetchRequest| household::fetched(TRANSACTIONS))),
            cache: None,
            ledger,
            clock: Arc::new(ManualClock::new(household::as_of().instant)),
            entropy: Arc::new(OsEntropy),
            settings: household::settings(),
            zone: household::as_of().zone,
            wait_limits: Default::default(),
            four_eyes: false,
        })
    };
    let first = of(Arc::clone(&ledger));
    first
        .activate(&Origin::local(tenant.clone()), bundle)
        .await
        .unwrap();
    let mut deciding = JoinSet::new();
    for own in 0..AT_ONCE {
        let (underwriter, tenant, rule_set) =
            (of(ledger.clone()), tenant.clone(), rule_set.clone());
        deciding.spawn(async move {
            for number in (own..count).step_by(AT_ONCE.try_into().unwrap()) {
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
        });
    }
    while let Some(ended) = deciding.join_next().await {
        ended.unwrap();
    }
}
