//! What a part of a rule set rests on.

use std::collections::BTreeSet;

use super::node::SlotId;

/// The slots that a part rests on, in the end: features, inputs, functions over subjects and
/// forecasts.
#[derive(Debug, Clone, Default)]
pub(super) struct Basis {
    pub(super) slots: BTreeSet<SlotId>,
    /// The features among them, by name.
    pub(super) features: Vec<String>,
}
