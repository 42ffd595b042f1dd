//! A balance taken back to an earlier moment, over what posted since.

use super::knowledge::{Knowledge, is_after};
use super::rows::{Versions, newest_known, said_first, said_last};
use crate::analysis::AmountSign;
use crate::calendar::AsOf;
use crate::money::Currency;
use crate::snapshot::{Balance, Delivered, Transaction, TransactionStatus};

/// What a row is to a balance: an amount in it, or nothing.
type Held = Option<(Currency, i64)>;

/// The balance without what posted between `at` and the moment at which it was computed; `None` where
/// that cannot be told.
///
/// What posted is told in two ways: by when rows posted, and by when that was known. A row that was
/// corrected, or that came late with an early date, moves the two apart, and then nobody can tell what
/// the bank would have stated: its books may have had the row or not.
pub(super) fn taken_back(
    balance: &Balance,
    rows: &Versions,
    (at, knowledge): (AsOf, Knowledge),
    sign: AmountSign,
) -> Option<Balance> {
    let computed = AsOf {
        instant: balance.as_of,
        zone: at.zone,
    };
    let mut current = balance.current.clone();
    for versions in rows.rows() {
        let newest = said_last(versions);
        let by_events = (all_held(newest, at)?, all_held(newest, computed)?);
        if knowledge == Knowledge::Proven {
            let by_knowledge = (known(versions, at)?, known(versions, computed)?);
            if moved(by_knowledge) != moved(by_events) {
                return None;
            }
        }
        if let (None, Some((currency, amount))) = by_events {
            let sum = current.entry(currency).or_default();
            *sum = match sign {
                AmountSign::PositiveIsCredit => sum.checked_sub(amount)?,
                AmountSign::NegativeIsCredit => sum.checked_add(amount)?,
            };
        }
    }
    Some(Balance {
        as_of: at.instant,
        current,
        available: None,
        used: None,
    })
}

/// What moved a balance, if anything did.
fn moved((before, after): (Held, Held)) -> Option<(Held, Held)> {
    (before != after).then_some((before, after))
}

/// What a row is to the balance of a moment by its dates.
fn held((row, _): &Delivered, at: AsOf) -> Held {
    let posted = row.posted_at.unwrap_or(row.transacted_at);
    let within = row.status == TransactionStatus::Posted && !is_after(posted, at);
    within.then_some((row.currency, row.amount))
}

/// The same of versions that were said at one time; `None` where they differ.
fn all_held<'a>(versions: impl IntoIterator<Item = &'a Delivered>, at: AsOf) -> Option<Held> {
    let mut all = versions.into_iter().map(|version| held(version, at));
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

/// What a row was to the balance of a moment by what was known then; `None` where that cannot be told.
fn known(versions: &[Delivered], at: AsOf) -> Option<Held> {
    let newest = newest_known(versions, at);
    if newest.is_some() {
        let said = versions.iter().filter(|(_, updated)| *updated == newest);
        return all_held(said, at);
    }
    let first = said_first(versions);
    let by_events = all_held(first, at)?;
    // What was told of it first was told since: that it was no part of the balance has to show.
    let was_no_part = |row: &Transaction| match row.status {
        TransactionStatus::Posted => by_events.is_none(),
        TransactionStatus::Pending => true,
        TransactionStatus::Void | TransactionStatus::Unknown(_) => is_after(row.transacted_at, at),
    };
    let mut first = first.iter();
    let is_sure = first.all(|(row, updated)| updated.is_none() || was_no_part(row));
    is_sure.then_some(by_events)
}
