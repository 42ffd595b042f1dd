//! What follows a decision: what a person decided beside it, which notice was sent, and how its loan did.
//!
//! Each is sent as a draft, in which anything may be missing or wrong; `check` is the one way from
//! there to what the ledger keeps. Nothing is ever changed: the newest override holds, and an entry
//! of loan performance that was wrong is corrected by a later one that names it.

mod notice;
mod overriding;
mod performance;
mod report;

use serde::{Deserialize, Serialize};

pub use notice::{Channel, DraftNotice, NoticeKind, SentNotice};
pub use overriding::{DraftOverride, DraftReason, Override, StatedReason};
pub use performance::{DraftPerformance, LoanEvent, LoanPerformance};

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
}
