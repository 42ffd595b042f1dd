//! What the caller sends with an application, as the types that a rule set declares.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::rule_set::{DeclaredInput, RuleSet};
use super::scalar::{Known, Scalar};
use crate::application::{Application, Input};
use crate::features::{Missing, Type};
use crate::money::Currency;

/// A declared input, by its position; its default where it was not sent.
pub(super) fn read<'a>(
    rule_set: &'a RuleSet,
    index: usize,
    application: &'a Application,
) -> Known<'a> {
    let declared = rule_set.inputs.get(index).ok_or(Missing::NotProvided)?;
    match (application.inputs().get(&declared.name), &declared.default) {
        (Some(sent), _) => read_input(declared, sent, rule_set.currency),
        (None, Some(default)) => Scalar::read(default, rule_set.currency),
        (None, None) => Err(Missing::NotProvided),
    }
}

/// Reads an input; [`Missing::NotProvided`] where it is not of the declared type.
pub(super) fn read_input<'a>(
    declared: &DeclaredInput,
    sent: &'a Input,
    currency: Currency,
) -> Known<'a> {
    let whole = |number: &Decimal| {
        let number = number.normalize();
        number
            .to_i64()
            .filter(|_| number.scale() == 0)
            .ok_or(Missing::NotProvided)
    };
    match (declared.ty, sent) {
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
