//! What is counted of decisions and of the data that they rest on.

use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::work::WorkTable;
use crate::clock::Clock;
use crate::ledger::DecisionRecord;

/// What is counted. Clones count together.
#[derive(Debug, Clone, Default)]
pub(super) struct Metrics {
    decisions: Family<DecisionLabels, Counter>,
    reads: Family<ReadLabel, Counter>,
}

/// Both have few values: a rule set is one that was published, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    rule_set: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabel {
    from: &'static str,
}

/// Where the data of an account was had from.
#[derive(Debug, Clone, Copy)]
pub(super) enum ReadFrom {
    /// Memory: it was read of the cache lately.
    Recent,
    /// The cache.
    Cache,
    /// Stripe.
    Fetch,
    /// A fetch for another decision, that was under way.
    SharedFetch,
    /// Nowhere: it could not be fetched.
    Failed,
}

impl ReadFrom {
    fn as_str(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Cache => "cache",
            Self::Fetch => "fetch",
            Self::SharedFetch => "shared_fetch",
            Self::Failed => "failed",
        }
    }
}

impl Metrics {
    /// Shows the counts in a registry, and how what is pending stands.
    pub(super) fn register(
        &self,
        registry: &mut Registry,
        work: &Arc<WorkTable>,
        clock: &Arc<dyn Clock>,
    ) {
        registry.register(
            "decisions",
            "Decisions that were recorded, by the name of their rule set and their outcome",
            self.decisions.clone(),
        );
        registry.register(
            "account_reads",
            "Accounts that a decision wanted, by where their data was had from",
            self.reads.clone(),
        );
        registry.register_collector(Box::new(PendingStates {
            work: Arc::clone(work),
            clock: Arc::clone(clock),
        }));
    }

    /// A decision was recorded.
    pub(super) fn decided(&self, record: &DecisionRecord) {
        let labels = DecisionLabels {
            rule_set: record.body.pins.rule_set.name.as_str().to_owned(),
            outcome: record.body.outcome().as_str(),
        };
        self.decisions.get_or_create(&labels).inc();
    }

    /// The data of an account was had, or not.
    pub(super) fn read(&self, from: ReadFrom) {
        let from = from.as_str();
        self.reads.get_or_create(&ReadLabel { from }).inc();
    }
}

/// Looks at what is pending whenever the metrics are shown.
struct PendingStates {
    work: Arc<WorkTable>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for PendingStates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PendingStates(..)")
    }
}

impl Collector for PendingStates {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let (count, oldest) = self.work.pending();
        let age = oldest.map(|since| self.clock.now().signed_duration_since(since));
        let age = age.map_or(0, |age| age.num_seconds().max(0));
        let help = "Decisions that wait for banks";
        let gauge =
            encoder.encode_descriptor("pending_decisions", help, None, MetricType::Gauge)?;
        ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX)).encode(gauge)?;
        let help = "How long the decision has been pending that was asked for first; 0 without one";
        let (name, unit) = ("pending_oldest_age", Unit::Seconds);
        let gauge = encoder.encode_descriptor(name, help, Some(&unit), MetricType::Gauge)?;
        ConstGauge::new(age).encode(gauge)
    }
}
