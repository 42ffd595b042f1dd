//! What the caller sends with an application, as the types that a rule set declares.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::declared;
use super::rule_set::{DeclaredInput, RuleSet};
use super::scalar::{Known, Scalar};
use crate::application::{Input, Requested};
use crate::features::{Missing, Type, Value};
use crate::money::Currency;

/// A declared input, by its position; its default where it was not sent.
pub(super) fn read<'a>(rule_set: &'a RuleSet, index: usize, requested: Requested<'a>) -> Known<'a> {
    let declared = rule_set.inputs.get(index).ok_or(Missing::NotProvided)?;
    match (requested.inputs.get(&declared.name), &declared.default) {
        (Some(sent), _) => read_input(declared.ty, sent, rule_set.currency),
        (None, Some(default)) => Scalar::read(default, rule_set.currency),
        (None, None) => Err(Missing::NotProvided),
    }
}

/// Reads what was sent as a value of a type; [`Missing::NotProvided`] where it is none.
pub(super) fn read_input(ty: Type, sent: &Input, currency: Currency) -> Known<'_> {
    let whole = |number: &Decimal| {
        let number = number.normalize();
        number
            .to_i64()
            .filter(|_| number.scale() == 0)
            .ok_or(Missing::NotProvided)
    };
    match (ty, sent) {
        (Type::Money, Input::Money(money)) if money.currency() != currency => {
            Err(Missing::OtherCurrency)
        }
        (Type::Money, Input::Money(money)) => Ok(Scalar::Money(money.minor())),
        (Type::Count, Input::Number(number)) => whole(number).map(Scalar::Count),
        (Type::Days, Input::Number(number)) => whole(number).map(Scalar::Days),
        (Type::Ratio, Input::Number(number)) => Ok(Scalar::Ratio(*number).quantised()),
        (Type::Percent, Input::Number(number)) => Ok(Scalar::Percent(*number).quantised()),
        (Type::Date, Input::Date(date)) => Ok(Scalar::Date(*date)),
        (Type::Text, Input::Text(text)) => Ok(Scalar::Text(text)),
        (Type::Bool, Input::Bool(truth)) => Ok(Scalar::Bool(*truth)),
        (
            _,
            Input::Money(_) | Input::Number(_) | Input::Date(_) | Input::Text(_) | Input::Bool(_),
        ) => Err(Missing::NotProvided),
    }
}

/// The same as a value of its own, or what is wrong with it.
pub(super) fn read_value(ty: Type, sent: &Input, currency: Currency) -> Result<Value, String> {
    match read_input(ty, sent, currency) {
        Ok(value) => Ok(value.to_value(currency)),
        Err(Missing::OtherCurrency) => Err(format!("is not an amount in {currency}")),
        Err(_) => Err(match (ty, sent) {
            (Type::Count | Type::Days, Input::Number(_)) => {
                "has decimals or is too large: send a whole number".to_owned()
            }
            (ty, _) => format!("is of another kind: {} is expected", kind(ty)),
        }),
    }
}

/// What is wrong with what was sent for a declared input, where something is.
pub(super) fn problem(
    declared: &DeclaredInput,
    sent: &Input,
    currency: Currency,
) -> Option<String> {
    match read_value(declared.ty, sent, currency) {
        Ok(value) => declared::outside(declared, &value),
        Err(problem) => Some(problem),
    }
}

/// The declared inputs for which a request that sends these is refused, each with what is wrong.
pub(super) fn refused<'a>(
    rule_set: &'a RuleSet,
    sent: &'a BTreeMap<String, Input>,
) -> impl Iterator<Item = (&'a str, String)> {
    let inputs = rule_set.inputs.iter();
    inputs.filter_map(|declared| {
        let problem = match sent.get(&declared.name) {
            Some(sent) => problem(declared, sent, rule_set.currency)?,
            None if declared.required => format!("is required: a {}", declared.ty),
            None => return None,
        };
        Some((declared.name.as_str(), problem))
    })
}

/// The kind of an input value that holds a type, in words for whoever sends it, by whatever way.
fn kind(ty: Type) -> &'static str {
    match ty {
        Type::Money => "an amount of money with its currency",
        Type::Count | Type::Days | Type::Ratio | Type::Percent => "a number",
        Type::Date => "a date",
        Type::Text => "a text",
        Type::Bool => "a yes or no",
    }
}
