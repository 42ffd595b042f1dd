//! What is decided again.

use crate::portfolio::Selection;

/// What is decided again.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// Which decisions.
    pub selection: Selection,
    /// Whether it is told what computing features anew would change.
    pub drift: bool,
}
