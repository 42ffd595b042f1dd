//! Limits of previews: what an edit of a rule set would change.

use std::time::Duration;

/// Days of decisions that a preview is of, where nothing else is said: those up to the newest decision.
pub const PREVIEW_DAYS: u64 = 30;
/// Time between two looks whether a rule file was saved. One that was is read once it stays the same from one
/// look to the next.
pub const WATCH_LOOK_INTERVAL: Duration = Duration::from_millis(100);
