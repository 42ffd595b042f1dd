//! From what a source delivered to an immutable snapshot: cut to the limits, sorted,
//! de-duplicated, flagged.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, SubsecRound, Utc};

use super::{
    Absence, Account, Balance, Category, Coverage, Owner, Part, Permission, QualityFlag, Refreshed,
    Snapshot, Status, Subcategory, Synced, Transaction, TransactionStatus, Transactions, sign,
    twins,
};
use crate::calendar::{AsOf, Zone, civil_date};
use crate::limits;
use crate::money::Currency;

/// History shorter than this is flagged: it holds two monthly payments and no more, which is too
/// little to see a schedule. A judgement.
const SHORT_HISTORY_DAYS: i64 = 60;

/// A balance that the bank computed longer before the fetch is stale: banks that are asked answer
/// within minutes, and those that compute it at night within a day.
const STALE_BALANCE_HOURS: i64 = 24;

/// A row as a source delivered it, and when the source last changed it, where it says.
pub type Delivered = (Transaction, Option<DateTime<Utc>>);

/// What a source delivered for one account, in any order and with repeats.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The account.
    pub account: Account,
    /// Its balance.
    pub balance: Part<Balance>,
    /// Its owners.
    pub owners: Part<Vec<Owner>>,
    /// Its transactions.
    pub transactions: Part<Vec<Delivered>>,
    /// What the source itself found doubtful: failed or unsettled refreshes, unknown values.
    pub flags: BTreeSet<QualityFlag>,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
    /// When the bank last delivered each part.
    pub refreshed: Refreshed,
    /// Up to where the transactions are whole.
    pub transaction_refresh: Option<Synced>,
    /// The balance as it was before, where it was seen.
    pub earlier_balance: Option<Balance>,
}

/// Freezes what was fetched. `zone` is where the days of coverage are read.
pub fn freeze(fetched: Fetched, zone: Zone) -> Snapshot {
    let mut flags = fetched.flags;
    let mut account = fetched.account;
    cut_account(&mut account);
    flag_account(&account, &mut flags);
    let names = [&account.last4, &account.display_name]
        .into_iter()
        .flatten();
    if names
        .chain([&account.institution])
        .any(|text| is_damaged(text))
    {
        flags.insert(QualityFlag::DamagedAccountText);
    }
    // The stored form counts whole seconds.
    let fetched_at = fetched.fetched_at.trunc_subsecs(0);
    let balance = map_part(fetched.balance, |balance| {
        settle_balance(balance, &mut flags)
    });
    if let Part::Known(balance) = &balance
        && fetched_at.signed_duration_since(balance.as_of) > Duration::hours(STALE_BALANCE_HOURS)
    {
        flags.insert(QualityFlag::StaleBalance);
    }
    let owners = map_part(fetched.owners, |owners| settle_owners(owners, &mut flags));
    let earlier_balance = fetched
        .earlier_balance
        .map(|balance| settle_balance(balance, &mut flags));
    let transactions = map_part(fetched.transactions, |rows| {
        Transactions::from(newest_versions(rows, &mut flags))
    });
    let coverage = transactions
        .known()
        .ok()
        .and_then(|rows| cover(rows, fetched_at, zone));
    if let Part::Known(rows) = &transactions {
        if coverage.is_none_or(|coverage| coverage.days() < SHORT_HISTORY_DAYS) {
            flags.insert(QualityFlag::ShortHistory);
        }
        sign::flag(rows, &balance, earlier_balance.as_ref(), &mut flags);
        if rows.iter().any(|row| is_damaged(row.description)) {
            flags.insert(QualityFlag::DamagedTransactionText);
        }
        if !twins(rows, zone).is_empty() {
            flags.insert(QualityFlag::RowsTwice);
        }
        let today = day_of(fetched_at, zone);
        if rows.iter().any(|row| row.is_dated_wrongly(today, zone)) {
            flags.insert(QualityFlag::ImplausibleDate);
        }
    }
    Snapshot {
        account,
        balance,
        owners,
        transactions,
        coverage,
        flags,
        fetched_at,
        refreshed: fetched.refreshed.trunc_subsecs(),
        transaction_refresh: fetched.transaction_refresh.map(Synced::trunc_subsecs),
        earlier_balance,
    }
}

fn map_part<T, U>(part: Part<T>, map: impl FnOnce(T) -> U) -> Part<U> {
    match part {
        Part::Known(data) => Part::Known(map(data)),
        Part::Absent(why) => Part::Absent(why),
    }
}

fn cut_account(account: &mut Account) {
    cut_text(&mut account.institution, limits::TEXT_BYTES_MAX);
    cut_option(&mut account.last4, limits::TEXT_BYTES_MAX);
    cut_option(&mut account.display_name, limits::TEXT_BYTES_MAX);
}

