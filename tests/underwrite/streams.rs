//! Streams of income on the wire, and what reviewers say of them.

use chrono::{Days, NaiveDate};
use tonic::Code;
use underwrite::proto::{
    self, Cadence, IncomeCategory, Outcome, ReviewEffect, ReviewVerdict, StreamOwner, StreamStatus,
};

use super::harness::{
    RULE_SET, Setup, TestSystem, application, assert_names_field, feature, now, request, start,
    system_with, today,
};
use super::linked::{self, Linked, Row, plausible_balance};

const NAME: &str = "Ola Lind";

fn back(days: u64) -> NaiveDate {
    today().checked_sub_days(Days::new(days)).unwrap()
}

/// Half a year of small purchases, and these deposits.
fn account(name: &str, deposits: &[(u64, i64, &str)]) -> Linked {
    let mut account = Linked::checking(name, NAME);
    let mut rows: Vec<Row> = (0..180)
        .step_by(7)
        .map(|days| (days, -9_500, "CORNER GROCERY 0042"))
        .chain(deposits.iter().copied())
        .map(|(days, minor, description)| Row {
            transacted: back(days),
            posted: back(days),
            minor,
            description: description.to_owned(),
        })
        .collect();
    rows.sort_by_key(|row| row.posted);
    account.balance = plausible_balance(&rows, 200_000);
    account.rows = rows;
    account
}

const PAYROLL: &str = "ACME INC DES:PAYROLL CO ID:1234567890 PPD";

/// New work: two pays of one month, the older one two weeks before the other.
fn new_work() -> Linked {
    account("new", &[(17, 240_000, PAYROLL), (3, 240_000, PAYROLL)])
}

/// The id of the last row with this text.
fn id_of(account: &Linked, text: &str) -> String {
    let index = account.rows.iter().rposition(|row| row.description == text);
    format!("fctxn_{}_{}", account.name, index.unwrap())
}

fn review(account: &str, transaction: &str, verdict: ReviewVerdict) -> proto::StreamReview {
    proto::StreamReview {
        account_id: account.to_owned(),
        transaction_id: transaction.to_owned(),
        verdict: verdict.into(),
        reviewer: "q.officer".to_owned(),
        reason: "the employment contract was shown".to_owned(),
        review_time: Some(prost_types::Timestamp {
            seconds: now().timestamp() - 600,
            nanos: 0,
        }),
    }
}

fn reviewed(key: &str, account: &str, reviews: Vec<proto::StreamReview>) -> proto::DecideRequest {
    let mut request = request(key, NAME, &[account]);
    application(&mut request).stream_reviews = reviews;
    request
}

async fn decided(
    system: &TestSystem,
    account: &Linked,
    reviews: &[proto::StreamReview],
) -> proto::Decision {
    let key = format!("{}-{}", account.name, reviews.len());
    let key = reviews
        .iter()
        .fold(key, |key, one| format!("{key}-{}", one.verdict));
    system
        .decide(reviewed(&key, &account.id(), reviews.to_vec()))
        .await
}

