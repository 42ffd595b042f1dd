//! What is counted of calls and of the gates before them.

use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tonic::Code;

use super::status;
use crate::admission::{GateState, Gates};

/// Upper bounds of the classes of latency, in seconds.
const BOUNDS: [f64; 12] = [
    0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0,
];

/// The methods that are told apart.
const METHODS: [&str; 34] = [
    "Decide",
    "ResolveDecision",
    "GetDecision",
    "WatchDecision",
    "ListDecisions",
    "ListPendingDecisions",
    "GetSnapshot",
    "RecordOverride",
    "ListOverrides",
    "GetAdverseActionNotice",
    "RecordNotice",
    "ListNotices",
    "ListDueNotices",
    "RecordLoanPerformance",
    "ListLoanPerformance",
    "CreateToken",
    "ListTokens",
    "RevokeToken",
    "CheckRuleSet",
    "PublishRuleSet",
    "ListRuleSets",
    "GetRuleSet",
    "ActivateRuleSet",
    "RollBackRuleSet",
    "RetireRuleSet",
    "ListActivations",
    "SetShadow",
    "ClearShadow",
    "GetRuleSetStatus",
    "RunReplay",
    "GetReplay",
    "GetReplayReport",
    "CancelReplay",
    "ListReplays",
];
/// All others: health, reflection, and those that there are not.
const OTHER: &str = "other";

/// What is counted of calls. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    calls: Family<CallLabels, Counter>,
    latency: Family<MethodLabel, Histogram, fn() -> Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MethodLabel {
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GateLabel {
    gate: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            calls: Family::default(),
            latency: Family::new_with_constructor(|| Histogram::new(BOUNDS)),
        }
    }
}

impl Metrics {
    /// Adds what is counted of calls, and how `gates` stand.
    pub fn register(&self, registry: &mut Registry, gates: &Gates) {
        let help = "Calls by method and gRPC code, refused ones included";
        registry.register("calls", help, self.calls.clone());
        let help = "Seconds from the head of a request to the head of its answer, by method";
        registry.register("call_seconds", help, self.latency.clone());
        registry.register_collector(Box::new(GateStates(gates.clone())));
    }

    /// What the calls to a path are counted as.
    pub(super) fn method(path: &str) -> &'static str {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let method = METHODS.into_iter().find(|method| *method == name);
        method.unwrap_or(OTHER)
    }

    /// Counts a call by its method, code and latency.
    pub(super) fn count(&self, method: &'static str, code: Code, took: Duration) {
        let code = status::name(code);
        self.calls.get_or_create(&CallLabels { method, code }).inc();
        self.latency
            .get_or_create(&MethodLabel { method })
            .observe(took.as_secs_f64());
    }
}

/// Reads the gates whenever the metrics are shown.
struct GateStates(Gates);

impl std::fmt::Debug for GateStates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GateStates(..)")
    }
}

impl GateStates {
    fn all(&self) -> [(&'static str, GateState); 3] {
        [
            ("decide", self.0.decide.state()),
            ("read", self.0.read.state()),
            ("list", self.0.list.state()),
        ]
    }
}

impl Collector for GateStates {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        type Read = fn(&GateState) -> usize;
        let gauges: [(&str, &str, Read); 3] = [
            ("gate_in", "Calls that are let in, by gate", |state| {
                state.held
            }),
            (
                "gate_waiting",
                "Calls that wait to be let in, by gate",
                |state| state.waiting,
            ),
            (
                "gate_at_once",
                "Calls that are let in at once, by gate",
                |state| state.at_once,
            ),
        ];
        let states = self.all();
        for (name, help, read) in gauges {
            let kind = prometheus_client::metrics::MetricType::Gauge;
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for (gate, state) in &states {
                let value = ConstGauge::new(i64::try_from(read(state)).unwrap_or(i64::MAX));
                value.encode(family.encode_family(&GateLabel { gate })?)?;
            }
        }
        let kind = prometheus_client::metrics::MetricType::Counter;
        let help = "Calls that were refused, by gate";
        let mut family = encoder.encode_descriptor("gate_refused", help, None, kind)?;
        for (gate, state) in &states {
            ConstCounter::new(state.refused).encode(family.encode_family(&GateLabel { gate })?)?;
        }
        Ok(())
    }
}
