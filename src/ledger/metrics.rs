//! What is counted of a ledger.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::record::decision::Prepared;

/// Upper bounds of the classes of time, in seconds: a sync takes half a millisecond on a good disk.
const SECONDS: [f64; 13] = [
    0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// Of appends to a commit, up to [`crate::limits::LEDGER_BATCH_MAX`].
const APPENDS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// Of sizes, in bytes: from 1 KiB to 16 MiB.
const BYTES: [f64; 8] = [
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
];

/// What is counted of a ledger. Clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    commit_seconds: Histogram,
    commit_appends: Histogram,
    failed_commits: Counter,
    waiting: Gauge,
    record_bytes: Histogram,
    snapshot_bytes: Histogram,
}

/// What a decision takes as it is stored, in bytes.
pub(super) struct Sizes {
    record: usize,
    snapshots: Vec<usize>,
}

impl Sizes {
    pub(super) fn of(prepared: &Prepared) -> Self {
        let snapshots = prepared.decision.snapshots.iter();
        Self {
            record: prepared.draft.content.len(),
            snapshots: snapshots.map(|sealed| sealed.bytes.len()).collect(),
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            commit_seconds: Histogram::new(SECONDS),
            commit_appends: Histogram::new(APPENDS),
            failed_commits: Counter::default(),
            waiting: Gauge::default(),
            record_bytes: Histogram::new(BYTES),
            snapshot_bytes: Histogram::new(BYTES),
        }
    }
}

impl Metrics {
    /// Shows the counts in a registry, each with a name that starts with `ledger_`.
    pub fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("ledger");
        registry.register_with_unit(
            "commit",
            "Time of a commit, until it is on the disk or has failed",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        registry.register(
            "commit_appends",
            "Appends that shared a commit",
            self.commit_appends.clone(),
        );
        registry.register(
            "failed_commits",
            "Commits that failed, so that nothing of them is recorded",
            self.failed_commits.clone(),
        );
        registry.register(
            "appends_waiting",
            "Appends that wait for a commit",
            self.waiting.clone(),
        );
        registry.register_with_unit(
            "record",
            "Size of the record of a decision, as it is stored",
            Unit::Bytes,
            self.record_bytes.clone(),
        );
        registry.register_with_unit(
            "snapshot",
            "Size of a snapshot that a recorded decision rests on, as it is stored",
            Unit::Bytes,
            self.snapshot_bytes.clone(),
        );
    }

    /// An append begins to wait.
    pub(super) fn waits(&self) {
        self.waiting.inc();
    }

    /// So many appends wait no more.
    pub(super) fn taken(&self, appends: usize) {
        self.waiting
            .dec_by(i64::try_from(appends).unwrap_or(i64::MAX));
    }

    /// A commit of so many appends took so long.
    pub(super) fn committed(&self, appends: usize, took: Duration, well: bool) {
        self.commit_seconds.observe(took.as_secs_f64());
        self.commit_appends.observe(number(appends));
        if !well {
            self.failed_commits.inc();
        }
    }

    /// A decision was recorded.
    pub(super) fn recorded(&self, sizes: &Sizes) {
        self.record_bytes.observe(number(sizes.record));
        for bytes in &sizes.snapshots {
            self.snapshot_bytes.observe(number(*bytes));
        }
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