fn effects(decision: &proto::Decision) -> Vec<ReviewEffect> {
    decision
        .stream_reviews
        .iter()
        .map(|one| one.effect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_shown_with_all_that_is_known_of_it() {
    let account = Linked::checking("paid", NAME).with_salary(today(), 240_000);
    let system = system_with(std::slice::from_ref(&account)).await;
    let decision = decided(&system, &account, &[]).await;
    let [stream] = decision.income_streams.as_slice() else {
        panic!("{:?}", decision.income_streams);
    };
    assert_eq!(stream.payer, "Acme");
    assert_eq!(stream.category(), IncomeCategory::Wages);
    assert_eq!(stream.cadence(), Cadence::Biweekly);
    assert_ne!(stream.runner_up_cadence(), Cadence::Unspecified);
    assert_eq!(stream.status(), StreamStatus::Active);
    assert_eq!(stream.account_id, "fca_paid");
    assert_eq!(
        (stream.owner(), stream.applicant_id.as_str()),
        (StreamOwner::Applicant, "p1")
    );
    assert_eq!(stream.net_per_pay, Some(super::harness::usd("2400.00")));
    assert_eq!(stream.net_per_month, Some(super::harness::usd("5200.00")));
    assert_eq!(
        stream.net_per_month_low, stream.net_per_month_high,
        "it never varied"
    );
    assert_eq!((stream.payment_count, stream.counted), (13, true));
    assert_eq!(stream.next_paydays.len(), 2);
    let first = stream.next_paydays[0].from_date.as_ref().unwrap();
    assert!(first.value >= today().to_string(), "{first:?}");
    let confidence = stream.confidence.as_ref().unwrap();
    assert_eq!(confidence.parts.len(), 8);
    assert_eq!(stream.confirmed_by, None);
    let evidence = stream.evidence.as_ref().unwrap();
    assert_eq!(evidence.transaction_count, 13);
    assert_eq!(evidence.transaction_ids.len(), 13);
    assert!(evidence.transaction_ids.contains(&id_of(&account, PAYROLL)));
    // Features of its scope are those of the stream, by position.
    let of_stream = decision
        .features
        .iter()
        .find(|one| one.name == "stream.cadence")
        .unwrap();
    let subject = of_stream
        .subject
        .as_ref()
        .unwrap()
        .subject
        .as_ref()
        .unwrap();
    assert_eq!(*subject, proto::subject::Subject::IncomeStream(0));
    assert_eq!(feature(&decision, "stream.cadence"), "biweekly");

    let mut asked = request("paid-0", NAME, &["fca_paid"]);
    asked.view = proto::DecisionView::Summary.into();
    application(&mut asked).id = "app-paid-0".to_owned();
    let summary = system.decide(asked).await;
    assert_eq!(summary.id, decision.id);
    assert_eq!(summary.income_streams, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn unproven_income_refers_and_is_decided_on_once_a_reviewer_confirms_it() {
    let account = new_work();
    let system = system_with(std::slice::from_ref(&account)).await;
    let before = decided(&system, &account, &[]).await;
    assert_eq!(before.outcome(), Outcome::Refer);
    assert_eq!(feature(&before, "income.monthly_net"), "missing: UNPROVEN");
    assert_eq!(before.income_streams[0].status(), StreamStatus::New);
    assert!(!before.income_streams[0].counted);

    let pay = id_of(&account, PAYROLL);
    let confirmed = review(&account.id(), &pay, ReviewVerdict::Confirmed);
    let after = decided(&system, &account, std::slice::from_ref(&confirmed)).await;
    assert_ne!(after.outcome(), Outcome::Refer, "{:?}", after.reasons);
    assert_ne!(after.outcome(), Outcome::Decline, "{:?}", after.reasons);
    assert!(feature(&after, "income.monthly_net").ends_with(" USD"));
    assert_eq!(feature(&after, "income.confidence"), "1");
    assert_eq!(feature(&after, "stream.review"), "confirmed");
    let stream = &after.income_streams[0];
    assert!(stream.counted);
    assert_eq!(
        stream.confirmed_by.as_ref(),
        Some(&confirmed),
        "it says why it counts"
    );
    assert_eq!(effects(&after), [ReviewEffect::Confirmed]);
    assert_eq!(after.stream_reviews[0].review.as_ref(), Some(&confirmed));
    let moved = after.stream_reviews[0].evidence.as_ref().unwrap();
    assert!(moved.transaction_count == 2 && moved.transaction_ids.contains(&pay));
    let sent = after.application.as_ref().unwrap();
    assert_eq!(
        sent.stream_reviews,
        std::slice::from_ref(&confirmed),
        "it is recorded as it was sent"
    );

    // A review is part of the request.
    let again = decided(&system, &account, std::slice::from_ref(&confirmed)).await;
    assert_eq!(again.id, after.id);
    let mut other = confirmed;
    other.reason = "a payslip was shown".to_owned();
    let refused = system
        .try_decide(reviewed("new-1-1", &account.id(), vec![other]))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::AlreadyExists);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_settle_unproven_income_is_told_and_comes_true() {
    let account = new_work();
    let system = system_with(std::slice::from_ref(&account)).await;
    let before = decided(&system, &account, &[]).await;
    let settlement = before.settlement.as_ref().unwrap();
    let [question] = settlement.questions.as_slice() else {
        panic!("{settlement:?}");
    };
    let Some(proto::settlement_question::About::Stream(stream)) = &question.about else {
        panic!("{question:?}");
    };
    assert_eq!((stream.payer.as_str(), stream.deposits), ("Acme", 2));
    for verdict in [ReviewVerdict::Confirmed, ReviewVerdict::Refused] {
        let review = review(&stream.account_id, &stream.transaction_id, verdict);
        let after = decided(&system, &account, &[review]).await;
        let mut answers = settlement.answers.iter();
        let told = answers.find(|one| one.given[0].verdict() == verdict);
        let [told] = told.unwrap().results.as_slice() else {
            panic!("{settlement:?}");
        };
        assert_eq!(told.outcome(), after.outcome());
        let principal = after.reasons.iter().filter(|reason| reason.principal);
        let principal: Vec<&str> = principal.map(|reason| reason.code.as_str()).collect();
        assert_eq!(told.reasons, principal);
        let amount = after.offer.as_ref().and_then(|offer| offer.amount.clone());
        assert_eq!(told.amount_min, amount);
        assert_eq!(
            after.settlement.is_some(),
            after.outcome() == Outcome::Refer
        );
    }
    // Read back, it is the same; in a list and in SUMMARY it is left out.
    let mut client = system.client.clone();
    let read = client.get_decision(proto::GetDecisionRequest {
        id: before.id.clone(),
        view: proto::DecisionView::Full.into(),
        idempotency_key: String::new(),
    });
    let read = read.await.unwrap().into_inner();
    let Some(proto::get_decision_response::Result::Decision(read)) = read.result else {
        panic!("{read:?}");
    };
    assert_eq!(read.settlement, before.settlement);
    let mut client = system.client.clone();
    let list = client.list_decisions(proto::ListDecisionsRequest {
        view: proto::DecisionView::Full.into(),
        ..Default::default()
    });
    let list = list.await.unwrap().into_inner().decisions;
    assert!(!list.is_empty() && list.iter().all(|one| one.settlement.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn income_that_a_reviewer_refuses_does_not_count() {
    let account = Linked::checking("paid", NAME).with_salary(today(), 240_000);
    let system = system_with(std::slice::from_ref(&account)).await;
    let before = decided(&system, &account, &[]).await;
    assert_eq!(before.outcome(), Outcome::Approve);
    let refused = review(
        &account.id(),
        &id_of(&account, PAYROLL),
        ReviewVerdict::Refused,
    );
    let after = decided(&system, &account, &[refused]).await;
    assert_eq!(after.outcome(), Outcome::Decline);
    assert_eq!(feature(&after, "income.monthly_net"), "0.00 USD");
    assert_eq!(after.income_streams, []);
    assert_eq!(effects(&after), [ReviewEffect::Refused]);
    assert_eq!(
        after.stream_reviews[0]
            .evidence
            .as_ref()
            .unwrap()
            .transaction_count,
        13
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_names_nothing_refers() {
    let account = Linked::checking("paid", NAME).with_salary(today(), 240_000);
    let system = system_with(std::slice::from_ref(&account)).await;
    let (id, shop) = (account.id(), id_of(&account, "CORNER GROCERY 0042"));
    let cases = [
        ("a", "fctxn_nothing", ReviewEffect::UnknownTransaction),
        ("b", shop.as_str(), ReviewEffect::CannotBeIncome),
    ];
    for (key, transaction, effect) in cases {
        let said = review(&id, transaction, ReviewVerdict::Confirmed);
        let decision = system.decide(reviewed(key, &id, vec![said])).await;
        assert_eq!(decision.outcome(), Outcome::Refer, "{transaction}");
        assert_eq!(effects(&decision), [effect]);
        assert_eq!(
            feature(&decision, "income.monthly_net"),
            "missing: REVIEW_UNCLEAR"
        );
        let told = decision
            .reasons
            .iter()
            .find(|reason| reason.principal)
            .unwrap();
        assert!(
            told.statement.contains("review of income deposits"),
            "{}",
            told.statement
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_joint_account_each_stream_is_its_owners_and_one_may_be_refused() {
    let other = "PICARRO LLC DES:PAYROLL INDN:KIM OTHER CO ID:9876543210 PPD";
    let own = "ACME INC DES:PAYROLL INDN:OLA LIND CO ID:1234567890 PPD";
    let mut deposits: Vec<(u64, i64, &str)> = (0..12).map(|n| (3 + 14 * n, 200_000, own)).collect();
    deposits.extend((0..12).map(|n| (5 + 14 * n, 300_000, other)));
    let mut account = account("joint", &deposits);
    account.owner = "Ola Lind and Kim Other".to_owned();
    let system = system_with(std::slice::from_ref(&account)).await;
    let before = decided(&system, &account, &[]).await;
    let owners: Vec<_> = before
        .income_streams
        .iter()
        .map(|one| one.owner())
        .collect();
    assert_eq!(owners, [StreamOwner::OtherOwner, StreamOwner::Applicant]);
    let refused = review(
        &account.id(),
        &id_of(&account, other),
        ReviewVerdict::Refused,
    );
    let after = decided(&system, &account, &[refused]).await;
    assert_eq!(feature(&before, "income.monthly_net"), "10833.33 USD");
    assert_eq!(feature(&after, "income.monthly_net"), "4333.33 USD");
    assert_eq!(after.income_streams.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_reviewed_is_replayed_to_the_same_bytes() {
    use std::sync::Arc;
    use underwrite::id::{OsEntropy, TenantId};
    use underwrite::ledger::{Ledger, SqliteLedger};
    use underwrite::replay::{Replay, reproduce};

    let (new, paid) = (
        new_work(),
        Linked::checking("paid", NAME).with_salary(today(), 240_000),
    );
    let (load, data) = (
        tempfile::tempdir().unwrap(),
        super::harness::private_folder(),
    );
    linked::write(&[new.clone(), paid.clone()], now(), load.path());
    let system = start(Setup {
        load: Some(load.path()),
        data: Some(data.path()),
        ..Setup::default()
    })
    .await;
    let said =
        |account: &Linked, verdict| [review(&account.id(), &id_of(account, PAYROLL), verdict)];
    decided(&system, &new, &said(&new, ReviewVerdict::Confirmed)).await;
    decided(&system, &paid, &said(&paid, ReviewVerdict::Refused)).await;
    decided(&system, &paid, &[]).await;
    system.stop().await;

    let path = data.path().join("ledger.sqlite");
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&path, &OsEntropy).unwrap());
    let report = reproduce(
        &ledger,
        &TenantId::default_tenant(),
        &Replay::default(),
        |_, _| std::ops::ControlFlow::Continue(()),
    )
    .await
    .unwrap();
    assert_eq!(report.reproduced, 3, "{report:?}");
    assert!(report.is_faithful());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_is_signed_and_names_a_stream() {
    let account = new_work();
    let system = system_with(std::slice::from_ref(&account)).await;
    let good = review(
        &account.id(),
        &id_of(&account, PAYROLL),
        ReviewVerdict::Confirmed,
    );
    type Change = fn(&mut proto::StreamReview);
    let cases: [(&str, Change); 6] = [
        ("account_id", |one| one.account_id = "acct_1".to_owned()),
        ("transaction_id", |one| one.transaction_id.clear()),
        ("verdict", |one| one.verdict = 0),
        ("reviewer", |one| one.reviewer.clear()),
        ("reason", |one| one.reason = " ".to_owned()),
        ("review_time", |one| one.review_time = None),
    ];
    for (field, change) in cases {
        let mut wrong = good.clone();
        change(&mut wrong);
        let answer = system
            .try_decide(reviewed("k", &account.id(), vec![wrong]))
            .await;
        let field = format!("application.stream_reviews[0].{field}");
        assert_names_field(&answer.unwrap_err(), &field);
    }
    let twice = vec![good.clone(), good];
    let answer = system.try_decide(reviewed("k", &account.id(), twice)).await;
    let field = "application.stream_reviews[1].transaction_id";
    assert_names_field(&answer.unwrap_err(), field);
    assert_eq!(RULE_SET, "personal-loan");
}
