//! The general equation of appendix J (b)(8), for one advance and equal payments of which the last
//! may be another.

use std::cell::RefCell;

use rust_decimal::Decimal;

use super::kept::{Exactly, Kept, exactly};
use super::schedule::{Schedule, power};
use super::timing::Timing;

/// How often the rate is tried: some ten times as often as it takes.
const TRIALS_MAX: u32 = 200;
/// One of so many trials halves what is uncertain, whatever the others do.
const HALVED_EVERY: u32 = 8;
/// How many steps Newton's method is given: twice as many as it takes.
const STEPS_MAX: u32 = 20;
/// The least rate for one unit-period that is begun with: at zero there is no slope.
const LEAST_GUESS: Decimal = Decimal::from_parts(1, 0, 0, false, 4);
/// A step of Newton's method after which the rate is right: the next one would be some thousand
/// times its square.
const NEAR_ENOUGH_TO_STOP: Decimal = Decimal::from_parts(1, 0, 0, false, 10);
/// How near two rates for one unit-period are the same: a yearly one is then right to 1e-12 of a
/// point and better.
const NEAR: Decimal = Decimal::from_parts(1, 0, 0, false, 18);

/// What payments are worth on the day of the advance, in minor units, at a rate for one unit-period:
/// appendix J (b)(6) and (b)(8). `None` where it cannot be computed.
///
/// Kept for when the rate comes again: for one of few, such as a cap.
pub(super) fn worth(schedule: &Schedule, timing: &Timing, rate: Decimal) -> Option<Decimal> {
    let arguments = (
        exactly(rate),
        schedule.payments,
        timing.whole,
        exactly(timing.fraction),
    );
    let discounts = DISCOUNTS.with_borrow_mut(|kept| {
        kept.of(arguments, || Discounts::at(schedule.payments, timing, rate))
    })?;
    Worth::of(schedule, timing, discounts)?.now()
}

thread_local! {
    static DISCOUNTS: RefCell<Kept<(Exactly, u32, u32, Exactly), Discounts, 256>> =
        const { RefCell::new(Kept::new()) };
}

/// What payments are worth at a rate, whatever they are.
#[derive(Debug, Clone, Copy)]
struct Discounts {
    rate: Decimal,
    one_and: Decimal,
    /// `1 / (1 + rate)`
    discount: Decimal,
    /// The discount from the last payment to the first.
    to_first: Decimal,
    /// What payments of 1 are worth a period before the first, without the last.
    equal: Decimal,
    /// The discount from the first payment to the advance.
    to_advance: Decimal,
}

impl Discounts {
    fn at(payments: u32, timing: &Timing, rate: Decimal) -> Option<Self> {
        let one_and = Decimal::ONE.checked_add(rate)?;
        let discount = Decimal::ONE.checked_div(one_and)?;
        let count = payments.checked_sub(1)?;
        let to_first = power(discount, count)?;
        let equal = if rate.is_zero() {
            Decimal::from(count)
        } else {
            Decimal::ONE.checked_sub(to_first)?.checked_div(rate)?
        };
        let whole = power(discount, timing.whole)?;
        let to_advance = if timing.fraction.is_zero() {
            whole
        } else {
            let fraction = Decimal::ONE.checked_add(timing.fraction.checked_mul(rate)?)?;
            whole.checked_div(fraction)?
        };
        Some(Self {
            rate,
            one_and,
            discount,
            to_first,
            equal,
            to_advance,
        })
    }
}

/// What payments are worth at a rate, taken apart.
struct Worth<'a> {
    schedule: &'a Schedule,
    timing: &'a Timing,
    discounts: Discounts,
    /// What all payments are worth on the day of the first.
    on_first: Decimal,
}

impl<'a> Worth<'a> {
    fn at(schedule: &'a Schedule, timing: &'a Timing, rate: Decimal) -> Option<Self> {
        let discounts = Discounts::at(schedule.payments, timing, rate)?;
        Self::of(schedule, timing, discounts)
    }

    fn of(schedule: &'a Schedule, timing: &'a Timing, discounts: Discounts) -> Option<Self> {
        let payment = Decimal::from(schedule.payment);
        let all_but_last = payment.checked_mul(discounts.equal)?;
        let all_but_last = all_but_last.checked_mul(discounts.one_and)?;
        let last = Decimal::from(schedule.last_payment).checked_mul(discounts.to_first)?;
        Some(Self {
            schedule,
            timing,
            discounts,
            on_first: all_but_last.checked_add(last)?,
        })
    }

    fn now(&self) -> Option<Decimal> {
        self.on_first.checked_mul(self.discounts.to_advance)
    }

