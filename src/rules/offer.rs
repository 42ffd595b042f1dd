//! How much a lender may lend, and what one payment then is. Exact decimals throughout.
//!
//! The rate is nominal and compounds with each payment, so that `n` equal payments `a` at the
//! rate `i` for one period repay the principal `a * (1 - (1 + i)^-n) / i`: the ordinary annuity.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::application::Application;

/// Decimals beyond these are noise of the computation, not part of an amount.
const NOISE_PLACES: u32 = 8;

/// The payments of a loan and the rate for one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    pub(super) payments: u32,
    /// What one payment of 1 repays.
    factor: Decimal,
}

impl Schedule {
    /// The schedule of an application at a yearly rate; `None` where it cannot be computed.
    pub(super) fn new(application: &Application, apr_percent: Decimal) -> Option<Self> {
        let payments = application.payments();
        let yearly = apr_percent.checked_div(Decimal::ONE_HUNDRED)?;
        let rate = match application.repayment_frequency().per_year() {
            Some(per_year) => yearly.checked_div(Decimal::from(per_year))?,
            None => yearly
                .checked_mul(Decimal::from(application.term().days()))?
                .checked_div(Decimal::from(365))?,
        };
        Some(Self {
            payments,
            factor: annuity_factor(rate, payments)?,
        })
    }

    /// The principal that a payment carries, in whole minor units, rounded down.
    pub(super) fn principal(&self, payment: i64) -> Option<i64> {
        let exact = Decimal::from(payment.max(0)).checked_mul(self.factor)?;
        without_noise(exact).trunc().to_i64()
    }

    /// The payment that repays a principal, in whole minor units, rounded up.
    pub(super) fn payment(&self, principal: i64) -> Option<i64> {
        let exact = Decimal::from(principal).checked_div(self.factor)?;
        without_noise(exact).ceil().to_i64()
    }
}

fn without_noise(exact: Decimal) -> Decimal {
    exact.round_dp_with_strategy(NOISE_PLACES, RoundingStrategy::MidpointAwayFromZero)
}

/// `(1 - (1 + rate)^-payments) / rate`; the number of payments where the rate is zero.
fn annuity_factor(rate: Decimal, payments: u32) -> Option<Decimal> {
    if rate.is_zero() {
        return Some(Decimal::from(payments));
    }
    // Falls towards zero for long terms, where its inverse would overflow.
    let discount = Decimal::ONE.checked_div(Decimal::ONE.checked_add(rate)?)?;
    let last = power(discount, payments)?;
    Decimal::ONE.checked_sub(last)?.checked_div(rate)
}

fn power(base: Decimal, exponent: u32) -> Option<Decimal> {
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

/// The largest multiple of `step` that is not above `amount`; both in minor units.
pub(super) fn down_to_step(amount: i64, step: i64) -> i64 {
    amount - amount.checked_rem(step).unwrap_or(0)
}
