//! What can go wrong with the ledger.

use thiserror::Error;

use super::record::envelope::RecordHash;
use crate::id::{DecisionId, RuleSetName};

/// The ledger could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The store failed; nothing was recorded.
    #[error("the ledger failed: {0}")]
    Store(String),
    /// The store cannot be used at present: its disk is full, read-only or fails, another program
    /// holds its file, or the file is not where it was. Nothing was recorded, and it may pass.
    #[error("the ledger cannot be used at present: {0}")]
    Unavailable(String),
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
    /// It was restored from a backup, and what was recorded after that is not in it: nothing is
    /// recorded until somebody accepted that.
    #[error(
        "the ledger was restored from a backup and records nothing until it is resumed: stop the \
         server, run `underwrite ledger resume --from HEAD --accept-loss`, and start it again"
    )]
    Restored,
    /// There is nothing to resume.
    #[error(
        "the ledger was not restored from a backup, or was resumed: there is nothing to resume"
    )]
    NotRestored,
    /// The chain does not end with the record that it was to be resumed from.
    #[error(
        "the restored chain `{chain_id}` ends with record {seq}, `{hash}`, and that is not the \
         given head"
    )]
    OtherHead {
        /// The chain.
        chain_id: String,
        /// The position of its newest record.
        seq: u64,
        /// Its hash.
        hash: RecordHash,
    },
    /// The version is published, and with other content: what was published does not change.
    #[error(
        "version `{version}` of rule set `{name}` is published with other content, which never \
         changes: line {line} is {published} there and {given} here; give what changed a version \
         of its own"
    )]
    VersionPublished {
        /// The rule set.
        name: RuleSetName,
        /// The version.
        version: String,
        /// The first line that differs, from 1.
        line: usize,
        /// The line as published, in backticks; or `absent`.
        published: String,
        /// The line as given now.
        given: String,
    },
    /// The place to go on from is not one of this tenant's list.
    #[error("the list has no such place to go on from: start it again from the first page")]
    UnknownCursor,
    /// The decision that it settles, or overrides, is settled by another one.
    #[error(
        "the decision is resolved by {by}: look at that, and resolve that where it is REFER, too, or \
         override that"
    )]
    Resolved {
        /// The decision that settles it.
        by: DecisionId,
    },
    /// A person decided beside the decision that it settles.
    #[error(
        "a person decided beside the referral, so that nothing is left to resolve: where that was wrong, \
         record another override"
    )]
    Overridden,
    /// The key was not reserved for this decision.
    #[error("the idempotency key is not reserved for this decision")]
    NotReserved,
}

impl LedgerError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "ledger_store",
            Self::Unavailable(_) => "ledger_unavailable",
            Self::Damaged { .. } => "ledger_damaged",
            Self::Overloaded => "ledger_overloaded",
            Self::Closed => "ledger_closed",
            Self::ReadOnly => "ledger_read_only",
            Self::Rejected { .. } => "ledger_rejected",
            Self::Restored => "ledger_restored",
            Self::NotRestored => "ledger_not_restored",
            Self::OtherHead { .. } => "ledger_head",
            Self::VersionPublished { .. } => "ledger_version_published",
            Self::UnknownCursor => "ledger_unknown_cursor",
            Self::Resolved { .. } => "decision_resolved",
            Self::Overridden => "decision_overridden",
            Self::NotReserved => "ledger_not_reserved",
        }
    }
}
