//! Literals: numbers with their units.

use std::ops::Range;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::features::{DECIMAL_PLACES, Value};
use crate::money::{Currency, Money};
use crate::rules::advice::{Advice, did_you_mean};
use crate::rules::ast::{Expr, ExprKind, Function};
use crate::rules::currencies;
use crate::rules::lexer::SyntaxError;

/// Words that are no names.
pub(in crate::rules) const KEYWORDS: &[(&str, &str)] = &[
    (
        "and",
        "Both conditions hold. Weaker than `not`, stronger than `or`.",
    ),
    ("or", "At least one of the conditions holds."),
    ("not", "The condition does not hold."),
    (
        "in",
        "The value is in a list: `x in [1, 2]`, `x in lists.NAME`.",
    ),
    (
        "between",
        "`x between a and b`: the value lies in a range, both ends included.",
    ),
    ("is", "`x is missing`, `x is not missing`: never unknown."),
    (
        "missing",
        "`x is missing`: it is not known, whatever the cause.",
    ),
    ("true", "Yes."),
    ("false", "No."),
    (
        "where",
        "`sum(x where c)`: looks only at those of whom the condition holds.",
    ),
];

/// Whether a word is no name.
pub(in crate::rules) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|(keyword, _)| *keyword == word)
}

pub(super) fn with_unit(
    number: Decimal,
    unit: &str,
    whole: Range<usize>,
    unit_span: Range<usize>,
) -> Result<Expr, SyntaxError> {
    if matches!(unit, "day" | "days") {
        return whole_number(number, &whole).map(|days| literal(whole, Value::Days(days)));
    }
    if matches!(unit, "month" | "months") {
        let months = whole_number(number, &whole)?;
        let months = literal(whole.clone(), Value::Count(months));
        let kind = ExprKind::Call(Function::Months, vec![months]);
        return Ok(Expr::new(whole, kind));
    }
    match unit.parse::<Currency>() {
        Ok(currency) if currencies::is_known(unit) => money(number, currency, whole),
        _ => {
            let lower: Vec<String> = currencies::all().map(str::to_ascii_lowercase).collect();
            let units = lower
                .iter()
                .map(String::as_str)
                .chain(["days", "day", "months", "month"]);
            let near = || did_you_mean(&unit.to_ascii_lowercase(), units);
            let advice = keyword_help(unit)
                .or_else(|| near().map(|near| near.written_as(unit)))
                .unwrap_or_else(|| {
                    Advice::words("a unit is a currency such as `usd`, or `days`, or `%`")
                });
            let message = format!("`{unit}` is not a unit");
            Err(SyntaxError::new(unit_span, message).advice(advice))
        }
    }
}

pub(super) fn money(
    number: Decimal,
    currency: Currency,
    span: Range<usize>,
) -> Result<Expr, SyntaxError> {
    match Money::from_decimal(number, currency) {
        Ok(money) => Ok(literal(span, Value::Money(money))),
        Err(error) => Err(SyntaxError::new(span, error.to_string())),
    }
}

pub(super) fn whole_number(number: Decimal, span: &Range<usize>) -> Result<i64, SyntaxError> {
    let whole = number.normalize();
    match whole.to_i64() {
        Some(value) if whole.scale() == 0 => Ok(value),
        Some(_) => Err(SyntaxError::new(
            span.clone(),
            "days and months are counted in whole numbers",
        )),
        None => Err(SyntaxError::new(span.clone(), "this number is too large")),
    }
}

/// A number with no more decimals than values are kept to.
pub(super) fn decimal(
    number: Decimal,
    span: Range<usize>,
) -> Result<(Decimal, Range<usize>), SyntaxError> {
    if number.normalize().scale() > DECIMAL_PLACES {
        let message = format!("a number has at most {DECIMAL_PLACES} decimals");
        return Err(SyntaxError::new(span, message));
    }
    Ok((number, span))
}

pub(super) fn literal(span: Range<usize>, value: Value) -> Expr {
    Expr::new(span, ExprKind::Literal(value))
}

pub(super) fn keyword_help(word: &str) -> Option<Advice> {
    let lower = word.to_ascii_lowercase();
    let keyword = word != lower && is_keyword(&lower);
    keyword.then(|| {
        let advice = Advice::words(format!("keywords are in lower case: `{lower}`"));
        advice.in_place(word, lower).surely()
    })
}