/// Cuts the currency maps to their limit, by the alphabet.
fn settle_balance(mut balance: Balance, flags: &mut BTreeSet<QualityFlag>) -> Balance {
    balance.as_of = balance.as_of.trunc_subsecs(0);
    let maps = [
        Some(&mut balance.current),
        balance.available.as_mut(),
        balance.used.as_mut(),
    ];
    for map in maps.into_iter().flatten() {
        while map.len() > limits::CURRENCIES_MAX {
            map.pop_last();
            flags.insert(QualityFlag::UnknownBalance);
        }
    }
    balance
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
    // An unknown permission changes nothing about the data that is here; an unknown kind does.
    if matches!(account.category, Category::Unknown(_))
        || matches!(account.subcategory, Subcategory::Unknown(_))
    {
        flags.insert(QualityFlag::UnknownValue);
    }
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
fn newest_versions(rows: Vec<Delivered>, flags: &mut BTreeSet<QualityFlag>) -> Vec<Transaction> {
    // Where nothing says when a row was changed last, that is when it was made.
    let dated = |(row, updated): Delivered| {
        let updated = updated.unwrap_or(row.transacted_at);
        (row, updated)
    };
    let mut rows: Vec<(Transaction, DateTime<Utc>)> = rows.into_iter().map(dated).collect();
    for (row, _) in &mut rows {
        row.transacted_at = row.transacted_at.trunc_subsecs(0);
        row.posted_at = row.posted_at.map(|at| at.trunc_subsecs(0));
        row.void_at = row.void_at.map(|at| at.trunc_subsecs(0));
        cut_text(&mut row.description, limits::DESCRIPTION_BYTES_MAX);
    }
    // The newest version of an id comes first, and at equal times the one further along from
    // pending to void; the rest of the content makes the order total, so that the result does
    // not depend on the order of delivery.
    rows.sort_by(|(a, a_updated), (b, b_updated)| {
        a.id.cmp(&b.id)
            .then_with(|| b_updated.cmp(a_updated))
            .then_with(|| b.status.cmp(&a.status))
            .then_with(|| content(a).cmp(&content(b)))
    });
    let mut kept: Vec<(Transaction, DateTime<Utc>)> = Vec::with_capacity(rows.len());
    for (row, updated) in rows {
        match kept.last() {
            Some((last, last_updated)) if last.id == row.id => {
                // Moving on from pending is no contradiction; another amount is, and so are two
                // contents at one time.
                let moved_on = *last_updated != updated;
                let same_money = (last.amount, last.currency) == (row.amount, row.currency);
                if !same_money || (!moved_on && *last != row) {
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
    if rows
        .iter()
        .any(|row| matches!(row.status, TransactionStatus::Unknown(_)))
    {
        flags.insert(QualityFlag::UnknownValue);
    }
    rows
}

type Content<'a> = (
    i64,
    Currency,
    &'a str,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// What can differ between two deliveries of one id in one state.
fn content(row: &Transaction) -> Content<'_> {
    (
        row.amount,
        row.currency,
        &row.description,
        row.transacted_at,
        row.posted_at,
        row.void_at,
    )
}

/// Sorts the owners and cuts their list to its limit: whoever is not among them may be an owner all
/// the same, so that is flagged.
fn settle_owners(mut owners: Vec<Owner>, flags: &mut BTreeSet<QualityFlag>) -> Vec<Owner> {
    for owner in &mut owners {
        cut_text(&mut owner.name, limits::TEXT_BYTES_MAX);
        cut_option(&mut owner.email, limits::TEXT_BYTES_MAX);
        cut_option(&mut owner.phone, limits::TEXT_BYTES_MAX);
        cut_option(&mut owner.raw_address, limits::TEXT_BYTES_MAX);
        let others = [&owner.email, &owner.phone, &owner.raw_address];
        if others
            .into_iter()
            .flatten()
            .chain([&owner.name])
            .any(|text| is_damaged(text))
        {
            flags.insert(QualityFlag::DamagedOwnerText);
        }
    }
    owners.sort();
    owners.dedup();
    if owners.len() > limits::OWNERS_MAX {
        owners.truncate(limits::OWNERS_MAX);
        flags.insert(QualityFlag::UnknownOwner);
    }
    owners
}

/// Whether a character of it was lost, here or on the way to here.
fn is_damaged(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}

fn cut_text(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
}

fn cut_option(text: &mut Option<String>, bytes_max: usize) {
    if let Some(text) = text {
        cut_text(text, bytes_max);
    }
}

/// The day of fetching: a real instant, even where it is midnight UTC.
fn day_of(fetched_at: DateTime<Utc>, zone: Zone) -> NaiveDate {
    let instant = fetched_at;
    AsOf { instant, zone }.date()
}

fn cover(rows: &Transactions, fetched_at: DateTime<Utc>, zone: Zone) -> Option<Coverage> {
    let last = day_of(fetched_at, zone);
    let first = rows
        .iter()
        .filter(|row| *row.status != TransactionStatus::Void)
        .map(|row| civil_date(row.made_at(), zone))
        .min()?;
    Some(Coverage {
        first: first.min(last),
        last,
    })
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
