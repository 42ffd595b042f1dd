//! A ledger that holds what it is given and takes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{bundle, sealed};
use crate::access::audit::AuditEvent;
use crate::id::{DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::ledger::{
    Activation, AuditCursor, AuditFilter, AuditPage, ChainReport, Cursor, DecisionRecord, Filter,
    FollowUpFilter, FollowUpPage, Head, Intake, Ledger, LedgerError, ListOrder, NewDecision,
    NewestOverrides, Page, PendingCursor, PendingIntake, PendingPage, Problem, Progress,
    Publication, Reservation, Scope, SealedDecision, Snapshots, StoredBundle, StoredLayout,
    Timeline,
};
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

pub(super) struct InMemory {
    pub(super) records: Vec<DecisionRecord>,
    /// How often it was asked for what follows decisions.
    pub(super) follow_up_reads: Arc<AtomicUsize>,
}

#[async_trait]
impl Ledger for InMemory {
    async fn reserve(&self, _intake: Intake) -> Result<Reservation, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn release(&self, _tenant: &TenantId, _key: &IdempotencyKey) -> Result<(), LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn pend(
        &self,
        _pending: PendingIntake,
        _by: Option<AuditEvent>,
    ) -> Result<(), LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn audit(&self, _events: Vec<AuditEvent>) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, LedgerError> {
        Ok(Vec::new())
    }

    async fn audit_log(
        &self,
        _filter: &AuditFilter,
        _order: ListOrder,
        _after: Option<AuditCursor>,
        _page_size: usize,
    ) -> Result<AuditPage, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn pending(&self) -> Result<Vec<Result<PendingIntake, LedgerError>>, LedgerError> {
        Ok(Vec::new())
    }

    async fn list_pending(
        &self,
        _tenant: &TenantId,
        _after: Option<PendingCursor>,
        _page_size: usize,
    ) -> Result<PendingPage, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn decision_id(
        &self,
        _tenant: &TenantId,
        _key: &IdempotencyKey,
    ) -> Result<Option<DecisionId>, LedgerError> {
        Ok(None)
    }

    async fn pending_decision(
        &self,
        _tenant: &TenantId,
        _id: &DecisionId,
    ) -> Result<Option<PendingIntake>, LedgerError> {
        Ok(None)
    }

    async fn record(&self, _decision: NewDecision) -> Result<DecisionRecord, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn decision(
        &self,
        _tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<DecisionRecord>, LedgerError> {
        Ok(self.records.iter().find(|record| record.id == *id).cloned())
    }

    async fn follow_ups(
        &self,
        _tenant: &TenantId,
        _filter: &FollowUpFilter,
        _before: Option<u64>,
        _page_size: usize,
    ) -> Result<FollowUpPage, LedgerError> {
        self.follow_up_reads.fetch_add(1, Ordering::SeqCst);
        Ok(FollowUpPage::default())
    }

    async fn newest_overrides(
        &self,
        _tenant: &TenantId,
        _of: &[DecisionId],
    ) -> Result<NewestOverrides, LedgerError> {
        self.follow_up_reads.fetch_add(1, Ordering::SeqCst);
        Ok(NewestOverrides::new())
    }

    async fn list(
        &self,
        _tenant: &TenantId,
        _filter: &Filter,
        _order: ListOrder,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, LedgerError> {
        let older = self.records.iter().rev();
        let older = older.filter(|record| after.is_none_or(|after| record.envelope.seq < after.0));
        let decisions: Vec<_> = older.take(page_size).cloned().collect();
        let last = decisions.last().map(|record| record.envelope.seq);
        Ok(Page {
            damaged: Vec::new(),
            decisions,
            next: last.filter(|seq| *seq > 1).map(Cursor),
        })
    }

    async fn snapshot(
        &self,
        _tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Option<Sealed>, LedgerError> {
        Ok(Some(sealed()).filter(|sealed| sealed.hash == hash))
    }

    async fn bundle(
        &self,
        _tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Option<StoredBundle>, LedgerError> {
        let bundle = bundle();
        let stored = StoredBundle {
            hash: bundle.hash(),
            name: bundle.name().clone(),
            version: bundle.version().to_owned(),
            bytes: bundle.bytes().to_vec(),
        };
        Ok(Some(stored).filter(|stored| stored.hash == hash))
    }

    async fn timeline(
        &self,
        _tenant: &TenantId,
        _name: &RuleSetName,
    ) -> Result<Timeline, LedgerError> {
        Ok(Timeline::default())
    }

    async fn timelines(
        &self,
        _tenant: &TenantId,
    ) -> Result<BTreeMap<RuleSetName, Timeline>, LedgerError> {
        Ok(BTreeMap::new())
    }

    async fn count(&self, _tenant: &TenantId) -> Result<u64, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn history(
        &self,
        _tenant: &TenantId,
        _after: u64,
        _page_size: usize,
        _snapshots: Snapshots,
    ) -> Result<Vec<SealedDecision>, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn publish(
        &self,
        _tenant: &TenantId,
        _bundle: StoredBundle,
        _note: &str,
        _at: DateTime<Utc>,
        _by: Option<AuditEvent>,
    ) -> Result<Publication, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn activations(
        &self,
        _tenant: &TenantId,
        _name: &RuleSetName,
    ) -> Result<Vec<Activation>, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn put_layout(
        &self,
        _tenant: &TenantId,
        _layout: StoredLayout,
        _at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn layout(
        &self,
        _tenant: &TenantId,
        _bundle: BundleHash,
        _semantics: u32,
    ) -> Result<Option<StoredLayout>, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn head(&self) -> Result<Head, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn against(&self, _kept: &Head) -> Result<Option<Problem>, LedgerError> {
        Err(LedgerError::Closed)
    }

    async fn verify(&self, _scope: Scope, _progress: Progress) -> Result<ChainReport, LedgerError> {
        Err(LedgerError::Closed)
    }
}
