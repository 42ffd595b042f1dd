//! The label format: what is true of an applicant, written beside the bank data.
//!
//! `docs/corpus.md` defines every word of it, so that other people's data can be labelled and
//! examined alike. Amounts are whole cents; days are civil dates.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Everything that is true of one applicant: one line of `labels.jsonl`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// The applicant's name in the corpus; ASCII letters, digits and `-_.:`.
    pub applicant: String,
    /// The kind of case, by which figures are told apart.
    pub stratum: String,
    /// Before, across or after 20 March 2026; left out where it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub era: Option<Era>,
    /// Who applies, in full.
    pub name: String,
    /// The day of the decision; the moment is 15:00 UTC.
    pub as_of: NaiveDate,
    /// The file of the applicant's bank data, relative to the folder of the corpus.
    pub bank: String,
    /// What a person would say of the income.
    pub income: IncomeLabel,
    /// What is owed each month, in cents; left out where the rows do not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obligation_monthly: Option<i64>,
    /// Who pays income.
    pub streams: Vec<StreamLabel>,
    /// What is true of each account.
    pub accounts: Vec<AccountLabel>,
    /// What each transaction is.
    pub rows: Vec<RowLabel>,
}

impl fmt::Debug for Labels {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Labels({})", self.applicant)
    }
}

/// On which side of Nacha's rule of 20 March 2026 a history lies: from then on wages paid to
/// consumers carry the company entry description `PAYROLL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Era {
    /// All of it before.
    Before,
    /// Both.
    Across,
    /// All of it after.
    After,
}

impl Era {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Across => "across",
            Self::After => "after",
        }
    }
}

/// What a person would say of an applicant's income.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomeLabel {
    /// Whether there is any.
    pub standing: Standing,
    /// Net income a month of what still runs, in cents; left out where it cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_net: Option<i64>,
}

/// Whether there is income that a person would accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// There is, and how much.
    Known,
    /// Something comes in that may be income and is not proven yet: neither an amount nor zero.
    Unproven,
    /// There is none now.
    None,
}

/// One payer's income of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamLabel {
    /// Its name within the applicant: `s0`.
    pub id: String,
    /// Who pays.
    pub payer: String,
    /// `wages`, `benefit`, `retirement`, `support`, `gig`, `self_employment`.
    pub category: String,
    /// How often; left out where the rows allow more than one answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cadence: Option<Cadence>,
    /// What it brings a month at its present level, in cents, bonuses apart; 0 once it has ended,
    /// left out where it cannot be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_net: Option<i64>,
    /// How many paydays the rows show.
    pub pays: usize,
    /// Whether it still runs.
    pub running: bool,
    /// The next two paydays after the day of the decision; none without a schedule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_paydays: Vec<NaiveDate>,
}

/// How often somebody is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// Every seven days.
    Weekly,
    /// Every fourteen days.
    Biweekly,
    /// Twice a month on fixed days.
    SemiMonthly,
    /// Once a month: on a fixed day, the last business day, or a weekday of a week.
    Monthly,
    /// Every 28 days.
    FourWeekly,
    /// By no schedule.
    Irregular,
}

impl Cadence {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Biweekly => "biweekly",
            Self::SemiMonthly => "semi_monthly",
            Self::Monthly => "monthly",
            Self::FourWeekly => "four_weekly",
            Self::Irregular => "irregular",
        }
    }

    /// What a month brings at so much a payday; `None` without a schedule.
    pub fn monthly(self, pay: i64) -> Option<i64> {
        let (times, over) = match self {
            Self::Weekly => (52, 12),
            Self::Biweekly => (26, 12),
            Self::SemiMonthly => (2, 1),
            Self::Monthly => (1, 1),
            Self::FourWeekly => (13, 12),
            Self::Irregular => return None,
        };
        Some(pay.saturating_mul(times) / over)
    }
}

/// What is true of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLabel {
    /// Its id.
    pub id: String,
    /// Posting days with an NSF, an overdraft or a returned debit.
    pub event_days: BTreeSet<NaiveDate>,
    /// Days of which the rows do not show whether they are such: not scored.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub either_days: BTreeSet<NaiveDate>,
    /// What it held at the end of each day; left out where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balances: Option<BalanceLabel>,
}

/// End-of-day balances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceLabel {
    /// The first day; each further value is one day later.
    pub first: NaiveDate,
    /// Cents.
    pub cents: Vec<i64>,
}

/// What one transaction is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowLabel {
    /// Its id.
    pub id: String,
    /// Whether it is income.
    pub is: Verdict,
    /// Why, in a word or two; figures of what is not scored are told by it.
    pub why: String,
}

/// Whether a transaction is income: the id of its stream, `no`, or `either`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Verdict {
    /// Income of this stream.
    Income(String),
    /// No income.
    No,
    /// The rows allow both answers: not scored.
    Either,
}

impl From<String> for Verdict {
    fn from(word: String) -> Self {
        match word.as_str() {
            "no" => Self::No,
            "either" => Self::Either,
            _ => Self::Income(word),
        }
    }
}

impl From<Verdict> for String {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Income(stream) => stream,
            Verdict::No => "no".to_owned(),
            Verdict::Either => "either".to_owned(),
        }
    }
}
