//! How much of the machine is taken.

/// How much of the machine is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// All of it: somebody waits.
    AllProcessors,
    /// One processor: others have work to do.
    OneProcessor,
}
