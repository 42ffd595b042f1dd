//! From what a source delivered to an immutable snapshot: cut to the limits, sorted,
//! de-duplicated, flagged.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

use super::{
    Absence, Account, Balance, Coverage, Owner, Part, Permission, QualityFlag, Snapshot, Status,
    Transaction, TransactionStatus,
};
use crate::calendar::{Zone, civil_date};
use crate::limits;

/// History shorter than this is flagged.
const SHORT_HISTORY_DAYS: i64 = 60;

/// What a source delivered for one account, in any order and with repeats.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The account.
    pub account: Account,
    /// Its balance.
    pub balance: Part<Balance>,
    /// Its owners.
    pub owners: Part<Vec<Owner>>,
    /// Its transactions with the time at which the source last changed each.
    pub transactions: Part<Vec<(Transaction, DateTime<Utc>)>>,
    /// What the source itself found doubtful: failed or unsettled refreshes, unknown values.
    pub flags: BTreeSet<QualityFlag>,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
}

/// Freezes what was fetched. `zone` is where the days of coverage are read.
pub fn freeze(fetched: Fetched, zone: Zone) -> Snapshot {
    let mut flags = fetched.flags;
    flag_account(&fetched.account, &mut flags);
    if let Part::Known(balance) = &fetched.balance
        && fetched.fetched_at.signed_duration_since(balance.as_of) > Duration::hours(24)
    {
        flags.insert(QualityFlag::StaleBalance);
    }
    let transactions = match fetched.transactions {
        Part::Known(rows) => Part::Known(settle(rows, &mut flags)),
        Part::Absent(why) => Part::Absent(why),
    };
    let coverage = transactions
        .known()
        .ok()
        .and_then(|rows| cover(rows, fetched.fetched_at, zone));
    if let Part::Known(rows) = &transactions {
        if coverage.is_none_or(|coverage| coverage.days() < SHORT_HISTORY_DAYS) {
            flags.insert(QualityFlag::ShortHistory);
        }
        flag_sign(rows, &fetched.balance, &mut flags);
    }
    let owners = match fetched.owners {
        Part::Known(owners) => Part::Known(settle_owners(owners)),
        Part::Absent(why) => Part::Absent(why),
    };
    Snapshot {
        account: fetched.account,
        balance: fetched.balance,
        owners,
        transactions,
        coverage,
        flags,
        fetched_at: fetched.fetched_at,
    }
}

fn flag_account(account: &Account, flags: &mut BTreeSet<QualityFlag>) {
    let wanted = [
        (Permission::Balances, QualityFlag::NoBalancePermission),
        (Permission::Ownership, QualityFlag::NoOwnershipPermission),
        (
            Permission::Transactions,
            QualityFlag::NoTransactionsPermission,
        ),
    ];
    flags.extend(
        wanted
            .into_iter()
            .filter(|(permission, _)| !account.permissions.contains(permission))
            .map(|(_, flag)| flag),
    );
    match &account.status {
        Status::Active => {}
        Status::Inactive => {
            flags.insert(QualityFlag::AccountInactive);
        }
        Status::Disconnected => {
            flags.insert(QualityFlag::AccountDisconnected);
        }
        Status::Unknown(_) => {
            flags.insert(QualityFlag::UnknownValue);
        }
    }
}

/// Sorts by `(transacted_at, id)` and keeps the newest version of each id.
fn settle(
    mut rows: Vec<(Transaction, DateTime<Utc>)>,
    flags: &mut BTreeSet<QualityFlag>,
) -> Vec<Transaction> {
    // The newest version of an id comes first; equal times are ordered by content, so that the
    // result does not depend on the order of delivery.
    rows.sort_by(|(a, a_updated), (b, b_updated)| {
        (
            &a.id,
            b_updated,
            &a.status,
            a.amount,
            &a.description,
            a.transacted_at,
            a.posted_at,
        )
            .cmp(&(
                &b.id,
                a_updated,
                &b.status,
                b.amount,
                &b.description,
                b.transacted_at,
                b.posted_at,
            ))
    });
    let mut kept: Vec<(Transaction, DateTime<Utc>)> = Vec::with_capacity(rows.len());
    for (row, updated) in rows {
        match kept.last() {
            Some((last, _)) if last.id == row.id => {
                if last.amount != row.amount || last.currency != row.currency {
                    flags.insert(QualityFlag::DuplicateConflict);
                }
            }
            _ => kept.push((row, updated)),
        }
    }
    let mut rows: Vec<Transaction> = kept.into_iter().map(|(row, _)| row).collect();
    rows.sort_by(|a, b| (a.transacted_at, &a.id).cmp(&(b.transacted_at, &b.id)));
    if rows.len() > limits::TRANSACTIONS_MAX {
        flags.insert(QualityFlag::HistoryCut);
        rows.drain(..rows.len() - limits::TRANSACTIONS_MAX);
    }
    for row in &mut rows {
        cut_text(&mut row.description, limits::DESCRIPTION_BYTES_MAX);
        if matches!(row.status, TransactionStatus::Unknown(_)) {
            flags.insert(QualityFlag::UnknownValue);
        }
    }
    rows
}

fn settle_owners(mut owners: Vec<Owner>) -> Vec<Owner> {
    owners.sort();
    owners.dedup();
    owners.truncate(limits::OWNERS_MAX);
    owners
}

fn cut_text(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
}

fn cover(rows: &[Transaction], fetched_at: DateTime<Utc>, zone: Zone) -> Option<Coverage> {
    let last = civil_date(fetched_at, zone);
    let first = rows
        .iter()
        .filter(|row| row.status != TransactionStatus::Void)
        .map(|row| civil_date(row.transacted_at, zone))
        .min()?;
    Some(Coverage {
        first: first.min(last),
        last,
    })
}

/// Which sign means money in is proven where the bank states both balances: what is available is
/// the current balance with the pending rows applied.
fn flag_sign(rows: &[Transaction], balance: &Part<Balance>, flags: &mut BTreeSet<QualityFlag>) {
    let mut pending: BTreeMap<_, i64> = BTreeMap::new();
    for row in rows
        .iter()
        .filter(|row| row.status == TransactionStatus::Pending)
    {
        let sum = pending.entry(row.currency).or_default();
        *sum = sum.saturating_add(row.amount);
    }
    let difference = |currency| {
        let balance = balance.known().ok()?;
        let available = balance.available.as_ref()?.get(currency)?;
        available.checked_sub(*balance.current.get(currency)?)
    };
    let (mut proven, mut conflict) = (false, false);
    for (currency, sum) in pending.iter().filter(|(_, sum)| **sum != 0) {
        match difference(currency) {
            Some(change) if change == *sum => proven = true,
            Some(change) if change == sum.saturating_neg() => conflict = true,
            _ => {}
        }
    }
    if conflict {
        flags.insert(QualityFlag::SignConflict);
    } else if !proven {
        flags.insert(QualityFlag::SignUnproven);
    }
}

impl Account {
    /// Why the data behind `permission` cannot be had from this account at all; `None` where it
    /// can be asked for.
    pub fn withholds(&self, permission: &Permission) -> Option<Absence> {
        if !self.permissions.contains(permission) {
            Some(Absence::NoPermission)
        } else if self.status == Status::Disconnected {
            Some(Absence::Disconnected)
        } else {
            None
        }
    }
}
