//! Decisions that wait for the banks.

use super::super::*;
use super::on_every_store;

pub(in crate::ledger::tests) fn pending(number: u32) -> PendingIntake {
    PendingIntake {
        intake: intake(number, &bundle("personal-loan")),
        since: at(100 + i64::from(number)),
        until: at(1_000 + i64::from(number)),
        accounts: vec![(0, "fca_1".parse().unwrap()), (2, "fca_9".parse().unwrap())],
        test_data: number.is_multiple_of(2),
    }
}

pub(in crate::ledger::tests) async fn all(ledger: &dyn Ledger) -> Vec<PendingIntake> {
    let all = ledger.pending().await.unwrap();
    all.into_iter().map(Result::unwrap).collect()
}

async fn one(ledger: &dyn Ledger, tenant: &TenantId, number: u32) -> Option<PendingIntake> {
    let id = decision_id(number);
    let found = ledger.pending_decision(tenant, &id).await;
    found.unwrap()
}

pub(in crate::ledger::tests) async fn pend(ledger: &dyn Ledger, number: u32) {
    let pending = pending(number);
    ledger.reserve(pending.intake.clone()).await.unwrap();
    ledger.pend(pending, None).await.unwrap();
}

async fn what_is_pending_is_known_with_all_that_was_asked(ledger: &dyn Ledger) {
    pend(ledger, 2).await;
    pend(ledger, 1).await;
    assert_eq!(all(ledger).await, [pending(1), pending(2)], "oldest first");
    assert_eq!(one(ledger, &tenant(), 2).await, Some(pending(2)));
    assert_eq!(one(ledger, &tenant(), 3).await, None);
    let stranger = TenantId::parse("stranger").unwrap();
    assert_eq!(one(ledger, &stranger, 2).await, None);
}

async fn it_is_listed_by_pages_in_the_order_of_requests(ledger: &dyn Ledger) {
    for number in [2, 1, 3] {
        pend(ledger, number).await;
    }
    // What is only reserved is not.
    let only = intake(4, &bundle("personal-loan"));
    ledger.reserve(only).await.unwrap();
    let listed = async |after, size| ledger.list_pending(&tenant(), after, size).await.unwrap();
    let first = listed(None, 2).await;
    assert_eq!(first.pending, [pending(2), pending(1)]);
    let second = listed(first.next, 2).await;
    assert_eq!((second.pending, second.next), (vec![pending(3)], None));
    let most = listed(None, usize::MAX).await;
    assert_eq!((most.pending.len(), most.next), (3, None));
    let stranger = TenantId::parse("stranger").unwrap();
    let none = ledger.list_pending(&stranger, None, 9).await.unwrap();
    assert_eq!((none.pending.len(), none.next), (0, None));
    let far = Some(PendingCursor(u64::MAX));
    let refused = ledger.list_pending(&tenant(), far, 9).await;
    assert_eq!(refused, Err(LedgerError::UnknownCursor));
}

async fn a_key_leads_to_its_decision(ledger: &dyn Ledger) {
    let found = async |number| ledger.decision_id(&tenant(), &key(number)).await.unwrap();
    assert_eq!(found(1).await, None);
    let reserved = intake(1, &bundle("personal-loan"));
    ledger.reserve(reserved).await.unwrap();
    assert_eq!(found(1).await, Some(decision_id(1)), "reserved");
    ledger.pend(pending(1), None).await.unwrap();
    assert_eq!(found(1).await, Some(decision_id(1)), "pending");
    decide(ledger, 1, Outcome::Refer).await;
    assert_eq!(found(1).await, Some(decision_id(1)), "decided");
    let stranger = TenantId::parse("stranger").unwrap();
    let found = ledger.decision_id(&stranger, &key(1)).await;
    assert_eq!(found, Ok(None));
}

async fn recording_ends_it_and_nothing_else_does(ledger: &dyn Ledger) {
    pend(ledger, 1).await;
    ledger.release(&tenant(), &key(1)).await.unwrap();
    assert_eq!(all(ledger).await, [pending(1)], "its key is not given back");
    // The same again changes nothing.
    ledger.pend(pending(1), None).await.unwrap();
    assert_eq!(all(ledger).await.len(), 1);
    let record = decide(ledger, 1, Outcome::Refer).await;
    assert_eq!(all(ledger).await, []);
    let found = ledger.decision(&tenant(), &decision_id(1)).await;
    assert_eq!(found.unwrap(), Some(record));
    assert!(problems(ledger).await.is_empty());
}

async fn only_what_is_reserved_can_wait(ledger: &dyn Ledger) {
    let refused = ledger.pend(pending(1), None).await;
    assert_eq!(refused, Err(LedgerError::NotReserved));
    decide(ledger, 1, Outcome::Refer).await;
    let refused = ledger.pend(pending(1), None).await;
    assert_eq!(refused, Err(LedgerError::NotReserved), "it is decided");
    let other = PendingIntake {
        intake: Intake {
            decision: decision_id(7),
            ..intake(2, &bundle("personal-loan"))
        },
        ..pending(2)
    };
    ledger
        .reserve(intake(2, &bundle("personal-loan")))
        .await
        .unwrap();
    let refused = ledger.pend(other, None).await;
    assert_eq!(refused, Err(LedgerError::NotReserved), "another decision");
    assert_eq!(all(ledger).await, []);
}

on_every_store!(
    what_is_pending_is_known_with_all_that_was_asked,
    it_is_listed_by_pages_in_the_order_of_requests,
    a_key_leads_to_its_decision,
    recording_ends_it_and_nothing_else_does,
    only_what_is_reserved_can_wait,
);
