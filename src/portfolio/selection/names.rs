//! What a condition over past decisions may name beside their features.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::application::Input;
use crate::features::Type;
use crate::portfolio::PastDecision;
use crate::rules::{Outcome, Query, QueryName};

const OUTCOME: &str = "decision.outcome";
const SCORE: &str = "decision.score";
const TIER: &str = "decision.tier";
const AMOUNT: &str = "decision.amount";
const APR: &str = "decision.apr";

/// The words of the outcomes.
const OUTCOMES: [&str; 4] = [
    Outcome::Approve.as_str(),
    Outcome::Counter.as_str(),
    Outcome::Refer.as_str(),
    Outcome::Decline.as_str(),
];

/// What a decision came to, by the names that a condition over past decisions reads it by. What was asked
/// for is a feature: `application.amount`. A score is missing where the rule set has none or could not
/// know it; tier, amount and annual percentage rate are of the offer, and missing where none was made.
pub const DECISION_NAMES: [QueryName; 5] = [
    named(OUTCOME, Type::Text, &OUTCOMES),
    named(SCORE, Type::Count, &[]),
    named(TIER, Type::Text, &[]),
    named(AMOUNT, Type::Money, &[]),
    named(APR, Type::Percent, &[]),
];

const fn named(name: &'static str, ty: Type, words: &'static [&'static str]) -> QueryName {
    QueryName { name, ty, words }
}

/// Of the names that a condition reads, what each is of a decision.
pub(super) fn values(query: &Query, past: &PastDecision) -> BTreeMap<String, Input> {
    let read = DECISION_NAMES.iter().filter(|one| query.reads(one.name));
    let values = read.filter_map(|one| Some((one.name.to_owned(), value(one.name, past)?)));
    values.collect()
}

fn value(name: &str, past: &PastDecision) -> Option<Input> {
    let (decided, offer) = (&past.decided, past.decided.offer.as_ref());
    match name {
        OUTCOME => Some(Input::Text(decided.outcome.as_str().to_owned())),
        SCORE => Some(Input::Number(Decimal::from(decided.score?.ok()?))),
        TIER => Some(Input::Text(offer?.tier.clone())),
        AMOUNT => Some(Input::Money(offer?.amount)),
        APR => Some(Input::Number(offer?.apr_percent)),
        _ => None,
    }
}
