//! Whose a phrase is.

use crate::limits;

/// Whose a phrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// It comes with the release: it was tried on many words and names that are not meant.
    Release,
    /// A rule set added it.
    RuleSet,
}

impl Source {
    /// Fewest letters and digits of several words that are also found without the spaces.
    pub(super) fn glued_bytes_min(self) -> usize {
        const OF_RELEASE: usize = 8;
        match self {
            Self::Release => OF_RELEASE,
            Self::RuleSet => limits::GLUED_PHRASE_BYTES_MIN,
        }
    }
}
