//! One row a decision, with the same columns for every rule set.

use super::{code, input, observed, rule, term};
use crate::features::{self, Value};
use crate::money::Money;
use crate::portfolio::PastDecision;
use crate::rules::{Bundle, OfferTerms};

/// What stands in the columns before the features.
const OWN: [&str; 26] = [
    "decision_id",
    "recorded_at",
    "application_id",
    "product",
    "rule_set",
    "version",
    "bundle",
    "semantics",
    "test_data",
    "resolves",
    "outcome",
    "score",
    "reasons",
    "principal_reasons",
    "rules_fired",
    "requested_amount",
    "requested_term",
    "inputs",
    "tier",
    "offered_amount",
    "offered_term",
    "rate_percent",
    "apr_percent",
    "payment",
    "finance_charge",
    "planned_debits",
];

/// The first line: the columns, the same for every rule set. Those of the features bear their names.
pub fn columns() -> String {
    let features = features::table().iter().map(|feature| feature.name);
    joined(OWN.into_iter().chain(features).map(str::to_owned))
}

/// The line of a decision, without a line break; `live` is the rule set that decided. Where a feature has
/// several values, of accounts, applicants or streams of income, ` | ` stands between them. No cell is a
/// formula to a spreadsheet: a text from outside that looks like one has `'` before it.
pub fn row(past: &PastDecision, live: Option<&Bundle>) -> String {
    let features = features::table().iter().filter_map(|feature| {
        let (id, _) = features::find(feature.name)?;
        let slots = past.features.slots(id).iter();
        let values: Vec<String> = slots.map(|slot| observed(&slot.value)).collect();
        Some(values.join(" | "))
    });
    joined(own(past, live).into_iter().chain(features))
}

/// Those before the features.
fn own(past: &PastDecision, live: Option<&Bundle>) -> [String; OWN.len()] {
    let decided = &past.decided;
    let of_offer = |tell: fn(&OfferTerms) -> String| decided.offer.as_ref().map(tell);
    let of_offer = |tell| of_offer(tell).unwrap_or_default();
    let reasons = decided.reasons.iter();
    let principal = reasons.clone().filter(|given| given.principal);
    let inputs = past.asked.inputs.iter();
    let inputs = inputs.map(|(name, sent)| format!("{name}={}", input(sent)));
    let planned = decided.plan.iter();
    let planned = planned.map(|debit| format!("{} on {}", amount(debit.amount), debit.date));
    [
        past.id.to_string(),
        past.recorded_at
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        from_outside(past.application.as_str()),
        from_outside(&past.product),
        past.rule_set.name.clone(),
        from_outside(&past.rule_set.version),
        past.rule_set.bundle.to_string(),
        past.semantics.to_string(),
        past.test_data.to_string(),
        past.resolves
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        decided.outcome.to_string(),
        match decided.score {
            Some(Ok(score)) => score.to_string(),
            Some(Err(why)) => format!("missing ({why})"),
            None => String::new(),
        },
        listed(reasons.clone().map(|given| code(given, live))),
        listed(principal.map(|given| code(given, live))),
        listed(reasons.filter_map(|given| rule(given, live))),
        amount(past.asked.amount),
        term(past.asked.term),
        from_outside(&listed(inputs)),
        of_offer(|offer| from_outside(&offer.tier)),
        of_offer(|offer| amount(offer.amount)),
        of_offer(|offer| term(offer.term)),
        of_offer(|offer| offer.rate_percent.to_string()),
        of_offer(|offer| offer.apr_percent.to_string()),
        of_offer(|offer| amount(offer.payment)),
        of_offer(|offer| amount(offer.finance_charge)),
        listed(planned),
    ]
}

fn amount(money: Money) -> String {
    Value::Money(money).to_string()
}

/// Several in one cell; each once, in their order.
fn listed(all: impl Iterator<Item = String>) -> String {
    let mut once: Vec<String> = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once.join("; ")
}

/// A text that somebody else chose: none that a spreadsheet takes for a formula.
fn from_outside(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Cells as a line: by RFC 4180, quoted where they have to be.
fn joined(cells: impl Iterator<Item = String>) -> String {
    let blank = char::is_whitespace;
    let has_to_be = |cell: &str| {
        cell.contains([',', '"', '\n', '\r']) || cell.starts_with(blank) || cell.ends_with(blank)
    };
    let quoted = cells.map(|cell| match has_to_be(&cell) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    });
    quoted.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::csv;

    proptest! {
        #[test]
        fn whatever_cells_hold_is_read_back(
            cells in proptest::collection::vec("[a-z][a-z,\"\n;' ]{0,5}", 2..5),
        ) {
            let rows = csv::rows(&joined(cells.iter().cloned())).unwrap();
            let read: Vec<&str> = rows[0].iter().map(|cell| &*cell.text).collect();
            // The reader takes no blanks at the ends for a part of a cell.
            let written: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
            prop_assert_eq!((rows.len(), read), (1, written));
        }
    }
}
