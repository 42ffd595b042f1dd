//! Lists of a rule file: values that others are looked for among.

use std::cmp::Ordering;

use super::scalar::{self, Scalar};
use crate::features::{Type, Value};
use crate::money::Currency;

/// A list, checked: values of one type, in order, each once.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) ty: Type,
    currency: Currency,
    values: Vec<Value>,
}

impl List {
    /// A list of values of one type.
    pub(super) fn new(ty: Type, currency: Currency, mut values: Vec<Value>) -> Self {
        values.sort_by(|left, right| {
            let read = |value| Scalar::read(value, currency).ok();
            let order = read(left).zip(read(right));
            let order = order.and_then(|(left, right)| scalar::order(left, right)?.ok());
            order.unwrap_or(Ordering::Equal)
        });
        values.dedup();
        Self {
            ty,
            currency,
            values,
        }
    }

    /// Its values, in order.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// Whether a value is in it; `None` where it is of another type.
    pub(super) fn holds(&self, value: Scalar<'_>) -> Option<bool> {
        if value.ty() != self.ty {
            return None;
        }
        let found = self.values.binary_search_by(|item| {
            let item = Scalar::read(item, self.currency).ok();
            let order = item.and_then(|item| scalar::order(item, value)?.ok());
            order.unwrap_or(Ordering::Less)
        });
        Some(found.is_ok())
    }
}
