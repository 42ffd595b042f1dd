//! A page of a list of decisions while it is put together.

use crate::ledger::{Cursor, DamagedRecord, DecisionRecord, Page};
use crate::proto;

/// What is on a page so far.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) decisions: Vec<proto::Decision>,
    pub(super) damaged: Vec<proto::DamagedRecord>,
    pub(super) bytes: usize,
    /// Decisions that were looked at.
    pub(super) looked_at: usize,
    /// Where those that were looked at end.
    pub(super) end: Option<Cursor>,
}

impl Listed {
    pub(super) fn len(&self) -> usize {
        self.decisions.len().saturating_add(self.damaged.len())
    }
}

/// Whether a page has room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Some,
    None,
}

/// What a page of the ledger holds, in its order: decisions, and those that are damaged.
pub(super) fn in_order(page: Page) -> Vec<Result<DecisionRecord, DamagedRecord>> {
    let mut damaged = page.damaged.into_iter().peekable();
    let mut decisions = page.decisions.into_iter();
    let mut all = Vec::new();
    loop {
        let next = damaged.next_if(|one| one.place == all.len());
        match next.map(Err).or_else(|| decisions.next().map(Ok)) {
            Some(found) => all.push(found),
            None => {
                all.extend(damaged.map(Err));
                return all;
            }
        }
    }
}
