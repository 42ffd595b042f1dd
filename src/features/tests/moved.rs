//! What becomes of a made-up household that lives by the week: moved in time, in other money, or with its
//! money in two accounts.

use chrono::{Days, NaiveDate};

use super::*;
use crate::analysis::tests::fixtures::date;
use crate::corpus::Random;
use crate::snapshot::TransactionStatus;

/// Households that are tried.
const HOUSEHOLDS: u64 = 40;

/// Twelve weeks of pay, purchases and bills by the week from a Monday on, in amounts of cents far from
/// all that is a threshold: below a dollar, the 60 of a fee, the 100 and 250 of steady payments.
fn weekly(seed: u64, monday: NaiveDate) -> Bank {
    let mut random = Random::new(20_261_131, seed);
    let mut bank = Bank::checking();
    bank.current = random.between(900_000, 2_000_000);
    let step = if random.chance(50) { 7 } else { 14 };
    let pay = random.between(70_000, 180_000);
    let mut row = |day: u64, amount: i64, text: &str| {
        let day = monday.checked_add_days(Days::new(day)).unwrap();
        bank.rows
            .push((day, amount, text.to_owned(), TransactionStatus::Posted));
    };
    row(0, -random.between(6_600, 9_000), "CORNER GROCER");
    for day in (4..84).step_by(step) {
        row(day, random.around(pay, 20), "NORTHWIND TRADERS PAYROLL");
    }
    let bill = random.between(26_000, 60_000);
    for week in 0..12 {
        row(week * 7 + 1, -bill, "OAK STREET LODGING");
        let day = u64::try_from(random.between(0, 6)).unwrap();
        row(
            week * 7 + day,
            -random.between(6_600, 9_900),
            "CORNER GROCER",
        );
        row(
            week * 7 + 3,
            -random.between(7_000, 9_000),
            "DEBIT CARD PURCHASE CITY HARDWARE",
        );
    }
    bank
}

/// The day of the decision: the Saturday of the twelfth week.
fn end(monday: NaiveDate) -> NaiveDate {
    monday.checked_add_days(Days::new(82)).unwrap()
}

fn all(banks: &[Bank], day: NaiveDate) -> Vec<(&'static str, Result<Value, Missing>)> {
    let household = Household::new(banks, &day.to_string(), |_| {});
    let features = household.features();
    let all = features.iter();
    all.map(|(feature, _, slot)| (feature.name, slot.value.clone()))
        .collect()
}

#[test]
fn a_life_by_the_week_is_the_same_some_weeks_later() {
    // Between Presidents' Day and Memorial Day of each year there is no holiday.
    let monday = date("2025-02-24");
    for (weeks, later) in [
        (0, "2025-02-24"),
        (52, "2026-02-23"),
        (53, "2026-03-02"),
        (104, "2027-02-22"),
    ] {
        let later = date(later);
        assert_eq!((later - monday).num_weeks(), weeks);
        for seed in 0..HOUSEHOLDS {
            let before = all(&[weekly(seed, monday)], end(monday));
            let after = all(&[weekly(seed, later)], end(later));
            for ((name, before), (_, after)) in before.into_iter().zip(after) {
                let moved = match before {
                    Ok(Value::Date(day)) => Ok(Value::Date(day + (later - monday))),
                    // Months are no weeks.
                    _ if ["income.months_observed", "stream.months_seen"].contains(&name) => {
                        continue;
                    }
                    other => other,
                };
                assert_eq!(moved, after, "{name} {seed} {weeks}");
            }
        }
    }
}

#[test]
fn in_twice_the_money_all_amounts_are_twice_as_large() {
    let monday = date("2026-02-23");
    for seed in 0..HOUSEHOLDS {
        let bank = weekly(seed, monday);
        let before = all(std::slice::from_ref(&bank), end(monday));
        for factor in [2, 3, 10] {
            let mut larger = bank.clone();
            larger.current *= factor;
            larger.rows.iter_mut().for_each(|row| row.1 *= factor);
            let after = all(&[larger], end(monday));
            for ((name, before), (_, after)) in before.iter().zip(after) {
                if name.starts_with("application.") || *name == "balance.days_below_100_90d" {
                    continue;
                }
                match (before, &after) {
                    (Ok(Value::Money(before)), Ok(Value::Money(after))) => {
                        // The middle of two payments is rounded to a cent before it becomes a month.
                        let off = (before.minor() * factor - after.minor()).abs();
                        assert!(
                            off <= factor * 5,
                            "{name} {seed} {factor}: {before:?} {after:?}"
                        );
                    }
                    (Ok(Value::Percent(before)), Ok(Value::Percent(after))) => {
                        let off = (*before - *after).abs();
                        assert!(off < rust_decimal::Decimal::new(1, 2), "{name} {seed}");
                    }
                    (before, after) => assert_eq!(before, after, "{name} {seed} {factor}"),
                }
            }
        }
    }
}

/// The household with its rows in two accounts: a row is in the second where `elsewhere` says so.
fn divided(bank: &Bank, elsewhere: impl Fn(usize, i64) -> bool) -> [Bank; 2] {
    let part = |second: bool| {
        let rows = bank.rows.iter().enumerate();
        let own = rows.filter(|(at, row)| elsewhere(*at, row.1) == second);
        Bank {
            last4: if second { "0777" } else { "0001" },
            rows: own.map(|(_, row)| row.clone()).collect(),
            ..bank.clone()
        }
    };
    [part(false), part(true)]
}

fn income(banks: &[Bank], day: NaiveDate) -> Vec<(&'static str, Result<Value, Missing>)> {
    let mut found = all(banks, day);
    found.retain(|(name, _)| name.starts_with("income."));
    found
}

#[test]
fn income_is_the_same_in_two_accounts_as_in_one() {
    let monday = date("2026-02-23");
    let day = end(monday);
    for seed in 0..HOUSEHOLDS {
        let bank = weekly(seed, monday);
        let one = income(std::slice::from_ref(&bank), day);
        let spent_elsewhere = divided(&bank, |at, amount| at > 0 && amount < 0);
        assert_eq!(
            one,
            income(&spent_elsewhere, day),
            "{seed}: spent elsewhere"
        );
        let taking_turns = divided(&bank, |at, amount| amount > 0 && at % 2 == 1);
        assert_eq!(one, income(&taking_turns, day), "{seed}: pays take turns");
        // Part of each pay goes to the other account on the same day.
        let [mut first, mut second] = divided(&bank, |_, _| false);
        for row in first.rows.iter_mut().filter(|row| row.1 > 0) {
            let part = row.1 * 3 / 10;
            row.1 -= part;
            second
                .rows
                .push((row.0, part, row.2.clone(), row.3.clone()));
        }
        assert_eq!(
            one,
            income(&[first, second], day),
            "{seed}: each pay divided"
        );
    }
}
