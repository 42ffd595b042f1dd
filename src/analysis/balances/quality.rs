//! How much worked-out balances are worth: one row that is missing shifts every day before it.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::super::account::{
    AccountAnalysis, BalanceDoubt, BalanceQuality, DailyBalances, SignEvidence,
};
use super::super::amounts::{MONTH_DAYS, scale};
use super::super::entry::{Entry, Exclusion};
use crate::calendar::{Zone, civil_date};
use crate::money::Currency;
use crate::snapshot::{Balance, QualityFlag, Snapshot};

/// Banks return what is drawn long before an account is so many major units below zero, or what it
/// takes in within a month where that is more: a level like that is one of rows that are missing. A
/// judgement.
const BELOW_ZERO_MAJOR_MAX: i128 = 1_500;
/// Banks close accounts that stay below zero for a month or two. A judgement.
const BELOW_ZERO_DAYS_MAX: usize = 45;
/// A silence of so many days ...
const GAP_DAYS_MIN: i64 = 21;
/// ... that is so many times as long as the usual one lacks rows. A judgement: people who shop every
/// other day travel for two weeks, and do not stop for a month.
const GAP_TIMES: i64 = 10;
/// Fewer steps from one day with rows to the next show no usual length.
const GAP_OTHERS_MIN: i64 = 10;

/// Grades the balances of one account.
pub(super) fn grade(
    snapshot: &Snapshot,
    account: &AccountAnalysis,
    daily: &DailyBalances,
    entries: &[Entry],
    (currency, zone): (Currency, Zone),
) -> BalanceQuality {
    let mut doubts = throughout(snapshot, account);
    if let Ok(balance) = snapshot.balance.known()
        && !fits_pending(balance, entries, currency)
    {
        doubts.insert(BalanceDoubt::Pending);
    }
    if let Some(earlier) = &snapshot.earlier_balance
        && !fits_earlier(earlier, daily, entries, (currency, zone))
    {
        doubts.insert(BalanceDoubt::EarlierBalance);
    }
    let (good, fit) = (
        doubts.is_empty(),
        !doubts.iter().any(|doubt| doubt.refutes()),
    );
    let mut first = daily.first;
    for (day, doubt) in [
        (after_gap(entries), BalanceDoubt::Gap),
        (
            plausible_from(daily, entries, currency),
            BalanceDoubt::ImplausibleLevel,
        ),
    ] {
        if let Some(day) = day.filter(|day| *day > daily.first) {
            first = first.max(day);
            doubts.insert(doubt);
        }
    }
    let from = (first <= daily.last()).then_some(first);
    BalanceQuality {
        good_from: from.filter(|_| good),
        fit_from: from.filter(|_| fit),
        doubts,
    }
}

/// What puts all days in doubt, by what is known of the data.
fn throughout(snapshot: &Snapshot, account: &AccountAnalysis) -> BTreeSet<BalanceDoubt> {
    let flagged = [
        (QualityFlag::RowsTwice, BalanceDoubt::RowsTwice),
        (QualityFlag::HistoryCut, BalanceDoubt::RowsMissing),
        (QualityFlag::UnknownValue, BalanceDoubt::RowsMissing),
        (QualityFlag::DuplicateConflict, BalanceDoubt::RowsMissing),
        (
            QualityFlag::TransactionsRefreshFailed,
            BalanceDoubt::NotOfOneTime,
        ),
        (QualityFlag::RefreshPending, BalanceDoubt::NotOfOneTime),
    ];
    let mut doubts: BTreeSet<BalanceDoubt> = flagged
        .into_iter()
        .filter(|(flag, _)| snapshot.flags.contains(flag))
        .map(|(_, doubt)| doubt)
        .collect();
    if account.sign == Some(SignEvidence::Conflict) {
        doubts.insert(BalanceDoubt::Sign);
    }
    doubts
}

