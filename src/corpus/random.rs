//! Seeded chance in whole numbers: the same on every machine.
//!
//! The generator is splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
//! Generators", 2014): small, and good enough for which day and how much. Nothing here guards a
//! secret.

/// A generator that gives the same numbers for the same seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The generator of one applicant, or of one purpose, under the seed of a whole: two of them
    /// share no sequence.
    pub fn new(seed: u64, of: u64) -> Self {
        let mut mixed = Self(seed ^ of.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let start = mixed.draw();
        Self(start)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A position of `0..count`; 0 where there is none.
    pub fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.draw() % count).unwrap_or(0)
    }

    /// A whole number of `low..=high`; `low` where the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high.saturating_sub(low)).unwrap_or(0);
        let offset = self.below(span.saturating_add(1));
        low.saturating_add(i64::try_from(offset).unwrap_or(0))
    }

    /// Whether something of so many percent happens.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of `items`; the default where there are none.
    pub fn pick<T: Clone + Default>(&mut self, items: &[T]) -> T {
        items
            .get(self.below(items.len()))
            .cloned()
            .unwrap_or_default()
    }

    /// A number of `count` digits, as in references.
    pub fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| {
                char::from_digit(u32::try_from(self.below(10)).unwrap_or(0), 10).unwrap_or('0')
            })
            .collect()
    }

    /// `amount`, more or less by at most so many thousandths, with a hump in the middle: the mean of
    /// three draws.
    pub fn around(&mut self, amount: i64, permille: i64) -> i64 {
        let draws: i64 = (0..3).map(|_| self.between(-permille, permille)).sum();
        amount.saturating_add(amount.saturating_mul(draws) / 3_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The published first outputs for the seed 1234567.
        let mut random = Random(1_234_567);
        assert_eq!(random.draw(), 6_457_827_717_110_365_317);
        assert_eq!(random.draw(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn ranges_are_kept_and_reached() {
        let mut random = Random::new(1, 2);
        let seen: std::collections::BTreeSet<i64> =
            (0..300).map(|_| random.between(-2, 2)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
        assert_eq!(random.between(5, 4), 5);
        assert_eq!(random.pick::<u8>(&[]), 0);
        assert_eq!(random.digits(9).len(), 9);
        let near = (0..500).map(|_| random.around(10_000, 100));
        assert!(
            near.into_iter()
                .all(|amount| (9_000..=11_000).contains(&amount))
        );
        assert_ne!(Random::new(1, 1).draw(), Random::new(1, 2).draw());
    }
}
