//! Balance features: over the checking accounts, or over all cash accounts where there is none.

use std::collections::BTreeMap;

use super::super::{Feature, Missing, Type, Value};
use super::{Computed, Context, covers, household, plain, slot};
use crate::analysis::{AccountFacts, scale};
use crate::money::Currency;
use crate::snapshot::{Balance, Rows, Snapshot};

/// The accounts whose balances count, each with its balance.
fn balances<'a>(context: &Context<'a>) -> Result<Vec<&'a Balance>, Missing> {
    let usable = || {
        context
            .analysis
            .accounts
            .iter()
            .zip(context.snapshots)
            .filter(|(facts, _)| facts.usable())
    };
    let any_checking = usable().any(|(facts, _)| facts.checking);
    let chosen: Vec<&Snapshot> = usable()
        .filter(|(facts, _): &(&AccountFacts, _)| facts.checking || !any_checking)
        .map(|(_, snapshot)| snapshot)
        .collect();
    if chosen.is_empty() {
        let foreign = context
            .analysis
            .accounts
            .iter()
            .any(|facts| facts.cash && facts.other_currency_only);
        return Err(if foreign {
            Missing::OtherCurrency
        } else {
            Missing::NoSuchAccount
        });
    }
    chosen
        .into_iter()
        .map(|snapshot| snapshot.balance.known().map_err(Missing::from))
        .collect()
}

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

/// The end-of-day balances of the last `days` days, or of nine tenths of them at least.
fn daily<'a>(context: &Context<'a>, days: usize) -> Result<&'a [i128], Missing> {
    balances(context)?;
    context.unambiguous()?;
    let found = &context.analysis.balances;
    let Some(combined) = &found.combined else {
        let without_history = found
            .without_history
            .and_then(|index| context.snapshots.get(index));
        let absent = without_history.and_then(|snapshot| snapshot.transactions.known().err());
        return Err(absent.map_or(Missing::HistoryTooShort, Missing::from));
    };
    let have = combined.values.len().min(days);
    let (covered, window) = (i64::try_from(have), i64::try_from(days));
    if !covers(covered.unwrap_or(0), window.unwrap_or(i64::MAX)) {
        return Err(Missing::HistoryTooShort);
    }
    combined.tail(have).ok_or(Missing::HistoryTooShort)
}

fn average(values: &[i128]) -> Result<i128, Missing> {
    let count = i128::try_from(values.len()).map_err(|_| Missing::Overflow)?;
    scale(values.iter().sum(), 1, count).ok_or(Missing::NoBasis)
}

fn average_of(context: &Context<'_>, days: usize) -> Computed {
    plain(context.money(average(daily(context, days)?)?)?)
}

fn minimum_of(context: &Context<'_>, days: usize) -> Computed {
    let minimum = daily(context, days)?.iter().min().copied();
    plain(context.money(minimum.ok_or(Missing::NoBasis)?)?)
}

/// Days that end below so many major units.
fn days_below(context: &Context<'_>, days: usize, major: i128) -> Computed {
    let unit = 10_i128.pow(context.application.currency().exponent());
    let below = daily(context, days)?
        .iter()
        .filter(|balance| **balance < major * unit);
    plain(super::count(below.count()))
}

fn buffer_days(context: &Context<'_>) -> Computed {
    let coverage = context.window(90)?;
    let balance = average(daily(context, 30)?)?.max(0);
    let out = &context.analysis.cash_flow.outflow_90d;
    let span = i128::from(coverage.days().min(90));
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
        None,
        "What the checking accounts hold together (all cash accounts where there is no checking \
         account), before pending transactions, as the banks state it.",
        |context, _| {
            slot(
                total(context, |balance| &balance.current)
                    .and_then(|minor| plain(context.money(minor)?)),
            )
        },
    ),
    household(
        "balance.available",
        Type::Money,
        None,
        "The same after pending transactions; the current balance stands in for an account \
         whose bank does not state it.",
        |context, _| {
            slot(
                total(context, |balance| {
                    balance.available.as_ref().unwrap_or(&balance.current)
                })
                .and_then(|minor| plain(context.money(minor)?)),
            )
        },
    ),
    household(
        "balance.age_days",
        Type::Days,
        None,
        "Whole days since the bank computed the oldest of these balances.",
        |context, _| {
            slot(balances(context).and_then(|balances| {
                let oldest = balances.iter().map(|balance| balance.as_of).min();
                let oldest = oldest.ok_or(Missing::NoBasis)?;
                let age = context.as_of.instant.signed_duration_since(oldest);
                plain(Value::Days(age.num_days().max(0)))
            }))
        },
    ),
    household(
        "balance.average_30d",
        Type::Money,
        Some(30),
        "The average end-of-day balance of the last 30 days, worked backwards from the current \
         balance, on days that every one of the accounts covers.",
        |context, _| slot(average_of(context, 30)),
    ),
    household(
        "balance.average_90d",
        Type::Money,
        Some(90),
        "The average end-of-day balance of the last 90 days.",
        |context, _| slot(average_of(context, 90)),
    ),
    household(
        "balance.minimum_30d",
        Type::Money,
        Some(30),
        "The lowest end-of-day balance of the last 30 days; within a day it may have been lower.",
        |context, _| slot(minimum_of(context, 30)),
    ),
    household(
        "balance.minimum_90d",
        Type::Money,
        Some(90),
        "The lowest end-of-day balance of the last 90 days.",
        |context, _| slot(minimum_of(context, 90)),
    ),
    household(
        "balance.days_negative_30d",
        Type::Count,
        Some(30),
        "Days of the last 30 that ended below zero.",
        |context, _| slot(days_below(context, 30, 0)),
    ),
    household(
        "balance.days_negative_90d",
        Type::Count,
        Some(90),
        "Days of the last 90 that ended below zero.",
        |context, _| slot(days_below(context, 90, 0)),
    ),
    household(
        "balance.days_below_100_90d",
        Type::Count,
        Some(90),
        "Days of the last 90 that ended below 100 units of the currency.",
        |context, _| slot(days_below(context, 90, 100)),
    ),
    household(
        "balance.buffer_days",
        Type::Days,
        Some(90),
        "How many days of usual spending the average balance of the last 30 days would last. \
         Missing where nothing flows out.",
        |context, _| slot(buffer_days(context)),
    ),
];
