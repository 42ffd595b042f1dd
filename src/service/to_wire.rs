//! From recorded types to wire types. Nothing here can fail.

mod access;
mod application;
mod damaged;
mod follow_ups;
mod notices;
mod offer;
mod replays;
mod rule_sets;
mod settlement;
mod snapshot;
mod streams;
mod tables;
pub mod words;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::application::Application;
use crate::decision::{
    BalanceRecord, DecisionBody, FeatureValue, FullView, Pins, Reason, SnapshotPin, Summary,
};
use crate::features::{Missing, Subject, Value};
use crate::ledger::{DecisionRecord, Envelope};
use crate::money::{Currency, Money};
use crate::proto;
use crate::rules::{
    Action, Change, Comparison, Counterfactual, Outcome, RetryTrace, RuleTrace, Score, ScoreTrace,
    Settlement, Verdict,
};
use crate::snapshot::{Rows, Snapshot};
use crate::underwriter::Pending;

pub use access::{audit_page, token};
pub use application::{application, frequency, input, term};
pub use damaged::damaged;
pub use follow_ups::{loan_event, loan_performance, override_of};
pub use notices::{due_notice, no_notice, notice, notice_channel, notice_kind, sent_notice};
pub use replays::replay;
pub use rule_sets::{activation, findings, rule_set_status, rule_set_text, rule_set_version};
pub use snapshot::snapshot;

/// A decision with what its applicant is told.
pub fn summary(record: &DecisionRecord, view: &Summary) -> proto::Decision {
    let reasons = view.reasons.iter();
    let decision = proto::Decision {
        reasons: reasons.map(|told| reason(told, &[])).collect(),
        score: view.score.as_ref().map(score),
        ..base(&record.application, &record.body)
    };
    recorded(record, decision)
}

/// A decision with everything that was recorded. `snapshots`, in the order of its pins, turn
/// evidence into transaction ids.
pub fn full(
    record: &DecisionRecord,
    view: &FullView,
    settlement: Option<&Settlement>,
    snapshots: &[Arc<Snapshot>],
) -> proto::Decision {
    recorded(
        record,
        explained(
            &record.application,
            &record.body,
            view,
            settlement,
            snapshots,
        ),
    )
}

/// The same of one that is not recorded, and so has no id, no time and no place in a chain.
pub fn explained(
    asked: &Application,
    body: &DecisionBody,
    view: &FullView,
    settlement: Option<&Settlement>,
    snapshots: &[Arc<Snapshot>],
) -> proto::Decision {
    let reasons = view.reasons.iter();
    let features = view.features.iter();
    let derived = view.derived.iter().map(|derived| proto::DerivedValue {
        name: derived.name.clone(),
        observation: Some(observation(&derived.value)),
    });
    proto::Decision {
        reasons: reasons.map(|told| reason(told, snapshots)).collect(),
        score: view.score.as_ref().map(score),
        features: features.map(|found| feature(found, snapshots)).collect(),
        derived_values: derived.collect(),
        trace: view.trace.iter().map(rule_trace).collect(),
        tables: view.tables.iter().map(tables::table).collect(),
        retries: view.retries.iter().map(retry_trace).collect(),
        decided_by: view.decided_by.iter().map(tables::decider).collect(),
        application: Some(application(asked)),
        answers: answers(asked),
        daily_balances: body
            .balances
            .as_ref()
            .map(|found| daily_balances(found, asked.currency())),
        income_streams: streams::streams(asked, body, snapshots),
        stream_reviews: streams::reviews(asked, body, snapshots),
        settlement: settlement.map(settlement::settlement),
        ..base(asked, body)
    }
}

fn daily_balances(found: &BalanceRecord, currency: Currency) -> proto::DailyBalances {
    let days = found.minor.iter();
    proto::DailyBalances {
        first_date: Some(date(found.first)),
        fit_from_date: found.fit_from.map(date),
        balances: days
            .map(|minor| money(Money::new(*minor, currency)))
            .collect(),
    }
}

