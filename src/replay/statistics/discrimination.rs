//! How well a score tells loans that went bad from those that did not.
#![expect(
    clippy::float_arithmetic,
    reason = "figures of the ranks of scores; no money"
)]

use serde::Serialize;

use super::distribution::{Distribution, Span, side_by_side};
use super::interval::{Interval, Z};
use super::number::float;

/// How well a score tells; a higher score is to be the better one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Discrimination {
    /// Loans that did not go bad.
    pub good: u64,
    /// Loans that did.
    pub bad: u64,
    /// The most by which the shares of both at or below a score are apart (Kolmogorov and Smirnov).
    pub ks: f64,
    /// The highest score of the lower side where that is.
    pub ks_at: i64,
    /// The chance that a good loan has a higher score than a bad one, ties counted half.
    pub auc: f64,
    /// Its interval by DeLong, DeLong and Clarke-Pearson (1988); `None` with fewer than two of either.
    pub auc_interval: Option<Interval>,
    /// Twice the AUC less one.
    pub gini: f64,
}

/// How well scores tell good loans from bad ones. `None` without either.
pub fn discrimination(good: &Distribution, bad: &Distribution) -> Option<Discrimination> {
    let (goods, bads) = (good.count(), bad.count());
    if goods == 0 || bads == 0 {
        return None;
    }
    let mut found = Sums::default();
    for (span, good, bad) in side_by_side(good, bad) {
        found.add(span, (good, goods), (bad, bads));
    }
    let auc = found.above / float(goods);
    let interval = found.variance(auc, goods, bads).map(|variance| {
        let half = Z * variance.max(0.0).sqrt();
        Interval {
            low: (auc - half).max(0.0),
            high: (auc + half).min(1.0),
        }
    });
    Some(Discrimination {
        good: goods,
        bad: bads,
        ks: found.ks,
        ks_at: found.ks_at,
        auc,
        auc_interval: interval,
        gini: 2.0 * auc - 1.0,
    })
}

/// What is summed over the scores from the lowest on.
#[derive(Default)]
struct Sums {
    good_below: u64,
    bad_below: u64,
    ks: f64,
    ks_at: i64,
    /// Over good loans: the share of bad ones below, ties counted half.
    above: f64,
    /// Of the squares of that.
    above_squared: f64,
    /// Over bad loans: the squares of the share of good ones above, ties counted half.
    beneath_squared: f64,
}

impl Sums {
    fn add(&mut self, span: Span, (good, goods): (u64, u64), (bad, bads): (u64, u64)) {
        let beaten = (float(self.bad_below) + float(bad) / 2.0) / float(bads);
        self.above += float(good) * beaten;
        self.above_squared += float(good) * beaten * beaten;
        let left = goods.saturating_sub(self.good_below).saturating_sub(good);
        let beating = (float(left) + float(good) / 2.0) / float(goods);
        self.beneath_squared += float(bad) * beating * beating;
        self.good_below = self.good_below.saturating_add(good);
        self.bad_below = self.bad_below.saturating_add(bad);
        let apart = float(self.bad_below) / float(bads) - float(self.good_below) / float(goods);
        if apart.abs() > self.ks {
            (self.ks, self.ks_at) = (apart.abs(), span.last);
        }
    }

    /// The variances of the structural components, each by what it is the mean of.
    fn variance(&self, auc: f64, goods: u64, bads: u64) -> Option<f64> {
        if goods < 2 || bads < 2 {
            return None;
        }
        let of = |squares: f64, count: u64| {
            let count = float(count);
            (squares - count * auc * auc) / (count - 1.0) / count
        };
        Some(of(self.above_squared, goods) + of(self.beneath_squared, bads))
    }
}
