//! Decisions that wait for the banks.

use super::*;

fn pending(number: u32) -> PendingIntake {
    PendingIntake {
        intake: intake(number, &bundle("personal-loan")),
        since: at(100 + i64::from(number)),
        until: at(1_000 + i64::from(number)),
        accounts: vec![(0, "fca_1".parse().unwrap()), (2, "fca_9".parse().unwrap())],
    }
}

async fn all(desk: &Desk) -> Vec<PendingIntake> {
    let all = desk.ledger.pending().await.unwrap();
    all.into_iter().map(Result::unwrap).collect()
}

async fn one(desk: &Desk, tenant: &TenantId, number: u32) -> Option<PendingIntake> {
    let id = decision_id(number);
    let found = desk.ledger.pending_decision(tenant, &id).await;
    found.unwrap()
}

async fn pend(desk: &Desk, number: u32) {
    let pending = pending(number);
    desk.ledger.reserve(pending.intake.clone()).await.unwrap();
    desk.ledger.pend(pending).await.unwrap();
}

#[tokio::test]
async fn what_is_pending_outlives_a_restart_with_all_that_was_asked() {
    let desk = Desk::new().await;
    pend(&desk, 2).await;
    pend(&desk, 1).await;
    let desk = desk.reopen();
    assert_eq!(all(&desk).await, [pending(1), pending(2)], "oldest first");
    assert_eq!(one(&desk, &tenant(), 2).await, Some(pending(2)));
    assert_eq!(one(&desk, &tenant(), 3).await, None);
    let stranger = TenantId::parse("stranger").unwrap();
    assert_eq!(one(&desk, &stranger, 2).await, None);
}

#[tokio::test]
async fn recording_ends_it_and_nothing_else_does() {
    let desk = Desk::new().await;
    pend(&desk, 1).await;
    desk.ledger.release(&tenant(), &key(1)).await.unwrap();
    assert_eq!(all(&desk).await, [pending(1)], "its key is not given back");
    // The same again changes nothing.
    desk.ledger.pend(pending(1)).await.unwrap();
    assert_eq!(all(&desk).await.len(), 1);
    let record = desk.decide(1, Outcome::Refer).await;
    assert_eq!(all(&desk).await, []);
    let found = desk.ledger.decision(&tenant(), &decision_id(1)).await;
    assert_eq!(found.unwrap(), Some(record));
    assert!(desk.problems().is_empty());
}

#[tokio::test]
async fn only_what_is_reserved_can_wait() {
    let desk = Desk::new().await;
    let refused = desk.ledger.pend(pending(1)).await;
    assert_eq!(refused, Err(LedgerError::NotReserved));
    desk.decide(1, Outcome::Refer).await;
    let refused = desk.ledger.pend(pending(1)).await;
    assert_eq!(refused, Err(LedgerError::NotReserved), "it is decided");
    let other = PendingIntake {
        intake: Intake {
            decision: decision_id(7),
            ..intake(2, &bundle("personal-loan"))
        },
        ..pending(2)
    };
    desk.ledger
        .reserve(intake(2, &bundle("personal-loan")))
        .await
        .unwrap();
    let refused = desk.ledger.pend(other).await;
    assert_eq!(refused, Err(LedgerError::NotReserved), "another decision");
    assert_eq!(all(&desk).await, []);
}

#[tokio::test]
async fn a_damaged_one_does_not_hide_the_others() {
    let desk = Desk::new().await;
    pend(&desk, 1).await;
    pend(&desk, 2).await;
    desk.tamper("UPDATE pending SET accounts = '[[0,\"nobody\"]]' WHERE idempotency_key = 'key-1'");
    let found = desk.ledger.pending().await.unwrap();
    assert!(matches!(found[0], Err(LedgerError::Damaged { .. })));
    assert_eq!(found[1], Ok(pending(2)));
}

#[tokio::test]
async fn a_ledger_of_the_first_schema_is_brought_up_to_date() {
    let desk = Desk::with(2).await;
    desk.tamper("DROP TABLE pending; PRAGMA user_version = 1");
    let desk = desk.reopen();
    pend(&desk, 3).await;
    assert_eq!(all(&desk).await, [pending(3)]);
    assert!(desk.problems().is_empty());
}
