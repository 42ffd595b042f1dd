//! What a number can be, from a least to a greatest, and what becomes of it in calculations.
//!
//! One scale for each type: amounts in minor units, shares as fractions (36 % is 0.36), days and
//! things as they are, dates as days. Both ends are included; a calculation may widen them and never
//! narrows them, so that what is outside can be relied upon not to happen.

use std::cmp::{max, min};

use rust_decimal::{Decimal, RoundingStrategy};

/// From a least to a greatest number, both included; no end where there is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) struct Span {
    pub(in crate::rules) low: Option<Decimal>,
    pub(in crate::rules) high: Option<Decimal>,
}

/// A number, or further than any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Below,
    At(Decimal),
    Above,
}

impl End {
    fn sign(self) -> i8 {
        match self {
            Self::Below => -1,
            Self::At(number) if number.is_zero() => 0,
            Self::At(number) if number.is_sign_negative() => -1,
            Self::At(_) | Self::Above => 1,
        }
    }

    fn endless(sign: i8) -> Self {
        match sign {
            0 => Self::At(Decimal::ZERO),
            sign if sign < 0 => Self::Below,
            _ => Self::Above,
        }
    }

    fn times(self, other: Self) -> Self {
        let sign = self.sign() * other.sign();
        match (self, other) {
            (Self::At(a), Self::At(b)) => a
                .checked_mul(b)
                .map_or_else(|| Self::endless(sign), Self::At),
            (Self::Below | Self::Above, _) | (_, Self::Below | Self::Above) => Self::endless(sign),
        }
    }

    /// By a number that is not below zero, zero standing for the least above it.
    fn by(self, divisor: Self) -> Self {
        match (self, divisor) {
            (_, Self::Below | Self::Above) => Self::At(Decimal::ZERO),
            (Self::At(a), Self::At(b)) if !b.is_zero() => {
                let quotient = a.checked_div(b);
                quotient.map_or_else(|| Self::endless(self.sign()), Self::At)
            }
            (Self::Below | Self::At(_) | Self::Above, Self::At(_)) => Self::endless(self.sign()),
        }
    }
}

impl Span {
    /// Any number.
    pub(in crate::rules) const ANY: Self = Self {
        low: None,
        high: None,
    };

    /// One number.
    pub(in crate::rules) fn point(number: Decimal) -> Self {
        Self::between(number, number)
    }

    /// From one number to another.
    pub(in crate::rules) fn between(low: Decimal, high: Decimal) -> Self {
        Self {
            low: Some(low),
            high: Some(high),
        }
    }

    pub(super) fn from(low: Decimal) -> Self {
        Self {
            low: Some(low),
            high: None,
        }
    }

    pub(super) fn up_to(high: Decimal) -> Self {
        Self {
            low: None,
            high: Some(high),
        }
    }

    /// No or yes.
    pub(super) fn truth() -> Self {
        Self::between(Decimal::ZERO, Decimal::ONE)
    }

    /// The number, where it can be but one.
    pub(super) fn only(self) -> Option<Decimal> {
        self.low.filter(|low| self.high == Some(*low))
    }

    pub(super) fn is_empty(self) -> bool {
        matches!((self.low, self.high), (Some(low), Some(high)) if low > high)
    }

    /// Whether all of it is in the other.
    pub(super) fn within(self, other: Self) -> bool {
        let from = other
            .low
            .is_none_or(|other| self.low.is_some_and(|low| low >= other));
        let to = other
            .high
            .is_none_or(|other| self.high.is_some_and(|high| high <= other));
        from && to
    }

    fn ends(self) -> (End, End) {
        (
            self.low.map_or(End::Below, End::At),
            self.high.map_or(End::Above, End::At),
        )
    }

    fn of((low, high): (End, End)) -> Self {
        let number = |end| match end {
            End::At(number) => Some(number),
            End::Below | End::Above => None,
        };
        // An end on the wrong side leaves nothing to rely on.
        if low == End::Above || high == End::Below {
            return Self::ANY;
        }
        Self {
            low: number(low),
            high: number(high),
        }
    }

    /// What both can be.
    pub(super) fn meet(self, other: Self) -> Self {
        let (a, b) = (self.ends(), other.ends());
        Self::of((max(a.0, b.0), min(a.1, b.1)))
    }

    /// What either can be, and all between.
    pub(super) fn hull(self, other: Self) -> Self {
        let (a, b) = (self.ends(), other.ends());
        Self::of((min(a.0, b.0), max(a.1, b.1)))
    }

    pub(super) fn least(self, other: Self) -> Self {
        let (a, b) = (self.ends(), other.ends());
        Self::of((min(a.0, b.0), min(a.1, b.1)))
    }

