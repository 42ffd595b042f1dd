//! The sentences told to applicants: texts with values filled in.

use rust_decimal::{Decimal, RoundingStrategy};

use super::debits::PlannedDebit;
use super::missing_inputs::{self, MissingInputs};
use super::node::SlotId;
use super::scalar::Known;
use crate::features::{Type, Value};
use crate::money::{Currency, Money, grouped};

/// A statement with its placeholders resolved.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Slot(SlotId, Form),
    Constant(Value, Form),
    /// `{missing}`: the information that could not be obtained.
    Missing,
    /// `{missing_because}`: why it could not be, in a clause for each cause.
    MissingBecause,
    /// `{offer.amount}`
    OfferAmount,
    /// `{retry.date}`: the day of the first debit that is made instead.
    RetryDate,
    /// `{retry.plan}`: every debit that is made instead, with its day.
    RetryPlan,
}

/// How a value is written in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As its type is usually written; a percentage that was computed with one decimal at most.
    Plain,
    /// A share as a percentage, with one decimal at most.
    Percent,
    /// To the nearest whole one.
    Whole,
    /// An amount.
    Money,
    /// A quotient, with two decimals at most.
    Decimal,
}

impl Form {
    pub(super) const ALL: [Self; 5] = [
        Self::Plain,
        Self::Percent,
        Self::Whole,
        Self::Money,
        Self::Decimal,
    ];

    /// The word for it in a placeholder; none for the plain one.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Percent => "percent",
            Self::Whole => "whole",
            Self::Money => "money",
            Self::Decimal => "decimal",
        }
    }

    /// Whether values of a type can be written so.
    pub(super) fn is_of(self, ty: Type) -> bool {
        match self {
            Self::Plain => !matches!(ty, Type::Bool | Type::Ratio),
            Self::Percent => matches!(ty, Type::Ratio | Type::Percent),
            Self::Whole => matches!(
                ty,
                Type::Money | Type::Count | Type::Days | Type::Ratio | Type::Percent
            ),
            Self::Money => ty == Type::Money,
            Self::Decimal => ty == Type::Ratio,
        }
    }
}

/// A piece of a statement as written: a text, or the inside of `{…}` with its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Name(String, std::ops::Range<usize>),
}

/// What is wrong with the braces of a statement, and where.
pub(super) type BraceError = (std::ops::Range<usize>, &'static str);

/// Cuts a statement into pieces. `{{` and `}}` are braces.
pub(super) fn cut(text: &str) -> Result<Vec<Piece>, BraceError> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let doubled = matches!(chars.peek(), Some((_, next)) if *next == c);
        match c {
            '{' | '}' if doubled => {
                chars.next();
                literal.push(c);
            }
            '{' => {
                let rest = text.get(at + 1..).unwrap_or("");
                let Some(length) = rest.find('}') else {
                    return Err((at..at + 1, "this `{` is not closed"));
                };
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
                let name = rest.get(..length).unwrap_or("");
                pieces.push(Piece::Name(name.trim().to_owned(), at..at + length + 2));
                while chars
                    .next_if(|(next, _)| *next <= at + 1 + length)
                    .is_some()
                {}
            }
            '}' => {
                return Err((
                    at..at + 1,
                    "this `}` closes nothing; write `}}` for a brace",
                ));
            }
            _ => literal.push(c),
        }
    }
    pieces.push(Piece::Text(literal));
    Ok(pieces)
}

/// What a statement is filled from.
pub(super) struct Filling<'f> {
    pub(super) value: &'f dyn Fn(SlotId) -> Known<'f>,
    pub(super) currency: Currency,
    /// What could not be obtained.
    pub(super) missing: &'f dyn Fn() -> MissingInputs,
    pub(super) offer: Option<Money>,
    /// The debits made instead; none where nothing is.
    pub(super) plan: &'f [PlannedDebit],
}

impl Statement {
    /// The parts that stand for a value.
    pub(super) fn values(&self) -> impl Iterator<Item = &Part> {
        let parts = self.parts.iter();
        parts.filter(|part| !matches!(part, Part::Text(_)))
    }

    /// Whether it is more than a text.
    pub(super) fn has_values(&self) -> bool {
        self.values().next().is_some()
    }

    /// Whether each of its values is there.
    pub(super) fn is_whole(&self, filling: &Filling<'_>) -> bool {
        self.parts.iter().all(|part| match part {
            Part::Slot(slot, _) => (filling.value)(*slot).is_ok(),
            Part::OfferAmount => filling.offer.is_some(),
            Part::RetryDate | Part::RetryPlan => !filling.plan.is_empty(),
            Part::Text(_) | Part::Constant(..) | Part::Missing | Part::MissingBecause => true,
        })
    }

    /// The sentence with its values.
    pub(super) fn fill(&self, filling: &Filling<'_>) -> String {
        let mut sentence = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => sentence.push_str(text),
                Part::Slot(slot, form) => match (filling.value)(*slot) {
                    Ok(value) => {
                        let value = rounded(value.to_value(filling.currency), *form);
                        sentence.push_str(&in_words(&value));
                    }
                    // A number too large to hold: nothing else is let through unseen.
                    Err(_) => sentence.push_str("an unknown value"),
                },
                // As its author wrote it, unless a form was asked for.
                Part::Constant(value, Form::Plain) => sentence.push_str(&in_words(value)),
                Part::Constant(value, form) => {
                    sentence.push_str(&in_words(&rounded(value.clone(), *form)));
                }
                Part::Missing => sentence.push_str(&missing_inputs::in_words(&(filling.missing)())),
                Part::MissingBecause => {
                    let why = missing_inputs::why_in_words(&(filling.missing)());
                    if sentence.is_empty() {
                        sentence.push_str(&capitalised(&why));
                    } else {
                        sentence.push_str(&why);
                    }
                }
                Part::OfferAmount => match filling.offer {
                    Some(amount) => sentence.push_str(&in_words(&Value::Money(amount))),
                    None => sentence.push_str("amount"),
                },
                Part::RetryDate => match filling.plan.first() {
                    Some(first) => sentence.push_str(&first.date.to_string()),
                    None => sentence.push_str("another day"),
                },
                Part::RetryPlan => sentence.push_str(&plan_in_words(filling.plan)),
            }
        }
        sentence
    }
}

