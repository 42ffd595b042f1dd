//! What follows a decision: what is given to a ledger and what it gives back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::error::LedgerError;
use super::record::envelope::{Envelope, RecordKind};
use super::types::DamagedRecord;
use crate::follow_up::{FollowUp, FollowUpKind};
use crate::id::{DecisionId, IdempotencyKey, IdentityName, TenantId};
use crate::seal::Salt;

/// A follow-up to be recorded.
#[derive(Debug, Clone)]
pub struct NewFollowUp {
    /// Whose it is.
    pub tenant: TenantId,
    /// The decision that it follows.
    pub decision: DecisionId,
    /// The caller's name for it: what its repeats are known by, one for each kind.
    pub key: IdempotencyKey,
    /// Who has it recorded.
    pub by: IdentityName,
    /// What it says.
    pub body: FollowUp,
    /// Salt of the commitment, drawn for this record alone.
    pub salt: Salt,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// A recorded follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpRecord {
    /// Whose it is.
    pub tenant: TenantId,
    /// The decision that it follows.
    pub decision: DecisionId,
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// Who had it recorded.
    pub by: IdentityName,
    /// What it says.
    pub body: FollowUp,
    /// Its place in the chain.
    pub envelope: Envelope,
}

/// What became of recording a follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// It is recorded: now, or under this key before.
    Recorded(Box<FollowUpRecord>),
    /// The key names another follow-up of that kind.
    KeyReused,
    /// What it corrects is no entry of that decision.
    NothingToCorrect,
    /// The decision has [`crate::limits::FOLLOW_UPS_MAX`] of that kind.
    TooMany,
}

/// Which follow-ups of one kind to list; every field narrows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpFilter {
    /// Of this kind.
    pub kind: FollowUpKind,
    /// Of this decision.
    pub decision: Option<DecisionId>,
}

/// The newest override of each decision that has one; a damaged one is an error in its place.
pub type NewestOverrides = BTreeMap<DecisionId, Result<FollowUpRecord, LedgerError>>;

/// A page of follow-ups, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowUpPage {
    /// Those that could be read.
    pub follow_ups: Vec<FollowUpRecord>,
    /// Those that are not what was written: they do not hide the others.
    pub damaged: Vec<DamagedRecord>,
    /// Before which position in the chain the next page begins; `None` at the end.
    pub next: Option<u64>,
}

impl FollowUpPage {
    /// What is on it, where nothing may be missing.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`] of the first that is not what was written.
    pub fn whole(self, kind: FollowUpKind) -> Result<Vec<FollowUpRecord>, LedgerError> {
        let Some(damaged) = self.damaged.into_iter().next() else {
            return Ok(self.follow_ups);
        };
        Err(LedgerError::Damaged {
            record: format!("{} ({})", damaged.seq, RecordKind::from(kind).as_str()),
            problem: damaged.problem,
        })
    }
}
