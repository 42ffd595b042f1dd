//! The numbers that a feature can have.

use rust_decimal::Decimal;

use super::value::Type;

/// The numbers that a feature can have: minor units, days, things, or a plain quotient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The least; `None` where there is none.
    pub least: Option<i64>,
    /// The most; `None` where there is none.
    pub most: Option<i64>,
}

impl Range {
    /// Any number.
    pub const ANY: Self = Self {
        least: None,
        most: None,
    };

    /// What values of a type are where their row says nothing else: nothing that counts things or
    /// days, or is a share, is below zero.
    pub(super) const fn of(ty: Type) -> Self {
        match ty {
            Type::Count | Type::Days | Type::Ratio | Type::Percent => Self {
                least: Some(0),
                most: None,
            },
            Type::Money | Type::Date | Type::Text | Type::Bool => Self::ANY,
        }
    }

    /// Whether it holds a whole number.
    pub fn holds(self, number: i64) -> bool {
        self.least.is_none_or(|least| number >= least)
            && self.most.is_none_or(|most| number <= most)
    }

    /// Whether it holds a decimal number.
    pub(crate) fn holds_decimal(self, number: Decimal) -> bool {
        self.least
            .is_none_or(|least| number >= Decimal::from(least))
            && self.most.is_none_or(|most| number <= Decimal::from(most))
    }
}
