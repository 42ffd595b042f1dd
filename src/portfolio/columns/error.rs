//! Why columns cannot be written or read.

use thiserror::Error;

use crate::ledger::LedgerError;
use crate::private::Exposed;

/// Columns cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ColumnsError {
    /// The system or the database failed.
    #[error("the columns `{path}` failed: {problem}")]
    Failed {
        /// The file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// Others than the owner can read the file.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The ledger that they follow failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another release has built them in its form since they were opened to be written.
    #[error("the columns `{path}` were built anew meanwhile, by another release")]
    Changed {
        /// The file.
        path: String,
    },
    /// Somebody has built them anew since they were brought up to date, or deleted them: what is there now is
    /// not known to be all.
    #[error("the columns `{path}` were built anew or deleted meanwhile: run it again")]
    Rebuilt {
        /// The file.
        path: String,
    },
    /// What is in them is not what was written.
    #[error(
        "the columns `{path}` are damaged at record {seq}: run `underwrite ledger verify`, then \
         `underwrite ledger columns --rebuild`"
    )]
    Damaged {
        /// The file.
        path: String,
        /// The record of which they are.
        seq: u64,
    },
}

impl ColumnsError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "columns_store",
            Self::Exposed(_) => "exposed",
            Self::Ledger(error) => error.code(),
            Self::Changed { .. } => "columns_changed",
            Self::Rebuilt { .. } => "columns_rebuilt",
            Self::Damaged { .. } => "columns_damaged",
        }
    }
}
