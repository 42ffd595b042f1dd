//! Why a cache cannot be opened.

use std::path::PathBuf;

use thiserror::Error;

/// The cache cannot be opened. The engine works without one, only slower.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CacheError {
    /// Another process has it open.
    #[error(
        "the cache `{}` is in use by another process; give each process its own directory",
        .path.display()
    )]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// Nothing can be kept there, even after what was there has been cleared away.
    #[error("the cache `{}` cannot be used: {problem}", .path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
}

impl CacheError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "cache_in_use",
            Self::Unusable { .. } => "cache_unusable",
        }
    }
}
