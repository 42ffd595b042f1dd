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
#[path = "portfolio/people.rs"]
mod people;
#[path = "common/processor.rs"]
mod processor;
#[path = "common/source.rs"]
mod source;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use people::{Person, bank};
use processor::Usage;
use tokio::task::JoinSet;
use underwrite::access::audit::Origin;
use underwrite::analysis::{AmountSign, Settings};
use underwrite::calendar::Zone;
use underwrite::clock::{Clock, ManualClock, Stopwatch};
use underwrite::id::{IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{Ledger, LedgerError, Snapshots, SqliteLedger};
use underwrite::limits;
use underwrite::portfolio::columns::{
    Columns, ColumnsError, Effort, Excerpt, Follower, bring_up_to_date,
};
use underwrite::portfolio::{PastDecision, Selection};
use underwrite::replay::backtest::{LookedAt, Plan, backtest};
use underwrite::rules::Bundle;
use underwrite::underwriter::{Call, Parts, Request, Underwriter};

/// Made-up applicants on whom decisions are made.
const APPLICANTS: u32 = 200;
/// Calls in flight while decisions are recorded.
const AT_ONCE: usize = 64;

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
    println!("columns of {count} decisions on {APPLICANTS} made-up applicants");
    runtime.block_on(write(&ledger, &columns, count));
    runtime.block_on(load_from_ledger(&ledger, count));
    load(&columns, rounds * count);
    for threads in [1, 2] {
        whole(&runtime, (&ledger, &columns), (count, rounds), threads);
    }
}

fn shipped() -> Bundle {
    Bundle::publish(include_bytes!("../rules/personal-loan.toml")).unwrap()
}

/// How long something takes, by the clock and of the processors.
struct Meter {
    watch: Stopwatch,
    used: Usage,
}

impl Meter {
    fn start() -> Self {
        Self {
            watch: Stopwatch::start(),
            used: Usage::of(std::process::id()).unwrap_or_default(),
        }
    }

    /// Tells it for each of so many decisions, and gives microseconds of processor.
    fn told(&self, what: &str, decisions: u64) -> f64 {
        let elapsed = self.watch.elapsed();
        let used = Usage::of(std::process::id()).unwrap_or_default();
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / decisions as f64;
        let (elapsed, used) = (micros(elapsed), micros(used.since(&self.used).total));
        let second = 1e6 / elapsed;
        println!(
            "  {what:<44} {elapsed:>8.3} us a decision, {used:>8.3} of processor, {second:>9.0} a second"
        );
        used
    }
}

/// Writes them as a server does, without its pauses.
async fn write(ledger: &Path, columns: &Path, count: u64) {
    let ledger = Arc::new(SqliteLedger::open_read_only(ledger).unwrap());
    let mut follower = Follower::open(columns, ledger).await.unwrap();
    let meter = Meter::start();
    while follower.step(32, Effort::OneProcessor).await.unwrap() > 0 {}
    meter.told("read, proven and written in batches of 32", count);
    let bytes = std::fs::metadata(columns).unwrap().len() / count;
    println!("  {bytes} bytes a decision");
}

async fn load_from_ledger(ledger: &Path, count: u64) {
    let ledger = SqliteLedger::open_read_only(ledger).unwrap();
    let tenant = TenantId::default_tenant();
    let (mut after, mut loaded) = (0, 0);
    let meter = Meter::start();
    loop {
        let page = ledger.history(&tenant, after, 1_000, Snapshots::LeftOut);
        let page = page.await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.seq();
        for sealed in page {
            loaded += u64::from(PastDecision::of(sealed.read_in_brief().unwrap()).is_some());
        }
    }
    assert_eq!(loaded, count);
    meter.told("loaded from the ledger", count);
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
        let meter = Meter::start();
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
        (meter.told(what, seen), sample)
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
    let meter = Meter::start();
    for _ in 0..decisions {
        assert!(sample.decide_by(&bundle, &bundle).is_ok());
    }
    let deciding = meter.told("decided, the same one again and again", decisions);
    println!(
        "  of processor: loading and deciding {:.3} us, the whole {both:.3} us",
        loading + deciding
    );
}

