//! Values while a rule set runs: small, copied freely, texts borrowed. And what can be computed
//! from them; [`super::types`] says the same about types, before anything runs.

use std::cmp::Ordering;

use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::ast::{ArithmeticOp, CompareOp};
use crate::features::{DECIMAL_PLACES, Missing, Type, Value, Whole, millionths, quantise};
use crate::money::{Currency, Money};

/// A value. Money is in minor units of the rule set's currency: `Scalar::read` lets no other in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar<'a> {
    /// An amount in minor units of the rule set's currency.
    Money(i64),
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
    Text(&'a str),
    /// Yes or no.
    Bool(bool),
}

/// The days of the week, from Monday on.
pub(super) const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A value, or why there is none.
pub(super) type Known<'a> = Result<Scalar<'a>, Missing>;

impl<'a> Scalar<'a> {
    /// A value as a rule set of `currency` sees it.
    pub(super) fn read(value: &'a Value, currency: Currency) -> Known<'a> {
        if let Value::Money(money) = value
            && money.currency() != currency
        {
            return Err(Missing::OtherCurrency);
        }
        Ok(Self::of_constant(value))
    }

    /// A value in a rule set of whatever currency it is.
    pub(super) fn of_constant(value: &'a Value) -> Self {
        match value {
            Value::Money(money) => Self::Money(money.minor()),
            Value::Count(count) => Self::Count(*count),
            Value::Days(days) => Self::Days(*days),
            Value::Ratio(ratio) => Self::Ratio(*ratio),
            Value::Percent(percent) => Self::Percent(*percent),
            Value::Date(date) => Self::Date(*date),
            Value::Text(text) => Self::Text(text),
            Value::Bool(truth) => Self::Bool(*truth),
        }
    }

    /// The value as recorded: decimals quantised.
    pub(super) fn to_value(self, currency: Currency) -> Value {
        match self {
            Self::Money(minor) => Value::Money(Money::new(minor, currency)),
            Self::Count(count) => Value::Count(count),
            Self::Days(days) => Value::Days(days),
            Self::Ratio(ratio) => Value::ratio(ratio),
            Self::Percent(percent) => Value::percent(percent),
            Self::Date(date) => Value::Date(date),
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::Bool(truth) => Value::Bool(truth),
        }
    }

    /// The value with all its decimals: what is read back from it is the same.
    pub(super) fn exactly(self, currency: Currency) -> Value {
        match self {
            Self::Ratio(ratio) => Value::Ratio(ratio),
            Self::Percent(percent) => Value::Percent(percent),
            other @ (Self::Money(_)
            | Self::Count(_)
            | Self::Days(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Bool(_)) => other.to_value(currency),
        }
    }

    /// Its type.
    pub(super) fn ty(self) -> Type {
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

    /// Nothing of a type; `None` for what cannot be added.
    pub(super) fn zero(ty: Type) -> Option<Self> {
        match ty {
            Type::Money => Some(Self::Money(0)),
            Type::Count => Some(Self::Count(0)),
            Type::Days => Some(Self::Days(0)),
            Type::Ratio => Some(Self::Ratio(Decimal::ZERO)),
            Type::Percent => Some(Self::Percent(Decimal::ZERO)),
            Type::Date | Type::Text | Type::Bool => None,
        }
    }

    /// As a number without a unit: counts and ratios only.
    fn number(self) -> Option<Decimal> {
        match self {
            Self::Count(count) => Some(Decimal::from(count)),
            Self::Ratio(ratio) => Some(ratio),
            Self::Money(_)
            | Self::Days(_)
            | Self::Percent(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Bool(_) => None,
        }
    }

    /// As a number to multiply or divide by: also a percent, as its hundredth.
    fn factor(self) -> Option<Result<Decimal, Missing>> {
        match self {
            Self::Percent(percent) => Some(hundredth(percent)),
            Self::Money(_)
            | Self::Count(_)
            | Self::Days(_)
            | Self::Ratio(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Bool(_) => self.number().map(Ok),
        }
    }

    /// A decimal in its quantised form, as everything that leaves a computation.
    pub(super) fn quantised(self) -> Self {
        match self {
            Self::Ratio(ratio) => Self::Ratio(quantise(ratio)),
            Self::Percent(percent) => Self::Percent(quantise(percent)),
            other @ (Self::Money(_)
            | Self::Count(_)
            | Self::Days(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Bool(_)) => other,
        }
    }

    /// A count or percent as the ratio it stands for, where a function mixes them.
    pub(super) fn as_ratio(self) -> Known<'a> {
        match self {
            Self::Count(count) => Ok(Self::Ratio(Decimal::from(count))),
            Self::Percent(percent) => hundredth(percent).map(Self::Ratio),
            other @ (Self::Money(_)
            | Self::Days(_)
            | Self::Ratio(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Bool(_)) => Ok(other),
        }
    }

    /// The value with the other sign; `None` for what has no sign.
    pub(super) fn negate(self) -> Option<Known<'a>> {
        let whole = |value: i64| value.checked_neg().ok_or(Missing::Overflow);
        match self {
            Self::Money(minor) => Some(whole(minor).map(Self::Money)),
            Self::Count(count) => Some(whole(count).map(Self::Count)),
            Self::Days(days) => Some(whole(days).map(Self::Days)),
            Self::Ratio(ratio) => Some(Ok(Self::Ratio(-ratio))),
            Self::Percent(percent) => Some(Ok(Self::Percent(-percent))),
            Self::Date(_) | Self::Text(_) | Self::Bool(_) => None,
        }
    }

    /// The value without its sign.
    pub(super) fn abs(self) -> Option<Known<'a>> {
        let negative = match self {
            Self::Money(whole) | Self::Count(whole) | Self::Days(whole) => whole < 0,
            Self::Ratio(decimal) | Self::Percent(decimal) => decimal.is_sign_negative(),
            Self::Date(_) | Self::Text(_) | Self::Bool(_) => return None,
        };
        if negative {
            self.negate()
        } else {
            Some(Ok(self))
        }
    }

    /// To the nearest whole, half away from zero: an amount to its major unit, a ratio to a
    /// count, a percentage to a whole one.
    pub(super) fn round(self, currency: Currency) -> Option<Known<'a>> {
        let nearest = |value: Decimal| {
            value.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        };
        match self {
            Self::Ratio(ratio) => Some(
                nearest(ratio)
                    .to_i64()
                    .map(Self::Count)
                    .ok_or(Missing::Overflow),
            ),
            Self::Percent(percent) => Some(Ok(Self::Percent(nearest(percent)))),
            Self::Money(minor) => {
                let major = nearest(Decimal::new(minor, currency.exponent()));
                let rounded = Money::from_decimal(major, currency);
                Some(
                    rounded
                        .map(|money| Self::Money(money.minor()))
                        .map_err(|_| Missing::Overflow),
                )
            }
            Self::Count(_) => Some(Ok(self)),
            Self::Days(_) | Self::Date(_) | Self::Text(_) | Self::Bool(_) => None,
        }
    }
}

fn hundredth(percent: Decimal) -> Result<Decimal, Missing> {
    percent
        .checked_mul(Decimal::new(1, 2))
        .ok_or(Missing::Overflow)
}

/// An amount from a computation: rounded to the minor unit, half away from zero.
fn to_minor(value: Decimal) -> Result<i64, Missing> {
    value
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
        .ok_or(Missing::Overflow)
}

fn divide(left: Decimal, right: Decimal) -> Result<Decimal, Missing> {
    if right.is_zero() {
        return Err(Missing::NoBasis);
    }
    left.checked_div(right).ok_or(Missing::Overflow)
}

/// Calculates. `None` where the types do not go together, which checked rules never do; too
/// large a result is [`Missing::Overflow`], a division by zero [`Missing::NoBasis`].
pub(super) fn arithmetic<'a>(
    op: ArithmeticOp,
    left: Scalar<'a>,
    right: Scalar<'a>,
) -> Option<Known<'a>> {
    match op {
        ArithmeticOp::Add => add(left, right),
        ArithmeticOp::Subtract => subtract(left, right),
        ArithmeticOp::Multiply => multiply(left, right),
        ArithmeticOp::Divide => quotient(left, right),
    }
}

fn whole<'a>(result: Option<i64>, unit: fn(i64) -> Scalar<'a>) -> Option<Known<'a>> {
    Some(result.map(unit).ok_or(Missing::Overflow))
}

