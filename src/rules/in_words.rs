//! Comparisons with forecasts, in words: as written they say little to who reads a decision.

use super::ast::CompareOp;
use super::code::{Operand, Test};
use super::foresight::{self, Asked, ForecastQuestion};
use super::node::Source;
use super::scalar::Scalar;
use super::values::Values;
use super::verdict::Verdict;
use crate::features::{Type, Value};

/// A comparison of a forecast with something else, or of something else with one; `None` for all
/// others.
pub(super) fn in_words(values: &Values<'_>, test: &Test, verdict: Verdict) -> Option<String> {
    let Test::Order(op, left, right) = test else {
        return None;
    };
    let (op, left, right) = match asked(values, left) {
        Some(_) => (*op, left, right),
        None => (op.mirrored(), right, left),
    };
    let what = match asked(values, left)?.asked {
        Asked::PReturn { amount, date } => format!(
            "the chance that a debit of {} on {date} is returned",
            Value::Money(amount)
        ),
        Asked::BestPullDate { amount, from, to } => format!(
            "the best day from {from} to {to} for a debit of {}",
            Value::Money(amount)
        ),
    };
    let currency = values.program.rule_set().currency;
    let (found, bound) = (values.env().value(left), values.env().value(right));
    let shown = |value: Scalar<'_>| value.to_value(currency);
    Some(match (found, bound) {
        (Err(why), _) => format!("{what} is not known: {}", why.in_words()),
        (Ok(found), Err(why)) => format!(
            "{what}: {}; what it is compared with is not known: {}",
            shown(found),
            why.in_words()
        ),
        (Ok(found), Ok(bound)) => {
            let holds = if verdict == Verdict::False {
                op.negated()
            } else {
                op
            };
            let relation = relation(holds, found.ty());
            format!("{what}: {} is {relation} {}", shown(found), shown(bound))
        }
    })
}

/// What a forecast that stands alone asks.
fn asked(values: &Values<'_>, operand: &Operand) -> Option<ForecastQuestion> {
    let Operand::Slot(slot) = operand else {
        return None;
    };
    let program = values.program;
    let Some(Source::Forecast(index)) = program.rule_set().slots.get(*slot).map(|one| one.source)
    else {
        return None;
    };
    let Operand::Forecast {
        function,
        arguments,
        ..
    } = program.forecasts.get(index)?
    else {
        return None;
    };
    let arguments = arguments.iter();
    let arguments: Option<Vec<Scalar<'_>>> = arguments
        .map(|argument| values.env().value(argument).ok())
        .collect();
    let currency = program.rule_set().currency;
    foresight::question(*function, None, &arguments?, currency)
}

fn relation(op: CompareOp, ty: Type) -> &'static str {
    match (op, ty == Type::Date) {
        (CompareOp::Equal, _) => "equal to",
        (CompareOp::NotEqual, _) => "not",
        (CompareOp::Less, true) => "before",
        (CompareOp::Less, false) => "less than",
        (CompareOp::LessEqual, true) => "not after",
        (CompareOp::LessEqual, false) => "at most",
        (CompareOp::Greater, true) => "after",
        (CompareOp::Greater, false) => "more than",
        (CompareOp::GreaterEqual, true) => "not before",
        (CompareOp::GreaterEqual, false) => "at least",
    }
}
