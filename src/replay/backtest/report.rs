//! What a backtest found, as plain data: what is printed, written as JSON and drawn.
//!
//! Amounts are exact decimals in major units, as texts. Shares, intervals and other statistics are floats
//! between 0 and 1 where `docs/backtest.md` does not say otherwise.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::features::Type;
use crate::id::{ApplicationId, DecisionId};
use crate::limits;
use crate::money::Currency;
use crate::replay::StoppedEarly;
use crate::replay::statistics::{Paired, Share};
use crate::rules::{BundleHash, Outcome};

use super::performance::Performance;
use super::segments::AdverseImpact;
use super::spread::{Moved, Spread};
use super::total::Total;

/// What candidates would have decided, against what was live.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backtest {
    /// What was compared, and what was left out.
    pub population: Population,
    /// Each candidate, in the order given.
    pub candidates: Vec<Comparison>,
    /// How the population moved within the period, feature by feature: those that any candidate reads
    /// and that are no texts, in the order of the table.
    pub drift: Vec<Drift>,
    /// When the second half of the period begins, where there are two.
    pub second_half_from: Option<DateTime<Utc>>,
}

/// What was compared, and what was left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Population {
    /// How far it came, where it was stopped before the last decision: all that was found is of those
    /// alone.
    pub stopped_early: Option<StoppedEarly>,
    /// Decisions that were asked for.
    pub selected: u64,
    /// Those that are compared.
    pub compared: u64,
    /// When the first of them was recorded, and the last.
    pub period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// How many of them were made on test data.
    pub on_test_data: u64,
    /// Whether they were read from the columns: proven when those were written, and not again.
    pub from_columns: bool,
    /// What had decided, the oldest first.
    pub live: Vec<Live>,
    /// What is not compared.
    pub left_out: LeftOut,
}

impl Population {
    /// The days of those that are compared, in words: `from 2026-09-01 to 2026-09-30`, or `on 2026-09-01`.
    pub fn days(&self) -> Option<String> {
        let (first, last) = self.period?;
        let (first, last) = (first.date_naive(), last.date_naive());
        Some(match first == last {
            true => format!("on {first}"),
            false => format!("from {first} to {last}"),
        })
    }
}

/// What is not compared, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LeftOut {
    /// Decisions that settle a referral: they are of an application that was decided before.
    pub resolutions: u64,
    /// Decisions whose features mean something else, by their semantics.
    pub other_semantics: BTreeMap<u32, u64>,
    /// Decisions of which it is not known whether they are meant: the condition reads what is missing.
    pub selection_unknown: u64,
    /// Records that are not what was written. Where only the bank data of one is, a candidate that does not
    /// need it is compared all the same, and the record is told here, too.
    pub damaged: u64,
    /// The first of those and what is wrong, at most [`crate::limits::LEDGER_PROBLEMS_MAX`].
    pub problems: Vec<DamagedRecord>,
}

impl LeftOut {
    /// Names a record that is not what was written.
    pub(super) fn damaged(&mut self, record: DamagedRecord) {
        // What several candidates find of one is told once.
        let mut known = self.problems.iter();
        if known.any(|known| known.record == record.record) {
            return;
        }
        self.damaged = self.damaged.saturating_add(1);
        if self.problems.len() < limits::LEDGER_PROBLEMS_MAX {
            self.problems.push(record);
        }
    }

    /// Adds what was left out of the decisions after these.
    pub(super) fn merge(&mut self, after: Self) {
        self.resolutions = self.resolutions.saturating_add(after.resolutions);
        for (semantics, more) in after.other_semantics {
            let known = self.other_semantics.entry(semantics).or_default();
            *known = known.saturating_add(more);
        }
        self.selection_unknown = self
            .selection_unknown
            .saturating_add(after.selection_unknown);
        self.damaged = self.damaged.saturating_add(after.damaged);
        let room = limits::LEDGER_PROBLEMS_MAX.saturating_sub(self.problems.len());
        self.problems.extend(after.problems.into_iter().take(room));
    }
}

