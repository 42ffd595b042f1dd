//! Balance features: over the checking accounts, or over all cash accounts where there is none.

use std::collections::BTreeMap;

use super::super::{Feature, Missing, Type, Value};
use super::needs::balances;
use super::{BankData, Computed, Context, Control, Given, Need, count, household, plain};
use crate::analysis::{percentile, scale};
use crate::money::Currency;
use crate::snapshot::{Balance, Rows};

fn total(
    context: &Context<'_>,
    of: fn(&Balance) -> &BTreeMap<Currency, i64>,
) -> Result<i128, Missing> {
    let currency = context.application.currency();
    balances(context)?
        .into_iter()
        .map(|balance| {
            let amount = of(balance)
                .get(&currency)
                .or(balance.current.get(&currency));
            amount
                .map(|amount| i128::from(*amount))
                .ok_or(Missing::NotReady)
        })
        .sum()
}

fn average(values: &[i128]) -> Result<i128, Missing> {
    let count = i128::try_from(values.len()).map_err(|_| Missing::Overflow)?;
    scale(values.iter().sum(), 1, count).ok_or(Missing::NoBasis)
}

fn average_of(context: &Context<'_>, given: &Given<'_>) -> Computed {
    plain(context.money(average(given.daily)?)?)
}

fn least(context: &Context<'_>, balances: &[i128]) -> Computed {
    let least = balances.iter().min().copied();
    plain(context.money(least.ok_or(Missing::NoBasis)?)?)
}

fn minimum_of(context: &Context<'_>, given: &Given<'_>) -> Computed {
    least(context, given.daily)
}

/// A balance below so many major units is low: one bill or one overdraft fee away from nothing. The
/// feature's name and description say it too.
const LOW_BALANCE_MAJOR: i128 = 100;

/// Days that end below so many major units.
fn days_below(context: &Context<'_>, given: &Given<'_>, major: i128) -> Computed {
    let unit = 10_i128.pow(context.application.currency().exponent());
    let below = given
        .daily
        .iter()
        .filter(|balance| **balance < major * unit);
    plain(super::count(below.count()))
}

/// The lengths of the times below zero, in days: each ends with a day that does not end below.
fn episodes(daily: &[i128]) -> impl Iterator<Item = usize> {
    let runs = daily.chunk_by(|a, b| (*a < 0) == (*b < 0));
    runs.filter(|run| run.first().is_some_and(|balance| *balance < 0))
        .map(<[i128]>::len)
}

fn longest_below(given: &Given<'_>) -> Computed {
    let longest = episodes(given.daily).max().unwrap_or(0);
    let days = i64::try_from(longest).map_err(|_| Missing::Overflow)?;
    plain(Value::Days(days))
}

/// The balance that so many percent of the days end at or below.
fn quantile(context: &Context<'_>, given: &Given<'_>, percent: usize) -> Computed {
    let found = percentile(given.daily, percent);
    plain(context.money(found.ok_or(Missing::NoBasis)?)?)
}

/// The days before a payday of which the lowest balance counts. A judgement: what had to wait for the
/// pay waited a few days, and in a week of weekly pay there is little else.
const BEFORE_PAYDAY_DAYS: usize = 3;

/// The lowest end of the days before each payday that the days of the row hold.
fn before_paydays(context: &Context<'_>, given: &Given<'_>) -> Result<(Vec<i128>, Rows), Missing> {
    let balances = context.analysis.balances.combined.as_ref();
    let last = balances.ok_or(Missing::NoBasis)?.last();
    let (mut lows, mut paydays) = (Vec::new(), Vec::new());
    for cycle in &context.analysis.cash_flow.pay_cycles {
        // The payday, counted from the last day: its own end is not before it.
        let ago = usize::try_from(last.signed_duration_since(cycle.day).num_days());
        let end = ago
            .ok()
            .and_then(|ago| given.daily.len().checked_sub(ago + 1));
        let days = end.and_then(|end| given.daily.get(end.checked_sub(BEFORE_PAYDAY_DAYS)?..end));
        if let Some(lowest) = days.and_then(|days| days.iter().min()) {
            lows.push(*lowest);
            paydays.push(&cycle.deposits);
        }
    }
    Ok((lows, Rows::union(paydays)))
}

fn before_payday(
    context: &Context<'_>,
    given: &Given<'_>,
    of: fn(&[i128]) -> Option<i128>,
) -> Computed {
    let (lows, paydays) = before_paydays(context, given)?;
    let found = of(&lows).ok_or(Missing::NoBasis)?;
    Ok((context.money(found)?, paydays))
}

/// So many of the latest paydays tell how it usually is. The feature's description says it too.
const LATEST_PAYDAYS: usize = 4;

