//! Places for connections: so many at once. When all are taken and one more connection comes, the
//! one that has been idle longest is asked to make way; where none is idle, the new one waits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::clock::Stopwatch;
use crate::limits;

/// Time between two looks for a connection that could make way.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Time that a connection is given to make way, before another one is asked too.
const TIME_TO_GO: Duration = Duration::from_secs(1);

/// The places of one port.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    free: Arc<Semaphore>,
    max: usize,
    started: Stopwatch,
    next: AtomicU64,
    taken: Mutex<BTreeMap<u64, Activity>>,
}

/// The place of one connection, free again when dropped.
pub struct Place {
    number: u64,
    shared: Arc<Shared>,
    activity: Activity,
    // INVARIANT: `None` never happens, because the semaphore is never closed.
    _permit: Option<OwnedSemaphorePermit>,
}

/// What a connection is doing.
#[derive(Clone)]
pub struct Activity(Arc<State>);

struct State {
    started: Stopwatch,
    /// Calls under way.
    calls: AtomicUsize,
    /// Whether there was ever one.
    has_called: AtomicBool,
    /// When the last one ended, in milliseconds since `started`.
    idle_since: AtomicU64,
    make_way: CancellationToken,
}

/// A call under way, until dropped.
pub struct Call(Activity);

impl Places {
    /// So many places.
    pub fn new(max: usize) -> Self {
        // A semaphore holds no more, nor does any process.
        let max = max.min(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
        Self(Arc::new(Shared {
            free: Arc::new(Semaphore::new(max)),
            max,
            started: Stopwatch::start(),
            next: AtomicU64::new(0),
            taken: Mutex::default(),
        }))
    }

    /// A place, once there is one.
    pub async fn take(&self) -> Place {
        let shared = &self.0;
        if let Ok(permit) = Arc::clone(&shared.free).try_acquire_owned() {
            return self.seat(Some(permit));
        }
        loop {
            let wait = if self.make_room() {
                TIME_TO_GO
            } else {
                LOOK_AGAIN
            };
            let permit = Arc::clone(&shared.free).acquire_owned();
            if let Ok(permit) = tokio::time::timeout(wait, permit).await {
                return self.seat(permit.ok());
            }
        }
    }

    /// Waits until every place is free.
    pub async fn empty(&self) {
        let all = u32::try_from(self.0.max).unwrap_or(u32::MAX);
        // INVARIANT: the semaphore is never closed.
        drop(self.0.free.acquire_many(all).await);
    }

    /// How many places are taken.
    pub fn taken(&self) -> usize {
        self.0.taken().len()
    }

    /// Calls under way on all connections.
    pub fn calls(&self) -> usize {
        let taken = self.0.taken();
        taken.values().map(Activity::calls).sum()
    }

    fn seat(&self, permit: Option<OwnedSemaphorePermit>) -> Place {
        let shared = Arc::clone(&self.0);
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let activity = Activity(Arc::new(State {
            started: shared.started,
            calls: AtomicUsize::new(0),
            has_called: AtomicBool::new(false),
            idle_since: AtomicU64::new(millis(shared.started)),
            make_way: CancellationToken::new(),
        }));
        shared.taken().insert(number, activity.clone());
        Place {
            number,
            shared,
            activity,
            _permit: permit,
        }
    }

    /// Asks one connection to make way; whether there was one to ask. Those that never called go
    /// first, then those that have been idle longest.
    fn make_room(&self) -> bool {
        let least = limits::CONNECTION_YIELDS_AFTER;
        let taken = self.0.taken();
        let idle = taken.values().filter(|activity| {
            !activity.0.make_way.is_cancelled()
                && activity.idle_time().is_some_and(|time| time >= least)
        });
        let first = idle.min_by_key(|activity| {
            let has_called = activity.0.has_called.load(Ordering::Relaxed);
            (has_called, activity.0.idle_since.load(Ordering::Relaxed))
        });
        first.map(|first| first.0.make_way.cancel()).is_some()
    }
}

impl Shared {
    fn taken(&self) -> MutexGuard<'_, BTreeMap<u64, Activity>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// What its connection is doing.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Ready when its connection is to make way for another.
    pub async fn make_way(&self) {
        self.activity.0.make_way.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.taken().remove(&self.number);
    }
}

impl Activity {
    /// Begins a call.
    pub fn call(&self) -> Call {
        self.0.calls.fetch_add(1, Ordering::AcqRel);
        self.0.has_called.store(true, Ordering::Relaxed);
        Call(self.clone())
    }

