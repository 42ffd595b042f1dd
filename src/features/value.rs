//! Values with their units, and the reasons for having none.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::application::Input;
use crate::money::Money;
use crate::snapshot::Absence;

/// The type of a value. Units are part of it: money is not a count, days are not a ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// An amount in the rule set's currency.
    Money,
    /// A whole number of things.
    Count,
    /// A whole number of days.
    Days,
    /// A plain quotient: 0.36.
    Ratio,
    /// A share in percent: 36 is 36 %.
    Percent,
    /// A civil date.
    Date,
    /// A text.
    Text,
    /// Yes or no.
    Bool,
}

impl Type {
    /// The word for it in rule files, documents and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Count => "count",
            Self::Days => "days",
            Self::Ratio => "ratio",
            Self::Percent => "percent",
            Self::Date => "date",
            Self::Text => "text",
            Self::Bool => "bool",
        }
    }

    /// What it measures, and how a value is written.
    pub fn unit_in_words(self) -> &'static str {
        match self {
            Self::Money => "an amount in the currency of the rule set: `1500.00 usd`",
            Self::Count => "a whole number: `3`",
            Self::Days => "whole days: `30 days`",
            Self::Ratio => "a plain quotient: `0.36`",
            Self::Percent => "percent: `36%`",
            Self::Date => "a date: `2026-03-31`",
            Self::Text => "a text: `\"checking\"`",
            Self::Bool => "`true` or `false`",
        }
    }

    /// The type of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.as_str() == word)
    }

    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Money,
        Self::Count,
        Self::Days,
        Self::Ratio,
        Self::Percent,
        Self::Date,
        Self::Text,
        Self::Bool,
    ];
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value of one of the [`Type`]s. Decimals are normalised, so equal values have equal bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// An amount.
    Money(Money),
    /// A number of things.
    Count(i64),
    /// A number of days.
    Days(i64),
    /// A plain quotient.
    Ratio(Decimal),
    /// A share in percent.
    Percent(Decimal),
    /// A civil date.
    Date(NaiveDate),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

/// Decimals that leave a computation are rounded to this many places, half away from zero.
pub const DECIMAL_PLACES: u32 = 6;

impl Value {
    /// A ratio, quantised to [`DECIMAL_PLACES`].
    pub fn ratio(value: Decimal) -> Self {
        Self::Ratio(quantise(value))
    }

    /// A percentage, quantised to [`DECIMAL_PLACES`].
    pub fn percent(value: Decimal) -> Self {
        Self::Percent(quantise(value))
    }

    /// Its type.
    pub fn ty(&self) -> Type {
        match self {
            Self::Money(_) => Type::Money,
            Self::Count(_) => Type::Count,
            Self::Days(_) => Type::Days,
            Self::Ratio(_) => Type::Ratio,
            Self::Percent(_) => Type::Percent,
            Self::Date(_) => Type::Date,
            Self::Text(_) => Type::Text,
            Self::Bool(_) => Type::Bool,
        }
    }
}

/// A decimal as it leaves a computation: rounded to [`DECIMAL_PLACES`], half away from zero, and
/// normalised.
pub(crate) fn quantise(value: Decimal) -> Decimal {
    value
        .round_dp_with_strategy(
            DECIMAL_PLACES,
            rust_decimal::RoundingStrategy::MidpointAwayFromZero,
        )
        .normalize()
}

impl fmt::Display for Value {
    /// As an analyst would write it in a rule: `1500.00 usd`, `30 days`, `36%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => write!(
                f,
                "{} {}",
                money.to_decimal(),
                money.currency().as_str().to_ascii_lowercase()
            ),
            Self::Count(count) => write!(f, "{count}"),
            Self::Days(1) => f.write_str("1 day"),
            Self::Days(days) => write!(f, "{days} days"),
            Self::Ratio(ratio) => write!(f, "{ratio}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
            Self::Date(date) => write!(f, "{date}"),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Bool(truth) => write!(f, "{truth}"),
        }
    }
}

