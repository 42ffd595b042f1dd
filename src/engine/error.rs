//! What can keep the engine from deciding.

use thiserror::Error;

/// The input of a decision is inconsistent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The snapshots are not those of the application's accounts, in its order.
    #[error("the snapshots are not those of the application's accounts")]
    OtherAccounts,
}

impl EngineError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherAccounts => "engine_other_accounts",
        }
    }
}
