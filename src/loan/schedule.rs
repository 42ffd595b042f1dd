//! The payments that repay a principal.
//!
//! All are equal and rounded up to the minor unit, so that they never fall short; the last one
//! settles what is left, rounded down. So the payments are never worth more than the principal at
//! the rate that was agreed: rounding alone raises no rate.

use std::cell::RefCell;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::kept::{Exactly, Kept, exactly};

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
        let arguments = (principal, exactly(rate), payments);
        let compute = || Self::computed(principal, rate, payments);
        SCHEDULES.with_borrow_mut(|kept| kept.of(arguments, compute))
    }

    fn computed(principal: i64, rate: Decimal, payments: u32) -> Option<Self> {
        let whole = Decimal::from(principal);
        let mut annuity = Annuity::of(rate, payments)?;
        let payment = without_noise(whole.checked_div(annuity.worth)?).ceil();
        // What the payments before the last leave of the principal, as it is worth today.
        let left = |annuity: Annuity| {
            let before = payment.checked_mul(annuity.worth_before?)?;
            whole.checked_sub(before)
        };
        let mut payments = payments;
        if left(annuity)? <= Decimal::ZERO {
            // The first number of payments that repays the principal.
            let (mut enough, mut too_few) = (payments, 0);
            while enough - too_few > 1 {
                let middle = too_few + (enough - too_few) / 2;
                let worth = worth_of_ones(rate, middle, power(annuity.discount, middle)?)?;
                if payment.checked_mul(worth)? >= whole {
                    enough = middle;
                } else {
                    too_few = middle;
                }
            }
            payments = enough;
            annuity = Annuity::of(rate, payments)?;
        }
        let last = left(annuity)?.checked_mul(annuity.grown?)?;
        let last = without_noise(last).floor();
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

/// Payments of 1 at the end of each of so many periods, at a rate.
#[derive(Debug, Clone, Copy)]
struct Annuity {
    /// `(1 + rate)^-1`: falls towards zero for long terms, where its inverse would overflow.
    discount: Decimal,
    /// What they are worth at their beginning.
    worth: Decimal,
    /// What all but the last are worth then; `None` where that cannot be computed.
    worth_before: Option<Decimal>,
    /// `(1 + rate)^payments`; `None` where that cannot be computed.
    grown: Option<Decimal>,
}

thread_local! {
    static ANNUITIES: RefCell<Kept<(Exactly, u32), Annuity, 256>> =
        const { RefCell::new(Kept::new()) };
    static SCHEDULES: RefCell<Kept<(i64, Exactly, u32), Schedule, 1024>> =
        const { RefCell::new(Kept::new()) };
}

impl Annuity {
    /// `None` where it cannot be computed.
    fn of(rate: Decimal, payments: u32) -> Option<Self> {
        let arguments = (exactly(rate), payments);
        ANNUITIES.with_borrow_mut(|kept| kept.of(arguments, || Self::computed(rate, payments)))
    }

    fn computed(rate: Decimal, payments: u32) -> Option<Self> {
        let growth = Decimal::ONE.checked_add(rate)?;
        let discount = Decimal::ONE.checked_div(growth)?;
        let discounted = power(discount, payments)?;
        let worth_before = || {
            let before = payments.checked_sub(1)?;
            worth_of_ones(rate, before, discounted.checked_mul(growth)?)
        };
        Some(Self {
            discount,
            worth: worth_of_ones(rate, payments, discounted)?,
            worth_before: worth_before(),
            grown: power(growth, payments),
        })
    }
}

/// What payments of 1 at the end of each period are worth at their beginning:
/// `(1 - (1 + rate)^-payments) / rate`, and their number where the rate is zero. `discounted` is
/// `(1 + rate)^-payments`.
fn worth_of_ones(rate: Decimal, payments: u32, discounted: Decimal) -> Option<Decimal> {
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
