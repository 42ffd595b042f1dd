//! Why a test cannot be decided.

use thiserror::Error;

use crate::application::ApplicationError;
use crate::decision::ViewError;
use crate::engine::EngineError;
use crate::rules::Defect;

/// A test cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrialError {
    /// The request would be refused.
    #[error("such a request is refused: {0}")]
    Refused(String),
    /// The features that are given make no application.
    #[error("the features that it gives do not go together")]
    Features,
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What was decided cannot be read.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The rules found a defect of the engine.
    #[error(transparent)]
    Defect(#[from] Defect),
    /// Its data cannot be had.
    #[error("{0}")]
    Data(String),
}

impl TrialError {
    /// Of everything that is wrong with a request.
    pub(super) fn refused(errors: &[ApplicationError]) -> Self {
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Self::Refused(said.join("; "))
    }
}
