//! What is no income once rows are seen together: returns, transfers between the household's
//! accounts, loans paid out, refunds.
//!
//! Rows are compared through sorted indexes, never each with each.

mod returns;

use std::collections::{BTreeMap, VecDeque};

use chrono::{Days, NaiveDate};

use super::account::AccountAnalysis;
use super::counterparty::Counterparty;
use super::entry::{Entry, EntryKind, Exclusion, Lending, Pair};
use crate::lexicon::Term;

pub(super) use returns::FEE_BUSINESS_DAYS_MAX;

/// The two halves of a transfer are so many days apart at most: two banking days over a weekend. A
/// judgement; more days would pair payments that only happen to have the same amount.
const MIRROR_DAYS_MAX: u64 = 4;
/// A refund is looked for so many days before: return periods of ninety days and the time until it
/// posts. A judgement; a refund that is missed is taken for a deposit of nobody in particular.
const REFUND_DAYS_MAX: i64 = 120;
/// The first repayment of a loan comes within so many days: a month, and the half of one that
/// lenders often add to the first period.
pub(super) const REPAYMENT_DAYS_MAX: i64 = 45;
/// So many debits by who paid out are repayments: one may be any purchase.
const REPAYMENTS_MIN: usize = 2;
/// Candidates looked at for one row: bounds the work on many equal amounts. Honest histories have a
/// few of them in the days that are searched.
const CANDIDATES_MAX: usize = 32;

/// Marks everything that only shows when rows are compared. Returns the debits that came back
/// unpaid, as pairs of debit and credit by position in `entries`.
pub(super) fn exclude(
    entries: &mut [Entry],
    counterparties: &[Counterparty],
    accounts: &[AccountAnalysis],
) -> Vec<Pair> {
    let returned = returns::find(entries, counterparties, accounts);
    mirrors(entries);
    loans_and_refunds(entries);
    returned
}

/// A counted row by what is searched: its amount, its day and its position.
type Key = (u64, NaiveDate, usize);

/// The counted rows of one direction that pass a test, in order.
fn by_amount(entries: &[Entry], money_in: bool, test: impl Fn(&Entry) -> bool) -> Vec<Key> {
    let mut index: Vec<_> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.counts() && entry.amount != 0 && (entry.amount > 0) == money_in)
        .filter(|(_, entry)| test(entry))
        .map(|(position, entry)| (entry.amount.unsigned_abs(), entry.made, position))
        .collect();
    index.sort_unstable();
    index
}

/// Whether the row may be half of a transfer between the household's accounts: what is clearly
/// something else (pay, a loan payment, a purchase) is not, whatever its amount.
fn may_mirror(entry: &Entry) -> bool {
    matches!(
        entry.kind,
        EntryKind::Other
            | EntryKind::OwnTransfer
            | EntryKind::PersonToPerson
            | EntryKind::OverdraftProtection
            | EntryKind::CheckDeposit
            | EntryKind::CashDeposit
    ) && entry.excluded != Some(Exclusion::Reversed)
        && !entry.terms.has(Term::CardPurchase)
}

/// Pairs equal and opposite amounts on different accounts, the nearest in time first.
fn mirrors(entries: &mut [Entry]) {
    let first = entries.first().map(|entry| entry.snapshot);
    if entries.last().map(|entry| entry.snapshot) == first {
        return;
    }
    let credits = by_amount(entries, true, may_mirror);
    // Most debits have no counterpart.
    let has_credit = |entry: &Entry| {
        let amount = entry.amount.unsigned_abs();
        credits
            .binary_search_by_key(&amount, |credit| credit.0)
            .is_ok()
    };
    let pairs = by_amount(entries, false, |entry| {
        may_mirror(entry) && has_credit(entry)
    });
    let mut debits: BTreeMap<(u64, NaiveDate), VecDeque<usize>> = BTreeMap::new();
    for (amount, date, position) in pairs {
        debits
            .entry((amount, date))
            .or_default()
            .push_back(position);
    }
    let mut open = credits;
    for distance in 0..=MIRROR_DAYS_MAX {
        if debits.is_empty() {
            return;
        }
        open.retain(|(amount, date, credit)| {
            let days = [
                date.checked_sub_days(Days::new(distance)),
                date.checked_add_days(Days::new(distance))
                    .filter(|_| distance > 0),
            ];
            let found = days
                .into_iter()
                .flatten()
                .find_map(|day| take_mirror(&mut debits, (*amount, day), *credit, entries));
            let Some(debit) = found else {
                return true;
            };
            for position in [*credit, debit] {
                if let Some(entry) = entries.get_mut(position) {
                    entry.kind = EntryKind::OwnTransfer;
                    entry.excluded = Some(Exclusion::MirroredTransfer);
                }
            }
            false
        });
    }
}

fn take_mirror(
    debits: &mut BTreeMap<(u64, NaiveDate), VecDeque<usize>>,
    key: (u64, NaiveDate),
    credit: usize,
    entries: &[Entry],
) -> Option<usize> {
    let account = entries.get(credit)?.snapshot;
    let queue = debits.get_mut(&key)?;
    let place = queue.iter().take(CANDIDATES_MAX).position(|debit| {
        entries
            .get(*debit)
            .is_some_and(|debit| debit.snapshot != account)
    })?;
    let debit = queue.remove(place);
    if queue.is_empty() {
        debits.remove(&key);
    }
    debit
}

/// Credits of nobody in particular whose counterparty also takes money: a refund where it took as much
/// before, a loan where it takes repeatedly after.
fn loans_and_refunds(entries: &mut [Entry]) {
    let is_open = |entry: &Entry| {
        entry.excluded.is_none() && entry.amount > 0 && entry.kind == EntryKind::Other
    };
    let open = entries.iter().filter(|entry| is_open(entry));
    let mut payers: Vec<u32> = open.map(|entry| entry.counterparty).collect();
    payers.sort_unstable();
    payers.dedup();
    let taken = entries.iter().filter(|entry| {
        entry.amount < 0
            && entry.excluded.is_none()
            && payers.binary_search(&entry.counterparty).is_ok()
    });
    let mut debits: Vec<(u32, NaiveDate, u64)> = taken
        .map(|entry| (entry.counterparty, entry.made, entry.amount.unsigned_abs()))
        .collect();
    if debits.is_empty() {
        return;
    }
    debits.sort_unstable();
    for entry in entries.iter_mut().filter(|entry| is_open(entry)) {
        let first = debits.partition_point(|(by, _, _)| *by < entry.counterparty);
        let end = debits.partition_point(|(by, _, _)| *by <= entry.counterparty);
        let list = debits.get(first..end).unwrap_or_default();
        let split = list.partition_point(|(_, date, _)| *date <= entry.made);
        let near = |date: &NaiveDate| date.signed_duration_since(entry.made).num_days();
        let refund = list
            .get(..split)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(CANDIDATES_MAX)
            .take_while(|(_, date, _)| near(date) >= -REFUND_DAYS_MAX)
            .any(|(_, _, amount)| *amount >= entry.amount.unsigned_abs());
        let repayments = list.get(split..).unwrap_or_default();
        let loan = repayments.len() >= REPAYMENTS_MIN
            && repayments
                .first()
                .is_some_and(|(_, date, _)| near(date) <= REPAYMENT_DAYS_MAX);
        if refund {
            entry.kind = EntryKind::Refund;
            entry.excluded = Some(Exclusion::Refund);
        } else if loan {
            entry.kind = EntryKind::Loan(Lending::Personal);
            entry.excluded = Some(Exclusion::LoanProceeds);
        }
    }
}
