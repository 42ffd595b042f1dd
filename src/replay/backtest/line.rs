//! What each decision came to, one line for each.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::counts::Judged;
use super::names::Named;
use super::setup::Candidate;
use crate::id::{ApplicationId, DecisionId};
use crate::money::Money;
use crate::portfolio::PastDecision;
use crate::rules::{Action, Conclusion, Outcome};

/// What a decision came to, live and by each candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Its position in the chain.
    pub seq: u64,
    /// The decision.
    pub decision: DecisionId,
    /// The application that it is of.
    pub application: ApplicationId,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What was live: `name@version`.
    pub rule_set: String,
    /// What it came to.
    pub live: Came,
    /// What each candidate comes to, in the order given.
    pub candidates: Vec<CandidateLine>,
}

/// What a candidate comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateLine {
    /// `name@version`.
    pub rule_set: String,
    /// What it comes to; nothing where it cannot decide.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub came: Option<Came>,
    /// Why it cannot decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_decidable: Option<String>,
    /// Whether that is from the recorded bank data.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_snapshots: bool,
}

/// What a rule set came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Came {
    /// The outcome.
    pub outcome: Outcome,
    /// The score, where there is one that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<i64>,
    /// The tier, where one applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// The amount offered, in major units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// The annual percentage rate offered, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apr_percent: Option<Decimal>,
    /// Every reason, those that made the outcome first.
    pub reasons: Vec<ReasonLine>,
}

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonLine {
    /// A rule's id, `scorecard:NAME`, `offer`, `approve`, `retry:ID`, `missing` or `bank_data`.
    pub source: String,
    /// Its code.
    pub reason: String,
    /// What it does to the outcome.
    pub action: Action,
    /// Whether it made the outcome; of several with one code only the first is marked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub decisive: bool,
}

impl Line {
    /// What was live; candidates are to come.
    pub(super) fn of(past: &PastDecision, live: &Named) -> Self {
        let pin = &past.rule_set;
        Self {
            seq: past.seq,
            decision: past.id.clone(),
            application: past.application.clone(),
            recorded_at: past.recorded_at,
            rule_set: format!("{}@{}", pin.name, pin.version),
            live: Came::of(live, &past.decided),
            candidates: Vec::new(),
        }
    }
}

impl CandidateLine {
    /// What a candidate comes to.
    pub(super) fn of(candidate: &Candidate, judged: &Judged) -> Self {
        let (named, name) = (&candidate.named, &candidate.name);
        let decided = judged.decided.as_ref();
        Self {
            rule_set: format!("{}@{}", name.name, name.version),
            came: decided.ok().map(|decided| Came::of(named, decided)),
            not_decidable: decided.err().map(ToString::to_string),
            from_snapshots: judged.from_snapshots && decided.is_ok(),
        }
    }
}

impl Came {
    fn of(named: &Named, decided: &Conclusion) -> Self {
        let reasons = decided.reasons.iter().map(|given| {
            let (source, reason) = named.reason(given);
            ReasonLine {
                source,
                reason,
                action: given.action,
                decisive: given.decisive,
            }
        });
        let offer = decided.offer.as_ref();
        Self {
            outcome: decided.outcome,
            score: decided.score.and_then(Result::ok),
            tier: named.tier(decided.tier).map(str::to_owned),
            amount: offer.map(|offer| offer.amount).map(Money::to_decimal),
            apr_percent: offer.map(|offer| offer.apr_percent),
            reasons: reasons.collect(),
        }
    }
}
