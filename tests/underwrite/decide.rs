//! The sample applicants, decided over the socket on a fixed day.
//!
//! What each earns is stated from the story of the sample: payments times the payments of an
//! average month, and as wide as the story lets the amounts vary.

use std::str::FromStr;

use rust_decimal::Decimal;
use underwrite::proto::{self, Outcome};
use underwrite::sandbox::{SampleApplicant, applicants};
use underwrite::service::to_wire;

use super::harness::{RULE_SET, TestSystem, feature, principal, system, today};

fn sample(key: &str) -> SampleApplicant {
    let mut all = applicants(today()).into_iter();
    all.find(|sample| sample.key == key).unwrap()
}

fn asked(key: &str) -> proto::DecideRequest {
    proto::DecideRequest {
        idempotency_key: format!("sample-{key}"),
        application: Some(to_wire::application(&sample(key).application)),
        rule_set: RULE_SET.to_owned(),
        view: proto::DecisionView::Full.into(),
    }
}

async fn decided(key: &str) -> (TestSystem, proto::Decision) {
    let system = system().await;
    let decision = system.decide(asked(key)).await;
    (system, decision)
}

fn dollars(text: &str) -> Decimal {
    Decimal::from_str(text.strip_suffix(" USD").unwrap_or(text)).unwrap()
}

async fn decision_of(key: &str) -> proto::Decision {
    decided(key).await.1
}

/// Whether the monthly income is the stated one, give or take.
#[track_caller]
fn assert_income(decision: &proto::Decision, stated: &str, give_or_take: &str) {
    let income = feature(decision, "income.monthly_net");
    let off = (dollars(&income) - dollars(stated)).abs();
    assert!(
        off <= dollars(give_or_take),
        "{income}, {stated} was stated"
    );
}

/// 2,318.44 every second Friday, give or take four thousandths.
#[tokio::test(flavor = "multi_thread")]
async fn a_steady_salary_is_approved_as_asked() {
    let decision = decision_of("salaried").await;
    assert_income(&decision, "5023.29", "20.10");
    assert_eq!(feature(&decision, "income.primary_cadence"), "biweekly");
    assert_eq!(
        decision.outcome(),
        Outcome::Approve,
        "{:?}",
        principal(&decision)
    );
    assert!(
        principal(&decision).is_empty(),
        "{:?}",
        principal(&decision)
    );
    let offer = decision.offer.unwrap();
    assert_eq!(offer.amount.unwrap().amount, "5000.00");
    assert_eq!(offer.payment_count, 24);
}

/// 1,847.00 on the third Wednesday of each month. Where income comes from is no reason.
#[tokio::test(flavor = "multi_thread")]
async fn social_security_is_income_like_any_other() {
    let decision = decision_of("social_security").await;
    assert_eq!(feature(&decision, "income.monthly_net"), "1847.00 USD");
    assert_eq!(feature(&decision, "income.streams"), "1");
    assert_eq!(feature(&decision, "income.stopped"), "false");
    assert_eq!(
        decision.outcome(),
        Outcome::Approve,
        "{:?}",
        principal(&decision)
    );
}

/// Three platforms, together about 2,370 a month by the middle of each range.
#[tokio::test(flavor = "multi_thread")]
async fn irregular_gig_pay_is_income() {
    let decision = decision_of("gig").await;
    assert_income(&decision, "2370.00", "600.00");
    let lends = [Outcome::Approve, Outcome::Counter];
    assert!(
        lends.contains(&decision.outcome()),
        "{:?}",
        principal(&decision)
    );
}

/// 1,924.10 every second Friday until seven weeks ago, nothing since: more than two cycles.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_job_is_seen() {
    let decision = decision_of("job_lost").await;
    assert_eq!(feature(&decision, "income.monthly_net"), "0.00 USD");
    assert_eq!(feature(&decision, "income.stopped"), "true");
    assert_eq!(decision.outcome(), Outcome::Decline);
    assert!(!principal(&decision).is_empty());
    assert!(decision.offer.is_none());
}

