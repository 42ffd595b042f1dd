//! Seeded chance in whole numbers: the same on every machine.
//!
//! The generator is splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
//! Generators", 2014): one addition and three mixing steps a draw. Nothing here guards a secret.

/// A generator that gives the same numbers for the same seed.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// A position of `0..count` from 21 bits of a draw, the lowest of them first: `part` 0, 1 or 2.
pub(super) fn position(drawn: u64, part: u32, count: usize) -> usize {
    const BITS: u32 = 21;
    let bits = (drawn >> (BITS * part.min(2))) & ((1 << BITS) - 1);
    let count = u64::try_from(count).unwrap_or(0) & ((1 << 32) - 1);
    usize::try_from((bits * count) >> BITS).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // The published first outputs for the seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.draw(), 6_457_827_717_110_365_317);
        assert_eq!(random.draw(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn positions_are_reached_and_kept() {
        let mut random = Random::new(7);
        let mut seen = [[0_u32; 3]; 3];
        for _ in 0..3_000 {
            let drawn = random.draw();
            for part in 0..3 {
                seen[part as usize][position(drawn, part, 3)] += 1;
            }
        }
        assert!(
            seen.iter()
                .flatten()
                .all(|count| (900..1_100).contains(count))
        );
        assert_eq!(position(u64::MAX, 1, 0), 0);
        assert_eq!(position(u64::MAX, 2, 10), 9);
    }
}
