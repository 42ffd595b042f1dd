//! Columns: what it costs to write a decision, to load it from them and from the ledger, and to decide it
//! by the shipped rule set; each timed apart, on one thread.
//!
//! `BENCH_DECISIONS` sets how many are recorded first (1,000), `BENCH_ROUNDS` how often they are loaded (20).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
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
use std::time::Duration;

use source::Household;
use underwrite::access::audit::Origin;
use underwrite::clock::{ManualClock, Stopwatch};
use underwrite::id::{IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{Ledger, Snapshots, SqliteLedger};
use underwrite::portfolio::PastDecision;
use underwrite::portfolio::columns::{Columns, Effort, Excerpt, Follower};
use underwrite::rules::Bundle;
use underwrite::underwriter::{Call, Parts, Request, Underwriter};

const TRANSACTIONS: usize = 100;

fn main() {
    let number = |name: &str, default: u64| {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().unwrap())
    };
    let (count, rounds) = (number("BENCH_DECISIONS", 1_000), number("BENCH_ROUNDS", 20));
    let folder = tempfile::tempdir().unwrap();
    let (ledger, columns) = (
        folder.path().join("ledger.sqlite"),
        folder.path().join("columns.sqlite"),
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(record(&ledger, count));
    println!("columns of {count} decisions, {TRANSACTIONS} transactions each");
    runtime.block_on(write(&ledger, &columns, count));
    runtime.block_on(load_from_ledger(&ledger, count));
    load(&columns, rounds * count);
}

fn shipped() -> Bundle {
    Bundle::publish(include_bytes!("../rules/personal-loan.toml")).unwrap()
}

fn told(what: &str, elapsed: Duration, decisions: u64) -> f64 {
    let micros = elapsed.as_secs_f64() * 1e6 / decisions as f64;
    println!(
        "  {what:<44} {micros:>8.3} us a decision, {:>9.0} a second",
        1e6 / micros
    );
    micros
}

/// Writes them as a server does, without its pauses.
async fn write(ledger: &Path, columns: &Path, count: u64) {
    let ledger = Arc::new(SqliteLedger::open_read_only(ledger).unwrap());
    let mut follower = Follower::open(columns, ledger).await.unwrap();
    let watch = Stopwatch::start();
    while follower.step(32, Effort::OneProcessor).await.unwrap() > 0 {}
    told(
        "read, proven and written in batches of 32",
        watch.elapsed(),
        count,
    );
    let bytes = std::fs::metadata(columns).unwrap().len() / count;
    println!("  {bytes} bytes a decision");
}

async fn load_from_ledger(ledger: &Path, count: u64) {
    let ledger = SqliteLedger::open_read_only(ledger).unwrap();
    let tenant = TenantId::default_tenant();
    let (mut after, mut loaded) = (0, 0);
    let watch = Stopwatch::start();
    loop {
        let page = ledger.history(&tenant, after, 1_000, Snapshots::LeftOut);
        let page = page.await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.seq();
        for sealed in page {
            loaded += u64::from(PastDecision::of(&sealed.read().unwrap()).is_some());
        }
    }
    assert_eq!(loaded, count);
    told("loaded from the ledger", watch.elapsed(), count);
}

/// Loads them again and again, of their features none, those that the shipped rule set reads, and all; and
/// decides them by it.
fn load(columns: &Path, decisions: u64) {
    let columns = Columns::open(columns).unwrap().unwrap();
    let bundle = shipped();
    let read = bundle.program().features_read();
    let excerpt = Excerpt::of(TenantId::default_tenant());
    let timed = |what: &str, wanted: &dyn Fn(underwrite::features::FeatureId) -> bool, decides| {
        let (mut seen, mut sample) = (0, None);
        let watch = Stopwatch::start();
        while seen < decisions {
            let each = |past: &PastDecision| {
                seen += 1;
                if decides {
                    assert!(past.decide_by(&bundle, &bundle).is_ok());
                } else if sample.is_none() {
                    sample = Some(past.clone());
                }
                ControlFlow::Continue(())
            };
            columns.load(&excerpt, wanted, each).unwrap();
        }
        (told(what, watch.elapsed(), seen), sample)
    };
    timed("loaded without features", &|_| false, false);
    let what = format!("loaded with the {} features that are read", read.len());
    let (loading, _) = timed(&what, &|id| read.contains(&id), false);
    let (_, sample) = timed("loaded with all features", &|_| true, false);
    let (both, _) = timed(
        "loaded with those, and decided",
        &|id| read.contains(&id),
        true,
    );
    let sample = sample.unwrap();
    let watch = Stopwatch::start();
    for _ in 0..decisions {
        assert!(sample.decide_by(&bundle, &bundle).is_ok());
    }
    let deciding = told(
        "decided, the same one again and again",
        watch.elapsed(),
        decisions,
    );
    println!(
        "  loading and deciding {:.3} us, the whole {both:.3} us",
        loading + deciding
    );
}

async fn record(path: &Path, count: u64) {
    let underwriter = Underwriter::new(Parts {
        source: Arc::new(Household {
            transactions: TRANSACTIONS,
        }),
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
    let bundle = shipped();
    let rule_set = bundle.name().clone();
    underwriter
        .activate(&Origin::local(tenant.clone()), bundle)
        .await
        .unwrap();
    for number in 0..count {
        // From a thousand dollars to some tens of thousands.
        let dollars = 1_000 + i64::try_from(number * 97 % 30_000).unwrap();
        let request = Request {
            tenant: tenant.clone(),
            key: IdempotencyKey::parse(&number.to_string()).unwrap(),
            rule_set: rule_set.clone(),
            application: household::asking(dollars * 100),
        };
        underwriter
            .decide(request, Call::local(tenant.clone()))
            .await
            .unwrap();
    }
}
