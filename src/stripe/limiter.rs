//! How many calls a second may reach Stripe.
//!
//! The promise is about what arrives there, in any second. A call arrives somewhere between its
//! sending and the first byte of its answer, so it holds a slot from before the one until a window
//! after the other. All calls that arrive within a window then hold their slots at its end, and
//! there are only as many slots as calls allowed: however late a network delivers what, no window
//! sees more. Counting what is sent, as the libraries for it do, cannot promise that. The price is
//! a rate that is lower by the share of the latency in a second.
//!
//! One thing cannot be promised: a call that was given up without an answer, and arrives after that.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::deadline::Deadline;
use super::error::{Refusal, StripeError};
use super::settings::StripeConfig;
use crate::clock::Stopwatch;
use crate::id::ConnectedAccountId;
use crate::limits;

/// What is allowed to one Stripe account.
#[derive(Debug, Clone, Copy)]
struct Rates {
    /// Calls in a window.
    overall: usize,
    /// Calls in a window to one endpoint.
    endpoint: usize,
    window: Duration,
    /// The first time that a refusal closes a gate.
    pause: Duration,
}

/// What a refusal for the rate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All calls of the Stripe account.
    Account,
    /// The calls to one endpoint.
    Endpoint,
}

impl Reach {
    /// `None` where it is about one object, which others need not wait for.
    pub(super) fn of(refusal: &Refusal) -> Option<Self> {
        match (refusal.limit.as_deref(), refusal.code.as_deref()) {
            (Some("global-rate" | "global-concurrency"), _) => Some(Self::Account),
            (Some("resource-specific"), _) | (None, Some("lock_timeout")) => None,
            // A new reason, or none: the narrower of what it can mean.
            (Some(_) | None, _) => Some(Self::Endpoint),
        }
    }
}

/// The slots of one rate; the time is an argument, counted from any fixed moment.
#[derive(Debug)]
struct Gate {
    slots: usize,
    /// Held by calls that are on their way.
    held: usize,
    /// When the others come back, the earliest first.
    back: VecDeque<Duration>,
    closed_until: Duration,
    /// How long the last refusal closed it; zero once a call passed again.
    pause: Duration,
}

/// What a call has to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Until(Duration),
    /// Every slot is held: the end of any call.
    Change,
}

impl Gate {
    fn new(slots: usize) -> Self {
        Self {
            slots,
            held: 0,
            back: VecDeque::new(),
            closed_until: Duration::ZERO,
            pause: Duration::ZERO,
        }
    }

    fn wait(&mut self, now: Duration) -> Option<Wait> {
        while self.back.front().is_some_and(|at| *at <= now) {
            self.back.pop_front();
        }
        let slot_at = if self.held + self.back.len() < self.slots {
            now
        } else if let Some(at) = self.back.front() {
            *at
        } else {
            return Some(Wait::Change);
        };
        let at = slot_at.max(self.closed_until);
        (at > now).then_some(Wait::Until(at))
    }

    fn give_back(&mut self, at: Duration) {
        // INVARIANT: a call gives back once what it took once, and time does not go back.
        self.held = self.held.saturating_sub(1);
        self.back.push_back(at);
    }

    /// Closes for a while, longer each time. Calls that were on their way when it closed last are
    /// of the same burst and do not count again.
    fn close(&mut self, sent_at: Duration, now: Duration, first: Duration, at_least: Duration) {
        if sent_at >= self.closed_until {
            let longest = limits::STRIPE_RETRY_PAUSE_MAX.max(first);
            self.pause = self.pause.saturating_mul(2).clamp(first, longest);
            self.closed_until = now.saturating_add(self.pause);
        }
        if !at_least.is_zero() {
            let at_least = at_least.min(limits::STRIPE_RATE_PAUSE_MAX);
            self.closed_until = self.closed_until.max(now.saturating_add(at_least));
        }
    }

    fn passed(&mut self, sent_at: Duration) {
        if sent_at >= self.closed_until {
            self.pause = Duration::ZERO;
        }
    }

