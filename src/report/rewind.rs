//! Bank data as it stood at an earlier moment, as far as what is known now can tell.

use chrono::{DateTime, NaiveTime, Utc};

use crate::analysis::AmountSign;
use crate::calendar::{AsOf, Zone, civil_date, end_of_day};
use crate::snapshot::{Absence, Balance, Category, Fetched, Part, Transaction, TransactionStatus};

/// An account as it stood at `at`: rows made since are gone, what posted or vanished since is
/// pending, and the balance is taken back over what posted since. Owners are those of today, since
/// no bank tells those of then. What is known of no later moment than `at` stays as it is.
pub fn rewind(fetched: Fetched, at: AsOf, sign: AmountSign) -> Fetched {
    let balance = match &fetched.balance {
        Part::Known(balance) if balance.as_of > at.instant => {
            taken_back(balance, &fetched, at, sign)
                .map_or(Part::Absent(Absence::NotOffered), Part::Known)
        }
        Part::Known(_) | Part::Absent(_) => fetched.balance.clone(),
    };
    let transactions = match fetched.transactions {
        Part::Absent(why) => Part::Absent(why),
        Part::Known(rows) => {
            let rows = rows.into_iter().filter_map(|(row, updated)| {
                let made = is_after(row.transacted_at, at);
                let posted = row.posted_at.is_none_or(|posted| is_after(posted, at));
                (!(made && posted)).then(|| (row_at(row, at), updated.min(at.instant)))
            });
            Part::Known(rows.collect())
        }
    };
    let before = |time: DateTime<Utc>| time.min(at.instant);
    let mut refreshed = fetched.refreshed;
    refreshed.balances = refreshed.balances.map(before);
    refreshed.ownership = refreshed.ownership.map(before);
    refreshed.transactions = refreshed.transactions.map(before);
    Fetched {
        balance,
        transactions,
        refreshed,
        fetched_at: at.instant,
        transaction_refresh: None,
        earlier_balance: fetched
            .earlier_balance
            .filter(|earlier| earlier.as_of <= at.instant),
        ..fetched
    }
}

/// The latest moment that stored accounts tell of: the age of their balances, when they were refreshed,
/// their newest rows. A row of which but the day is known counts to that day's end.
pub fn latest_moment(accounts: &[Fetched], zone: Zone) -> Option<DateTime<Utc>> {
    let ends = |instant: DateTime<Utc>| {
        if instant.time() == NaiveTime::MIN {
            end_of_day(instant.date_naive(), zone)
        } else {
            instant
        }
    };
    let moments = accounts.iter().flat_map(|account| {
        let balance = account.balance.known().ok().map(|balance| balance.as_of);
        let refreshed = account.refreshed;
        let rows = account.transactions.known().into_iter().flatten();
        let rows = rows.flat_map(|(row, _)| [Some(row.transacted_at), row.posted_at]);
        let kept = [
            refreshed.balances,
            refreshed.ownership,
            refreshed.transactions,
            balance,
        ];
        rows.chain(kept).flatten().map(ends)
    });
    moments.max()
}

/// Whether an instant in bank data is later than a moment: by the day where it is but a date.
fn is_after(instant: DateTime<Utc>, moment: AsOf) -> bool {
    let (day, today) = (civil_date(instant, moment.zone), moment.date());
    day > today || (day == today && instant.time() != NaiveTime::MIN && instant > moment.instant)
}

fn row_at(mut row: Transaction, at: AsOf) -> Transaction {
    let unposted = row.posted_at.is_some_and(|posted| is_after(posted, at));
    let unvoided = row.void_at.is_some_and(|void| is_after(void, at));
    if unposted {
        row.posted_at = None;
    }
    if unvoided {
        row.void_at = None;
    }
    if unvoided && row.posted_at.is_some() {
        row.status = TransactionStatus::Posted;
    } else if unposted || unvoided {
        row.status = TransactionStatus::Pending;
    }
    row
}

/// The balance without what posted between `at` and the moment at which it was computed; `None`
/// where that cannot be told.
fn taken_back(balance: &Balance, of: &Fetched, at: AsOf, sign: AmountSign) -> Option<Balance> {
    // On cards and loans nothing is sure of the signs.
    if of.account.category != Category::Cash {
        return None;
    }
    let computed = AsOf {
        instant: balance.as_of,
        zone: at.zone,
    };
    let mut current = balance.current.clone();
    for (row, _) in of.transactions.known().ok()? {
        let posted = row.posted_at.unwrap_or(row.transacted_at);
        let between = is_after(posted, at) && !is_after(posted, computed);
        if row.status == TransactionStatus::Posted && between {
            let held = current.entry(row.currency).or_default();
            *held = match sign {
                AmountSign::PositiveIsCredit => held.checked_sub(row.amount)?,
                AmountSign::NegativeIsCredit => held.checked_add(row.amount)?,
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
