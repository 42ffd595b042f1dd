//! The line before a gate: whose turn it is, and how many are let in at once. It knows no time but
//! what it is told.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::id::TenantId;
use crate::limits;

/// Whose calls share their turns: a tenant's, and where it is not known whose they are, those from
/// one network address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// Whoever calls for a tenant, from wherever.
    Tenant(TenantId),
    /// A peer on a network.
    Peer(IpAddr),
    /// This process itself, or one that has no address.
    Local,
}

/// How many a gate lets in at once, and how long they are meant to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateLimits {
    /// At least so many.
    pub at_once_min: usize,
    /// At most so many.
    pub at_once_max: usize,
    /// What one is meant to take, from being let in to its end: fewer are let in where they take
    /// longer and twice as long as they do when there are few.
    pub target: Duration,
    /// How long a call may wait for its turn in a rush.
    pub wait_max: Duration,
    /// Of what nobody waits for, at most so many while others come.
    pub behind_max: usize,
}

impl GateLimits {
    /// Always so many at once.
    pub fn fixed(at_once: usize) -> Self {
        Self {
            at_once_min: at_once,
            at_once_max: at_once,
            target: limits::CALL_WAIT_MAX,
            wait_max: limits::CALL_WAIT_MAX,
            behind_max: 1,
        }
    }
}

/// A call was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// How long those who wait already will take.
    pub line: Duration,
}

/// What a gate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GateState {
    /// Calls that are in.
    pub held: usize,
    /// Calls that wait for their turn.
    pub waiting: usize,
    /// How many are let in at once.
    pub at_once: usize,
    /// Calls that were refused so far.
    pub refused: u64,
}

/// How often it is looked whether more came than was let in while somebody waited, and how often in a
/// row that is no rush any more: more comes than can be done. A rush that is over only has to be
/// waited out, however long its line.
const FLOW_AFTER: Duration = Duration::from_millis(100);
const STANDING_AFTER_FLOWS: u32 = 5;
/// Nor is it one until none was refused for so long: a short line is empty now and then all the same.
const CALM_AFTER: Duration = Duration::from_secs(1);
/// How often it is looked whether more or fewer are let in at once, and after how many at least.
const LOOK_AFTER: Duration = Duration::from_millis(200);
const LOOK_AFTER_CALLS: u32 = 16;
/// A step of how many are let in: one part in so many.
const STEP: usize = 8;
/// A change in how many are done that is more than chance: half of a step.
const CHANCE: u64 = 16;
/// Looks after which it is tried whether more at once would be done faster, where the fewest are
/// let in and take too long all the same.
const TRY_AFTER: u32 = 8;
/// One turn in so many is for what nobody waits for.
const BEHIND_EVERY: usize = 4;
/// One part in so many of those let in may be of that where nobody else has come for a while: the
/// rest is for whoever comes then.
const BEHIND_PART_ALONE: usize = 2;
/// How long nobody has come then.
const ALONE_AFTER: Duration = Duration::from_millis(100);

/// Who waits for a turn, and is given a `T` when it comes.
pub(super) struct Waiter<T> {
    pub(super) answer: oneshot::Sender<Result<T, Refusal>>,
    pub(super) asked: Duration,
    /// When its caller goes, where that is known.
    pub(super) until: Option<Duration>,
}

/// Whose turn it is.
pub(super) struct Next<T> {
    pub(super) waiter: Waiter<T>,
    pub(super) is_behind: bool,
}

pub(super) struct Line<T> {
    limits: GateLimits,
    at_once: usize,
    held: usize,
    held_behind: usize,
    again: VecDeque<Waiter<T>>,
    behind: VecDeque<Waiter<T>>,
    /// Of each caller, and in `turns` whose turn is next.
    by_caller: BTreeMap<Caller, VecDeque<Waiter<T>>>,
    turns: VecDeque<Caller>,
    /// How many wait in `by_caller`.
    waiting: usize,
    /// Turns since the last that was behind.
    since_behind: usize,
    /// When the last came.
    came: Option<Duration>,
    /// Since when somebody has waited all the time.
    waited_since: Option<Duration>,
    flow: Flow,
    /// When it was last looked who would be late.
    looked_over: Duration,
    /// Until when more comes than can be done, unless it goes on.
    standing_until: Duration,
    /// What one takes of late.
    usual: Duration,
    look: Look,
    refused: u64,
    /// When the last that was in ended.
    ended: Option<Duration>,
}

