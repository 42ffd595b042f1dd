//! Failpoints: the steps of the ledger's work at which a test has the process die, or the step fail
//! as it does when a disk fails.
//!
//! They are there only in builds with debug assertions, and asleep unless the variable `FAILPOINTS`
//! names a file. What that file says at the moment counts, so that a process that runs can be armed
//! and disarmed: the name of a step and `die` or `fail`. A step that was hit leaves an empty file
//! with the ending `.hit`.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use thiserror::Error;

use super::error::LedgerError;
use super::sqlite::error::SqliteOpenError;

macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident,)*) => {
        /// A step of the ledger's work.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Step {
            $($(#[$doc])* $step,)*
        }

        impl Step {
            /// Every step there is.
            pub const ALL: &'static [Self] = &[$(Self::$step,)*];
        }
    };
}

steps! {
    /// A new file is there, and nothing in it.
    FileCreated,
    /// The tables of a new ledger are made, and not committed.
    SchemaWritten,
    /// They are committed, and no marker names the chain.
    SchemaCommitted,
    /// The marker is written beside its place.
    MarkerWritten,
    /// It is in its place.
    MarkerPlaced,
    /// A rule set is published, and not committed.
    BundlePublished,
    /// It is made active, and not committed.
    BundleActivated,
    /// A layout is recorded, and not committed.
    LayoutRecorded,
    /// A key is reserved, and not committed.
    IntakeReserved,
    /// It is committed, and nobody is told.
    IntakeCommitted,
    /// A key is given back, and not committed.
    IntakeReleased,
    /// A request is marked as pending, and not committed.
    PendingMarked,
    /// It is committed, and nobody is told.
    PendingCommitted,
    /// An event of the audit log is in the chain, and not committed.
    AuditAppended,
    /// Events of the audit log are committed, and nobody is told.
    AuditCommitted,
    /// A decision is in the chain, without its snapshots.
    DecisionAppended,
    /// Its snapshots are there, and its request is still open.
    SnapshotsWritten,
    /// The request of a pending decision is about to be ended.
    PendingEnding,
    /// It is ended, and not committed.
    PendingEnded,
    /// A decision is committed, and nobody is told.
    DecisionCommitted,
    /// All that shares a commit is done, and not committed.
    GroupWritten,
    /// It is committed, and what is in the log is about to be put into the file.
    CheckpointDue,
    /// That is done.
    Checkpointed,
    /// A commit is done, and none of those who share it is told.
    GroupCommitted,
    /// The copy of a backup is made, and not synced.
    BackupCopied,
    /// It is proven, and not in its place.
    BackupProven,
    /// It is in its place, and nobody is told.
    BackupPlaced,
}

/// A step that was made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the step `{0:?}` was made to fail")]
pub struct Injected(Step);

impl From<Injected> for LedgerError {
    fn from(injected: Injected) -> Self {
        Self::Unavailable(injected.to_string())
    }
}

impl From<Injected> for SqliteOpenError {
    fn from(injected: Injected) -> Self {
        Self::Failed(injected.to_string())
    }
}

impl From<Injected> for io::Error {
    fn from(injected: Injected) -> Self {
        Self::other(injected)
    }
}

/// The file that arms this process, if it can be armed.
fn file() -> Option<&'static Path> {
    static FILE: OnceLock<Option<std::ffi::OsString>> = OnceLock::new();
    let file = FILE.get_or_init(|| std::env::var_os("FAILPOINTS"));
    file.as_deref().map(Path::new)
}

/// Whether this process can be armed.
pub(super) fn is_on() -> bool {
    file().is_some()
}

/// Dies or fails here, if that is what the file says now.
///
/// # Errors
///
/// Where the step is to fail.
pub fn reach(step: Step) -> Result<(), Injected> {
    let Some(file) = file() else { return Ok(()) };
    let Ok(text) = fs::read_to_string(file) else {
        return Ok(());
    };
    let Some((armed, action)) = text.trim().split_once(' ') else {
        return Ok(());
    };
    if armed != format!("{step:?}") {
        return Ok(());
    }
    // Without it the test that waits for it fails.
    drop(fs::write(file.with_extension("hit"), ""));
    if action == "die" {
        std::process::abort();
    }
    Err(Injected(step))
}