/// A record that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DamagedRecord {
    /// Which: `5 (dec_…)`.
    pub record: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A version that decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Live {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its bundle.
    pub bundle: BundleHash,
    /// How many of the compared decisions it made.
    pub decisions: u64,
    /// How often it came to each outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// How often each of its rules fired.
    pub rules: Vec<RuleHits>,
}

/// How often a rule fired.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleHits {
    /// Its id.
    pub rule: String,
    /// In how many of the decisions it fired.
    pub hits: Share,
    /// In how many of them no other rule did.
    pub alone: u64,
    /// The rule that fired beside it in most of them.
    pub most_with: Option<String>,
    /// In how many that did.
    pub most_with_hits: u64,
}

/// A candidate against what was live.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Which.
    pub candidate: CandidateName,
    /// All of it in one sentence.
    pub headline: String,
    /// Decisions that it can decide: the others below are of these.
    pub decided: u64,
    /// How many of them were decided from the recorded bank data.
    pub from_snapshots: u64,
    /// Decisions that it cannot decide.
    pub not_decidable: NotDecidable,
    /// Each outcome, live and by the candidate.
    pub outcomes: Vec<OutcomeRates>,
    /// From which outcome to which, all sixteen.
    pub flows: Vec<Flow>,
    /// Decisions with another outcome.
    pub flips: Flips,
    /// Offers, where it makes any.
    pub offers: Option<Offers>,
    /// Scores, where any has one.
    pub scores: Option<Scores>,
    /// How often each of its rules fired.
    pub rules: Vec<RuleHits>,
    /// How the loans of these decisions did, where that is known of any.
    pub performance: Option<Performance>,
    /// Approval by segments, where any were named.
    pub adverse_impact: Option<AdverseImpact>,
}

/// Which rule set a candidate is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandidateName {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its bundle.
    pub bundle: BundleHash,
    /// The file or the published version, as it was given.
    pub given_as: String,
}

/// Decisions that a candidate cannot decide: they have no outcome of it, and are in no rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NotDecidable {
    /// How many.
    pub total: u64,
    /// For want of an input that was not asked for then, or not sent as it is needed: by the input.
    pub by_input: BTreeMap<String, u64>,
    /// In another currency.
    pub by_currency: u64,
    /// For want of a forecast or phrases of its own, where the recorded bank data could not be read.
    pub by_snapshots: u64,
    /// A defect of the engine.
    pub by_defect: u64,
}

/// An outcome, live and by a candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutcomeRates {
    /// The outcome.
    pub outcome: Outcome,
    /// How often it was live.
    pub live: Share,
    /// How often it is the candidate's.
    pub candidate: Share,
    /// How the two differ.
    pub paired: Paired,
}

/// How many decisions went from an outcome to another, or stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// The outcome that was live.
    pub from: Outcome,
    /// The candidate's.
    pub to: Outcome,
    /// How many.
    pub decisions: u64,
}

/// Decisions whose outcome is another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flips {
    /// How many.
    pub total: u64,
    /// By what they were and what they are, the largest group first.
    pub groups: Vec<FlipGroup>,
    /// One by one in the order of the chain: the first of them, at most
    /// [`crate::limits::BACKTEST_FLIPS_MAX`].
    pub listed: Vec<Flip>,
    /// How many are not listed.
    pub not_listed: u64,
}

/// Flips from one outcome to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlipGroup {
    /// The outcome that was live.
    pub from: Outcome,
    /// The candidate's.
    pub to: Outcome,
    /// How many.
    pub decisions: u64,
    /// What is responsible, the most frequent first.
    pub responsible: Vec<Responsible>,
}

/// What is responsible for flips.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Responsible {
    /// The reason and what gave it.
    #[serde(flatten)]
    pub cause: Cause,
    /// For how many of the flips.
    pub decisions: u64,
    /// For how many of them nothing else is.
    pub alone: u64,
}

