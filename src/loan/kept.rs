//! What follows from a rate and a number of payments alone, kept for when both come again: of many loans
//! most have one of few rates and terms.
//!
//! Each thread keeps its own. What is kept changes how long a loan takes to price, never its price.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

/// So many are kept; where there are more, all are forgotten.
const KEPT_MAX: usize = 64;

/// A number down to its last zero: what comes of `1.0` and of `1.00` is written differently.
pub(super) type Exactly = [u8; 16];

/// A number as one of the arguments.
pub(super) fn exactly(number: Decimal) -> Exactly {
    number.serialize()
}

/// Results by their arguments.
#[derive(Debug)]
pub(super) struct Kept<K, V>(BTreeMap<K, V>);

impl<K: Ord, V: Copy> Kept<K, V> {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The result of these arguments: as it was computed before, or computed now. One that cannot be
    /// computed is not kept.
    pub(super) fn of(&mut self, arguments: K, compute: impl FnOnce() -> Option<V>) -> Option<V> {
        if let Some(known) = self.0.get(&arguments) {
            return Some(*known);
        }
        let result = compute()?;
        if self.0.len() >= KEPT_MAX {
            self.0.clear();
        }
        self.0.insert(arguments, result);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_an_end_and_is_what_was_computed() {
        let mut kept = Kept::new();
        let mut computed = 0_u32;
        for round in 0..3 {
            for number in 0..100_u32 {
                let result = kept.of(number % 10, || {
                    computed += 1;
                    Some(number % 10 * 2)
                });
                assert_eq!(result, Some(number % 10 * 2), "round {round}");
            }
        }
        assert_eq!(computed, 10);
        for number in 0..1_000 {
            assert_eq!(
                kept.of(number, || None),
                (number < 10).then_some(number * 2)
            );
        }
        for number in 0..1_000 {
            assert_eq!(kept.of(number, || Some(number * 2)), Some(number * 2));
            assert!(kept.0.len() <= KEPT_MAX);
        }
    }

    #[test]
    fn numbers_that_are_written_otherwise_are_other_arguments() {
        let (short, long) = (Decimal::new(10, 1), Decimal::new(100, 2));
        assert_eq!(short, long);
        assert_ne!(exactly(short), exactly(long));
    }
}
