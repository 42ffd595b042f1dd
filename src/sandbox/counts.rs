//! Counts what the sandbox is asked: always, so that a test of a client's manners need not be
//! taken at the client's word.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::world::RefreshFeature;
use crate::limits;

/// What the sandbox has seen since it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// Calls in all, whatever was answered.
    pub calls: u64,
    /// Calls by endpoint: `accounts/{account}/refresh`.
    pub by_endpoint: BTreeMap<&'static str, u64>,
    /// The most calls in any window of one second.
    pub peak: u64,
    /// The most calls of one endpoint in any window of one second.
    pub peak_by_endpoint: BTreeMap<&'static str, u64>,
    /// The most calls for one `Stripe-Account` in any window of one second; the empty name is the
    /// platform itself.
    pub peak_by_account: BTreeMap<String, u64>,
    /// Calls that the rate limit refused.
    pub rate_limited: u64,
    /// Calls that a fault changed.
    pub faulted: u64,
    /// Refreshes that were really started, by account and feature.
    pub refreshes: BTreeMap<String, BTreeMap<RefreshFeature, u64>>,
    /// Different idempotency keys; one that is used for two `Stripe-Account`s is two.
    pub idempotency_keys: u64,
    /// Webhooks that were taken with a 2xx.
    pub webhooks_delivered: u64,
    /// Webhooks that were given up: nobody took them, or too many waited.
    pub webhooks_lost: u64,
}

/// How many events there were in the last second, and the most there ever were.
#[derive(Debug, Default)]
pub(super) struct Window {
    recent: VecDeque<Duration>,
    peak: u64,
}

/// The length of a window.
const SECOND: Duration = Duration::from_secs(1);

impl Window {
    /// An event at a time that is not before the last one's. Two that are exactly a second apart
    /// are in no window together.
    pub(super) fn add(&mut self, at: Duration) {
        self.forget(at);
        self.recent.push_back(at);
        self.peak = self.peak.max(self.now());
    }

    /// How many there are in the second that ends at `at`.
    pub(super) fn at(&mut self, at: Duration) -> u64 {
        self.forget(at);
        self.now()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.recent.len()).unwrap_or(u64::MAX)
    }

    fn forget(&mut self, at: Duration) {
        let is_old = |seen: &Duration| at.saturating_sub(*seen) >= SECOND;
        while self.recent.front().is_some_and(is_old) {
            self.recent.pop_front();
        }
    }
}

/// Why a call is over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OverLimit {
    /// All calls together.
    Overall,
    /// The calls of one endpoint.
    Endpoint,
}

/// One call, as far as it is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted<'a> {
    pub(super) endpoint: &'static str,
    pub(super) stripe_account: &'a str,
    pub(super) idempotency_key: Option<&'a str>,
}

/// All that is counted by call.
#[derive(Debug, Default)]
pub(super) struct Counters {
    counts: Counts,
    overall: Window,
    endpoints: BTreeMap<&'static str, Window>,
    accounts: BTreeMap<String, Window>,
    /// Keys with the `Stripe-Account` that each was used for: one key on two of them is two.
    keys: BTreeSet<(String, String)>,
    /// Calls that the limit let pass: a refused call uses up none of it.
    passed: Window,
    passed_endpoints: BTreeMap<&'static str, Window>,
}

impl Counters {
    /// Counts a call at `at` after the start.
    pub(super) fn count(&mut self, call: Counted<'_>, at: Duration) {
        self.counts.calls = self.counts.calls.saturating_add(1);
        let calls = self.counts.by_endpoint.entry(call.endpoint).or_default();
        *calls = calls.saturating_add(1);
        self.overall.add(at);
        self.endpoints.entry(call.endpoint).or_default().add(at);
        let room = self.accounts.len() < limits::SANDBOX_COUNTED_NAMES_MAX;
        if room || self.accounts.contains_key(call.stripe_account) {
            let account = call.stripe_account.to_owned();
            self.accounts.entry(account).or_default().add(at);
        }
        if let Some(key) = call.idempotency_key
            && self.keys.len() < limits::SANDBOX_COUNTED_NAMES_MAX
        {
            self.keys
                .insert((call.stripe_account.to_owned(), key.to_owned()));
        }
    }

    /// Lets a call at `at` pass unless it is one too many in a second.
    pub(super) fn admit(
        &mut self,
        endpoint: &'static str,
        at: Duration,
        limit: u64,
    ) -> Result<(), OverLimit> {
        let of_endpoint = self.passed_endpoints.entry(endpoint).or_default();
        let over = if self.passed.at(at) >= limit {
            Some(OverLimit::Overall)
        } else if of_endpoint.at(at) >= limits::SANDBOX_ENDPOINT_RATE_MAX {
            Some(OverLimit::Endpoint)
        } else {
            None
        };
        if let Some(over) = over {
            self.counts.rate_limited = self.counts.rate_limited.saturating_add(1);
            return Err(over);
        }
        of_endpoint.add(at);
        self.passed.add(at);
        Ok(())
    }

