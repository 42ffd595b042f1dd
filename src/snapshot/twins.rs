//! Rows that a bank sent twice under two ids.
//!
//! Two equal rows once can be true: two coffees, two fares. A whole feed of twins is not, nor is a
//! payer whose every deposit has one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{TransactionRef, TransactionStatus, Transactions};
use crate::calendar::{Zone, civil_date};
use crate::money::Currency;

/// Rows of a stretch in which nearly every row has a twin: from so many on the bank sent it twice. A
/// judgement: ten pairs without a row between them that has none are no chance.
const STRETCH_ROWS_MIN: i64 = 20;
/// One row without a twin outweighs so many that have one.
const SINGLE_OUTWEIGHS: i64 = 9;
/// Days on which all that a payer sent came twice: from so many on that is how the bank sends it. A
/// judgement.
const PAYER_DAYS_MIN: usize = 3;

/// What makes two rows equal: what posted of them on one day, in the same words.
type Key<'a> = (NaiveDate, i64, Currency, &'a str);

/// The posted rows that are there twice, those that count left out: of each pair the later one by
/// its place. In order of their place.
pub fn twins(rows: &Transactions, zone: Zone) -> Vec<usize> {
    let mut groups: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for (position, row) in rows.iter().enumerate() {
        if *row.status == TransactionStatus::Posted {
            let key = (day(row, zone), row.amount, row.currency, row.description);
            groups.entry(key).or_default().push(position);
        }
    }
    if !groups.values().any(|group| is_twice(group)) {
        return Vec::new();
    }
    let stretches = stretches(&groups);
    let payers = payers(&groups);
    let mut copies = Vec::new();
    for ((day, amount, _, text), group) in groups.iter().filter(|(_, group)| is_twice(group)) {
        // INVARIANT: stretches are in order, and none begins before another ended.
        let at = stretches.partition_point(|(_, last)| last < day);
        let within = stretches.get(at).is_some_and(|(first, _)| first <= day);
        if within || (*amount > 0 && payers.contains(&letters(text))) {
            copies.extend(group.iter().skip(group.len() / 2));
        }
    }
    copies.sort_unstable();
    copies
}

fn day(row: TransactionRef<'_>, zone: Zone) -> NaiveDate {
    civil_date(row.made_at(), zone)
}

fn is_twice(group: &[usize]) -> bool {
    group.len().is_multiple_of(2)
}

/// The stretches of days in which nearly every row has a twin.
fn stretches(groups: &BTreeMap<Key<'_>, Vec<usize>>) -> Vec<(NaiveDate, NaiveDate)> {
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for ((day, ..), group) in groups {
        let count = i64::try_from(group.len()).unwrap_or(i64::MAX);
        let weight = if is_twice(group) {
            count
        } else {
            count.saturating_mul(SINGLE_OUTWEIGHS).saturating_neg()
        };
        let sum = days.entry(*day).or_default();
        *sum = sum.saturating_add(weight);
    }
    let days: Vec<(NaiveDate, i64)> = days.into_iter().collect();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(rest) = days.get(from..).filter(|rest| !rest.is_empty()) {
        let (heaviest, ended) = heaviest(rest);
        match heaviest {
            Some((last, weight)) if weight >= STRETCH_ROWS_MIN => {
                let days = rest.first().zip(rest.get(last));
                found.extend(days.map(|((first, _), (last, _))| (*first, *last)));
                // What comes after its heaviest day may be a stretch of its own.
                from += last + 1;
            }
            Some(_) | None => from += ended,
        }
    }
    found
}

/// The heaviest stretch that begins on the first of some days, by its last day and its weight, and how
/// many days it takes until it weighs nothing; `None` where the first day weighs nothing.
fn heaviest(days: &[(NaiveDate, i64)]) -> (Option<(usize, i64)>, usize) {
    let (mut sum, mut heaviest): (i64, Option<(usize, i64)>) = (0, None);
    for (at, (_, weight)) in days.iter().enumerate() {
        sum = sum.saturating_add(*weight);
        if sum <= 0 {
            return (heaviest, at + 1);
        }
        if heaviest.is_none_or(|(_, most)| sum > most) {
            heaviest = Some((at, sum));
        }
    }
    (heaviest, days.len())
}