/// What came and went since it was last looked whether more comes than can be done.
#[derive(Default)]
struct Flow {
    since: Duration,
    asked: u32,
    let_in: u32,
    /// How often in a row more came.
    grew: u32,
}

/// What was seen since it was last looked how many are let in at once.
struct Look {
    since: Duration,
    calls: u32,
    total: Duration,
    /// Whether more would have come in.
    was_full: bool,
    /// How many calls a second were done before that, and what was changed then.
    before: u64,
    step: Step,
    /// Looks at which as few as possible were let in and took too long.
    at_least: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Up,
    Down,
    None,
}

/// What so many turns take where one takes so long and so many are in at once.
fn time_of(turns: usize, usual: Duration, at_once: usize) -> Duration {
    let turns = u32::try_from(turns).unwrap_or(u32::MAX);
    let at_once = u32::try_from(at_once).unwrap_or(u32::MAX).max(1);
    usual.saturating_mul(turns) / at_once
}

impl<T> Line<T> {
    pub(super) fn new(limits: GateLimits) -> Self {
        Self {
            at_once: limits.at_once_max.min(limits.at_once_min.saturating_mul(4)),
            limits,
            held: 0,
            held_behind: 0,
            again: VecDeque::new(),
            behind: VecDeque::new(),
            by_caller: BTreeMap::new(),
            turns: VecDeque::new(),
            waiting: 0,
            since_behind: 0,
            came: None,
            waited_since: None,
            flow: Flow::default(),
            looked_over: Duration::ZERO,
            standing_until: Duration::ZERO,
            usual: limits.target / 4,
            look: Look {
                since: Duration::ZERO,
                calls: 0,
                total: Duration::ZERO,
                was_full: false,
                before: 0,
                step: Step::None,
                at_least: 0,
            },
            refused: 0,
            ended: None,
        }
    }

    /// Whether somebody is in or waits, or was in so shortly before.
    pub(super) fn was_busy(&self, now: Duration, within: Duration) -> bool {
        let state = self.state();
        let of_late = |ended| now.saturating_sub(ended) < within;
        state.held > 0 || state.waiting > 0 || self.ended.is_some_and(of_late)
    }

    pub(super) fn state(&self) -> GateState {
        GateState {
            held: self.held,
            waiting: self.waiting + self.again.len() + self.behind.len(),
            at_once: self.at_once,
            refused: self.refused,
        }
    }

    /// Stands in line, or is refused.
    pub(super) fn ask(
        &mut self,
        now: Duration,
        caller: Caller,
        waiter: Waiter<T>,
    ) -> Result<(), Refusal> {
        self.flow_in(now);
        self.came = Some(now);
        let wait = self.wait_of(&caller);
        let finds_none = self.held < self.at_once && self.waiting == 0 && self.again.is_empty();
        let is_late = |until: Duration| now.saturating_add(wait).saturating_add(self.usual) > until;
        if !finds_none
            && (wait > self.wait_max(now)
                || waiter.until.is_some_and(is_late)
                || self.waiting >= limits::CALLS_WAITING_MAX)
        {
            return Err(self.refuse(now));
        }
        self.waited_since.get_or_insert(now);
        let own = self.by_caller.entry(caller.clone()).or_default();
        if own.is_empty() {
            self.turns.push_back(caller);
        }
        own.push_back(waiter);
        self.waiting += 1;
        Ok(())
    }

    pub(super) fn ask_again(&mut self, waiter: Waiter<T>) {
        self.again.push_back(waiter);
    }

    pub(super) fn ask_behind(&mut self, waiter: Waiter<T>) {
        self.behind.push_back(waiter);
    }

    /// How long those take who would come before another call of this caller: its own, and as many
    /// of each other.
    fn wait_of(&self, caller: &Caller) -> Duration {
        let own = self.by_caller.get(caller).map_or(0, VecDeque::len);
        let callers = self.turns.len() + usize::from(own == 0);
        let before = (own + 1).saturating_mul(callers).min(self.waiting + 1);
        self.time_of(before + self.again.len())
    }

