//! Bands of a score, and how many loans of each went bad.

use serde::Serialize;

use super::distribution::{Distribution, Span, side_by_side};
use super::interval::Share;

/// Bands that loans are cut into by their score.
const PARTS: u64 = 10;

/// Loans whose scores lie next to each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// Their scores.
    pub scores: Span,
    /// How many of them went bad.
    pub bad: Share,
}

/// Loans in bands of their scores, from the lowest on: cut at the deciles of all, good and bad, as the
/// bins of [`super::stability`] are at those of a baseline.
pub fn bands(good: &Distribution, bad: &Distribution) -> Vec<Band> {
    let both = side_by_side(good, bad);
    let total: u64 = both.iter().map(|(_, good, bad)| good + bad).sum();
    let mut bands = Vec::new();
    let (mut below, mut part) = (0_u64, 1_u64);
    let mut open: Option<(Span, u64, u64)> = None;
    for (span, good, bad) in both {
        let loans = good.saturating_add(bad);
        below = below.saturating_add(loans);
        let (first, before, gone_bad) = open.take().unwrap_or((span, 0, 0));
        let scores = Span {
            first: first.first,
            last: span.last,
        };
        let (loans, bad) = (before.saturating_add(loans), gone_bad.saturating_add(bad));
        let reached = |part: u64| below >= total.saturating_mul(part).div_ceil(PARTS);
        if reached(part) {
            while part < PARTS && reached(part) {
                part = part.saturating_add(1);
            }
            let bad = Share::new(bad, loans);
            bands.push(Band { scores, bad });
        } else {
            open = Some((scores, loans, bad));
        }
    }
    bands
}
