//! The newest end of a chain, to be kept elsewhere.

use serde::{Deserialize, Serialize};

use super::record::draft::Newest;
use super::record::envelope::RecordHash;

/// The newest end of a chain. A chain alone cannot show that its newest end was cut: whoever kept
/// an earlier head can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The chain.
    pub chain_id: String,
    /// The position of the newest record; 0 for an empty chain.
    pub seq: u64,
    /// The hash of the newest record; zeros for an empty chain.
    pub hash: RecordHash,
}

/// A record that is known from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownHead {
    /// A head that was kept.
    Kept(Head),
    /// The hash of a record.
    Hash(RecordHash),
}

impl KnownHead {
    /// Whether it is this one.
    pub fn is(&self, head: &Head) -> bool {
        match self {
            Self::Kept(kept) => kept == head,
            Self::Hash(hash) => *hash == head.hash,
        }
    }
}

impl Head {
    pub(super) fn new(chain_id: &str, newest: Option<Newest>) -> Self {
        let (seq, hash) = newest.map_or((0, RecordHash::FIRST), |it| (it.seq, it.hash));
        Self {
            chain_id: chain_id.to_owned(),
            seq,
            hash,
        }
    }
}
