//! What evaluating a rule set over the features of one application gives.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::foresight::Foreseen;
use super::verdict::Verdicts;
use crate::features::{Missing, Value, observed, observed_list, observed_option, observed_points};
use crate::money::Money;

/// What a rule set decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSetKind {
    /// A loan: approval needs an offer.
    Credit,
    /// May this debit or payout go now.
    Payment,
    /// Is this person who they say they are.
    Verification,
}

/// The answer to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// As asked for.
    Approve,
    /// Another offer than asked for; credit only.
    Counter,
    /// To a person.
    Refer,
    /// No.
    Decline,
}

impl Outcome {
    /// The stable word: `APPROVE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "APPROVE",
            Self::Counter => "COUNTER",
            Self::Refer => "REFER",
            Self::Decline => "DECLINE",
        }
    }

    /// The outcome of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Approve, Self::Counter, Self::Refer, Self::Decline]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether the banks had delivered what they were asked for when the decision was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// They had.
    Ready,
    /// Something was still to come: nothing is decided on half of the data.
    NotReady,
}

/// What a rule does when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The application is declined.
    Decline,
    /// The application goes to a person, unless a rule declines it.
    Refer,
    /// Noted; the outcome does not change.
    Flag,
}

/// The stable code of a reason, as the rule set names it: `NSF_FREQUENT`.
pub type ReasonCode = String;

/// A change that would have kept a reason from applying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// The feature, input or derived value: `nsf.event_days_90d`.
    pub name: String,
    /// What it was.
    pub observed: Value,
    /// What it would have to be: `below 3`.
    pub needed: String,
}

/// A loan that the lender would make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTerms {
    /// The tier it comes from.
    pub tier: String,
    /// The principal.
    pub amount: Money,
    /// The yearly rate in percent, nominal, compounded with each payment.
    #[serde(with = "rust_decimal::serde::str")]
    pub apr_percent: Decimal,
    /// One payment, rounded up to the minor unit.
    pub payment: Money,
    /// How many payments.
    pub payments: u32,
    /// When the first is due, where the application says.
    pub first_payment_date: Option<NaiveDate>,
    /// What bound the amount below the request: `requested`, `tier`, `affordability`.
    pub bound_by: String,
}

/// What evaluating a rule set over one application has seen: values, verdicts and choices, each
/// once. Of texts it holds only what the applicant is told; [`super::render`] makes all others
/// from it, and [`super::Layout`] says what stands at each position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The answer.
    pub outcome: Outcome,
    /// Every declared input, in the order written.
    #[serde(with = "observed_list")]
    pub inputs: Vec<Result<Value, Missing>>,
    /// Every function over subjects, in the order of [`super::Layout::aggregates`].
    #[serde(with = "observed_list")]
    pub aggregates: Vec<Result<Value, Missing>>,
    /// For each of them the position of the account, applicant or stream that decided: the first that
    /// has the least or the greatest value, for which `any` holds or `all` does not. Empty where none
    /// did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided_by: Vec<Option<usize>>,
    /// Every derived value, in the order written.
    #[serde(with = "observed_list")]
    pub derived: Vec<Result<Value, Missing>>,
    /// The number of the row of each table that was chosen, from 0, in the order of
    /// [`super::Layout::tables`]: of a matrix the number of the cell, row by row; where no row holds,
    /// the number after the last.
    #[serde(default, with = "observed_list", skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Result<Value, Missing>>,
    /// Every forecast that was asked for, in the order in which they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forecasts: Vec<Foreseen>,
    /// What each comparison came to.
    pub verdicts: Verdicts,
    /// What the scorecard came to, where the rule set has one.
    pub score: Option<ScoreRecord>,
    /// The tier that applied, where tiers were looked at.
    pub tier: Option<Row>,
    /// The most that one payment may be, where a tier applied.
    #[serde(with = "observed_option")]
    pub affordable_payment: Option<Result<Value, Missing>>,
    /// The offer; there for APPROVE and COUNTER of a credit rule set and only there.
    pub offer: Option<OfferTerms>,
    /// Every reason that applied, those that made the outcome first, then by the rank that the
    /// rule set gives.
    pub reasons: Vec<GivenReason>,
}

#[cfg(test)]
impl Evaluation {
    /// One that saw nothing.
    pub(crate) fn bare(outcome: Outcome) -> Self {
        Self {
            outcome,
            inputs: Vec::new(),
            aggregates: Vec::new(),
            decided_by: Vec::new(),
            derived: Vec::new(),
            tables: Vec::new(),
            forecasts: Vec::new(),
            verdicts: Verdicts::default(),
            score: None,
            tier: None,
            affordable_payment: None,
            offer: None,
            reasons: Vec::new(),
        }
    }
}

/// The row chosen of several, of which the first that applies is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// This one, by its position.
    At(usize),
    /// None applies.
    None,
    /// It cannot be known: whether this one applies is unknown, and none before it does.
    Unknown(usize),
}

/// What the scorecard came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreRecord {
    /// Base points and those of every characteristic, or why a characteristic has none.
    #[serde(with = "observed_points")]
    pub total: Result<i64, Missing>,
    /// Each characteristic, in the order written.
    pub characteristics: Vec<CharacteristicRecord>,
}

/// What one characteristic came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CharacteristicRecord {
    /// The value it was scored on.
    #[serde(with = "observed")]
    pub observed: Result<Value, Missing>,
    /// The bin that applied, by its position; `None` where that could not be known.
    pub bin: Option<usize>,
    /// Its points.
    #[serde(with = "observed_points")]
    pub points: Result<i64, Missing>,
}

/// A reason that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenReason {
    /// Its position in [`super::Layout::reasons`].
    pub reason: usize,
    /// What gave it.
    pub source: ReasonSource,
    /// What it does to the outcome.
    pub action: Action,
    /// Whether it is one of those that made the outcome, each code once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decisive: bool,
    /// Whether it is one of those that the applicant is told: the first
    /// [`crate::limits::PRINCIPAL_REASONS_MAX`] decisive ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub principal: bool,
    /// What the applicant is told, where it is a principal reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Box<Told>>,
}

/// What gave a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonSource {
    /// A rule, by its position.
    Rule(usize),
    /// A characteristic that lost points, by its position.
    Characteristic(usize),
    /// The offer: there is none, or one of less than was asked for.
    Offer,
    /// The condition of approval does not hold.
    Approve,
    /// Information that could not be had.
    Missing,
    /// Bank data that did not come in time.
    BankData,
}

/// What an applicant is told of a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The statement, values filled in.
    pub statement: String,
    /// Changes of a single value each of which alone would have kept the reason from applying.
    pub counterfactuals: Vec<Counterfactual>,
}

/// What an evaluation tells of the principal reasons. The record is the same otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Telling {
    /// Nothing: for who counts outcomes only.
    Nothing,
    /// Statements.
    Statements,
    /// Statements and counterfactuals: what a decision records.
    Everything,
}
