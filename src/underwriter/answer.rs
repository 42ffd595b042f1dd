//! How a decision stands.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::id::{AccountId, ApplicationId, DecisionId, IdempotencyKey, RuleSetName};
use crate::ledger::{DecisionRecord, PendingIntake};
use crate::snapshot::Snapshot;

/// How a decision stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is recorded, and final.
    Decided(Box<Decided>),
    /// It waits for the banks.
    Pending(Pending),
}

impl Answer {
    /// The decision that it is about.
    pub fn decision(&self) -> &DecisionId {
        match self {
            Self::Decided(decided) => &decided.record.id,
            Self::Pending(pending) => &pending.decision,
        }
    }
}

/// A decision that is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// As it was recorded.
    pub record: DecisionRecord,
    /// The snapshots that it rests on, in the order of its pins, where it was made just now: they
    /// need not be read back.
    pub snapshots: Option<Vec<Arc<Snapshot>>>,
}

impl From<DecisionRecord> for Decided {
    /// As it was read back.
    fn from(record: DecisionRecord) -> Self {
        Self {
            record,
            snapshots: None,
        }
    }
}

/// A decision that waits for the banks. It ends in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The id that it will have.
    pub decision: DecisionId,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is made at the latest, with what there is then.
    pub until: DateTime<Utc>,
    /// The accounts whose data is waited for.
    pub waiting_for: Vec<AccountId>,
    /// The rule set that will decide.
    pub rule_set: RuleSetName,
    /// The application that it is for.
    pub application: ApplicationId,
    /// The caller's name for the request.
    pub key: IdempotencyKey,
    /// Whether it will be made on test data.
    pub test_data: bool,
}

impl From<PendingIntake> for Pending {
    /// As it stands where nothing is known of what has come since: everything is waited for.
    fn from(pending: PendingIntake) -> Self {
        let accounts = pending.accounts.into_iter();
        Self {
            decision: pending.intake.decision,
            since: pending.since,
            until: pending.until,
            waiting_for: accounts.map(|(_, account)| account).collect(),
            rule_set: pending.intake.rule_set,
            application: pending.intake.application.id().clone(),
            key: pending.intake.key,
            test_data: pending.test_data,
        }
    }
}

/// What was heard of an account, from whoever watches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountEvent {
    /// A refresh ended, in whichever way, or something else about it changed: look again.
    Changed,
    /// Its link was cut or needs to be renewed: what is kept of it is not to be used.
    Unusable,
}
