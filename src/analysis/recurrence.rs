//! What keeps coming outranks what it is called. Credits whose words say refund, return, loan or person
//! are looked at again together: who pays twelve times by a schedule, and takes nothing, pays for work
//! or a pension, whatever its name holds.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::amounts::scale;
use super::cadence::{self, Cadence};
use super::classify;
use super::entry::{Entry, EntryKind, Exclusion};
use super::statistics::{mad, median};
use crate::lexicon::{Term, TermSet};

/// Paydays on a schedule that outweigh words. A judgement: a loan is paid out in two or three parts,
/// and four months of a pension are four paydays.
const PAYDAYS_MIN: usize = 4;
/// A lender's name needs so many: an advance may be paid out some times in a row.
const LENDER_PAYDAYS_MIN: usize = 6;
/// The share of its deposits, in percent, that keep to the schedule.
const ON_SCHEDULE_PERCENT_MIN: usize = 80;
/// The usual payment in major units: interest, rewards and what shops give back are less. A judgement.
const LEVEL_MAJOR_MIN: i128 = 100;
/// Who pays by phone and has no firm's name is an employer where so many paydays ...
const PERSON_PAYDAYS_MIN: usize = 8;
/// ... by the week or the half month bring so much, in major units. A judgement: what people give each
/// other week by week is less.
const PERSON_MAJOR_MIN: i128 = 250;
/// The middle distance from the usual payment, in percent of it: hours vary by so much. A judgement.
const SPREAD_PERCENT_MAX: i128 = 15;
/// A debit of the same amount so many days before is what a credit gives back.
const GIVEN_BACK_DAYS: i64 = 7;

/// Clears the exclusion of credits that keep coming. `unit`: minor units of a major unit.
pub(super) fn reconsider(entries: &mut [Entry], unit: i128) {
    let mut payers: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        if entry.amount > 0 && (entry.excluded.is_none() || in_doubt(entry)) {
            payers.entry(entry.counterparty).or_default().push(position);
        }
    }
    payers.retain(|_, rows| {
        let doubtful = rows.iter().filter_map(|row| entries.get(*row));
        rows.len() >= PAYDAYS_MIN && doubtful.filter(|entry| in_doubt(entry)).count() > 0
    });
    if payers.is_empty() {
        return;
    }
    for entry in entries.iter() {
        if entry.amount < 0 && entry.counts() {
            // Who takes money may be giving it back.
            payers.remove(&entry.counterparty);
        }
    }
    let debits = debits(entries);
    for rows in payers.into_values() {
        let found: Vec<Entry> = rows
            .iter()
            .filter_map(|row| entries.get(*row))
            .copied()
            .collect();
        if !keeps_coming(&found, unit) || gives_back(&found, &debits) {
            continue;
        }
        // What an employer gives back beside its pay is no pay; alone, the word is its name.
        let expenses = |entry: &Entry| entry.terms.has(Term::Reimbursement);
        let is_name = found.iter().all(expenses);
        let doubtful = |entry: &&mut Entry| in_doubt(entry) && (is_name || !expenses(entry));
        for row in rows {
            if let Some(entry) = entries.get_mut(row).filter(doubtful) {
                let kind = classify::by_payer(entry.terms);
                let income = classify::not_income(kind).is_none();
                entry.kind = if income { kind } else { EntryKind::Other };
                entry.excluded = None;
            }
        }
    }
}

