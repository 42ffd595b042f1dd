//! Values as 64-bit integers: what rules compare, where that says the same as the values do.

use chrono::Datelike;
use rust_decimal::Decimal;

use super::value::{DECIMAL_PLACES, Missing, Value};

/// A value as an integer in the unit of its type, so that integers compare as the values do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Minor units, things, days, days since a fixed one, millionths, or 0 and 1.
    Is(i64),
    /// It is none: a text, a decimal of many digits.
    No,
    /// There is no value.
    Missing,
}

impl Whole {
    /// The integer of what is known or not.
    pub(crate) fn of(known: &Result<Value, Missing>) -> Self {
        match known {
            Ok(value) => Self::of_value(value).map_or(Self::No, Self::Is),
            Err(_) => Self::Missing,
        }
    }

    /// The integer of a value; `None` where it is none.
    pub(crate) fn of_value(value: &Value) -> Option<i64> {
        match value {
            Value::Money(money) => Some(money.minor()),
            Value::Count(whole) | Value::Days(whole) => Some(*whole),
            Value::Ratio(decimal) | Value::Percent(decimal) => millionths(*decimal),
            Value::Date(date) => Some(i64::from(date.num_days_from_ce())),
            Value::Text(_) => None,
            Value::Bool(truth) => Some(i64::from(*truth)),
        }
    }
}

/// A decimal that has no more than [`DECIMAL_PLACES`], in units of the last of them.
pub(crate) fn millionths(decimal: Decimal) -> Option<i64> {
    const POWERS: [i64; DECIMAL_PLACES as usize + 1] =
        [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let power = POWERS.get(decimal.scale() as usize)?;
    i64::try_from(decimal.mantissa()).ok()?.checked_mul(*power)
}
