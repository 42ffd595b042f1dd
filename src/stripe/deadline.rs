//! How long a call may take: what is left for the account, and for each attempt.

use std::time::Duration;

use super::error::StripeError;
use crate::clock::Stopwatch;

/// What is left of the time for one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    since: Stopwatch,
    limit: Duration,
}

impl Deadline {
    /// `limit` from now.
    pub(super) fn after(limit: Duration) -> Self {
        Self {
            since: Stopwatch::start(),
            limit,
        }
    }

    /// The time left; zero once it is over.
    pub(super) fn remaining(&self) -> Duration {
        self.limit.saturating_sub(self.since.elapsed())
    }
}

/// The times that bound an attempt as a whole.
pub(super) struct Bounds {
    pub(super) attempt: Deadline,
    pub(super) account: Deadline,
}

impl Bounds {
    /// Waits for one step of the attempt; `late` is what it is called when it takes too long.
    pub(super) async fn within<F: Future>(
        &self,
        limit: Duration,
        late: &'static str,
        step: F,
    ) -> Result<F::Output, StripeError> {
        let mut shortest = (limit, late);
        let whole = (self.attempt.remaining(), StripeError::TOO_LONG);
        let account = (self.account.remaining(), StripeError::OUT_OF_TIME);
        for bound in [whole, account] {
            if bound.0 < shortest.0 {
                shortest = bound;
            }
        }
        let (time, late) = shortest;
        if time.is_zero() {
            return Err(StripeError::Timeout(late));
        }
        let step = tokio::time::timeout(time, step);
        step.await.map_err(|_| StripeError::Timeout(late))
    }
}