/// Whether what is pending is the difference of the two balances. Where nothing is pending they may
/// differ by what the bank holds back or lends.
fn fits_pending(balance: &Balance, entries: &[Entry], currency: Currency) -> bool {
    let current = balance.current.get(&currency);
    let available = balance
        .available
        .as_ref()
        .and_then(|map| map.get(&currency));
    let (Some(current), Some(available)) = (current, available) else {
        return true;
    };
    let waiting = || {
        let waits = |entry: &&Entry| entry.excluded == Some(Exclusion::Pending);
        entries.iter().filter(waits)
    };
    let sum = |money_in: bool| -> i128 {
        let own = waiting().filter(|entry| money_in || entry.amount < 0);
        own.map(|entry| i128::from(entry.amount)).sum()
    };
    let difference = i128::from(*available) - i128::from(*current);
    // Many banks let nobody have what is still to come in.
    waiting().next().is_none() || difference == sum(true) || difference == sum(false)
}

/// Whether a balance that was seen before is one that the account went through about then.
fn fits_earlier(
    earlier: &Balance,
    daily: &DailyBalances,
    entries: &[Entry],
    (currency, zone): (Currency, Zone),
) -> bool {
    let Some(seen) = earlier.current.get(&currency) else {
        return true;
    };
    let day = civil_date(earlier.as_of, zone);
    let (from, to) = (day.pred_opt().unwrap_or(day), day.succ_opt().unwrap_or(day));
    let start = from.pred_opt().and_then(|before| daily.on(before));
    // A day that is not covered proves nothing.
    let (Some(start), Some(_)) = (start, daily.on(to)) else {
        return true;
    };
    let (mut least, mut most) = (start, start);
    let within = |entry: &&Entry| entry.is_in_balance() && (from..=to).contains(&entry.posted);
    for entry in entries.iter().filter(within) {
        let amount = i128::from(entry.amount);
        least += amount.min(0);
        most += amount.max(0);
    }
    (least..=most).contains(&i128::from(*seen))
}

/// The day on which the last gap in the rows ends, where there is one.
fn after_gap(entries: &[Entry]) -> Option<NaiveDate> {
    let mut days: Vec<NaiveDate> = entries
        .iter()
        .filter(|entry| entry.is_in_balance())
        .map(|entry| entry.posted)
        .collect();
    days.sort_unstable();
    days.dedup();
    let (first, last) = (days.first()?, days.last()?);
    let others = i64::try_from(days.len()).ok()?.checked_sub(2)?;
    let spanned = last.signed_duration_since(*first).num_days();
    let gap = |pair: &[NaiveDate]| match pair {
        [a, b] => b.signed_duration_since(*a).num_days(),
        _ => 0,
    };
    let longer = |pair: &&[NaiveDate]| {
        let length = gap(pair);
        let between = spanned.saturating_sub(length);
        length >= GAP_DAYS_MIN
            && others >= GAP_OTHERS_MIN
            && length.saturating_mul(others) >= GAP_TIMES.saturating_mul(between)
    };
    let last_gap = days.windows(2).rfind(longer)?;
    last_gap.last().copied()
}

/// The day from which on no level is one that a bank would not let be.
fn plausible_from(
    daily: &DailyBalances,
    entries: &[Entry],
    currency: Currency,
) -> Option<NaiveDate> {
    let income = entries
        .iter()
        .filter(|entry| entry.is_in_balance() && entry.amount > 0);
    let income: i128 = income.map(|entry| i128::from(entry.amount)).sum();
    let days = i128::try_from(daily.values.len()).ok()?;
    let monthly = scale(income, MONTH_DAYS, days).unwrap_or(0);
    let least = BELOW_ZERO_MAJOR_MAX * 10_i128.pow(currency.exponent());
    let floor = -least.max(monthly);
    let (mut last, mut below) = (None, 0_usize);
    for (index, level) in daily.values.iter().enumerate() {
        below = if *level < 0 { below + 1 } else { 0 };
        if *level < floor || below > BELOW_ZERO_DAYS_MAX {
            last = Some(index);
        }
    }
    let days = u64::try_from(last?).ok()?.checked_add(1)?;
    daily.first.checked_add_days(Days::new(days))
}
