//! One bank account that is linked twice, by two people or after a link broke, has two ids and
//! nothing that says so: it is known by its bank, its last digits and its rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use super::account::{AccountAnalysis, AccountInput};
use super::entry::{Entry, Exclusion};
use crate::snapshot::{Balance, Owner, Part, Snapshot, Status, TransactionRef, TransactionStatus};

/// Fewer rows are too few to tell.
const ROWS_MIN: usize = 3;
/// Of so many rows ...
const ROWS_OF: usize = 10;
/// ... so many are the same where the account is. A judgement: two fetches of one account differ by
/// the rows that posted between them, two accounts share hardly any.
const ROWS_SAME: usize = 9;
/// Balances that banks computed so near each other are of one moment.
const SAME_MOMENT_HOURS: i64 = 1;

/// One link of an account: its snapshot and its entries.
type Link<'a> = (&'a Snapshot, &'a [Entry]);

/// Marks all but one of the links of each account, and their rows. The one that stays is one that
/// works and has rows, the first of those.
pub(super) fn mark(
    inputs: &[AccountInput<'_>],
    accounts: &mut [AccountAnalysis],
    entries: &mut [Entry],
) {
    let mut order: Vec<(u16, Link<'_>)> = (0u16..)
        .zip(inputs.iter().zip(accounts.iter()))
        .map(|(index, (input, account))| {
            let own = entries.get(account.entries.clone()).unwrap_or_default();
            (index, (input.snapshot, own))
        })
        .collect();
    order.sort_by_key(|(index, (snapshot, _))| {
        let broken = snapshot.account.status != Status::Active;
        let rowless = snapshot.transactions.known().is_err();
        (broken, rowless, snapshot.balance.known().is_err(), *index)
    });
    let mut kept: Vec<(u16, Link<'_>)> = Vec::with_capacity(order.len());
    let mut twins = Vec::new();
    for (index, link) in order {
        match kept.iter().find(|(_, other)| same_account(*other, link)) {
            Some((twin, _)) => twins.push((index, *twin)),
            None => kept.push((index, link)),
        }
    }
    for (index, twin) in twins {
        let Some(account) = accounts.get_mut(usize::from(index)) else {
            continue;
        };
        account.facts.duplicate_of = Some(twin);
        let own = entries.get_mut(account.entries.clone());
        for entry in own.unwrap_or_default() {
            if entry.counts() {
                entry.excluded = Some(Exclusion::DuplicateAccount);
            }
        }
    }
}

/// The same bank, last digits and kind, and as far as they can be compared the same rows; where
/// rows cannot tell, nothing else may speak against it.
fn same_account((a, rows_a): Link<'_>, (b, rows_b): Link<'_>) -> bool {
    let same_name = a.account.institution == b.account.institution
        && a.account.last4.is_some()
        && a.account.last4 == b.account.last4
        && a.account.category == b.account.category
        && a.account.subcategory == b.account.subcategory;
    same_name
        && same_rows((a, rows_a), (b, rows_b))
            .unwrap_or_else(|| same_owners(&a.owners, &b.owners) && same_balance(a, b))
}

/// Whether nine tenths of the rows in the days that both cover are the same; `None` where they
/// are too few to tell.
fn same_rows((a, rows_a): Link<'_>, (b, rows_b): Link<'_>) -> Option<bool> {
    let (left, right) = (a.transactions.known().ok()?, b.transactions.known().ok()?);
    let (cover_a, cover_b) = (a.coverage?, b.coverage?);
    let (first, last) = (
        cover_a.first.max(cover_b.first),
        cover_a.last.min(cover_b.last),
    );
    let within = |(row, entry): &(TransactionRef<'_>, &Entry)| {
        *row.status == TransactionStatus::Posted && entry.made >= first && entry.made <= last
    };
    fn key(row: TransactionRef<'_>) -> (i64, i64, &str) {
        let at = row.transacted_at.timestamp();
        (at, row.amount, row.description)
    }
    let mut counts: BTreeMap<(i64, i64, &str), i64> = BTreeMap::new();
    let mut total = 0_usize;
    for (row, _) in left.iter().zip(rows_a).filter(within) {
        *counts.entry(key(row)).or_default() += 1;
        total += 1;
    }
    let (mut common, mut others) = (0_usize, 0_usize);
    for (row, _) in right.iter().zip(rows_b).filter(within) {
        others += 1;
        if let Some(count) = counts.get_mut(&key(row))
            && *count > 0
        {
            *count -= 1;
            common += 1;
        }
    }
    let larger = total.max(others);
    let same = common.saturating_mul(ROWS_OF) >= larger.saturating_mul(ROWS_SAME);
    (larger >= ROWS_MIN || !same).then_some(same)
}

/// Whether the owners may be the same people.
fn same_owners(a: &Part<Vec<Owner>>, b: &Part<Vec<Owner>>) -> bool {
    fn names(owners: &[Owner]) -> BTreeSet<&str> {
        owners.iter().map(|owner| owner.name.as_str()).collect()
    }
    match (a, b) {
        (Part::Known(a), Part::Known(b)) if !a.is_empty() && !b.is_empty() => {
            !names(a).is_disjoint(&names(b))
        }
        _ => true,
    }
}

/// Whether the balances may be of one account: those of different moments may differ.
fn same_balance(a: &Snapshot, b: &Snapshot) -> bool {
    let at_once = |a: &Balance, b: &Balance| {
        let apart = a.as_of.signed_duration_since(b.as_of).abs();
        apart <= Duration::hours(SAME_MOMENT_HOURS)
    };
    match (&a.balance, &b.balance) {
        (Part::Known(a), Part::Known(b)) if at_once(a, b) => a.current == b.current,
        _ => true,
    }
}