fn decimal<'a>(result: Option<Decimal>, unit: fn(Decimal) -> Scalar<'a>) -> Option<Known<'a>> {
    Some(result.map(unit).ok_or(Missing::Overflow))
}

fn add<'a>(left: Scalar<'a>, right: Scalar<'a>) -> Option<Known<'a>> {
    use Scalar::{Count, Date, Days, Money, Percent, Ratio};
    match (left, right) {
        (Money(a), Money(b)) => whole(a.checked_add(b), Money),
        (Count(a), Count(b)) => whole(a.checked_add(b), Count),
        (Days(a), Days(b)) => whole(a.checked_add(b), Days),
        (Percent(a), Percent(b)) => decimal(a.checked_add(b), Percent),
        (Date(date), Days(days)) | (Days(days), Date(date)) => Some(shift(date, Some(days))),
        _ => decimal(left.number()?.checked_add(right.number()?), Ratio),
    }
}

fn subtract<'a>(left: Scalar<'a>, right: Scalar<'a>) -> Option<Known<'a>> {
    use Scalar::{Count, Date, Days, Money, Percent, Ratio};
    match (left, right) {
        (Money(a), Money(b)) => whole(a.checked_sub(b), Money),
        (Count(a), Count(b)) => whole(a.checked_sub(b), Count),
        (Days(a), Days(b)) => whole(a.checked_sub(b), Days),
        (Percent(a), Percent(b)) => decimal(a.checked_sub(b), Percent),
        (Date(date), Days(days)) => Some(shift(date, days.checked_neg())),
        (Date(a), Date(b)) => Some(Ok(Days(a.signed_duration_since(b).num_days()))),
        _ => decimal(left.number()?.checked_sub(right.number()?), Ratio),
    }
}

