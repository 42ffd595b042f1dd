//! A circuit breaker: when Stripe fails again and again, it is left alone for a while.
//!
//! Closed, every call passes. So many failures in a row open it: calls then fail at once, for a
//! pause. After the pause one call passes as a probe. Its success closes the breaker; its failure
//! opens it again, for twice as long.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::metrics::Metrics;
use super::settings::StripeConfig;
use crate::clock::Stopwatch;
use crate::limits;

/// What a call says of the service in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It answered, be it with a refusal.
    Answered,
    /// It failed, was not reached, or did not answer in time.
    Failed,
    /// The call was given up for a reason of its own.
    Unknown,
}

/// How a call was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Usual,
    /// Alone, to see whether the service is back.
    Probe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Duration, pause: Duration },
    HalfOpen { pause: Duration },
}

impl State {
    /// The number that stands for it where the counts are shown.
    fn shown(self) -> i64 {
        match self {
            Self::Closed { .. } => 0,
            Self::HalfOpen { .. } => 1,
            Self::Open { .. } => 2,
        }
    }
}

/// The state machine; the time is an argument, counted from any fixed moment.
#[derive(Debug)]
struct Breaker {
    failures_max: u32,
    pause_min: Duration,
    pause_max: Duration,
    state: State,
}

impl Breaker {
    fn new(failures_max: u32, pause_min: Duration, pause_max: Duration) -> Self {
        Self {
            failures_max,
            pause_min,
            pause_max: pause_max.max(pause_min),
            state: State::Closed { failures: 0 },
        }
    }

    /// How long calls fail at once, where they do.
    fn shut_for(&self, now: Duration) -> Option<Duration> {
        match self.state {
            State::Closed { .. } => None,
            State::Open { until, .. } => until.checked_sub(now).filter(|left| !left.is_zero()),
            // Nobody knows how long the probe takes.
            State::HalfOpen { .. } => Some(self.pause_min),
        }
    }

    /// Lets a call through, or says how long to wait.
    fn enter(&mut self, now: Duration) -> Result<Entry, Duration> {
        if let Some(left) = self.shut_for(now) {
            return Err(left);
        }
        match self.state {
            State::Closed { .. } | State::HalfOpen { .. } => Ok(Entry::Usual),
            State::Open { pause, .. } => {
                self.state = State::HalfOpen { pause };
                Ok(Entry::Probe)
            }
        }
    }

    /// Takes the end of a call that was let through.
    fn leave(&mut self, entry: Entry, verdict: Verdict, now: Duration) {
        self.state = match (self.state, entry, verdict) {
            (State::Closed { .. }, _, Verdict::Answered) => State::Closed { failures: 0 },
            (State::Closed { failures }, _, Verdict::Failed) => {
                let failures = failures.saturating_add(1);
                if failures < self.failures_max {
                    State::Closed { failures }
                } else {
                    self.open(now, self.pause_min)
                }
            }
            // INVARIANT: one call at most is a probe, and only its end ends this state.
            (State::HalfOpen { .. }, Entry::Probe, Verdict::Answered) => {
                State::Closed { failures: 0 }
            }
            (State::HalfOpen { pause }, Entry::Probe, Verdict::Failed) => {
                self.open(now, pause.saturating_mul(2).min(self.pause_max))
            }
            (State::HalfOpen { pause }, Entry::Probe, Verdict::Unknown) => {
                State::Open { until: now, pause }
            }
            // A call from before it opened says nothing new.
            (state, _, _) => state,
        };
    }

    fn open(&self, now: Duration, pause: Duration) -> State {
        let until = now.saturating_add(pause);
        State::Open { until, pause }
    }
}

/// The breaker of one client.
pub(super) struct Circuit {
    breaker: Mutex<Breaker>,
    since: Stopwatch,
    metrics: Metrics,
}

impl Circuit {
    pub(super) fn new(config: &StripeConfig, metrics: Metrics) -> Self {
        let breaker = Breaker::new(
            config.breaker_failures,
            config.breaker_pause,
            limits::STRIPE_BREAKER_PAUSE_MAX,
        );
        Self {
            breaker: Mutex::new(breaker),
            since: Stopwatch::start(),
            metrics,
        }
    }

    fn locked(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long calls fail at once, where they do.
    pub(super) fn shut_for(&self) -> Option<Duration> {
        self.locked().shut_for(self.since.elapsed())
    }

    /// Lets a call through, or says how long to wait.
    pub(super) fn enter(&self) -> Result<Ticket<'_>, Duration> {
        let mut breaker = self.locked();
        let before = breaker.state;
        let now = self.since.elapsed();
        let entry = breaker.enter(now)?;
        self.tell(before, breaker.state, now);
        Ok(Ticket {
            circuit: self,
            entry,
            verdict: Verdict::Unknown,
        })
    }

