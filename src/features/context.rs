//! What extractors read.

use chrono::NaiveDate;

use super::value::{Missing, Value};
use crate::analysis::{AccountAnalysis, AccountInput, Analysis};
use crate::application::ApplicationWithAccounts;
use crate::calendar::AsOf;
use crate::money::Money;
use crate::snapshot::{Coverage, QualityFlag, Rows, Snapshot};

/// What an extractor reads.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The application.
    pub application: &'a ApplicationWithAccounts,
    /// Its accounts.
    pub accounts: &'a [AccountInput<'a>],
    /// What the analysis found.
    pub analysis: &'a Analysis,
    /// The moment of the decision.
    pub as_of: AsOf,
}

/// A value with its evidence, or why there is none.
pub(crate) type Computed = Result<(Value, Rows), Missing>;

impl<'a> Context<'a> {
    /// What the analysis knows of each account, with its snapshot.
    pub(super) fn accounts(
        &self,
    ) -> impl Iterator<Item = (&'a AccountAnalysis, &'a Snapshot)> + use<'a> {
        let snapshots = self.accounts.iter().map(|input| input.snapshot);
        self.analysis.accounts.iter().zip(snapshots)
    }

    /// One snapshot, by position in the order of the application's accounts.
    pub(super) fn snapshot(&self, index: usize) -> Option<&'a Snapshot> {
        self.accounts.get(index).map(|input| input.snapshot)
    }

    /// The account that is to be debited, by position: the one that the application names, or the
    /// only cash account that a debit by ACH can be made from.
    pub(crate) fn debited(&self) -> Result<usize, Missing> {
        if let Some(named) = self.application.debit_account() {
            let mut ids = self.accounts.iter().map(|input| input.account);
            return ids.position(|id| id == named).ok_or(Missing::NoSuchAccount);
        }
        // Whether money can be drawn from one of which nothing was fetched is not known.
        let mut flags = self.accounts.iter().map(|input| &input.snapshot.flags);
        if flags.any(|flags| flags.contains(&QualityFlag::NotFetched)) {
            return Err(Missing::NotReady);
        }
        let mut debitable = self.accounts().enumerate().filter(|(_, (one, snapshot))| {
            let facts = &one.facts;
            facts.cash && facts.duplicate_of.is_none() && snapshot.account.can_be_debited()
        });
        match (debitable.next(), debitable.next()) {
            (Some((only, _)), None) => Ok(only),
            (None, _) => Err(Missing::NoSuchAccount),
            // It is for the caller to say.
            (Some(_), Some(_)) => Err(Missing::NotProvided),
        }
    }

    /// A cash account in the currency of the loan, by position.
    pub(crate) fn cash_account(
        &self,
        at: usize,
    ) -> Result<(&'a AccountAnalysis, &'a Snapshot), Missing> {
        let found = self.accounts().nth(at);
        let (account, snapshot) = found.ok_or(Missing::NoSuchAccount)?;
        if snapshot.flags.contains(&QualityFlag::NotFetched) {
            return Err(Missing::NotReady);
        }
        if !account.facts.cash {
            return Err(Missing::NoSuchAccount);
        }
        if account.facts.other_currency_only {
            return Err(Missing::OtherCurrency);
        }
        Ok((account, snapshot))
    }

    /// The account whose rows count, where one is linked twice: a second link says nothing of its own.
    pub(crate) fn first_link(&self, at: usize) -> usize {
        let linked = self.analysis.accounts.get(at);
        let first = linked.and_then(|account| account.facts.duplicate_of);
        first.map_or(at, usize::from)
    }

    /// An amount of the analysis in the currency of the loan.
    pub(super) fn money(&self, minor: i128) -> Result<Value, Missing> {
        let minor = i64::try_from(minor).map_err(|_| Missing::Overflow)?;
        Ok(Value::Money(Money::new(minor, self.application.currency())))
    }
}

/// What the needs of a row found.
pub(crate) struct Given<'a> {
    /// Which subject of the row's scope the value is of.
    pub(super) subject: usize,
    /// The window of the row in days; 0 where it has none.
    pub(super) window: u32,
    /// The end-of-day balances of the row's days, the last day last.
    pub(super) daily: &'a [i128],
    /// How low they go where a day's debits post before its credits.
    pub(super) lows: &'a [i128],
    pub(super) history: Option<Coverage>,
}

impl Given<'_> {
    /// The history. Missing only where the row does not say that it needs it.
    pub(super) fn coverage(&self) -> Result<Coverage, Missing> {
        self.history.ok_or(Missing::HistoryTooShort)
    }

    /// The day from which windows look back.
    pub(super) fn last(&self) -> Result<NaiveDate, Missing> {
        Ok(self.coverage()?.last)
    }

    /// How many days of the window are covered.
    pub(super) fn covered_days(&self) -> Result<i64, Missing> {
        Ok(self.coverage()?.days().min(self.window.into()))
    }
}
