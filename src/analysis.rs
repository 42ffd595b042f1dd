//! What a credit analyst would look for in bank data: income, NSF risk, balances, cash flow,
//! ownership. Pure: no I/O, no clock, no policy (thresholds are the rule set's).

use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::calendar::AsOf;
use crate::snapshot::Snapshot;

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

/// Everything the analysis found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {}

/// Analyses the accounts of one application.
///
/// `snapshots` are in the order of [`Application::accounts`].
pub fn analyze(
    _application: &Application,
    _snapshots: &[Snapshot],
    _as_of: AsOf,
    _settings: Settings,
) -> Analysis {
    Analysis {}
}
