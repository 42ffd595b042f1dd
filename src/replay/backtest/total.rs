//! Amounts together, exactly.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::money::{Currency, Money};

/// Amounts together, in major units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many.
    pub count: u64,
    /// Their sum, exact.
    pub total: Decimal,
    /// The mean, rounded to the minor unit, half away from zero; `None` of none.
    pub mean: Option<Decimal>,
}

/// Amounts that are being added, in minor units of one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    count: u64,
    minor: i128,
}

impl Sum {
    /// Adds an amount.
    pub(super) fn add(&mut self, amount: Money) {
        self.count = self.count.saturating_add(1);
        self.minor = self.minor.saturating_add(i128::from(amount.minor()));
    }

    /// Adds all of another sum.
    pub(super) fn merge(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.minor = self.minor.saturating_add(other.minor);
    }

    /// The amounts together.
    pub(super) fn total(self, currency: Currency) -> Total {
        Total {
            count: self.count,
            total: major(self.minor, currency),
            mean: self.mean().map(|mean| major(mean, currency)),
        }
    }

    /// How much more it is than another sum.
    pub(super) fn above(self, other: Self, currency: Currency) -> Decimal {
        major(self.minor_above(other), currency)
    }

    fn mean(self) -> Option<i128> {
        divided(self.minor, i128::from(self.count))
    }

    /// What it comes to where so much of `of` came to `part`: one amount, rounded to the minor unit, half
    /// away from zero. `None` where `of` is nothing.
    pub(super) fn in_proportion(self, part: i128, of: Self) -> Option<i128> {
        divided(self.minor.checked_mul(part)?, of.minor)
    }

    /// How many minor units more it is than another sum.
    pub(super) fn minor_above(self, other: Self) -> i128 {
        self.minor.saturating_sub(other.minor)
    }

    /// One amount of so many minor units.
    pub(super) fn of_minor(minor: i128) -> Self {
        Self { count: 1, minor }
    }
}

/// Divided by what is above zero, rounded half away from zero.
fn divided(minor: i128, by: i128) -> Option<i128> {
    if by <= 0 {
        return None;
    }
    let whole = minor.checked_div(by)?;
    let rest = minor.checked_rem(by)?;
    let rounds = rest.saturating_abs().saturating_mul(2) >= by;
    let step = if rounds { rest.signum() } else { 0 };
    Some(whole.saturating_add(step))
}

/// An amount in major units.
///
/// INVARIANT: fits. Amounts have 64 bits, and it takes 2^32 of the largest to pass what a decimal holds.
fn major(minor: i128, currency: Currency) -> Decimal {
    let exact = Decimal::try_from_i128_with_scale(minor, currency.exponent());
    exact.unwrap_or(if minor < 0 {
        Decimal::MIN
    } else {
        Decimal::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_rounded_half_away_from_zero() {
        for (minor, mean) in [
            (&[100, 101][..], "1.01"),
            (&[-100, -101], "-1.01"),
            (&[100, 100, 101], "1.00"),
            (&[100, 101, 101], "1.01"),
        ] {
            let mut sum = Sum::default();
            for amount in minor {
                sum.add(Money::new(*amount, Currency::USD));
            }
            let total = sum.total(Currency::USD);
            assert_eq!(total.mean.unwrap().to_string(), mean);
        }
        assert_eq!(Sum::default().total(Currency::USD).mean, None);
    }

    #[test]
    fn the_largest_amounts_do_not_wrap() {
        let mut sum = Sum::default();
        for _ in 0..3 {
            sum.add(Money::new(i64::MAX, Currency::USD));
        }
        let total = sum.total(Currency::USD);
        assert_eq!(total.total.to_string(), "276701161105643274.21");
    }
}
