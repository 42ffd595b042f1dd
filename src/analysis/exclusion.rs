//! What is no income once rows are seen together: returns, transfers between the household's
//! accounts, loans paid out, refunds.
//!
//! Rows are compared through sorted indexes, never each with each.

use std::collections::{BTreeMap, VecDeque};

use chrono::{Days, NaiveDate};

use super::counterparty::Counterparty;
use super::entry::Pair;
use super::entry::{Entry, EntryKind, Exclusion, Lending};
use crate::lexicon::{Term, TermSet};

/// A return comes within so many days: the two banking days that the ACH rules give a bank, and one
/// to post, over a long weekend.
const RETURN_DAYS_MAX: i64 = 7;
/// The two halves of a transfer are so many days apart at most: two banking days over a weekend. A
/// judgement; more days would pair payments that only happen to have the same amount.
const MIRROR_DAYS_MAX: u64 = 4;
/// A refund is looked for so many days before: return periods of ninety days and the time until it
/// posts. A judgement; a refund that is missed is taken for a deposit of nobody in particular.
const REFUND_DAYS_MAX: i64 = 120;
/// The first repayment of a loan comes within so many days: a month, and the half of one that
/// lenders often add to the first period.
const REPAYMENT_DAYS_MAX: i64 = 45;
/// So many debits by who paid out are repayments: one may be any purchase.
const REPAYMENTS_MIN: usize = 2;
/// Candidates looked at for one row: bounds the work on many equal amounts. Honest histories have a
/// few of them in the days that are searched.
const CANDIDATES_MAX: usize = 32;
/// Shorter words, in bytes, that two counterparties share do not make them related: initials, states,
/// `LA`.
const SHARED_WORD_BYTES_MIN: usize = 3;

/// Marks everything that only shows when rows are compared. Returns the debits that came back
/// unpaid, as pairs of debit and credit by position in `entries`.
pub(super) fn exclude(entries: &mut [Entry], counterparties: &[Counterparty]) -> Vec<Pair> {
    let returned = returns(entries, counterparties);
    mirrors(entries);
    loans_and_refunds(entries);
    returned
}

/// Positions of counted rows of one direction, sorted by amount, date and position.
fn by_amount(entries: &[Entry], money_in: bool) -> Vec<(u64, NaiveDate, usize)> {
    let mut index: Vec<_> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.counts() && entry.amount != 0 && (entry.amount > 0) == money_in)
        .map(|(position, entry)| (entry.amount.unsigned_abs(), entry.made, position))
        .collect();
    index.sort_unstable();
    index
}

/// The rows of that amount made up to `days` before `date`, the nearest first.
fn before(
    index: &[(u64, NaiveDate, usize)],
    amount: u64,
    date: NaiveDate,
    days: i64,
) -> impl Iterator<Item = usize> + '_ {
    let end = index.partition_point(|(a, d, _)| (*a, *d) <= (amount, date));
    index
        .get(..end)
        .unwrap_or_default()
        .iter()
        .rev()
        .take_while(move |(a, d, _)| {
            *a == amount && date.signed_duration_since(*d).num_days() <= days
        })
        .take(CANDIDATES_MAX)
        .map(|(_, _, position)| *position)
}

/// Matches what came back with what it undoes: a debit that was returned, a deposit taken back.
fn returns(entries: &mut [Entry], counterparties: &[Counterparty]) -> Vec<Pair> {
    let undoing: Vec<usize> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.counts() && undoes(entry))
        .map(|(position, _)| position)
        .collect();
    if undoing.is_empty() {
        return Vec::new();
    }
    let (debits, credits) = (by_amount(entries, false), by_amount(entries, true));
    let mut taken = vec![false; entries.len()];
    let mut pairs = Vec::new();
    for position in undoing {
        let Some(entry) = entries.get(position).copied() else {
            continue;
        };
        let index = if entry.amount > 0 { &debits } else { &credits };
        let found = before(
            index,
            entry.amount.unsigned_abs(),
            entry.made,
            RETURN_DAYS_MAX,
        )
        .find(|other| {
            !taken.get(*other).copied().unwrap_or(true)
                && entries.get(*other).is_some_and(|other| {
                    other.snapshot == entry.snapshot
                        && !undoes(other)
                        && related(&entry, other, counterparties)
                })
        });
        match found {
            Some(other) => {
                if let Some(taken) = taken.get_mut(other) {
                    *taken = true;
                }
                settle_return(entries, position, other, &mut pairs);
            }
            None => settle_alone(entries, position, &mut pairs),
        }
    }
    pairs
}

fn undoes(entry: &Entry) -> bool {
    let taken_back = matches!(
        entry.kind,
        EntryKind::Other | EntryKind::DepositedItemReturned
    ) && entry.amount < 0
        && entry
            .terms
            .meets(TermSet::any_of(&[Term::Return, Term::Reversal]));
    // A debit in the words of a payroll that is returned or reversed takes a deposit back.
    taken_back || matches!(entry.kind, EntryKind::ReturnedDebit | EntryKind::Reversal)
}

/// The same counterparty, or a row of the bank's own that names none.
fn related(a: &Entry, b: &Entry, counterparties: &[Counterparty]) -> bool {
    if a.counterparty == b.counterparty {
        return true;
    }
    let key = |entry: &Entry| {
        usize::try_from(entry.counterparty)
            .ok()
            .and_then(|index| counterparties.get(index))
            .map_or("", |counterparty| counterparty.key.as_str())
    };
    let (left, right) = (key(a), key(b));
    let anonymous = left.split(' ').all(|word| BANK_WORDS.contains(&word));
    anonymous
        || left.split(' ').any(|word| {
            word.len() >= SHARED_WORD_BYTES_MIN
                && !BANK_WORDS.contains(&word)
                && right.split(' ').any(|other| other == word)
        })
}

