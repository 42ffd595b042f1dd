//! Samples: some decisions of each outcome, drawn at random and always the same ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::DecisionId;
use crate::limits;
use crate::portfolio::PastDecision;
use crate::rules::Outcome;

/// How many decisions are drawn, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How many: from [`limits::SAMPLE_MIN`] to [`limits::SAMPLE_MAX`].
    pub count: usize,
    /// Another seed draws others.
    pub seed: u64,
}

impl Sample {
    /// A sample of so many.
    ///
    /// # Errors
    ///
    /// What is wrong with a number that is none of those.
    pub fn new(count: usize, seed: u64) -> Result<Self, String> {
        let (least, most) = (limits::SAMPLE_MIN, limits::SAMPLE_MAX);
        match (least..=most).contains(&count) {
            true => Ok(Self { count, seed }),
            false => Err(format!(
                "is not a number of decisions from {least} to {most}"
            )),
        }
    }
}

/// Draws a sample of the decisions that it is shown, in any order.
///
/// Each outcome has its share of the sample, and at least one of it. Which of an outcome are drawn, a hash
/// of seed and id says: decisions that come later take the places of some, and draw no new sample.
#[derive(Debug)]
pub struct Sampler {
    sample: Sample,
    strata: BTreeMap<Outcome, Stratum>,
}

#[derive(Debug, Default)]
struct Stratum {
    total: usize,
    /// Those of the least hashes, each with its position in the chain; no more than the sample has.
    least: BTreeSet<([u8; 32], u64)>,
}

impl Sampler {
    /// A sampler that was shown nothing yet.
    pub fn new(sample: Sample) -> Self {
        let count = sample.count.clamp(limits::SAMPLE_MIN, limits::SAMPLE_MAX);
        Self {
            sample: Sample { count, ..sample },
            strata: BTreeMap::new(),
        }
    }

    /// Shows it a decision.
    pub fn show(&mut self, past: &PastDecision) {
        let rank = rank(self.sample.seed, &past.id);
        let stratum = self.strata.entry(past.decided.outcome).or_default();
        stratum.total = stratum.total.saturating_add(1);
        stratum.least.insert((rank, past.seq));
        if stratum.least.len() > self.sample.count {
            stratum.least.pop_last();
        }
    }

    /// The positions in the chain of those that are drawn.
    pub fn drawn(self) -> BTreeSet<u64> {
        let totals: Vec<usize> = self.strata.values().map(|one| one.total).collect();
        let shares = shares(self.sample.count, &totals);
        let strata = self.strata.into_values().zip(shares);
        let drawn = strata.flat_map(|(stratum, share)| stratum.least.into_iter().take(share));
        drawn.map(|(_, seq)| seq).collect()
    }
}

/// Where a decision stands among those of its outcome.
fn rank(seed: u64, id: &DecisionId) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"underwrite sample v1\0");
    hasher.update(&seed.to_le_bytes());
    hasher.update(id.as_str().as_bytes());
    *hasher.finalize().as_bytes()
}

/// How many of `count` are of each stratum, these being their sizes: one of each, and then always one
/// more of that which is furthest below its share.
fn shares(count: usize, sizes: &[usize]) -> Vec<usize> {
    let total: u128 = sizes.iter().map(|size| wide(*size)).sum();
    let mut shares: Vec<usize> = sizes.iter().map(|size| (*size).min(1)).collect();
    let mut left = count.saturating_sub(shares.iter().sum());
    while left > 0 {
        let open = shares
            .iter_mut()
            .zip(sizes)
            .filter(|(own, size)| **own < **size);
        let lacks = |own: usize, size: usize| {
            let (due, has) = (wide(count) * wide(size), wide(own) * total);
            (
                due.saturating_sub(has),
                std::cmp::Reverse(has.saturating_sub(due)),
            )
        };
        // The first of several that lack the same.
        let Some((own, _)) = open.rev().max_by_key(|(own, size)| lacks(**own, **size)) else {
            break;
        };
        *own = own.saturating_add(1);
        left = left.saturating_sub(1);
    }
    shares
}

/// INVARIANT: a `usize` has at most 64 bits, so that products of two are exact.
fn wide(number: usize) -> u128 {
    u128::try_from(number).unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_stratum_has_its_share_and_at_least_one(
            count in limits::SAMPLE_MIN..500,
            sizes in proptest::collection::vec(1_usize..2_000, 1..=4),
        ) {
            let shares = shares(count, &sizes);
            let total: usize = sizes.iter().sum();
            prop_assert_eq!(shares.iter().sum::<usize>(), count.min(total));
            let extra = sizes.len();
            for (share, size) in shares.iter().zip(&sizes) {
                prop_assert!(*share >= 1 && share <= size);
                // Its share, but for what the least of others took and what one of it is more.
                let due = count.min(total) * size / total;
                prop_assert!(share.abs_diff(due) <= extra, "{} of {}: {}", share, size, due);
            }
        }
    }

    #[test]
    fn a_share_is_in_proportion() {
        assert_eq!(shares(10, &[700, 200, 100]), [7, 2, 1]);
        assert_eq!(shares(10, &[997, 1, 1, 1]), [7, 1, 1, 1]);
        assert_eq!(shares(10, &[3, 2]), [3, 2]);
        assert_eq!(shares(4, &[1, 0, 1_000_000]), [1, 0, 3]);
    }
}