/// A decision with what only a record has.
fn recorded(record: &DecisionRecord, decision: proto::Decision) -> proto::Decision {
    proto::Decision {
        id: record.id.to_string(),
        record_time: Some(timestamp(record.envelope.recorded_at)),
        chain: Some(chain(&record.envelope)),
        ..decision
    }
}

/// What every view shows.
fn base(asked: &Application, body: &DecisionBody) -> proto::Decision {
    proto::Decision {
        application_id: asked.id().to_string(),
        outcome: outcome(body.outcome()).into(),
        offer: body.offer().map(offer::offer),
        offer_search: body.offer_search().map(offer::search),
        plan: body.plan().iter().map(offer::debit).collect(),
        data_quality: body.pins.snapshots.iter().map(quality).collect(),
        pins: Some(pins(&body.pins)),
        stream_reviews: streams::reviews(asked, body, &[]),
        test_data: body.pins.test_data,
        resolves: asked
            .resolution()
            .map_or_else(String::new, |one| one.of.to_string()),
        ..proto::Decision::default()
    }
}

/// What reviewers answered, as it was sent.
fn answers(application: &Application) -> Vec<proto::Answer> {
    let answers = application
        .resolution()
        .into_iter()
        .flat_map(|one| &one.answers);
    answers
        .map(|answer| proto::Answer {
            fact: answer.fact.clone(),
            value: Some(input(&answer.value)),
            reviewer: answer.reviewer.clone(),
            evidence: answer.evidence.clone(),
            answer_time: Some(timestamp(answer.answered_at)),
        })
        .collect()
}

fn quality(pin: &SnapshotPin) -> proto::AccountQuality {
    proto::AccountQuality {
        account_id: pin.account.to_string(),
        applicant_id: pin.applicant.to_string(),
        flags: words::quality_flags(&pin.flags),
    }
}

/// The wire's word for an outcome.
pub fn outcome(outcome: Outcome) -> proto::Outcome {
    match outcome {
        Outcome::Approve => proto::Outcome::Approve,
        Outcome::Counter => proto::Outcome::Counter,
        Outcome::Refer => proto::Outcome::Refer,
        Outcome::Decline => proto::Outcome::Decline,
    }
}

fn reason(reason: &Reason, snapshots: &[Arc<Snapshot>]) -> proto::Reason {
    proto::Reason {
        code: reason.fired.reason.clone(),
        statement: reason.fired.statement.clone(),
        action: action(reason.fired.action).into(),
        principal: reason.principal,
        source: Some(words::reason_source(&reason.fired.source)),
        features: reason.fired.features.clone(),
        evidence: Some(evidence(&reason.evidence, snapshots)),
        counterfactuals: reason
            .fired
            .counterfactuals
            .iter()
            .map(counterfactual)
            .collect(),
    }
}

fn counterfactual(change: &Counterfactual) -> proto::Counterfactual {
    proto::Counterfactual {
        name: change.name.clone(),
        observed: Some(value(&change.observed)),
        needed: change.needed.clone(),
        also: change.also.iter().map(also).collect(),
    }
}

fn also(change: &Change) -> proto::Change {
    proto::Change {
        name: change.name.clone(),
        observed: Some(value(&change.observed)),
        needed: change.needed.clone(),
    }
}

fn evidence(rows: &Rows, snapshots: &[Arc<Snapshot>]) -> proto::Evidence {
    proto::Evidence {
        transaction_count: count(rows.len()),
        transaction_ids: rows
            .pairs()
            .filter_map(|(snapshot, row)| {
                let snapshot = snapshots.get(usize::from(snapshot))?;
                let transactions = snapshot.transactions.known().ok()?;
                Some(transactions.get(usize::try_from(row).ok()?)?.id.to_string())
            })
            .collect(),
    }
}

fn action(action: Action) -> proto::RuleAction {
    match action {
        Action::Decline => proto::RuleAction::Decline,
        Action::Refer => proto::RuleAction::Refer,
        Action::Flag => proto::RuleAction::Flag,
    }
}