/// Whether only words speak against it. Words of pay beside them outweigh more of those.
fn in_doubt(entry: &Entry) -> bool {
    let pay = entry.terms.has(Term::Payroll);
    match entry.excluded {
        Some(
            Exclusion::Reversed
            | Exclusion::LoanProceeds
            | Exclusion::Refund
            | Exclusion::Interest
            | Exclusion::BankFee,
        ) => {
            pay || !entry.terms.meets(TermSet::any_of(&[
                Term::CardPurchase,
                Term::CardIssuer,
                Term::Reimbursement,
            ]))
        }
        Some(Exclusion::TaxRefund) => pay,
        Some(Exclusion::Micro) => pay && entry.kind == EntryKind::AccountVerification,
        Some(Exclusion::PersonToPerson) => !entry.terms.has(Term::OwnBank),
        // Winnings keep no paydays; an employer may be called after what wins.
        Some(Exclusion::OneOff) => {
            matches!(entry.kind, EntryKind::Gambling | EntryKind::Collections)
        }
        Some(Exclusion::TransferWords) => {
            entry.kind == EntryKind::OverdraftProtection
                || (entry.terms.has(Term::Organisation) && !entry.terms.has(Term::OwnTransfer))
        }
        Some(
            Exclusion::Void
            | Exclusion::Pending
            | Exclusion::NotCash
            | Exclusion::OtherCurrency
            | Exclusion::AfterAsOf
            | Exclusion::DuplicateAccount
            | Exclusion::SentTwice
            | Exclusion::MirroredTransfer
            | Exclusion::CashOrCheck
            | Exclusion::RefusedByReviewer,
        )
        | None => false,
    }
}

/// Whether the deposits of one payer keep to a schedule, in much the same amount.
fn keeps_coming(rows: &[Entry], unit: i128) -> bool {
    let any = |exclusion| rows.iter().any(|entry| entry.excluded == Some(exclusion));
    let firm = rows.iter().any(|entry| entry.terms.has(Term::Organisation));
    let Some(fit) = cadence::fit_of(rows.iter().map(|entry| entry.made)) else {
        return false;
    };
    let matched = fit.matched.len();
    let needed = if any(Exclusion::LoanProceeds) {
        LENDER_PAYDAYS_MIN
    } else {
        PAYDAYS_MIN
    };
    let scheduled = matched >= needed && matched * 100 >= fit.dates_count * ON_SCHEDULE_PERCENT_MIN;
    let monthly = matches!(fit.cadence, Cadence::Monthly | Cadence::FourWeekly);
    // Interest comes by the month, and so does what people share of a rent.
    if !firm && monthly && (any(Exclusion::Interest) || any(Exclusion::PersonToPerson)) {
        return false;
    }
    let person = !firm && any(Exclusion::PersonToPerson);
    let level_min = if person {
        PERSON_MAJOR_MIN
    } else {
        LEVEL_MAJOR_MIN
    };
    if person && matched < PERSON_PAYDAYS_MIN {
        return false;
    }
    let mut amounts: Vec<i128> = rows.iter().map(|entry| i128::from(entry.amount)).collect();
    let level = median(&mut amounts).unwrap_or(0);
    let spread = scale(mad(&amounts, level), 100, level.max(1)).unwrap_or(i128::MAX);
    scheduled && level >= level_min * unit && spread <= SPREAD_PERCENT_MAX
}

/// The days of debits of each account and amount, in order.
fn debits(entries: &[Entry]) -> BTreeMap<(u16, i64), Vec<NaiveDate>> {
    let mut debits: BTreeMap<(u16, i64), Vec<NaiveDate>> = BTreeMap::new();
    for entry in entries
        .iter()
        .filter(|entry| entry.amount < 0 && entry.counts())
    {
        let key = (entry.snapshot, entry.amount.saturating_neg());
        debits.entry(key).or_default().push(entry.made);
    }
    for days in debits.values_mut() {
        days.sort_unstable();
    }
    debits
}

/// Whether debits of the same amounts came shortly before most of them.
fn gives_back(rows: &[Entry], debits: &BTreeMap<(u16, i64), Vec<NaiveDate>>) -> bool {
    let undone = |credit: &&Entry| {
        let days = debits.get(&(credit.snapshot, credit.amount));
        let before = days.and_then(|days| {
            let end = days.partition_point(|day| *day <= credit.made);
            days.get(end.checked_sub(1)?)
        });
        before.is_some_and(|day| {
            credit.made.signed_duration_since(*day).num_days() <= GIVEN_BACK_DAYS
        })
    };
    rows.iter().filter(undone).count() * 2 >= rows.len()
}
