//! What decides beside, and what it would have decided.

use super::super::*;
use super::audit::origin;
use super::on_every_store;
use crate::access::audit::Action;

fn shadowing(bundle: Option<BundleHash>, second: i64) -> Shadowing {
    Shadowing {
        name: RuleSetName::parse("personal-loan").unwrap(),
        bundle,
        by: IdentityName::parse("alice").unwrap(),
        at: at(second),
    }
}

async fn what_decides_beside_is_said_and_ended(ledger: &dyn Ledger) {
    let newer = newer_bundle();
    let by = || Some(origin("alice").event(Action::RuleSetShadow, "personal-loan", at(1)));
    let said = shadowing(Some(newer.hash), 1);
    let early = ledger.set_shadow(&tenant(), said.clone(), by()).await;
    assert_eq!(early.unwrap_err().code(), "ledger_rejected");
    ledger
        .publish(&tenant(), newer.clone(), "", at(1), None)
        .await
        .unwrap();
    for _ in 0..2 {
        ledger
            .set_shadow(&tenant(), said.clone(), by())
            .await
            .unwrap();
    }
    let head = ledger.head().await.unwrap().seq;
    assert_eq!(head, 5, "said once, with its event");
    let all = async |tenant: &TenantId| ledger.shadowings(tenant).await.unwrap();
    assert_eq!(
        all(&tenant()).await.into_values().collect::<Vec<_>>(),
        [said]
    );
    let stranger = TenantId::parse("stranger").unwrap();
    assert!(all(&stranger).await.is_empty());
    ledger
        .set_shadow(&tenant(), shadowing(None, 2), None)
        .await
        .unwrap();
    assert!(all(&tenant()).await.is_empty());
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

async fn what_it_would_have_decided_is_read_newest_first(ledger: &dyn Ledger) {
    let (live, newer) = (bundle("personal-loan"), newer_bundle());
    for number in 1..=3 {
        decide(ledger, number, Outcome::Refer).await;
    }
    ledger
        .publish(&tenant(), newer.clone(), "", at(1), None)
        .await
        .unwrap();
    let of = |number: u32, result| ShadowDecision {
        tenant: tenant(),
        decision: decision_id(number),
        name: live.name.clone(),
        live: live.hash,
        live_outcome: Outcome::Refer,
        bundle: newer.hash,
        result,
    };
    let approves = |fired: &[&str]| ShadowResult::Decided {
        outcome: Outcome::Approve,
        fired: fired.iter().map(|id| (*id).to_owned()).collect(),
    };
    let fails = ShadowResult::Failed {
        code: "invalid_application",
    };
    let decided = vec![
        of(1, approves(&["large", "old"])),
        of(2, approves(&[])),
        of(3, fails),
    ];
    ledger.record_shadows(decided, at(9)).await.unwrap();
    let both = (live.hash, newer.hash);
    let page = async |before, size| {
        let tenant = tenant();
        let page = ledger.shadow_decisions(&tenant, both, before, size);
        let page = page.await.unwrap();
        assert_eq!(page.damaged, 0);
        let shadows = page.shadows.into_iter();
        let read = shadows.map(|one| {
            assert_eq!((one.recorded_at, one.live_outcome), (at(9), Outcome::Refer));
            (one.result, one.fired.join(" "))
        });
        (read.collect::<Vec<_>>(), page.next)
    };
    let expected = [
        ("failed:invalid_application", ""),
        ("APPROVE", ""),
        ("APPROVE", "large old"),
    ];
    let expected = expected.map(|(word, fired)| (word.to_owned(), fired.to_owned()));
    assert_eq!(page(None, 3).await, (expected.to_vec(), None));
    let (first, next) = page(None, 2).await;
    assert_eq!((first.as_slice(), next.is_some()), (&expected[..2], true));
    assert_eq!(page(next, 2).await, (expected[2..].to_vec(), None));
    let turned = (newer.hash, live.hash);
    let none = ledger.shadow_decisions(&tenant(), turned, None, 9).await;
    assert_eq!(none.unwrap(), ShadowPage::default());
    let stranger = TenantId::parse("stranger").unwrap();
    let none = ledger.shadow_decisions(&stranger, both, None, 9).await;
    assert_eq!(none.unwrap(), ShadowPage::default());
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

async fn what_was_decided_otherwise_is_told_by_the_proof(ledger: &dyn Ledger) {
    let (live, newer) = (bundle("personal-loan"), newer_bundle());
    decide(ledger, 1, Outcome::Refer).await;
    ledger
        .publish(&tenant(), newer.clone(), "", at(1), None)
        .await
        .unwrap();
    let good = ShadowDecision {
        tenant: tenant(),
        decision: decision_id(1),
        name: live.name,
        live: live.hash,
        live_outcome: Outcome::Refer,
        bundle: newer.hash,
        result: ShadowResult::Failed {
            code: "invalid_application",
        },
    };
    let of_none = ShadowDecision {
        decision: decision_id(9),
        ..good.clone()
    };
    let of_another_bundle = ShadowDecision {
        live: newer.hash,
        ..good.clone()
    };
    let of_another_outcome = ShadowDecision {
        live_outcome: Outcome::Approve,
        ..good.clone()
    };
    let all = vec![good, of_none, of_another_bundle, of_another_outcome];
    ledger.record_shadows(all, at(2)).await.unwrap();
    let other = "the decision beside which it decided is of another bundle, name or outcome";
    assert_eq!(
        problems(ledger).await,
        [
            "6 (shadow dec_9): the decision beside which it decided is not before it",
            &format!("7 (shadow dec_1): {other}"),
            &format!("8 (shadow dec_1): {other}"),
        ]
    );
}

on_every_store!(
    what_decides_beside_is_said_and_ended,
    what_was_decided_otherwise_is_told_by_the_proof,
    what_it_would_have_decided_is_read_newest_first,
);
