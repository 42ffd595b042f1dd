//! End-of-day balances, worked backwards from the balance that the bank states.
//!
//! `EOD(d - 1) = EOD(d) - what posted on d`. Only posted rows take part: the current balance is
//! before pending ones.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::{AccountFacts, AmountSign, Settings};
use crate::calendar::{AsOf, civil_date};
use crate::money::Currency;
use crate::snapshot::{Snapshot, Transaction, TransactionStatus};

/// The longest stretch that is worked out: two years.
pub const BALANCE_DAYS_MAX: u64 = 731;

/// The balances of one account at the end of each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyBalances {
    /// The first day; each further value is one day later.
    pub first: NaiveDate,
    /// Minor units, one for each day.
    pub values: Vec<i128>,
}

impl DailyBalances {
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

    /// The balances of the last `days` days; `None` where fewer are covered.
    pub fn tail(&self, days: usize) -> Option<&[i128]> {
        self.values.get(self.values.len().checked_sub(days)?..)
    }
}

/// The balances of all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balances {
    /// For each account in order; `None` where there is no balance, no row or another currency.
    pub accounts: Vec<Option<DailyBalances>>,
    /// The sum over the checking accounts (all cash accounts where there is none), on the days
    /// that every one of them covers.
    pub combined: Option<DailyBalances>,
    /// Why there is no combined history, where an account lacks its part: its position.
    pub without_history: Option<usize>,
}

/// Works out the balances.
pub(super) fn find(
    snapshots: &[Snapshot],
    facts: &[AccountFacts],
    currency: Currency,
    as_of: AsOf,
    settings: Settings,
) -> Balances {
    let accounts: Vec<Option<DailyBalances>> = snapshots
        .iter()
        .zip(facts)
        .map(|(snapshot, facts)| {
            (facts.cash && facts.duplicate_of.is_none())
                .then(|| reconstruct(snapshot, currency, as_of, settings))
                .flatten()
        })
        .collect();
    let (mut parts, mut without_history) = (Vec::new(), None);
    for index in chosen(facts) {
        match accounts.get(index).and_then(Option::as_ref) {
            Some(daily) => parts.push(daily),
            None => without_history = without_history.or(Some(index)),
        }
    }
    let combined = if without_history.is_none() {
        combine(&parts)
    } else {
        None
    };
    Balances {
        combined,
        accounts,
        without_history,
    }
}

/// The accounts whose balances count: checking accounts, else all cash accounts. Accounts in
/// other currencies only and second links of an account are left out.
pub(super) fn chosen(facts: &[AccountFacts]) -> Vec<usize> {
    let usable = |facts: &AccountFacts| {
        facts.cash && facts.duplicate_of.is_none() && !facts.other_currency_only
    };
    let any_checking = facts.iter().any(|facts| usable(facts) && facts.checking);
    facts
        .iter()
        .enumerate()
        .filter(|(_, facts)| usable(facts) && (facts.checking || !any_checking))
        .map(|(index, _)| index)
        .collect()
}

fn reconstruct(
    snapshot: &Snapshot,
    currency: Currency,
    as_of: AsOf,
    settings: Settings,
) -> Option<DailyBalances> {
    let balance = snapshot.balance.known().ok()?;
    let anchor = i128::from(*balance.current.get(&currency)?);
    let rows = snapshot.transactions.known().ok()?;
    let coverage = snapshot.coverage?;
    let anchor_day = civil_date(balance.as_of, as_of.zone);
    let last = coverage.last.max(anchor_day).min(as_of.date());
    let earliest = last.checked_sub_days(Days::new(BALANCE_DAYS_MAX - 1));
    let first = coverage.first.max(earliest.unwrap_or(NaiveDate::MIN));
    if first > last || anchor_day < first {
        return None;
    }
    let mut sums: BTreeMap<NaiveDate, i128> = BTreeMap::new();
    // What posted after the bank computed its balance is not in it yet.
    let mut later = 0_i128;
    for row in rows
        .iter()
        .filter(|row| row.status == TransactionStatus::Posted && row.currency == currency)
    {
        let (instant, day) = posting(row, as_of);
        if day < first {
            continue;
        }
        let amount = signed(row.amount, settings);
        *sums.entry(day).or_default() += amount;
        if day <= last && (day > anchor_day || (day == anchor_day && instant > balance.as_of)) {
            later += amount;
        }
    }
    let mut values = Vec::new();
    let (mut level, mut day) = (anchor + later, Some(last));
    while let Some(current) = day.filter(|day| *day >= first) {
        values.push(level);
        level -= sums.get(&current).copied().unwrap_or(0);
        day = current.pred_opt();
    }
    values.reverse();
    Some(DailyBalances { first, values })
}

fn posting(row: &Transaction, as_of: AsOf) -> (chrono::DateTime<chrono::Utc>, NaiveDate) {
    let instant = row.posted_at.unwrap_or(row.transacted_at);
    (instant, civil_date(instant, as_of.zone))
}

fn signed(amount: i64, settings: Settings) -> i128 {
    match settings.amount_sign {
        AmountSign::PositiveIsCredit => i128::from(amount),
        AmountSign::NegativeIsCredit => -i128::from(amount),
    }
}

fn combine(parts: &[&DailyBalances]) -> Option<DailyBalances> {
    let first = parts.iter().map(|part| part.first).max()?;
    let last = parts.iter().map(|part| part.last()).min()?;
    let mut values = Vec::new();
    let mut day = Some(first);
    while let Some(current) = day.filter(|day| *day <= last) {
        let mut sum = 0_i128;
        for part in parts {
            sum += part.on(current)?;
        }
        values.push(sum);
        day = current.succ_opt();
    }
    (!values.is_empty()).then_some(DailyBalances { first, values })
}
