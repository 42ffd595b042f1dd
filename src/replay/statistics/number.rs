//! Counts as floats.

/// A count as a float: exact up to 2^53, which no ledger reaches.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of decisions are far below 2^53"
)]
pub fn float(count: u64) -> f64 {
    count as f64
}
