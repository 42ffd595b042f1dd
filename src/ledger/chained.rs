//! Every store of tables is a ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::error::LedgerError;
use super::follow_up::{FollowUpFilter, FollowUpPage, Followed, NewFollowUp, NewestOverrides};
use super::head::{Head, KnownHead};
use super::interface::{Ledger, Progress};
use super::metrics::Sizes;
use super::record::audit::PreparedAudit;
use super::record::decision::{Prepared, prove_found};
use super::record::follow_up::PreparedFollowUp;
use super::record::history::SealedDecision;
use super::record::intake::PreparedIntake;
use super::record::shadow::PreparedShadow;
use super::shadow::{ShadowDecision, ShadowPage, Shadowing};
use super::store::{Rows, Store, Tables, to_row};
use super::timeline::{Activation, Switch, Timeline};
use super::types::{
    AuditCursor, AuditFilter, AuditPage, Cursor, DecisionRecord, Filter, Intake, ListOrder,
    NewDecision, Page, PendingCursor, PendingIntake, PendingPage, Publication, Reservation, Scope,
    Snapshots, StoredBundle, StoredLayout,
};
use super::verify::report::{ChainReport, Problem};
use super::{append, read, verify};
use crate::access::Grant;
use crate::access::audit::AuditEvent;
use crate::id::{DecisionId, IdempotencyKey, IdentityName, RuleSetName, TenantId, TokenId};
use crate::limits;
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

fn refuse_restored(store: &impl Store) -> Rows<()> {
    if store.is_restored() {
        return Err(LedgerError::Restored);
    }
    Ok(())
}

/// Everything that writes goes through here, but for what resumes.
async fn write<T: Send + 'static>(
    store: &impl Store,
    work: impl FnOnce(&mut dyn Tables) -> Rows<T> + Send + 'static,
) -> Rows<T> {
    if store.is_read_only() {
        return Err(LedgerError::ReadOnly);
    }
    refuse_restored(store)?;
    store.write(work).await
}

fn prepared(by: Option<AuditEvent>) -> Rows<Option<PreparedAudit>> {
    by.map(PreparedAudit::new).transpose()
}

/// Who did what an event tells.
fn who(event: Option<&AuditEvent>) -> IdentityName {
    let who = event.and_then(|event| event.who.clone());
    who.unwrap_or_else(IdentityName::local)
}

#[async_trait]
impl<S: Store> Ledger for S {
    async fn reserve(&self, intake: Intake) -> Result<Reservation, LedgerError> {
        let prepared = PreparedIntake::new(intake)?;
        let chain_id = Arc::clone(self.chain_id());
        let reserved = write(self, move |tables| {
            append::reserve(tables, &chain_id, &prepared)
        })
        .await?;
        step!(IntakeCommitted);
        Ok(reserved)
    }

    async fn release(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<(), LedgerError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        write(self, move |tables| append::release(tables, &tenant, &key)).await
    }

    async fn pend(
        &self,
        pending: PendingIntake,
        by: Option<AuditEvent>,
    ) -> Result<(), LedgerError> {
        let by = prepared(by)?;
        let chain_id = Arc::clone(self.chain_id());
        write(self, move |tables| {
            append::pend(tables, &chain_id, &pending, by.as_ref())
        })
        .await?;
        step!(PendingCommitted);
        Ok(())
    }

    async fn pending(&self) -> Result<Vec<Result<PendingIntake, LedgerError>>, LedgerError> {
        self.read(|tables| read::pending(tables)).await
    }

