//! A record before it has its place in the chain.

use chrono::{DateTime, SubsecRound, Utc};

use super::content::commitment;
use super::envelope::{Envelope, RecordHash, RecordKind};
use crate::id::{SubjectKeyId, TenantId};
use crate::limits;
use crate::seal::{self, Salt, SealError};

/// A record with everything done that needs no place: its content is sealed and committed to.
#[derive(Debug)]
pub(in crate::ledger) struct Draft {
    pub(in crate::ledger) kind: RecordKind,
    pub(in crate::ledger) tenant: TenantId,
    pub(in crate::ledger) id: String,
    pub(in crate::ledger) recorded_at: DateTime<Utc>,
    commitment: RecordHash,
    /// The sealed content.
    pub(in crate::ledger) content: Vec<u8>,
}

impl Draft {
    /// Seals a content and commits to it.
    pub(in crate::ledger) fn new(
        (kind, tenant, id): (RecordKind, &TenantId, String),
        recorded_at: DateTime<Utc>,
        salt: &Salt,
        content: &[u8],
    ) -> Result<Self, SealError> {
        let key = SubjectKeyId::plain();
        Ok(Self {
            kind,
            tenant: tenant.clone(),
            id,
            // The chain counts whole seconds.
            recorded_at: recorded_at.trunc_subsecs(0),
            commitment: commitment(kind, salt, content),
            content: seal::seal(&key, salt, content, limits::RECORD_BYTES_MAX)?,
        })
    }

    /// Its envelope as the one that follows the newest record.
    pub(in crate::ledger) fn follow(
        &self,
        chain_id: &str,
        newest: Option<(u64, RecordHash)>,
    ) -> Envelope {
        let (seq, previous) = newest.unwrap_or((0, RecordHash::FIRST));
        let mut envelope = Envelope {
            chain_id: chain_id.to_owned(),
            seq: seq.saturating_add(1),
            kind: self.kind,
            tenant: self.tenant.clone(),
            id: self.id.clone(),
            previous,
            commitment: self.commitment,
            recorded_at: self.recorded_at,
            hash: RecordHash::FIRST,
        };
        envelope.hash = envelope.computed_hash();
        envelope
    }
}
