//! Which decision settles which.

use super::*;
use crate::application::{DraftAnswer, Input, ReviewersWord};

on_every_store!(
    a_decision_is_settled_once_by_one_that_rests_on_the_same,
    what_was_not_referred_is_not_settled,
);

/// What a reviewer says.
pub(in crate::ledger::tests) fn word() -> ReviewersWord {
    let answer = DraftAnswer {
        fact: "ownership.unmatched_accounts".to_owned(),
        value: Some(Input::Number(0.into())),
        reviewer: "q.officer".to_owned(),
        evidence: "the marriage certificate".to_owned(),
        answered_at: Some(at(1)),
    };
    ReviewersWord::check(vec![answer], Vec::new(), Vec::new()).unwrap()
}

/// Decision `number`, which settles `first`: reserved and about to be recorded.
pub(in crate::ledger::tests) async fn settling(
    ledger: &dyn Ledger,
    number: u32,
    first: &DecisionRecord,
    outcome: Outcome,
) -> NewDecision {
    let resolved = first.application.resolved(first.id.clone(), word());
    let application = Arc::new(resolved.unwrap());
    let bundle = bundle("personal-loan");
    let asked = Intake {
        application: Arc::clone(&application),
        ..intake(number, &bundle)
    };
    ledger.reserve(asked).await.unwrap();
    NewDecision {
        application,
        body: Arc::new(DecisionBody {
            evaluation: Evaluation::bare(outcome),
            ..(*first.body).clone()
        }),
        snapshots: vec![seal(&snapshot(1), salt(1)).unwrap()],
        ..new_decision(number, outcome, &bundle)
    }
}

async fn a_decision_is_settled_once_by_one_that_rests_on_the_same(ledger: &dyn Ledger) {
    let first = decide(ledger, 1, Outcome::Refer).await;
    let resolution_of = |id: &DecisionId| {
        let id = id.clone();
        async move { ledger.resolution_of(&tenant(), &id).await.unwrap() }
    };
    assert_eq!(resolution_of(&first.id).await, None);
    // On another account, it is another decision.
    let mut other = settling(ledger, 2, &first, Outcome::Approve).await;
    let good = other.clone();
    other.body = Arc::new(body(2, Outcome::Approve, &bundle("personal-loan")));
    other.snapshots = vec![seal(&snapshot(2), salt(2)).unwrap()];
    let refused = ledger.record(other).await.unwrap_err();
    assert_eq!(refused.code(), "ledger_rejected");
    // Two at once, and one of them settles it.
    let late = settling(ledger, 3, &first, Outcome::Decline).await;
    let second = ledger.record(good).await.unwrap();
    let by = second.id.clone();
    let refused = ledger.record(late).await.unwrap_err();
    assert_eq!(refused, LedgerError::Resolved { by });
    assert_eq!(resolution_of(&first.id).await, Some(second.id));
    assert_eq!(ledger.count(&tenant()).await.unwrap(), 2);
    let stranger = TenantId::parse("stranger").unwrap();
    assert_eq!(ledger.resolution_of(&stranger, &first.id).await, Ok(None));
    assert_eq!(problems(ledger).await, [""; 0]);
}

async fn what_was_not_referred_is_not_settled(ledger: &dyn Ledger) {
    let first = decide(ledger, 1, Outcome::Approve).await;
    let new = settling(ledger, 2, &first, Outcome::Decline).await;
    let refused = ledger.record(new).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("it settles a decision that was not referred"),
        "{refused}"
    );
}
