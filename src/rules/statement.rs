//! The sentences told to applicants: texts with values filled in.

use rust_decimal::Decimal;

use super::missing_inputs::{self, MissingInputs};
use super::node::SlotId;
use super::scalar::Known;
use crate::features::Value;
use crate::money::{Currency, Money, grouped};

/// A statement with its placeholders resolved.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Slot(SlotId),
    Constant(Value),
    /// `{missing}`: the information that could not be obtained.
    Missing,
    /// `{missing_because}`: why it could not be, in a clause for each cause.
    MissingBecause,
    /// `{offer.amount}`
    OfferAmount,
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
}

impl Statement {
    /// The sentence with its values.
    pub(super) fn fill(&self, filling: &Filling<'_>) -> String {
        let mut sentence = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => sentence.push_str(text),
                Part::Slot(slot) => match (filling.value)(*slot) {
                    Ok(value) => {
                        let value = value.to_value(filling.currency);
                        sentence.push_str(&in_words(&value));
                    }
                    Err(_) => sentence.push_str("an unknown value"),
                },
                Part::Constant(value) => sentence.push_str(&in_words(value)),
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
            }
        }
        sentence
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

fn amount_in_words(money: Money) -> String {
    let amount = money.to_decimal();
    let sign = if amount < Decimal::ZERO { "-" } else { "" };
    let digits = grouped(&amount.abs().to_string());
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