fn shift<'a>(date: NaiveDate, days: Option<i64>) -> Known<'a> {
    let days = days.ok_or(Missing::Overflow)?;
    let distance = Days::new(days.unsigned_abs());
    let shifted = if days < 0 {
        date.checked_sub_days(distance)
    } else {
        date.checked_add_days(distance)
    };
    shifted.map(Scalar::Date).ok_or(Missing::Overflow)
}

fn multiply<'a>(left: Scalar<'a>, right: Scalar<'a>) -> Option<Known<'a>> {
    use Scalar::{Count, Days, Money, Percent, Ratio};
    match (left, right) {
        (Count(a), Count(b)) => whole(a.checked_mul(b), Count),
        (Days(a), Count(b)) | (Count(a), Days(b)) => whole(a.checked_mul(b), Days),
        (Money(a), Count(b)) | (Count(a), Money(b)) => whole(a.checked_mul(b), Money),
        (Money(minor), other) | (other, Money(minor)) => Some(scale(minor, other.factor()?)),
        (Percent(percent), other) | (other, Percent(percent)) => {
            decimal(percent.checked_mul(other.number()?), Percent)
        }
        _ => decimal(left.number()?.checked_mul(right.number()?), Ratio),
    }
}

/// An amount times a factor.
fn scale<'a>(minor: i64, factor: Result<Decimal, Missing>) -> Known<'a> {
    let scaled = Decimal::from(minor).checked_mul(factor?);
    to_minor(scaled.ok_or(Missing::Overflow)?).map(Scalar::Money)
}

fn quotient<'a>(left: Scalar<'a>, right: Scalar<'a>) -> Option<Known<'a>> {
    use Scalar::{Days, Money, Percent, Ratio};
    match (left, right) {
        (Money(a), Money(b)) | (Days(a), Days(b)) => {
            Some(divide(Decimal::from(a), Decimal::from(b)).map(Ratio))
        }
        (Money(minor), other) => {
            let result = other
                .factor()?
                .and_then(|factor| divide(Decimal::from(minor), factor))
                .and_then(to_minor);
            Some(result.map(Money))
        }
        (Percent(a), Percent(b)) => Some(divide(a, b).map(Ratio)),
        (Percent(a), other) => Some(divide(a, other.number()?).map(Percent)),
        _ => Some(divide(left.number()?, right.number()?).map(Ratio)),
    }
}