    fn is_idle(&mut self, now: Duration) -> bool {
        self.wait(now).is_none() && self.held == 0 && self.back.is_empty()
    }
}

/// All gates of one Stripe account.
#[derive(Debug)]
struct Gates {
    rates: Rates,
    overall: Gate,
    /// By route, of which there are as many as are written in this room.
    endpoints: BTreeMap<&'static str, Gate>,
}

impl Gates {
    fn new(rates: Rates) -> Self {
        Self {
            rates,
            overall: Gate::new(rates.overall),
            endpoints: BTreeMap::new(),
        }
    }

    fn endpoint(&mut self, route: &'static str) -> &mut Gate {
        let slots = self.rates.endpoint;
        self.endpoints
            .entry(route)
            .or_insert_with(|| Gate::new(slots))
    }

    /// Takes a slot of both gates, or none.
    fn take(&mut self, route: &'static str, now: Duration) -> Result<(), Wait> {
        let waits = [self.overall.wait(now), self.endpoint(route).wait(now)];
        match waits {
            [None, None] => {}
            [Some(Wait::Until(one)), Some(Wait::Until(other))] => {
                return Err(Wait::Until(one.max(other)));
            }
            [Some(Wait::Change), _] | [_, Some(Wait::Change)] => return Err(Wait::Change),
            [Some(wait), None] | [None, Some(wait)] => return Err(wait),
        }
        self.overall.held += 1;
        self.endpoint(route).held += 1;
        Ok(())
    }

    fn give_back(&mut self, route: &'static str, at: Duration) {
        self.overall.give_back(at);
        self.endpoint(route).give_back(at);
    }

    fn is_idle(&mut self, now: Duration) -> bool {
        self.overall.is_idle(now) && self.endpoints.values_mut().all(|gate| gate.is_idle(now))
    }
}

/// One Stripe account: its gates, and who waits for them.
struct Account {
    gates: Mutex<Gates>,
    /// A call has ended.
    changed: Notify,
    /// Who is next for an endpoint: first come, first served.
    turns: Mutex<BTreeMap<&'static str, Arc<tokio::sync::Mutex<()>>>>,
}

impl Account {
    fn new(rates: Rates) -> Arc<Self> {
        Arc::new(Self {
            gates: Mutex::new(Gates::new(rates)),
            changed: Notify::new(),
            turns: Mutex::default(),
        })
    }

    fn gates(&self) -> MutexGuard<'_, Gates> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, route: &'static str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(route).or_default())
    }
}

/// Keeps the calls of one client within the rates of each Stripe account it acts for.
pub(super) struct Limiter {
    rates: Rates,
    since: Stopwatch,
    platform: Arc<Account>,
    connected: Mutex<BTreeMap<ConnectedAccountId, Arc<Account>>>,
    /// What the accounts beyond the limit share.
    others: Arc<Account>,
}

impl Limiter {
    pub(super) fn new(config: &StripeConfig, livemode: bool) -> Self {
        let documented = if livemode {
            limits::STRIPE_RATE_LIVE
        } else {
            limits::STRIPE_RATE_TEST
        };
        let slots = |rate: u32| usize::try_from(rate).unwrap_or(usize::MAX);
        Self::with(Rates {
            overall: slots(config.rate.unwrap_or(documented)),
            endpoint: slots(config.endpoint_rate),
            window: limits::STRIPE_RATE_WINDOW,
            pause: config.retry_pause,
        })
    }

    fn with(rates: Rates) -> Self {
        Self {
            rates,
            since: Stopwatch::start(),
            platform: Account::new(rates),
            connected: Mutex::default(),
            others: Account::new(rates),
        }
    }

