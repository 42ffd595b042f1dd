//! A ledger with more decisions than are read at once: those of the samples, recorded over and over.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use underwrite::id::{DecisionId, IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{Intake, Ledger, NewDecision, OpenedDecision, Snapshots, SqliteLedger};

use super::golden;

/// Records the decisions of the samples that settle no referral `times` over, in a new ledger at `path`.
/// How many it then holds.
pub(crate) async fn record(path: &Path, times: usize) -> usize {
    let (ledger, all) = golden_decisions(path).await;
    for time in 0..times {
        let mut recorded = JoinSet::new();
        for (number, one) in all.iter().enumerate() {
            let (intake, decision) = again(one, &format!("{time}x{number}"));
            let ledger = Arc::clone(&ledger);
            recorded.spawn(async move {
                ledger.reserve(intake).await.unwrap();
                ledger.record(decision).await.unwrap();
            });
        }
        recorded.join_all().await;
    }
    all.len() * times
}

/// Records a decision of the samples at each of these times, in a new ledger at `path`.
pub(crate) async fn record_at(path: &Path, times: &[DateTime<Utc>]) {
    let (ledger, all) = golden_decisions(path).await;
    for (number, (at, one)) in times.iter().zip(all.iter().cycle()).enumerate() {
        let (intake, decision) = again(one, &format!("at{number}"));
        ledger.reserve(intake).await.unwrap();
        let recorded_at = *at;
        let decision = NewDecision {
            recorded_at,
            ..decision
        };
        ledger.record(decision).await.unwrap();
    }
}

/// A new ledger at `path` with the rule sets of the samples, and their decisions but for those that settle a
/// referral.
async fn golden_decisions(path: &Path) -> (Arc<SqliteLedger>, Vec<OpenedDecision>) {
    let tenant = TenantId::default_tenant();
    let golden = SqliteLedger::open_read_only(&golden::newest().await).unwrap();
    let ledger = Arc::new(SqliteLedger::open(path, &OsEntropy).unwrap());
    let sealed = golden.history(&tenant, 0, 1_000, Snapshots::Along);
    let opened = sealed
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.open().unwrap());
    let mut all: Vec<OpenedDecision> = Vec::new();
    for one in opened {
        let record = one.record().unwrap();
        if record.application.resolution().is_some() {
            continue;
        }
        let (pins, at) = (&record.body.pins, record.envelope.recorded_at);
        let hash = pins.rule_set.bundle;
        let bundle = golden.bundle(&tenant, hash).await.unwrap().unwrap();
        ledger.publish(&tenant, bundle, "", at, None).await.unwrap();
        let layout = golden.layout(&tenant, hash, pins.semantics).await;
        let layout = layout.unwrap().unwrap();
        ledger.put_layout(&tenant, layout, at).await.unwrap();
        all.push(one);
    }
    (ledger, all)
}

/// The same decision under another key.
fn again(opened: &OpenedDecision, number: &str) -> (Intake, NewDecision) {
    let record = opened.record().unwrap();
    let rule_set = &record.body.pins.rule_set;
    let intake = Intake {
        tenant: TenantId::default_tenant(),
        key: IdempotencyKey::parse(&format!("many-{number}")).unwrap(),
        rule_set: rule_set.name.parse().unwrap(),
        decision: DecisionId::parse(&format!("dec_{number}")).unwrap(),
        bundle: rule_set.bundle,
        application: Arc::clone(&record.application),
        received_at: record.received_at,
    };
    let decision = NewDecision {
        tenant: intake.tenant.clone(),
        id: intake.decision.clone(),
        key: intake.key.clone(),
        rule_set: intake.rule_set.clone(),
        application: Arc::clone(&record.application),
        received_at: record.received_at,
        body: Arc::clone(&record.body),
        salt: [7; 32],
        snapshots: opened.snapshots.clone(),
        recorded_at: record.envelope.recorded_at,
        audit: None,
    };
    (intake, decision)
}
