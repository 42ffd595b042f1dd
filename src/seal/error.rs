//! Why bytes cannot be sealed or opened.

use thiserror::Error;

/// Why bytes cannot be sealed or opened; says nothing of what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SealError {
    /// Larger than any such content may be.
    #[error("is larger than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// A bit of the stored bytes was changed.
    #[error("does not match its checksum")]
    Changed,
    /// The compressor failed, or was given what it did not make.
    #[error("cannot be decompressed")]
    Damaged,
    /// Written by a later version.
    #[error("is in a form that this engine does not read")]
    UnknownVersion,
    /// Under a key that is not held.
    #[error("is under a key that this engine does not hold")]
    UnknownKey,
}
