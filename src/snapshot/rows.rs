//! Evidence: which rows of which snapshots a finding rests on, small enough to store with every
//! feature of every decision.

use serde::{Deserialize, Serialize};

/// A run of rows of one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowRange {
    /// Which of the decision's snapshots, in the order of the application's accounts.
    pub snapshot: u16,
    /// The first row.
    pub start: u32,
    /// How many rows; never zero.
    pub len: u32,
}

/// A set of transaction rows, as sorted runs that neither touch nor overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rows(Vec<RowRange>);

impl Rows {
    /// No rows: what was looked at is everything, or not a matter of single rows.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The set of `(snapshot, row)` pairs; order and repeats do not matter.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (u16, u32)>) -> Self {
        let mut pairs: Vec<(u16, u32)> = pairs.into_iter().collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut runs: Vec<RowRange> = Vec::new();
        for (snapshot, row) in pairs {
            match runs.last_mut() {
                Some(run)
                    if run.snapshot == snapshot && run.start.checked_add(run.len) == Some(row) =>
                {
                    run.len += 1;
                }
                _ => runs.push(RowRange {
                    snapshot,
                    start: row,
                    len: 1,
                }),
            }
        }
        Self(runs)
    }

    /// The rows that are in any of `sets`.
    pub fn union<'a>(sets: impl IntoIterator<Item = &'a Rows>) -> Self {
        Self::from_pairs(sets.into_iter().flat_map(Rows::pairs))
    }

    /// The runs, in order.
    pub fn runs(&self) -> &[RowRange] {
        &self.0
    }

    /// Every `(snapshot, row)` pair, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (u16, u32)> + '_ {
        self.0.iter().flat_map(|run| {
            (0..run.len).map(move |offset| (run.snapshot, run.start.saturating_add(offset)))
        })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0
            .iter()
            .map(|run| usize::try_from(run.len).unwrap_or(usize::MAX))
            .sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_set_of_rows_comes_back_as_it_went_in(pairs: BTreeSet<(u8, u8)>) {
            let pairs: Vec<_> =
                pairs.into_iter().map(|(s, r)| (u16::from(s), u32::from(r))).collect();
            let rows = Rows::from_pairs(pairs.iter().rev().copied());
            prop_assert_eq!(rows.pairs().collect::<Vec<_>>(), pairs.clone());
            prop_assert_eq!(rows.len(), pairs.len());
        }
    }
}