    async fn list_pending(
        &self,
        tenant: &TenantId,
        after: Option<PendingCursor>,
        page_size: usize,
    ) -> Result<PendingPage, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |tables| read::list_pending(tables, &tenant, after, page_size))
            .await
    }

    async fn decision_id(
        &self,
        tenant: &TenantId,
        key: &IdempotencyKey,
    ) -> Result<Option<DecisionId>, LedgerError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        self.read(move |tables| read::decision_id(tables, &tenant, &key))
            .await
    }

    async fn pending_decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<PendingIntake>, LedgerError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |tables| {
            let found = tables.pending_decision(&tenant, &id)?;
            found.map(|intake| intake.read_pending()).transpose()
        })
        .await
    }

    async fn record(&self, decision: NewDecision) -> Result<DecisionRecord, LedgerError> {
        // Done here, by many at once, and not by the one that writes.
        let prepared = Prepared::new(decision)?;
        let sizes = Sizes::of(&prepared);
        let chain_id = Arc::clone(self.chain_id());
        let record = write(self, move |tables| {
            append::record(tables, &chain_id, prepared)
        })
        .await?;
        step!(DecisionCommitted);
        self.metrics().recorded(&sizes);
        Ok(record)
    }

    async fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<DecisionRecord>, LedgerError> {
        let (tenant, id, chain_id) = (tenant.clone(), id.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| {
            let found = tables.decision(&tenant, &id)?;
            found.map(|found| prove_found(found, &chain_id)).transpose()
        })
        .await
    }

    async fn resolution_of(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<DecisionId>, LedgerError> {
        let (tenant, id, chain_id) = (tenant.clone(), id.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::resolution_of(tables, &chain_id, &tenant, &id))
            .await
    }

    async fn follow_up(
        &self,
        new: NewFollowUp,
        by: Option<AuditEvent>,
    ) -> Result<Followed, LedgerError> {
        let (prepared, by) = (PreparedFollowUp::new(new)?, prepared(by)?);
        let chain_id = Arc::clone(self.chain_id());
        write(self, move |tables| {
            append::follow_ups::record(tables, &chain_id, &prepared, by.as_ref())
        })
        .await
    }

    async fn follow_ups(
        &self,
        tenant: &TenantId,
        filter: &FollowUpFilter,
        before: Option<u64>,
        page_size: usize,
    ) -> Result<FollowUpPage, LedgerError> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        let chain_id = Arc::clone(self.chain_id());
        self.read(move |tables| {
            read::follow_ups::list(tables, &chain_id, (&tenant, &filter), before, page_size)
        })
        .await
    }

    async fn newest_overrides(
        &self,
        tenant: &TenantId,
        of: &[DecisionId],
    ) -> Result<NewestOverrides, LedgerError> {
        let (tenant, of, chain_id) = (tenant.clone(), of.to_vec(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::follow_ups::newest_overrides(tables, &chain_id, &tenant, of))
            .await
    }

    async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        order: ListOrder,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, LedgerError> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        let chain_id = Arc::clone(self.chain_id());
        self.read(move |tables| {
            read::list(
                tables,
                &chain_id,
                (&tenant, &filter),
                (order, after),
                page_size,
            )
        })
        .await
    }

    async fn count(&self, tenant: &TenantId) -> Result<u64, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |tables| tables.count(&tenant)).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, LedgerError> {
        self.read(|tables| {
            let found = tables.tenants()?.into_iter();
            // A name that is damaged is for the proof to tell.
            Ok(found
                .filter_map(|name| TenantId::parse(&name).ok())
                .collect())
        })
        .await
    }

    async fn history(
        &self,
        tenant: &TenantId,
        after: u64,
        page_size: usize,
        snapshots: Snapshots,
    ) -> Result<Vec<SealedDecision>, LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| {
            let max = (page_size.max(1), limits::HISTORY_PAGE_BYTES_MAX);
            let found = tables.history(&tenant, to_row(after)?, max, snapshots)?;
            let sealed = found.into_iter().map(|(record, snapshots)| {
                SealedDecision::new(record, Arc::clone(&chain_id), snapshots)
            });
            Ok(sealed.collect())
        })
        .await
    }

    async fn snapshot(
        &self,
        tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Option<Sealed>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |tables| {
            let bytes = tables.snapshot(&tenant, hash)?;
            Ok(bytes.map(|bytes| Sealed { hash, bytes }))
        })
        .await
    }

    async fn publish(
        &self,
        tenant: &TenantId,
        bundle: StoredBundle,
        note: &str,
        at: DateTime<Utc>,
        by: Option<AuditEvent>,
    ) -> Result<Publication, LedgerError> {
        let who = who(by.as_ref());
        let (by, note) = (prepared(by)?, note.to_owned());
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        write(self, move |tables| {
            let (published, said) = ((&tenant, &bundle), (&who, note.as_str()));
            append::publish(tables, &chain_id, published, said, at, by.as_ref())
        })
        .await
    }

    async fn switch(
        &self,
        tenant: &TenantId,
        switch: Switch,
        now: DateTime<Utc>,
        by: Option<AuditEvent>,
    ) -> Result<Activation, LedgerError> {
        let by = prepared(by)?;
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        write(self, move |tables| {
            append::switch(tables, &chain_id, (&tenant, &switch), now, by.as_ref())
        })
        .await
    }

    async fn publish_and_switch(
        &self,
        tenant: &TenantId,
        bundle: StoredBundle,
        at: DateTime<Utc>,
        by: [AuditEvent; 2],
    ) -> Result<Activation, LedgerError> {
        let [published, active] = by;
        let switch = Switch {
            name: bundle.name.clone(),
            bundle: Some(bundle.hash),
            from: None,
            by: who(Some(&active)),
        };
        let by = [PreparedAudit::new(published)?, PreparedAudit::new(active)?];
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        write(self, move |tables| {
            let what = (&tenant, &bundle, &switch);
            append::publish_and_switch(tables, &chain_id, what, at, &by)
        })
        .await
    }

    async fn publication(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Option<Publication>, LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| {
            let row = tables.bundle(&tenant, hash)?;
            read::publication(tables, &chain_id, row)
        })
        .await
    }

    async fn version(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        version: &str,
    ) -> Result<Option<Publication>, LedgerError> {
        let (tenant, name, version) = (tenant.clone(), name.clone(), version.to_owned());
        let chain_id = Arc::clone(self.chain_id());
        self.read(move |tables| {
            let row = tables.version(&tenant, &name, &version)?;
            read::publication(tables, &chain_id, row)
        })
        .await
    }

    async fn publications(
        &self,
        tenant: &TenantId,
        name: Option<&RuleSetName>,
        before: Option<u64>,
        page_size: usize,
    ) -> Result<Vec<Publication>, LedgerError> {
        let (tenant, name) = (tenant.clone(), name.cloned());
        let chain_id = Arc::clone(self.chain_id());
        self.read(move |tables| {
            let of = (&tenant, name.as_ref());
            read::publications(tables, &chain_id, of, before, page_size)
        })
        .await
    }

    async fn bundle(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Option<StoredBundle>, LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::bundle(tables, &chain_id, &tenant, hash))
            .await
    }

    async fn timeline(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<Timeline, LedgerError> {
        let (tenant, name) = (tenant.clone(), name.clone());
        let chain_id = Arc::clone(self.chain_id());
        self.read(move |tables| read::timeline(tables, &chain_id, &tenant, &name))
            .await
    }

    async fn timelines(
        &self,
        tenant: &TenantId,
    ) -> Result<BTreeMap<RuleSetName, Timeline>, LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::timelines(tables, &chain_id, &tenant))
            .await
    }

    async fn activations(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<Vec<Activation>, LedgerError> {
        let (tenant, name) = (tenant.clone(), name.clone());
        let chain_id = Arc::clone(self.chain_id());
        self.read(move |tables| read::activations(tables, &chain_id, &tenant, &name))
            .await
    }

    async fn set_shadow(
        &self,
        tenant: &TenantId,
        shadowing: Shadowing,
        by: Option<AuditEvent>,
    ) -> Result<(), LedgerError> {
        let by = prepared(by)?;
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        write(self, move |tables| {
            append::set_shadow(tables, &chain_id, (&tenant, &shadowing), by.as_ref())
        })
        .await
    }

    async fn shadowings(
        &self,
        tenant: &TenantId,
    ) -> Result<BTreeMap<RuleSetName, Shadowing>, LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::shadowings(tables, &chain_id, &tenant))
            .await
    }

    async fn record_shadows(
        &self,
        shadows: Vec<ShadowDecision>,
        at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let prepared = shadows
            .into_iter()
            .map(|shadow| PreparedShadow::new(shadow, at));
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        let chain_id = Arc::clone(self.chain_id());
        write(self, move |tables| {
            append::record_shadows(tables, &chain_id, &prepared)
        })
        .await
    }

    async fn shadow_decisions(
        &self,
        tenant: &TenantId,
        bundles: (BundleHash, BundleHash),
        before: Option<u64>,
        page_size: usize,
    ) -> Result<ShadowPage, LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| {
            read::shadow_decisions(tables, &chain_id, (&tenant, bundles), before, page_size)
        })
        .await
    }

    async fn put_layout(
        &self,
        tenant: &TenantId,
        layout: StoredLayout,
        at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        write(self, move |tables| {
            append::put_layout(tables, &chain_id, (&tenant, &layout), at)
        })
        .await
    }

    async fn layout(
        &self,
        tenant: &TenantId,
        bundle: BundleHash,
        semantics: u32,
    ) -> Result<Option<StoredLayout>, LedgerError> {
        let (tenant, chain_id) = (tenant.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::layout(tables, &chain_id, &tenant, (bundle, semantics)))
            .await
    }

    async fn grant(&self, grant: Grant, by: Option<AuditEvent>) -> Result<Grant, LedgerError> {
        let by = prepared(by)?;
        let chain_id = Arc::clone(self.chain_id());
        write(self, move |tables| {
            append::grant(tables, &chain_id, &grant, by.as_ref())
        })
        .await
    }

    async fn revoke(
        &self,
        (tenant, id): (&TenantId, &TokenId),
        name: &IdentityName,
        at: DateTime<Utc>,
        by: Option<AuditEvent>,
    ) -> Result<Option<Grant>, LedgerError> {
        let by = prepared(by)?;
        let (tenant, id, name) = (tenant.clone(), id.clone(), name.clone());
        let chain_id = Arc::clone(self.chain_id());
        write(self, move |tables| {
            let revoked = ((&tenant, &id), (&name, at));
            append::revoke(tables, &chain_id, revoked, by.as_ref())
        })
        .await
    }

    async fn grants(&self) -> Result<Vec<Grant>, LedgerError> {
        let chain_id = Arc::clone(self.chain_id());
        self.read(move |tables| read::grants(tables, &chain_id))
            .await
    }

    async fn audit(&self, events: Vec<AuditEvent>) -> Result<(), LedgerError> {
        let prepared = events.into_iter().map(PreparedAudit::new);
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        let chain_id = Arc::clone(self.chain_id());
        write(self, move |tables| {
            append::audit(tables, &chain_id, &prepared)
        })
        .await?;
        step!(AuditCommitted);
        Ok(())
    }

    async fn audit_log(
        &self,
        filter: &AuditFilter,
        order: ListOrder,
        after: Option<AuditCursor>,
        page_size: usize,
    ) -> Result<AuditPage, LedgerError> {
        let (filter, chain_id) = (filter.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::audit(tables, &chain_id, filter, (order, after), page_size))
            .await
    }

    async fn resume(
        &self,
        from: KnownHead,
        at: DateTime<Utc>,
        by: Option<AuditEvent>,
    ) -> Result<Head, LedgerError> {
        if !self.is_restored() {
            return Err(LedgerError::NotRestored);
        }
        let chain_id = Arc::clone(self.chain_id());
        let by = prepared(by)?;
        let resumed =
            self.write(move |tables| append::resume(tables, &chain_id, &from, at, by.as_ref()));
        let head = resumed.await?;
        self.resumed();
        Ok(head)
    }

    async fn ready(&self) -> Result<(), LedgerError> {
        refuse_restored(self)?;
        Store::ready(self).await
    }

    async fn head(&self) -> Result<Head, LedgerError> {
        let newest = self.read(|tables| tables.newest()).await?;
        Ok(Head::new(self.chain_id(), newest))
    }

    async fn against(&self, kept: &Head) -> Result<Option<Problem>, LedgerError> {
        let (kept, chain_id) = (kept.clone(), Arc::clone(self.chain_id()));
        self.read(move |tables| read::against(tables, &chain_id, &kept))
            .await
    }

    async fn verify(&self, scope: Scope, progress: Progress) -> Result<ChainReport, LedgerError> {
        let chain_id = Arc::clone(self.chain_id());
        self.read_at_once(move |views| verify::verify(views, &chain_id, &scope, &*progress))
            .await
    }
}
