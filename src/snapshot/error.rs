//! What can be wrong with stored snapshot bytes.

use thiserror::Error;

use crate::seal::SealError;

/// Stored snapshot bytes could not be read, or are not what they were.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// It cannot be sealed or opened.
    #[error("the snapshot {0}")]
    Seal(#[from] SealError),
    /// Written by a later version.
    #[error("snapshot encoding version {0} is newer than this engine reads")]
    UnknownVersion(u8),
    /// It cannot be encoded or decoded.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
    /// It decodes, but to other content than was recorded.
    #[error("the snapshot does not match its recorded hash")]
    HashMismatch,
}

impl SnapshotError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Seal(SealError::TooLarge { .. }) => "snapshot_too_large",
            Self::UnknownVersion(_) | Self::Seal(SealError::UnknownVersion) => {
                "snapshot_unknown_version"
            }
            Self::Seal(SealError::UnknownKey) => "snapshot_unknown_key",
            Self::Damaged(_) | Self::Seal(SealError::Changed | SealError::Damaged) => {
                "snapshot_damaged"
            }
            Self::HashMismatch => "snapshot_hash_mismatch",
        }
    }
}