/// Before how many of the latest paydays a day ended below zero.
fn negative_before_paydays(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let (lows, paydays) = before_paydays(context, given)?;
    let latest = lows
        .rchunks(LATEST_PAYDAYS)
        .next()
        .ok_or(Missing::NoBasis)?;
    let negative = latest.iter().filter(|low| **low < 0).count();
    Ok((count(negative), paydays))
}

/// So many last days are shortly before the application. The feature's description says it too.
const RECENT_DAYS: usize = 7;
/// The days before end above this one in so many percent of cases: as high as the balance usually gets.
const USUAL_HIGH_PERCENT: usize = 90;

/// How much the lowest of the last days is above what is usually the highest.
fn recent_rise(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let before = given.daily.len().saturating_sub(RECENT_DAYS);
    let (before, recent) = given.daily.split_at(before);
    let usual = percentile(before, USUAL_HIGH_PERCENT).ok_or(Missing::NoBasis)?;
    let lowest = recent.iter().min().ok_or(Missing::NoBasis)?;
    plain(context.money(lowest.checked_sub(usual).ok_or(Missing::Overflow)?)?)
}

fn buffer_days(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let balance = average(given.daily)?.max(0);
    let out = &context.analysis.cash_flow.outflow_90d;
    let span = i128::from(given.covered_days()?);
    let days = balance
        .checked_mul(span)
        .ok_or(Missing::Overflow)?
        .checked_div(out.amount)
        .ok_or(Missing::NoBasis)?;
    Ok((
        Value::Days(i64::try_from(days).map_err(|_| Missing::Overflow)?),
        Rows::none(),
    ))
}

