//! Which requests are being decided right now, and how each stands: one at a time for a key, and
//! not too many in all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::{Pending, Request, UnderwriteError};
use crate::admission::Caller;
use crate::id::{DecisionId, IdempotencyKey, TenantId};

type Key = (TenantId, IdempotencyKey);

/// How the work on a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its caller waits.
    Running,
    /// Its caller was told that it is pending.
    Pending(Pending),
    /// It ended: the ledger has this decision, or there is none.
    Over(Option<DecisionId>),
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
    /// The keys of those that were told to be pending.
    by_decision: BTreeMap<DecisionId, Key>,
    /// How many of them are pending, or about to be.
    pending: usize,
    /// The same of each caller that has any.
    pending_of: BTreeMap<Caller, usize>,
}

struct Work {
    request: Arc<Request>,
    stage: watch::Sender<Stage>,
    caller: Caller,
    /// Whether it is counted among those that are pending.
    waits: bool,
}

/// A place among the requests under way, given back when dropped.
pub(super) struct WorkSlot {
    table: Arc<WorkTable>,
    key: Key,
    /// The decision, once it is recorded.
    decided: OnceLock<DecisionId>,
}

/// What was found for a key that is taken.
pub(super) enum KeyTaken {
    /// The caller of the first call of the same request still waits.
    Running(watch::Receiver<Stage>),
    /// The same request is pending.
    Pending(DecisionId, watch::Receiver<Stage>),
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
        caller: Caller,
    ) -> Result<WorkSlot, KeyTaken> {
        let key = (request.tenant.clone(), request.key.clone());
        let mut works = self.works();
        if let Some(work) = works.by_key.get(&key) {
            if work.request != *request {
                return Err(KeyTaken::Other);
            }
            let watched = work.stage.subscribe();
            return Err(match &*work.stage.borrow() {
                Stage::Pending(pending) => KeyTaken::Pending(pending.decision.clone(), watched),
                Stage::Running | Stage::Over(_) => KeyTaken::Running(watched),
            });
        }
        if works.by_key.len().saturating_sub(works.pending) >= self.running_max {
            return Err(KeyTaken::Full);
        }
        Ok(self.insert(&mut works, key, request, caller, Stage::Running))
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
        // Whose it was is not recorded.
        let caller = Caller::Local;
        works.add_pending(caller.clone());
        works
            .by_decision
            .insert(pending.decision.clone(), key.clone());
        let stage = Stage::Pending(pending);
        Some(self.insert(&mut works, key, request, caller, stage))
    }

    fn insert(
        self: &Arc<Self>,
        works: &mut Works,
        key: Key,
        request: &Arc<Request>,
        caller: Caller,
        stage: Stage,
    ) -> WorkSlot {
        let waits = stage != Stage::Running;
        let work = Work {
            request: Arc::clone(request),
            stage: watch::Sender::new(stage),
            caller,
            waits,
        };
        works.by_key.insert(key.clone(), work);
        WorkSlot {
            table: Arc::clone(self),
            key,
            decided: OnceLock::new(),
        }
    }

    /// Whether a request is being decided while its caller waits.
    pub(super) fn is_running(&self, tenant: &TenantId, key: &IdempotencyKey) -> bool {
        let works = self.works();
        let work = works.by_key.get(&(tenant.clone(), key.clone()));
        work.is_some_and(|work| *work.stage.borrow() == Stage::Running)
    }

    /// How many were told to be pending, and since when the one is that was asked for first.
    pub(super) fn pending(&self) -> (usize, Option<DateTime<Utc>>) {
        let works = self.works();
        // Ids are in the order of time.
        let first = works.by_decision.first_key_value();
        let stage = first.and_then(|(_, key)| Some(works.by_key.get(key)?.stage.borrow()));
        let since = match stage.as_deref() {
            Some(Stage::Pending(pending)) => Some(pending.since),
            Some(Stage::Running | Stage::Over(_)) | None => None,
        };
        drop(stage);
        (works.by_decision.len(), since)
    }

    /// How a pending decision stands, from now on.
    pub(super) fn watch(
        &self,
        tenant: &TenantId,
        decision: &DecisionId,
    ) -> Option<watch::Receiver<Stage>> {
        let works = self.works();
        let key = works.by_decision.get(decision)?;
        let (owner, _) = key;
        let work = works.by_key.get(key).filter(|_| owner == tenant)?;
        Some(work.stage.subscribe())
    }
}

impl Works {
    fn add_pending(&mut self, caller: Caller) {
        self.pending = self.pending.saturating_add(1);
        *self.pending_of.entry(caller).or_default() += 1;
    }

    fn remove_pending(&mut self, caller: &Caller) {
        self.pending = self.pending.saturating_sub(1);
        if let Some(of_caller) = self.pending_of.get_mut(caller) {
            *of_caller -= 1;
            if *of_caller == 0 {
                self.pending_of.remove(caller);
            }
        }
    }
}

impl WorkSlot {
    /// Counts the request among those that are pending, unless there are too many, or its caller has
    /// as many as there are places left: whoever asks for much leaves half to others, and a half of
    /// that to yet others.
    pub(super) fn wait(&self) -> Result<(), UnderwriteError> {
        let mut works = self.table.works();
        let left = self.table.pending_max.saturating_sub(works.pending);
        let Some(work) = works.by_key.get(&self.key) else {
            return Ok(());
        };
        let caller = work.caller.clone();
        let own = works.pending_of.get(&caller).copied().unwrap_or(0);
        if own >= left {
            return Err(UnderwriteError::Overloaded);
        }
        works.add_pending(caller);
        if let Some(work) = works.by_key.get_mut(&self.key) {
            work.waits = true;
        }
        Ok(())
    }