fn score(score: &Score) -> proto::Score {
    use proto::score::Total;
    proto::Score {
        total: Some(match score.total {
            Ok(points) => Total::Points(points),
            Err(why) => Total::Missing(missing(why).into()),
        }),
        characteristics: score.characteristics.iter().map(characteristic).collect(),
    }
}

fn characteristic(trace: &ScoreTrace) -> proto::ScoreCharacteristic {
    use proto::score_characteristic::Result as Points;
    proto::ScoreCharacteristic {
        name: trace.name.clone(),
        observed: Some(observation(&trace.observed)),
        bin: trace.bin.clone(),
        result: Some(match trace.points {
            Ok(points) => Points::Points(points),
            Err(why) => Points::Missing(missing(why).into()),
        }),
        points_max: trace.points_max,
        points_baseline: trace.points_baseline,
    }
}

fn feature(feature: &FeatureValue, snapshots: &[Arc<Snapshot>]) -> proto::Feature {
    proto::Feature {
        name: feature.name.clone(),
        r#type: words::value_type(feature.ty).into(),
        subject: Some(subject(&feature.subject)),
        observation: Some(observation(&feature.value)),
        evidence: Some(evidence(&feature.evidence, snapshots)),
    }
}

fn subject(whose: &Subject) -> proto::Subject {
    use proto::subject::Subject as Wire;
    proto::Subject {
        subject: Some(match whose {
            Subject::Household => Wire::Household(true),
            Subject::Applicant(id) => Wire::ApplicantId(id.to_string()),
            Subject::Account(id) => Wire::AccountId(id.to_string()),
            Subject::IncomeStream(position) => Wire::IncomeStream(*position),
        }),
    }
}

fn rule_trace(trace: &RuleTrace) -> proto::RuleTrace {
    proto::RuleTrace {
        rule_id: trace.rule.clone(),
        action: action(trace.action).into(),
        verdict: verdict(trace.verdict).into(),
        comparisons: trace.comparisons.iter().map(comparison).collect(),
        missing_ignored: trace.missing_ignored.clone().unwrap_or_default(),
        why: trace.notes.why.clone().unwrap_or_default(),
        owner: trace.notes.owner.clone().unwrap_or_default(),
        tags: trace.notes.tags.clone(),
    }
}

fn retry_trace(trace: &RetryTrace) -> proto::RetryTrace {
    proto::RetryTrace {
        retry_id: trace.retry.clone(),
        verdict: verdict(trace.verdict).into(),
        comparisons: trace.comparisons.iter().map(comparison).collect(),
    }
}

fn comparison(comparison: &Comparison) -> proto::Comparison {
    proto::Comparison {
        text: comparison.text.clone(),
        operands: comparison.operands.iter().map(observation).collect(),
        verdict: verdict(comparison.verdict).into(),
        in_words: comparison.in_words.clone().unwrap_or_default(),
    }
}

fn verdict(verdict: Verdict) -> proto::Verdict {
    match verdict {
        Verdict::True => proto::Verdict::True,
        Verdict::False => proto::Verdict::False,
        Verdict::Unknown => proto::Verdict::Unknown,
    }
}

fn pins(pins: &Pins) -> proto::Pins {
    proto::Pins {
        semantics: pins.semantics,
        engine_version: pins.engine_version.clone(),
        as_of_time: Some(timestamp(pins.as_of.instant)),
        zone: pins.zone().name().to_owned(),
        seed: pins.seed,
        amount_sign: words::amount_sign(pins.amount_sign).into(),
        snapshots: pins
            .snapshots
            .iter()
            .map(|pin| proto::SnapshotPin {
                applicant_id: pin.applicant.to_string(),
                account_id: pin.account.to_string(),
                hash: pin.hash.to_string(),
                fetch_time: Some(timestamp(pin.fetched_at)),
            })
            .collect(),
        rule_set: Some(proto::RuleSetPin {
            name: pins.rule_set.name.clone(),
            version: pins.rule_set.version.clone(),
            kind: words::rule_set_kind(pins.rule_set.kind).into(),
            bundle_hash: pins.rule_set.bundle.to_string(),
        }),
        tables: pins.tables.clone(),
    }
}

