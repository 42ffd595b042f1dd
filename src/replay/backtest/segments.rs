//! Approval by segments that whoever asks names: rules never see them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::id::ApplicationId;
use crate::replay::statistics::{Ratio, Share, ratio};

/// Approval by segments, live and by a candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdverseImpact {
    /// Each segment as it was live, by its name.
    pub live: Vec<Approvals>,
    /// The same by the candidate.
    pub candidate: Vec<Approvals>,
    /// Decisions whose application has no segment.
    pub without_segment: u64,
}

/// How many of a segment are approved, as asked for or with another offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Approvals {
    /// The segment.
    pub segment: String,
    /// How many are approved.
    pub approved: Share,
    /// The adverse impact ratio: this rate over that of the segment with the highest one, which has none
    /// itself.
    pub ratio: Option<Ratio>,
    /// Whether that is below four fifths.
    pub below_four_fifths: bool,
}

/// Which application is of which segment.
#[derive(Debug, Clone, Default)]
pub struct Segments {
    names: Vec<String>,
    /// By the positions of their names.
    of: BTreeMap<ApplicationId, usize>,
}

impl Segments {
    /// Says of which segment an application is; the last that is said of one holds.
    pub fn insert(&mut self, application: ApplicationId, segment: &str) {
        let known = self.names.iter().position(|name| name == segment);
        let at = known.unwrap_or_else(|| {
            self.names.push(segment.to_owned());
            self.names.len().saturating_sub(1)
        });
        self.of.insert(application, at);
    }

    /// The segment of an application, by its position.
    pub(super) fn of(&self, application: &ApplicationId) -> Option<usize> {
        self.of.get(application).copied()
    }
}

/// What is counted of segments, those without one among them.
#[derive(Debug, Clone, Default)]
pub(super) struct SegmentCounts(BTreeMap<Option<usize>, Approved>);

#[derive(Debug, Clone, Copy, Default)]
struct Approved {
    decisions: u64,
    live: u64,
    candidate: u64,
}

impl SegmentCounts {
    /// Counts a decision of a segment, by whether what was live approves and the candidate.
    pub(super) fn add(&mut self, segment: Option<usize>, live: bool, candidate: bool) {
        let counts = self.0.entry(segment).or_default();
        counts.decisions = counts.decisions.saturating_add(1);
        counts.live = counts.live.saturating_add(u64::from(live));
        counts.candidate = counts.candidate.saturating_add(u64::from(candidate));
    }

    /// Counts all that another one did.
    pub(super) fn merge(&mut self, other: Self) {
        for (segment, more) in other.0 {
            let counts = self.0.entry(segment).or_default();
            counts.decisions = counts.decisions.saturating_add(more.decisions);
            counts.live = counts.live.saturating_add(more.live);
            counts.candidate = counts.candidate.saturating_add(more.candidate);
        }
    }

    /// What was counted, by the names of the segments.
    pub(super) fn finish(&self, segments: &Segments) -> AdverseImpact {
        let known = self.0.iter();
        let known = known.filter_map(|(at, counts)| Some((segments.names.get((*at)?)?, counts)));
        let known: BTreeMap<&String, &Approved> = known.collect();
        let of = |approved: fn(&Approved) -> u64| -> BTreeMap<&String, Share> {
            let shares = known.iter();
            let share = |counts: &Approved| Share::new(approved(counts), counts.decisions);
            shares
                .map(|(name, counts)| (*name, share(counts)))
                .collect()
        };
        let without = self.0.get(&None);
        AdverseImpact {
            live: approvals(&of(|counts| counts.live)),
            candidate: approvals(&of(|counts| counts.candidate)),
            without_segment: without.map_or(0, |counts| counts.decisions),
        }
    }
}

/// Whether so many times the rate of one is below so many times that of another: in whole numbers, for a
/// quotient that is exactly four fifths may come out below 0.8. Of none, the rate is 0.
fn is_below((one, times): (&Share, u8), (other, other_times): (&Share, u8)) -> bool {
    let product = |count: u64, of: u64, times: u8| {
        u128::from(count)
            .saturating_mul(of.max(1).into())
            .saturating_mul(times.into())
    };
    product(one.count, other.of, times) < product(other.count, one.of, other_times)
}

/// Each segment against the one with the highest rate: of several the first by name.
fn approvals(shares: &BTreeMap<&String, Share>) -> Vec<Approvals> {
    let highest = shares
        .iter()
        .reduce(|highest, one| match is_below((highest.1, 1), (one.1, 1)) {
            true => one,
            false => highest,
        });
    let each = shares.iter().map(|(name, share)| {
        let ratio = match highest {
            // It is compared with itself: that is no estimate.
            Some((reference, _)) if reference == name => None,
            Some((_, highest)) => ratio(share, highest),
            None => None,
        };
        let is_far_below = highest.is_some_and(|(_, highest)| is_below((share, 5), (highest, 4)));
        Approvals {
            segment: (*name).clone(),
            approved: *share,
            below_four_fifths: ratio.is_some() && is_far_below,
            ratio,
        }
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_four_fifths_is_not_below() {
        let names = ["few", "fewer", "most"].map(str::to_owned);
        // 1/3 of 5/12 is four fifths, which no double says.
        let shares = [(4, 12), (3, 12), (5, 12)].map(|(count, of)| Share::new(count, of));
        let found = approvals(&names.iter().zip(shares).collect());
        let below: Vec<bool> = found.iter().map(|one| one.below_four_fifths).collect();
        assert_eq!(below, [false, true, false]);
        assert!(found[2].ratio.is_none() && found[0].ratio.is_some());
    }
}