    /// Notes that the decision is recorded: whoever repeats the request reads it.
    pub(super) fn decided(&self, decision: DecisionId) {
        // It is decided once.
        drop(self.decided.set(decision));
    }

    /// How the decision was last told to stand, where that is pending.
    pub(super) fn pending(&self) -> Option<Pending> {
        let works = self.table.works();
        let stage = works.by_key.get(&self.key)?.stage.borrow();
        match &*stage {
            Stage::Pending(pending) => Some(pending.clone()),
            Stage::Running | Stage::Over(_) => None,
        }
    }

    /// Tells whoever watches that the decision is pending, or for whom it still waits.
    pub(super) fn tell(&self, pending: Pending) {
        let mut works = self.table.works();
        let decision = pending.decision.clone();
        if let Some(work) = works.by_key.get(&self.key) {
            work.stage.send_replace(Stage::Pending(pending));
            works.by_decision.insert(decision, self.key.clone());
        }
    }
}

impl Drop for WorkSlot {
    fn drop(&mut self) {
        let mut works = self.table.works();
        let Some(work) = works.by_key.remove(&self.key) else {
            return;
        };
        let last = work
            .stage
            .send_replace(Stage::Over(self.decided.get().cloned()));
        if let Stage::Pending(pending) = last {
            works.by_decision.remove(&pending.decision);
        }
        if work.waits {
            works.remove_pending(&work.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::{application, at, decision_id, tenant};
    use crate::limits;

    const A: Caller = Caller::Local;

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
            rule_set: "rules".parse().unwrap(),
            application: application(1).id().clone(),
            key: "k".parse().unwrap(),
            test_data: false,
        }
    }

    #[test]
    fn one_place_for_a_key_and_not_too_many_in_all() {
        let table = WorkTable::new(2, 1);
        let first = table.enter(&request("a"), A).ok().unwrap();
        assert!(matches!(
            table.enter(&request("a"), A),
            Err(KeyTaken::Running(_))
        ));
        let _second = table.enter(&request("b"), A).ok().unwrap();
        assert!(matches!(table.enter(&request("c"), A), Err(KeyTaken::Full)));
        drop(first);
        assert!(table.enter(&request("c"), A).is_ok());
    }

    #[test]
    fn what_is_pending_leaves_its_place_to_others_and_a_caller_has_half_of_what_is_left() {
        let max = limits::PENDING_MAX;
        let table = WorkTable::new(1, max);
        let mut places = Vec::new();
        for number in 0..max / 2 {
            let key = request(&format!("k{number}"));
            let place = table.enter(&key, A).ok().unwrap();
            assert!(place.wait().is_ok(), "{number}");
            place.tell(pending(u32::try_from(number).unwrap()));
            place.tell(pending(u32::try_from(number).unwrap()));
            places.push(place);
        }
        let above = table.enter(&request("above"), A).ok().unwrap();
        assert!(matches!(above.wait(), Err(UnderwriteError::Overloaded)));
        assert!(matches!(table.enter(&request("b"), A), Err(KeyTaken::Full)));
        drop(above);
        let other = Caller::Peer([192, 0, 2, 1].into());
        for number in 0..max / 4 {
            let key = request(&format!("o{number}"));
            let place = table.enter(&key, other.clone()).ok().unwrap();
            assert!(place.wait().is_ok(), "{number}");
            places.push(place);
        }
        let above = table.enter(&request("above"), other).ok().unwrap();
        assert!(matches!(above.wait(), Err(UnderwriteError::Overloaded)));
        places.pop();
        assert!(above.wait().is_ok());
        drop((above, places));
        let works = table.works();
        assert!(works.pending == 0 && works.pending_of.is_empty() && works.by_decision.is_empty());
    }

    #[test]
    fn a_repeat_of_what_is_pending_can_watch_it_and_another_request_cannot() {
        let table = WorkTable::new(1, 1);
        let place = table.enter(&request("a"), A).ok().unwrap();
        place.wait().ok().unwrap();
        assert!(table.watch(&tenant(), &decision_id(1)).is_none());
        assert!(table.is_running(&tenant(), &request("a").key));
        assert_eq!(table.pending(), (0, None));
        place.tell(pending(1));
        assert!(!table.is_running(&tenant(), &request("a").key));
        assert_eq!(table.pending(), (1, Some(at(0))));
        let Err(KeyTaken::Pending(found, watched)) = table.enter(&request("a"), A) else {
            panic!("it is pending");
        };
        assert_eq!(found, decision_id(1));
        assert_eq!(*watched.borrow(), Stage::Pending(pending(1)));
        let mut other = Request::clone(&request("a"));
        other.application = application(2);
        assert!(matches!(
            table.enter(&Arc::new(other), A),
            Err(KeyTaken::Other)
        ));
        assert!(table.watch(&tenant(), &decision_id(1)).is_some());
        let stranger = TenantId::parse("stranger").unwrap();
        assert!(table.watch(&stranger, &decision_id(1)).is_none());
        drop(place);
        assert_eq!(*watched.borrow(), Stage::Over(None));
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
