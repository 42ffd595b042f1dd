//! One key, one request, one decision.

use super::*;
use crate::limits;

fn reserved(number: u32) -> Reservation {
    Reservation::Reserved {
        decision: decision_id(number),
        bundle: bundle("personal-loan").hash,
    }
}

/// The same request under the same key, sent again: with an id and a bundle of its own.
fn repeated(number: u32, bundle: &StoredBundle) -> Intake {
    Intake {
        decision: decision_id(number + 1_000),
        ..intake(number, bundle)
    }
}

#[tokio::test]
async fn a_repeat_before_the_decision_gets_the_first_id_and_bundle() {
    let desk = Desk::new().await;
    let first = bundle("personal-loan");
    assert_eq!(
        desk.ledger.reserve(intake(1, &first)).await,
        Ok(reserved(1))
    );
    let newer = StoredBundle {
        name: first.name.clone(),
        ..bundle("newer")
    };
    desk.ledger
        .activate(&tenant(), newer.clone(), at(9))
        .await
        .unwrap();
    assert_eq!(
        desk.ledger.reserve(repeated(1, &newer)).await,
        Ok(reserved(1))
    );
    let desk = desk.reopen();
    assert_eq!(
        desk.ledger.reserve(repeated(1, &newer)).await,
        Ok(reserved(1))
    );
}

#[tokio::test]
async fn a_repeat_after_the_decision_gets_the_decision() {
    let desk = Desk::new().await;
    let record = desk.decide(1, Outcome::Approve).await;
    let again = repeated(1, &bundle("personal-loan"));
    let decided = Reservation::Decided(Box::new(record));
    assert_eq!(
        desk.ledger.reserve(again.clone()).await,
        Ok(decided.clone())
    );
    assert_eq!(desk.reopen().ledger.reserve(again).await, Ok(decided));
}

#[tokio::test]
async fn another_request_under_the_key_is_a_conflict() {
    let desk = Desk::new().await;
    let bundle = bundle("personal-loan");
    let other = Intake {
        application: application(9),
        ..repeated(1, &bundle)
    };
    desk.ledger.reserve(intake(1, &bundle)).await.unwrap();
    assert_eq!(
        desk.ledger.reserve(other.clone()).await,
        Ok(Reservation::Conflict)
    );
    desk.ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await
        .unwrap();
    assert_eq!(desk.ledger.reserve(other).await, Ok(Reservation::Conflict));
}

#[tokio::test]
async fn a_key_given_back_is_free_for_another_request() {
    let desk = Desk::new().await;
    let bundle = bundle("personal-loan");
    desk.ledger.reserve(intake(1, &bundle)).await.unwrap();
    desk.ledger.release(&tenant(), &key(1)).await.unwrap();
    let other = Intake {
        application: application(9),
        ..repeated(1, &bundle)
    };
    assert_eq!(desk.ledger.reserve(other).await, Ok(reserved(1_001)));
    // The decision under the old reservation comes too late.
    let late = desk
        .ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await;
    assert_eq!(late, Err(LedgerError::NotReserved));
}

#[tokio::test]
async fn a_decided_key_is_not_given_back() {
    let desk = Desk::with(1).await;
    desk.ledger.release(&tenant(), &key(1)).await.unwrap();
    let again = desk
        .ledger
        .reserve(intake(1, &bundle("personal-loan")))
        .await
        .unwrap();
    assert!(matches!(again, Reservation::Decided(_)));
    // Giving back what nobody holds is no error.
    desk.ledger.release(&tenant(), &key(2)).await.unwrap();
}

#[tokio::test]
async fn tenants_share_no_keys() {
    let desk = Desk::with(1).await;
    let other = TenantId::parse("other").unwrap();
    let bundle = bundle("personal-loan");
    let elsewhere = Intake {
        tenant: other.clone(),
        ..intake(1, &bundle)
    };
    assert!(matches!(
        desk.ledger.reserve(elsewhere.clone()).await,
        Err(LedgerError::Rejected { problem, .. }) if problem.contains("does not hold")
    ));
    desk.ledger
        .activate(&other, bundle.clone(), at(0))
        .await
        .unwrap();
    assert_eq!(desk.ledger.reserve(elsewhere).await, Ok(reserved(1)));
    assert_eq!(
        desk.ledger.decision(&other, &decision_id(1)).await,
        Ok(None)
    );
    let decided = NewDecision {
        tenant: other.clone(),
        ..new_decision(1, Outcome::Decline, &bundle)
    };
    let record = desk.ledger.record(decided).await.unwrap();
    assert_eq!((record.envelope.seq, &record.envelope.tenant), (2, &other));
    assert_eq!(desk.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn a_decision_is_recorded_once_however_often_it_is_sent() {
    let desk = Desk::with(1).await;
    let bundle = bundle("personal-loan");
    let again = desk
        .ledger
        .record(new_decision(1, Outcome::Decline, &bundle))
        .await
        .unwrap();
    assert_eq!(
        (again.body.outcome(), again.envelope.seq),
        (Outcome::Refer, 1)
    );
    assert_eq!(desk.ledger.count(&tenant()), Ok(1));
}

#[tokio::test]
async fn a_decision_needs_its_reservation() {
    let desk = Desk::new().await;
    let bundle = bundle("personal-loan");
    let unreserved = desk
        .ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await;
    assert_eq!(unreserved, Err(LedgerError::NotReserved));
    desk.ledger.reserve(intake(2, &bundle)).await.unwrap();
    let other_id = NewDecision {
        id: decision_id(3),
        ..new_decision(2, Outcome::Refer, &bundle)
    };
    assert_eq!(
        desk.ledger.record(other_id).await,
        Err(LedgerError::NotReserved)
    );
    assert_eq!(desk.ledger.count(&tenant()), Ok(0));
}

#[tokio::test]
async fn a_decision_that_could_not_be_proven_is_not_taken() {
    let desk = Desk::new().await;
    let first = bundle("personal-loan");
    desk.ledger.reserve(intake(1, &first)).await.unwrap();
    let mut no_snapshot = new_decision(1, Outcome::Refer, &first);
    no_snapshot.snapshots.clear();
    let mut other_bundle = new_decision(1, Outcome::Refer, &first);
    other_bundle.body.pins.rule_set.bundle = bundle("other").hash;
    let mut too_large = new_decision(1, Outcome::Refer, &first);
    too_large.body.pins.rule_set.version = "1".repeat(limits::RECORD_BYTES_MAX);
    for (decision, reason) in [
        (no_snapshot, "snapshots"),
        (other_bundle, "rule set bundle"),
        (too_large, "larger than"),
    ] {
        let error = desk.ledger.record(decision).await.unwrap_err();
        assert_eq!(error.code(), "ledger_rejected");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let mut forged = bundle("other");
    forged.bytes.push(b'!');
    let error = desk
        .ledger
        .activate(&tenant(), forged, at(0))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "ledger_rejected");
    assert_eq!(desk.ledger.count(&tenant()), Ok(0));
}
