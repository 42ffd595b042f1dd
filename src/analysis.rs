//! What a credit analyst would look for in bank data: income, NSF risk, balances, cash flow,
//! ownership. Pure: no I/O, no clock, no policy (thresholds are the rule set's).
//!
//! Amounts inside are whole minor units of the loan's currency in 128 bits, wide enough for any
//! sum that the limits allow; they are narrowed, and an overflow noticed, where they become
//! features.

mod balances;
mod cadence;
mod cash_flow;
mod classify;
mod descriptor;
mod duplicates;
mod entry;
mod exclusion;
mod income;
mod names;
mod nsf;
mod ownership;
mod prepare;
mod sign;
mod statistics;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::application::ApplicationWithAccounts;
use crate::calendar::AsOf;
use crate::money::Currency;
use crate::snapshot::{Absence, Coverage, Rows, Snapshot};

pub use balances::{BALANCE_DAYS_MAX, Balances, DailyBalances};
pub use cadence::Cadence;
pub use cash_flow::{CashFlow, Total};
pub use entry::{Entry, EntryKind, Exclusion, Lending};
pub use income::{Confidence, Income, Stream, StreamStatus};
pub use nsf::{Nsf, NsfEvent, NsfKind};
pub use ownership::OwnerMatch;
pub use sign::SignEvidence;

use income::Span;

/// Settings that change what is found, recorded with every decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Which sign of a transaction means money in.
    pub amount_sign: AmountSign,
}

/// Which sign of a transaction means money in. Stripe documents none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountSign {
    /// Positive amounts are money in: what live data shows.
    #[default]
    PositiveIsCredit,
    /// Negative amounts are money in.
    NegativeIsCredit,
}

/// Everything the analysis found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    /// The currency of the loan; all amounts are in its minor unit.
    pub currency: Currency,
    /// The civil date of the decision.
    pub today: NaiveDate,
    /// Every transaction, classified, in the order of snapshots and rows.
    pub entries: Vec<Entry>,
    /// The payers and payees that entries name.
    pub counterparties: Vec<Counterparty>,
    /// What kind of account each is, in the order of the application's accounts.
    pub accounts: Vec<AccountFacts>,
    /// The longest stretch of days that a cash account covers; windows look back from its end.
    /// `None` where no cash account has transactions in the loan's currency.
    pub history: Option<Coverage>,
    /// Income.
    pub income: Income,
    /// NSF and overdraft events.
    pub nsf: Nsf,
    /// End-of-day balances.
    pub balances: Balances,
    /// What else flows.
    pub cash_flow: CashFlow,
    /// How the owners of each account compare with its applicant, or why they do not.
    pub ownership: Vec<Result<OwnerMatch, Absence>>,
    /// Whether the assumed sign of amounts is right, by the accounts whose rows count.
    pub sign: SignEvidence,
    /// The same of each account by its own data; `None` where it has no rows. That of a credit
    /// account says nothing about the others.
    pub account_signs: Vec<Option<SignEvidence>>,
}

impl Analysis {
    /// The posted, counted entries of the last `days` days, as evidence.
    pub fn recent_rows(&self, days: i64) -> Rows {
        let Some(history) = self.history else {
            return Rows::none();
        };
        Rows::from_pairs(
            self.entries
                .iter()
                .filter(|entry| {
                    let ago = history.last.signed_duration_since(entry.made).num_days();
                    entry.counts() && (0..days).contains(&ago)
                })
                .map(Entry::at),
        )
    }
}

/// Somebody who pays or is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterparty {
    /// The name as people read it.
    pub label: String,
    /// What tells the counterparty from others.
    key: String,
}

/// What the analysis needs to know of an account.
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

/// A debit that came back, by position in the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    /// The debit; `None` where only the return is seen.
    debit: Option<usize>,
    /// The credit that returns it.
    credit: usize,
}

/// Analyses the accounts of one application.
///
/// `snapshots` are in the order of [`ApplicationWithAccounts::accounts`].
pub fn analyze(
    application: &ApplicationWithAccounts,
    snapshots: &[Snapshot],
    as_of: AsOf,
    settings: Settings,
) -> Analysis {
    let prepare::Prepared {
        mut entries,
        counterparties,
        accounts,
    } = prepare::prepare(application, snapshots, as_of, settings);
    let returned = exclusion::exclude(&mut entries, &counterparties);
    let history = history(&accounts);
    let span = history.map(|coverage| Span {
        first: coverage.first,
        last: coverage.last,
    });
    let income = income::find(&entries, &counterparties, span);
    let nsf = nsf::find(&entries, &returned);
    income::mark_leftovers(&mut entries, &income);
    let currency = application.currency();
    let signs = sign::judge(snapshots, &accounts, &entries, settings);
    Analysis {
        currency,
        today: as_of.date(),
        balances: balances::find(snapshots, &accounts, currency, as_of, settings),
        cash_flow: cash_flow::find(&entries, &income, span),
        ownership: ownership::find(application, snapshots),
        sign: signs.household,
        account_signs: signs.accounts,
        entries,
        counterparties,
        accounts,
        history,
        income,
        nsf,
    }
}

/// The longest coverage among the accounts that count; of equal ones the one that ends last.
fn history(accounts: &[AccountFacts]) -> Option<Coverage> {
    accounts
        .iter()
        .filter(|account| account.usable())
        .filter_map(|account| account.coverage)
        .max_by_key(|coverage| (coverage.days(), coverage.last))
}

/// `amount * times / of`, rounded half away from zero; `None` where it does not fit.
pub(crate) fn scale(amount: i128, times: i128, of: i128) -> Option<i128> {
    let product = amount.checked_mul(times)?;
    let quotient = product.checked_div(of)?;
    let rest = product.checked_rem(of)?;
    let away = rest.checked_abs()?.checked_mul(2)? >= of.checked_abs()?;
    let step = if (product < 0) == (of < 0) { 1 } else { -1 };
    if away {
        quotient.checked_add(step)
    } else {
        Some(quotient)
    }
}

#[cfg(test)]
pub(crate) mod tests;
