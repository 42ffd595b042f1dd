//! The naive student: keywords and mean gaps, as a first afternoon would write it. A corpus on
//! which it does well is too easy.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::answer::{Answer, AnsweredAccount, AnsweredStream, Question};
use crate::calendar::{Zone, civil_date};
use crate::corpus::Cadence;
use crate::snapshot::{Snapshot, TransactionStatus};

const INCOME: &[&str] = &[
    "payroll",
    "salary",
    "direct dep",
    "dir dep",
    "paycheck",
    "wages",
    "soc sec",
    "benefit",
    "pension",
    "unemployment",
    "child supp",
];
const EVENT: &[&str] = &["nsf", "overdraft", "insufficient", "returned"];
const OWED: &[&str] = &["rent", "mortgage", "loan", "card", "auto", "student"];
/// Letters of a text that name its payer.
const KEY_LETTERS: usize = 12;
/// The days over which what is owed is a mean.
const OWED_DAYS: i64 = 90;

struct Deposit {
    id: String,
    day: NaiveDate,
    amount: i64,
}

/// Finds income by words, and how often it comes by the mean gap.
pub fn baseline(question: &Question<'_>) -> Answer {
    let mut payers: BTreeMap<String, Vec<Deposit>> = BTreeMap::new();
    let (mut owed, mut accounts) = (0_i64, Vec::new());
    for snapshot in question.snapshots {
        let mut event_days = BTreeSet::new();
        for (id, day, amount, text) in posted(snapshot) {
            if amount > 0 && has(&text, INCOME) {
                let letters = text.chars().filter(char::is_ascii_alphabetic);
                let payer = letters.take(KEY_LETTERS).collect();
                payers
                    .entry(payer)
                    .or_default()
                    .push(Deposit { id, day, amount });
            } else if has(&text, EVENT) {
                event_days.insert(day);
            } else if amount < 0
                && has(&text, OWED)
                && question.as_of.signed_duration_since(day).num_days() < OWED_DAYS
            {
                owed = owed.saturating_sub(amount);
            }
        }
        accounts.push(AnsweredAccount {
            id: snapshot.account.id.as_str().to_owned(),
            event_days,
            balances: None,
        });
    }
    let mut monthly = 0_i64;
    let mut streams = Vec::new();
    for deposits in payers.into_values() {
        let (stream, net) = stream(deposits);
        monthly = monthly.saturating_add(net);
        streams.push(stream);
    }
    Answer {
        streams,
        monthly_net: Ok(monthly),
        obligation_monthly: Some(owed / 3),
        accounts,
        forecast: Vec::new(),
    }
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn posted(snapshot: &Snapshot) -> Vec<(String, NaiveDate, i64, String)> {
    let rows = snapshot.transactions.known().ok();
    let rows = rows.into_iter().flat_map(|rows| rows.iter());
    rows.filter(|row| *row.status == TransactionStatus::Posted)
        .map(|row| {
            let day = civil_date(row.transacted_at, Zone::default());
            (
                row.id.to_owned(),
                day,
                row.amount,
                row.description.to_lowercase(),
            )
        })
        .collect()
}

fn stream(mut deposits: Vec<Deposit>) -> (AnsweredStream, i64) {
    deposits.sort_by_key(|deposit| deposit.day);
    let count = i64::try_from(deposits.len()).unwrap_or(1).max(1);
    let mean = deposits.iter().map(|deposit| deposit.amount).sum::<i64>() / count;
    let first = deposits
        .first()
        .map(|deposit| deposit.day)
        .unwrap_or_default();
    let last = deposits
        .last()
        .map(|deposit| deposit.day)
        .unwrap_or_default();
    let gap = last.signed_duration_since(first).num_days() / (count - 1).max(1);
    let cadence = match gap {
        6..=8 => Cadence::Weekly,
        12..=14 => Cadence::Biweekly,
        15..=17 => Cadence::SemiMonthly,
        27..=32 => Cadence::Monthly,
        _ => Cadence::Irregular,
    };
    let monthly = cadence.monthly(mean).unwrap_or(mean);
    let stream = AnsweredStream {
        transactions: deposits.into_iter().map(|deposit| deposit.id).collect(),
        cadence: Some(cadence),
        next_payday: last.checked_add_days(Days::new(gap.unsigned_abs())),
        ..AnsweredStream::default()
    };
    (stream, monthly)
}
