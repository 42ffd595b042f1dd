//! Limits of what looks at past decisions.

use std::time::Duration;

/// Decisions that a list looks at for one page, where most of them are not meant.
pub const LIST_LOOKED_AT_MAX: usize = 10_000;
/// The least decisions of a sample: one of each outcome.
pub const SAMPLE_MIN: usize = 4;
/// The most decisions of a sample.
pub const SAMPLE_MAX: usize = 1_000_000;

/// Findings that a replay describes; the rest are counted.
pub const REPLAY_FINDINGS_MAX: usize = 1_000;
/// Places described of one differing decision; the rest are counted.
pub const REPLAY_PLACES_MAX: usize = 20;

/// Largest file of which application is of which segment, in bytes: some 400,000 applications.
pub const SEGMENTS_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Candidates of one backtest: each decides every decision.
pub const BACKTEST_CANDIDATES_MAX: usize = 16;
/// Flips of one candidate that a backtest explains one by one; the rest are counted.
pub const BACKTEST_FLIPS_MAX: usize = 1_000;
/// Flips of one candidate that the page for a committee lists: with five candidates it stays below 2 MB.
pub const BACKTEST_PAGE_FLIPS_MAX: usize = 200;
/// Different values of a feature, score or rate that a backtest tells apart; with more, it counts by bins.
pub const BACKTEST_BINS_MAX: usize = 1_024;

/// Runs of `ReplayService` that are under way at once. Each takes threads of its own.
pub const REPLAYS_AT_ONCE: usize = 2;
/// Of those, runs of one tenant.
pub const REPLAYS_AT_ONCE_OF_TENANT: usize = 1;
/// Threads of one run at most: no machine has use for more.
pub const REPLAY_THREADS_MAX: usize = 64;
/// Runs that are remembered once they ended.
pub const REPLAYS_KEPT: usize = 64;
/// Of those, runs of one tenant.
pub const REPLAYS_KEPT_OF_TENANT: usize = 8;
/// Bytes of reports that are remembered, of all runs together.
pub const REPLAY_REPORT_BYTES_KEPT: usize = 64 * 1024 * 1024;
/// Bytes of a report in one message: below the 4 MB that clients take.
pub const REPLAY_REPORT_PIECE_BYTES: usize = 1024 * 1024;
/// Time between two messages about how far a run is.
pub const REPLAY_PROGRESS_INTERVAL: Duration = Duration::from_millis(500);
/// When to come back where as many runs are under way as may be.
pub const REPLAY_RETRY: Duration = Duration::from_secs(10);
/// Ids of decisions in one selection on the wire.
pub const SELECTION_IDS_MAX: usize = 1_000;
/// Bytes of the ids of a selection that are listed where it is told in words; more are told by a hash.
pub const SELECTION_IDS_TOLD_BYTES: usize = 1_024;
