//! Bank data as it stood at an earlier moment, as far as what is at hand now can tell.
//!
//! Two times are kept apart. *Event time* is when something happened: a row was made, posted, vanished;
//! a bank computed a balance. *Knowledge time* is when that could be known: when the source last changed
//! what it says of a row (`updated`), when it last had a balance or the owners from the bank (a refresh).
//! A row that came late, was corrected or vanished has an early event and a late knowledge: whoever goes
//! by events alone decides on what nobody knew then.

mod balance;
mod doubts;
mod knowledge;
mod rows;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveTime, Utc};

use crate::analysis::AmountSign;
use crate::calendar::{AsOf, Zone, end_of_day};
use crate::snapshot::{Absence, Category, Fetched, Part, QualityFlag, Refreshed, Status};

pub use doubts::Doubts;
pub use knowledge::Knowledge;

use knowledge::is_after;
use rows::Versions;

/// An account as it stood, and what is doubtful about that.
#[derive(Debug, Clone)]
pub struct Rewound {
    /// The account.
    pub fetched: Fetched,
    /// What is doubtful.
    pub doubts: Doubts,
}

/// Accounts as they stood at `at`, each once: where one is there several times, as it was told of at
/// several times, the newest account and balance that were known by then count, else the oldest.
///
/// Of each row the newest version known by then counts, as it is. Where none was known the row is left
/// out; where that is only assumed, or nothing says when it was changed, what posted or vanished since is
/// pending, and what was made since is not there. A balance known by then stays; a later one of a cash
/// account is taken back over what posted since, where nothing else can have moved it. Refreshes since
/// are none. Owners and account are those at hand. What cannot be told is absent. Of what could not be
/// read, what was not known by then is not flagged, unless knowledge is assumed.
pub fn rewind(
    accounts: Vec<Fetched>,
    at: AsOf,
    sign: AmountSign,
    knowledge: Knowledge,
) -> Vec<Rewound> {
    let accounts = of_then(accounts, at).into_iter();
    accounts
        .map(|account| as_it_stood(account, at, sign, knowledge))
        .collect()
}

/// Each account once, in the order in which they first come.
fn of_then(accounts: Vec<Fetched>, at: AsOf) -> Vec<Fetched> {
    let mut chosen: Vec<Fetched> = Vec::with_capacity(accounts.len());
    for account in accounts {
        let mut others = chosen.iter_mut();
        match others.find(|other| other.account.id == account.account.id) {
            None => chosen.push(account),
            Some(other) => {
                let (before, this) = (told_at(other), told_at(&account));
                let was_known =
                    |told: Option<DateTime<Utc>>| told.is_none_or(|told| !is_after(told, at));
                let is_better = match (was_known(before), was_known(this)) {
                    (true, true) => this > before,
                    (false, false) => this < before,
                    (before_known, _) => !before_known,
                };
                if is_better {
                    *other = account;
                }
            }
        }
    }
    chosen
}

/// When the account was told of as it is, as far as it shows that.
fn told_at(account: &Fetched) -> Option<DateTime<Utc>> {
    let balance = account.balance.known().ok().map(|balance| balance.as_of);
    let refreshed = account.refreshed;
    [balance, refreshed.balances, refreshed.ownership]
        .into_iter()
        .max()?
}

fn as_it_stood(fetched: Fetched, at: AsOf, sign: AmountSign, knowledge: Knowledge) -> Rewound {
    let by_then = |time: &DateTime<Utc>| !is_after(*time, at);
    let refreshed = Refreshed {
        balances: fetched.refreshed.balances.filter(by_then),
        ownership: fetched.refreshed.ownership.filter(by_then),
        transactions: fetched.refreshed.transactions.filter(by_then),
    };
    let mut doubts = Doubts {
        owners_of_later: fetched.owners.known().is_ok() && refreshed.ownership.is_none(),
        link_ended: fetched.account.status != Status::Active,
        ..Doubts::default()
    };
    let transactions = map(fetched.transactions, Versions::of);
    let mut balance_as_given = refreshed.balances.is_some();
    let balance = match fetched.balance {
        Part::Absent(why) => Part::Absent(why),
        Part::Known(balance) => {
            let known_at = fetched.refreshed.balances;
            let rows = transactions.known().ok();
            let stood = if is_after(balance.as_of, at) {
                doubts.balance_taken_back = true;
                balance_as_given = false;
                // On cards and loans nothing is sure of the signs.
                rows.filter(|_| fetched.account.category == Category::Cash)
                    .and_then(|rows| balance::taken_back(&balance, rows, (at, knowledge), sign))
            } else {
                let was_later = known_at.is_some_and(|known| is_after(known, at));
                let told_later = was_later && knowledge == Knowledge::Proven;
                doubts.balance_assumed = known_at.is_none() || (was_later && !told_later);
                balance_as_given = !told_later;
                (!told_later).then_some(balance)
            };
            doubts.balance_untold = stood.is_none();
            stood.map_or(Part::Absent(Absence::NotOffered), Part::Known)
        }
    };
    let transactions = map(transactions, |rows| rows.at((at, knowledge), &mut doubts));
    let mut flags = fetched.flags;
    if knowledge == Knowledge::Proven {
        let later = [
            // A row that cannot be read has no time of knowledge.
            (QualityFlag::UnknownValue, true),
            (QualityFlag::UnknownBalance, !balance_as_given),
            (QualityFlag::UnknownOwner, refreshed.ownership.is_none()),
        ];
        for (flag, _) in later.iter().filter(|(_, is_later)| *is_later) {
            doubts.flags_of_later |= flags.remove(flag);
        }
    }
    let earlier_balance = fetched.earlier_balance;
    let fetched = Fetched {
        flags,
        balance,
        transactions,
        refreshed,
        fetched_at: at.instant,
        transaction_refresh: None,
        earlier_balance: earlier_balance.filter(|earlier| by_then(&earlier.as_of)),
        ..fetched
    };
    Rewound { fetched, doubts }
}

fn map<T, U>(part: Part<T>, map: impl FnOnce(T) -> U) -> Part<U> {
    match part {
        Part::Known(data) => Part::Known(map(data)),
        Part::Absent(why) => Part::Absent(why),
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
