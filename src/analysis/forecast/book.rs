//! What a forecast looks back on: the accounts' rows of the last half year, and what is already
//! known to come.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::analysis::account::DailyBalances;
use crate::analysis::entry::{Entry, Exclusion};

/// Days that are looked back on: half a year has six of most bills, and is still about now. A
/// judgement.
const HISTORY_DAYS: u64 = 182;
/// A pending row that was made longer ago than this, in days, will not post any more: holds are
/// released after a week.
const PENDING_DAYS_MAX: i64 = 7;
/// The two rows of a transfer are so many days apart at most.
const TRANSFER_DAYS_MAX: i64 = 5;

/// The rows of one account, or of several taken as one.
pub(super) struct Book<'a> {
    /// Rows that posted within the history, in the order of [`super::super::Analysis::entries`].
    pub(super) entries: Vec<&'a Entry>,
    /// What is known to come: the day, counted from the last of the history, and minor units.
    pub(super) coming: Vec<(i64, i64)>,
    /// The first day of the history.
    pub(super) first: NaiveDate,
    /// The last day whose balance is known.
    pub(super) last: NaiveDate,
    /// The balance at its end, in minor units.
    pub(super) level: i64,
}

impl<'a> Book<'a> {
    /// The book of accounts with these balances; `None` where there is no day.
    pub(super) fn new(
        parts: &[&'a [Entry]],
        daily: &DailyBalances,
        today: NaiveDate,
    ) -> Option<Self> {
        let last = daily.last();
        let earliest = last.checked_sub_days(Days::new(HISTORY_DAYS - 1))?;
        let first = daily.first.max(earliest);
        let level = narrow(*daily.values.last()?);
        let (mut entries, mut coming) = (Vec::new(), Vec::new());
        for entry in parts.iter().flat_map(|part| part.iter()) {
            if entry.is_in_balance() {
                if entry.posted > last {
                    let ahead = entry.posted.signed_duration_since(last).num_days();
                    coming.push((ahead, entry.amount));
                } else if entry.posted >= first {
                    entries.push(entry);
                }
            } else if entry.excluded == Some(Exclusion::Pending)
                && today.signed_duration_since(entry.made).num_days() <= PENDING_DAYS_MAX
            {
                coming.push((1, entry.amount));
            }
        }
        if parts.len() > 1 {
            drop_inner_transfers(&mut entries);
        }
        Some(Self {
            entries,
            coming,
            first,
            last,
            level,
        })
    }

    /// Days from the last day of the history to `date`: not positive for a day of it.
    pub(super) fn day(&self, date: NaiveDate) -> i64 {
        date.signed_duration_since(self.last).num_days()
    }

    /// What was left each day of the history, but the first, after its debits and before its
    /// credits.
    pub(super) fn before_credits(&self, daily: &DailyBalances) -> Vec<i64> {
        let mut debits = vec![0_i128; self.days()];
        for entry in self.entries.iter().filter(|entry| entry.amount < 0) {
            let at = entry.posted.signed_duration_since(self.first).num_days();
            if let Some(sum) = usize::try_from(at).ok().and_then(|at| debits.get_mut(at)) {
                *sum += i128::from(entry.amount);
            }
        }
        let before = daily.tail(self.days()).unwrap_or_default().0;
        let left = before.iter().zip(debits.iter().skip(1));
        left.map(|(level, debits)| narrow(level + debits)).collect()
    }

    /// How many days the history has.
    pub(super) fn days(&self) -> usize {
        let days = self.last.signed_duration_since(self.first).num_days();
        usize::try_from(days).unwrap_or(0).saturating_add(1)
    }
}

/// Debits looked at for one credit of the amount: bounds the work on many equal ones.
const CANDIDATES_MAX: usize = 32;

/// Takes out both rows of transfers between accounts of the book: their sum does not move.
fn drop_inner_transfers(entries: &mut Vec<&Entry>) {
    let mirrored = |entry: &Entry| entry.excluded == Some(Exclusion::MirroredTransfer);
    let mut out: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if mirrored(entry) && entry.amount < 0 {
            let amount = entry.amount.unsigned_abs();
            out.entry(amount).or_default().push(at);
        }
    }
    let mut inner = vec![false; entries.len()];
    for (at, entry) in entries.iter().enumerate() {
        if !mirrored(entry) || entry.amount <= 0 {
            continue;
        }
        let Some(debits) = out.get_mut(&entry.amount.unsigned_abs()) else {
            continue;
        };
        let pair = debits.iter().take(CANDIDATES_MAX).position(|debit| {
            entries.get(*debit).is_some_and(|debit| {
                let apart = debit.posted.signed_duration_since(entry.posted).num_days();
                debit.snapshot != entry.snapshot && apart.abs() <= TRANSFER_DAYS_MAX
            })
        });
        if let Some(pair) = pair {
            for place in [at, debits.remove(pair)] {
                if let Some(inner) = inner.get_mut(place) {
                    *inner = true;
                }
            }
        }
    }
    let mut inner = inner.into_iter();
    entries.retain(|_| inner.next() != Some(true));
}

/// An amount of 128 bits in 64; what is larger than all money there is becomes the largest.
pub(super) fn narrow(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX })
}