    /// Counts a call that a fault changes.
    pub(super) fn count_fault(&mut self) {
        self.counts.faulted = self.counts.faulted.saturating_add(1);
    }

    /// What was counted by call.
    pub(super) fn counts(&self) -> Counts {
        let peaks = |windows: &BTreeMap<&'static str, Window>| {
            let peaks = windows.iter().map(|(name, window)| (*name, window.peak));
            peaks.collect()
        };
        let accounts = self.accounts.iter();
        Counts {
            peak: self.overall.peak,
            peak_by_endpoint: peaks(&self.endpoints),
            peak_by_account: accounts
                .map(|(name, window)| (name.clone(), window.peak))
                .collect(),
            idempotency_keys: u64::try_from(self.keys.len()).unwrap_or(u64::MAX),
            ..self.counts.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: Counted<'static> = Counted {
        endpoint: "transactions",
        stripe_account: "",
        idempotency_key: None,
    };

    fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn a_limit_is_kept_below_at_and_above() {
        let mut counters = Counters::default();
        for call in 0..limits::SANDBOX_ENDPOINT_RATE_MAX {
            assert_eq!(counters.admit("accounts", milliseconds(call), 40), Ok(()));
        }
        let at = milliseconds(limits::SANDBOX_ENDPOINT_RATE_MAX);
        let over = counters.admit("accounts", at, 40);
        assert_eq!(over, Err(OverLimit::Endpoint));
        for _ in limits::SANDBOX_ENDPOINT_RATE_MAX..40 {
            assert_eq!(counters.admit("transactions", at, 40), Ok(()));
        }
        let over = counters.admit("transactions", at, 40);
        assert_eq!(over, Err(OverLimit::Overall));
        assert_eq!(counters.counts().rate_limited, 2);
        // The first call is a second ago: there is room for one.
        let later = milliseconds(1_000);
        assert_eq!(counters.admit("accounts", later, 40), Ok(()));
        assert!(counters.admit("accounts", later, 40).is_err());
    }

    #[test]
    fn names_are_counted_up_to_a_limit() {
        let max = limits::SANDBOX_COUNTED_NAMES_MAX;
        let mut counters = Counters::default();
        for number in 0..=max {
            let name = number.to_string();
            let call = Counted {
                stripe_account: &name,
                idempotency_key: Some(&name),
                ..HERE
            };
            counters.count(call, milliseconds(0));
            if number + 2 >= max {
                let counts = counters.counts();
                let expected = max.min(number + 1);
                assert_eq!(counts.peak_by_account.len(), expected);
                assert_eq!(counts.idempotency_keys, u64::try_from(expected).unwrap());
            }
        }
        assert_eq!(counters.counts().calls, u64::try_from(max + 1).unwrap());
    }

    proptest! {
        #[test]
        fn the_peak_is_what_a_naive_count_gives(
            mut calls in prop::collection::vec((0_u64..5_000, 0_usize..3), 0..120),
        ) {
            calls.sort();
            let names = ["accounts", "transactions", "other"];
            let mut counters = Counters::default();
            for (at, name) in &calls {
                let call = Counted { endpoint: names[*name], ..HERE };
                counters.count(call, milliseconds(*at));
            }
            // For every window that begins with a call, the calls in it.
            let naive = |wanted: &dyn Fn(usize) -> bool| {
                let times: Vec<u64> = calls
                    .iter()
                    .filter(|(_, name)| wanted(*name))
                    .map(|(at, _)| *at)
                    .collect();
                let in_window = |from: &u64| {
                    times.iter().filter(|at| **at >= *from && **at < from + 1_000).count()
                };
                u64::try_from(times.iter().map(in_window).max().unwrap_or(0)).unwrap()
            };
            let counts = counters.counts();
            prop_assert_eq!(counts.peak, naive(&|_| true));
            prop_assert_eq!(counts.calls, u64::try_from(calls.len()).unwrap());
            for (index, name) in names.iter().enumerate() {
                let peak = counts.peak_by_endpoint.get(name).copied().unwrap_or(0);
                prop_assert_eq!(peak, naive(&|other| other == index));
            }
            prop_assert_eq!(
                counts.peak_by_account.get("").copied().unwrap_or(0),
                counts.peak
            );
        }
    }
}
