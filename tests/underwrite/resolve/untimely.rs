//! Reviews that cannot be followed, and words that come too early or too late, settle nothing.

use tonic::Code;
use underwrite::limits;
use underwrite::proto;
use underwrite::proto::input_value::Kind;
use underwrite::service::to_wire;

use super::super::harness::{TestSystem, assert_names_field, feature, system, today, usd};
use super::{answer, asked, count, good, reason, resolve, sample};

fn review(account: &str, transaction: &str) -> proto::StreamReview {
    proto::StreamReview {
        account_id: account.to_owned(),
        transaction_id: transaction.to_owned(),
        verdict: proto::ReviewVerdict::Confirmed.into(),
        reviewer: "q.officer".to_owned(),
        reason: "an offer letter".to_owned(),
        review_time: answer("", count(0)).answer_time,
    }
}

/// The account of the sample, and a transaction of it that is no money in.
async fn a_purchase(system: &TestSystem, of: &proto::Decision) -> (String, String) {
    let pin = &of.pins.as_ref().unwrap().snapshots[0];
    let request = proto::GetSnapshotRequest {
        hash: pin.hash.clone(),
    };
    let shown = system.client.clone().get_snapshot(request).await.unwrap();
    let snapshot = shown.into_inner().snapshot.unwrap();
    let mut rows = snapshot.transactions.iter();
    let purchase = rows.find(|row| row.amount.as_ref().unwrap().amount.starts_with('-'));
    (pin.account_id.clone(), purchase.unwrap().id.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_cannot_be_followed_does_not_use_up_a_referral() {
    let system = system().await;
    let first = system.decide(sample("ownership_mismatch", "k1")).await;
    let (account, purchase) = a_purchase(&system, &first).await;
    let income = || answer("income.monthly_net", Kind::Money(usd("20000.00")));
    for (review, field) in [
        (
            review("fca_nobody", &purchase),
            "stream_reviews[0].account_id",
        ),
        (
            review(&account, "fctxn_none"),
            "stream_reviews[0].transaction_id",
        ),
        (
            review(&account, &purchase),
            "stream_reviews[0].transaction_id",
        ),
    ] {
        let mut request = asked("r1", &first, vec![good()]);
        request.stream_reviews = vec![review];
        let status = resolve(&system, request.clone()).await.unwrap_err();
        assert_names_field(&status, field);
        assert_eq!(reason(&status), "INVALID_REQUEST");
        // Nor does it open what the bank shows.
        request.answers = vec![income()];
        let status = resolve(&system, request).await.unwrap_err();
        assert_names_field(&status, "answers[0].fact");
        assert_eq!(reason(&status), "NOT_ANSWERABLE");
    }
    assert_eq!(system.recorded().await.len(), 1);
    resolve(&system, asked("r1", &first, vec![good()]))
        .await
        .unwrap();

    // Neither where it came with the application.
    let mut request = sample("ownership_mismatch", "k2");
    let application = request.application.as_mut().unwrap();
    application.id.push_str("-again");
    application.stream_reviews = vec![review(&account, "fctxn_none")];
    let first = system.decide(request).await;
    assert_eq!(
        feature(&first, "income.monthly_net"),
        "missing: REVIEW_UNCLEAR"
    );
    let settlement = first.settlement.as_ref().unwrap();
    assert!(
        !settlement
            .open_facts
            .iter()
            .any(|fact| fact.starts_with("income.")),
        "{settlement:?}"
    );
    let status = resolve(&system, asked("r2", &first, vec![income()])).await;
    let status = status.unwrap_err();
    assert_names_field(&status, "answers[0].fact");
    assert_eq!(reason(&status), "NOT_ANSWERABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_ahead_of_time_is_refused() {
    let system = system().await;
    let first = system.decide(sample("ownership_mismatch", "k1")).await;
    let ahead = i64::try_from(limits::ANSWER_CLOCK_AHEAD_MAX.as_secs()).unwrap();
    let later = |seconds: i64| {
        let mut request = asked("r1", &first, vec![good()]);
        let time = request.answers[0].answer_time.as_mut().unwrap();
        time.seconds += seconds;
        request
    };
    let status = resolve(&system, later(ahead + 1)).await.unwrap_err();
    assert_names_field(&status, "answers[0].answer_time");
    let mut reviewed = asked("r1", &first, vec![good()]);
    let mut review = review("fca_nobody", "fctxn_none");
    review.review_time = later(ahead + 1).answers[0].answer_time;
    reviewed.stream_reviews = vec![review];
    let status = resolve(&system, reviewed).await.unwrap_err();
    assert_names_field(&status, "stream_reviews[0].review_time");
    resolve(&system, later(ahead)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_referral_that_has_grown_old_is_resolved_no_more_and_a_repeat_is_answered() {
    let system = system().await;
    let oldest = chrono::Duration::from_std(limits::RESOLUTION_AGE_MAX).unwrap();
    let mut soon = sample("ownership_mismatch", "k0");
    let application = soon.application.as_mut().unwrap();
    application.id.push_str("-soon");
    let due = today() + chrono::Days::new(7);
    application.first_payment_date = Some(to_wire::date(due));
    let soon = system.decide(soon).await;
    let [first, other] = ["k1", "k2"].map(|key| {
        let mut request = sample("ownership_mismatch", key);
        let application = request.application.as_mut().unwrap();
        application.id.push_str(key);
        application.first_payment_date = None;
        request
    });
    let (first, other) = (system.decide(first).await, system.decide(other).await);

    system.clock.advance(chrono::Duration::days(8));
    let expired = async |request| {
        let status = resolve(&system, request).await.unwrap_err();
        assert_eq!(
            (status.code(), &*reason(&status)),
            (Code::FailedPrecondition, "REFERRAL_EXPIRED")
        );
        status.message().to_owned()
    };
    let told = expired(asked("r0", &soon, vec![good()])).await;
    assert!(told.contains("first payment"), "{told}");

    system.clock.advance(oldest - chrono::Duration::days(8));
    let in_time = asked("r1", &first, vec![good()]);
    let second = resolve(&system, in_time.clone()).await.unwrap();
    system.clock.advance(chrono::Duration::seconds(1));
    let told = expired(asked("r2", &other, vec![good()])).await;
    assert!(told.contains("`Decide`"), "{told}");
    assert_eq!(resolve(&system, in_time).await.unwrap(), second);
}
