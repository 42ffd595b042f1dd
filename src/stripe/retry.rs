//! Whether a call is tried again, and after which pause.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backon::ExponentialBuilder;
use reqwest::Method;

use super::call::Call;
use super::error::StripeError;
use super::settings::StripeConfig;
use crate::id::Entropy;
use crate::limits;

/// The longest pauses between the attempts of one call, each twice the one before up to a limit.
/// The pause itself is drawn below that.
pub(super) fn pauses(config: &StripeConfig) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(config.retry_pause)
        .with_max_delay(limits::STRIPE_RETRY_PAUSE_MAX.max(config.retry_pause))
        .with_max_times(config.attempts.saturating_sub(1))
}

/// Whether the very same call is worth another attempt: as Stripe says, and else where the error
/// may pass.
pub(super) fn may_help(call: &Call, error: &StripeError) -> bool {
    // Nothing was sent, and waiting was not the way.
    let unsent = matches!(
        error,
        StripeError::CircuitOpen { .. } | StripeError::Timeout(StripeError::NO_ROOM)
    );
    let said = error.refusal().and_then(|refusal| refusal.should_retry);
    !unsent && said.unwrap_or_else(|| error.is_transient() && !is_replayed(call, error))
}

/// Whether Stripe would give the same answer again: it keeps what a POST came to under its
/// idempotency key, its own failures included.
fn is_replayed(call: &Call, error: &StripeError) -> bool {
    call.method == Method::POST && matches!(error, StripeError::Api(_))
}

/// Chance for pauses, so that those who failed together do not come back together. It need not be
/// unpredictable, and no decision depends on it.
#[derive(Debug)]
pub(super) struct Jitter(AtomicU64);

impl Jitter {
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        // Without chance, pauses are still pauses.
        Self(AtomicU64::new(entropy.seed().unwrap_or_default()))
    }

    /// Some time from nothing up to `longest`: full jitter.
    pub(super) fn below(&self, longest: Duration) -> Duration {
        // SplitMix64: each step of the counter is scrambled into a number of its own.
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let longest = u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX);
        let nanos = (u128::from(z) * u128::from(longest)) >> 64;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(longest))
    }
}

#[cfg(test)]
mod tests {
    use backon::BackoffBuilder;

    use super::*;
    use crate::id::{EntropyError, OsEntropy};

    #[test]
    fn pauses_double_up_to_the_longest() {
        let longest = limits::STRIPE_RETRY_PAUSE_MAX;
        let of = |retry_pause, attempts| {
            let config = StripeConfig {
                retry_pause,
                attempts,
                ..StripeConfig::new("sk_test_1".to_owned().into())
            };
            pauses(&config).build().collect::<Vec<_>>()
        };
        assert_eq!(of(longest / 4, 4), [longest / 4, longest / 2, longest]);
        assert_eq!(of(longest / 2, 4), [longest / 2, longest, longest]);
        assert_eq!(
            of(longest * 2, 3),
            [longest * 2, longest * 2],
            "as asked for"
        );
        assert!(of(longest, 1).is_empty());
    }

    #[test]
    fn a_pause_is_drawn_from_nothing_up_to_the_longest() {
        let jitter = Jitter::new(&OsEntropy);
        let longest = Duration::from_secs(8);
        let mut drawn: Vec<_> = (0..1_000).map(|_| jitter.below(longest)).collect();
        drawn.sort();
        assert!(drawn[999] <= longest);
        // Each part of the range is met: a tenth holds none with a chance of 10^-45.
        for tenth in 0..10 {
            let (from, to) = (longest / 10 * tenth, longest / 10 * (tenth + 1));
            assert!(
                drawn.iter().any(|one| (from..to).contains(one)),
                "nothing in {from:?} to {to:?}"
            );
        }
        assert_eq!(jitter.below(Duration::ZERO), Duration::ZERO);
    }

    struct NoEntropy;
    impl Entropy for NoEntropy {
        fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError("none".to_owned()))
        }
    }

    #[test]
    fn two_clients_draw_different_pauses_and_none_needs_entropy() {
        let drawn = |jitter: &Jitter| -> Vec<_> {
            (0..4)
                .map(|_| jitter.below(Duration::from_secs(8)))
                .collect()
        };
        let one = drawn(&Jitter::new(&OsEntropy));
        assert_ne!(one, drawn(&Jitter::new(&OsEntropy)));
        let without = drawn(&Jitter::new(&NoEntropy));
        assert_ne!(without[0], without[1]);
    }
}
