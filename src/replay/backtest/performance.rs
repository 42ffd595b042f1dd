//! How the loans of compared decisions did, as plain data.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::total::Total;
use crate::replay::statistics::{Band, Discrimination, Share};

/// When a loan went bad, and how old it has to be for that to be known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BadLoan {
    /// Days past due from which it is bad. Charged off, or with a loss, it is in any case.
    pub days_late: u32,
    /// Days since it was paid out that every loan is looked at: a younger one is left out, and what
    /// came later does not make one bad.
    pub age_days: u32,
    /// The last day of which it is known what happened.
    pub seen_until: NaiveDate,
}

/// How the loans of compared decisions did. Applicants who were declined have none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Performance {
    /// What is bad.
    pub definition: BadLoan,
    /// Loans that went bad, of those that are known for long enough.
    pub bad: Share,
    /// Loans that are not counted.
    pub left_out: LoansLeftOut,
    /// By the tier that was live.
    pub by_live_tier: Vec<TierLoans>,
    /// By the candidate's tier; of its loans those are known that what was live approved, too.
    pub by_candidate_tier: Vec<TierLoans>,
    /// What the offers that were live may be expected to earn.
    pub live_expected: ExpectedProfit,
    /// What the candidate's may be.
    pub candidate_expected: ExpectedProfit,
    /// By who approves: both, only what was live, only the candidate, neither.
    pub swap_sets: Vec<SwapSet>,
    /// How well the score tells that was live.
    pub live_score: Option<ScorePower>,
    /// How well the candidate's does.
    pub candidate_score: Option<ScorePower>,
}

impl Performance {
    /// Whether a side offers anything in tiers, so that it may be expected to earn something.
    pub fn has_tiers(&self) -> bool {
        !self.by_live_tier.is_empty() || !self.by_candidate_tier.is_empty()
    }
}

/// Loans that are not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LoansLeftOut {
    /// Paid out too short a time before the last day that is known.
    pub too_young: u64,
    /// With entries, of which none says that and when they were paid out.
    pub not_funded: u64,
    /// Decisions that were approved live, of which nothing is known.
    pub unknown: u64,
}

/// Loans of a tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TierLoans {
    /// The tier's id.
    pub tier: String,
    /// What is offered in it, whether anything is known of the loan or not.
    pub offered: Total,
    /// How many of its known loans went bad.
    pub bad: Share,
    /// What was paid out for those.
    pub funded: Total,
    /// What they have earned less what they have lost.
    pub profit: Decimal,
    /// What its offers may be expected to earn: as much for each unit as its known loans have, rounded to
    /// the minor unit. `None` where nothing is known of any.
    pub expected: Option<Decimal>,
}

/// What offers may be expected to earn, if those of a tier do as its known loans have so far, at the terms
/// that those have: another rate of a tier changes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ExpectedProfit {
    /// Of all tiers of which loans are known.
    pub profit: Decimal,
    /// What is offered in these.
    pub offered: Total,
    /// What is offered in tiers of which no loan is known: in no profit.
    pub not_known: Total,
}

/// Decisions by who approves them: as asked for or with another offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SwapSet {
    /// Whether what was live did.
    pub live_approves: bool,
    /// Whether the candidate does.
    pub candidate_approves: bool,
    /// How many decisions.
    pub decisions: u64,
    /// How many of their loans went bad, of those that are known for long enough. Where nothing was
    /// lent there is none: nobody knows how those would have done.
    pub bad: Share,
    /// What was paid out for these loans.
    pub funded: Total,
    /// What they have earned.
    pub interest: Decimal,
    /// What they have lost.
    pub loss: Decimal,
    /// What they have earned less what they have lost.
    pub profit: Decimal,
}

/// How well a score tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorePower {
    /// How well it orders loans.
    pub discrimination: Discrimination,
    /// How many went bad by bands of it.
    pub bands: Vec<Band>,
}
