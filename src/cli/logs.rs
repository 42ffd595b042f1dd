//! Logs: to standard error, without colours where it is no terminal. Lines are written by a thread of
//! their own: where nobody reads them in time they are lost and counted, and no call waits.

use std::convert::Infallible;
use std::io::IsTerminal;
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Config, LogFormat};
use crate::limits;

/// Time between two looks at how many lines were lost.
const LOOK: Duration = Duration::from_secs(10);

/// The log of this process, which writes what is left of it when it is dropped.
pub(super) struct Logs {
    lost: ErrorCounter,
    _guard: WorkerGuard,
}

impl Logs {
    /// Counts the lines that were lost among the metrics.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "log_lines_lost",
            "Lines of the log that were lost, because nobody read standard error in time",
            Lost(self.lost.clone()),
        );
    }

    /// Warns whenever lines were lost. Never ends.
    pub(super) async fn watch(&self) -> Infallible {
        let mut told = 0;
        loop {
            tokio::time::sleep(LOOK).await;
            let lost = self.lost.dropped_lines();
            if lost > told {
                tracing::warn!(
                    lost,
                    "lines of the log were lost: nobody reads standard error"
                );
                told = lost;
            }
        }
    }
}

/// The number of lines that were lost, as a counter.
struct Lost(ErrorCounter);

impl std::fmt::Debug for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Lost")
            .field(&self.0.dropped_lines())
            .finish()
    }
}

impl EncodeMetric for Lost {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> std::fmt::Result {
        let lost = u64::try_from(self.0.dropped_lines()).unwrap_or(u64::MAX);
        encoder.encode_counter::<NoLabelSet, _, u64>(&lost, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

/// Starts logging as `config` says. Later calls in the same process change nothing.
pub(super) fn start(config: &Config) -> Logs {
    // INVARIANT: `Config` holds only a filter that parses.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_default();
    // A line that cannot be written is lost. Telling of that on the same way would panic.
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(limits::LOG_LINES_WAITING_MAX)
        .finish(std::io::stderr());
    let logs = Logs {
        lost: writer.error_counter(),
        _guard: guard,
    };
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .log_internal_errors(false);
    let started = match config.log_format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => {
            let ansi = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            builder.with_ansi(ansi).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("logging had been started already");
    }
    logs
}
