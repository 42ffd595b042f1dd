//! Numbers as a report writes them: exact decimals, as text.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::money::{self, Currency};

/// An amount, written in major units: `-1250.00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    minor: i128,
    exponent: u32,
}

impl Amount {
    /// `minor` units of `currency`.
    pub fn new(minor: i128, currency: Currency) -> Self {
        Self {
            minor,
            exponent: currency.exponent(),
        }
    }

    /// In minor units.
    pub fn minor(self) -> i128 {
        self.minor
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// In whole major units, for an axis: `1,250`, `-40`.
    pub fn whole(self) -> String {
        let unit = 10_i128.checked_pow(self.exponent).unwrap_or(1);
        let whole = self.minor.checked_div(unit).unwrap_or(0);
        money::grouped(&whole.to_string())
    }

    /// With commas between thousands: `-1,250.00`.
    pub fn grouped(self) -> String {
        money::grouped(&self.to_string())
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.minor, self.exponent)
    }
}

/// So many units, of which there are ten to the power of `exponent` in one.
fn decimal(f: &mut fmt::Formatter<'_>, units: i128, exponent: u32) -> fmt::Result {
    let sign = if units < 0 { "-" } else { "" };
    let digits = units.unsigned_abs();
    let unit = 10_u128.checked_pow(exponent).unwrap_or(1).max(1);
    let (whole, rest) = (digits / unit, digits % unit);
    if exponent == 0 {
        return write!(f, "{sign}{whole}");
    }
    let places = usize::try_from(exponent).unwrap_or(2);
    write!(f, "{sign}{whole}.{rest:0places$}")
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A share of one, in thousandths, written as a decimal: `0.875`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub i64);

impl Share {
    /// In whole percent, rounded to the nearest.
    pub fn percent(self) -> i64 {
        self.0.saturating_add(5).div_euclid(10)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0.into(), 3)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_decimals() {
        let yen: Currency = "JPY".parse().unwrap();
        for (minor, currency, plain, grouped, whole) in [
            (-125_005, Currency::USD, "-1250.05", "-1,250.05", "-1,250"),
            (-5, Currency::USD, "-0.05", "-0.05", "0"),
            (1_234_567, yen, "1234567", "1,234,567", "1,234,567"),
            (99_999, Currency::USD, "999.99", "999.99", "999"),
        ] {
            let amount = Amount::new(minor, currency);
            assert_eq!(amount.to_string(), plain);
            assert_eq!(amount.grouped(), grouped);
            assert_eq!(amount.whole(), whole);
        }
        assert_eq!(Share(75).to_string(), "0.075");
        assert_eq!(Share(955).percent(), 96);
    }
}
