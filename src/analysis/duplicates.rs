//! One bank account that is linked twice, by two people or after a link broke, has two ids and
//! nothing that says so: it is known by its bank, its last digits and its rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use super::AccountFacts;
use crate::calendar::{Zone, civil_date};
use crate::snapshot::{Balance, Owner, Part, Snapshot, Status, Transaction, TransactionStatus};

/// Balances that banks computed so near each other are of one moment.
const SAME_MOMENT_HOURS: i64 = 1;

/// Marks all but one of the links of each account. The one that stays is one that works and has
/// rows, the first of those.
pub(super) fn mark(snapshots: &[Snapshot], accounts: &mut [AccountFacts], zone: Zone) {
    let mut order: Vec<(u16, &Snapshot)> = (0u16..).zip(snapshots).collect();
    order.sort_by_key(|(index, snapshot)| {
        let broken = snapshot.account.status != Status::Active;
        let rowless = snapshot.transactions.known().is_err();
        (broken, rowless, snapshot.balance.known().is_err(), *index)
    });
    let mut kept: Vec<(u16, &Snapshot)> = Vec::with_capacity(order.len());
    for (index, snapshot) in order {
        let twin = kept
            .iter()
            .find(|(_, other)| same_account(other, snapshot, zone));
        match twin {
            Some((twin, _)) => {
                if let Some(account) = accounts.get_mut(usize::from(index)) {
                    account.duplicate_of = Some(*twin);
                }
            }
            None => kept.push((index, snapshot)),
        }
    }
}

/// The same bank, last digits and kind, and as far as they can be compared the same rows; where
/// rows cannot tell, nothing else may speak against it.
fn same_account(a: &Snapshot, b: &Snapshot, zone: Zone) -> bool {
    let same_name = a.account.institution == b.account.institution
        && a.account.last4.is_some()
        && a.account.last4 == b.account.last4
        && a.account.category == b.account.category
        && a.account.subcategory == b.account.subcategory;
    same_name
        && same_rows(a, b, zone)
            .unwrap_or_else(|| same_owners(&a.owners, &b.owners) && same_balance(a, b))
}

/// Whether nine tenths of the rows in the days that both cover are the same; `None` where they
/// are too few to tell.
fn same_rows(a: &Snapshot, b: &Snapshot, zone: Zone) -> Option<bool> {
    const ROWS_MIN: usize = 3;
    let (left, right) = (a.transactions.known().ok()?, b.transactions.known().ok()?);
    let (cover_a, cover_b) = (a.coverage?, b.coverage?);
    let (first, last) = (
        cover_a.first.max(cover_b.first),
        cover_a.last.min(cover_b.last),
    );
    let within = |row: &&Transaction| {
        let day = civil_date(row.made_at(), zone);
        row.status == TransactionStatus::Posted && day >= first && day <= last
    };
    fn key(row: &Transaction) -> (i64, i64, &str) {
        let at = row.transacted_at.timestamp();
        (at, row.amount, row.description.as_str())
    }
    let mut counts: BTreeMap<(i64, i64, &str), i64> = BTreeMap::new();
    let mut total = 0_usize;
    for row in left.iter().filter(within) {
        *counts.entry(key(row)).or_default() += 1;
        total += 1;
    }
    let (mut common, mut others) = (0_usize, 0_usize);
    for row in right.iter().filter(within) {
        others += 1;
        if let Some(count) = counts.get_mut(&key(row))
            && *count > 0
        {
            *count -= 1;
            common += 1;
        }
    }
    let larger = total.max(others);
    let same = common.saturating_mul(10) >= larger.saturating_mul(9);
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
