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

/// Each segment against the one with the highest rate: of several the first by name.
fn approvals(shares: &BTreeMap<&String, Share>) -> Vec<Approvals> {
    let rate = |share: &Share| share.share.unwrap_or(0.0);
    let highest = shares
        .iter()
        .reduce(|highest, one| match rate(one.1) > rate(highest.1) {
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
        Approvals {
            segment: (*name).clone(),
            approved: *share,
            below_four_fifths: ratio.is_some_and(|ratio| ratio.ratio < 0.8),
            ratio,
        }
    });
    each.collect()
}
