//! What can go wrong with the ledger.

use thiserror::Error;

/// The ledger could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The database failed; nothing was recorded.
    #[error("the ledger failed: {0}")]
    Store(String),
    /// A record is not what was written.
    #[error("record {record} of the ledger is damaged: {problem}")]
    Damaged {
        /// Which record.
        record: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Too many writes are waiting.
    #[error("the ledger has too many writes waiting: try again later")]
    Overloaded,
    /// It was closed.
    #[error("the ledger is closed")]
    Closed,
    /// Another process holds it.
    #[error("the ledger `{path}` is in use by another process")]
    InUse {
        /// The file.
        path: String,
    },
    /// The file is something else.
    #[error("`{path}` is not a ledger: {problem}")]
    NotALedger {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It was opened for reading only.
    #[error("the ledger was opened for reading only")]
    ReadOnly,
    /// A record that could not be proven later is not taken.
    #[error("the ledger does not take {record}: {problem}")]
    Rejected {
        /// Which record.
        record: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The place to go on from is not one of this tenant's list.
    #[error("the list has no such place to go on from: start it again from the first page")]
    UnknownCursor,
    /// Written by a later version.
    #[error("the ledger has schema version {found}; this engine reads up to {supported}")]
    NewerSchema {
        /// The version found.
        found: u32,
        /// The newest version that can be read.
        supported: u32,
    },
    /// The key was not reserved for this decision.
    #[error("the idempotency key is not reserved for this decision")]
    NotReserved,
}

impl LedgerError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "ledger_store",
            Self::Damaged { .. } => "ledger_damaged",
            Self::Overloaded => "ledger_overloaded",
            Self::Closed => "ledger_closed",
            Self::InUse { .. } => "ledger_in_use",
            Self::NotALedger { .. } => "ledger_not_a_ledger",
            Self::ReadOnly => "ledger_read_only",
            Self::Rejected { .. } => "ledger_rejected",
            Self::UnknownCursor => "ledger_unknown_cursor",
            Self::NewerSchema { .. } => "ledger_newer_schema",
            Self::NotReserved => "ledger_not_reserved",
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    /// SQLite's messages name tables and columns, never what is in them.
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}
