//! Snapshots that were read lately, decoded: whoever asks for one again need not go to the disk.
//!
//! It never knows more than the store: what is put or removed there is forgotten here, and read
//! again when it is asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::limits;
use crate::snapshot::Frozen;

/// What an account counts for besides its rows.
const ACCOUNT_ROWS: usize = 20;

pub(super) struct Recent(Mutex<Held>);

#[derive(Default)]
struct Held {
    by_key: BTreeMap<Vec<u8>, Entry>,
    /// The keys in the order in which they were last used.
    by_use: BTreeMap<u64, Vec<u8>>,
    /// Of the last use.
    uses: u64,
    rows: usize,
    rows_max: usize,
    /// How often something was forgotten because the store changed.
    changes: u64,
}

struct Entry {
    snapshot: Arc<Frozen>,
    rows: usize,
    used: u64,
}

/// What the store may have changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changes(u64);

impl Recent {
    pub(super) fn new() -> Self {
        Self::with_rows(limits::CACHE_RECENT_ROWS_MAX)
    }

    fn with_rows(rows_max: usize) -> Self {
        Self(Mutex::new(Held {
            rows_max,
            ..Held::default()
        }))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be asked for before the store is read.
    pub(super) fn changes(&self) -> Changes {
        Changes(self.held().changes)
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<Arc<Frozen>> {
        self.held().touch(key)
    }

    /// Keeps what was read of the store, unless that has changed since. The least recently used
    /// are dropped over the limit.
    pub(super) fn keep(&self, key: Vec<u8>, snapshot: &Arc<Frozen>, since: Changes) {
        let mut held = self.held();
        if Changes(held.changes) == since {
            held.insert(key, Arc::clone(snapshot));
        }
    }

    /// Forgets an account: its entry in the store has changed.
    pub(super) fn forget(&self, key: &[u8]) {
        let mut held = self.held();
        held.changes = held.changes.wrapping_add(1);
        held.remove(key);
    }

    /// Forgets what was fetched at `until` or before.
    pub(super) fn forget_until(&self, until: DateTime<Utc>) {
        let mut held = self.held();
        held.changes = held.changes.wrapping_add(1);
        let old = held.by_key.iter();
        let old = old.filter(|(_, entry)| entry.snapshot.snapshot().fetched_at <= until);
        let old: Vec<Vec<u8>> = old.map(|(key, _)| key.clone()).collect();
        for key in old {
            held.remove(&key);
        }
    }
}

impl Held {
    fn touch(&mut self, key: &[u8]) -> Option<Arc<Frozen>> {
        let entry = self.by_key.get_mut(key)?;
        self.uses = self.uses.saturating_add(1);
        if let Some(key) = self.by_use.remove(&entry.used) {
            self.by_use.insert(self.uses, key);
        }
        entry.used = self.uses;
        Some(Arc::clone(&entry.snapshot))
    }

    fn insert(&mut self, key: Vec<u8>, snapshot: Arc<Frozen>) {
        self.remove(&key);
        let rows = snapshot.snapshot().row_count();
        let rows = rows.saturating_add(ACCOUNT_ROWS);
        self.uses = self.uses.saturating_add(1);
        self.by_use.insert(self.uses, key.clone());
        let entry = Entry {
            snapshot,
            rows,
            used: self.uses,
        };
        self.by_key.insert(key, entry);
        self.rows = self.rows.saturating_add(rows);
        while self.rows > self.rows_max
            && let Some((_, key)) = self.by_use.pop_first()
        {
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &[u8]) {
        if let Some(entry) = self.by_key.remove(key) {
            self.by_use.remove(&entry.used);
            self.rows = self.rows.saturating_sub(entry.rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tests::{NOW, at, snapshot};

    fn key(number: usize) -> Vec<u8> {
        number.to_le_bytes().to_vec()
    }

    fn kept(recent: &Recent, number: usize) -> bool {
        recent.get(&key(number)).is_some()
    }

    fn keep(recent: &Recent, number: usize) {
        let read = Arc::new(snapshot(number, NOW));
        recent.keep(key(number), &read, recent.changes());
    }

    #[test]
    fn the_memory_is_limited_below_at_and_above() {
        let rows = |recent: &Recent| recent.held().rows;
        assert_eq!(Recent::new().held().rows_max, limits::CACHE_RECENT_ROWS_MAX);
        let recent = Recent::with_rows(3 * ACCOUNT_ROWS);
        for number in 1..=3 {
            keep(&recent, number);
            assert_eq!(rows(&recent), number * ACCOUNT_ROWS);
        }
        assert!(kept(&recent, 1), "and used last");
        keep(&recent, 4);
        assert_eq!(rows(&recent), 3 * ACCOUNT_ROWS);
        let all = (1..=4).map(|number| kept(&recent, number));
        assert_eq!(all.collect::<Vec<_>>(), [true, false, true, true]);
        let recent = Recent::with_rows(ACCOUNT_ROWS - 1);
        keep(&recent, 1);
        assert!(!kept(&recent, 1));
        let held = recent.held();
        assert_eq!((held.rows, held.by_use.len()), (0, 0));
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let recent = Recent::new();
        let (before, read) = (recent.changes(), Arc::new(snapshot(1, NOW)));
        recent.forget(&key(1));
        recent.keep(key(1), &read, before);
        assert!(!kept(&recent, 1));
        recent.keep(key(1), &read, recent.changes());
        assert!(kept(&recent, 1));
        recent.forget(&key(2));
        assert!(kept(&recent, 1));
        recent.forget(&key(1));
        assert!(!kept(&recent, 1));
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let recent = Recent::new();
        for (number, age) in [(1, 1), (2, 0), (3, -1)] {
            let read = Arc::new(snapshot(number, NOW - age));
            recent.keep(key(number), &read, recent.changes());
        }
        recent.forget_until(at(NOW));
        let all = (1..=3).map(|number| kept(&recent, number));
        assert_eq!(all.collect::<Vec<_>>(), [false, false, true]);
    }
}
