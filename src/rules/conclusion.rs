//! What a rule set comes to, without what it saw on the way.

use serde::Deserialize;

use super::debits::PlannedDebit;
use super::evaluation::{Action, Evaluation, GivenReason, OfferTerms, Outcome, ReasonSource, Row};
use super::foresight::Foreseen;
use crate::features::{Missing, observed_points};

/// What a rule set comes to, by the positions of what it names: what two rule sets are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// The answer.
    pub outcome: Outcome,
    /// The score, where the rule set has one.
    pub score: Option<Result<i64, Missing>>,
    /// The tier that applied, where tiers were looked at.
    pub tier: Option<Row>,
    /// The offer; there for APPROVE and COUNTER of a credit rule set and only there.
    pub offer: Option<OfferTerms>,
    /// The debits to be made in place of the one asked for; there for COUNTER of a payment rule set and
    /// only there.
    pub plan: Vec<PlannedDebit>,
    /// Every reason, those that made the outcome first. Nothing is told of them.
    pub reasons: Vec<GivenReason>,
}

impl From<Evaluation> for Conclusion {
    fn from(evaluation: Evaluation) -> Self {
        let mut reasons = evaluation.reasons;
        for reason in &mut reasons {
            reason.told = None;
        }
        Self {
            outcome: evaluation.outcome,
            score: evaluation.score.map(|score| score.total),
            tier: evaluation.tier,
            offer: evaluation.offer,
            plan: evaluation.plan,
            reasons,
        }
    }
}

/// What was recorded of an evaluation, read without what was seen on the way and what was told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Recorded")]
pub struct EvaluationInBrief {
    /// The forecasts that were asked for.
    pub forecasts: Vec<Foreseen>,
    /// What it came to.
    pub conclusion: Conclusion,
}

impl From<&Evaluation> for EvaluationInBrief {
    fn from(evaluation: &Evaluation) -> Self {
        Self {
            forecasts: evaluation.forecasts.clone(),
            conclusion: Conclusion::from(evaluation.clone()),
        }
    }
}

/// The fields of a written [`Evaluation`] that are read; all others are passed over.
#[derive(Deserialize)]
struct Recorded {
    outcome: Outcome,
    #[serde(default)]
    forecasts: Vec<Foreseen>,
    score: Option<RecordedScore>,
    tier: Option<Row>,
    offer: Option<OfferTerms>,
    #[serde(default)]
    plan: Vec<PlannedDebit>,
    reasons: Vec<RecordedReason>,
}

#[derive(Deserialize)]
struct RecordedScore {
    #[serde(with = "observed_points")]
    total: Result<i64, Missing>,
}

#[derive(Deserialize)]
struct RecordedReason {
    reason: usize,
    source: ReasonSource,
    action: Action,
    #[serde(default)]
    decisive: bool,
    #[serde(default)]
    principal: bool,
}

impl From<Recorded> for EvaluationInBrief {
    fn from(recorded: Recorded) -> Self {
        let reasons = recorded.reasons.into_iter().map(|given| GivenReason {
            reason: given.reason,
            source: given.source,
            action: given.action,
            decisive: given.decisive,
            principal: given.principal,
            told: None,
        });
        Self {
            forecasts: recorded.forecasts,
            conclusion: Conclusion {
                outcome: recorded.outcome,
                score: recorded.score.map(|score| score.total),
                tier: recorded.tier,
                offer: recorded.offer,
                plan: recorded.plan,
                reasons: reasons.collect(),
            },
        }
    }
}
