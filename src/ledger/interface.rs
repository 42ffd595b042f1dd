//! The one interface of a ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::LedgerError;
use super::follow_up::{FollowUpFilter, FollowUpPage, Followed, NewFollowUp, NewestOverrides};
use super::head::{Head, KnownHead};
use super::record::history::SealedDecision;
use super::shadow::{ShadowDecision, ShadowPage, Shadowing};
use super::timeline::{Activation, Switch, Timeline};
use super::types::{
    AuditCursor, AuditFilter, AuditPage, Cursor, DecisionRecord, Filter, Intake, ListOrder,
    NewDecision, Page, PendingCursor, PendingIntake, PendingPage, Publication, Reservation, Scope,
    Snapshots, StoredBundle, StoredLayout,
};
use super::verify::report::{ChainReport, Problem};
use crate::access::Grant;
use crate::access::audit::AuditEvent;
use crate::id::{DecisionId, IdempotencyKey, IdentityName, RuleSetName, TenantId, TokenId};
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

/// Told how far a proof is: records done, and their total.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// The record of what was asked and decided. One that was restored from a backup can be read, and
/// whatever writes gives [`LedgerError::Restored`] until it is [resumed](Self::resume).
#[async_trait]
pub trait Ledger: Send + Sync + 'static {
    /// Reserves the key of a request, durably, before anything is fetched for it.
    async fn reserve(&self, intake: Intake) -> Result<Reservation, LedgerError>;

    /// Gives a key back after a failure that may pass, unless it is decided or pending; the next
    /// request may use it.
    async fn release(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<(), LedgerError>;

    /// Marks a reserved request as pending, durably, before its caller is told so, and `by` with it:
    /// that it was asked for, for the audit log.
    async fn pend(&self, pending: PendingIntake, by: Option<AuditEvent>)
    -> Result<(), LedgerError>;

    /// Every pending decision of every tenant, oldest first: what a restart goes on with. A damaged
    /// one is an error in its place.
    async fn pending(&self) -> Result<Vec<Result<PendingIntake, LedgerError>>, LedgerError>;

    /// A page of what is pending of one tenant, oldest first. `page_size` is cut to the limit.
    async fn list_pending(
        &self,
        tenant: &TenantId,
        after: Option<PendingCursor>,
        page_size: usize,
    ) -> Result<PendingPage, LedgerError>;

    /// The id of the decision that was made, or is to be made, for the request under a key. Whether
    /// there is one is for [`Ledger::decision`] and [`Ledger::pending_decision`] to say.
    async fn decision_id(
        &self,
        tenant: &TenantId,
        key: &IdempotencyKey,
    ) -> Result<Option<DecisionId>, LedgerError>;

    /// The pending decision of that id.
    async fn pending_decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<PendingIntake>, LedgerError>;

    /// Records a decision and its snapshots in one transaction. Returns when it is synced.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Resolved`] where it settles a decision that another one settles,
    /// [`LedgerError::Overridden`] where beside that a person decided.
    async fn record(&self, decision: NewDecision) -> Result<DecisionRecord, LedgerError>;

    /// The decision of that id.
    async fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<DecisionRecord>, LedgerError>;

    /// The id of the decision that settles the one of that id, where there is one.
    async fn resolution_of(
        &self,
        _tenant: &TenantId,
        _id: &DecisionId,
    ) -> Result<Option<DecisionId>, LedgerError> {
        Ok(None)
    }

    /// Records what follows a decision, unless it is recorded under its key; `by` is recorded with it in
    /// the audit log.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rejected`] where there is no such decision, [`LedgerError::Resolved`] of an override
    /// of one that another decision settles.
    async fn follow_up(
        &self,
        _new: NewFollowUp,
        _by: Option<AuditEvent>,
    ) -> Result<Followed, LedgerError> {
        Err(LedgerError::ReadOnly)
    }

    /// What follows decisions, before a position in the chain, newest first. `page_size` is cut to
    /// [`crate::limits::FOLLOW_UPS_MAX`].
    async fn follow_ups(
        &self,
        _tenant: &TenantId,
        _filter: &FollowUpFilter,
        _before: Option<u64>,
        _page_size: usize,
    ) -> Result<FollowUpPage, LedgerError> {
        Ok(FollowUpPage::default())
    }

    /// The newest override of each of some decisions, of those that have one. A damaged one is an error in
    /// its place.
    async fn newest_overrides(
        &self,
        _tenant: &TenantId,
        _of: &[DecisionId],
    ) -> Result<NewestOverrides, LedgerError> {
        Ok(NewestOverrides::new())
    }

    /// A page of decisions, by the time at which they were recorded. `page_size` is cut to the limit.
    async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        order: ListOrder,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, LedgerError>;

    /// How many decisions a tenant has.
    async fn count(&self, tenant: &TenantId) -> Result<u64, LedgerError>;

    /// Every tenant that has a decision, or a request that is open.
    async fn tenants(&self) -> Result<Vec<TenantId>, LedgerError>;

    /// Decisions after the position `after` in the chain, oldest first, with all that they rest on
    /// where that is wanted: at most `page_size` of them, and no more than
    /// [`crate::limits::HISTORY_PAGE_BYTES_MAX`] as they are stored, but always one. An empty page
    /// is the end.
    async fn history(
        &self,
        tenant: &TenantId,
        after: u64,
        page_size: usize,
        snapshots: Snapshots,
    ) -> Result<Vec<SealedDecision>, LedgerError>;

    /// The stored snapshot of that name; [`crate::snapshot::unseal`] proves that it is the one.
    async fn snapshot(
        &self,
        tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Option<Sealed>, LedgerError>;

    /// Records a bundle and what is said to it, unless it is recorded; `by` is recorded with it in the
    /// audit log. Gives who published it first.
    ///
    /// # Errors
    ///
    /// [`LedgerError::VersionPublished`] where its version is published with other content.
    async fn publish(
        &self,
        tenant: &TenantId,
        bundle: StoredBundle,
        note: &str,
        at: DateTime<Utc>,
        by: Option<AuditEvent>,
    ) -> Result<Publication, LedgerError>;

    /// Says what decides under a name, and from when on, unless that is said: `by` is recorded with it
    /// in the audit log. Gives what holds.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rejected`] for a bundle that is not published under that name.
    async fn switch(
        &self,
        _tenant: &TenantId,
        _switch: Switch,
        _now: DateTime<Utc>,
        _by: Option<AuditEvent>,
    ) -> Result<Activation, LedgerError> {
        Err(LedgerError::ReadOnly)
    }

    /// Publishes a bundle and has it decide under its name at once: both or neither. `by` are recorded
    /// with them in the audit log: that it was published, and that it was made active. Gives what holds.
    ///
    /// # Errors
    ///
    /// Those of [`Ledger::publish`].
    async fn publish_and_switch(
        &self,
        _tenant: &TenantId,
        _bundle: StoredBundle,
        _at: DateTime<Utc>,
        _by: [AuditEvent; 2],
    ) -> Result<Activation, LedgerError> {
        Err(LedgerError::ReadOnly)
    }

    /// Who published the bundle of that hash.
    async fn publication(
        &self,
        _tenant: &TenantId,
        _hash: BundleHash,
    ) -> Result<Option<Publication>, LedgerError> {
        Ok(None)
    }

    /// Who published that version of a rule set.
    async fn version(
        &self,
        _tenant: &TenantId,
        _name: &RuleSetName,
        _version: &str,
    ) -> Result<Option<Publication>, LedgerError> {
        Ok(None)
    }

    /// What was published before a position in the chain, of one name where one is given, newest first.
    /// `page_size` is cut to one more than the limit of a page.
    async fn publications(
        &self,
        _tenant: &TenantId,
        _name: Option<&RuleSetName>,
        _before: Option<u64>,
        _page_size: usize,
    ) -> Result<Vec<Publication>, LedgerError> {
        Ok(Vec::new())
    }

    /// The bundle of that hash.
    async fn bundle(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Option<StoredBundle>, LedgerError>;

    /// What decides under a name when.
    async fn timeline(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<Timeline, LedgerError>;

    /// The same of every name for which anything was said.
    async fn timelines(
        &self,
        tenant: &TenantId,
    ) -> Result<BTreeMap<RuleSetName, Timeline>, LedgerError>;

    /// What was said to decide under a name, and from when on, oldest first: also what was called off.
    async fn activations(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<Vec<Activation>, LedgerError>;

    /// Says which bundle decides beside a name, unless that is said; `by` is recorded with it in the
    /// audit log.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rejected`] for a bundle that is not published under that name.
    async fn set_shadow(
        &self,
        _tenant: &TenantId,
        _shadowing: Shadowing,
        _by: Option<AuditEvent>,
    ) -> Result<(), LedgerError> {
        Err(LedgerError::ReadOnly)
    }

    /// What decides beside the names of a tenant.
    async fn shadowings(
        &self,
        _tenant: &TenantId,
    ) -> Result<BTreeMap<RuleSetName, Shadowing>, LedgerError> {
        Ok(BTreeMap::new())
    }

    /// Records what shadows would have decided, all or none.
    async fn record_shadows(
        &self,
        _shadows: Vec<ShadowDecision>,
        _at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        Err(LedgerError::ReadOnly)
    }

    /// What a shadow would have decided beside a bundle (`live`, then the shadow) before a position in
    /// the chain, newest first. `page_size` is cut to the limit.
    async fn shadow_decisions(
        &self,
        _tenant: &TenantId,
        _bundles: (BundleHash, BundleHash),
        _before: Option<u64>,
        _page_size: usize,
    ) -> Result<ShadowPage, LedgerError> {
        Ok(ShadowPage::default())
    }

    /// Records the layout of a published bundle, unless it is recorded; another one for the same
    /// bundle and semantics is refused.
    async fn put_layout(
        &self,
        tenant: &TenantId,
        layout: StoredLayout,
        at: DateTime<Utc>,
    ) -> Result<(), LedgerError>;

    /// The layout of a bundle under that semantics.
    async fn layout(
        &self,
        tenant: &TenantId,
        bundle: BundleHash,
        semantics: u32,
    ) -> Result<Option<StoredLayout>, LedgerError>;

    /// Records a grant, and gives it as it was recorded; `by` is recorded with it in the audit log.
    /// What is kept of a token is its hash.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rejected`] where there is another one with the same proof, or there are too
    /// many.
    async fn grant(&self, _grant: Grant, _by: Option<AuditEvent>) -> Result<Grant, LedgerError> {
        Err(LedgerError::ReadOnly)
    }

    /// Records that a tenant's grant was revoked, by whose name and when, unless it was; `by` is
    /// recorded with that in the audit log. Gives it as it is then; `None` where the tenant has no
    /// such grant.
    async fn revoke(
        &self,
        _grant: (&TenantId, &TokenId),
        _name: &IdentityName,
        _at: DateTime<Utc>,
        _by: Option<AuditEvent>,
    ) -> Result<Option<Grant>, LedgerError> {
        Err(LedgerError::ReadOnly)
    }

    /// Every grant of every tenant, oldest first, also those that are over.
    async fn grants(&self) -> Result<Vec<Grant>, LedgerError> {
        Ok(Vec::new())
    }

    /// Appends events to the audit log, all or none. Returns when they are synced.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Rejected`] for one whose object is longer than
    /// [`crate::limits::AUDIT_OBJECT_BYTES_MAX`].
    async fn audit(&self, events: Vec<AuditEvent>) -> Result<(), LedgerError>;

    /// A page of the audit log. `page_size` is cut to the limit.
    async fn audit_log(
        &self,
        filter: &AuditFilter,
        order: ListOrder,
        after: Option<AuditCursor>,
        page_size: usize,
    ) -> Result<AuditPage, LedgerError>;

    /// Goes on with a ledger that was restored from a backup, whose newest record is `from`: what was
    /// recorded after the backup is given up, and a record of the chain says so; `by` is recorded with
    /// it in the audit log. Gives the new end.
    ///
    /// # Errors
    ///
    /// [`LedgerError::NotRestored`] and [`LedgerError::OtherHead`].
    async fn resume(
        &self,
        _from: KnownHead,
        _at: DateTime<Utc>,
        _by: Option<AuditEvent>,
    ) -> Result<Head, LedgerError> {
        Err(LedgerError::NotRestored)
    }

    /// Whether it can be written: after a failure this tries to, so that it is told once it is over.
    async fn ready(&self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// The newest end of the chain.
    async fn head(&self) -> Result<Head, LedgerError>;

    /// What is wrong with the chain's newest end, seen from a head that was kept: `None` where the
    /// chain still holds that record. [`Ledger::verify`] proves what lies before it.
    async fn against(&self, kept: &Head) -> Result<Option<Problem>, LedgerError>;

    /// Walks the chain, as far as `scope` says, and proves it, together with all that the records
    /// rest on and all that they are found by. It takes all processors.
    async fn verify(&self, scope: Scope, progress: Progress) -> Result<ChainReport, LedgerError>;
}
