//! Amounts with the rows they rest on.

use super::entry::Entry;
use crate::snapshot::Rows;

/// An amount in minor units and the rows it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Total {
    /// Minor units.
    pub amount: i128,
    /// The rows.
    pub rows: Rows,
}

/// A total in the making.
#[derive(Default)]
pub(super) struct Sum {
    pub(super) amount: i128,
    rows: Vec<(u16, u32)>,
}

impl Sum {
    pub(super) fn add(&mut self, entry: &Entry) {
        self.amount += i128::from(entry.amount).abs();
        self.rows.push(entry.at());
    }

    pub(super) fn total(self) -> Total {
        Total {
            amount: self.amount,
            rows: Rows::from_pairs(self.rows),
        }
    }
}
