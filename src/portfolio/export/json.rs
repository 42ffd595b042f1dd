//! One JSON object a decision.

use serde_json::{Map, Value as Json, json};

use super::{code, input, rule, term};
use crate::features::{self, Missing, Scope, Slot, Value};
use crate::portfolio::PastDecision;
use crate::rules::{Bundle, GivenReason, OfferTerms, ReasonSource};

/// The object of a decision; `live` is the rule set that decided. Values are written as in a record: what
/// is missing is `{"missing": "no_permission"}`, a text `{"text": "checking"}`. A feature of accounts,
/// applicants or streams of income is a list.
pub fn line(past: &PastDecision, live: Option<&Bundle>) -> Json {
    let decided = &past.decided;
    let inputs = past.asked.inputs.iter();
    let inputs = inputs.map(|(name, sent)| (name.clone(), Json::from(input(sent))));
    let reasons = decided.reasons.iter().map(|given| reason(given, live));
    let score = decided.score.map(|score| match score {
        Ok(score) => Json::from(score),
        Err(why) => missing(why),
    });
    let plan = decided.plan.iter();
    let plan = plan.map(
        |debit| json!({ "date": debit.date, "amount": Value::Money(debit.amount).to_string() }),
    );
    json!({
        "decision_id": past.id.as_str(),
        "seq": past.seq,
        "recorded_at": past.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "application_id": past.application.as_str(),
        "product": past.product,
        "rule_set": {
            "name": past.rule_set.name,
            "version": past.rule_set.version,
            "bundle": past.rule_set.bundle.to_string(),
        },
        "semantics": past.semantics,
        "test_data": past.test_data,
        "resolves": past.resolves.as_ref().map(|id| id.as_str()),
        "requested": {
            "amount": Value::Money(past.asked.amount).to_string(),
            "term": term(past.asked.term),
        },
        "inputs": inputs.collect::<Map<_, _>>(),
        "outcome": decided.outcome.as_str(),
        "score": score,
        "offer": decided.offer.as_ref().map(offer),
        "planned_debits": plan.collect::<Vec<_>>(),
        "reasons": reasons.collect::<Vec<_>>(),
        "features": all_features(past),
    })
}

fn offer(offer: &OfferTerms) -> Json {
    let amount = |money| Value::Money(money).to_string();
    json!({
        "tier": offer.tier,
        "amount": amount(offer.amount),
        "term": term(offer.term),
        "rate_percent": offer.rate_percent.to_string(),
        "apr_percent": offer.apr_percent.to_string(),
        "payment": amount(offer.payment),
        "payments": offer.payments,
        "finance_charge": amount(offer.finance_charge),
        "total_of_payments": amount(offer.total_of_payments),
        "bound_by": offer.bound_by.as_str(),
    })
}

fn reason(given: &GivenReason, live: Option<&Bundle>) -> Json {
    let source = match given.source {
        ReasonSource::Rule(_) => "rule",
        ReasonSource::Characteristic(_) => "characteristic",
        ReasonSource::Offer => "offer",
        ReasonSource::Approve => "approve",
        ReasonSource::Retry(_) => "retry",
        ReasonSource::Missing => "missing",
        ReasonSource::BankData => "bank_data",
    };
    json!({
        "code": code(given, live),
        "source": source,
        "rule": rule(given, live),
        "decisive": given.decisive,
        "principal": given.principal,
    })
}

fn all_features(past: &PastDecision) -> Map<String, Json> {
    let all = features::table().iter().filter_map(|feature| {
        let (id, _) = features::find(feature.name)?;
        let mut values: Vec<Json> = past.features.slots(id).iter().map(value).collect();
        let value = match feature.scope {
            Scope::Household => values.pop().unwrap_or_default(),
            Scope::Applicant | Scope::Account | Scope::IncomeStream => Json::from(values),
        };
        Some((feature.name.to_owned(), value))
    });
    all.collect()
}

fn value(slot: &Slot) -> Json {
    match &slot.value {
        // A value is written as text, number, truth or an object of one text: never refused.
        Ok(value) => serde_json::to_value(value).unwrap_or_default(),
        Err(why) => missing(*why),
    }
}

fn missing(why: Missing) -> Json {
    json!({ "missing": why.as_str() })
}
