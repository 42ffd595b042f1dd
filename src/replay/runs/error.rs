//! What can keep a run from beginning, from being found, or from ending well.

use thiserror::Error;

use crate::id::EntropyError;
use crate::ledger::LedgerError;
use crate::portfolio::columns::ColumnsError;

/// What was asked of a run cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RunError {
    /// As many are under way as may be.
    #[error(
        "{} under way, the most at once: try again later, or cancel {}",
        if *.own { "a replay of this tenant is" } else { "other replays are" },
        if *.own { "it" } else { "one" }
    )]
    Busy {
        /// Whether they are the tenant's own.
        own: bool,
    },
    /// There is none of that id, or it was forgotten.
    #[error(
        "there is no such replay: runs are forgotten some time after their end, and by a restart"
    )]
    NotFound,
    /// It is under way, and has no report yet.
    #[error("the replay is under way and has no report yet: wait for its end, or cancel it")]
    NotOver,
    /// It failed, and has no report.
    #[error("the replay failed and has no report: {0}")]
    Failed(RunFailure),
    /// The server ends.
    #[error("the server is stopping: ask again when it is back")]
    Stopping,
    /// No randomness was to be had.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RunFailure {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The columns failed.
    #[error(transparent)]
    Columns(#[from] ColumnsError),
    /// It was cut off, by a defect or for want of threads.
    #[error("the replay broke off: begin it again")]
    Interrupted,
}

impl RunFailure {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ledger(error) => error.code(),
            Self::Columns(_) => "columns",
            Self::Interrupted => "interrupted",
        }
    }
}