/// 1,388.27 every second Friday, give or take three hundredths, and debits sent back.
#[tokio::test(flavor = "multi_thread")]
async fn frequent_returns_are_declined_with_the_days_as_evidence() {
    let decision = decision_of("frequent_nsf").await;
    assert_income(&decision, "3007.92", "90.24");
    assert_eq!(decision.outcome(), Outcome::Decline);
    let reasons = decision.reasons.iter().filter(|reason| reason.principal);
    let nsf: Vec<&proto::Reason> = reasons
        .filter(|reason| reason.features.iter().any(|name| name.starts_with("nsf.")))
        .collect();
    assert!(!nsf.is_empty(), "{:?}", principal(&decision));
    for reason in nsf {
        let evidence = reason.evidence.as_ref().unwrap();
        assert!(evidence.transaction_count > 0);
        let shown = i32::try_from(evidence.transaction_ids.len()).unwrap();
        assert_eq!(shown, evidence.transaction_count);
        assert!(!reason.counterfactuals.is_empty(), "{}", reason.code);
    }
}

/// 2,470.55 every second Thursday, give or take three thousandths, and 1,842.30 twice a month.
#[tokio::test(flavor = "multi_thread")]
async fn two_salaries_on_a_joint_account_are_one_household() {
    let decision = decision_of("joint").await;
    assert_income(&decision, "9037.46", "16.06");
    assert_eq!(feature(&decision, "income.streams"), "2");
    let no = [Outcome::Decline];
    assert!(
        !no.contains(&decision.outcome()),
        "{:?}",
        principal(&decision)
    );
}

/// 2,051.90 every second Friday, on an account of somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_another_person_goes_to_a_person() {
    let decision = decision_of("ownership_mismatch").await;
    assert_income(&decision, "4445.78", "0.01");
    assert_eq!(decision.outcome(), Outcome::Refer);
    let names_owner = |reason: &proto::Reason| {
        reason
            .features
            .iter()
            .any(|name| name.starts_with("ownership."))
    };
    let reasons = decision.reasons.iter().filter(|reason| reason.principal);
    assert!(
        reasons.into_iter().any(names_owner),
        "{:?}",
        principal(&decision)
    );
}

/// Five weeks are too few for windows of ninety days: missing, and missing is not zero.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_history_goes_to_a_person() {
    let decision = decision_of("short_history").await;
    assert_eq!(
        feature(&decision, "nsf.event_days_90d"),
        "missing: HISTORY_TOO_SHORT"
    );
    assert_eq!(decision.outcome(), Outcome::Refer);
    assert!(!principal(&decision).is_empty());
    assert!(decision.offer.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sample_is_decided_once_and_can_be_read_back() {
    let system = system().await;
    for sample in applicants(today()) {
        let decision = system.decide(asked(sample.key)).await;
        assert_eq!(decision.application_id, sample.application.id().as_str());
        let request = proto::GetDecisionRequest {
            id: decision.id.clone(),
            view: proto::DecisionView::Full.into(),
            ..Default::default()
        };
        let read = system.client.clone().get_decision(request).await.unwrap();
        assert_eq!(
            super::harness::final_one(read.into_inner()),
            Some(decision.clone())
        );
    }
    let recorded = system.recorded().await;
    assert_eq!(recorded.len(), applicants(today()).len());
    // Newest first; between two of them are who asked for the older, and who read it.
    for pair in recorded.windows(2) {
        let (newer, older) = (
            pair[0].chain.as_ref().unwrap(),
            pair[1].chain.as_ref().unwrap(),
        );
        assert_eq!(newer.seq, older.seq + 3);
        assert_ne!(newer.previous_hash, older.hash);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshots_of_a_decision_can_be_read_by_their_hash() {
    let (system, decision) = decided("salaried").await;
    let pins = decision.pins.unwrap().snapshots;
    assert_eq!(pins.len(), 2);
    for pin in pins {
        let request = proto::GetSnapshotRequest {
            hash: pin.hash.clone(),
        };
        let read = system.client.clone().get_snapshot(request).await.unwrap();
        let snapshot = read.into_inner().snapshot.unwrap();
        assert_eq!(snapshot.account_id, pin.account_id);
        assert!(!snapshot.transactions.is_empty());
    }
}
