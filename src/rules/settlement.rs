//! What would settle an application that goes to a person, as it is told.

use std::fmt;

use rust_decimal::Decimal;

use super::debits::PlannedDebit;
use super::evaluation::{OfferTerms, Outcome, ReasonCode};
use crate::features::{Missing, Value};
use crate::id::{AccountId, TransactionId};
use crate::money::Money;

/// What would settle an application that goes to a person: the fewest facts that have to be found out
/// for the outcome to be certain, and the outcome for each answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// What is to be found out, all of it. Empty where a person must judge: no few facts settle it.
    pub questions: Vec<Question>,
    /// What comes of it. Whatever is found out is in one of them.
    pub answers: Vec<SettledAnswer>,
    /// How many more answers there are than are told.
    pub answers_left_off: usize,
    /// The codes of the reasons to refer that no answer takes away.
    pub standing: Vec<ReasonCode>,
    /// Whether a person must judge because whatever is found out leaves a referral or a decline, and some
    /// of it a decline.
    pub can_only_decline: bool,
    /// Every fact that was found open, those asked about included, by name.
    pub open: Vec<String>,
    /// Whether not all was looked at, for the limits of the search or because answers would ask forecasts
    /// that cannot be made here: then there may be fewer facts that settle it, or any at all.
    pub searched_in_part: bool,
}

impl Settlement {
    /// Whether no few facts settle it.
    pub fn person_must_judge(&self) -> bool {
        self.questions.is_empty()
    }
}

/// A fact that has to be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The fact.
    pub about: OpenFact,
    /// The question in words.
    pub text: String,
}

/// A fact that is missing or in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenFact {
    /// The value of a feature or of an input: `income.monthly_net`, `inputs.rent`.
    Value {
        /// Its name.
        name: String,
        /// What is known: a value that states a doubt, or why there is none.
        known: Result<Value, Missing>,
    },
    /// Whether deposits are income.
    Stream(StreamInDoubt),
}

impl OpenFact {
    /// Its name; of a stream the transaction by which a review names it.
    pub fn name(&self) -> &str {
        match self {
            Self::Value { name, .. } => name,
            Self::Stream(stream) => stream.transaction.as_str(),
        }
    }
}

/// Deposits that may be income and that nothing proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInDoubt {
    /// The account of a transaction of theirs, by which a review names them.
    pub account: AccountId,
    /// That transaction.
    pub transaction: TransactionId,
    /// Who pays, as the analysis reads it.
    pub payer: String,
    /// What they would bring in a month, where that can be told.
    pub monthly: Option<Money>,
    /// How many there are.
    pub deposits: usize,
}

/// What comes of some answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledAnswer {
    /// The answer to each question, in their order.
    pub given: Vec<Given>,
    /// What comes of it. Several where that depends on the exact values of these answers together.
    pub results: Vec<SettledResult>,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A value from the first to the last, both included; no end where there is none. Of texts one.
    Range {
        /// The least.
        from: Option<Value>,
        /// The most.
        to: Option<Value>,
    },
    /// Any text that is in no other answer.
    OtherText,
    /// The deposits are income.
    Confirmed,
    /// They are none.
    Refused,
    /// Whatever is found out.
    Any,
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range {
                from: Some(from),
                to: Some(to),
            } if from == to => write!(f, "{from}"),
            Self::Range {
                from: Some(from),
                to: Some(to),
            } => write!(f, "{from} to {to}"),
            Self::Range {
                from: Some(from),
                to: None,
            } => write!(f, "at least {from}"),
            Self::Range {
                from: None,
                to: Some(to),
            } => write!(f, "at most {to}"),
            Self::Range {
                from: None,
                to: None,
            }
            | Self::Any => f.write_str("any"),
            Self::OtherText => f.write_str("anything else"),
            Self::Confirmed => f.write_str("confirmed"),
            Self::Refused => f.write_str("refused"),
        }
    }
}

/// What an application comes to with some answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledResult {
    /// The outcome.
    pub outcome: Outcome,
    /// Between what the offer lies, where there is one.
    pub offer: Option<OfferRange>,
    /// Of a payment the debits in its place, where they are the same whatever the exact values.
    pub plan: Vec<PlannedDebit>,
    /// The codes of the principal reasons that are given in any case.
    pub reasons: Vec<ReasonCode>,
}

/// Between what offers lie, as far as was looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferRange {
    /// The least amount.
    pub least: Money,
    /// The greatest.
    pub most: Money,
    /// The lowest nominal yearly rate in percent.
    pub lowest_rate_percent: Decimal,
    /// The highest.
    pub highest_rate_percent: Decimal,
}

impl OfferRange {
    /// Of one offer.
    pub(super) fn of(terms: &OfferTerms) -> Self {
        Self {
            least: terms.amount,
            most: terms.amount,
            lowest_rate_percent: terms.rate_percent,
            highest_rate_percent: terms.rate_percent,
        }
    }

    /// Between what these and others lie, of the same rule set and so in one currency.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            least: std::cmp::min_by_key(self.least, other.least, |amount| amount.minor()),
            most: std::cmp::max_by_key(self.most, other.most, |amount| amount.minor()),
            lowest_rate_percent: self.lowest_rate_percent.min(other.lowest_rate_percent),
            highest_rate_percent: self.highest_rate_percent.max(other.highest_rate_percent),
        }
    }
}
