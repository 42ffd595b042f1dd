//! Who pays and who is paid.

/// Somebody who pays or is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterparty {
    /// The name as people read it.
    pub label: String,
    /// What tells the counterparty from others.
    pub(super) key: String,
}
