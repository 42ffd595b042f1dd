//! Which requests are being decided right now, and how each stands: one at a time for a key, and
//! not too many in all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Pending, Request, UnderwriteError};
use crate::id::{DecisionId, IdempotencyKey, TenantId};

type Key = (TenantId, IdempotencyKey);

/// How the work on a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its caller waits.
    Running,
    /// Its caller was told that it is pending.
    Pending(Pending),
    /// It ended: the ledger has the decision, or there is none.
    Over,
}

/// The requests under way.
pub(super) struct WorkTable {
    works: Mutex<Works>,
    running_max: usize,
    pending_max: usize,
}

#[derive(Default)]
struct Works {
    by_key: BTreeMap<Key, Work>,
    /// How many of them are pending, or about to be.
    pending: usize,
}

struct Work {
    request: Arc<Request>,
    stage: watch::Sender<Stage>,
    /// Whether it is counted among those that are pending.
    waits: bool,
}

/// A place among the requests under way, given back when dropped.
pub(super) struct WorkSlot {
    table: Arc<WorkTable>,
    key: Key,
}

/// What was found for a key that is taken.
pub(super) enum KeyTaken {
    /// The caller of the first call still waits.
    Running,
    /// The same request is pending.
    Pending(Pending, watch::Receiver<Stage>),
    /// The key is another request's.
    Other,
    /// There are too many requests under way.
    Full,
}

impl WorkTable {
    pub(super) fn new(running_max: usize, pending_max: usize) -> Arc<Self> {
        Arc::new(Self {
            works: Mutex::default(),
            running_max,
            pending_max,
        })
    }

    fn works(&self) -> MutexGuard<'_, Works> {
        self.works.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, unless the key has one or none is left. Pending requests wait for the banks
    /// and are counted apart.
    pub(super) fn enter(
        self: &Arc<Self>,
        request: &Arc<Request>,
    ) -> Result<(WorkSlot, watch::Receiver<Stage>), KeyTaken> {
        let key = (request.tenant.clone(), request.key.clone());
        let mut works = self.works();
        if let Some(work) = works.by_key.get(&key) {
            return Err(match &*work.stage.borrow() {
                Stage::Pending(pending) if work.request == *request => {
                    KeyTaken::Pending(pending.clone(), work.stage.subscribe())
                }
                Stage::Pending(_) => KeyTaken::Other,
                Stage::Running | Stage::Over => KeyTaken::Running,
            });
        }
        if works.by_key.len().saturating_sub(works.pending) >= self.running_max {
            return Err(KeyTaken::Full);
        }
        Ok(self.insert(&mut works, key, request, Stage::Running))
    }

    /// Takes a place for a request that was pending before a restart, however many there are.
    pub(super) fn resume(
        self: &Arc<Self>,
        request: &Arc<Request>,
        pending: Pending,
    ) -> Option<WorkSlot> {
        let key = (request.tenant.clone(), request.key.clone());
        let mut works = self.works();
        if works.by_key.contains_key(&key) {
            return None;
        }
        works.pending = works.pending.saturating_add(1);
        let stage = Stage::Pending(pending);
        Some(self.insert(&mut works, key, request, stage).0)
    }

    fn insert(
        self: &Arc<Self>,
        works: &mut Works,
        key: Key,
        request: &Arc<Request>,
        stage: Stage,
    ) -> (WorkSlot, watch::Receiver<Stage>) {
        let waits = stage != Stage::Running;
        let (stage, watched) = watch::channel(stage);
        let work = Work {
            request: Arc::clone(request),
            stage,
            waits,
        };
        works.by_key.insert(key.clone(), work);
        let place = WorkSlot {
            table: Arc::clone(self),
            key,
        };
        (place, watched)
    }

    /// How a pending decision stands, from now on.
    pub(super) fn watch(
        &self,
        tenant: &TenantId,
        decision: &DecisionId,
    ) -> Option<watch::Receiver<Stage>> {
        let works = self.works();
        let mut of_tenant = works
            .by_key
            .iter()
            .filter(|((owner, _), _)| owner == tenant);
        of_tenant.find_map(|(_, work)| {
            let stage = work.stage.borrow();
            let found = matches!(&*stage, Stage::Pending(pending) if pending.decision == *decision);
            found.then(|| work.stage.subscribe())
        })
    }
}

