//! Small, named, seeded randomness: splitmix64 (Steele, Lea, Flood, "Fast Splittable
//! Pseudorandom Number Generators", 2014). Good enough to vary the price of groceries.

/// A generator that gives the same numbers for the same seed.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Random(u64);

impl Random {
    /// Seeds from a text by 64-bit FNV-1a.
    pub(in crate::sandbox) fn seeded(text: &str) -> Self {
        let seed = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A whole number of `low..=high`; `low` where the range is empty.
    pub(in crate::sandbox) fn between(&mut self, (low, high): (i64, i64)) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).map_or(1, |span| span.saturating_add(1));
        let offset = i64::try_from(self.next() % span).unwrap_or(0);
        low.saturating_add(offset)
    }

    /// One of `items`; nothing where there are none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(items.len()).ok()?.checked_sub(1)?;
        items.get(usize::try_from(self.between((0, last))).ok()?)
    }

    /// A number of `count` digits, as in a bank's references.
    pub(super) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .filter_map(|_| char::from_digit(u32::try_from(self.next() % 10).unwrap_or(0), 10))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The published first outputs for the seed 1234567.
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_range_is_kept() {
        let mut random = Random::seeded("range");
        let seen: std::collections::BTreeSet<i64> =
            (0..200).map(|_| random.between((-2, 2))).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
        assert_eq!(random.between((5, 4)), 5);
        assert_eq!(random.pick::<u8>(&[]), None);
        assert_eq!(random.digits(12).len(), 12);
    }
}
