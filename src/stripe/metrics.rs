//! What the client counts, to be shown where the process shows its numbers.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// The bounds of the histograms, in seconds.
const SECONDS: [f64; 13] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    route: &'static str,
    result: &'static str,
}

/// The counts of one [`StripeClient`](super::StripeClient). Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    calls: Family<Ended, Counter>,
    retries: Family<Route, Counter>,
    latency: Family<Route, Histogram, fn() -> Histogram>,
    waits: Histogram,
    breaker: Gauge,
    openings: Counter,
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            calls: Family::default(),
            retries: Family::default(),
            latency: Family::new_with_constructor(histogram),
            waits: histogram(),
            breaker: Gauge::default(),
            openings: Counter::default(),
        }
    }

    /// Shows the counts in a registry, each with a name that starts with `stripe_`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("stripe");
        registry.register(
            "calls",
            "Attempts of calls to Stripe by route and result: ok, or the code of the error",
            self.calls.clone(),
        );
        registry.register(
            "retries",
            "Attempts that were not the first of their call",
            self.retries.clone(),
        );
        registry.register_with_unit(
            "call",
            "Time from the sending of a call to the end of its answer",
            Unit::Seconds,
            self.latency.clone(),
        );
        registry.register_with_unit(
            "rate_wait",
            "Time that a call waited for its turn within the rates",
            Unit::Seconds,
            self.waits.clone(),
        );
        registry.register(
            "breaker_state",
            "0: every call passes, 1: one call looks whether Stripe is back, 2: none passes",
            self.breaker.clone(),
        );
        registry.register(
            "breaker_openings",
            "Times that Stripe was left alone for a while",
            self.openings.clone(),
        );
    }

    pub(super) fn attempted(&self, route: &'static str, number: usize, result: &'static str) {
        self.calls.get_or_create(&Ended { route, result }).inc();
        if number > 1 {
            self.retries.get_or_create(&Route { route }).inc();
        }
    }

    pub(super) fn took(&self, route: &'static str, time: Duration) {
        let latency = self.latency.get_or_create(&Route { route });
        latency.observe(time.as_secs_f64());
    }

    pub(super) fn waited(&self, time: Duration) {
        self.waits.observe(time.as_secs_f64());
    }

    /// How far the breaker is open, as `breaker_state` says.
    pub(super) fn breaker_is(&self, open: i64) {
        self.breaker.set(open);
    }

    pub(super) fn breaker_opened(&self) {
        self.openings.inc();
    }
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}
