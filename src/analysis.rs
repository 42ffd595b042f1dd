//! What a credit analyst would look for in bank data: income, NSF risk, balances, cash flow,
//! ownership. Pure: no I/O, no clock, no policy (thresholds are the rule set's).
//!
//! Amounts inside are whole minor units of the loan's currency in 128 bits, wide enough for any
//! sum that the limits allow; they are narrowed, and an overflow noticed, where they become
//! features.

mod account;
mod amounts;
mod balances;
mod bank_words;
mod cadence;
mod cash_flow;
mod classify;
mod counterparty;
mod descriptor;
mod duplicates;
mod entry;
mod exclusion;
mod forecast;
mod income;
mod names;
mod nsf;
mod obligations;
mod ownership;
mod pay_cycles;
mod prepare;
mod recurrence;
mod settings;
mod sign;
mod statistics;
mod texts;
mod total;

use chrono::{Duration, NaiveDate};

use crate::application::ApplicationWithAccounts;
use crate::calendar::AsOf;
use crate::lexicon::Lexicon;
use crate::money::Currency;
use crate::snapshot::{Coverage, Rows};

pub use account::{
    AccountAnalysis, AccountFacts, AccountInput, BalanceDoubt, BalanceQuality, DailyBalances,
    OwnerBand, OwnerMatch, SignEvidence,
};
pub(crate) use amounts::{MONTH_DAYS, scale};
pub use balances::Balances;
pub use cadence::Cadence;
pub use cash_flow::CashFlow;
pub use counterparty::Counterparty;
pub use entry::{Entry, EntryKind, Exclusion, Lending};
pub(crate) use forecast::exp_of_minus;
pub use forecast::{FORECAST_DAYS_MAX, Forecast, ForecastSeed, Of};
pub use income::paydays::Payday;
pub use income::stream::{
    Confidence, ExpectedPayday, Income, ReviewEffect, Reviewed, Standing, Stream, StreamOwner,
    StreamStatus, Unproven,
};
pub use nsf::{Nsf, NsfEvent, NsfKind};
pub use obligations::{Obligation, ObligationStatus, Purpose};
pub use ownership::NICKNAMES_VERSION;
pub use pay_cycles::PayCycle;
pub use settings::{AmountSign, Settings};
pub(crate) use statistics::percentile;
pub use total::Total;

use income::stream::Span;
use income::{review, whose};

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
    /// What is known of each account, in the order of the application's accounts.
    pub accounts: Vec<AccountAnalysis>,
    /// The longest stretch of days that a cash account covers; windows look back from its end.
    /// `None` where no cash account has transactions in the loan's currency.
    pub history: Option<Coverage>,
    /// Income.
    pub income: Income,
    /// What each review of a stream did, in the order of the application.
    pub reviews: Vec<Reviewed>,
    /// NSF and overdraft events.
    pub nsf: Nsf,
    /// End-of-day balances.
    pub balances: Balances,
    /// What else flows.
    pub cash_flow: CashFlow,
    /// Whether the assumed sign of amounts is right, by the accounts whose rows count.
    pub sign: SignEvidence,
}

impl Analysis {
    /// The posted, counted entries of the last `days` days, as evidence.
    pub fn recent_rows(&self, days: i64) -> Rows {
        let Some(history) = self.history else {
            return Rows::none();
        };
        let before =
            Duration::try_days(days).and_then(|days| history.last.checked_sub_signed(days));
        let within = |made: NaiveDate| made <= history.last && before.is_none_or(|day| made > day);
        let rows = self.entries.iter();
        let recent = rows.filter(|entry| within(entry.made) && entry.counts());
        Rows::from_pairs(recent.map(Entry::at))
    }

    /// The paydays of one of its streams up to the last day of the history, in order: those that
    /// came, and those that its schedule names and that did not.
    pub fn paydays(&self, stream: &Stream) -> Vec<Payday> {
        let last = self.history.map(|history| history.last);
        income::paydays::paydays(stream, &self.entries, last)
    }
}

/// Rows from which on income and NSF events are looked for side by side: with fewer, handing one of
/// them to another thread costs as much as it saves. A judgement; the result is the same.
const PARALLEL_ROWS_MIN: usize = 2_000;

/// Analyses the accounts of one application. `lexicon`: by which descriptions are read.
pub fn analyze(
    application: &ApplicationWithAccounts,
    inputs: &[AccountInput<'_>],
    as_of: AsOf,
    settings: Settings,
    lexicon: &Lexicon,
) -> Analysis {
    let prepare::Prepared {
        mut entries,
        counterparties,
        mut accounts,
    } = prepare::prepare(application, inputs, as_of, settings, lexicon);
    let currency = application.currency();
    let unit = i128::from(10_i64.pow(currency.exponent()));
    recurrence::reconsider(&mut entries, unit);
    let sign = sign::judge(inputs, &mut accounts, &entries, settings);
    let balances = balances::find(inputs, &mut accounts, &entries, currency, as_of);
    let returned = exclusion::exclude(&mut entries, &counterparties, &accounts);
    let history = history(&accounts);
    let span = history.map(|coverage| Span {
        first: coverage.first,
        last: coverage.last,
        today: as_of.date(),
        unit,
    });
    let find_income = || income::find(&entries, &counterparties, span);
    let find_nsf = || nsf::find(&entries, &returned);
    let (mut income, nsf) = if entries.len() < PARALLEL_ROWS_MIN {
        (find_income(), find_nsf())
    } else {
        rayon::join(find_income, find_nsf)
    };
    let said = application.stream_reviews();
    let mut reviews = Vec::new();
    if !said.is_empty() {
        (income, reviews) =
            review::apply(said, inputs, &mut entries, &counterparties, span, income);
    }
    whose::tell(&mut income.streams, application, inputs, &accounts);
    income::mark_leftovers(&mut entries, &income);
    Analysis {
        currency,
        today: as_of.date(),
        balances,
        cash_flow: cash_flow::find(&entries, &counterparties, &income, span),
        sign,
        entries,
        counterparties,
        accounts,
        history,
        income,
        reviews,
        nsf,
    }
}

/// The longest coverage among the accounts that count; of equal ones the one that ends last.
fn history(accounts: &[AccountAnalysis]) -> Option<Coverage> {
    accounts
        .iter()
        .filter(|account| account.facts.usable())
        .filter_map(|account| account.facts.coverage)
        .max_by_key(|coverage| (coverage.days(), coverage.last))
}

#[cfg(test)]
pub(crate) mod tests;
