//! What extractors read.

use chrono::NaiveDate;

use super::value::{Missing, Value};
use crate::analysis::{AccountAnalysis, AccountInput, Analysis};
use crate::application::ApplicationWithAccounts;
use crate::calendar::AsOf;
use crate::money::Money;
use crate::snapshot::{Coverage, Rows, Snapshot};

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
