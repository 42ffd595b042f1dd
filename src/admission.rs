//! Who is let in when there is more to do than can be done in time.
//!
//! A [`Gate`] lets so many calls in at once, and finds by itself how many: as many as keep the time
//! that one of them takes near what it is meant to take. Who is not let in at once waits for a turn,
//! as long as there is hope: a call whose turn would come too late for its caller is refused before
//! it costs anything, and one whose caller has gone is passed over. Turns go round the callers, so
//! that whoever asks for much waits behind its own calls alone.
//!
//! A rush is waited out. Where more comes than is let in for a while on end, waiting helps nobody:
//! more comes than can be done, and whoever is let in would be late as well. From then on a call is
//! let in soon or refused (what Nichols and Jacobson call controlling the delay of a standing queue).

mod line;

use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::clock::Stopwatch;
use crate::limits;
pub use line::{Caller, GateLimits, GateState, Refusal};
use line::{Line, Waiter};

/// The gates of a service. What is read never takes the turns of what is decided.
#[derive(Clone)]
pub struct Gates {
    /// For calls that decide.
    pub decide: Gate,
    /// For calls that read one thing.
    pub read: Gate,
    /// For calls that read many.
    pub list: Gate,
}

impl Default for Gates {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Self {
            decide: Gate::new(GateLimits {
                at_once_min: limits::DECIDES_AT_ONCE_MIN,
                at_once_max: limits::DECIDES_AT_ONCE_MAX,
                target: limits::CALL_TARGET,
                wait_max: limits::CALL_WAIT_MAX,
                behind_max: limits::PENDING_AT_ONCE.saturating_mul(processors),
            }),
            read: Gate::new(GateLimits::fixed(limits::READS_AT_ONCE)),
            list: Gate::new(GateLimits::fixed(limits::LISTS_AT_ONCE)),
        }
    }
}

/// A gate. Clones are the same one.
#[derive(Clone)]
pub struct Gate(Arc<Shared>);

struct Shared {
    line: Mutex<Line<Permit>>,
    /// Since the gate was made.
    time: Stopwatch,
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line<Permit>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets in whoever's turn it is.
    fn let_in(self: &Arc<Self>, line: &mut Line<Permit>, now: Duration) {
        while let Some(turn) = line.next(now) {
            let permit = Permit {
                gate: Some(Arc::clone(self)),
                since: now,
                is_behind: turn.is_behind,
            };
            // Whoever has gone gives the turn back, which nobody may do while the line is held.
            if let Err(Ok(unused)) = turn.waiter.answer.send(Ok(permit)) {
                unused.withdraw();
                line.withdrawn(turn.is_behind);
            }
        }
    }
}

impl Gate {
    /// A gate with these limits.
    pub fn new(limits: GateLimits) -> Self {
        Self(Arc::new(Shared {
            line: Mutex::new(Line::new(limits)),
            time: Stopwatch::start(),
        }))
    }

    /// Waits for a turn. `left` is how long the caller still waits for its answer, where it says.
    ///
    /// # Errors
    ///
    /// At once where the turn would come too late, and later where it comes later than foreseen.
    pub async fn enter(&self, caller: Caller, left: Option<Duration>) -> Result<Permit, Refusal> {
        let (answer, turn) = oneshot::channel();
        {
            let now = self.0.time.elapsed();
            let mut line = self.0.line();
            line.ask(
                now,
                caller,
                Waiter {
                    answer,
                    asked: now,
                    until: left.map(|left| now.saturating_add(left)),
                },
            )?;
            self.0.let_in(&mut line, now);
        }
        // INVARIANT: whoever is in line is answered: the gate is there as long as this call is.
        turn.await.unwrap_or(Err(Refusal {
            line: Duration::ZERO,
        }))
    }

    /// Waits for a turn before everybody else: for work that was let in before and had to wait for
    /// something else meanwhile.
    pub async fn enter_again(&self) -> Permit {
        self.enter_in(Line::ask_again).await
    }

    /// Waits for a turn beside all others: for work that nobody waits for. Every so many turns are
    /// for it.
    pub async fn enter_behind(&self) -> Permit {
        self.enter_in(Line::ask_behind).await
    }

    async fn enter_in(&self, ask: fn(&mut Line<Permit>, Waiter<Permit>)) -> Permit {
        let (answer, turn) = oneshot::channel();
        let now = self.0.time.elapsed();
        let waiter = Waiter {
            answer,
            asked: now,
            until: None,
        };
        {
            let mut line = self.0.line();
            ask(&mut line, waiter);
            self.0.let_in(&mut line, now);
        }
        // INVARIANT: neither is ever refused.
        match turn.await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) | Err(_) => Permit {
                gate: None,
                since: now,
                is_behind: false,
            },
        }
    }

    /// Whether somebody is in or waits, or was in a moment ago.
    pub fn was_busy(&self, within: Duration) -> bool {
        self.0.line().was_busy(self.0.time.elapsed(), within)
    }

    /// What it counts now.
    pub fn state(&self) -> GateState {
        self.0.line().state()
    }
}

/// A call that was let in, until it is dropped.
#[must_use]
pub struct Permit {
    gate: Option<Arc<Shared>>,
    since: Duration,
    is_behind: bool,
}

impl Permit {
    fn withdraw(mut self) {
        self.gate = None;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(gate) = self.gate.take() else {
            return;
        };
        let now = gate.time.elapsed();
        let mut line = gate.line();
        line.done(now, now.saturating_sub(self.since), self.is_behind);
        gate.let_in(&mut line, now);
    }
}

#[cfg(test)]
mod tests;