impl WorkSlot {
    /// Counts the request among those that are pending, unless there are too many.
    pub(super) fn wait(&self) -> Result<(), UnderwriteError> {
        let mut works = self.table.works();
        if works.pending >= self.table.pending_max {
            return Err(UnderwriteError::Overloaded);
        }
        works.pending = works.pending.saturating_add(1);
        if let Some(work) = works.by_key.get_mut(&self.key) {
            work.waits = true;
        }
        Ok(())
    }

    /// How the decision was last told to stand, where that is pending.
    pub(super) fn pending(&self) -> Option<Pending> {
        let works = self.table.works();
        let stage = works.by_key.get(&self.key)?.stage.borrow();
        match &*stage {
            Stage::Pending(pending) => Some(pending.clone()),
            Stage::Running | Stage::Over => None,
        }
    }

    /// Tells whoever watches that the decision is pending, or for whom it still waits.
    pub(super) fn tell(&self, pending: Pending) {
        if let Some(work) = self.table.works().by_key.get(&self.key) {
            work.stage.send_replace(Stage::Pending(pending));
        }
    }
}

impl Drop for WorkSlot {
    fn drop(&mut self) {
        let mut works = self.table.works();
        let Some(work) = works.by_key.remove(&self.key) else {
            return;
        };
        work.stage.send_replace(Stage::Over);
        if work.waits {
            works.pending = works.pending.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::{application, at, decision_id, tenant};
    use crate::limits;

    fn request(key: &str) -> Arc<Request> {
        Arc::new(Request {
            tenant: tenant(),
            key: IdempotencyKey::parse(key).unwrap(),
            rule_set: "rules".parse().unwrap(),
            application: application(1),
        })
    }

    fn pending(number: u32) -> Pending {
        Pending {
            decision: decision_id(number),
            since: at(0),
            until: at(60),
            waiting_for: Vec::new(),
        }
    }

    #[test]
    fn one_place_for_a_key_and_not_too_many_in_all() {
        let table = WorkTable::new(2, 1);
        let (first, _) = table.enter(&request("a")).ok().unwrap();
        assert!(matches!(table.enter(&request("a")), Err(KeyTaken::Running)));
        let (_second, _) = table.enter(&request("b")).ok().unwrap();
        assert!(matches!(table.enter(&request("c")), Err(KeyTaken::Full)));
        drop(first);
        assert!(table.enter(&request("c")).is_ok());
    }

    #[test]
    fn what_is_pending_leaves_its_place_to_others_and_is_limited_apart() {
        let max = limits::PENDING_MAX;
        let table = WorkTable::new(1, max);
        let mut places = Vec::new();
        for number in 0..max {
            let (place, _) = table.enter(&request(&format!("k{number}"))).ok().unwrap();
            assert!(place.wait().is_ok(), "{number}");
            place.tell(pending(1));
            place.tell(pending(1));
            places.push(place);
        }
        let (above, _) = table.enter(&request("above")).ok().unwrap();
        assert!(matches!(above.wait(), Err(UnderwriteError::Overloaded)));
        assert!(matches!(table.enter(&request("b")), Err(KeyTaken::Full)));
        places.pop();
        assert!(above.wait().is_ok());
        drop((above, places));
        assert_eq!(table.works().pending, 0);
    }

    #[test]
    fn a_repeat_of_what_is_pending_can_watch_it_and_another_request_cannot() {
        let table = WorkTable::new(1, 1);
        let (place, _) = table.enter(&request("a")).ok().unwrap();
        place.wait().ok().unwrap();
        assert!(table.watch(&tenant(), &decision_id(1)).is_none());
        place.tell(pending(1));
        let Err(KeyTaken::Pending(found, watched)) = table.enter(&request("a")) else {
            panic!("it is pending");
        };
        assert_eq!(found, pending(1));
        assert_eq!(*watched.borrow(), Stage::Pending(pending(1)));
        let mut other = Request::clone(&request("a"));
        other.application = application(2);
        assert!(matches!(
            table.enter(&Arc::new(other)),
            Err(KeyTaken::Other)
        ));
        assert!(table.watch(&tenant(), &decision_id(1)).is_some());
        let stranger = TenantId::parse("stranger").unwrap();
        assert!(table.watch(&stranger, &decision_id(1)).is_none());
        drop(place);
        assert_eq!(*watched.borrow(), Stage::Over);
    }

    #[test]
    fn a_restart_takes_on_whatever_was_pending() {
        let table = WorkTable::new(0, 0);
        let place = table.resume(&request("a"), pending(1));
        assert!(place.is_some());
        assert!(table.resume(&request("a"), pending(1)).is_none(), "once");
        assert!(table.watch(&tenant(), &decision_id(1)).is_some());
    }
}
