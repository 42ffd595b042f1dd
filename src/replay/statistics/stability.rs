//! How far a population has moved from another.
#![expect(
    clippy::float_arithmetic,
    reason = "shares of decisions and their logarithms; no money"
)]

use serde::Serialize;

use super::distribution::{Distribution, Span, side_by_side};
use super::number::float;

/// Bins that the baseline is cut into.
const PARTS: u64 = 10;
/// What is added to the count of every bin, so that one that is empty has a logarithm.
const ADDED: f64 = 0.5;

/// What was seen of something: its values, and how often it had none.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The values.
    pub values: Distribution,
    /// How often it was missing.
    pub missing: u64,
}

impl Observed {
    /// Counts all that another one did.
    pub fn merge(&mut self, other: Self) {
        self.values.merge(other.values);
        self.missing = self.missing.saturating_add(other.missing);
    }

    /// How often it was looked at.
    pub fn count(&self) -> u64 {
        self.values.count().saturating_add(self.missing)
    }
}

/// How far a population has moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stability {
    /// The population stability index.
    pub psi: f64,
    /// The bins that it was computed over.
    pub bins: Vec<StabilityBin>,
    /// How many values a bin cannot be finer than: 1 where every value was known.
    pub bin_width: u64,
}

/// One bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StabilityBin {
    /// The greatest value that is in it; `None` of the last, and of the bin of what is missing.
    pub until: Option<i64>,
    /// Whether it is the bin of what is missing.
    pub missing: bool,
    /// How many of the baseline are in it.
    pub baseline: u64,
    /// How many of what is compared are.
    pub compared: u64,
}

/// The population stability index of `compared` against `baseline`; `None` where either was never looked
/// at.
///
/// The values of the baseline are cut at its deciles: the values at the ranks of a tenth, two tenths and
/// so on, rounded up. Deciles that are one value make one bin. What is missing has a bin of its own, where
/// either has any. Of each bin the share is its count and a half, over all counts and as many halves.
pub fn stability(baseline: &Observed, compared: &Observed) -> Option<Stability> {
    if baseline.count() == 0 || compared.count() == 0 {
        return None;
    }
    let both = side_by_side(&baseline.values, &compared.values);
    let mut bins = cut(&both);
    if baseline.missing > 0 || compared.missing > 0 {
        bins.push(StabilityBin {
            until: None,
            missing: true,
            baseline: baseline.missing,
            compared: compared.missing,
        });
    }
    let width = baseline.values.width().max(compared.values.width());
    Some(Stability {
        psi: index(&bins),
        bins,
        bin_width: width,
    })
}

/// Cuts values at the deciles of the baseline, or where it has none makes one bin of them.
fn cut(both: &[(Span, u64, u64)]) -> Vec<StabilityBin> {
    let total: u64 = both.iter().map(|(_, baseline, _)| baseline).sum();
    let mut bins = Vec::new();
    let (mut below, mut part) = (0_u64, 1_u64);
    let mut open = StabilityBin {
        until: None,
        missing: false,
        baseline: 0,
        compared: 0,
    };
    for (span, baseline, compared) in both {
        below = below.saturating_add(*baseline);
        open.baseline = open.baseline.saturating_add(*baseline);
        open.compared = open.compared.saturating_add(*compared);
        let reached = |part: u64| below >= total.saturating_mul(part).div_ceil(PARTS);
        let before = part;
        while *baseline > 0 && part < PARTS && reached(part) {
            part = part.saturating_add(1);
        }
        if part > before {
            let until = Some(span.last);
            bins.push(StabilityBin { until, ..open });
            (open.baseline, open.compared) = (0, 0);
        }
    }
    if open.baseline > 0 || open.compared > 0 {
        bins.push(open);
    } else if let Some(last) = bins.last_mut() {
        last.until = None;
    }
    bins
}

fn index(bins: &[StabilityBin]) -> f64 {
    let halves = ADDED * float(u64::try_from(bins.len()).unwrap_or(u64::MAX));
    let total = |of: fn(&StabilityBin) -> u64| float(bins.iter().map(of).sum()) + halves;
    let (baselines, compareds) = (total(|bin| bin.baseline), total(|bin| bin.compared));
    let terms = bins.iter().map(|bin| {
        let before = (float(bin.baseline) + ADDED) / baselines;
        let after = (float(bin.compared) + ADDED) / compareds;
        (after - before) * libm::log(after / before)
    });
    terms.sum()
}
