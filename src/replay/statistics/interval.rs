//! A share with the interval that it is known by.
#![expect(
    clippy::float_arithmetic,
    reason = "a share of decisions and its interval; no money"
)]

use serde::Serialize;

use super::number::float;

/// The quantile of the normal distribution that 97.5 % lie below: of intervals of 95 %.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// Where a figure lies with a confidence of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The quotient; `None` of none.
    pub share: Option<f64>,
    /// Its interval, by [`wilson`].
    pub interval: Option<Interval>,
}

impl Share {
    /// So many of so many.
    pub fn new(count: u64, of: u64) -> Self {
        Self {
            count,
            of,
            share: (of > 0).then(|| float(count) / float(of)),
            interval: wilson(count, of),
        }
    }
}

/// The score interval of Wilson (1927) of a share, at 95 % and without a correction for continuity;
/// `None` of none. It stays within 0 and 1 and has a width also where the share is either.
pub fn wilson(count: u64, of: u64) -> Option<Interval> {
    if of == 0 || count > of {
        return None;
    }
    let (n, share) = (float(of), float(count) / float(of));
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // What rounding leaves of an end that is exactly 0 or 1.
    let low = if count == 0 { 0.0 } else { centre - half };
    let high = if count == of { 1.0 } else { centre + half };
    Some(Interval { low, high })
}
