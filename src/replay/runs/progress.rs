//! How far a run is, how fast it goes, and how long it still takes.

use std::time::Duration;

/// How far a run is, or came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Decisions that were looked at, whether or not they are meant.
    pub looked_at: u64,
    /// How many there are.
    pub total: u64,
    /// How long that took.
    pub elapsed: Duration,
}

impl Progress {
    /// Decisions a second since it began; 0 where that is not known yet.
    pub fn rate(&self) -> u64 {
        let millis = self.elapsed.as_millis();
        let looked_at = u128::from(self.looked_at).saturating_mul(1_000);
        let rate = looked_at.checked_div(millis).unwrap_or(0);
        u64::try_from(rate).unwrap_or(u64::MAX)
    }

    /// How long the rest takes at that rate, in whole seconds rounded up; `None` where that is not known.
    pub fn left(&self) -> Option<Duration> {
        let rest = u128::from(self.total.saturating_sub(self.looked_at));
        let looked_at = u128::from(self.looked_at);
        let millis = self.elapsed.as_millis().saturating_mul(rest);
        let millis = millis.checked_div(looked_at)?;
        let seconds = u64::try_from(millis.div_ceil(1_000)).ok()?;
        Some(Duration::from_secs(seconds))
    }
}
