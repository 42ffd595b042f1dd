//! Evidence: which rows of which snapshots a finding rests on, small enough to store with every
//! feature of every decision.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A run of rows of one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowRange {
    /// Which of the decision's snapshots, in the order of the application's accounts.
    pub snapshot: u16,
    /// The first row.
    pub start: u32,
    /// How many rows; never zero.
    pub len: u32,
}

/// A usual run: two numbers of three digits, and what stands between them.
const BYTES_A_RUN: usize = 8;

impl RowRange {
    /// The first row after it.
    fn end(self) -> u32 {
        self.start.saturating_add(self.len)
    }

    /// Whether `other`, which does not begin before it, goes on where it ends or earlier.
    fn reaches(self, other: Self) -> bool {
        self.snapshot == other.snapshot && other.start <= self.end()
    }

    fn extend(&mut self, other: Self) {
        self.len = other.end().max(self.end()).saturating_sub(self.start);
    }
}

/// A set of transaction rows, as sorted runs that neither touch nor overlap. Written as the position
/// of each snapshot and its rows: `0:3-5,9;1:2`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Rows(Vec<RowRange>);

impl Rows {
    /// No rows: what was looked at is everything, or not a matter of single rows.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The set of `(snapshot, row)` pairs; order and repeats do not matter.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (u16, u32)>) -> Self {
        let single = |(snapshot, start)| RowRange {
            snapshot,
            start,
            len: 1,
        };
        Self::from_runs(pairs.into_iter().map(single))
    }

    /// The rows that are in any of `sets`.
    pub fn union<'a>(sets: impl IntoIterator<Item = &'a Rows>) -> Self {
        Self::from_runs(sets.into_iter().flat_map(|set| set.0.iter().copied()))
    }

    fn from_runs(runs: impl Iterator<Item = RowRange>) -> Self {
        // Most come in order, and many go on where the one before them ends.
        let mut joined: Vec<RowRange> = Vec::new();
        let mut sorted = true;
        for run in runs {
            match joined.last_mut() {
                Some(last) if *last <= run && last.reaches(run) => last.extend(run),
                last => {
                    sorted &= last.is_none_or(|last| *last <= run);
                    joined.push(run);
                }
            }
        }
        if !sorted {
            // Stable: it merges sets that are in order, where the other would sort anew.
            joined.sort();
            joined.dedup_by(|run, last| {
                let goes_on = last.reaches(*run);
                if goes_on {
                    last.extend(*run);
                }
                goes_on
            });
        }
        Self(joined)
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

    /// Whether a row is one of them.
    pub fn contains(&self, (snapshot, row): (u16, u32)) -> bool {
        // INVARIANT: runs are sorted and do not touch.
        let after = self
            .0
            .partition_point(|run| (run.snapshot, run.start) <= (snapshot, row));
        let before = after.checked_sub(1).and_then(|place| self.0.get(place));
        before.is_some_and(|run| run.snapshot == snapshot && row < run.end())
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

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every decision writes some hundred runs: pieced together here, they are formatted once.
        let mut text = String::with_capacity(self.0.len().saturating_mul(BYTES_A_RUN));
        let mut digits = itoa::Buffer::new();
        let mut before = None;
        for run in &self.0 {
            if before == Some(run.snapshot) {
                text.push(',');
            } else {
                if before.is_some() {
                    text.push(';');
                }
                text.push_str(digits.format(run.snapshot));
                text.push(':');
            }
            before = Some(run.snapshot);
            text.push_str(digits.format(run.start));
            if run.len > 1 {
                text.push('-');
                text.push_str(digits.format(run.end().saturating_sub(1)));
            }
        }
        f.write_str(&text)
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_string())
    }
}

impl TryFrom<String> for Rows {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let rows = read(&text).ok_or("rows are written as in `0:3-5,9;1:2`")?;
        // One set has one form.
        if rows.to_string() == text {
            Ok(rows)
        } else {
            Err("rows are sorted, and runs that touch are one")
        }
    }
}

fn read(text: &str) -> Option<Rows> {
    let mut runs: Vec<RowRange> = Vec::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        let (snapshot, list) = part.split_once(':')?;
        let snapshot: u16 = snapshot.parse().ok()?;
        for run in list.split(',') {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let (start, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
            let len = last.checked_sub(start)?.checked_add(1)?;
            let after = |before: &RowRange| {
                (before.snapshot, before.start.saturating_add(before.len)) < (snapshot, start)
            };
            if !runs.last().is_none_or(after) {
                return None;
            }
            runs.push(RowRange {
                snapshot,
                start,
                len,
            });
        }
    }
    Some(Rows(runs))
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

        #[test]
        fn a_union_has_what_any_of_them_has(sets: Vec<BTreeSet<(u8, u8)>>) {
            let wide = |set: &BTreeSet<(u8, u8)>| -> Vec<_> {
                set.iter().map(|(s, r)| (u16::from(*s), u32::from(*r))).collect()
            };
            let rows: Vec<Rows> = sets.iter().map(|set| Rows::from_pairs(wide(set))).collect();
            let all: BTreeSet<_> = sets.iter().flatten().copied().collect();
            prop_assert_eq!(Rows::union(&rows), Rows::from_pairs(wide(&all)));
        }
    }

    #[test]
    fn rows_are_written_briefly_and_in_one_way() {
        let rows = Rows::from_pairs([(0, 3), (0, 4), (0, 5), (0, 9), (1, 2)]);
        assert_eq!(rows.to_string(), "0:3-5,9;1:2");
        for wrong in [
            "0", "0:", "0:5-3", "0:3,4", "0:9,3", "1:2;0:3", "0:3;0:9", "0:03", "0:3-3",
        ] {
            assert!(Rows::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn rows_come_back(pairs in proptest::collection::vec((0u16..3, 0u32..40), 0..60)) {
            let rows = Rows::from_pairs(pairs);
            prop_assert_eq!(Rows::try_from(rows.to_string()).unwrap(), rows);
        }
    }
}
