//! Streams of income, and what reviewers say of them.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{count, date, decimal, evidence, money, timestamp, words};
use crate::analysis::{Confidence, ExpectedPayday, Reviewed, StreamOwner};
use crate::application::{Application, StreamReview};
use crate::decision::{DecisionBody, StreamRecord};
use crate::proto;
use crate::snapshot::Snapshot;

/// The streams of a decision.
pub(super) fn streams(
    asked: &Application,
    body: &DecisionBody,
    snapshots: &[Arc<Snapshot>],
) -> Vec<proto::IncomeStream> {
    let streams = body.streams.iter();
    streams
        .map(|one| stream(one, asked, body, snapshots))
        .collect()
}

fn stream(
    stream: &StreamRecord,
    asked: &Application,
    body: &DecisionBody,
    snapshots: &[Arc<Snapshot>],
) -> proto::IncomeStream {
    let account = body.pins.snapshots.get(usize::from(stream.account));
    let applicant = match stream.whose {
        StreamOwner::Applicant(index) => asked.applicants().get(index),
        StreamOwner::OtherOwner | StreamOwner::Unclear => None,
    };
    let (low, high) = stream.net_per_month_interval;
    let confirmed = stream
        .review
        .and_then(|index| asked.stream_reviews().get(index));
    let cadence = |cadence| words::cadence(cadence).into();
    proto::IncomeStream {
        payer: stream.payer.clone(),
        category: words::income_category(stream.category).into(),
        cadence: cadence(stream.cadence),
        runner_up_cadence: stream.runner_up.map_or(0, cadence),
        ambiguous: stream.ambiguous,
        status: words::stream_status(stream.status).into(),
        account_id: account
            .map(|pin| pin.account.to_string())
            .unwrap_or_default(),
        owner: words::stream_owner(stream.whose).into(),
        applicant_id: applicant.map(|one| one.id.to_string()).unwrap_or_default(),
        net_per_pay: stream.net_per_pay.map(money),
        net_per_month: stream.net_per_month.map(money),
        net_per_month_low: low.map(money),
        net_per_month_high: high.map(money),
        stability: Some(thousandths(stream.stability)),
        regularity: Some(thousandths(stream.regularity)),
        trend: stream.trend.map(thousandths),
        payment_count: count(stream.payments),
        months_seen: count(stream.months),
        first_date: Some(date(stream.first)),
        last_date: Some(date(stream.last)),
        next_paydays: stream.next_paydays.iter().map(payday).collect(),
        confidence: Some(confidence(&stream.confidence)),
        counted: stream.counts,
        confirmed_by: confirmed.map(review),
        evidence: Some(evidence(&stream.rows, snapshots)),
    }
}

fn payday(day: &ExpectedPayday) -> proto::ExpectedPayday {
    proto::ExpectedPayday {
        expected_date: Some(date(day.expected)),
        from_date: Some(date(day.from)),
        to_date: Some(date(day.to)),
    }
}

fn confidence(found: &Confidence) -> proto::StreamConfidence {
    let parts = found.parts().into_iter();
    let part = |(name, meaning, share, most): (&str, &str, i64, i64)| proto::ConfidencePart {
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        share: Some(thousandths(share)),
        share_max: Some(thousandths(most)),
    };
    proto::StreamConfidence {
        total: Some(thousandths(found.total())),
        cap: Some(thousandths(found.cap)),
        parts: parts.map(part).collect(),
    }
}

fn thousandths(number: i64) -> proto::Decimal {
    decimal(Decimal::new(number, 3).normalize())
}

/// A review, as it was sent.
pub(super) fn review(review: &StreamReview) -> proto::StreamReview {
    proto::StreamReview {
        account_id: review.account.to_string(),
        transaction_id: review.transaction.to_string(),
        verdict: words::review_verdict(review.verdict).into(),
        reviewer: review.reviewer.clone(),
        reason: review.reason.clone(),
        review_time: Some(timestamp(review.reviewed_at)),
    }
}

/// What came of each review. Without `snapshots` its deposits are counted and not named.
pub(super) fn reviews(
    asked: &Application,
    body: &DecisionBody,
    snapshots: &[Arc<Snapshot>],
) -> Vec<proto::ReviewedStream> {
    let said = asked.stream_reviews().iter();
    let came = |(said, reviewed): (&StreamReview, &Reviewed)| proto::ReviewedStream {
        review: Some(review(said)),
        effect: words::review_effect(reviewed.effect).into(),
        evidence: Some(evidence(&reviewed.rows, snapshots)),
    };
    said.zip(&body.reviews).map(came).collect()
}
