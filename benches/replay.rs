//! Recorded decisions made again and compared, per second.
//!
//! `BENCH_DECISIONS` sets how many are recorded first (500); each has 1,000 transactions.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "common/household.rs"]
#[expect(dead_code, reason = "the other benchmarks use more of it")]
mod household;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use underwrite::clock::{ManualClock, Stopwatch};
use underwrite::id::{ConnectedAccountId, Handle, IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{Ledger, SqliteLedger};
use underwrite::replay::{self, ReplayReport};
use underwrite::rules::Bundle;
use underwrite::snapshot::Fetched;
use underwrite::stripe::{FetchRequest, Resolved, Source, StripeError};
use underwrite::underwriter::{Parts, Request, Underwriter};

const TRANSACTIONS: usize = 1_000;

struct Household;

#[async_trait]
impl Source for Household {
    fn livemode(&self) -> bool {
        false
    }

    async fn resolve(
        &self,
        handle: &Handle,
        _connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        Err(StripeError::NotLinked {
            kind: handle.kind(),
            why: underwrite::stripe::NotLinkedReason::TypedByHand,
        })
    }

    async fn fetch(&self, _wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        Ok(household::fetched(TRANSACTIONS))
    }
}

fn main() {
    let count = std::env::var("BENCH_DECISIONS").ok();
    let count = count.map_or(500, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(record(&path, count));
    drop(runtime);

    let watch = Stopwatch::start();
    let report = reproduce(&path);
    let elapsed = watch.elapsed();
    assert_eq!(report.reproduced, count, "{report:?}");
    let per_second = u128::from(count) * 1_000 / elapsed.as_millis().max(1);
    println!("replay, {TRANSACTIONS} transactions a decision");
    println!("  {count} of {count} reproduced in {elapsed:.1?}: {per_second} per second");
}

async fn record(path: &Path, count: u64) {
    let underwriter = Underwriter::new(Parts {
        source: Arc::new(Household),
        cache: None,
        ledger: Arc::new(SqliteLedger::open(path, &OsEntropy).unwrap()),
        clock: Arc::new(ManualClock::new(household::as_of().instant)),
        entropy: Arc::new(OsEntropy),
        settings: household::settings(),
        zone: household::as_of().zone,
        wait_limits: Default::default(),
    });
    let tenant = TenantId::default_tenant();
    let rules = include_bytes!("../rules/personal-loan.toml");
    let bundle = Bundle::publish(rules).unwrap();
    let rule_set = bundle.name().clone();
    underwriter.activate(&tenant, bundle).await.unwrap();
    for number in 0..count {
        let request = Request {
            tenant: tenant.clone(),
            key: IdempotencyKey::parse(&number.to_string()).unwrap(),
            rule_set: rule_set.clone(),
            application: household::application(),
        };
        underwriter.decide(request, None).await.unwrap();
    }
}

fn reproduce(path: &Path) -> ReplayReport {
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(path).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tenant = TenantId::default_tenant();
    let replay = replay::reproduce(&ledger, &tenant, |_, _| {});
    runtime.block_on(replay).unwrap()
}
