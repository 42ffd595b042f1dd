//! Limits of what looks at past decisions.

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
