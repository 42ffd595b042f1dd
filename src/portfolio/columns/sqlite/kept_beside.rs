//! What is kept beside the decisions.

/// How far a tenant was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::portfolio::columns) struct Followed {
    pub(in crate::portfolio::columns) tenant: String,
    /// The position of the last record that was read.
    pub(in crate::portfolio::columns) seq: u64,
    /// Its hash.
    pub(in crate::portfolio::columns) hash: Vec<u8>,
    /// Up to which record it was read what is live when.
    pub(in crate::portfolio::columns) live_through: u64,
}

/// What was live under a name, from one time until another, as the file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::portfolio::columns) struct Live {
    pub(in crate::portfolio::columns) name: String,
    /// Its position among those of its name.
    pub(in crate::portfolio::columns) position: i64,
    /// `None` where nothing decided.
    pub(in crate::portfolio::columns) version: Option<String>,
    pub(in crate::portfolio::columns) bundle: Option<String>,
    pub(in crate::portfolio::columns) live_from: i64,
    /// `None` where nothing is said that follows.
    pub(in crate::portfolio::columns) live_until: Option<i64>,
    pub(in crate::portfolio::columns) activated_by: String,
    pub(in crate::portfolio::columns) activated_at: i64,
}
