//! What follows from few numbers alone, kept for when they come again: of many loans most have one of few
//! rates and terms, and a search for an offer prices the same one more than once.
//!
//! Each thread keeps its own. What is kept changes how long a loan takes to price, never its price.

use std::hash::{DefaultHasher, Hash, Hasher};

use rust_decimal::Decimal;

/// A number down to its last zero: what comes of `1.0` and of `1.00` is written differently.
pub(super) type Exactly = [u8; 16];

/// A number as one of the arguments.
pub(super) fn exactly(number: Decimal) -> Exactly {
    number.serialize()
}

/// Results by their arguments, at most one at each of `PLACES`: a later one takes the place of an earlier.
#[derive(Debug)]
pub(super) struct Kept<K, V, const PLACES: usize>(Vec<Option<(K, V)>>);

impl<K: Hash + Eq, V: Copy, const PLACES: usize> Kept<K, V, PLACES> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The result of these arguments: as it was computed before, or computed now. One that cannot be
    /// computed is not kept.
    pub(super) fn of(&mut self, arguments: K, compute: impl FnOnce() -> Option<V>) -> Option<V> {
        if self.0.is_empty() {
            self.0.resize_with(PLACES, || None);
        }
        let mut hasher = DefaultHasher::new();
        arguments.hash(&mut hasher);
        let hash = usize::try_from(hasher.finish() >> 32).unwrap_or(0);
        let place = hash.checked_rem(PLACES).and_then(|at| self.0.get_mut(at));
        let Some(place) = place else {
            return compute();
        };
        match place {
            Some((known, result)) if *known == arguments => Some(*result),
            Some(_) | None => {
                let result = compute()?;
                *place = Some((arguments, result));
                Some(result)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_an_end_and_is_what_was_computed() {
        let mut kept: Kept<u32, u32, 8> = Kept::new();
        let mut computed = 0;
        for _ in 0..3 {
            let result = kept.of(7, || {
                computed += 1;
                Some(14)
            });
            assert_eq!(result, Some(14));
        }
        assert_eq!(computed, 1);
        for number in (0..1_000).chain((0..1_000).rev()) {
            assert_eq!(kept.of(number, || Some(number * 2)), Some(number * 2));
            assert_eq!(kept.of(number, || None), Some(number * 2));
            assert_eq!(kept.0.len(), 8);
        }
        assert_eq!(kept.of(5_000, || None), None);
    }

    #[test]
    fn numbers_that_are_written_otherwise_are_other_arguments() {
        let (short, long) = (Decimal::new(10, 1), Decimal::new(100, 2));
        assert_eq!(short, long);
        assert_ne!(exactly(short), exactly(long));
    }
}