/// As a caller sends it, and a reviewer answers.
impl From<Value> for Input {
    fn from(value: Value) -> Self {
        match value {
            Value::Money(money) => Self::Money(money),
            Value::Count(whole) | Value::Days(whole) => Self::Number(whole.into()),
            Value::Ratio(number) | Value::Percent(number) => Self::Number(number),
            Value::Date(date) => Self::Date(date),
            Value::Text(text) => Self::Text(text),
            Value::Bool(truth) => Self::Bool(truth),
        }
    }
}

/// Why a value is missing: never false, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The applicant did not permit the data.
    NoPermission,
    /// The bank has not delivered the data yet.
    NotReady,
    /// The bank was asked and failed.
    RefreshFailed,
    /// The account no longer gives data.
    Disconnected,
    /// No account of the kind that would show it.
    NoSuchAccount,
    /// The history covers too little of the window.
    HistoryTooShort,
    /// The data allows more than one answer.
    Ambiguous,
    /// There was nothing to compute it from: no income to divide by, no event to count from.
    NoBasis,
    /// The accounts hold another currency than the loan.
    OtherCurrency,
    /// The caller did not send it.
    NotProvided,
    /// A value in the computation was too large to hold.
    Overflow,
    /// A reviewer's word on a stream of income could not be followed.
    ReviewUnclear,
    /// The day asked about is none of those that are forecast: after the last known balance, up to
    /// two months ahead.
    OutsideForecast,
    /// Something comes in that may be income, and nothing proves it: new work, cash.
    Unproven,
    /// The day on which something is to be paid is past, or today.
    PastDay,
}

impl Missing {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::NoPermission,
        Self::NotReady,
        Self::RefreshFailed,
        Self::Disconnected,
        Self::NoSuchAccount,
        Self::HistoryTooShort,
        Self::Ambiguous,
        Self::NoBasis,
        Self::OtherCurrency,
        Self::NotProvided,
        Self::Overflow,
        Self::ReviewUnclear,
        Self::OutsideForecast,
        Self::Unproven,
        Self::PastDay,
    ];

    /// The cause of that stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }

    /// Why there is no value, for those who read a decision.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NoPermission => "the applicant did not permit it",
            Self::NotReady => "the bank has not delivered it yet",
            Self::RefreshFailed => "the bank was asked and failed",
            Self::Disconnected => "the account no longer gives data",
            Self::NoSuchAccount => "no account of the kind that would show it",
            Self::HistoryTooShort => "the history is too short",
            Self::Ambiguous => "the data allows more than one answer",
            Self::NoBasis => "nothing to compute it from",
            Self::OtherCurrency => "the accounts hold another currency",
            Self::NotProvided => "it was not sent",
            Self::Overflow => "a value was too large to hold",
            Self::ReviewUnclear => "a review of the income could not be followed",
            Self::OutsideForecast => {
                "only days after the last known balance are forecast, up to two months ahead"
            }
            Self::Unproven => "nothing proves that what comes in is income",
            Self::PastDay => "the day of the payment is past, or today",
        }
    }

    /// The stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPermission => Absence::NoPermission.as_str(),
            Self::NotReady => Absence::NotReady.as_str(),
            Self::RefreshFailed => Absence::RefreshFailed.as_str(),
            Self::Disconnected => Absence::Disconnected.as_str(),
            Self::NoSuchAccount => "no_such_account",
            Self::HistoryTooShort => "history_too_short",
            Self::Ambiguous => "ambiguous",
            Self::NoBasis => "no_basis",
            Self::OtherCurrency => "other_currency",
            Self::NotProvided => "not_provided",
            Self::Overflow => "overflow",
            Self::ReviewUnclear => "review_unclear",
            Self::OutsideForecast => "outside_forecast",
            Self::Unproven => "unproven",
            Self::PastDay => "past_day",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Absence> for Missing {
    fn from(absence: Absence) -> Self {
        match absence {
            Absence::NoPermission => Self::NoPermission,
            Absence::NotReady => Self::NotReady,
            Absence::RefreshFailed => Self::RefreshFailed,
            Absence::Disconnected => Self::Disconnected,
            Absence::NotOffered => Self::NoSuchAccount,
        }
    }
}
