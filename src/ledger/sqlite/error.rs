//! Why a file cannot be opened as a ledger.

use rusqlite::ErrorCode;
use thiserror::Error;

use crate::ledger::error::LedgerError;
use crate::private::Exposed;

/// The file cannot be opened as a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SqliteOpenError {
    /// The system or the database does not let it be opened, or not durably.
    #[error("the ledger failed: {0}")]
    Failed(String),
    /// Others than the owner can read the ledger, or a file beside it.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// Another process holds it.
    #[error("the ledger `{path}` is in use by another process")]
    InUse {
        /// The file.
        path: String,
    },
    /// There was a ledger, and it is not there: a new chain in its place would hide that.
    #[error(
        "`{path}` {problem}, and `{marker}` says that the ledger of the chain `{chain_id}` was there"
    )]
    Lost {
        /// The file.
        path: String,
        /// The marker beside it.
        marker: String,
        /// The chain that was there.
        chain_id: String,
        /// What is there in its place, as the end of a sentence.
        problem: String,
    },
    /// A new chain was asked for where the ledger is in its place.
    #[error("`{path}` holds the chain `{chain_id}`, and no new one is begun in its place")]
    NotLost {
        /// The file.
        path: String,
        /// The chain in it.
        chain_id: String,
    },
    /// A backup was to be restored where something of a ledger is.
    #[error("`{path}` {problem}")]
    Occupied {
        /// The file that is in the way.
        path: String,
        /// What it is, as the end of a sentence.
        problem: String,
    },
    /// The newest records are not what was written.
    #[error("the end of the ledger `{path}` is damaged: {problem}")]
    Damaged {
        /// The file.
        path: String,
        /// Which record, and what is wrong with it.
        problem: String,
    },
    /// The file is something else.
    #[error("`{path}` is not a ledger: {problem}")]
    NotALedger {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Written by a later version.
    #[error("the ledger has schema version {found}; this engine reads up to {supported}")]
    NewerSchema {
        /// The version found.
        found: u32,
        /// The newest version that can be read.
        supported: u32,
    },
}

impl SqliteOpenError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failed(_) => "ledger_store",
            Self::Exposed(_) => "exposed",
            Self::InUse { .. } => "ledger_in_use",
            Self::Lost { .. } => "ledger_lost",
            Self::NotLost { .. } => "ledger_not_lost",
            Self::Occupied { .. } => "ledger_occupied",
            Self::Damaged { .. } => "ledger_damaged",
            Self::NotALedger { .. } => "ledger_not_a_ledger",
            Self::NewerSchema { .. } => "ledger_newer_schema",
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    /// SQLite's messages name tables and columns, never what is in them.
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // What the disk, the file system or another program has to mend, and then passes.
            Some(
                ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked,
            ) => Self::Unavailable(error.to_string()),
            Some(_) | None => Self::Store(error.to_string()),
        }
    }
}
