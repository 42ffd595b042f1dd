//! What is counted of the webhooks.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Deliveries by the type of their event and what became of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Metrics {
    deliveries: Family<Labels, Counter>,
}

/// Both have few values: a type that is not in the table of them is `other`, and `none` where it
/// is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    r#type: &'static str,
    result: &'static str,
}

impl Metrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Webhooks from Stripe, by the type of the event and what became of it";
        registry.register("stripe_webhooks", help, metrics.deliveries.clone());
        metrics
    }

    pub(super) fn count(&self, kind: &'static str, result: &'static str) {
        let labels = Labels {
            r#type: kind,
            result,
        };
        self.deliveries.get_or_create(&labels).inc();
    }
}
