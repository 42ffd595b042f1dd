//! What was said of each row, and which of it was known at a moment.

use chrono::{DateTime, Utc};

use super::doubts::Doubts;
use super::knowledge::{Knowledge, is_after};
use crate::calendar::AsOf;
use crate::snapshot::{Delivered, Transaction, TransactionStatus};

/// The versions of every row.
///
/// INVARIANT: sorted by the id of the row, and those of one by when they were said: what has no time
/// first.
pub(super) struct Versions(Vec<Delivered>);

impl Versions {
    pub(super) fn of(mut rows: Vec<Delivered>) -> Self {
        rows.sort_by(|(a, a_updated), (b, b_updated)| {
            a.id.cmp(&b.id).then_with(|| a_updated.cmp(b_updated))
        });
        Self(rows)
    }

    /// The versions of each row, at least one.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Delivered]> {
        self.0.chunk_by(|(a, _), (b, _)| a.id == b.id)
    }

    /// The rows as they stood. Two that were said at one time, or of which nothing says when, both stand:
    /// which of them holds is for whoever freezes them, as in any delivery.
    pub(super) fn at(
        &self,
        (at, knowledge): (AsOf, Knowledge),
        doubts: &mut Doubts,
    ) -> Vec<Delivered> {
        let mut stood = Vec::with_capacity(self.0.len());
        for versions in self.rows() {
            let newest = newest_known(versions, at);
            if newest.is_some() {
                let known = versions.iter().filter(|(_, updated)| *updated == newest);
                stood.extend(known.cloned());
                continue;
            }
            // By its dates it was made since: there is nothing to doubt.
            let first = said_first(versions);
            let mut made = first.iter().filter(|(row, _)| was_made(row, at)).peekable();
            let Some((_, updated)) = made.peek() else {
                continue;
            };
            if updated.is_some() && knowledge == Knowledge::Proven {
                doubts.rows_left_out = doubts.rows_left_out.saturating_add(1);
            } else {
                doubts.rows_assumed = doubts.rows_assumed.saturating_add(1);
                stood.extend(made.map(|(row, _)| (undone(row.clone(), at), None)));
            }
        }
        stood
    }
}

/// The versions that were said first, or of which nothing says when: several where the time is the same.
pub(super) fn said_first(versions: &[Delivered]) -> &[Delivered] {
    let mut times = versions.chunk_by(|(_, a), (_, b)| a == b);
    times.next().unwrap_or_default()
}

/// Those that were said last.
pub(super) fn said_last(versions: &[Delivered]) -> &[Delivered] {
    let times = versions.chunk_by(|(_, a), (_, b)| a == b);
    times.last().unwrap_or_default()
}

/// When the newest version that was known at a moment was said; `None` where none was.
pub(super) fn newest_known(versions: &[Delivered], at: AsOf) -> Option<DateTime<Utc>> {
    let said = versions.iter().filter_map(|(_, updated)| *updated);
    said.filter(|updated| !is_after(*updated, at)).max()
}

/// Whether it had happened by its own dates.
fn was_made(row: &Transaction, at: AsOf) -> bool {
    let since = |time| is_after(time, at);
    !since(row.transacted_at) || row.posted_at.is_some_and(|posted| !since(posted))
}

/// The row without what happened to it since.
fn undone(mut row: Transaction, at: AsOf) -> Transaction {
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
