//! What can be wrong with stored snapshot bytes.

use thiserror::Error;

/// Stored snapshot bytes could not be read, or are not what they were.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// It does not begin as a snapshot does.
    #[error("these bytes are not a snapshot")]
    NotASnapshot,
    /// Written by a later version.
    #[error("snapshot encoding version {0} is newer than this engine reads")]
    UnknownVersion(u8),
    /// It cannot be decompressed or decoded.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
    /// It decodes, but to other content than was recorded.
    #[error("the snapshot does not match its recorded hash")]
    HashMismatch,
    /// It would be larger than any snapshot this engine makes.
    #[error("the snapshot is larger than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
}

impl SnapshotError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotASnapshot => "snapshot_not_a_snapshot",
            Self::UnknownVersion(_) => "snapshot_unknown_version",
            Self::Damaged(_) => "snapshot_damaged",
            Self::HashMismatch => "snapshot_hash_mismatch",
            Self::TooLarge { .. } => "snapshot_too_large",
        }
    }
}
