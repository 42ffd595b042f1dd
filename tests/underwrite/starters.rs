//! The rule sets to start from decide the samples: some are approved, and some are not.

use std::collections::BTreeSet;

use underwrite::proto::{self, Outcome};
use underwrite::rules::{RuleSetKind, starter};
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::harness::{Setup, start, today, usd};

async fn outcomes(kind: RuleSetKind) -> BTreeSet<Outcome> {
    let starter = starter(kind);
    let text = starter.text();
    let system = start(Setup {
        rules: Some(&text),
        ..Setup::default()
    })
    .await;
    let mut outcomes = BTreeSet::new();
    for sample in applicants(today()) {
        let mut application = to_wire::application(&sample.application);
        application.requested_amount = Some(usd("400.00"));
        let asked = proto::DecideRequest {
            idempotency_key: sample.key.to_owned(),
            application: Some(application),
            rule_set: starter.name.to_owned(),
            view: proto::DecisionView::Summary.into(),
        };
        outcomes.insert(system.decide(asked).await.outcome());
    }
    system.stop().await;
    outcomes
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_for_loans_approves_declines_and_refers() {
    let outcomes = outcomes(RuleSetKind::Credit).await;
    for outcome in [Outcome::Approve, Outcome::Decline, Outcome::Refer] {
        assert!(outcomes.contains(&outcome), "{outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_others_approve_and_stop_somebody() {
    for kind in [RuleSetKind::Payment, RuleSetKind::Verification] {
        let outcomes = outcomes(kind).await;
        assert!(outcomes.contains(&Outcome::Approve), "{outcomes:?}");
        assert!(outcomes.len() > 1, "{kind:?}: {outcomes:?}");
    }
}
