//! One account: what goes into the analysis, and what it knows of it afterwards.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::application::ApplicationWithAccounts;
use crate::id::AccountId;
use crate::snapshot::{Absence, Coverage, Snapshot, SnapshotHash};

/// One account as it goes into a decision.
#[derive(Debug, Clone, Copy)]
pub struct AccountInput<'a> {
    /// The applicant whose it is, by position in the application.
    pub applicant: usize,
    /// Its id.
    pub account: &'a AccountId,
    /// What the bank knew.
    pub snapshot: &'a Snapshot,
    /// The salted hash that pins the snapshot.
    pub hash: SnapshotHash,
}

impl<'a> AccountInput<'a> {
    /// The accounts of an application, each with its snapshot and hash. Snapshots are in the order
    /// of [`ApplicationWithAccounts::accounts`]; `None` where there are fewer of them, or more.
    pub fn of(
        application: &'a ApplicationWithAccounts,
        snapshots: impl IntoIterator<Item = (&'a Snapshot, SnapshotHash)>,
    ) -> Option<Vec<Self>> {
        let mut snapshots = snapshots.into_iter();
        let own = |(applicant, account)| {
            let (snapshot, hash) = snapshots.next()?;
            Some(Self {
                applicant,
                account,
                snapshot,
                hash,
            })
        };
        let inputs: Vec<Self> = application.accounts().map(own).collect::<Option<_>>()?;
        snapshots.next().is_none().then_some(inputs)
    }
}

/// What the analysis knows of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountAnalysis {
    /// What kind of account it is.
    pub facts: AccountFacts,
    /// How its owners compare with its applicant, or why they do not.
    pub ownership: Result<OwnerMatch, Absence>,
    /// Whether the assumed sign of amounts is right by its own data; `None` where it has no rows.
    /// That of a credit account says nothing about the others.
    pub sign: Option<SignEvidence>,
    /// Its end-of-day balances; `None` where there is no balance, no row or another currency.
    pub daily: Option<DailyBalances>,
    /// How far those can be relied on; `None` where there are none.
    pub quality: Option<BalanceQuality>,
    /// Which of [`super::Analysis::entries`] are its rows.
    pub entries: Range<usize>,
}

/// What kind of account it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    /// Whether it holds cash: checking, savings.
    pub cash: bool,
    /// Whether it is a checking account.
    pub checking: bool,
    /// Whether it holds other currencies than the loan's and not that.
    pub other_currency_only: bool,
    /// The account that stands for it, where it is the same one linked twice.
    pub duplicate_of: Option<u16>,
    /// The days its transactions cover, up to the day of the decision.
    pub coverage: Option<Coverage>,
}

impl AccountFacts {
    /// Whether its rows count: a cash account in the loan's currency, not linked twice.
    pub fn usable(&self) -> bool {
        self.cash && self.duplicate_of.is_none() && !self.other_currency_only
    }
}

/// The balances of one account at the end of each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyBalances {
    /// The first day; each further value is one day later.
    pub first: NaiveDate,
    /// Minor units, one for each day.
    pub values: Vec<i128>,
    /// How low each of them goes where all that goes out on a day does so before anything comes in,
    /// as some banks post it.
    pub lows: Vec<i128>,
}

impl DailyBalances {
    /// Those from `day` on; `None` where there are none.
    pub fn from(&self, day: NaiveDate) -> Option<Self> {
        let first = self.first.max(day);
        let index = usize::try_from(first.signed_duration_since(self.first).num_days()).ok()?;
        let values = self.values.get(index..)?.to_vec();
        let lows = self.lows.get(index..)?.to_vec();
        (!values.is_empty()).then_some(Self {
            first,
            values,
            lows,
        })
    }

    /// The last day.
    pub fn last(&self) -> NaiveDate {
        let days = u64::try_from(self.values.len())
            .unwrap_or(0)
            .saturating_sub(1);
        self.first
            .checked_add_days(Days::new(days))
            .unwrap_or(self.first)
    }

