//! A record before it has its place in the chain.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::content::commitment;
use super::envelope::{Envelope, RecordHash, RecordKind};
use crate::id::{SubjectKeyId, TenantId};
use crate::limits;
use crate::seal::{self, Salt, SealError};

/// The newest record of a chain: what the next one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Newest {
    pub(in crate::ledger) seq: u64,
    pub(in crate::ledger) hash: RecordHash,
    /// In seconds since 1970.
    pub(in crate::ledger) recorded_at: i64,
}

/// A record is dated before it waits for its turn to be written, so that one of many at once may
/// follow a later one: by so much a clock need not have gone back. No wait of a healthy writer is longer.
const WAIT_FOR_TURN_MAX: TimeDelta = TimeDelta::seconds(10);

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

    /// Its envelope as the one that follows the newest record, and never recorded before it: a time
    /// that would be is held back, and the envelope says so where no wait explains it.
    pub(in crate::ledger) fn follow(&self, chain_id: &str, newest: Option<Newest>) -> Envelope {
        let (seq, previous) = newest.map_or((0, RecordHash::FIRST), |it| (it.seq, it.hash));
        let before = newest.and_then(|newest| DateTime::from_timestamp(newest.recorded_at, 0));
        let held_back = before.filter(|before| *before > self.recorded_at);
        let mut envelope = Envelope {
            chain_id: chain_id.to_owned(),
            seq: seq.saturating_add(1),
            kind: self.kind,
            tenant: self.tenant.clone(),
            id: self.id.clone(),
            previous,
            commitment: self.commitment,
            recorded_at: held_back.unwrap_or(self.recorded_at),
            time_held_back: held_back
                .is_some_and(|before| before - self.recorded_at > WAIT_FOR_TURN_MAX),
            hash: RecordHash::FIRST,
        };
        envelope.hash = envelope.computed_hash();
        envelope
    }
}
