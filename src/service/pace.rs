//! Keeps what reads much out of the way of what decides.

use std::time::Duration;

use crate::admission::Gate;
use crate::clock::Stopwatch;
use crate::limits;

/// How long is read at a stretch: what a decision that comes meanwhile may have to wait. A thread
/// that works for longer is not always made to give way at once.
const STRETCH: Duration = Duration::from_micros(300);
/// So many times that is paused while others decide: a list then has a twentieth of a processor.
const PAUSES: u32 = 19;
/// Others decide until nobody has for so long: the next comes soon.
const QUIET_AFTER: Duration = Duration::from_millis(100);

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

    fn others_decide(&self) -> bool {
        self.deciders.was_busy(QUIET_AFTER)
    }

    /// How many bytes a page may have now.
    pub(super) fn bytes(&self) -> usize {
        if self.others_decide() {
            limits::LIST_BYTES_BUSY_MAX
        } else {
            limits::LIST_BYTES_MAX
        }
    }

    /// How many are read at once now.
    pub(super) fn chunk(&self) -> usize {
        if self.others_decide() {
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
        if self.others_decide() {
            tokio::time::sleep(worked.saturating_mul(PAUSES)).await;
        } else {
            tokio::task::yield_now().await;
        }
        self.since = Stopwatch::start();
    }
}