    /// The balance at the end of `day`, where it is covered.
    pub fn on(&self, day: NaiveDate) -> Option<i128> {
        let index = usize::try_from(day.signed_duration_since(self.first).num_days()).ok()?;
        self.values.get(index).copied()
    }

    /// The balances of the last `days` days, and how low they go; `None` where fewer are covered.
    pub fn tail(&self, days: usize) -> Option<(&[i128], &[i128])> {
        let first = self.values.len().checked_sub(days)?;
        self.values.get(first..).zip(self.lows.get(first..))
    }
}

/// How far the end-of-day balances of an account can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BalanceQuality {
    /// From this day on they are good: nothing speaks against them. `None` where no day is.
    pub good_from: Option<NaiveDate>,
    /// From this day on they are fit for features: nothing shows that they are wrong, though what
    /// is pending or had not settled may be. `None` where no day is.
    pub fit_from: Option<NaiveDate>,
    /// Why not all of them are good.
    pub doubts: BTreeSet<BalanceDoubt>,
}

/// Why balances are in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalanceDoubt {
    /// The bank sent rows twice: which of them are in its balance is not known.
    RowsTwice,
    /// Rows may be missing, or are not understood.
    RowsMissing,
    /// The balance is newer than the rows, or one of them had not settled.
    NotOfOneTime,
    /// Which sign means money in is in question.
    Sign,
    /// The available balance is not the current one with what is pending.
    Pending,
    /// An earlier balance that was seen is another one.
    EarlierBalance,
    /// Nothing moved for much longer than is usual on the account: before that, rows may be missing.
    Gap,
    /// Up to a day, the account would have been further or longer below zero than banks let it be.
    ImplausibleLevel,
}

impl BalanceQuality {
    /// The words for a grade.
    pub const WORDS: &'static [&'static str] = &["good", "partly", "doubtful"];

    /// The word for the grade in features.
    pub fn as_str(&self) -> &'static str {
        match (self.good_from, self.doubts.is_empty()) {
            (Some(_), true) => "good",
            (Some(_), false) => "partly",
            (None, _) => "doubtful",
        }
    }
}

impl BalanceDoubt {
    /// Whether it shows that balances are wrong; elsewhere it is said of the data as a whole.
    pub(super) fn refutes(self) -> bool {
        match self {
            Self::RowsTwice
            | Self::Sign
            | Self::EarlierBalance
            | Self::Gap
            | Self::ImplausibleLevel => true,
            Self::RowsMissing | Self::NotOfOneTime | Self::Pending => false,
        }
    }
}

/// How one account's owners compare with the applicant whose account it is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnerMatch {
    /// The applicant, by position.
    pub applicant: usize,
    /// How many people own it.
    pub owners: usize,
    /// The owner that matches best, by position among those that the bank names.
    pub owner: usize,
    /// The best name score, in thousandths.
    pub name_score: i64,
    /// The address score of the same owner, in thousandths; `None` where either side is unknown.
    pub address_score: Option<i64>,
    /// Whether that owner's telephone number is the applicant's, in thousandths; `None` likewise.
    pub phone_score: Option<i64>,
    /// Whether that owner's e-mail address is the applicant's, in thousandths; `None` likewise.
    pub email_score: Option<i64>,
    /// What all of it comes to.
    pub band: OwnerBand,
}

/// How sure it is that an owner is the applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnerBand {
    /// Nothing agrees.
    None,
    /// A part of the name, as a relative's, or something else than the name.
    Weak,
    /// Most of the name, or a firm or trust that is called after the applicant.
    Partial,
    /// The name.
    Strong,
}

impl OwnerBand {
    /// The word for it in features.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Partial => "partial",
            Self::Strong => "strong",
        }
    }
}

/// How well the data supports the assumed sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignEvidence {
    /// Two balances differ by exactly the rows between them: those pending, or those that posted.
    Proven,
    /// Fees and purchases go out and pay comes in.
    Supported,
    /// Nothing speaks for or against it.
    Unproven,
    /// Balances or descriptions speak against it.
    Conflict,
}

impl SignEvidence {
    /// The word for it in features.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Supported => "supported",
            Self::Unproven => "unproven",
            Self::Conflict => "conflict",
        }
    }
}
