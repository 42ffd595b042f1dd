//! What follows a decision: what a person decided beside it, which notice was sent, and how its loan did.
//!
//! Each is sent as a draft, in which anything may be missing or wrong; `check` is the one way from
//! there to what the ledger keeps. Nothing is ever changed: the newest override holds, and an entry
//! of loan performance that was wrong is corrected by a later one that names it; of several that do, the
//! newest holds.

mod notice;
mod overriding;
mod performance;
mod times;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use notice::{Channel, DraftNotice, NoticeKind, SentNotice};
pub use overriding::{DraftOverride, DraftReason, Override, StatedReason};
pub use performance::{DraftPerformance, LoanEvent, LoanPerformance};

use crate::id::DecisionId;
use crate::money::Currency;
use crate::rules::{Outcome, RuleSetKind};

/// What follows a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUp {
    /// A person decided beside the engine.
    Override(Override),
    /// Something happened to the loan.
    LoanPerformance(LoanPerformance),
    /// A notice was sent to the applicant.
    Notice(SentNotice),
}

/// A kind of what follows a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FollowUpKind {
    /// [`FollowUp::Override`]
    Override,
    /// [`FollowUp::LoanPerformance`]
    LoanPerformance,
    /// [`FollowUp::Notice`]
    Notice,
}

impl FollowUpKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Override, Self::LoanPerformance, Self::Notice];
}

impl FollowUp {
    /// Of which kind it is.
    pub fn kind(&self) -> FollowUpKind {
        match self {
            Self::Override(_) => FollowUpKind::Override,
            Self::LoanPerformance(_) => FollowUpKind::LoanPerformance,
            Self::Notice(_) => FollowUpKind::Notice,
        }
    }

    /// What a person decided, where it is an override.
    pub fn overrides_to(&self) -> Option<Outcome> {
        match self {
            Self::Override(said) => Some(said.outcome),
            Self::LoanPerformance(_) | Self::Notice(_) => None,
        }
    }
}

/// What follows a decision, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftFollowUp {
    /// A person decided beside the engine.
    Override(DraftOverride),
    /// Something happened to the loan.
    LoanPerformance(DraftPerformance),
    /// A notice was sent to the applicant.
    Notice(DraftNotice),
}

/// What is known of a decision for which something is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What its rule set decides about.
    pub kind: RuleSetKind,
    /// The day for which it was decided.
    pub decided_on: NaiveDate,
    /// The currency of its loan.
    pub currency: Currency,
    /// What was decided, by the engine and by everybody who decided beside it. None of them is ever taken
    /// back, so that what could be recorded once is good as a repeat for good.
    pub outcomes: Vec<Outcome>,
    /// Of a referral, the other decision that resolved it.
    pub resolved_by: Option<DecisionId>,
}

impl Subject {
    /// Whether there may be a loan: somebody approved it, or offered one.
    pub fn is_lent(&self) -> bool {
        let mut outcomes = self.outcomes.iter();
        outcomes.any(|outcome| match outcome {
            Outcome::Approve | Outcome::Counter => true,
            Outcome::Decline | Outcome::Refer => false,
        })
    }
}
