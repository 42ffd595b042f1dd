//! The record of what was asked and what was decided: append-only, chained, durable.
//!
//! [`Ledger`] is the one interface; [`SqliteLedger`] the one that is embedded. A record is synced
//! to the device before anybody is told of it. Every key begins with the tenant.

mod append;
mod chain;
mod codec;
mod error;
mod head;
mod pending;
mod read;
mod readers;
mod schema;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
mod verify;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::decision::DecisionBody;
use crate::id::{AccountId, ApplicationId, DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::rules::{BundleHash, Outcome};
use crate::snapshot::{Sealed, SnapshotHash};

pub use error::LedgerError;
pub use head::Head;
pub use sqlite::SqliteLedger;
pub use verify::{ChainReport, Problem};

/// What a caller asked, and under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// Whose it is.
    pub tenant: TenantId,
    /// The caller's key.
    pub key: IdempotencyKey,
    /// The rule set that is to decide.
    pub rule_set: RuleSetName,
    /// The id that the decision will have.
    pub decision: DecisionId,
    /// The bundle that was active under that name when it was asked.
    pub bundle: BundleHash,
    /// The request. With the rule set's name it is what a repeat under the key is compared with.
    pub application: Arc<Application>,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// A reserved request whose decision waits for the banks. Its caller was told so, so it is decided
/// in any case, and its key is not given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingIntake {
    /// What was asked, and under which key.
    pub intake: Intake,
    /// Since when it is pending.
    pub since: DateTime<Utc>,
    /// When it is decided at the latest, with what there is then.
    pub until: DateTime<Utc>,
    /// The accounts to decide on, each with the position of the applicant whose it is.
    pub accounts: Vec<(usize, AccountId)>,
}

/// What became of reserving a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reservation {
    /// The key was free, or was left by an attempt of the same request that never finished; the
    /// decision will have this id and use this bundle.
    Reserved {
        /// The id of the decision.
        decision: DecisionId,
        /// The bundle recorded with the first attempt.
        bundle: BundleHash,
    },
    /// The same request was decided under this key.
    Decided(Box<DecisionRecord>),
    /// The key was used for another request.
    Conflict,
}

/// A decision to be recorded.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: DecisionId,
    /// The key it was asked under.
    pub key: IdempotencyKey,
    /// The request.
    pub application: Arc<Application>,
    /// The decision.
    pub body: DecisionBody,
    /// Salt of the commitment to the body, drawn for this record alone.
    pub salt: [u8; 32],
    /// The snapshots it rests on, in the order of the body's pins.
    pub snapshots: Vec<Sealed>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// A recorded decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: DecisionId,
    /// The request.
    pub application: Arc<Application>,
    /// The decision.
    pub body: DecisionBody,
    /// Its place in the chain.
    pub envelope: Envelope,
}

/// A record's place in its chain.
///
/// `hash` is BLAKE3 over the canonical encoding of all the other fields, so that the next
/// record's `previous` fixes them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The chain: one for each writer.
    pub chain_id: String,
    /// The position, from 1, without gaps.
    pub seq: u64,
    /// Whose record it is.
    pub tenant: TenantId,
    /// The record.
    pub decision: DecisionId,
    /// The hash of the record before; zeros for the first.
    pub previous: String,
    /// The salted commitment to application and body.
    pub commitment: String,
    /// When it was recorded.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub recorded_at: DateTime<Utc>,
    /// The hash of this record.
    pub hash: String,
}

/// Which decisions to list; every field narrows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before.
    pub until: Option<DateTime<Utc>>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// By this rule set.
    pub rule_set: Option<RuleSetName>,
    /// For this application.
    pub application: Option<ApplicationId>,
}

/// One page of decisions, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The decisions.
    pub decisions: Vec<DecisionRecord>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// A place in a list: after this sequence number, going back in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub u64);

/// A published rule set as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBundle {
    /// The hash of its bytes.
    pub hash: BundleHash,
    /// The name under which it decides.
    pub name: RuleSetName,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A bundle was made the one that decides under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// The name.
    pub name: RuleSetName,
    /// The bundle.
    pub hash: BundleHash,
    /// From when on.
    pub at: DateTime<Utc>,
}

/// The record of what was asked and decided.
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Reserves the key of a request, durably, before anything is fetched for it.
    async fn reserve(&self, intake: Intake) -> Result<Reservation, LedgerError>;

    /// Gives a key back after a failure that may pass, unless it is decided or pending; the next
    /// request may use it.
    async fn release(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<(), LedgerError>;

    /// Marks a reserved request as pending, durably, before its caller is told so.
    async fn pend(&self, pending: PendingIntake) -> Result<(), LedgerError>;

    /// Every pending decision of every tenant, oldest first: what a restart goes on with. A damaged
    /// one is an error in its place.
    async fn pending(&self) -> Result<Vec<Result<PendingIntake, LedgerError>>, LedgerError>;

    /// The pending decision of that id.
    async fn pending_decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<PendingIntake>, LedgerError>;

    /// Records a decision and its snapshots in one transaction. Returns when it is synced.
    async fn record(&self, decision: NewDecision) -> Result<DecisionRecord, LedgerError>;

    /// The decision of that id.
    async fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<DecisionRecord>, LedgerError>;

    /// A page of decisions, newest first. `page_size` is cut to the limit.
    async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, LedgerError>;

    /// The stored snapshot of that name.
    async fn snapshot(
        &self,
        tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Option<Sealed>, LedgerError>;

    /// Stores a bundle, if it is not stored, and makes it the one that decides under its name.
    async fn activate(
        &self,
        tenant: &TenantId,
        bundle: StoredBundle,
        at: DateTime<Utc>,
    ) -> Result<(), LedgerError>;

    /// The bundle of that hash.
    async fn bundle(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Option<StoredBundle>, LedgerError>;

    /// The hash of the bundle that decides under that name now, and every name with one.
    async fn active(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<(RuleSetName, BundleHash)>, LedgerError>;
}