/// What banks write of a return itself; it names no counterparty.
const BANK_WORDS: &[&str] = &[
    "",
    "ACH",
    "BANK",
    "CHECK",
    "CHK",
    "CREDIT",
    "DEBIT",
    "DISHONORED",
    "FUNDS",
    "INSUFFICIENT",
    "ITEM",
    "ITEMS",
    "NSF",
    "OF",
    "PAID",
    "PAYMENT",
    "REJECTED",
    "RETURN",
    "RETURNED",
    "REVERSAL",
    "RTN",
    "UNPAID",
    "R01",
    "R09",
    "NON",
    "SUFFICIENT",
    "REVERSED",
    "DEPOSIT",
    "DEPOSITED",
    "REJECT",
    "UNCOLLECTED",
    "ELECTRONIC",
    "PMT",
    "FOR",
    "THE",
    "DUE",
    "TO",
    "ID",
];

fn settle_return(entries: &mut [Entry], undoing: usize, undone: usize, pairs: &mut Vec<Pair>) {
    let Some(original) = entries.get(undone).copied() else {
        return;
    };
    let mut bounced = false;
    if let Some(entry) = entries.get_mut(undoing) {
        let card = TermSet::any_of(&[Term::CardPurchase, Term::Refund]);
        let item = TermSet::any_of(&[Term::Return, Term::Unpaid, Term::NsfWord, Term::Item]);
        bounced = entry.amount > 0
            && !entry.terms.meets(card)
            && !original.terms.has(Term::CardPurchase)
            && !original.terms.has(Term::Fee)
            && (entry.kind == EntryKind::ReturnedDebit || entry.terms.meets(item));
        entry.kind = if bounced {
            EntryKind::ReturnedDebit
        } else if entry.amount < 0 && entry.kind == EntryKind::DepositedItemReturned {
            EntryKind::DepositedItemReturned
        } else {
            EntryKind::Reversal
        };
        entry.excluded = Some(Exclusion::Reversed);
    }
    if let Some(entry) = entries.get_mut(undone) {
        entry.excluded = Some(Exclusion::Reversed);
    }
    if bounced {
        pairs.push(Pair {
            debit: Some(undone),
            credit: undoing,
        });
    }
}

/// A return without the debit that it returns: an event only where the words leave no doubt.
fn settle_alone(entries: &mut [Entry], position: usize, pairs: &mut Vec<Pair>) {
    let Some(entry) = entries.get_mut(position) else {
        return;
    };
    if entry.amount <= 0 {
        return;
    }
    entry.excluded = Some(Exclusion::Reversed);
    let certain = TermSet::any_of(&[Term::NsfWord, Term::InsufficientFunds, Term::Unpaid]);
    if entry.kind == EntryKind::ReturnedDebit && entry.terms.meets(certain) {
        pairs.push(Pair {
            debit: None,
            credit: position,
        });
    } else {
        entry.kind = EntryKind::Reversal;
    }
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
    let credits: Vec<_> = by_amount(entries, true)
        .into_iter()
        .filter(|(_, _, position)| entries.get(*position).is_some_and(may_mirror))
        .collect();
    let mut debits: BTreeMap<(u64, NaiveDate), VecDeque<usize>> = BTreeMap::new();
    for (amount, date, position) in by_amount(entries, false) {
        if entries.get(position).is_some_and(may_mirror) {
            debits
                .entry((amount, date))
                .or_default()
                .push_back(position);
        }
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
    let mut debits: BTreeMap<u32, Vec<(NaiveDate, u64)>> = BTreeMap::new();
    for entry in entries
        .iter()
        .filter(|entry| entry.counts() && entry.amount < 0)
    {
        if entry.excluded.is_none() {
            debits
                .entry(entry.counterparty)
                .or_default()
                .push((entry.made, entry.amount.unsigned_abs()));
        }
    }
    for list in debits.values_mut() {
        list.sort_unstable();
    }
    for entry in entries.iter_mut() {
        let open = entry.excluded.is_none() && entry.amount > 0 && entry.kind == EntryKind::Other;
        let Some(list) = debits.get(&entry.counterparty).filter(|_| open) else {
            continue;
        };
        let split = list.partition_point(|(date, _)| *date <= entry.made);
        let near = |date: &NaiveDate| date.signed_duration_since(entry.made).num_days();
        let refund = list
            .get(..split)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(CANDIDATES_MAX)
            .take_while(|(date, _)| near(date) >= -REFUND_DAYS_MAX)
            .any(|(_, amount)| *amount >= entry.amount.unsigned_abs());
        let repayments = list.get(split..).unwrap_or_default();
        let loan = repayments.len() >= REPAYMENTS_MIN
            && repayments
                .first()
                .is_some_and(|(date, _)| near(date) <= REPAYMENT_DAYS_MAX);
        if refund {
            entry.kind = EntryKind::Refund;
            entry.excluded = Some(Exclusion::Refund);
        } else if loan {
            entry.kind = EntryKind::Loan(Lending::Personal);
            entry.excluded = Some(Exclusion::LoanProceeds);
        }
    }
}
