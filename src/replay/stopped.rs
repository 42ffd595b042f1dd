//! A run that ended before it had looked at all decisions.

use serde::Serialize;

/// How far a run came that was stopped: what it found is of the decisions up to there alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StoppedEarly {
    /// Decisions of the tenant that it looked at, whether or not they are meant.
    pub looked_at: u64,
    /// How many there were when it began.
    pub of: u64,
    /// The position in the chain of the last that it looked at.
    pub through: u64,
}

impl StoppedEarly {
    /// Before the first, while a sample was drawn: of so many.
    pub(super) fn before_the_first(of: u64) -> Self {
        Self {
            looked_at: 0,
            of,
            through: 0,
        }
    }
}
