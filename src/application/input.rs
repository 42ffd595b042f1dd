//! Extra inputs, and how they are called in a request.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::money::Money;

/// An extra input, typed by the caller; the rule set says which type it wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// An amount.
    Money(Money),
    /// A plain number, ratio or percentage, or a count: what it means is the rule set's to say.
    Number(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// A date.
    Date(NaiveDate),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

impl Input {
    /// The kinds of values as they are told to a caller who sent none.
    pub const CHOICES: &str = "`money`, `number`, `date`, `text` or `boolean`";

    /// The same, a number written in the one way in which numbers are kept.
    pub(super) fn normalized(self) -> Self {
        match self {
            Self::Number(number) => Self::Number(number.normalize()),
            Self::Money(_) | Self::Date(_) | Self::Text(_) | Self::Bool(_) => self,
        }
    }
}

/// The path of an input in a request: `application.inputs["NAME"]`. What has not the form of a name is not
/// quoted: it may be anything, of anybody.
pub fn input_field(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    match name.len() {
        1..=limits::ID_BYTES_MAX if name.chars().all(plain) => {
            format!("application.inputs[\"{name}\"]")
        }
        _ => "application.inputs".to_owned(),
    }
}