    /// What so many turns take.
    fn time_of(&self, turns: usize) -> Duration {
        time_of(turns, self.usual, self.at_once)
    }

    /// How long a call may wait now.
    fn wait_max(&self, now: Duration) -> Duration {
        if self.is_standing(now) {
            // As long as one takes: commits end many at once, who are followed by as many.
            self.limits.target.max(self.usual).min(self.limits.wait_max)
        } else {
            self.limits.wait_max
        }
    }

    fn is_standing(&self, now: Duration) -> bool {
        now < self.standing_until || self.flow.grew >= STANDING_AFTER_FLOWS
    }

    /// Counts one that asks.
    fn flow_in(&mut self, now: Duration) {
        let flow = &mut self.flow;
        if now.saturating_sub(flow.since) >= FLOW_AFTER {
            let waited = self.waited_since.is_some_and(|since| since <= flow.since);
            let grew = waited && flow.asked > flow.let_in;
            *flow = Flow {
                since: now,
                grew: if grew { flow.grew.saturating_add(1) } else { 0 },
                ..Flow::default()
            };
        }
        flow.asked = flow.asked.saturating_add(1);
    }

    fn refuse(&mut self, now: Duration) -> Refusal {
        self.refused = self.refused.saturating_add(1);
        if self.is_standing(now) {
            self.standing_until = now.saturating_add(CALM_AFTER);
        }
        Refusal {
            line: self.time_of(self.waiting + self.again.len() + 1),
        }
    }

    /// Whoever is let in now, if anybody.
    pub(super) fn next(&mut self, now: Duration) -> Option<Next<T>> {
        let next = self.take(now);
        if self.waiting == 0 {
            self.waited_since = None;
            self.flow.grew = 0;
        }
        let next = next?;
        self.held += 1;
        self.held_behind += usize::from(next.is_behind);
        self.look.was_full |= self.held >= self.at_once;
        Some(next)
    }

    fn take(&mut self, now: Duration) -> Option<Next<T>> {
        if self.held >= self.at_once {
            return None;
        }
        let front = |waiter| Next {
            waiter,
            is_behind: false,
        };
        if let Some(waiter) = self.again.pop_front() {
            return Some(front(waiter));
        }
        if (self.waiting == 0 || self.since_behind >= BEHIND_EVERY)
            && let Some(waiter) = self.take_behind(now)
        {
            return Some(waiter);
        }
        let Some(waiter) = self.take_in_turn(now) else {
            // Whoever stood in line had gone.
            return self.take_behind(now);
        };
        self.since_behind = self.since_behind.saturating_add(1);
        self.flow.let_in = self.flow.let_in.saturating_add(1);
        Some(front(waiter))
    }

    fn take_behind(&mut self, now: Duration) -> Option<Next<T>> {
        let of_late = |came| now.saturating_sub(came) < ALONE_AFTER;
        let mut behind_max = self.at_once / BEHIND_PART_ALONE;
        if self.came.is_some_and(of_late) {
            behind_max = behind_max.min(self.limits.behind_max);
        }
        if self.held_behind >= behind_max.max(1) {
            return None;
        }
        // Few are behind those that wait: whether they have gone is not asked.
        let waiter = self.behind.pop_front()?;
        self.since_behind = 0;
        Some(Next {
            waiter,
            is_behind: true,
        })
    }

    fn take_in_turn(&mut self, now: Duration) -> Option<Waiter<T>> {
        let wait_max = self.wait_max(now);
        loop {
            let caller = self.turns.pop_front()?;
            let Some(own) = self.by_caller.get_mut(&caller) else {
                continue;
            };
            let waiter = own.pop_front();
            if own.is_empty() {
                self.by_caller.remove(&caller);
            } else {
                self.turns.push_back(caller);
            }
            let Some(waiter) = waiter else { continue };
            self.waiting = self.waiting.saturating_sub(1);
            if waiter.answer.is_closed() {
                continue;
            }
            let waited = now.saturating_sub(waiter.asked);
            let is_late = |until: Duration| now.saturating_add(self.usual) > until;
            // Whoever finds nobody before it does not wait.
            if waited > wait_max
                || waiter
                    .until
                    .is_some_and(|until| !waited.is_zero() && is_late(until))
            {
                let refusal = self.refuse(now);
                // The caller may have gone.
                drop(waiter.answer.send(Err(refusal)));
                continue;
            }
            return Some(waiter);
        }
    }