    fn tell(&self, before: State, after: State, now: Duration) {
        if std::mem::discriminant(&before) == std::mem::discriminant(&after) {
            return;
        }
        self.metrics.breaker_is(after.shown());
        match after {
            State::Closed { .. } => tracing::info!("stripe is back"),
            State::Open { until, pause } if until > now => {
                self.metrics.breaker_opened();
                tracing::warn!(?pause, "stripe is left alone");
            }
            State::Open { .. } => tracing::info!("nobody looked whether stripe is back"),
            State::HalfOpen { .. } => tracing::info!("one call looks whether stripe is back"),
        }
    }
}

/// A call that was let through. Dropped before its end, it says nothing of the service.
pub(super) struct Ticket<'a> {
    circuit: &'a Circuit,
    entry: Entry,
    verdict: Verdict,
}

impl Ticket<'_> {
    pub(super) fn leave(mut self, verdict: Verdict) {
        self.verdict = verdict;
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut breaker = self.circuit.locked();
        let before = breaker.state;
        let now = self.circuit.since.elapsed();
        breaker.leave(self.entry, self.verdict, now);
        self.circuit.tell(before, breaker.state, now);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FAILURES: u32 = 3;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn breaker() -> Breaker {
        Breaker::new(FAILURES, seconds(2), seconds(10))
    }

    /// One call that ends at once.
    fn call(breaker: &mut Breaker, verdict: Verdict, now: u64) -> Result<(), Duration> {
        let entry = breaker.enter(seconds(now))?;
        breaker.leave(entry, verdict, seconds(now));
        Ok(())
    }

    impl Breaker {
        fn anew(&self) -> Self {
            Self::new(self.failures_max, self.pause_min, self.pause_max)
        }
    }

    fn broken() -> Breaker {
        let mut breaker = breaker();
        for _ in 0..FAILURES {
            call(&mut breaker, Verdict::Failed, 0).unwrap();
        }
        breaker
    }

    #[test]
    fn it_opens_at_so_many_failures_in_a_row() {
        use Verdict::{Answered, Failed, Unknown};
        let opens = |verdicts: &[Verdict]| {
            let mut breaker = breaker();
            for verdict in verdicts {
                call(&mut breaker, *verdict, 0).unwrap();
            }
            breaker.shut_for(seconds(0)).is_some()
        };
        assert!(!opens(&[Failed, Failed]), "below");
        assert!(opens(&[Failed, Failed, Failed]), "at");
        assert!(!opens(&[Failed, Failed, Answered, Failed, Failed]));
        assert!(opens(&[Failed, Unknown, Failed, Unknown, Failed]));
    }

    #[test]
    fn it_stays_open_for_its_pause_and_lets_one_probe_through() {
        let mut breaker = broken();
        assert_eq!(breaker.enter(seconds(0)), Err(seconds(2)));
        assert_eq!(breaker.enter(seconds(1)), Err(seconds(1)));
        assert_eq!(breaker.enter(seconds(2)), Ok(Entry::Probe));
        assert_eq!(breaker.enter(seconds(2)), Err(seconds(2)), "one alone");
        assert_eq!(breaker.enter(seconds(9)), Err(seconds(2)), "however late");
        breaker.leave(Entry::Probe, Verdict::Answered, seconds(9));
        assert_eq!(breaker.enter(seconds(9)), Ok(Entry::Usual));
    }

    #[test]
    fn its_pause_doubles_up_to_the_longest_and_starts_anew_after_a_success() {
        let mut breaker = broken();
        let mut now = 0;
        for pause in [2, 4, 8, 10, 10] {
            assert_eq!(breaker.shut_for(seconds(now)), Some(seconds(pause)));
            now += pause;
            call(&mut breaker, Verdict::Failed, now).unwrap();
        }
        now += 10;
        call(&mut breaker, Verdict::Answered, now).unwrap();
        for _ in 0..FAILURES {
            call(&mut breaker, Verdict::Failed, now).unwrap();
        }
        assert_eq!(breaker.shut_for(seconds(now)), Some(seconds(2)));
    }

    #[test]
    fn its_defaults_are_the_limits() {
        let config = StripeConfig::new("sk_test_1".to_owned().into());
        let circuit = Circuit::new(&config, Metrics::new());
        let failures_max = limits::STRIPE_BREAKER_FAILURES;
        for (failures, opens) in [
            (failures_max - 1, false),
            (failures_max, true),
            (failures_max + 1, true),
        ] {
            let anew = circuit.locked().anew();
            *circuit.locked() = anew;
            let opened = (0..failures)
                .map(|_| circuit.enter().map(|ticket| ticket.leave(Verdict::Failed)))
                .filter(Result::is_err)
                .count();
            assert_eq!(circuit.shut_for().is_some(), opens, "{failures}");
            assert_eq!(opened > 0, failures > failures_max, "{failures}");
        }
        let mut breaker = circuit.locked().anew();
        for _ in 0..failures_max {
            call(&mut breaker, Verdict::Failed, 0).unwrap();
        }
        let (mut now, mut pauses) = (0, Vec::new());
        for _ in 0..8 {
            let pause = breaker.shut_for(seconds(now)).unwrap();
            pauses.push(pause);
            now += pause.as_secs();
            call(&mut breaker, Verdict::Failed, now).unwrap();
        }
        let max = limits::STRIPE_BREAKER_PAUSE_MAX;
        assert_eq!(pauses[0], limits::STRIPE_BREAKER_PAUSE);
        assert!(pauses[4] < max && pauses[4] * 2 > max, "{pauses:?}");
        assert_eq!(pauses[5..], [max, max, max]);
    }

    #[test]
    fn a_probe_that_is_given_up_makes_room_for_the_next() {
        let mut breaker = broken();
        call(&mut breaker, Verdict::Unknown, 2).unwrap();
        assert_eq!(breaker.enter(seconds(2)), Ok(Entry::Probe));
    }

    #[test]
    fn a_call_from_before_it_opened_changes_nothing() {
        let mut breaker = breaker();
        let early = breaker.enter(seconds(0)).unwrap();
        for _ in 0..FAILURES {
            call(&mut breaker, Verdict::Failed, 0).unwrap();
        }
        for verdict in [Verdict::Answered, Verdict::Failed, Verdict::Unknown] {
            breaker.leave(early, verdict, seconds(1));
            assert_eq!(breaker.shut_for(seconds(1)), Some(seconds(1)));
        }
        assert_eq!(breaker.enter(seconds(2)), Ok(Entry::Probe));
        breaker.leave(early, Verdict::Answered, seconds(2));
        assert!(breaker.enter(seconds(2)).is_err(), "the probe still runs");
    }

    /// What may happen to it: time passes, a call comes, a call that runs ends.
    #[derive(Debug, Clone, Copy)]
    enum Event {
        Passes(u64),
        Comes,
        Ends(usize, Verdict),
    }

    fn event() -> impl Strategy<Value = Event> {
        let verdict = prop_oneof![
            1 => Just(Verdict::Answered),
            4 => Just(Verdict::Failed),
            1 => Just(Verdict::Unknown),
        ];
        prop_oneof![
            (0..4_u64).prop_map(Event::Passes),
            Just(Event::Comes),
            (any::<usize>(), verdict).prop_map(|(which, verdict)| Event::Ends(which, verdict)),
        ]
    }

    proptest! {
        #[test]
        fn it_keeps_its_promises(events in proptest::collection::vec(event(), 0..200)) {
            let mut breaker = breaker();
            let (mut now, mut running, mut in_a_row) = (0, Vec::new(), 0);
            for event in events {
                let before = breaker.state;
                match event {
                    Event::Passes(time) => now += time,
                    Event::Comes => match breaker.enter(seconds(now)) {
                        Ok(entry) => {
                            let probes = running.iter().filter(|one| **one == Entry::Probe).count();
                            prop_assert!(entry == Entry::Usual || probes == 0, "two probes");
                            running.push(entry);
                        }
                        Err(left) => prop_assert!(left > Duration::ZERO && left <= seconds(10)),
                    },
                    Event::Ends(_, _) if running.is_empty() => {}
                    Event::Ends(which, verdict) => {
                        let entry = running.swap_remove(which % running.len());
                        breaker.leave(entry, verdict, seconds(now));
                        match verdict {
                            Verdict::Answered => in_a_row = 0,
                            Verdict::Failed => in_a_row += 1,
                            Verdict::Unknown => {}
                        }
                    }
                }
                match (before, breaker.state) {
                    (State::Closed { .. }, State::Open { until, .. }) => {
                        prop_assert!(in_a_row >= FAILURES);
                        prop_assert_eq!(until, seconds(now + 2));
                    }
                    (State::Closed { .. }, State::HalfOpen { .. }) => prop_assert!(false),
                    (State::Open { until, .. }, State::HalfOpen { .. }) => {
                        prop_assert!(seconds(now) >= until, "before its time");
                    }
                    (State::Open { .. }, State::Closed { .. }) => prop_assert!(false, "no probe"),
                    (_, State::Open { pause, .. }) => prop_assert!(pause <= seconds(10)),
                    _ => {}
                }
                // It always comes back: after its longest pause a call passes, or a probe runs.
                let probing = running.contains(&Entry::Probe);
                prop_assert!(probing || breaker.shut_for(seconds(now + 10)).is_none());
            }
        }
    }
}
