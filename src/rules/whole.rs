//! Calculations in 64-bit integers: the same operators as [`super::scalar`]'s, where integers give
//! exactly what decimals give. Where they would not (a value is missing or has too many digits, a
//! result is too large, a divisor is zero), there is no result, and decimals decide.
//!
//! Amounts are in minor units; ratios and percentages in millionths, as everything that leaves a
//! computation is rounded to six places.
//!
//! Why a rounded quotient is exact: decimals hold 28 digits, so their error is at most the larger of
//! `a / b * 10^-27` and `10^-28`. A quotient of 64-bit integers that is not itself
//! half way between two results is at least `1 / (2 b)` (`1 / (2 * 10^6 b)` for six places) away
//! from being so, which is more. So both round to the same side.

use super::node::SlotId;
use crate::features::Whole;

/// A calculation in integers.
#[derive(Debug, Clone)]
pub(super) enum WholeOp {
    Slot(SlotId),
    Constant(i64),
    Negate(Box<WholeOp>),
    Add(Box<WholeOp>, Box<WholeOp>),
    Subtract(Box<WholeOp>, Box<WholeOp>),
    Multiply(Box<WholeOp>, Box<WholeOp>),
    Least(Box<WholeOp>, Box<WholeOp>),
    Greatest(Box<WholeOp>, Box<WholeOp>),
    /// The product in so many parts of one, rounded half away from zero.
    Scale(Box<WholeOp>, Box<WholeOp>, i64),
    /// So many times the first by the second, rounded half away from zero.
    Divide(Box<WholeOp>, Box<WholeOp>, i64),
}

impl WholeOp {
    /// The result; `None` where decimals have to decide.
    pub(super) fn run(&self, slots: &[Whole]) -> Option<i64> {
        match self {
            Self::Slot(slot) => match slots.get(slot.0)? {
                Whole::Is(whole) => Some(*whole),
                Whole::No | Whole::Missing => None,
            },
            Self::Constant(whole) => Some(*whole),
            Self::Negate(inner) => inner.run(slots)?.checked_neg(),
            Self::Add(left, right) => left.run(slots)?.checked_add(right.run(slots)?),
            Self::Subtract(left, right) => left.run(slots)?.checked_sub(right.run(slots)?),
            Self::Multiply(left, right) => left.run(slots)?.checked_mul(right.run(slots)?),
            Self::Least(left, right) => Some(left.run(slots)?.min(right.run(slots)?)),
            Self::Greatest(left, right) => Some(left.run(slots)?.max(right.run(slots)?)),
            Self::Scale(left, right, parts) => {
                let product = i128::from(left.run(slots)?) * i128::from(right.run(slots)?);
                rounded(product, i128::from(*parts))
            }
            Self::Divide(left, right, times) => {
                let dividend = i128::from(left.run(slots)?) * i128::from(*times);
                rounded(dividend, i128::from(right.run(slots)?))
            }
        }
    }
}

/// The quotient, rounded half away from zero.
fn rounded(dividend: i128, divisor: i128) -> Option<i64> {
    /// What a decimal holds; beyond it, decimals round once more on the way.
    const DIGITS_MAX: i128 = 1 << 96;
    if dividend.abs() >= DIGITS_MAX {
        return None;
    }
    let quotient = match (i64::try_from(dividend), i64::try_from(divisor)) {
        // Much faster than by 128 bits.
        (Ok(dividend), Ok(divisor)) => {
            let quotient = dividend.checked_div(divisor)?;
            // A second division would cost as much again.
            let rest = dividend.wrapping_sub(quotient.wrapping_mul(divisor));
            let away = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
            return step(quotient, away, (dividend < 0) != (divisor < 0));
        }
        (Err(_), _) | (_, Err(_)) => i64::try_from(dividend.checked_div(divisor)?).ok()?,
    };
    let rest = dividend.checked_rem(divisor)?;
    let away = rest.unsigned_abs() >= divisor.unsigned_abs().div_ceil(2);
    step(quotient, away, (dividend < 0) != (divisor < 0))
}

fn step(quotient: i64, away: bool, negative: bool) -> Option<i64> {
    match (away, negative) {
        (false, _) => Some(quotient),
        (true, false) => quotient.checked_add(1),
        (true, true) => quotient.checked_sub(1),
    }
}
