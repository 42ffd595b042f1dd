//! What a lender sets about the analysis.

use serde::{Deserialize, Serialize};

/// Settings that change what is found, recorded with every decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Which sign of a transaction means money in.
    pub amount_sign: AmountSign,
}

/// Which sign of a transaction means money in. Stripe documents none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AmountSign {
    /// Positive amounts are money in: what live data shows.
    #[default]
    PositiveIsCredit,
    /// Negative amounts are money in.
    NegativeIsCredit,
}
