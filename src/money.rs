//! Exact money: an integer count of minor units together with its currency.
//!
//! There is no floating point here and no silent wrap: every operation that can fail says so.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An ISO 4217 currency code, upper case: `USD`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// Currencies without a minor unit, as Stripe counts them (`docs.stripe.com/currencies`).
const ZERO_DECIMAL: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];
/// Currencies whose minor unit is a thousandth.
const THREE_DECIMAL: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];

impl Currency {
    /// United States dollar.
    pub const USD: Currency = Currency(*b"USD");

    /// The code, upper case.
    pub fn as_str(&self) -> &str {
        // INVARIANT: only ASCII letters are ever stored.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point: 2 for `USD`, 0 for `JPY`, 3 for `KWD`.
    pub fn exponent(&self) -> u32 {
        match self.as_str() {
            code if ZERO_DECIMAL.contains(&code) => 0,
            code if THREE_DECIMAL.contains(&code) => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// Accepts three ASCII letters in either case.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_alphabetic) => Ok(Self([
                a.to_ascii_uppercase(),
                b.to_ascii_uppercase(),
                c.to_ascii_uppercase(),
            ])),
            _ => Err(MoneyError::NotACurrency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in one currency, counted in its minor unit (cents for `USD`).
///
/// Two amounts in different currencies can be neither added nor compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// `minor` units of `currency`: `Money::new(1_050, Currency::USD)` is 10.50 dollars.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount in major units, exactly: 10.50.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// Reads an amount in major units. Fails where the currency cannot express it exactly
    /// (`10.505` dollars) or where it does not fit.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let minor = scale_up(amount, currency)?;
        if minor.fract() != Decimal::ZERO {
            return Err(MoneyError::TooPrecise {
                currency,
                decimals: currency.exponent(),
            });
        }
        to_minor(minor, currency)
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The difference.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self
            .minor
            .checked_sub(other.minor)
            .ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The same distance from zero, without the sign.
    pub fn checked_abs(self) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_abs().ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Which is larger; an error across currencies.
    pub fn compare(self, other: Self) -> Result<Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// The sum of `amounts`, which must all be in `currency`.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Money>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::checked_add)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch {
                left: self.currency,
                right: other.currency,
            })
        }
    }
}

fn scale_up(amount: Decimal, currency: Currency) -> Result<Decimal, MoneyError> {
    amount
        .checked_mul(Decimal::from(10_u64.pow(currency.exponent())))
        .ok_or(MoneyError::Overflow)
}

fn to_minor(minor: Decimal, currency: Currency) -> Result<Money, MoneyError> {
    let minor = i64::try_from(minor.normalize()).map_err(|_| MoneyError::Overflow)?;
    Ok(Money::new(minor, currency))
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why an amount could not be read or computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not three letters.
    #[error("a currency is a three-letter ISO 4217 code such as `USD`")]
    NotACurrency,
    /// The currency has fewer decimals.
    #[error("an amount in {currency} has at most {decimals} decimals")]
    TooPrecise {
        /// The currency of the amount.
        currency: Currency,
        /// How many decimals it has.
        decimals: u32,
    },
    /// Two currencies met where one was expected.
    #[error("{left} and {right} cannot be combined")]
    CurrencyMismatch {
        /// The first currency.
        left: Currency,
        /// The other one.
        right: Currency,
    },
    /// Beyond 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
}

/// A decimal number as people read it, with commas between thousands: `-1,250.00`.
pub(crate) fn grouped(number: &str) -> String {
    let digits_at = number.find(|c: char| c != '-').unwrap_or(0);
    let whole_until = number.find('.').unwrap_or(number.len());
    let mut text = String::with_capacity(number.len() + number.len() / 3);
    for (place, c) in number.char_indices() {
        let left = whole_until.saturating_sub(place);
        if place > digits_at && left > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

/// A count as people read it: `1,203`.
pub(crate) fn thousands(count: u64) -> String {
    grouped(&count.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, shown) in [
            ("0", "0"),
            ("-100", "-100"),
            ("999.90", "999.90"),
            ("1000", "1,000"),
            ("0.12345", "0.12345"),
            ("-1234567.80", "-1,234,567.80"),
        ] {
            assert_eq!(grouped(number), shown);
        }
    }

    #[test]
    fn an_amount_is_exact_or_refused() {
        let usd = |text: &str| Money::from_decimal(text.parse().unwrap(), Currency::USD);
        assert_eq!(usd("10.50").unwrap().minor(), 1_050);
        assert_eq!(usd("10.500").unwrap().minor(), 1_050);
        assert_eq!(
            usd("10.505"),
            Err(MoneyError::TooPrecise {
                currency: Currency::USD,
                decimals: 2
            })
        );
        assert_eq!(usd("99999999999999999999"), Err(MoneyError::Overflow));
    }

    #[test]
    fn currencies_do_not_mix() {
        let euro = Money::new(1, "eur".parse().unwrap());
        assert!(matches!(
            Money::new(1, Currency::USD).checked_add(euro),
            Err(MoneyError::CurrencyMismatch { .. })
        ));
    }

    #[test]
    fn the_exponent_follows_the_currency() {
        let display = |minor, code: &str| Money::new(minor, code.parse().unwrap()).to_string();
        assert_eq!(display(1_234, "usd"), "12.34 USD");
        assert_eq!(display(1_234, "jpy"), "1234 JPY");
        assert_eq!(display(1_234, "kwd"), "1.234 KWD");
        assert!("us".parse::<Currency>().is_err());
        assert!("u$d".parse::<Currency>().is_err());
    }

    proptest! {
        #[test]
        fn decimal_and_back(minor: i64) {
            let money = Money::new(minor, Currency::USD);
            prop_assert_eq!(Money::from_decimal(money.to_decimal(), Currency::USD), Ok(money));
        }

        #[test]
        fn addition_never_wraps(a: i64, b: i64) {
            let sum = Money::new(a, Currency::USD).checked_add(Money::new(b, Currency::USD));
            prop_assert_eq!(sum.ok().map(Money::minor), a.checked_add(b));
        }
    }
}