    /// By how much it changes with the rate: the derivative; not at a rate of zero.
    fn slope(&self) -> Option<Decimal> {
        let at = &self.discounts;
        let count = Decimal::from(self.schedule.payments.checked_sub(1)?);
        let payment = Decimal::from(self.schedule.payment);
        // How the discount of the last payment falls.
        let falls = count.checked_mul(at.to_first)?.checked_mul(at.discount)?;
        let equal = falls.checked_sub(at.equal)?.checked_div(at.rate)?;
        let of_equal = at.equal.checked_add(equal.checked_mul(at.one_and)?)?;
        let of_last = Decimal::from(self.schedule.last_payment).checked_mul(falls)?;
        let on_first = payment.checked_mul(of_equal)?.checked_sub(of_last)?;
        let whole = Decimal::from(self.timing.whole).checked_mul(at.discount)?;
        let fraction = self.timing.fraction;
        let in_part = if fraction.is_zero() {
            whole
        } else {
            let part = Decimal::ONE.checked_add(fraction.checked_mul(at.rate)?)?;
            whole.checked_add(fraction.checked_div(part)?)?
        };
        let earlier = self.on_first.checked_mul(in_part)?;
        on_first.checked_sub(earlier)?.checked_mul(at.to_advance)
    }
}

/// The rate for one unit-period at which payments are worth an amount, never below zero; `None`
/// where it cannot be computed.
///
/// By Newton's method from a guess: what payments are worth falls ever more slowly as the rate rises, so
/// that from below no step goes too far. Where it does not arrive, by [`between_bounds`].
pub(super) fn rate(
    amount: i64,
    schedule: &Schedule,
    timing: &Timing,
    guess: Decimal,
) -> Option<Decimal> {
    let owed = Decimal::from(amount);
    if Decimal::from(schedule.total()?) <= owed {
        return Some(Decimal::ZERO);
    }
    by_newton(owed, schedule, timing, guess)
        .or_else(|| between_bounds(owed, schedule, timing, guess))
}

pub(super) fn by_newton(
    owed: Decimal,
    schedule: &Schedule,
    timing: &Timing,
    guess: Decimal,
) -> Option<Decimal> {
    let mut rate = guess.max(LEAST_GUESS);
    for _ in 0..STEPS_MAX {
        let worth = Worth::at(schedule, timing, rate)?;
        let step = worth
            .now()?
            .checked_sub(owed)?
            .checked_div(worth.slope()?)?;
        rate = rate.checked_sub(step)?;
        if rate <= Decimal::ZERO {
            return None;
        }
        // What is left to go is less than the square of the step.
        if step.abs() <= NEAR_ENOUGH_TO_STOP {
            return Some(rate);
        }
    }
    None
}

/// By false position within bounds that hold it, as appendix J (b)(9) interpolates; a bound that lags
/// behind loses weight.
pub(super) fn between_bounds(
    owed: Decimal,
    schedule: &Schedule,
    timing: &Timing,
    guess: Decimal,
) -> Option<Decimal> {
    let above = |rate: Decimal| {
        let worth = Worth::at(schedule, timing, rate)?.now()?;
        worth.checked_sub(owed)
    };
    let mut low = (Decimal::ZERO, above(Decimal::ZERO)?);
    let mut high = bound(&above, guess.max(LEAST_GUESS))?;
    // Which bound was moved last.
    let mut moved_low = None;
    for trial in 1..=TRIALS_MAX {
        let width = high.0.checked_sub(low.0)?;
        if width <= NEAR || high.1.is_zero() {
            break;
        }
        let share = if trial % HALVED_EVERY == 0 {
            Decimal::new(5, 1)
        } else {
            low.1.checked_div(low.1.checked_sub(high.1)?)?
        };
        let tried = low.0.checked_add(width.checked_mul(share)?)?;
        let found = above(tried)?;
        let is_low = found > Decimal::ZERO;
        let (moved, other) = if is_low {
            (&mut low, &mut high)
        } else {
            (&mut high, &mut low)
        };
        *moved = (tried, found);
        if moved_low == Some(is_low) {
            // The other bound lags behind: it is given half its weight, so that it moves next.
            other.1 = other.1.checked_div(Decimal::TWO)?;
        }
        moved_low = Some(is_low);
    }
    Some(high.0)
}

/// A rate at which the payments are worth no more than the amount.
fn bound(
    above: &impl Fn(Decimal) -> Option<Decimal>,
    guess: Decimal,
) -> Option<(Decimal, Decimal)> {
    let mut rate = guess;
    loop {
        let found = above(rate)?;
        if found <= Decimal::ZERO {
            return Some((rate, found));
        }
        rate = rate.checked_mul(Decimal::TWO)?;
    }
}
