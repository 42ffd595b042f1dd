//! What must not happen, and is said where it does.

use thiserror::Error;

/// A defect of the engine itself, found while a rule set ran. Nothing that it computed counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Defect {
    /// A value had another type than the expression that reads it was checked for.
    #[error("a value has another type than the rule set was checked for")]
    MixedTypes,
    /// A characteristic has no bin that applies, though its last one applies to all values.
    #[error("no bin of a characteristic applies, though its last one always does")]
    NoBin,
}