/// Whole backtests of a candidate that differs in one limit, all counted, on so many threads; and what of
/// them is shown while a rule set is written.
fn whole(
    runtime: &tokio::runtime::Runtime,
    (ledger, columns): (&Path, &Path),
    (count, rounds): (u64, u64),
    threads: usize,
) {
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(ledger).unwrap());
    let columns = bring_up_to_date(columns, Arc::clone(&ledger), false, |_| {
        ControlFlow::Continue(())
    });
    let columns = &runtime.block_on(columns).unwrap().columns.unwrap();
    let pool = rayon::ThreadPoolBuilder::new();
    let pool = pool.num_threads(threads).build().unwrap();
    let source = include_str!("../rules/personal-loan.toml");
    let candidate = source.replace("max_amount = '15000.00 usd'", "max_amount = '9000.00 usd'");
    assert_ne!(source, candidate);
    let candidate = Bundle::publish(candidate.as_bytes()).unwrap();
    let explained = limits::BACKTEST_FLIPS_MAX;
    for (what, columns, rounds, (looked_at, flips_listed)) in [
        (
            "whole backtest from the columns",
            Some(columns),
            rounds,
            (LookedAt::Read, explained),
        ),
        (
            "whole backtest from the ledger",
            None,
            1,
            (LookedAt::Read, explained),
        ),
        ("preview", Some(columns), rounds, (LookedAt::Read, 0)),
        (
            "all features for an editor",
            Some(columns),
            rounds,
            (LookedAt::All, 0),
        ),
    ] {
        let meter = Meter::start();
        for _ in 0..rounds {
            let plan = Plan {
                candidates: vec![(candidate.clone(), "changed".to_owned())],
                selection: Selection::default(),
                loans: None,
                segments: None,
                columns: columns.cloned(),
                looked_at,
                flips_listed,
            };
            let tenant = TenantId::default_tenant();
            let run = || {
                backtest::<Failed>(
                    &ledger,
                    &tenant,
                    plan,
                    |_, _| ControlFlow::Continue(()),
                    None,
                )
            };
            let found = pool.install(|| runtime.block_on(run())).unwrap();
            assert_eq!(found.population.compared, count);
        }
        let what = format!("{what}, threads: {threads}");
        meter.told(&what, count * rounds);
    }
}

/// A backtest that failed ends the benchmark.
#[derive(Debug)]
#[expect(dead_code, reason = "it is shown as it stands")]
struct Failed(String);

impl From<LedgerError> for Failed {
    fn from(error: LedgerError) -> Self {
        Self(error.to_string())
    }
}

impl From<ColumnsError> for Failed {
    fn from(error: ColumnsError) -> Self {
        Self(error.to_string())
    }
}

/// Records decisions on made-up applicants, so many of each, asking for from a thousand dollars to some
/// tens of thousands.
async fn record(path: &Path, count: u64) {
    let mut people: Vec<Person> = (0..APPLICANTS).map(Person::new).collect();
    // The clock goes forward only.
    people.sort_by_key(|person| person.at);
    let clock = Arc::new(ManualClock::new(people.first().unwrap().at));
    let underwriter = Arc::new(Underwriter::new(Parts {
        source: bank(&people),
        cache: None,
        ledger: Arc::new(SqliteLedger::open(path, &OsEntropy).unwrap()),
        clock: clock.clone(),
        entropy: Arc::new(OsEntropy),
        settings: Settings {
            amount_sign: AmountSign::default(),
        },
        zone: Zone::default(),
        wait_limits: Default::default(),
        four_eyes: false,
    }));
    let tenant = TenantId::default_tenant();
    let bundle = shipped();
    let rule_set = bundle.name().clone();
    underwriter
        .activate(&Origin::local(tenant.clone()), bundle)
        .await
        .unwrap();
    let each = count.div_ceil(u64::from(APPLICANTS));
    for (first, person) in (0..count).step_by(each.try_into().unwrap()).zip(&people) {
        clock.advance(person.at - clock.now());
        let mut calls = JoinSet::new();
        for number in first..(first + each).min(count) {
            let request = Request {
                tenant: tenant.clone(),
                key: IdempotencyKey::parse(&number.to_string()).unwrap(),
                rule_set: rule_set.clone(),
                application: person.asking(i64::try_from(1_000 + number * 97 % 30_000).unwrap()),
            };
            let call = Call::local(tenant.clone());
            let underwriter = underwriter.clone();
            calls.spawn(async move { underwriter.decide(request, call).await.map(drop) });
            if calls.len() >= AT_ONCE {
                calls.join_next().await.unwrap().unwrap().unwrap();
            }
        }
        while let Some(call) = calls.join_next().await {
            call.unwrap().unwrap();
        }
    }
}
