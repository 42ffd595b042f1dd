//! What can keep the engine from deciding.

use thiserror::Error;

use crate::rules::Defect;

/// The input of a decision is inconsistent, or the engine has a defect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The snapshots are not those of the application's accounts, in its order.
    #[error("the snapshots are not those of the application's accounts")]
    OtherAccounts,
    /// The engine has a defect: nothing is decided.
    #[error("a defect of the engine: {0}")]
    Defect(#[from] Defect),
}

impl EngineError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherAccounts => "engine_other_accounts",
            Self::Defect(_) => "engine_defect",
        }
    }
}