    /// Whoever was let in had gone.
    pub(super) fn withdrawn(&mut self, is_behind: bool) {
        self.held = self.held.saturating_sub(1);
        self.held_behind = self.held_behind.saturating_sub(usize::from(is_behind));
    }

    /// One that was in has ended, and took so long.
    pub(super) fn done(&mut self, now: Duration, took: Duration, is_behind: bool) {
        self.withdrawn(is_behind);
        self.ended = Some(now);
        self.usual = (self.usual.saturating_mul(15) + took) / 16;
        self.look.calls = self.look.calls.saturating_add(1);
        self.look.total = self.look.total.saturating_add(took);
        if self.waiting > 0 && now.saturating_sub(self.looked_over) >= FLOW_AFTER {
            self.look_over(now);
        }
        if now.saturating_sub(self.look.since) >= LOOK_AFTER && self.look.calls >= LOOK_AFTER_CALLS
        {
            self.look_again(now);
        }
    }

    /// Refuses whoever stands in line and would come too late, now that more is known of what one
    /// takes: the sooner it is told, the sooner it can turn elsewhere.
    fn look_over(&mut self, now: Duration) {
        self.looked_over = now;
        let (callers, usual, at_once) = (self.by_caller.len(), self.usual, self.at_once);
        let again = self.again.len();
        let mut late = Vec::new();
        for own in self.by_caller.values_mut() {
            let mut stay = VecDeque::with_capacity(own.len());
            for waiter in own.drain(..) {
                let before = (stay.len() + 1).saturating_mul(callers) + again;
                let end = now + time_of(before, usual, at_once) + usual;
                if waiter.until.is_some_and(|until| end > until) {
                    late.push(waiter);
                } else {
                    stay.push_back(waiter);
                }
            }
            *own = stay;
        }
        self.by_caller.retain(|_, own| !own.is_empty());
        let by_caller = &self.by_caller;
        self.turns.retain(|caller| by_caller.contains_key(caller));
        self.waiting = self.waiting.saturating_sub(late.len());
        for waiter in late {
            let refusal = self.refuse(now);
            // The caller may have gone.
            drop(waiter.answer.send(Err(refusal)));
        }
    }

    /// Lets in more at once where more wait and do not take too long. Where they do take too long,
    /// fewer, unless fewer were done then: what waits for a slow disk together is done faster by
    /// more, what waits for one processor is not.
    fn look_again(&mut self, now: Duration) {
        let look = &self.look;
        let mean = look.total / look.calls.max(1);
        let micros = now.saturating_sub(look.since).as_micros().max(1);
        let rate = u128::from(look.calls).saturating_mul(1_000_000) / micros;
        let rate = u64::try_from(rate).unwrap_or(u64::MAX);
        let chance = look.before / CHANCE;
        let is_slow = mean > self.limits.target;
        let is_least = self.at_once <= self.limits.at_once_min;
        let step = if !look.was_full {
            Step::None
        } else if !is_slow {
            Step::Up
        } else if is_least && look.at_least < TRY_AFTER {
            Step::None
        } else {
            match look.step {
                Step::Down if rate.saturating_add(chance) < look.before => Step::Up,
                Step::Up if rate > look.before.saturating_add(chance) => Step::Up,
                Step::None if is_least => Step::Up,
                Step::Up | Step::Down | Step::None => Step::Down,
            }
        };
        let part = self.at_once.div_ceil(STEP);
        let at_once = match step {
            Step::Up => self.at_once + part,
            Step::Down => self.at_once - part,
            Step::None => self.at_once,
        };
        self.at_once = at_once.clamp(self.limits.at_once_min, self.limits.at_once_max);
        self.look = Look {
            since: now,
            calls: 0,
            total: Duration::ZERO,
            was_full: false,
            before: rate,
            step,
            at_least: if is_least && is_slow && step == Step::None {
                self.look.at_least + 1
            } else {
                0
            },
        };
    }
}

#[cfg(test)]
mod tests;
