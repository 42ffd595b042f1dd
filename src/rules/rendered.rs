//! An evaluation in words: what is rendered from the record when somebody reads it.

use std::fmt;

use super::evaluation::{Action, Counterfactual, ReasonCode};
use super::rule_set::RuleNotes;
use super::verdict::Verdict;
use crate::features::{FeatureId, Missing, Value};

/// All texts of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Every reason that was given, in the order of the record.
    pub fired: Vec<Fired>,
    /// The scorecard, where the rule set has one.
    pub score: Option<Score>,
    /// Every derived value with its name, in the order written.
    pub derived: Vec<(String, Result<Value, Missing>)>,
    /// Every rule, in the order written.
    pub trace: Vec<RuleTrace>,
    /// Every table, in the order written, with what was chosen.
    pub tables: Vec<TableTrace>,
    /// Every retry that was looked at, in the order written; the last is the one that applied, where one
    /// did.
    pub retries: Vec<RetryTrace>,
    /// Every function over subjects that one of them decided, with that one's position.
    pub decided_by: Vec<Decider>,
}

/// A function over subjects that one of them decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// As written: `min(stream.monthly_net)`.
    pub function: String,
    /// A feature of the scope of the subject.
    pub of: FeatureId,
    /// The subject, by its position.
    pub subject: usize,
}

/// What was chosen of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableTrace {
    /// `tables.caps`
    pub name: String,
    /// What its rows are chosen by, as written, with the values.
    pub inputs: Vec<(String, Result<Value, Missing>)>,
    /// The tests of the row that was chosen, or of the row and the column; `otherwise` where none
    /// holds. Missing where it depends on a value that is.
    pub row: Result<String, Missing>,
    /// What it gives, by name.
    pub outputs: Vec<(String, Result<Value, Missing>)>,
}

/// The result of one rule, with every value that its condition compared.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What the rule says of itself: why it is there, who answers for it, its tags.
    pub notes: RuleNotes,
}

/// A retry that was looked at, with every value that its condition compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryTrace {
    /// Its id.
    pub retry: String,
    /// Whether its condition held.
    pub verdict: Verdict,
    /// Every comparison in the condition, in the order written.
    pub comparisons: Vec<Comparison>,
}

/// One comparison inside a condition, as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// As written: `nsf.event_days_90d >= params.nsf_days_max`.
    pub text: String,
    /// In words, where it is about a forecast: `the chance that a debit of 300.00 usd on 2026-12-04 is
    /// returned: 12.3% is more than 10%`.
    pub in_words: Option<String>,
    /// The values compared, or why one was missing, in the order written.
    pub operands: Vec<Result<Value, Missing>>,
    /// What came of it.
    pub verdict: Verdict,
}

/// What gave a reason, by its name in the rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedSource {
    /// The rule of this id.
    Rule(String),
    /// The characteristic of the scorecard of this name.
    Characteristic(String),
    /// The offer.
    Offer,
    /// The condition under which to approve.
    Approve,
    /// The retry of this id.
    Retry(String),
    /// Information that could not be had.
    Missing,
    /// Bank data that did not come in time.
    BankData,
}

impl fmt::Display for NamedSource {
    /// A rule's id, `scorecard:NAME`, `offer`, `approve`, `retry:ID`, `missing` or
    /// `bank_data`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(id) => f.write_str(id),
            Self::Characteristic(name) => write!(f, "scorecard:{name}"),
            Self::Offer => f.write_str("offer"),
            Self::Approve => f.write_str("approve"),
            Self::Retry(id) => write!(f, "retry:{id}"),
            Self::Missing => f.write_str("missing"),
            Self::BankData => f.write_str("bank_data"),
        }
    }
}

/// A reason that was given, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// The reason's stable code.
    pub reason: ReasonCode,
    /// The statement for the applicant, values filled in.
    pub statement: String,
    /// Where it came from.
    pub source: NamedSource,
    /// What it does to the outcome.
    pub action: Action,
    /// Whether it is one of those that made the outcome, told once for each code: the declining
    /// ones of a DECLINE, the referring ones of a REFER, what reduced the amount of a COUNTER. Of
    /// a REFER for want of bank data, that alone.
    pub decisive: bool,
    /// The features it rests on, by name.
    pub features: Vec<String>,
    /// Changes each of which would have kept this from applying.
    pub counterfactuals: Vec<Counterfactual>,
}

/// The scorecard's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Base points and those of every characteristic, or why a characteristic has none.
    pub total: Result<i64, Missing>,
    /// Each characteristic, in the order written.
    pub characteristics: Vec<ScoreTrace>,
}

/// One characteristic of the scorecard.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The points against which points lost are counted.
    pub points_baseline: i64,
}