    fn account(&self, connected: Option<&ConnectedAccountId>) -> Arc<Account> {
        let Some(id) = connected else {
            return Arc::clone(&self.platform);
        };
        let mut accounts = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = accounts.get(id) {
            return Arc::clone(account);
        }
        if accounts.len() >= limits::STRIPE_RATED_ACCOUNTS_MAX {
            // One that nobody uses and that owes nothing is as good as a new one.
            let now = self.since.elapsed();
            accounts.retain(|_, account| {
                Arc::strong_count(account) > 1 || !account.gates().is_idle(now)
            });
        }
        if accounts.len() >= limits::STRIPE_RATED_ACCOUNTS_MAX {
            return Arc::clone(&self.others);
        }
        let account = Account::new(self.rates);
        accounts.insert(id.clone(), Arc::clone(&account));
        account
    }

    /// Waits until a call to `route` may be sent; not beyond the deadline, and not at all where it
    /// is known that it would be too late.
    pub(super) async fn pass(
        &self,
        connected: Option<&ConnectedAccountId>,
        route: &'static str,
        deadline: Deadline,
    ) -> Result<Pass, StripeError> {
        let too_late = |_| StripeError::Timeout(StripeError::NO_ROOM);
        let account = self.account(connected);
        let turn = account.turn(route);
        let waiting = Stopwatch::start();
        let _turn = tokio::time::timeout(deadline.remaining(), turn.lock())
            .await
            .map_err(too_late)?;
        loop {
            let changed = account.changed.notified();
            let mut changed = std::pin::pin!(changed);
            // What changes from here on is not missed.
            changed.as_mut().enable();
            let now = self.since.elapsed();
            let taken = account.gates().take(route, now);
            let left = deadline.remaining();
            match taken {
                Ok(()) => {
                    return Ok(Pass {
                        account: Arc::clone(&account),
                        route,
                        since: self.since,
                        sent_at: now,
                        waited: waiting.elapsed(),
                        holds: true,
                    });
                }
                Err(Wait::Until(at)) => {
                    let wait = at.saturating_sub(now);
                    if wait >= left {
                        return Err(StripeError::Timeout(StripeError::NO_ROOM));
                    }
                    tokio::time::sleep(wait).await;
                }
                Err(Wait::Change) => tokio::time::timeout(left, changed)
                    .await
                    .map_err(too_late)?,
            }
        }
    }
}

/// The slots of one call. Dropped, they come back after the window.
pub(super) struct Pass {
    account: Arc<Account>,
    route: &'static str,
    since: Stopwatch,
    sent_at: Duration,
    waited: Duration,
    holds: bool,
}

impl Pass {
    /// How long the call waited for its turn.
    pub(super) fn waited(&self) -> Duration {
        self.waited
    }

    /// The call is not sent after all.
    pub(super) fn unsent(mut self) {
        self.holds = false;
        let mut gates = self.account.gates();
        gates.overall.held = gates.overall.held.saturating_sub(1);
        let endpoint = gates.endpoint(self.route);
        endpoint.held = endpoint.held.saturating_sub(1);
        drop(gates);
        self.account.changed.notify_waiters();
    }

    /// The call has arrived at Stripe: the answer begins.
    pub(super) fn arrived(&mut self) {
        if std::mem::take(&mut self.holds) {
            let mut gates = self.account.gates();
            let at = self.since.elapsed().saturating_add(gates.rates.window);
            gates.give_back(self.route, at);
            drop(gates);
            self.account.changed.notify_waiters();
        }
    }

    /// The call was answered with something else than a refusal for its rate.
    pub(super) fn succeeded(&self) {
        let mut gates = self.account.gates();
        gates.overall.passed(self.sent_at);
        gates.endpoint(self.route).passed(self.sent_at);
    }

    /// The call was refused for its rate: everybody whom that is about waits.
    pub(super) fn refused(&self, reach: Reach, at_least: Duration) {
        let now = self.since.elapsed();
        let mut gates = self.account.gates();
        let first = gates.rates.pause;
        let gate = match reach {
            Reach::Account => &mut gates.overall,
            Reach::Endpoint => gates.endpoint(self.route),
        };
        gate.close(self.sent_at, now, first, at_least);
        let pause = gate.closed_until.saturating_sub(now);
        drop(gates);
        tracing::warn!(?reach, ?pause, route = self.route, "stripe limits the rate");
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.arrived();
    }
}

#[cfg(test)]
mod tests;