pub(super) const FEATURES: &[Feature] = &[
    household(
        "balance.current",
        Type::Money,
        &[],
        "What the checking accounts hold together (all cash accounts where there is no checking \
         account), before pending transactions, as the banks state it.",
        |context, _| {
            total(context, |balance| &balance.current)
                .and_then(|minor| plain(context.money(minor)?))
        },
    )
    .controlled(Control::Up)
    .made_of(BankData::Balances),
    household(
        "balance.available",
        Type::Money,
        &[],
        "The same after pending transactions; the current balance stands in for an account \
         whose bank does not state it.",
        |context, _| {
            total(context, |balance| {
                balance.available.as_ref().unwrap_or(&balance.current)
            })
            .and_then(|minor| plain(context.money(minor)?))
        },
    )
    .controlled(Control::Up)
    .made_of(BankData::Balances),
    household(
        "balance.age_days",
        Type::Days,
        &[],
        "Whole days since the bank computed the oldest of these balances.",
        |context, _| {
            balances(context).and_then(|balances| {
                let oldest = balances.iter().map(|balance| balance.as_of).min();
                let oldest = oldest.ok_or(Missing::NoBasis)?;
                let age = context.as_of.instant.signed_duration_since(oldest);
                plain(Value::Days(age.num_days().max(0)))
            })
        },
    )
    .made_of(BankData::Balances),
    household(
        "balance.average_30d",
        Type::Money,
        &[Need::DailyBalances(30)],
        "The average end-of-day balance of the last 30 days, worked backwards from the current \
         balance, on days that every one of the accounts covers.",
        average_of,
    )
    .controlled(Control::Up),
    household(
        "balance.average_60d",
        Type::Money,
        &[Need::DailyBalances(60)],
        "The average end-of-day balance of the last 60 days.",
        average_of,
    )
    .controlled(Control::Up),
    household(
        "balance.average_90d",
        Type::Money,
        &[Need::DailyBalances(90)],
        "The average end-of-day balance of the last 90 days.",
        average_of,
    )
    .controlled(Control::Up),
    household(
        "balance.minimum_30d",
        Type::Money,
        &[Need::DailyBalances(30)],
        "The lowest end-of-day balance of the last 30 days; within a day it may have been lower.",
        minimum_of,
    )
    .controlled(Control::Up),
    household(
        "balance.minimum_90d",
        Type::Money,
        &[Need::DailyBalances(90)],
        "The lowest end-of-day balance of the last 90 days.",
        minimum_of,
    )
    .controlled(Control::Up),
    household(
        "balance.p10_30d",
        Type::Money,
        &[Need::DailyBalances(30)],
        "The balance that a tenth of the last 30 days ended at or below: of the balances in \
         order, the first that so many do not exceed.",
        |context, given| quantile(context, given, 10),
    )
    .controlled(Control::Up),
    household(
        "balance.p10_60d",
        Type::Money,
        &[Need::DailyBalances(60)],
        "The balance that a tenth of the last 60 days ended at or below.",
        |context, given| quantile(context, given, 10),
    )
    .controlled(Control::Up),
    household(
        "balance.p10_90d",
        Type::Money,
        &[Need::DailyBalances(90)],
        "The balance that a tenth of the last 90 days ended at or below.",
        |context, given| quantile(context, given, 10),
    )
    .controlled(Control::Up),
    household(
        "balance.p50_30d",
        Type::Money,
        &[Need::DailyBalances(30)],
        "The balance that half of the last 30 days ended at or below.",
        |context, given| quantile(context, given, 50),
    )
    .controlled(Control::Up),
    household(
        "balance.p50_60d",
        Type::Money,
        &[Need::DailyBalances(60)],
        "The balance that half of the last 60 days ended at or below.",
        |context, given| quantile(context, given, 50),
    )
    .controlled(Control::Up),
    household(
        "balance.p50_90d",
        Type::Money,
        &[Need::DailyBalances(90)],
        "The balance that half of the last 90 days ended at or below.",
        |context, given| quantile(context, given, 50),
    )
    .controlled(Control::Up),
    household(
        "balance.minimum_debits_first_90d",
        Type::Money,
        &[Need::DailyBalances(90)],
        "The lowest that the balance was within a day of the last 90, where all that goes out \
         on a day posts before anything comes in: banks differ in the order. With what comes in \
         first it is never lower than at the end of a day.",
        |context, given| least(context, given.lows),
    )
    .controlled(Control::Up),
    household(
        "balance.days_negative_30d",
        Type::Count,
        &[Need::DailyBalances(30)],
        "Days of the last 30 that ended below zero.",
        |context, given| days_below(context, given, 0),
    )
    .at_most(30)
    .controlled(Control::Down),
    household(
        "balance.days_negative_90d",
        Type::Count,
        &[Need::DailyBalances(90)],
        "Days of the last 90 that ended below zero.",
        |context, given| days_below(context, given, 0),
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "balance.days_negative_debits_first_90d",
        Type::Count,
        &[Need::DailyBalances(90)],
        "Days of the last 90 on which the balance was below zero, also where it no longer was \
         at their end, where all that goes out on a day posts before anything comes in.",
        |_, given| {
            plain(super::count(
                given.lows.iter().filter(|low| **low < 0).count(),
            ))
        },
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "balance.negative_episodes_90d",
        Type::Count,
        &[Need::DailyBalances(90)],
        "How many times in the last 90 days the balance went below zero, or was there on the first \
         of them; days below zero in a row are one time.",
        |_, given| plain(super::count(episodes(given.daily).count())),
    )
    .at_most(45)
    .controlled(Control::Down),
    household(
        "balance.longest_negative_90d",
        Type::Days,
        &[Need::DailyBalances(90)],
        "The most days in a row of the last 90 that ended below zero; 0 where none did.",
        |_, given| longest_below(given),
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "balance.days_below_100_90d",
        Type::Count,
        &[Need::DailyBalances(90)],
        "Days of the last 90 that ended below 100 units of the currency.",
        |context, given| days_below(context, given, LOW_BALANCE_MAJOR),
    )
    .at_most(90)
    .controlled(Control::Down),
    household(
        "balance.buffer_days",
        Type::Days,
        &[Need::Window(90), Need::DailyBalances(30)],
        "How many days of usual spending the average balance of the last 30 days would last. \
         Missing where nothing flows out.",
        buffer_days,
    )
    .controlled(Control::Up),
    household(
        "balance.before_payday_minimum_90d",
        Type::Money,
        &[Need::Income, Need::DailyBalances(90)],
        "The lowest end-of-day balance in the three days before a payday of the last 90 days. \
         Paydays are the days on which the largest running stream with a schedule paid; missing \
         without one.",
        |context, given| before_payday(context, given, |lows| lows.iter().min().copied()),
    )
    .controlled(Control::Up),
    household(
        "balance.before_payday_median_90d",
        Type::Money,
        &[Need::Income, Need::DailyBalances(90)],
        "The same of a usual payday: the lowest balance before half of the paydays of the last \
         90 days was this or less.",
        |context, given| before_payday(context, given, |lows| percentile(lows, 50)),
    )
    .controlled(Control::Up),
    household(
        "balance.before_payday_negative_of_4",
        Type::Count,
        &[Need::Income, Need::DailyBalances(90)],
        "Before how many of the last four paydays of the last 90 days one of the three days ended \
         below zero. Where there were fewer paydays, of those.",
        negative_before_paydays,
    )
    .at_most(4)
    .controlled(Control::Down),
    household(
        "balance.recent_rise",
        Type::Money,
        &[Need::DailyBalances(90)],
        "How much the lowest end-of-day balance of the last seven days is above the one that \
         nine tenths of the days before, of the last 90, ended at or below. Above zero where \
         the balance was higher all week than it usually gets: money may have been put there to \
         be seen. A payday alone does not do it, as what it leaves is usual.",
        recent_rise,
    ),
];
