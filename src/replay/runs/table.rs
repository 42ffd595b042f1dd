//! Which runs there are: whose, how many at once, and which are forgotten.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use crate::id::{ReplayId, TenantId};
use crate::limits;

/// How many runs there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Threads on which each decides.
    pub threads: NonZeroUsize,
    /// Under way at once.
    pub at_once: usize,
    /// Of those, of one tenant.
    pub at_once_of_tenant: usize,
    /// Remembered once they ended.
    pub kept: usize,
    /// Of those, of one tenant.
    pub kept_of_tenant: usize,
    /// Bytes of reports of all that ended; the newest is remembered however large it is.
    pub report_bytes: usize,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            threads: NonZeroUsize::MIN,
            at_once: limits::REPLAYS_AT_ONCE,
            at_once_of_tenant: limits::REPLAYS_AT_ONCE_OF_TENANT,
            kept: limits::REPLAYS_KEPT,
            kept_of_tenant: limits::REPLAYS_KEPT_OF_TENANT,
            report_bytes: limits::REPLAY_REPORT_BYTES_KEPT,
        }
    }
}

/// Whether a run may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Some,
    /// The tenant has as many under way as it may.
    NoneOfTenant,
    None,
}

/// Runs, each as a `T`.
#[derive(Debug)]
pub(super) struct Table<T> {
    limits: RunLimits,
    /// Oldest first: every one has a greater number than those before it.
    entries: BTreeMap<u64, Entry<T>>,
    next: u64,
}

#[derive(Debug)]
struct Entry<T> {
    id: ReplayId,
    tenant: TenantId,
    kept: T,
    /// The bytes of its report, once it ended.
    ended: Option<usize>,
}

impl<T> Table<T> {
    /// None.
    pub(super) fn new(limits: RunLimits) -> Self {
        Self {
            limits,
            entries: BTreeMap::new(),
            next: 0,
        }
    }

    /// Whether a run of a tenant may begin.
    pub(super) fn room(&self, tenant: &TenantId) -> Room {
        let running = || self.entries.values().filter(|entry| entry.ended.is_none());
        let own = running().filter(|entry| entry.tenant == *tenant).count();
        if own >= self.limits.at_once_of_tenant {
            Room::NoneOfTenant
        } else if running().count() >= self.limits.at_once {
            Room::None
        } else {
            Room::Some
        }
    }

    /// Adds a run that begins.
    pub(super) fn begin(&mut self, tenant: TenantId, id: ReplayId, kept: T) {
        let entry = Entry {
            id,
            tenant,
            kept,
            ended: None,
        };
        self.entries.insert(self.next, entry);
        self.next = self.next.saturating_add(1);
    }

    /// A run does not begin after all: as if there had been none.
    pub(super) fn give_up(&mut self, id: &ReplayId) {
        self.entries.retain(|_, entry| entry.id != *id);
    }

    /// A run of a tenant; nothing of any other is found.
    pub(super) fn get(&self, tenant: &TenantId, id: &ReplayId) -> Option<&T> {
        let mut entries = self.entries.values();
        let found = entries.find(|entry| entry.id == *id && entry.tenant == *tenant);
        found.map(|entry| &entry.kept)
    }

    /// The runs of a tenant, newest first.
    pub(super) fn of(&self, tenant: &TenantId) -> impl Iterator<Item = &T> {
        let own = self.entries.values().rev();
        let own = own.filter(move |entry| entry.tenant == *tenant);
        own.map(|entry| &entry.kept)
    }

    /// A run ended, with a report of so many bytes. Of those that ended the first to begin are forgotten, where
    /// there are too many.
    pub(super) fn end(&mut self, id: &ReplayId, bytes: usize) {
        let mut entries = self.entries.iter_mut();
        let Some((&number, entry)) = entries.find(|(_, entry)| entry.id == *id) else {
            return;
        };
        entry.ended = Some(bytes);
        let tenant = entry.tenant.clone();
        while let Some(oldest) = self.too_many(&tenant, number) {
            self.entries.remove(&oldest);
        }
    }

    /// The oldest run that is to be forgotten, but for the newest that ended.
    fn too_many(&self, tenant: &TenantId, newest: u64) -> Option<u64> {
        let limits = &self.limits;
        let ended = || {
            let all = self.entries.iter();
            all.filter_map(|(number, entry)| Some((*number, &entry.tenant, entry.ended?)))
        };
        let own = || ended().filter(|(_, of, _)| *of == tenant);
        let bytes = ended().fold(0_usize, |sum, (_, _, bytes)| sum.saturating_add(bytes));
        let oldest = if own().count() > limits.kept_of_tenant {
            own().find(|(number, ..)| *number != newest)
        } else if ended().count() > limits.kept || bytes > limits.report_bytes {
            ended().find(|(number, ..)| *number != newest)
        } else {
            None
        };
        oldest.map(|(number, ..)| number)
    }
}
