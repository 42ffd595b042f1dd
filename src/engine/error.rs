//! What can keep the engine from deciding.

use thiserror::Error;

use crate::rules::{AnswerError, Defect};

/// The input of a decision is inconsistent, or the engine has a defect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EngineError {
    /// The snapshots are not those of the application's accounts, in its order.
    #[error("the snapshots are not those of the application's accounts")]
    OtherAccounts,
    /// A reviewer answers what may not be answered, or with what it cannot be.
    #[error("{} answers are not taken", .0.len())]
    Answers(Vec<AnswerError>),
    /// The engine has a defect: nothing is decided.
    #[error("a defect of the engine: {0}")]
    Defect(#[from] Defect),
}

impl EngineError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherAccounts => "engine_other_accounts",
            Self::Answers(_) => "not_answerable",
            Self::Defect(_) => "engine_defect",
        }
    }
}

impl From<Vec<AnswerError>> for EngineError {
    fn from(errors: Vec<AnswerError>) -> Self {
        Self::Answers(errors)
    }
}
