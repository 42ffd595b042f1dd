//! What decided then decides the same on what was kept of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::application::Input;
use crate::id::TenantId;
use crate::ledger::{Ledger, Snapshots, SqliteLedger};
use crate::rules::{Bundle, BundleHash};

/// The decisions of the samples, and the rule sets that made them.
pub(crate) async fn recorded() -> (Vec<PastDecision>, BTreeMap<BundleHash, Bundle>) {
    let golden = Path::new("tests/golden/semantics-1/ledger.sqlite");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ledger.sqlite");
    std::fs::copy(golden, &copy).unwrap();
    let ledger = SqliteLedger::open_read_only(&copy).unwrap();
    let tenant = TenantId::default_tenant();
    let all = ledger.history(&tenant, 0, usize::MAX, Snapshots::LeftOut);
    let all = all.await.unwrap().into_iter();
    let past: Vec<PastDecision> = all
        .map(|sealed| PastDecision::of(sealed.read_in_brief().unwrap()).unwrap())
        .collect();
    let mut bundles = BTreeMap::new();
    for decision in &past {
        let hash = decision.rule_set.bundle;
        let stored = ledger.bundle(&tenant, hash).await.unwrap().unwrap();
        bundles.insert(hash, Bundle::from_bytes(&stored.bytes).unwrap());
    }
    (past, bundles)
}

#[tokio::test]
async fn the_rule_set_that_decided_comes_to_the_same() {
    let (past, bundles) = recorded().await;
    assert!(past.len() > 20);
    for decision in &past {
        let live = &bundles[&decision.rule_set.bundle];
        assert_eq!(
            decision.decide_by(live, live).as_ref(),
            Ok(&decision.decided),
            "{}",
            decision.id
        );
    }
}

const ASKS: &str = r#"
[rule_set]
name = "asks"
version = "1.0.0"
kind = "verification"
currency = "USD"

[inputs.employed]
type = "bool"
doc = "Whether the applicant has work."

[approve]
when = "inputs.employed"
refer_reason = "NO_WORK"

[reasons.NO_WORK]
statement = "You do not have work"
"#;

#[tokio::test]
async fn what_nobody_asked_for_is_not_decidable() {
    let (past, bundles) = recorded().await;
    let asks = Bundle::publish(ASKS.as_bytes()).unwrap();
    let mut decision = past[0].clone();
    let live = &bundles[&decision.rule_set.bundle];
    let unknown = Err(Undecidable::Input("employed".to_owned()));
    assert_eq!(decision.decide_by(&asks, live), unknown);
    // It was asked for, and not sent: that is known.
    assert!(decision.decide_by(&asks, &asks).is_ok());
    let sent = |input| BTreeMap::from([("employed".to_owned(), input)]);
    decision.asked.inputs = sent(Input::Bool(true));
    assert!(decision.decide_by(&asks, live).is_ok());
    decision.asked.inputs = sent(Input::Text("yes".to_owned()));
    assert_eq!(decision.decide_by(&asks, live), unknown);
}