fn chain(envelope: &Envelope) -> proto::ChainPosition {
    proto::ChainPosition {
        chain_id: envelope.chain_id.clone(),
        seq: envelope.seq,
        hash: envelope.hash.to_string(),
        previous_hash: envelope.previous.to_string(),
        commitment: envelope.commitment.to_string(),
        time_held_back: envelope.time_held_back,
    }
}

fn observation(observed: &Result<Value, Missing>) -> proto::Observation {
    use proto::observation::Result as Wire;
    proto::Observation {
        result: Some(match observed {
            Ok(known) => Wire::Value(value(known)),
            Err(why) => Wire::Missing(missing(*why).into()),
        }),
    }
}

fn value(value: &Value) -> proto::Value {
    use proto::value::Kind as Wire;
    proto::Value {
        kind: Some(match value {
            Value::Money(amount) => Wire::Money(money(*amount)),
            Value::Count(count) => Wire::Count(*count),
            Value::Days(days) => Wire::Days(*days),
            Value::Ratio(ratio) => Wire::Ratio(decimal(*ratio)),
            Value::Percent(percent) => Wire::Percent(decimal(*percent)),
            Value::Date(day) => Wire::Date(date(*day)),
            Value::Text(text) => Wire::Text(text.clone()),
            Value::Bool(truth) => Wire::Boolean(*truth),
        }),
    }
}

fn missing(why: Missing) -> proto::MissingReason {
    match why {
        Missing::NoPermission => proto::MissingReason::NoPermission,
        Missing::NotReady => proto::MissingReason::NotReady,
        Missing::RefreshFailed => proto::MissingReason::RefreshFailed,
        Missing::Disconnected => proto::MissingReason::Disconnected,
        Missing::NoSuchAccount => proto::MissingReason::NoSuchAccount,
        Missing::HistoryTooShort => proto::MissingReason::HistoryTooShort,
        Missing::Ambiguous => proto::MissingReason::Ambiguous,
        Missing::NoBasis => proto::MissingReason::NoBasis,
        Missing::OtherCurrency => proto::MissingReason::OtherCurrency,
        Missing::NotProvided => proto::MissingReason::NotProvided,
        Missing::Overflow => proto::MissingReason::Overflow,
        Missing::ReviewUnclear => proto::MissingReason::ReviewUnclear,
        Missing::OutsideForecast => proto::MissingReason::OutsideForecast,
        Missing::Unproven => proto::MissingReason::Unproven,
        Missing::PastDay => proto::MissingReason::PastDay,
    }
}

/// A decision that is not final yet.
pub fn pending(pending: &Pending) -> proto::Pending {
    proto::Pending {
        decision_id: pending.decision.to_string(),
        pend_time: Some(timestamp(pending.since)),
        expire_time: Some(timestamp(pending.until)),
        waiting_account_ids: pending
            .waiting_for
            .iter()
            .map(ToString::to_string)
            .collect(),
        rule_set: pending.rule_set.to_string(),
        application_id: pending.application.to_string(),
        idempotency_key: pending.key.to_string(),
        test_data: pending.test_data,
    }
}

/// An exact amount in major units.
pub fn money(amount: Money) -> proto::Money {
    proto::Money {
        amount: amount.to_decimal().to_string(),
        currency: amount.currency().as_str().to_owned(),
    }
}

fn count<N: TryInto<i32>>(number: N) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

fn decimal(number: Decimal) -> proto::Decimal {
    proto::Decimal {
        value: number.to_string(),
    }
}

/// A civil date.
pub fn date(day: NaiveDate) -> proto::Date {
    proto::Date {
        value: day.to_string(),
    }
}

/// An instant.
pub fn timestamp(at: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0),
    }
}
