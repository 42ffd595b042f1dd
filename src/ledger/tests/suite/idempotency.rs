//! One key, one request, one decision.

use super::super::*;
use super::on_every_store;
use crate::limits;

/// Reserved for a decision; its request came at that second.
fn reserved(number: u32, second: i64) -> Reservation {
    Reservation::Reserved {
        decision: decision_id(number),
        bundle: bundle("personal-loan").hash,
        received_at: at(second),
    }
}

/// The same request under the same key, sent again: with an id and a bundle of its own.
fn repeated(number: u32, bundle: &StoredBundle) -> Intake {
    Intake {
        decision: decision_id(number + 1_000),
        ..intake(number, bundle)
    }
}

async fn a_repeat_before_the_decision_gets_the_first_id_and_bundle(ledger: &dyn Ledger) {
    let first = bundle("personal-loan");
    assert_eq!(ledger.reserve(intake(1, &first)).await, Ok(reserved(1, 1)));
    let newer = newer_bundle();
    ledger
        .activate(&tenant(), newer.clone(), at(9), None)
        .await
        .unwrap();
    assert_eq!(
        ledger.reserve(repeated(1, &newer)).await,
        Ok(reserved(1, 1))
    );
}

async fn a_repeat_after_the_decision_gets_the_decision(ledger: &dyn Ledger) {
    let record = decide(ledger, 1, Outcome::Approve).await;
    let again = repeated(1, &bundle("personal-loan"));
    let decided = Reservation::Decided(Box::new(record));
    assert_eq!(ledger.reserve(again.clone()).await, Ok(decided.clone()));
    assert_eq!(ledger.reserve(again).await, Ok(decided));
}

async fn another_request_under_the_key_is_a_conflict(ledger: &dyn Ledger) {
    let bundle = bundle("personal-loan");
    let other = Intake {
        application: application(9),
        ..repeated(1, &bundle)
    };
    ledger.reserve(intake(1, &bundle)).await.unwrap();
    assert_eq!(
        ledger.reserve(other.clone()).await,
        Ok(Reservation::Conflict)
    );
    ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await
        .unwrap();
    assert_eq!(ledger.reserve(other).await, Ok(Reservation::Conflict));
}

async fn a_key_given_back_is_free_for_another_request(ledger: &dyn Ledger) {
    let bundle = bundle("personal-loan");
    ledger.reserve(intake(1, &bundle)).await.unwrap();
    ledger.release(&tenant(), &key(1)).await.unwrap();
    let other = Intake {
        application: application(9),
        ..repeated(1, &bundle)
    };
    assert_eq!(ledger.reserve(other).await, Ok(reserved(1_001, 1)));
    // The decision under the old reservation comes too late.
    let late = ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await;
    assert_eq!(late, Err(LedgerError::NotReserved));
}

async fn a_decided_key_is_not_given_back(ledger: &dyn Ledger) {
    decide(ledger, 1, Outcome::Refer).await;
    ledger.release(&tenant(), &key(1)).await.unwrap();
    let again = ledger
        .reserve(intake(1, &bundle("personal-loan")))
        .await
        .unwrap();
    assert!(matches!(again, Reservation::Decided(_)));
    // Giving back what nobody holds is no error.
    ledger.release(&tenant(), &key(2)).await.unwrap();
}

async fn tenants_share_no_keys(ledger: &dyn Ledger) {
    decide(ledger, 1, Outcome::Refer).await;
    let other = TenantId::parse("other").unwrap();
    let bundle = bundle("personal-loan");
    let elsewhere = Intake {
        tenant: other.clone(),
        ..intake(1, &bundle)
    };
    assert!(matches!(
        ledger.reserve(elsewhere.clone()).await,
        Err(LedgerError::Rejected { problem, .. }) if problem.contains("does not hold")
    ));
    ledger
        .activate(&other, bundle.clone(), at(0), None)
        .await
        .unwrap();
    assert_eq!(ledger.reserve(elsewhere).await, Ok(reserved(1, 1)));
    assert_eq!(ledger.decision(&other, &decision_id(1)).await, Ok(None));
    let decided = NewDecision {
        tenant: other.clone(),
        ..new_decision(1, Outcome::Decline, &bundle)
    };
    let record = ledger.record(decided).await.unwrap();
    assert_eq!((record.envelope.seq, &record.envelope.tenant), (6, &other));
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

async fn a_decision_is_recorded_once_however_often_it_is_sent(ledger: &dyn Ledger) {
    decide(ledger, 1, Outcome::Refer).await;
    let bundle = bundle("personal-loan");
    let again = ledger
        .record(new_decision(1, Outcome::Decline, &bundle))
        .await
        .unwrap();
    assert_eq!(
        (again.body.outcome(), again.envelope.seq),
        (Outcome::Refer, 3)
    );
    assert_eq!(ledger.count(&tenant()).await, Ok(1));
}

async fn a_decision_needs_its_reservation(ledger: &dyn Ledger) {
    let bundle = bundle("personal-loan");
    let unreserved = ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await;
    assert_eq!(unreserved, Err(LedgerError::NotReserved));
    ledger.reserve(intake(2, &bundle)).await.unwrap();
    let other_id = NewDecision {
        id: decision_id(3),
        ..new_decision(2, Outcome::Refer, &bundle)
    };
    assert_eq!(ledger.record(other_id).await, Err(LedgerError::NotReserved));
    assert_eq!(ledger.count(&tenant()).await, Ok(0));
}

async fn a_decision_that_could_not_be_proven_is_not_taken(ledger: &dyn Ledger) {
    let first = bundle("personal-loan");
    ledger.reserve(intake(1, &first)).await.unwrap();
    let mut no_snapshot = new_decision(1, Outcome::Refer, &first);
    no_snapshot.snapshots.clear();
    let mut other_bundle = new_decision(1, Outcome::Refer, &first);
    Arc::make_mut(&mut other_bundle.body).pins.rule_set.bundle = bundle("other").hash;
    let mut too_large = new_decision(1, Outcome::Refer, &first);
    Arc::make_mut(&mut too_large.body).pins.rule_set.version = "1".repeat(limits::RECORD_BYTES_MAX);
    let mut later = new_decision(1, Outcome::Refer, &first);
    later.received_at = at(2);
    let mut other_request = new_decision(1, Outcome::Refer, &first);
    other_request.application = application(9);
    let mut other_name = new_decision(1, Outcome::Refer, &first);
    other_name.rule_set = bundle("other").name;
    for (decision, reason) in [
        (later, "did not come when"),
        (other_request, "request"),
        (other_name, "another rule set"),
        (no_snapshot, "snapshots"),
        (other_bundle, "rule set bundle"),
        (too_large, "larger than"),
    ] {
        let error = ledger.record(decision).await.unwrap_err();
        assert_eq!(error.code(), "ledger_rejected");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let mut forged = bundle("other");
    forged.bytes.push(b'!');
    let error = ledger
        .activate(&tenant(), forged, at(0), None)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "ledger_rejected");
    assert_eq!(ledger.count(&tenant()).await, Ok(0));
}

on_every_store!(
    a_repeat_before_the_decision_gets_the_first_id_and_bundle,
    a_repeat_after_the_decision_gets_the_decision,
    another_request_under_the_key_is_a_conflict,
    a_key_given_back_is_free_for_another_request,
    a_decided_key_is_not_given_back,
    tenants_share_no_keys,
    a_decision_is_recorded_once_however_often_it_is_sent,
    a_decision_needs_its_reservation,
    a_decision_that_could_not_be_proven_is_not_taken,
);
