//! End-of-day balances, worked backwards from the balance that the bank states.
//!
//! `EOD(d - 1) = EOD(d) - what posted on d`. Only posted rows take part: the current balance is
//! before pending ones.

mod quality;

use chrono::{Days, NaiveDate};

use super::account::{AccountAnalysis, AccountInput, DailyBalances};
use super::entry::Entry;
use crate::calendar::{AsOf, civil_date};
use crate::money::Currency;
use crate::snapshot::Snapshot;

/// The longest stretch that is worked out: two years.
const BALANCE_DAYS_MAX: u64 = 731;

/// The balances of the household.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balances {
    /// The sum over the checking accounts (all cash accounts where there is none), on the days
    /// that every one of them covers.
    pub combined: Option<DailyBalances>,
    /// From which day on those of all of them are fit for features; `None` where no day is.
    pub fit_from: Option<NaiveDate>,
    /// Why there is no combined history, where an account lacks its part: its position.
    pub without_history: Option<usize>,
}

/// Works out the balances of each account, and of the household.
pub(super) fn find(
    inputs: &[AccountInput<'_>],
    accounts: &mut [AccountAnalysis],
    entries: &[Entry],
    currency: Currency,
    as_of: AsOf,
) -> Balances {
    for (account, input) in accounts.iter_mut().zip(inputs) {
        if account.facts.cash && account.facts.duplicate_of.is_none() {
            let own = entries.get(account.entries.clone()).unwrap_or_default();
            account.daily = reconstruct(input.snapshot, own, currency, as_of);
            account.quality = account.daily.as_ref().map(|daily| {
                let unit = (currency, as_of.zone);
                quality::grade(input.snapshot, account, daily, own, unit)
            });
        }
    }
    let (mut parts, mut without_history) = (Vec::new(), None);
    let mut fit_from = Some(NaiveDate::MIN);
    for (index, account) in chosen(accounts) {
        match &account.daily {
            Some(daily) => {
                let own = account.quality.as_ref().and_then(|one| one.fit_from);
                fit_from = fit_from.zip(own).map(|(all, own)| all.max(own));
                parts.push(daily);
            }
            None => without_history = without_history.or(Some(index)),
        }
    }
    let combined = if without_history.is_none() {
        combine(&parts)
    } else {
        None
    };
    Balances {
        fit_from: fit_from.filter(|_| combined.is_some()),
        combined,
        without_history,
    }
}

/// The accounts whose balances count: checking accounts, else all cash accounts. Accounts in
/// other currencies only and second links of an account are left out.
pub(super) fn chosen(
    accounts: &[AccountAnalysis],
) -> impl Iterator<Item = (usize, &AccountAnalysis)> {
    let usable = || {
        let accounts = accounts.iter().enumerate();
        accounts.filter(|(_, account)| account.facts.usable())
    };
    let any_checking = usable().any(|(_, account)| account.facts.checking);
    usable().filter(move |(_, account)| account.facts.checking || !any_checking)
}

fn reconstruct(
    snapshot: &Snapshot,
    entries: &[Entry],
    currency: Currency,
    as_of: AsOf,
) -> Option<DailyBalances> {
    let balance = snapshot.balance.known().ok()?;
    let anchor = i128::from(*balance.current.get(&currency)?);
    snapshot.transactions.known().ok()?;
    let coverage = snapshot.coverage?;
    let anchor_day = civil_date(balance.as_of, as_of.zone);
    let last = coverage.last.max(anchor_day).min(as_of.date());
    let earliest = last.checked_sub_days(Days::new(BALANCE_DAYS_MAX - 1));
    let first = coverage.first.max(earliest.unwrap_or(NaiveDate::MIN));
    if first > last || anchor_day < first {
        return None;
    }
    // What moved on each day, and what came in of it.
    let days = last.signed_duration_since(first).num_days();
    let mut sums = vec![(0_i128, 0_i128); usize::try_from(days).ok()?.saturating_add(1)];
    // What posted after the bank computed its balance is not in it yet.
    let mut later = 0_i128;
    for entry in entries.iter().filter(|entry| entry.is_in_balance()) {
        let day = entry.posted;
        if day < first {
            continue;
        }
        let amount = i128::from(entry.amount);
        let place = usize::try_from(day.signed_duration_since(first).num_days()).ok()?;
        if let Some((moved, came)) = sums.get_mut(place) {
            *moved += amount;
            *came += amount.max(0);
        }
        let after = day == anchor_day && entry.posted_at > balance.as_of;
        if day <= last && (day > anchor_day || after) {
            later += amount;
        }
    }
    let (mut values, mut lows) = (vec![0; sums.len()], vec![0; sums.len()]);
    let mut level = anchor + later;
    let ends = values.iter_mut().zip(&mut lows).zip(&sums);
    for ((value, low), (moved, came)) in ends.rev() {
        *value = level;
        *low = level - came;
        level -= moved;
    }
    Some(DailyBalances {
        first,
        values,
        lows,
    })
}

fn combine(parts: &[&DailyBalances]) -> Option<DailyBalances> {
    let first = parts.iter().map(|part| part.first).max()?;
    let last = parts.iter().map(|part| part.last()).min()?;
    let days = usize::try_from(last.signed_duration_since(first).num_days()).ok()?;
    let (mut values, mut lows) = (vec![0; days + 1], vec![0; days + 1]);
    for part in parts {
        let skipped = first.signed_duration_since(part.first).num_days();
        let skipped = usize::try_from(skipped).ok()?;
        for (sums, own) in [(&mut values, &part.values), (&mut lows, &part.lows)] {
            for (sum, one) in sums.iter_mut().zip(own.get(skipped..)?) {
                *sum += one;
            }
        }
    }
    Some(DailyBalances {
        first,
        values,
        lows,
    })
}
