//! What a rule set came to.

use crate::features::Missing;
use crate::rules::{Evaluation, GivenReason, OfferTerms, Outcome, PlannedDebit, Row};

/// What a rule set came to, by the positions of what it names: what two rule sets are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
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

impl From<Evaluation> for Decided {
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
