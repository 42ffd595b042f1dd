//! Pauses between attempts.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Pauses of which each is twice as long as the one before, up to the longest. They never end.
#[derive(Debug)]
pub struct Pauses {
    doubling: ExponentialBackoff,
    longest: Duration,
}

impl Pauses {
    /// Pauses from `first` up to `longest`; all are `first` where that is longer.
    pub fn doubling(first: Duration, longest: Duration) -> Self {
        let longest = longest.max(first);
        let doubling = ExponentialBuilder::default()
            .with_min_delay(first)
            .with_max_delay(longest)
            .without_max_times()
            .build();
        Self { doubling, longest }
    }

    /// The next pause.
    pub fn take(&mut self) -> Duration {
        self.doubling.next().unwrap_or(self.longest)
    }

    /// Waits for the next pause.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.take()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_never_end() {
        let seconds = Duration::from_secs;
        let taken = |first, longest| -> Vec<Duration> {
            let mut pauses = Pauses::doubling(seconds(first), seconds(longest));
            (0..5).map(|_| pauses.take()).collect()
        };
        assert_eq!(taken(1, 5), [1, 2, 4, 5, 5].map(seconds));
        assert_eq!(taken(7, 5), [7; 5].map(seconds));
        assert_eq!(taken(0, 5), [0; 5].map(seconds));
    }
}
