//! Limits on how columns are written and read.

use std::time::Duration;

/// Decisions of which columns are written in one transaction while somebody waits for them.
pub const COLUMNS_BATCH: usize = 1_000;
/// The same behind a server: small, so that nobody who decides waits long for the processor.
pub const COLUMNS_BATCH_BEHIND: usize = 32;
/// How many times as long as it worked whoever writes columns behind a server then pauses: so it takes a
/// twenty-fifth of one processor, and costs those who decide less than a twentieth.
pub const COLUMNS_PAUSE_TIMES: u32 = 24;
/// Shapes of features (how many applicants, accounts, streams of income) that are kept ready while decisions
/// are loaded: some 15 KB each, and most applications are of a few.
pub const COLUMNS_SHAPES_MAX: usize = 64;
/// Time between two looks for new decisions to be written into the columns.
pub const COLUMNS_LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Time after which columns that could not be written are tried again.
pub const COLUMNS_RETRY_INTERVAL: Duration = Duration::from_secs(60);
