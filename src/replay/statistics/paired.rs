//! Two shares of the same decisions.
#![expect(
    clippy::float_arithmetic,
    reason = "a difference of shares of decisions and its test; no money"
)]

use serde::Serialize;

use super::interval::{Interval, Z};
use super::number::float;

/// Discordant pairs up to which the test is the exact one. It is exact for any; above, nobody could tell
/// the two apart.
pub(super) const EXACT_PAIRS_MAX: u64 = 1_000;

/// By which method a paired test was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PairedMethod {
    /// The binomial test of the discordant pairs, of both sides.
    ExactBinomial,
    /// McNemar's chi-squared with one degree of freedom, corrected for continuity.
    ChiSquared,
}

impl PairedMethod {
    /// As people read it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::ExactBinomial => "exact",
            Self::ChiSquared => "chi-squared",
        }
    }
}

/// How two shares of the same decisions differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Paired {
    /// Decisions that only the first has.
    pub only_first: u64,
    /// Decisions that only the second has.
    pub only_second: u64,
    /// The share of the second less that of the first; `None` of none.
    pub difference: Option<f64>,
    /// Its interval at 95 %, by the variance of paired shares.
    pub interval: Option<Interval>,
    /// By which method the test was made.
    pub method: PairedMethod,
    /// How likely it is that the pairs differ so much, or more, where nothing but chance divides them.
    pub p_value: f64,
}

/// McNemar's test (1947) of two shares of the same `of` decisions: those that only the first has, and
/// those that only the second has.
pub fn paired(only_first: u64, only_second: u64, of: u64) -> Paired {
    let discordant = only_first.saturating_add(only_second);
    let (method, p_value) = if discordant <= EXACT_PAIRS_MAX {
        let p_value = exact(only_first.min(only_second), discordant);
        (PairedMethod::ExactBinomial, p_value)
    } else {
        let apart = float(only_first.abs_diff(only_second)) - 1.0;
        let statistic = apart.max(0.0) * apart.max(0.0) / float(discordant);
        let p_value = libm::erfc((statistic / 2.0).sqrt());
        (PairedMethod::ChiSquared, p_value)
    };
    let known = (of > 0).then(|| {
        let apart = float(only_second) - float(only_first);
        let n = float(of);
        let error = (float(discordant) - apart * apart / n).max(0.0).sqrt() / n;
        let difference = apart / n;
        let interval = Interval {
            low: (difference - Z * error).max(-1.0),
            high: (difference + Z * error).min(1.0),
        };
        (difference, interval)
    });
    Paired {
        only_first,
        only_second,
        difference: known.map(|(difference, _)| difference),
        interval: known.map(|(_, interval)| interval),
        method,
        p_value,
    }
}

/// Twice the chance of so few heads, or fewer, in so many throws of a fair coin; no more than 1.
fn exact(few: u64, throws: u64) -> f64 {
    let log_choose = |heads: u64| {
        let factorial = |number: u64| libm::lgamma(float(number) + 1.0);
        factorial(throws) - factorial(heads) - factorial(throws.saturating_sub(heads))
    };
    let term = |heads: u64| libm::exp(log_choose(heads) - float(throws) * std::f64::consts::LN_2);
    let tail: f64 = (0..=few).map(term).sum();
    (2.0 * tail).min(1.0)
}
