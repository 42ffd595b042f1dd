//! A ledger with more decisions than are read at once: those of the samples, recorded over and over.

use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinSet;
use underwrite::id::{DecisionId, IdempotencyKey, OsEntropy, TenantId};
use underwrite::ledger::{Intake, Ledger, NewDecision, OpenedDecision, Snapshots, SqliteLedger};

use super::golden;

/// Records the decisions of the samples that settle no referral `times` over, in a new ledger at `path`.
/// How many it then holds.
pub(crate) async fn record(path: &Path, times: usize) -> usize {
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
    for time in 0..times {
        let mut recorded = JoinSet::new();
        for (number, one) in all.iter().enumerate() {
            let (intake, decision) = again(one, &format!("{time}-{number}"));
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
