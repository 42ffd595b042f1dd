//! Keeps what reads much out of the way of what decides.

use std::time::Duration;

use crate::admission::Gate;
use crate::clock::Stopwatch;
use crate::limits;

/// How long is read at a stretch: what a decision that comes meanwhile may have to wait. A thread
/// that works for longer is not always made to give way at once.
const STRETCH: Duration = Duration::from_micros(300);
/// So many times that is paused while anybody decides: a list then has a tenth of a processor.
const PAUSES: u32 = 9;

/// The pace of one call that reads much.
pub(super) struct Pace<'a> {
    deciders: &'a Gate,
    since: Stopwatch,
}

impl<'a> Pace<'a> {
    /// One that yields to those who are let in at this gate.
    pub(super) fn new(deciders: &'a Gate) -> Self {
        Self {
            deciders,
            since: Stopwatch::start(),
        }
    }

    /// How many are read at once now.
    pub(super) fn chunk(&self) -> usize {
        if self.deciders.is_busy() {
            limits::LIST_CHUNK_BUSY
        } else {
            limits::LIST_CHUNK
        }
    }

    /// Pauses where it is time to.
    pub(super) async fn keep(&mut self) {
        let worked = self.since.elapsed();
        if worked < STRETCH {
            return;
        }
        if self.deciders.is_busy() {
            tokio::time::sleep(worked.saturating_mul(PAUSES)).await;
        } else {
            tokio::task::yield_now().await;
        }
        self.since = Stopwatch::start();
    }
}
