//! One account: what goes into the analysis, and what it knows of it afterwards.

use std::ops::Range;

use super::balances::DailyBalances;
use super::ownership::OwnerMatch;
use super::sign::SignEvidence;
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
    /// of [`ApplicationWithAccounts::accounts`]; those beyond either are left out.
    pub fn of(
        application: &'a ApplicationWithAccounts,
        snapshots: impl IntoIterator<Item = (&'a Snapshot, SnapshotHash)>,
    ) -> Vec<Self> {
        let accounts = application.accounts().zip(snapshots);
        accounts
            .map(|((applicant, account), (snapshot, hash))| Self {
                applicant,
                account,
                snapshot,
                hash,
            })
            .collect()
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
