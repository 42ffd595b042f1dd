//! The payments that repay a principal.
//!
//! All are equal and rounded up to the minor unit, so that they never fall short; the last one
//! settles what is left, rounded down. So the payments are never worth more than the principal at
//! the rate that was agreed: rounding alone raises no rate.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// Decimals beyond these are noise of the computation, not part of an amount.
const NOISE_PLACES: u32 = 8;

/// Payments in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Each but the last.
    pub payment: i64,
    /// The last: what is then left. Never above the others.
    pub last_payment: i64,
    /// How many there are, the last included. Fewer than asked for where the others, rounded up,
    /// repay the principal sooner.
    pub payments: u32,
}

impl Schedule {
    /// Payments at the end of each period, on which interest accrues at this rate for one period.
    /// `None` where that cannot be computed, and where there is nothing to repay.
    pub fn instalments(principal: i64, rate: Decimal, payments: u32) -> Option<Self> {
        let whole = Decimal::from(principal);
        let growth = Decimal::ONE.checked_add(rate)?;
        // Falls towards zero for long terms, where its inverse would overflow.
        let discount = Decimal::ONE.checked_div(growth)?;
        let mut discounted = power(discount, payments)?;
        let exact = whole.checked_div(annuity(rate, payments, discounted)?)?;
        let payment = without_noise(exact).ceil();
        // What the payments before the last of so many leave of the principal, as it is worth today.
        let left = |payments: u32, discounted: Decimal| {
            let before = payments.checked_sub(1)?;
            let worth = annuity(rate, before, discounted.checked_mul(growth)?)?;
            whole.checked_sub(payment.checked_mul(worth)?)
        };
        let mut payments = payments;
        if left(payments, discounted)? <= Decimal::ZERO {
            // The first number of payments that repays the principal.
            let (mut enough, mut too_few) = (payments, 0);
            while enough - too_few > 1 {
                let middle = too_few + (enough - too_few) / 2;
                let worth = annuity(rate, middle, power(discount, middle)?)?;
                if payment.checked_mul(worth)? >= whole {
                    enough = middle;
                } else {
                    too_few = middle;
                }
            }
            payments = enough;
            discounted = power(discount, payments)?;
        }
        let grown = power(growth, payments)?;
        let last = without_noise(left(payments, discounted)?.checked_mul(grown)?).floor();
        Self::ending_in(payment.to_i64()?, last.to_i64()?, payments)
    }

    /// One payment, after simple interest for so many of so many days.
    pub fn once(principal: i64, yearly_rate: Decimal, days: u32) -> Option<Self> {
        let interest = Decimal::from(principal)
            .checked_mul(yearly_rate)?
            .checked_mul(Decimal::from(days))?
            .checked_div(Decimal::from(365))?;
        let all = Decimal::from(principal).checked_add(interest)?;
        let all = without_noise(all).floor().to_i64()?;
        Self::ending_in(all, all, 1)
    }

    /// Equal payments and another last one.
    pub(super) fn ending_in(payment: i64, last_payment: i64, payments: u32) -> Option<Self> {
        if payments == 1 || last_payment > payment {
            return (last_payment > 0).then_some(Self {
                payment: last_payment,
                last_payment,
                payments,
            });
        }
        let all = Self {
            payment,
            last_payment,
            payments,
        };
        // Less than a minor unit is left for a last one: there is none.
        Some(if last_payment <= 0 {
            Self {
                last_payment: payment,
                payments: payments - 1,
                ..all
            }
        } else {
            all
        })
    }

    /// All payments together.
    pub fn total(&self) -> Option<i64> {
        let equal = self.payment.checked_mul(i64::from(self.payments - 1))?;
        equal.checked_add(self.last_payment)
    }
}

fn without_noise(exact: Decimal) -> Decimal {
    exact.round_dp_with_strategy(NOISE_PLACES, RoundingStrategy::MidpointAwayFromZero)
}

/// What payments of 1 at the end of each period are worth at their beginning:
/// `(1 - (1 + rate)^-payments) / rate`, and their number where the rate is zero. `discounted` is
/// `(1 + rate)^-payments`.
fn annuity(rate: Decimal, payments: u32, discounted: Decimal) -> Option<Decimal> {
    if rate.is_zero() {
        return Some(Decimal::from(payments));
    }
    Decimal::ONE.checked_sub(discounted)?.checked_div(rate)
}

pub(super) fn power(base: Decimal, exponent: u32) -> Option<Decimal> {
    let (mut result, mut square, mut left) = (Decimal::ONE, base, exponent);
    while left > 0 {
        if left % 2 == 1 {
            result = result.checked_mul(square)?;
        }
        left /= 2;
        if left > 0 {
            square = square.checked_mul(square)?;
        }
    }
    Some(result)
}
