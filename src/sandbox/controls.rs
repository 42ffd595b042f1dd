//! What whoever runs the sandbox has in hand: the counts, the faults that are armed, the webhooks
//! on their way out, and the stop.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::counts::{Counters, Counts};
use super::error::SandboxError;
use super::faults::Faults;
use super::faults::armed::{Armed, Names, clamp};
use super::realms::Realms;
use super::webhooks::Outbox;

/// What is kept beside the state of the world.
#[derive(Debug)]
pub(super) struct Controls {
    counters: Mutex<Counters>,
    pub(super) armed: Mutex<Armed>,
    names: Names,
    /// Calls that pass in a second, all together.
    pub(super) rate_limit: Option<u64>,
    pub(super) outbox: Option<Arc<Outbox>>,
    /// Ends pauses and deliveries.
    pub(super) stop: CancellationToken,
    /// The number of the next made-up row.
    pub(super) fresh: AtomicU64,
}

impl Controls {
    pub(super) fn new(names: Names, rate_limit: Option<u64>, outbox: Option<Outbox>) -> Self {
        Self {
            counters: Mutex::default(),
            armed: Mutex::default(),
            names,
            rate_limit,
            outbox: outbox.map(Arc::new),
            stop: CancellationToken::new(),
            fresh: AtomicU64::new(1),
        }
    }

    /// Puts other faults in place of those that were armed.
    pub(super) fn arm(&self, faults: &Faults, realms: &Realms) -> Result<(), SandboxError> {
        let armed = Armed::new(faults, &self.names, realms.account_ids())?;
        *lock(&self.armed) = armed;
        Ok(())
    }

    pub(super) fn counters(&self) -> MutexGuard<'_, Counters> {
        lock(&self.counters)
    }

    /// What was counted here.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = self.counters().counts();
        if let Some(outbox) = &self.outbox {
            (counts.webhooks_delivered, counts.webhooks_lost) = outbox.tally();
        }
        counts
    }

    /// Waits, but not beyond the end.
    pub(super) async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(clamp(pause)) => {}
        }
    }
}

/// What is behind a lock, also where a thread ended while it held it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
