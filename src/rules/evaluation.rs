//! What evaluating a rule set over the features of one application gives.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

use super::debits::PlannedDebit;
use super::foresight::Foreseen;
use super::verdict::Verdicts;
use crate::application::{RepaymentFrequency, Term};
use crate::features::{Missing, Value, observed, observed_list, observed_option, observed_points};
use crate::loan::Paid;
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

impl RuleSetKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Credit, Self::Payment, Self::Verification];

    /// The word for it in rule files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Payment => "payment",
            Self::Verification => "verification",
        }
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The answer to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// As asked for.
    Approve,
    /// Something else than asked for: another offer, or of a payment other debits.
    Counter,
    /// To a person.
    Refer,
    /// No.
    Decline,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Approve, Self::Counter, Self::Refer, Self::Decline];

    /// The stable word: `APPROVE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "APPROVE",
            Self::Counter => "COUNTER",
            Self::Refer => "REFER",
            Self::Decline => "DECLINE",
        }
    }

    /// The outcome of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
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

/// A change that would have kept a reason from applying, without a worse outcome: everything was
/// evaluated with it. Where there is more in `also`, only all together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// The feature or input: `nsf.event_days_90d`.
    pub name: String,
    /// What it was.
    pub observed: Value,
    /// What it would have to be: `below 3`.
    pub needed: String,
    /// What else would have to be otherwise, where this alone would not do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Change>,
}

/// A value that would have to be another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The feature or input.
    pub name: String,
    /// What it was.
    pub observed: Value,
    /// What it would have to be: `at least 30 days`.
    pub needed: String,
}

/// A loan that the lender would make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTerms {
    /// The tier it comes from.
    pub tier: String,
    /// The principal.
    pub amount: Money,
    /// How long it runs.
    pub term: Term,
    /// How often it is repaid.
    pub frequency: RepaymentFrequency,
    /// The nominal yearly rate in percent, by which interest accrues.
    #[serde(with = "rust_decimal::serde::str")]
    pub rate_percent: Decimal,
    /// The annual percentage rate of Regulation Z as disclosed, to three decimals. Caps hold on the
    /// figure before it was rounded.
    #[serde(with = "rust_decimal::serde::str")]
    pub apr_percent: Decimal,
    /// The military annual percentage rate, where it is another.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::str_option"
    )]
    pub mapr_percent: Option<Decimal>,
    /// One payment, rounded up to the minor unit.
    pub payment: Money,
    /// The last payment, which settles what is then left.
    pub last_payment: Money,
    /// How many payments, the last included.
    pub payments: u32,
    /// When the first is due: as the application says, or else a period after the decision.
    pub first_payment_date: Option<NaiveDate>,
    /// What is owed: the amount and the fees that are financed.
    pub principal: Money,
    /// What the borrower has the use of, by Regulation Z.
    pub amount_financed: Money,
    /// What the loan costs, by Regulation Z.
    pub finance_charge: Money,
    /// All payments together.
    pub total_of_payments: Money,
    /// The fees, in the order written; those that come to nothing included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fees: Vec<OfferFee>,
    /// What bound the offer.
    pub bound_by: BoundBy,
}

/// A fee of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferFee {
    /// Its id in the rule set.
    pub id: String,
    /// What it comes to.
    pub amount: Money,
    /// How it is paid.
    pub paid: Paid,
    /// Whether it counts in the finance charge, and so in the annual percentage rate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_finance_charge: bool,
    /// Whether it counts in the military annual percentage rate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_mapr: bool,
}

/// What bound an offer: why it is not the one asked for, or why a larger one is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundBy {
    /// Nothing: it is what was asked for, or what was asked for is less than any offer.
    Requested,
    /// No tier applies, or the one that does offers another amount; or the term or frequency is none
    /// that is offered.
    Tier,
    /// Its payments would be more than is affordable.
    Affordability,
    /// A cap of its rate.
    Cap,
    /// A rule that would decline or refer, had it been asked for.
    Rule,
}

impl BoundBy {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Requested,
        Self::Tier,
        Self::Affordability,
        Self::Cap,
        Self::Rule,
    ];

    /// The stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Tier => "tier",
            Self::Affordability => "affordability",
            Self::Cap => "cap",
            Self::Rule => "rule",
        }
    }
}

/// What the search for an offer came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    /// The point that is offered; or the last that was looked at: the smallest that could not be
    /// offered, or the one of which that cannot be known. Tier and affordable payment are of it.
    pub amount: Money,
    /// Its term.
    pub term: Term,
    /// Its frequency.
    pub frequency: RepaymentFrequency,
    /// What bound the offer, or stands against the last point; `None` where that cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_by: Option<BoundBy>,
    /// How many points were looked at.
    pub points: usize,
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
    /// What the search for an offer came to, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sought: Option<Sought>,
    /// The offer; there for APPROVE and COUNTER of a credit rule set and only there.
    pub offer: Option<OfferTerms>,
    /// The retry that applied, where retries were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Row>,
    /// The debits to be made in place of the one asked for, in order; there for COUNTER of a payment
    /// rule set and only there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<PlannedDebit>,
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
            sought: None,
            offer: None,
            retry: None,
            plan: Vec::new(),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// A retry, by its position: the debit is made otherwise than asked for.
    Retry(usize),
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
    /// Changes each of which would have kept the reason from applying.
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