/// `$150.00 on 2026-10-16 and $150.00 on 2026-10-30`
fn plan_in_words(plan: &[PlannedDebit]) -> String {
    let one = |debit: &PlannedDebit| format!("{} on {}", amount_in_words(debit.amount), debit.date);
    let debits: Vec<String> = plan.iter().map(one).collect();
    match debits.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "other payments".to_owned(),
    }
}

/// The decimals of a percentage in a sentence.
const PERCENT_PLACES: u32 = 1;
/// The decimals of a quotient in a sentence.
const DECIMAL_PLACES: u32 = 2;

/// A value as it is written in this form.
fn rounded(value: Value, form: Form) -> Value {
    let to = |number: Decimal, places: u32| {
        let away = RoundingStrategy::MidpointAwayFromZero;
        number.round_dp_with_strategy(places, away).normalize()
    };
    match (form, value) {
        (Form::Percent, Value::Ratio(share)) => {
            let percent = share.checked_mul(Decimal::ONE_HUNDRED);
            Value::Percent(to(percent.unwrap_or(Decimal::MAX), PERCENT_PLACES))
        }
        (Form::Plain | Form::Percent, Value::Percent(percent)) => {
            Value::Percent(to(percent, PERCENT_PLACES))
        }
        (Form::Whole, Value::Percent(percent)) => Value::Percent(to(percent, 0)),
        (Form::Whole, Value::Ratio(ratio)) => Value::Ratio(to(ratio, 0)),
        (Form::Decimal, Value::Ratio(ratio)) => Value::Ratio(to(ratio, DECIMAL_PLACES)),
        (Form::Whole, Value::Money(money)) => {
            let major = to(money.to_decimal(), 0);
            // Without its minor units it reads as a whole amount.
            Value::Text(symbolised(&grouped(&major.abs().to_string()), major, money))
        }
        (_, other) => other,
    }
}

/// The text as the beginning of a sentence.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// A value as a person reads it: `$1,500.00`, `30 days`, `36%`.
pub(super) fn in_words(value: &Value) -> String {
    match value {
        Value::Money(money) => amount_in_words(*money),
        Value::Count(count) => grouped(&count.to_string()),
        Value::Ratio(ratio) => ratio.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other @ (Value::Days(_) | Value::Percent(_) | Value::Date(_)) => other.to_string(),
    }
}

/// `$5,000.00`, or with the currency of another country after it.
pub fn amount_in_words(money: Money) -> String {
    let amount = money.to_decimal();
    symbolised(&grouped(&amount.abs().to_string()), amount, money)
}

/// Digits of an amount with its sign and currency.
fn symbolised(digits: &str, amount: Decimal, money: Money) -> String {
    let sign = if amount < Decimal::ZERO { "-" } else { "" };
    if money.currency() == Currency::USD {
        format!("{sign}${digits}")
    } else {
        format!("{sign}{digits} {}", money.currency())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        let usd = |minor| in_words(&Value::Money(Money::new(minor, Currency::USD)));
        assert_eq!(usd(123_456_789), "$1,234,567.89");
        assert_eq!(usd(-1_050), "-$10.50");
        assert_eq!(usd(99_900), "$999.00");
        let yen = Money::new(1_500, "jpy".parse().unwrap());
        assert_eq!(in_words(&Value::Money(yen)), "1,500 JPY");
        assert_eq!(in_words(&Value::Bool(true)), "yes");
        assert_eq!(in_words(&Value::Days(1)), "1 day");
    }

    #[test]
    fn forms_round_as_a_person_would() {
        let told = |value, form| in_words(&rounded(value, form));
        let ratio = |text: &str| Value::ratio(text.parse().unwrap());
        let percent = |text: &str| Value::percent(text.parse().unwrap());
        let usd = |minor| Value::Money(Money::new(minor, Currency::USD));
        assert_eq!(told(ratio("0.831136"), Form::Percent), "83.1%");
        assert_eq!(told(ratio("0.45"), Form::Percent), "45%");
        assert_eq!(told(ratio("3.4567"), Form::Decimal), "3.46");
        assert_eq!(told(ratio("3.5"), Form::Whole), "4");
        assert_eq!(told(percent("83.1136"), Form::Plain), "83.1%");
        assert_eq!(told(percent("83.5"), Form::Whole), "84%");
        assert_eq!(told(usd(123_456), Form::Whole), "$1,235");
        assert_eq!(told(usd(-123_456), Form::Whole), "-$1,235");
        assert_eq!(told(usd(123_456), Form::Money), "$1,234.56");
        assert_eq!(told(Value::Days(1), Form::Whole), "1 day");
        assert_eq!(told(Value::Count(1_500), Form::Whole), "1,500");
    }

    #[test]
    fn braces_are_doubled_to_stand_for_themselves() {
        let pieces = cut("a {{b}} {nsf.x} c").unwrap();
        assert_eq!(
            pieces,
            [
                Piece::Text("a {b} ".to_owned()),
                Piece::Name("nsf.x".to_owned(), 8..15),
                Piece::Text(" c".to_owned()),
            ]
        );
        assert!(cut("a {b").is_err());
        assert!(cut("a }b").is_err());
    }
}