    pub(super) fn greatest(self, other: Self) -> Self {
        let (a, b) = (self.ends(), other.ends());
        Self::of((max(a.0, b.0), max(a.1, b.1)))
    }

    pub(super) fn negate(self) -> Self {
        Self {
            low: self.high.map(|high| -high),
            high: self.low.map(|low| -low),
        }
    }

    pub(super) fn abs(self) -> Self {
        let positive = self.meet(Self::from(Decimal::ZERO));
        let negative = self.meet(Self::up_to(Decimal::ZERO)).negate();
        match (positive.is_empty(), negative.is_empty()) {
            (true, _) => negative,
            (_, true) => positive,
            (false, false) => positive.hull(negative),
        }
    }

    pub(super) fn add(self, other: Self) -> Self {
        let sum = |a: Option<Decimal>, b: Option<Decimal>| a?.checked_add(b?);
        Self {
            low: sum(self.low, other.low),
            high: sum(self.high, other.high),
        }
    }

    pub(super) fn subtract(self, other: Self) -> Self {
        self.add(other.negate())
    }

    pub(super) fn multiply(self, other: Self) -> Self {
        let (a, b) = (self.ends(), other.ends());
        Self::around([
            a.0.times(b.0),
            a.0.times(b.1),
            a.1.times(b.0),
            a.1.times(b.1),
        ])
    }

    /// A quotient; where the divisor is zero there is none.
    pub(super) fn divide(self, divisor: Self) -> Self {
        let (low, high) = divisor.ends();
        match (low.sign(), high.sign()) {
            (0 | 1, _) => {
                let a = self.ends();
                Self::around([a.0.by(low), a.0.by(high), a.1.by(low), a.1.by(high)])
            }
            (_, 0 | -1) => self.negate().divide(divisor.negate()),
            _ => Self::ANY,
        }
    }

    fn around(ends: [End; 4]) -> Self {
        let [a, b, c, d] = ends;
        Self::of((min(min(a, b), min(c, d)), max(max(a, b), max(c, d))))
    }

    /// The ends moved outwards to so many places.
    pub(super) fn outwards(self, places: u32) -> Self {
        let to = |number: Decimal, strategy| number.round_dp_with_strategy(places, strategy);
        Self {
            low: self
                .low
                .map(|low| to(low, RoundingStrategy::ToNegativeInfinity)),
            high: self
                .high
                .map(|high| to(high, RoundingStrategy::ToPositiveInfinity)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span() -> impl Strategy<Value = Span> {
        let end = || proptest::option::of((-40_i64..40).prop_map(|n| Decimal::new(n, 1)));
        (end(), end()).prop_map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => Span::between(min(a, b), max(a, b)),
            (low, high) => Span { low, high },
        })
    }

    /// A number of a span.
    fn of(span: Span, at: u32) -> Decimal {
        let far = Decimal::from(1_000);
        let low = span
            .low
            .unwrap_or_else(|| span.high.unwrap_or_default() - far);
        let high = span.high.unwrap_or(low + far);
        low + (high - low) * Decimal::from(at) / Decimal::from(100)
    }

    fn holds(span: Span, number: Decimal) -> bool {
        Span::point(number).within(span.outwards(12))
    }

    proptest! {
        #[test]
        fn what_numbers_come_to_is_in_what_their_spans_come_to(
            a in span(), b in span(), x in 0_u32..=100, y in 0_u32..=100,
        ) {
            let (x, y) = (of(a, x), of(b, y));
            prop_assert!(holds(a.add(b), x + y));
            prop_assert!(holds(a.subtract(b), x - y));
            prop_assert!(holds(a.multiply(b), x * y));
            prop_assert!(holds(a.least(b), x.min(y)));
            prop_assert!(holds(a.greatest(b), x.max(y)));
            prop_assert!(holds(a.hull(b), x) && holds(a.hull(b), y));
            prop_assert!(holds(a.abs(), x.abs()));
            prop_assert!(holds(a.negate(), -x));
            if let Some(quotient) = x.checked_div(y) {
                prop_assert!(holds(a.divide(b), quotient), "{:?} {x} {y}", a.divide(b));
            }
        }
    }

    #[test]
    fn a_quotient_of_what_is_not_negative_has_no_upper_end() {
        let positive = Span::from(Decimal::ZERO);
        assert_eq!(positive.divide(positive), positive);
        let share = Span::truth();
        assert_eq!(share.multiply(share), share);
        assert_eq!(Span::ANY.divide(Span::ANY), Span::ANY);
    }
}
