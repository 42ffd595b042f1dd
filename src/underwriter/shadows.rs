//! What waits for shadows to decide beside it, and which shadows there are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::application::ApplicationWithAccounts;
use crate::decision::DecisionBody;
use crate::id::{DecisionId, RuleSetName, TenantId};
use crate::ledger::Shadowing;
use crate::limits;
use crate::snapshot::Frozen;

/// A decision beside which a shadow is to decide.
pub(super) struct Job {
    pub(super) tenant: TenantId,
    pub(super) decision: DecisionId,
    pub(super) name: RuleSetName,
    pub(super) body: Arc<DecisionBody>,
    pub(super) application: ApplicationWithAccounts,
    pub(super) frozen: Vec<Arc<Frozen>>,
}

/// What decides beside the names of a tenant.
pub(super) type OfTenant = Arc<BTreeMap<RuleSetName, Shadowing>>;

/// What waits for shadows, and which there are.
pub(super) struct Shadows {
    queue: Queue<Job>,
    /// As the ledger says, of the tenants that were asked for. Only this process changes it.
    known: Mutex<BTreeMap<TenantId, OfTenant>>,
}

impl Shadows {
    /// With the other end of its queue, for whoever decides.
    pub(super) fn new() -> (Self, mpsc::Receiver<Job>) {
        let (queue, jobs) = Queue::new();
        let shadows = Self {
            queue,
            known: Mutex::default(),
        };
        (shadows, jobs)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<TenantId, OfTenant>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is known that none decides beside a name.
    pub(super) fn is_none_beside(&self, tenant: &TenantId, name: &RuleSetName) -> bool {
        let known = self.known();
        known.get(tenant).is_some_and(|all| !all.contains_key(name))
    }

    /// What is known to decide beside the names of a tenant.
    pub(super) fn find(&self, tenant: &TenantId) -> Option<OfTenant> {
        self.known().get(tenant).cloned()
    }

    /// Remembers what decides beside the names of a tenant.
    pub(super) fn remember(&self, tenant: &TenantId, all: OfTenant) {
        self.known().insert(tenant.clone(), all);
    }

    /// Forgets what decides beside the names of a tenant: something was said of it.
    pub(super) fn forget(&self, tenant: &TenantId) {
        self.known().remove(tenant);
    }

    /// Takes a decision, or leaves it out.
    pub(super) fn offer(&self, job: Job) {
        self.queue.offer(job);
    }
}

/// What waits, as far as there is room.
struct Queue<T> {
    sender: mpsc::Sender<T>,
    /// Whether the last one found none.
    is_behind: AtomicBool,
}

impl<T> Queue<T> {
    fn new() -> (Self, mpsc::Receiver<T>) {
        let (sender, jobs) = mpsc::channel(limits::SHADOW_QUEUE_MAX);
        let queue = Self {
            sender,
            is_behind: AtomicBool::new(false),
        };
        (queue, jobs)
    }

    fn offer(&self, job: T) {
        let is_full = self.sender.try_send(job).is_err();
        let was_full = self.is_behind.swap(is_full, Ordering::Relaxed);
        if is_full && !was_full {
            tracing::warn!("shadows cannot keep up: decisions are left out of the comparison");
        }
    }
}

/// Takes what is to be done next, once something is: more come meanwhile, and share a commit. `false` at
/// the end.
pub(super) async fn gather<T>(jobs: &mut mpsc::Receiver<T>, batch: &mut Vec<T>) -> bool {
    let Some(first) = jobs.recv().await else {
        return false;
    };
    batch.push(first);
    tokio::time::sleep(limits::SHADOW_PAUSE).await;
    while batch.len() < limits::SHADOW_BATCH_MAX
        && let Ok(job) = jobs.try_recv()
    {
        batch.push(job);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_queue_and_its_batches_are_limited_below_at_and_above() {
        let (queue, mut jobs) = Queue::new();
        let (room, most) = (limits::SHADOW_QUEUE_MAX, limits::SHADOW_BATCH_MAX);
        for number in 0..=room {
            queue.offer(number);
            assert_eq!(queue.is_behind.load(Ordering::Relaxed), number == room);
        }
        let mut sizes = Vec::new();
        let mut all = Vec::new();
        let began = crate::clock::Stopwatch::start();
        drop(queue);
        let mut batch = Vec::new();
        while gather(&mut jobs, &mut batch).await {
            sizes.push(batch.len());
            all.append(&mut batch);
        }
        assert!(began.elapsed() >= limits::SHADOW_PAUSE);
        // What found no room is left out, and nothing else is.
        assert_eq!(all, Vec::from_iter(0..room));
        let full = room / most;
        assert_eq!(sizes.iter().filter(|size| **size == most).count(), full);
    }
}
