//! A logistic regression on one number, by Newton's method, in whole numbers: the same on every
//! machine.

use crate::analysis::exp_of_minus;
use crate::examination::tally::{Millionths, WHOLE};

/// One, in the fixed point in which it is worked out.
const ONE: i128 = 1_000_000_000;
/// Log-odds beyond this are as good as certain.
const ODDS_MAX: i128 = 20 * ONE;
/// Steps of Newton's method: more than it ever needs.
const STEPS: usize = 40;
/// A little is taken off large coefficients for each step, so that one exists where cases are
/// separable.
const RIDGE: i128 = ONE / 1_000;

/// `p = 1 / (1 + exp(-(at_zero + slope * x)))`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Logistic {
    at_zero: i128,
    slope: i128,
}

impl Logistic {
    /// Fits cases: a number in millionths, and whether it happened.
    pub(super) fn fit(cases: &[(Millionths, bool)]) -> Self {
        let mut fit = Self::default();
        for _ in 0..STEPS {
            let Some((at_zero, slope)) = fit.step(cases) else {
                break;
            };
            let limit = 1_000 * ONE;
            fit.at_zero = (fit.at_zero + at_zero).clamp(-limit, limit);
            fit.slope = (fit.slope + slope).clamp(-limit, limit);
            if at_zero.abs() + slope.abs() < ONE / 1_000_000 {
                break;
            }
        }
        fit
    }

    /// One step of Newton's method: the gradient by the inverse of the two by two Hessian.
    fn step(self, cases: &[(Millionths, bool)]) -> Option<(i128, i128)> {
        let shrunk = |coefficient: i128| coefficient * RIDGE / ONE;
        let (mut g0, mut g1) = (-shrunk(self.at_zero), -shrunk(self.slope));
        let (mut h00, mut h01, mut h11) = (RIDGE, 0, RIDGE);
        for (x, happened) in cases {
            let p = self.at(*x);
            let x = i128::from(*x) * (ONE / i128::from(WHOLE));
            let off = i128::from(*happened) * ONE - p;
            let weight = p * (ONE - p) / ONE;
            g0 += off;
            g1 += off * x / ONE;
            h00 += weight;
            h01 += weight * x / ONE;
            h11 += weight * x / ONE * x / ONE;
        }
        let determinant = (h00.checked_mul(h11)? - h01.checked_mul(h01)?) / ONE;
        let solve = |a: i128, b: i128, c: i128, d: i128| {
            let top = a.checked_mul(b)?.checked_sub(c.checked_mul(d)?)?;
            top.checked_div(determinant)
        };
        Some((solve(h11, g0, h01, g1)?, solve(h00, g1, h01, g0)?))
    }

    /// The probability at `x`, in the fixed point.
    fn at(self, x: Millionths) -> i128 {
        let x = i128::from(x) * (ONE / i128::from(WHOLE));
        let odds = (self.at_zero + self.slope * x / ONE).clamp(-ODDS_MAX, ODDS_MAX);
        let small = i128::from(exp_of_minus(i64::try_from(odds.abs()).unwrap_or(i64::MAX)));
        if odds < 0 {
            small * ONE / (ONE + small)
        } else {
            ONE * ONE / (ONE + small)
        }
    }

    /// The probability at `x`, in millionths.
    pub(super) fn told(self, x: Millionths) -> Millionths {
        let told = self.at(x) * i128::from(WHOLE) / ONE;
        Millionths::try_from(told).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_meets_the_shares_of_two_groups() {
        // Of those at 0 one of five, of those at 1 three of four: the fit of two parameters is exact.
        let mut cases = vec![];
        for at in 0..200 {
            cases.push((0, at % 5 == 0));
            cases.push((WHOLE, at % 4 != 0));
        }
        let fit = Logistic::fit(&cases);
        assert!(fit.told(0).abs_diff(200_000) < 100, "{}", fit.told(0));
        assert!(fit.told(WHOLE).abs_diff(750_000) < 100);
    }

    #[test]
    fn what_is_separable_or_all_alike_has_a_fit() {
        let apart: Vec<_> = (0..100).map(|at| (at * 10_000, at >= 50)).collect();
        let fit = Logistic::fit(&apart);
        assert!(fit.told(0) < 10_000 && fit.told(WHOLE) > 990_000);
        let alike = Logistic::fit(&[(0, true), (0, false), (0, false), (0, false)]);
        assert!(alike.told(0).abs_diff(250_000) < 1_000);
        assert_eq!(Logistic::fit(&[]).told(0), 500_000);
    }
}
