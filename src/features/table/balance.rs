//! Balance features: over the checking accounts, or over all cash accounts where there is none.

use std::collections::BTreeMap;

use super::super::{Feature, Missing, Type, Value};
use super::needs::balances;
use super::{BankData, Computed, Context, Control, Given, Need, household, plain};
use crate::analysis::scale;
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

fn minimum_of(context: &Context<'_>, given: &Given<'_>) -> Computed {
    let minimum = given.daily.iter().min().copied();
    plain(context.money(minimum.ok_or(Missing::NoBasis)?)?)
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
        "balance.days_negative_30d",
        Type::Count,
        &[Need::DailyBalances(30)],
        "Days of the last 30 that ended below zero.",
        |context, given| days_below(context, given, 0),
    )
    .controlled(Control::Down),
    household(
        "balance.days_negative_90d",
        Type::Count,
        &[Need::DailyBalances(90)],
        "Days of the last 90 that ended below zero.",
        |context, given| days_below(context, given, 0),
    )
    .controlled(Control::Down),
    household(
        "balance.negative_episodes_90d",
        Type::Count,
        &[Need::DailyBalances(90)],
        "How many times in the last 90 days the balance went below zero, or was there on the first \
         of them; days below zero in a row are one time.",
        |_, given| plain(super::count(episodes(given.daily).count())),
    )
    .controlled(Control::Down),
    household(
        "balance.longest_negative_90d",
        Type::Days,
        &[Need::DailyBalances(90)],
        "The most days in a row of the last 90 that ended below zero; 0 where none did.",
        |_, given| longest_below(given),
    )
    .controlled(Control::Down),
    household(
        "balance.days_below_100_90d",
        Type::Count,
        &[Need::DailyBalances(90)],
        "Days of the last 90 that ended below 100 units of the currency.",
        |context, given| days_below(context, given, LOW_BALANCE_MAJOR),
    )
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
];