/// A reason and what gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// Whose it is.
    pub side: Side,
    /// A rule's id, `scorecard:NAME`, `offer`, `approve`, `retry:ID`, `missing` or `bank_data`.
    pub source: String,
    /// The reason's code.
    pub reason: String,
}

/// Whose a reason is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Of what was live: it is no longer given.
    Live,
    /// Of the candidate: it was not given.
    Candidate,
}

/// A flip, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flip {
    /// Its position in the chain.
    pub seq: u64,
    /// The decision.
    pub decision: DecisionId,
    /// The application that it is of.
    pub application: ApplicationId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The outcome that was live.
    pub from: Outcome,
    /// The candidate's.
    pub to: Outcome,
    /// What is responsible.
    pub responsible: Vec<Cause>,
    /// What made the outcome that was live.
    pub live: Vec<Explained>,
    /// What makes the candidate's.
    pub candidate: Vec<Explained>,
}

/// A reason that made an outcome, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// As [`Cause::source`].
    pub source: String,
    /// The reason's code.
    pub reason: String,
    /// What the applicant is told, or would be.
    pub statement: String,
    /// The condition of the rule as written, where a rule gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What was compared, as far as it counts, with the values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<ComparedValue>,
    /// What would have kept it from applying, each in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<String>,
}

/// A comparison with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedValue {
    /// As written.
    pub text: String,
    /// The values, or `missing: ` and why, in the order written.
    pub values: Vec<String>,
}

/// Offers that were made live, and by a candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offers {
    /// Their currency.
    pub currency: Currency,
    /// What was offered.
    pub live: Total,
    /// What the candidate offers.
    pub candidate: Total,
    /// The candidate's total less that of what was live.
    pub difference: Decimal,
    /// What it offers where nothing was.
    pub gained: Total,
    /// What was offered where it offers nothing.
    pub lost: Total,
    /// Offers of decisions whose outcome stays.
    pub same_outcome: OfferChanges,
    /// The amounts that were offered.
    pub live_amount: Spread,
    /// Those of the candidate.
    pub candidate_amount: Spread,
    /// The annual percentage rates that were offered, in percent.
    pub live_apr: Spread,
    /// Those of the candidate.
    pub candidate_apr: Spread,
    /// By the tiers that offers come from: those that were live, then those of the candidate.
    pub tiers: Vec<TierOffers>,
}

/// How many offers come from a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TierOffers {
    /// The tier's id.
    pub tier: String,
    /// How many were live.
    pub live: u64,
    /// How many are the candidate's.
    pub candidate: u64,
}

/// How offers of the same decisions differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OfferChanges {
    /// Offers on both sides.
    pub both: u64,
    /// Those that differ in anything.
    pub changed: u64,
    /// Of a larger amount.
    pub larger: u64,
    /// Of a smaller amount.
    pub smaller: u64,
    /// With a higher annual percentage rate.
    pub dearer: u64,
    /// With a lower one.
    pub cheaper: u64,
}

/// Scores of decisions of which both have one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Those that were live.
    pub live: Spread,
    /// Those of the candidate.
    pub candidate: Spread,
    /// How far the candidate's are from those that were live.
    pub psi: Option<Moved>,
}

/// How a feature moved from the first half of the period to the second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// The feature.
    pub feature: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Its values in all of the period; of a text only how many there are.
    pub spread: Spread,
    /// How often a truth value or a text was what, of those that it was; empty of other types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<WordCount>,
    /// How often it was missing in the first half.
    pub missing_first: Share,
    /// How often in the second.
    pub missing_second: Share,
    /// How far it moved; `None` where a half is empty.
    pub psi: Option<Moved>,
}

/// How often a feature was a truth value or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordCount {
    /// `true`, `false`, a word of the feature, or `other`.
    pub word: String,
    /// How often it was that.
    pub count: u64,
}