    fn calls(&self) -> usize {
        self.0.calls.load(Ordering::Acquire)
    }

    /// How long there has been no call; `None` while there is one.
    pub fn idle_time(&self) -> Option<Duration> {
        if self.calls() > 0 {
            return None;
        }
        let since = self.0.idle_since.load(Ordering::Relaxed);
        Some(Duration::from_millis(
            millis(self.0.started).saturating_sub(since),
        ))
    }

    /// Ready once there has been no call for so long.
    pub async fn idle_for(&self, time: Duration) {
        loop {
            let idle = self.idle_time().unwrap_or_default();
            if idle >= time {
                return;
            }
            tokio::time::sleep(time.saturating_sub(idle)).await;
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let State {
            started,
            calls,
            idle_since,
            ..
        } = &*self.0.0;
        idle_since.store(millis(*started), Ordering::Relaxed);
        calls.fetch_sub(1, Ordering::AcqRel);
    }
}

fn millis(since: Stopwatch) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Duration = limits::CONNECTION_YIELDS_AFTER;

    /// Whether `place` is asked to make way within the time in which one would be.
    async fn is_asked(place: &Place) -> bool {
        tokio::time::timeout(LEAST * 2, place.make_way())
            .await
            .is_ok()
    }

    #[tokio::test]
    async fn all_places_are_given_and_no_more() {
        let places = Places::new(2);
        let (one, two) = (places.take().await, places.take().await);
        assert_eq!(places.taken(), 2);
        let _calls = (one.activity().call(), two.activity().call());
        assert_eq!(places.calls(), 2);
        let more = tokio::time::timeout(LEAST * 2, places.take());
        assert!(more.await.is_err(), "both are busy");
        assert!(!is_asked(&one).await && !is_asked(&two).await);
        drop(one);
        let more = tokio::time::timeout(Duration::from_secs(5), places.take()).await;
        drop((two, more.unwrap()));
        places.empty().await;
        assert_eq!(places.taken(), 0);
    }

    #[tokio::test]
    async fn the_one_idle_longest_makes_way_and_before_it_one_that_never_called() {
        let places = Places::new(3);
        let (first, second) = (places.take().await, places.take().await);
        let silent = places.take().await;
        for place in [&second, &first] {
            drop(place.activity().call());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let mut others = vec![first, second, silent];
        while let Some(longest) = others.pop() {
            let taker = places.clone();
            let taking = tokio::spawn(async move { taker.take().await });
            assert!(is_asked(&longest).await, "{} are left", others.len());
            for other in &others {
                assert!(!other.activity().0.make_way.is_cancelled());
            }
            drop(longest);
            let new = taking.await.unwrap();
            // Not to be asked itself.
            std::mem::forget((new.activity().call(), new));
        }
    }

    #[tokio::test]
    async fn a_connection_is_idle_from_the_end_of_its_last_call() {
        let places = Places::new(1);
        let place = places.take().await;
        let activity = place.activity();
        let (one, other) = (activity.call(), activity.call());
        drop(one);
        assert_eq!(activity.idle_time(), None);
        let idle = activity.idle_for(Duration::from_millis(50));
        let waited = Stopwatch::start();
        let (other_ends, ()) = tokio::join!(
            async {
                tokio::time::sleep(Duration::from_millis(80)).await;
                drop(other);
                waited.elapsed()
            },
            idle
        );
        assert!(waited.elapsed() >= other_ends + Duration::from_millis(45));
        assert!(activity.idle_time().is_some());
    }
}
