//! A balance taken back to an earlier moment, over what posted since.

use super::knowledge::{Knowledge, is_after};
use super::rows::{Versions, newest_known};
use crate::analysis::AmountSign;
use crate::calendar::AsOf;
use crate::money::Currency;
use crate::snapshot::{Balance, Delivered, TransactionStatus};

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
        let newest = versions.last()?;
        let by_events = (held(newest, at), held(newest, computed));
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

/// What a row was to the balance of a moment by what was known then; `None` where that cannot be told.
fn known(versions: &[Delivered], at: AsOf) -> Option<Held> {
    let newest = newest_known(versions, at);
    if newest.is_some() {
        let mut said = versions.iter().filter(|(_, updated)| *updated == newest);
        let first = held(said.next()?, at);
        return said.all(|other| held(other, at) == first).then_some(first);
    }
    let first @ (row, updated) = versions.first()?;
    let by_events = held(first, at);
    // What was told of it first was told since: that it was no part of the balance has to show.
    let was_no_part = match row.status {
        TransactionStatus::Posted => by_events.is_none(),
        TransactionStatus::Pending => true,
        TransactionStatus::Void | TransactionStatus::Unknown(_) => is_after(row.transacted_at, at),
    };
    (updated.is_none() || was_no_part).then_some(by_events)
}
