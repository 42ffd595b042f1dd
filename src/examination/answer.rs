//! What a student answers about one applicant, in the words of the labels.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use crate::corpus::{BalanceLabel, Cadence, Labels};
use crate::snapshot::Snapshot;

/// What is asked about one applicant: all that a lender would know.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The applicant's name in the corpus.
    pub applicant: &'a str,
    /// Who applies.
    pub name: &'a str,
    /// The day of the decision.
    pub as_of: NaiveDate,
    /// The moment of the decision.
    pub at: DateTime<Utc>,
    /// The accounts.
    pub snapshots: &'a [Snapshot],
    /// Pulls to come: where there are any, only they are asked about.
    pub pulls: &'a [Pull],
}

/// Money that is to be pulled from an account.
#[derive(Clone, PartialEq, Eq)]
pub struct Pull {
    /// The account's id.
    pub account: String,
    /// The day.
    pub day: NaiveDate,
    /// Cents.
    pub amount: i64,
}

impl<'a> Question<'a> {
    /// The question that labels answer, about these accounts.
    pub(super) fn of(labels: &'a Labels, snapshots: &'a [Snapshot]) -> Self {
        Self {
            applicant: &labels.applicant,
            name: &labels.name,
            as_of: labels.as_of,
            at: labels.decided_at(),
            snapshots,
            pulls: &[],
        }
    }
}

/// Who answers.
pub type Student = fn(&Question<'_>) -> Answer;

/// What was answered. `None` always is "not told": it is counted as such, and not as wrong.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Streams of income.
    pub streams: Vec<AnsweredStream>,
    /// Net income a month in cents, or why it is not told.
    pub monthly_net: Result<i64, String>,
    /// What is owed a month, in cents.
    pub obligation_monthly: Option<i64>,
    /// What was found on each account.
    pub accounts: Vec<AnsweredAccount>,
    /// How likely each pull asked about comes back, in millionths, in their order.
    pub forecast: Vec<Option<u64>>,
}

impl Answer {
    /// No answer, and why.
    pub fn none(why: &str) -> Self {
        Self {
            streams: Vec::new(),
            monthly_net: Err(why.to_owned()),
            obligation_monthly: None,
            accounts: Vec::new(),
            forecast: Vec::new(),
        }
    }
}

/// A stream of income as it was answered.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AnsweredStream {
    /// The ids of its deposits.
    pub transactions: BTreeSet<String>,
    /// How often it comes.
    pub cadence: Option<Cadence>,
    /// What it brings a month is between these, in eighty cases of a hundred.
    pub interval: Option<(i64, i64)>,
    /// The next payday.
    pub next_payday: Option<NaiveDate>,
    /// How sure it is, in thousandths.
    pub confidence: Option<i64>,
}

/// What was found on an account.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AnsweredAccount {
    /// Its id.
    pub id: String,
    /// Days with an NSF, an overdraft or a returned debit.
    pub event_days: BTreeSet<NaiveDate>,
    /// Balances at the end of days.
    pub balances: Option<BalanceLabel>,
}

impl BalanceLabel {
    /// The balance at the end of a day, where it is known.
    pub fn on(&self, day: NaiveDate) -> Option<i64> {
        let offset = day.signed_duration_since(self.first).num_days();
        self.cents.get(usize::try_from(offset).ok()?).copied()
    }

    /// Every day with its balance.
    pub fn days(&self) -> impl Iterator<Item = (NaiveDate, i64)> + '_ {
        self.first.iter_days().zip(self.cents.iter().copied())
    }
}
