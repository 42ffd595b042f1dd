//! A past decision as a line of a file, for whoever works on with it elsewhere: all that rules read of it,
//! and what it came to. Values are written as in a rule.

mod csv;
mod json;
#[cfg(test)]
mod tests;

use crate::application::{Input, Term, TermUnit};
use crate::features::{Missing, Value};
use crate::rules::{Bundle, GivenReason, ReasonSource};

pub use csv::{columns, row};
pub use json::line;

/// A value, or why there is none.
fn observed(value: &Result<Value, Missing>) -> String {
    match value {
        Ok(value) => value.to_string(),
        Err(why) => format!("missing ({why})"),
    }
}

/// What was sent.
fn input(input: &Input) -> String {
    match input {
        Input::Money(money) => Value::Money(*money).to_string(),
        Input::Number(number) => number.normalize().to_string(),
        Input::Date(date) => date.to_string(),
        Input::Text(text) => Value::Text(text.clone()).to_string(),
        Input::Bool(truth) => truth.to_string(),
    }
}

fn term(term: Term) -> String {
    let unit = match term.unit {
        TermUnit::Days => "days",
        TermUnit::Weeks => "weeks",
        TermUnit::Months => "months",
    };
    format!("{} {unit}", term.count)
}

/// The code of a reason; its position, where the rule set is not there to name it.
fn code(given: &GivenReason, live: Option<&Bundle>) -> String {
    let code = live.and_then(|live| live.rule_set().reason_code(given.reason));
    code.map_or_else(|| format!("#{}", given.reason), str::to_owned)
}

/// The rule that gave a reason, where one did; its position, where the rule set is not there to name it.
fn rule(given: &GivenReason, live: Option<&Bundle>) -> Option<String> {
    let ReasonSource::Rule(rule) = given.source else {
        return None;
    };
    let id = live.and_then(|live| live.rule_set().rule_id(rule));
    Some(id.map_or_else(|| format!("#{rule}"), str::to_owned))
}
