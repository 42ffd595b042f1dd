//! The last snapshot of each account, kept for a week: it answers while it is fresh enough, and
//! spares Stripe what has not changed when it is not.
//!
//! The cache holds nothing that cannot be fetched again: it may be deleted at any time, and
//! whatever is wrong with it is a miss. Its calls block for the time of a disk access; in async
//! code use `tokio::task::spawn_blocking`. [`Cache::recent`] alone does not: it answers from memory.
//!
//! It is a sled database with its known hazards fenced off: see `store`.

mod entry;
mod error;
mod recent;
mod store;
#[cfg(test)]
pub(super) mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use error::CacheError;

use crate::id::{AccountId, TenantId};
use crate::limits;
use crate::snapshot::Frozen;
use recent::Recent;
use store::Store;

/// A bounded cache of snapshots on disk, by tenant and account.
pub struct Cache {
    store: Store,
    recent: Recent,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("bypassed", &self.is_bypassed())
            .finish_non_exhaustive()
    }
}

impl Cache {
    /// Opens the cache in the directory `path`, which belongs to it alone; creates it where it is
    /// missing, and starts empty where it is damaged.
    ///
    /// # Errors
    ///
    /// Where another process has it open, or nothing can be written there.
    pub fn open(path: &Path) -> Result<Self, CacheError> {
        Self::open_with(path, limits::CACHE_ENTRIES_MAX)
    }

    fn open_with(path: &Path, entries_max: usize) -> Result<Self, CacheError> {
        let store = Store::open(path, entries_max)?;
        Ok(Self {
            store,
            recent: Recent::new(),
        })
    }

    /// The snapshot of an account, where there is one that is younger than `max_age` at `now`.
    /// Anything else is a miss: absent, too old, from the future, damaged, of another version.
    pub fn get(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        now: DateTime<Utc>,
        max_age: Duration,
    ) -> Option<Arc<Frozen>> {
        if let Some(recent) = self.recent(tenant, account, now, max_age) {
            return Some(recent);
        }
        let key = entry::key(tenant, account);
        let since = self.recent.changes();
        let value = self.store.get(&key)?;
        let (fetched_at, bytes) = entry::open(&key, &value)?;
        if !is_younger(fetched_at, now, max_age) {
            return None;
        }
        let frozen = Arc::new(Frozen::read(bytes).ok()?);
        let snapshot = frozen.snapshot();
        if snapshot.account.id != *account || snapshot.fetched_at != fetched_at {
            return None;
        }
        self.recent.keep(key, &frozen, since);
        Some(frozen)
    }

    /// The same, where it is in memory because it was read lately.
    pub fn recent(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        now: DateTime<Utc>,
        max_age: Duration,
    ) -> Option<Arc<Frozen>> {
        if self.is_bypassed() {
            return None;
        }
        let frozen = self.recent.get(&entry::key(tenant, account))?;
        is_younger(frozen.snapshot().fetched_at, now, max_age).then_some(frozen)
    }

    /// Keeps a snapshot in place of any earlier one of its account; drops the oldest ones over
    /// the limit. Tells whether it is kept: one that is too large is not, nor is any once the
    /// store has failed.
    pub fn put(&self, tenant: &TenantId, frozen: &Frozen) -> bool {
        let snapshot = frozen.snapshot();
        let key = entry::key(tenant, &snapshot.account.id);
        let sealed = entry::seal(&key, snapshot.fetched_at, &frozen.sealed().bytes);
        let kept = match sealed {
            Some(value) => self.store.put(&key, snapshot.fetched_at, &value),
            None => {
                // What was there is older than what could not be kept.
                self.store.remove(&key);
                false
            }
        };
        // INVARIANT: after the store, here and below, so that what was read of it before it changed
        // is not kept.
        self.recent.forget(&key);
        kept
    }

    /// Forgets an account.
    pub fn remove(&self, tenant: &TenantId, account: &AccountId) {
        let key = entry::key(tenant, account);
        self.store.remove(&key);
        self.recent.forget(&key);
    }

    /// Forgets every snapshot of `max_age` or more at `now`, so that bank data does not lie about
    /// longer than it is of use. Gives how many there were.
    pub fn sweep(&self, now: DateTime<Utc>, max_age: Duration) -> usize {
        let age = chrono::Duration::from_std(max_age).unwrap_or(chrono::Duration::MAX);
        let until = now
            .checked_sub_signed(age)
            .unwrap_or(DateTime::<Utc>::MIN_UTC);
        let removed = self.store.remove_until(until);
        self.recent.forget_until(until);
        removed
    }

    /// How many snapshots are kept; none once the store has failed.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the store failed while in use. From then on every `get` is a miss and every `put`
    /// keeps nothing, until the cache is opened again.
    pub fn is_bypassed(&self) -> bool {
        self.store.is_poisoned()
    }
}

fn is_younger(fetched_at: DateTime<Utc>, now: DateTime<Utc>, max_age: Duration) -> bool {
    let age = now.signed_duration_since(fetched_at).to_std();
    age.is_ok_and(|age| age < max_age)
}
