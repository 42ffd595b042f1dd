//! The one place of the baseline that knows the shape of a decision: it tells it in names of its
//! own, which stay when types are renamed.

use serde_json::{Value as Json, json};
use underwrite::decision::{DecisionBody, FeatureValue, FullView, Reason};
use underwrite::features::{Missing, Subject, Value};
use underwrite::money::Money;
use underwrite::rules::{Action, OfferTerms, RuleTrace, Score, Verdict};
use underwrite::snapshot::Rows;

/// Outcome, score, offer, derived values, reasons and data quality.
pub(super) fn decision(body: &DecisionBody, view: &FullView) -> Json {
    let derived = view.derived.iter();
    let derived = derived.map(|one| json!([one.name, seen(&one.value)]));
    let quality = body.pins.snapshots.iter().map(|one| {
        let flags = one.flags.iter().map(|flag| flag.as_str());
        json!({
            "account": one.account.as_str(),
            "applicant": one.applicant.as_str(),
            "flags": flags.collect::<Vec<_>>(),
        })
    });
    json!({
        "outcome": body.outcome().as_str(),
        "score": view.score.as_ref().map(score),
        "offer": body.offer().map(offer),
        "derived": derived.collect::<Vec<_>>(),
        "reasons": view.reasons.iter().map(reason).collect::<Vec<_>>(),
        "quality": quality.collect::<Vec<_>>(),
    })
}

/// Every feature: name, subject, value, evidence.
pub(super) fn features(view: &FullView) -> Json {
    let one = |feature: &FeatureValue| {
        let subject = match &feature.subject {
            Subject::Household => "household".to_owned(),
            Subject::Applicant(id) => format!("applicant {}", id.as_str()),
            Subject::Account(id) => format!("account {}", id.as_str()),
            Subject::IncomeStream(position) => format!("income stream {position}"),
        };
        json!({
            "name": feature.name,
            "subject": subject,
            "value": seen(&feature.value),
            "rows": rows(&feature.evidence),
        })
    };
    view.features.iter().map(one).collect()
}

/// Every rule with what it compared.
pub(super) fn trace(view: &FullView) -> Json {
    let one = |rule: &RuleTrace| {
        let comparisons = rule.comparisons.iter().map(|comparison| {
            json!({
                "text": comparison.text,
                "operands": comparison.operands.iter().map(seen).collect::<Vec<_>>(),
                "verdict": verdict(comparison.verdict),
            })
        });
        json!({
            "rule": rule.rule,
            "action": action(rule.action),
            "verdict": verdict(rule.verdict),
            "missing_ignored": rule.missing_ignored,
            "comparisons": comparisons.collect::<Vec<_>>(),
        })
    };
    view.trace.iter().map(one).collect()
}

fn reason(reason: &Reason) -> Json {
    let fired = &reason.fired;
    let changes = fired.counterfactuals.iter();
    let changes = changes.map(|one| {
        let also = one.also.iter().map(
            |one| json!({"name": one.name, "observed": value(&one.observed), "needed": one.needed}),
        );
        json!({
            "name": one.name,
            "observed": value(&one.observed),
            "needed": one.needed,
            "also": also.collect::<Vec<_>>(),
        })
    });
    json!({
        "code": fired.reason,
        "source": fired.source.to_string(),
        "action": action(fired.action),
        "decisive": fired.decisive,
        "principal": reason.principal,
        "statement": fired.statement,
        "features": fired.features,
        "counterfactuals": changes.collect::<Vec<_>>(),
        "rows": rows(&reason.evidence),
    })
}

fn score(score: &Score) -> Json {
    let points = |points: &Result<i64, Missing>| match points {
        Ok(points) => json!(points),
        Err(why) => json!(format!("missing {}", why.as_str())),
    };
    let characteristics = score.characteristics.iter().map(|one| {
        json!({
            "name": one.name,
            "observed": seen(&one.observed),
            "bin": one.bin,
            "points": points(&one.points),
            "points_max": one.points_max,
        })
    });
    json!({
        "total": points(&score.total),
        "characteristics": characteristics.collect::<Vec<_>>(),
    })
}

fn offer(offer: &OfferTerms) -> Json {
    json!({
        "tier": offer.tier,
        "amount": money(offer.amount),
        "rate_percent": offer.rate_percent.to_string(),
        "apr_percent": offer.apr_percent.to_string(),
        "payment": money(offer.payment),
        "last_payment": money(offer.last_payment),
        "payments": offer.payments,
        "first_payment_date": offer.first_payment_date.map(|date| date.to_string()),
        "bound_by": offer.bound_by,
    })
}

/// A value in one text with its unit, or why it is missing.
fn seen(value: &Result<Value, Missing>) -> String {
    match value {
        Ok(value) => self::value(value),
        Err(why) => format!("missing {}", why.as_str()),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Money(amount) => money(*amount),
        Value::Count(count) => format!("count {count}"),
        Value::Days(days) => format!("days {days}"),
        Value::Ratio(ratio) => format!("ratio {ratio}"),
        Value::Percent(percent) => format!("percent {percent}"),
        Value::Date(date) => format!("date {date}"),
        Value::Text(text) => format!("text {text}"),
        Value::Bool(truth) => format!("bool {truth}"),
    }
}

fn money(money: Money) -> String {
    format!("{} {}", money.currency().as_str(), money.minor())
}

/// `account:first-last` for each run of rows.
fn rows(rows: &Rows) -> String {
    let run = |run: &underwrite::snapshot::RowRange| {
        format!("{}:{}-{}", run.snapshot, run.start, run.start + run.len - 1)
    };
    rows.runs().iter().map(run).collect::<Vec<_>>().join(" ")
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::True => "true",
        Verdict::False => "false",
        Verdict::Unknown => "unknown",
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Decline => "decline",
        Action::Refer => "refer",
        Action::Flag => "flag",
    }
}
