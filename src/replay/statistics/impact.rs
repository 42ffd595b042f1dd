//! The rate of a group over that of another.
#![expect(
    clippy::float_arithmetic,
    reason = "a ratio of shares of decisions and its interval; no money"
)]

use serde::Serialize;

use super::interval::{Interval, Share, Z};
use super::number::float;

/// A rate over another one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratio {
    /// The quotient.
    pub ratio: f64,
    /// Its interval at 95 % by Katz (1978); `None` where either rate is nothing.
    pub interval: Option<Interval>,
}

/// The rate of a group over that of the one it is compared with; `None` where that has none, or either group
/// is empty.
pub fn ratio(group: &Share, reference: &Share) -> Option<Ratio> {
    let (rate, of) = (group.share?, reference.share?);
    if reference.count == 0 {
        return None;
    }
    let ratio = rate / of;
    let interval = (group.count > 0).then(|| {
        let part = |share: &Share| 1.0 / float(share.count) - 1.0 / float(share.of);
        let half = Z * (part(group) + part(reference)).max(0.0).sqrt();
        Interval {
            low: ratio * libm::exp(-half),
            high: ratio * libm::exp(half),
        }
    });
    Some(Ratio { ratio, interval })
}
