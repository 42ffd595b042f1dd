//! What stands in one column of one row.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::features::{Value, millionths};
use crate::money::{Currency, Money};

/// What stands in one column of one row.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Whole(i64),
    Text(Cow<'static, str>),
    Bytes(Vec<u8>),
}

impl fmt::Debug for Cell {
    /// What kind it is of: what it says may be about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Whole(_) => "whole",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
        })
    }
}

impl Cell {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Cow::Owned(text.to_owned()))
    }

    pub(super) fn word(word: &'static str) -> Self {
        Self::Text(Cow::Borrowed(word))
    }

    pub(super) fn flag(truth: bool) -> Self {
        Self::Whole(i64::from(truth))
    }

    pub(super) fn date(date: NaiveDate) -> Self {
        Self::Text(Cow::Owned(date.to_string()))
    }

    /// A position or a count; the engine has none that an integer does not hold.
    pub(super) fn count(count: impl TryInto<i64>) -> Self {
        Self::Whole(count.try_into().unwrap_or(i64::MAX))
    }

    /// An amount in minor units where it is in the currency of its row, and else as a rule writes it.
    pub(super) fn money(amount: Money, currency: Currency) -> Self {
        if amount.currency() == currency {
            Self::Whole(amount.minor())
        } else {
            Self::Text(Cow::Owned(Value::Money(amount).to_string()))
        }
    }

    /// A ratio or a percentage in millionths of its unit, and as it is written where those do not say it.
    pub(super) fn decimal(decimal: Decimal) -> Self {
        match millionths(decimal) {
            Some(millionths) => Self::Whole(millionths),
            None => Self::Text(Cow::Owned(decimal.to_string())),
        }
    }

    /// The value of a feature.
    pub(super) fn value(value: &Value, currency: Currency) -> Self {
        match value {
            Value::Money(amount) => Self::money(*amount, currency),
            Value::Count(number) | Value::Days(number) => Self::Whole(*number),
            Value::Ratio(decimal) | Value::Percent(decimal) => Self::decimal(*decimal),
            Value::Date(date) => Self::date(*date),
            Value::Text(text) => Self::text(text),
            Value::Bool(truth) => Self::flag(*truth),
        }
    }

    /// `NULL` where there is none.
    pub(super) fn of<T>(found: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        found.map_or(Self::Null, cell)
    }
}
