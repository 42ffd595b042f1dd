//! What is told of an obligation.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::analysis::cadence::Cadence;
use crate::snapshot::Rows;

/// One agreement under which the household pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obligation {
    /// Who is paid, by position in [`crate::analysis::Analysis::counterparties`]. Where texts name nobody, the
    /// one that the last of them was read as.
    pub payee: u32,
    /// What for.
    pub purpose: Purpose,
    /// Whether words say what for; otherwise amounts and dates do.
    pub told: bool,
    /// How often it is paid. Of a single payment: monthly.
    pub cadence: Cadence,
    /// The usual payment now, in minor units.
    pub level: i128,
    /// What it takes a month, in minor units; of what has ended what it took.
    pub monthly: i128,
    /// How many payments there are.
    pub payments: usize,
    /// The first payment seen.
    pub since: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// Whether it still runs.
    pub status: ObligationStatus,
    /// The payments.
    pub rows: Rows,
}

impl Obligation {
    /// Whether it is part of what is owed each month: it runs, and is a home, a loan or a card.
    pub fn is_owed(&self) -> bool {
        self.runs() && self.purpose.is_credit_or_home()
    }

    /// Whether it still runs.
    pub fn runs(&self) -> bool {
        self.status == ObligationStatus::Running
    }

    /// When the next payment is due by its cadence, never before `today`: one that is late may still
    /// come. `None` without a cadence, and once it ended.
    pub fn next_due(&self, today: NaiveDate) -> Option<NaiveDate> {
        let next = match self.cadence {
            Cadence::Monthly => self.last.checked_add_months(Months::new(1)),
            // Twice a month the shorter way, so that it is not told too late.
            Cadence::SemiMonthly => self.last.checked_add_days(Days::new(15)),
            Cadence::Weekly | Cadence::Biweekly | Cadence::FourWeekly | Cadence::Irregular => {
                let cycle = self.cadence.cycle_days()?;
                self.last.checked_add_days(Days::new(cycle))
            }
        };
        next.filter(|_| self.runs()).map(|day| day.max(today))
    }

    /// Whether its next payment should have come: a cycle and a weekend have passed.
    pub(super) fn is_overdue_on(&self, today: NaiveDate) -> bool {
        let cycle = self.cadence.cycle_days().unwrap_or(31);
        let silent = today.signed_duration_since(self.last).num_days();
        silent > i64::try_from(cycle).unwrap_or(0) + 4
    }
}

/// What an obligation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Rent, mortgages, housing dues.
    Housing,
    /// Auto loans and leases.
    Auto,
    /// Student loans.
    Student,
    /// Cards, payoffs included.
    Card,
    /// Buy now, pay later.
    BuyNowPayLater,
    /// Payday loans and cash advances.
    ShortTerm,
    /// Any other loan.
    Loan,
    /// Insurance.
    Insurance,
    /// Energy, water, telephones, internet.
    Utility,
    /// Subscriptions, memberships, storage.
    Subscription,
    /// Other bills on a schedule that are no credit: childcare, tuition, taxes.
    Upkeep,
}

impl Purpose {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 11] = [
        Self::Housing,
        Self::Auto,
        Self::Student,
        Self::Card,
        Self::BuyNowPayLater,
        Self::ShortTerm,
        Self::Loan,
        Self::Insurance,
        Self::Utility,
        Self::Subscription,
        Self::Upkeep,
    ];

    /// The word for it: `buy_now_pay_later`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Housing => "housing",
            Self::Auto => "auto",
            Self::Student => "student",
            Self::Card => "card",
            Self::BuyNowPayLater => "buy_now_pay_later",
            Self::ShortTerm => "short_term",
            Self::Loan => "loan",
            Self::Insurance => "insurance",
            Self::Utility => "utility",
            Self::Subscription => "subscription",
            Self::Upkeep => "upkeep",
        }
    }

    /// Whether it is a home, a loan or a card. The others can be given up, or are no credit.
    pub const fn is_credit_or_home(self) -> bool {
        matches!(self, Self::Housing) || self.is_debt()
    }

    /// Whether it is a loan or a card.
    pub const fn is_debt(self) -> bool {
        matches!(
            self,
            Self::Auto
                | Self::Student
                | Self::Card
                | Self::BuyNowPayLater
                | Self::ShortTerm
                | Self::Loan
        )
    }
}

/// Whether an obligation still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationStatus {
    /// The last payment, or an attempt that came back, is recent enough.
    Running,
    /// Nothing for a cycle and a half, or another took its place.
    Ended,
}
