//! Of end-of-day balances.

use super::*;

pub(super) const FORMULAS: &[(&str, How)] = &[
    (
        "balance.current",
        By(|seen| seen.stated(|one| one.current[&Currency::USD])),
    ),
    (
        "balance.available",
        By(|seen| {
            seen.stated(|one| one.available.as_ref().unwrap_or(&one.current)[&Currency::USD])
        }),
    ),
    (
        "balance.age_days",
        By(|seen| {
            let at = seen.balance_accounts().into_iter();
            let balances = at.map(|at| seen.household.snapshots[at].balance.known().unwrap());
            let oldest = balances.map(|one| one.as_of).min().unwrap();
            Value::Days((seen.household.as_of.instant - oldest).num_days())
        }),
    ),
    ("balance.average_30d", By(|seen| seen.mean_held(30))),
    ("balance.average_60d", By(|seen| seen.mean_held(60))),
    ("balance.average_90d", By(|seen| seen.mean_held(90))),
    (
        "balance.minimum_30d",
        By(|seen| seen.money(*seen.held(30).iter().min().unwrap())),
    ),
    (
        "balance.minimum_90d",
        By(|seen| seen.money(*seen.held(90).iter().min().unwrap())),
    ),
    (
        "balance.p10_30d",
        By(|seen| seen.money(reached(seen.held(30), 10))),
    ),
    (
        "balance.p10_60d",
        By(|seen| seen.money(reached(seen.held(60), 10))),
    ),
    (
        "balance.p10_90d",
        By(|seen| seen.money(reached(seen.held(90), 10))),
    ),
    (
        "balance.p50_30d",
        By(|seen| seen.money(reached(seen.held(30), 50))),
    ),
    (
        "balance.p50_60d",
        By(|seen| seen.money(reached(seen.held(60), 50))),
    ),
    (
        "balance.p50_90d",
        By(|seen| seen.money(reached(seen.held(90), 50))),
    ),
    (
        "balance.minimum_debits_first_90d",
        By(|seen| seen.money(*seen.debits_first(90).iter().min().unwrap())),
    ),
    (
        "balance.days_negative_30d",
        By(|seen| seen.held_below(30, 0)),
    ),
    (
        "balance.days_negative_90d",
        By(|seen| seen.held_below(90, 0)),
    ),
    (
        "balance.days_negative_debits_first_90d",
        By(|seen| count_of(seen.debits_first(90).iter().filter(|low| **low < 0).count())),
    ),
    (
        "balance.negative_episodes_90d",
        By(|seen| count_of(seen.below_zero().len())),
    ),
    (
        "balance.longest_negative_90d",
        By(|seen| days_of(seen.below_zero().into_iter().max().unwrap_or(0))),
    ),
    (
        "balance.days_below_100_90d",
        By(|seen| seen.held_below(90, 10_000)),
    ),
    (
        "balance.buffer_days",
        Not("a quotient of two other features"),
    ),
    (
        "balance.before_payday_minimum_90d",
        By(|seen| seen.money(*seen.before_paydays().iter().min().unwrap())),
    ),
    (
        "balance.before_payday_median_90d",
        By(|seen| seen.money(reached(seen.before_paydays(), 50))),
    ),
    (
        "balance.before_payday_negative_of_4",
        By(|seen| {
            let lows = seen.before_paydays();
            let latest = lows.iter().rev().take(4);
            count_of(latest.filter(|low| **low < 0).count())
        }),
    ),
    (
        "balance.recent_rise",
        By(|seen| {
            let mut before = seen.held(90);
            let week = before.split_off(before.len() - 7);
            seen.money(week.iter().min().unwrap() - reached(before, 90))
        }),
    ),
];
