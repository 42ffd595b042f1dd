//! A thousand recorded decisions, after a restart, come out the same: on one thread and on many; and so do
//! those that were recorded when this `semantics` was released.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use underwrite::decision::Layout;
use underwrite::engine;
use underwrite::features::Slot;
use underwrite::id::{DecisionId, IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{
    DecisionInBrief, Intake, Ledger, NewDecision, Snapshots, SqliteLedger, StoredBundle,
    StoredLayout,
};
use underwrite::rules::{Bundle, Outcome};

use super::baseline::{Case, generated};
use super::golden::{self, on_threads};

const DECISIONS: u64 = 1_000;
/// Decisions on their way into the ledger at once: they share its commits.
const AT_ONCE: u64 = 100;

fn tenant() -> TenantId {
    TenantId::default_tenant()
}

/// The rule set that decides an application: most by the one that ships, others by one that uses as much
/// of the language as it can.
fn bundles() -> [Bundle; 2] {
    ["rules/personal-loan.toml", "tests/data/baseline/wide.toml"].map(|file| {
        let bytes = std::fs::read(super::tools::root().join(file)).unwrap();
        Bundle::from_bytes(&bytes).unwrap()
    })
}

async fn publish(ledger: &dyn Ledger, bundle: &Bundle, at: DateTime<Utc>) {
    let stored = StoredBundle {
        hash: bundle.hash(),
        name: bundle.name().clone(),
        version: bundle.version().to_owned(),
        bytes: bundle.bytes().to_vec(),
    };
    ledger
        .publish(&tenant(), stored, "", at, None)
        .await
        .unwrap();
    let layout = Layout::of(bundle);
    let layout = StoredLayout {
        bundle: bundle.hash(),
        semantics: layout.semantics,
        bytes: layout.to_bytes().unwrap(),
    };
    ledger.put_layout(&tenant(), layout, at).await.unwrap();
}

/// Decides a case and records it.
async fn record(ledger: Arc<SqliteLedger>, number: u64, case: Case, bundle: Bundle) -> Outcome {
    let body = case.with_input(&bundle, case.application(), engine::decide);
    let (body, application) = (body.unwrap(), Arc::new((**case.application()).clone()));
    let at = body.pins.as_of.instant;
    let (outcome, name) = (body.outcome(), bundle.name().clone());
    let intake = Intake {
        tenant: tenant(),
        key: IdempotencyKey::parse(&format!("thousand-{number}")).unwrap(),
        rule_set: name.clone(),
        decision: DecisionId::parse(&format!("dec_{number}")).unwrap(),
        bundle: bundle.hash(),
        application: Arc::clone(&application),
        received_at: at,
    };
    let decision = NewDecision {
        tenant: tenant(),
        id: intake.decision.clone(),
        key: intake.key.clone(),
        rule_set: name,
        application,
        received_at: at,
        body: Arc::new(body),
        salt: [7; 32],
        snapshots: case.sealed(),
        recorded_at: at,
        audit: None,
    };
    ledger.reserve(intake).await.unwrap();
    ledger.record(decision).await.unwrap();
    outcome
}

/// Records a thousand decisions; how many have each outcome.
pub(crate) async fn record_all(path: &Path) -> [usize; 4] {
    record_in(SqliteLedger::open(path, &OsEntropy).unwrap(), AT_ONCE).await
}

/// The same with so many at once on their way into the ledger: one by one, their order is the same each
/// time.
pub(crate) async fn record_in(ledger: SqliteLedger, at_once: u64) -> [usize; 4] {
    let ledger = Arc::new(ledger);
    let bundles = bundles();
    for bundle in &bundles {
        let at = generated(0).as_of().instant;
        publish(&*ledger, bundle, at).await;
    }
    let mut counts = [0; 4];
    let numbers: Vec<u64> = (0..DECISIONS).collect();
    for chunk in numbers.chunks(usize::try_from(at_once).unwrap()) {
        let mut recorded = JoinSet::new();
        for &number in chunk {
            let bundle = bundles[usize::from(number % 4 == 3)].clone();
            let (ledger, case) = (Arc::clone(&ledger), generated(number));
            recorded.spawn(record(ledger, number, case, bundle));
        }
        for outcome in recorded.join_all().await {
            let place = Outcome::ALL.iter().position(|one| *one == outcome);
            counts[place.unwrap()] += 1;
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_decisions_reproduce_after_a_restart_on_one_thread_and_on_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let counts = record_all(&path).await;
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    let recorded_now = (1, path);
    let recorded_then = (4, golden::thousand().await);
    for (threads, path) in [recorded_now, recorded_then] {
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(&path).unwrap());
        let report = on_threads(threads, &ledger).await;
        let first = report.findings.first().map(ToString::to_string);
        assert_eq!(
            (report.total, report.reproduced),
            (DECISIONS, DECISIONS),
            "on {threads} threads, {}: {}",
            path.display(),
            first.unwrap_or_default()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_in_brief_is_a_part_of_what_is_read_whole() {
    let path = golden::thousand().await;
    let ledger = SqliteLedger::open_read_only(&path).unwrap();
    let (tenant, mut after) = (tenant(), 0);
    let (mut read, mut with_evidence) = (0, 0);
    loop {
        let page = ledger.history(&tenant, after, 100, Snapshots::LeftOut);
        let page = page.await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.seq();
        for sealed in page {
            let whole = sealed.clone().open().unwrap().record().unwrap();
            let evidence = |slots: &[Slot]| slots.iter().any(|slot| !slot.evidence.is_empty());
            with_evidence += u64::from(whole.body.features.iter().any(|own| evidence(own)));
            assert_eq!(sealed.read_in_brief(), Ok(DecisionInBrief::from(&whole)));
            read += 1;
        }
    }
    assert_eq!(read, DECISIONS);
    assert!(with_evidence > 0);
}
