//! What evaluating a rule set over the features of one application gives.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::features::{Missing, Value};
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

/// Three-valued truth: whether a condition holds, does not hold, or cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// A value that it needs is missing.
    Unknown,
}

/// The result of one rule, with every value that its condition compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTrace {
    /// The rule's id.
    pub rule: String,
    /// What it does when it fires.
    pub action: Action,
    /// Whether its condition held.
    pub verdict: Verdict,
    /// Every comparison in the condition, in the order written.
    pub comparisons: Vec<Comparison>,
    /// Why the rule set lets a missing value pass here, where it does and one was missing.
    pub missing_ignored: Option<String>,
}

/// One comparison inside a condition, as observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// As written: `nsf.event_days_90d >= params.nsf_days_max`.
    pub text: String,
    /// The values compared, or why one was missing, in the order written.
    pub operands: Vec<Result<Value, Missing>>,
    /// What came of it.
    pub verdict: Verdict,
}

/// A rule that fired (or could not be decided, for [`Verdict::Unknown`]) and what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// The reason's stable code.
    pub reason: ReasonCode,
    /// The statement for the applicant, values filled in.
    pub statement: String,
    /// Where it came from: a rule's id, `scorecard:NAME`, `offer`, `approve`, `missing` for
    /// information that could not be had, or `bank_data` for bank data that did not come in time.
    pub source: String,
    /// What it does to the outcome.
    pub action: Action,
    /// Whether it is one of those that made the outcome, told once for each code: the declining
    /// ones of a DECLINE, the referring ones of a REFER, what reduced the amount of a COUNTER. Of
    /// a REFER for want of bank data, that alone.
    pub decisive: bool,
    /// The features it rests on, by name.
    pub features: Vec<String>,
    /// Changes of a single value each of which alone would have kept this from applying.
    pub counterfactuals: Vec<Counterfactual>,
}

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

/// The scorecard's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Base points and those of every characteristic, or why a characteristic has none.
    pub total: Result<i64, Missing>,
    /// Each characteristic, in the order written.
    pub characteristics: Vec<ScoreTrace>,
}

/// One characteristic of the scorecard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreTrace {
    /// Its name.
    pub name: String,
    /// The value it was scored on.
    pub observed: Result<Value, Missing>,
    /// The bin that applied, as written.
    pub bin: String,
    /// Its points.
    pub points: Result<i64, Missing>,
    /// The most points that any of its bins gives.
    pub points_max: i64,
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

/// The result of a rule set over one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The answer.
    pub outcome: Outcome,
    /// Every reason that applied, principal ones first: the outcome's own action before others,
    /// then the rank that the rule set gives.
    pub fired: Vec<Fired>,
    /// The scorecard, where the rule set has one.
    pub score: Option<Score>,
    /// The offer; there for APPROVE and COUNTER of a credit rule set and only there.
    pub offer: Option<OfferTerms>,
    /// Every derived value, in the order written.
    pub derived: Vec<(String, Result<Value, Missing>)>,
    /// Every rule, in the order written.
    pub trace: Vec<RuleTrace>,
}