/// Who sends every deposit twice, on some days.
fn payers(groups: &BTreeMap<Key<'_>, Vec<usize>>) -> BTreeSet<String> {
    let mut payers: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    let twice = groups
        .iter()
        .filter(|((_, amount, ..), group)| *amount > 0 && is_twice(group));
    for ((day, _, _, text), _) in twice {
        payers.entry(letters(text)).or_default().insert(*day);
    }
    payers.retain(|_, days| days.len() >= PAYER_DAYS_MIN);
    if !payers.is_empty() {
        for ((_, amount, _, text), group) in groups {
            if *amount > 0 && !is_twice(group) {
                payers.remove(&letters(text));
            }
        }
    }
    payers.into_keys().collect()
}

/// A text without the dates and numbers that differ from one payment to the next.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Days};

    use super::super::Transaction;
    use super::*;

    /// Rows of so many days after the first, each with an amount and a text.
    fn rows(all: &[(u64, i64, &str)]) -> Transactions {
        let first = DateTime::from_timestamp(1_780_000_000, 0).unwrap();
        let rows: Vec<Transaction> = all
            .iter()
            .enumerate()
            .map(|(at, (days, amount, text))| Transaction {
                id: format!("fctxn_{at}").parse().unwrap(),
                amount: *amount,
                currency: Currency::USD,
                description: (*text).to_owned(),
                status: TransactionStatus::Posted,
                transacted_at: first.checked_add_days(Days::new(*days)).unwrap(),
                posted_at: None,
                void_at: None,
            })
            .collect();
        rows.into()
    }

    fn copies(all: &[(u64, i64, &str)]) -> usize {
        twins(&rows(all), Zone::default()).len()
    }

    #[test]
    fn a_feed_that_is_sent_twice() {
        let once: Vec<(u64, i64, &str)> = (0..30)
            .map(|day| (day, -100 - i64::try_from(day).unwrap(), "SHOP"))
            .collect();
        assert_eq!(copies(&once), 0);
        let twice = [once.clone(), once.clone()].concat();
        assert_eq!(copies(&twice), 30);
        // A part of it: the rest is there once.
        let part = [once.clone(), once[5..20].to_vec()].concat();
        assert_eq!(copies(&part), 15);
        // Two parts of unequal length, and many rows between them that are there once.
        let long: Vec<(u64, i64, &str)> = (0..400)
            .map(|day| (day, -7_000 - i64::try_from(day).unwrap(), "SHOP"))
            .collect();
        let parts = [long.clone(), long[..200].to_vec(), long[235..300].to_vec()].concat();
        assert_eq!(copies(&parts), 265);
        // Two that are truly there are there four times then.
        let doubled = [twice, vec![(3, -500, "FARE"); 4]].concat();
        assert_eq!(copies(&doubled), 32);
    }

    #[test]
    fn equal_rows_among_others_are_true() {
        let mut all: Vec<(u64, i64, &str)> = (0..60).map(|day| (day, -4_313, "GROCER")).collect();
        for day in 0..60 {
            all.extend([(day, -290, "FARE"), (day, -290, "FARE")]);
        }
        assert_eq!(copies(&all), 0);
        all.extend([
            (5, 10_000, "TIPS"),
            (5, 10_000, "TIPS"),
            (6, 10_000, "TIPS"),
        ]);
        assert_eq!(copies(&all), 0);
    }

    #[test]
    fn a_payer_whose_every_deposit_is_there_twice() {
        let mut all: Vec<(u64, i64, &str)> = (0..60).map(|day| (day, -4_313, "GROCER")).collect();
        let texts = ["PAY 0105", "PAY 0119", "PAY 0202"];
        for (at, text) in (0..).zip(texts) {
            all.extend([(at * 14, 180_000, text), (at * 14, 180_000, text)]);
        }
        assert_eq!(copies(&all), 3);
        // Three amounts of one day are one day.
        let mut once: Vec<(u64, i64, &str)> = (0..60).map(|day| (day, -4_313, "GROCER")).collect();
        for cents in [180_000, 20_000, 7_500] {
            once.extend([(14, cents, "PAY"), (14, cents, "PAY")]);
        }
        assert_eq!(copies(&once), 0);
        all.push((50, 180_000, "PAY 0216"));
        assert_eq!(copies(&all), 0);
    }
}