/// Orders two values, decimals as quantised. `None` where they cannot be ordered or compared.
pub(super) fn order(left: Scalar<'_>, right: Scalar<'_>) -> Option<Result<Ordering, Missing>> {
    use Scalar::{Bool, Count, Date, Days, Money, Percent, Ratio, Text};
    let ordering = match (left, right) {
        (Money(a), Money(b)) | (Count(a), Count(b)) | (Days(a), Days(b)) => a.cmp(&b),
        (Date(a), Date(b)) => a.cmp(&b),
        (Text(a), Text(b)) => a.cmp(b),
        (Bool(a), Bool(b)) => a.cmp(&b),
        (Percent(a), Percent(b)) | (Ratio(a), Ratio(b)) => match (millionths(a), millionths(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => quantise(a).cmp(&quantise(b)),
        },
        (Ratio(a), Percent(b)) => return Some(as_percent(a).map(|a| a.cmp(&quantise(b)))),
        (Percent(a), Ratio(b)) => return Some(as_percent(b).map(|b| quantise(a).cmp(&b))),
        _ => quantise(left.number()?).cmp(&quantise(right.number()?)),
    };
    Some(Ok(ordering))
}

fn as_percent(ratio: Decimal) -> Result<Decimal, Missing> {
    quantise(ratio)
        .checked_mul(Decimal::ONE_HUNDRED)
        .ok_or(Missing::Overflow)
}

/// The orderings that satisfy an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ordered(u8);

impl Ordered {
    const LESS: u8 = 1;
    const EQUAL: u8 = 2;
    const GREATER: u8 = 4;

    /// Those of an operator.
    pub(super) fn of(op: CompareOp) -> Self {
        Self(match op {
            CompareOp::Equal => Self::EQUAL,
            CompareOp::NotEqual => Self::LESS | Self::GREATER,
            CompareOp::Less => Self::LESS,
            CompareOp::LessEqual => Self::LESS | Self::EQUAL,
            CompareOp::Greater => Self::GREATER,
            CompareOp::GreaterEqual => Self::GREATER | Self::EQUAL,
        })
    }

    /// Whether this is one of them.
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        let found = match ordering {
            Ordering::Less => Self::LESS,
            Ordering::Equal => Self::EQUAL,
            Ordering::Greater => Self::GREATER,
        };
        self.0 & found != 0
    }

    /// Whether two integers stand in one of them. Without a branch: which one they stand in cannot
    /// be foretold.
    #[inline]
    pub(super) fn of_integers(self, left: i64, right: i64) -> bool {
        let less = u8::from(left < right) * Self::LESS;
        let equal = u8::from(left == right) * Self::EQUAL;
        let greater = u8::from(left > right) * Self::GREATER;
        self.0 & (less | equal | greater) != 0
    }
}

/// The integer of a value that is known or not.
pub(super) fn known_whole(known: &Known<'_>) -> Whole {
    match known {
        Ok(value) => whole_of(*value).map_or(Whole::No, Whole::Is),
        Err(_) => Whole::Missing,
    }
}

/// A value as an integer, where it is one.
pub(super) fn whole_of(value: Scalar<'_>) -> Option<i64> {
    match value {
        Scalar::Money(whole) | Scalar::Count(whole) | Scalar::Days(whole) => Some(whole),
        Scalar::Ratio(decimal) | Scalar::Percent(decimal) => millionths(decimal),
        Scalar::Date(date) => Some(i64::from(date.num_days_from_ce())),
        Scalar::Text(_) => None,
        Scalar::Bool(truth) => Some(i64::from(truth)),
    }
}

/// The value that an integer stands for, as [`whole_of`] gives it.
pub(super) fn of_whole(whole: i64, ty: Type) -> Option<Scalar<'static>> {
    Some(match ty {
        Type::Money => Scalar::Money(whole),
        Type::Count => Scalar::Count(whole),
        Type::Days => Scalar::Days(whole),
        Type::Ratio => Scalar::Ratio(of_millionths(whole)),
        Type::Percent => Scalar::Percent(of_millionths(whole)),
        Type::Date => {
            let days = i32::try_from(whole).ok()?;
            Scalar::Date(NaiveDate::from_num_days_from_ce_opt(days)?)
        }
        Type::Bool => Scalar::Bool(whole != 0),
        Type::Text => return None,
    })
}

/// Millionths as a normalised decimal.
fn of_millionths(millionths: i64) -> Decimal {
    let (mut digits, mut places) = (millionths, DECIMAL_PLACES);
    while places > 0 && digits % 10 == 0 {
        digits /= 10;
        places -= 1;
    }
    Decimal::new(digits, places)
}

/// A constant as the integer that stands for it among values of another type, where there is one
/// that compares with each of them as [`order`] says.
pub(super) fn in_unit(constant: Scalar<'_>, unit: Type) -> Option<i64> {
    let [low, high] = around(constant, unit)?;
    (low == high).then_some(low)
}

/// The integers of values of a type between which a constant lies, the same twice where it is one.
/// `None` where it is not compared with them, or no integer is so large.
pub(super) fn around(constant: Scalar<'_>, unit: Type) -> Option<[i64; 2]> {
    const ONE: i64 = 1_000_000;
    let whole = whole_of(constant.quantised())?;
    let part = |of: i64| {
        let low = whole.div_euclid(of);
        [low, low + i64::from(whole.rem_euclid(of) != 0)]
    };
    match (constant.ty(), unit) {
        (from, to) if from == to => Some([whole; 2]),
        (Type::Count, Type::Ratio) => Some([whole.checked_mul(ONE)?; 2]),
        (Type::Ratio, Type::Count) => Some(part(ONE)),
        (Type::Ratio, Type::Percent) => Some([whole.checked_mul(100)?; 2]),
        (Type::Percent, Type::Ratio) => Some(part(100)),
        _ => None,
    }
}
