//! What a store has to give: tables of rows whose meaning it does not know, and a way to read and
//! to write them. Everything else of a ledger is the same for every store.

use std::sync::Arc;

use chrono::DateTime;

use super::error::LedgerError;
use super::metrics::Metrics;
use super::record::draft::Newest;
use super::record::envelope::{Envelope, RecordHash, RecordKind};
use super::record::history::LinkedSnapshot;
use super::record::index::{
    ActivationRow, AuditRow, BundleRow, DecisionRow, FollowUpRow, IndexRow, LayoutRow,
};
use super::record::intake::IntakeRow;
use super::record::stored::StoredRecord;
use super::types::{AuditFilter, Filter, Snapshots};
use crate::id::{DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

/// What tables give.
pub(super) type Rows<T> = Result<T, LedgerError>;

/// A position as a store counts it.
pub(super) fn to_row(seq: u64) -> Rows<i64> {
    i64::try_from(seq).map_err(|_| LedgerError::Store("the chain is full".to_owned()))
}

/// A store: runs work on its tables.
pub(super) trait Store: Send + Sync + 'static {
    /// The name of its chain.
    fn chain_id(&self) -> &Arc<str>;

    /// Whether it was restored from a backup, and not resumed.
    fn is_restored(&self) -> bool;

    /// Whether it only reads: then nothing can be written, restored or not.
    fn is_read_only(&self) -> bool;

    /// Takes note that it is resumed: what takes the mark away is durable.
    fn resumed(&self);

    /// What is counted of it.
    fn metrics(&self) -> &Metrics;

    /// Whether it can be written.
    fn ready(&self) -> impl Future<Output = Rows<()>> + Send;

    /// Reads what is committed.
    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Tables) -> Rows<T> + Send + 'static,
    ) -> impl Future<Output = Rows<T>> + Send;

    /// Reads what is committed by many views at once.
    fn read_at_once<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Views) -> Rows<T> + Send + 'static,
    ) -> impl Future<Output = Rows<T>> + Send;

    /// Writes, and returns once that is durable. What an error of `work` leaves behind is undone.
    /// Work that was begun is done even if the caller stops waiting for it.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Tables) -> Rows<T> + Send + 'static,
    ) -> impl Future<Output = Rows<T>> + Send;
}

/// Views of the tables, for many threads. Whoever has one does not wait for another thread, which may
/// wait for a view.
pub(super) trait Views: Sync {
    /// Gives a view that nobody else uses meanwhile.
    fn view(&self, work: &mut dyn FnMut(&dyn Tables)) -> Rows<()>;
}

/// Reads by a view.
pub(super) fn look<T>(views: &dyn Views, work: impl FnOnce(&dyn Tables) -> Rows<T>) -> Rows<T> {
    let (mut work, mut found) = (Some(work), Err(LedgerError::Closed));
    views.view(&mut |tables| {
        if let Some(work) = work.take() {
            found = work(tables);
        }
    })?;
    found
}

/// Which decisions to list: by one tenant, after a recording time and position in that order.
#[derive(Debug, Clone)]
pub(super) struct ListQuery {
    pub(super) tenant: TenantId,
    pub(super) filter: Filter,
    pub(super) after: Option<(i64, i64)>,
    pub(super) oldest_first: bool,
    pub(super) limit: usize,
}

/// Which events of the audit log to list, after a recording time and position in that order.
#[derive(Debug, Clone)]
pub(super) struct AuditQuery {
    pub(super) filter: AuditFilter,
    pub(super) after: Option<(i64, i64)>,
    pub(super) oldest_first: bool,
    pub(super) limit: usize,
}

impl AuditQuery {
    /// Whether an event is one of those, as a store without SQL sees it.
    pub(super) fn leaves(&self, row: &AuditRow) -> bool {
        let (filter, place) = (&self.filter, (row.at, row.seq));
        let at = DateTime::from_timestamp(row.at, 0);
        let is = |wanted: Option<&str>, found: &str| wanted.is_none_or(|it| it == found);
        let named = format!(",{},", row.object);
        let is_named = |object: &str| named.contains(&format!(",{object},"));
        let is_after = |after| match self.oldest_first {
            true => place > after,
            false => place < after,
        };
        row.tenant == filter.tenant.as_str()
            && is(filter.who.as_ref().map(|who| who.as_str()), &row.who)
            && is(filter.action.map(|action| action.name()), &row.action)
            && filter.object.as_deref().is_none_or(is_named)
            && filter.since.is_none_or(|since| at >= Some(since))
            && filter.until.is_none_or(|until| at < Some(until))
            && self.after.is_none_or(is_after)
    }
}

/// A stored snapshot as a proof reads it.
#[derive(Debug, Clone)]
pub(super) struct SnapshotRow {
    /// The store's own number of the row.
    pub(super) row: i64,
    pub(super) hash: Vec<u8>,
    pub(super) bytes: Arc<[u8]>,
    /// Whether a decision of its tenant is linked to it.
    pub(super) is_linked: bool,
}

/// A link of a decision to a snapshot.
#[derive(Debug, Clone)]
pub(super) struct LinkRow {
    /// The decision's position in the chain.
    pub(super) seq: i64,
    /// The snapshot's among its pins, from 0.
    pub(super) position: i64,
    pub(super) hash: Vec<u8>,
}

/// The rows of what follows decisions.
pub(super) trait FollowUpTables {
    /// The row of the follow-up of that kind under a key.
    fn follow_up_by_key(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        key: &IdempotencyKey,
    ) -> Rows<Option<FollowUpRow>>;
    /// At most `limit` follow-ups of that kind before a position, of one decision where one is given,
    /// newest first.
    fn follow_ups(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        decision: Option<&DecisionId>,
        before: i64,
        limit: usize,
    ) -> Rows<Vec<FollowUpRow>>;
    /// How many follow-ups of that kind a decision has.
    fn count_follow_ups(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        decision: &DecisionId,
    ) -> Rows<u64>;
}

/// The tables of a ledger. Values are given as they are stored: whoever reads proves them.
pub(super) trait Tables: FollowUpTables {
    /// The newest record; `None` in an empty chain.
    fn newest(&self) -> Rows<Option<Newest>>;
    /// The record at a position.
    fn record(&self, seq: i64) -> Rows<Option<StoredRecord>>;
    /// Adds a record, its sealed content and the row by which it is found, if it has one.
    fn append(&mut self, envelope: &Envelope, content: &[u8], index: Option<&IndexRow>)
    -> Rows<()>;
    /// The grants, the revocations or the shadowings, oldest first.
    fn of_kind(&self, kind: RecordKind) -> Rows<Vec<StoredRecord>>;
    /// Takes the mark of a restored ledger away.
    fn end_restored(&mut self) -> Rows<()>;

    /// The reserved request under a key.
    fn intake(&self, tenant: &TenantId, key: &IdempotencyKey) -> Rows<Option<IntakeRow>>;
    /// Adds a reserved request.
    fn add_intake(&mut self, intake: IntakeRow) -> Rows<()>;
    /// Removes a reserved request.
    fn remove_intake(&mut self, tenant: &TenantId, key: &IdempotencyKey) -> Rows<()>;
    /// Says what a reserved request waits for.
    fn set_pending(
        &mut self,
        tenant: &TenantId,
        key: &IdempotencyKey,
        pending: Vec<u8>,
    ) -> Rows<()>;
    /// Every reserved request that is pending.
    fn pending(&self) -> Rows<Vec<IntakeRow>>;
    /// At most `limit` pending requests of a tenant after a row, in the order of rows.
    fn list_pending(&self, tenant: &TenantId, after: i64, limit: usize) -> Rows<Vec<IntakeRow>>;
    /// The pending request whose decision will have that id.
    fn pending_decision(&self, tenant: &TenantId, id: &DecisionId) -> Rows<Option<IntakeRow>>;

    /// The decision of that id.
    fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>>;
    /// The decision under that key.
    fn decision_by_key(
        &self,
        tenant: &TenantId,
        key: &IdempotencyKey,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>>;
    /// The decision that settles the one of that id.
    fn resolution_of(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>>;
    /// A list of decisions.
    fn list(&self, query: &ListQuery) -> Rows<Vec<(StoredRecord, DecisionRow)>>;
    /// When the decision at a position was recorded, where it is the tenant's.
    fn recorded_at(&self, tenant: &TenantId, seq: i64) -> Rows<Option<i64>>;
    /// How many decisions a tenant has.
    fn count(&self, tenant: &TenantId) -> Rows<u64>;
    /// Every tenant that has a decision or a reserved request, in order.
    fn tenants(&self) -> Rows<Vec<String>>;
    /// Decisions after a position, oldest first, each with its snapshots or without; at most `max.0` of them
    /// and `max.1` bytes, but always one.
    fn history(
        &self,
        tenant: &TenantId,
        after: i64,
        max: (usize, usize),
        snapshots: Snapshots,
    ) -> Rows<Vec<(StoredRecord, Vec<LinkedSnapshot>)>>;

    /// Stores a snapshot unless it is stored, and links a decision to it: `at` is the decision's
    /// position, and that of the snapshot among its pins.
    fn add_snapshot(&mut self, tenant: &TenantId, at: (i64, i64), sealed: &Sealed) -> Rows<()>;
    /// The stored snapshot of that name.
    fn snapshot(&self, tenant: &TenantId, hash: SnapshotHash) -> Rows<Option<Arc<[u8]>>>;
    /// Whether a snapshot of that name is stored.
    fn has_snapshot(&self, tenant: &TenantId, hash: SnapshotHash) -> Rows<bool>;

    /// The row of a bundle.
    fn bundle(&self, tenant: &TenantId, hash: BundleHash) -> Rows<Option<BundleRow>>;
    /// The row of the bundle that is published as that version.
    fn version(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        version: &str,
    ) -> Rows<Option<BundleRow>>;
    /// At most `limit` bundles before a position, of one name where one is given, newest first.
    fn bundles(
        &self,
        tenant: &TenantId,
        name: Option<&RuleSetName>,
        before: i64,
        limit: usize,
    ) -> Rows<Vec<BundleRow>>;
    /// Every activation under a name, oldest first.
    fn activations_of(&self, tenant: &TenantId, name: &RuleSetName) -> Rows<Vec<ActivationRow>>;
    /// Every activation, oldest first.
    fn activations(&self, tenant: &TenantId) -> Rows<Vec<ActivationRow>>;
    /// The row of a layout.
    fn layout(
        &self,
        tenant: &TenantId,
        bundle: BundleHash,
        semantics: u32,
    ) -> Rows<Option<LayoutRow>>;

    /// The records of what a shadow would have decided beside a bundle (`bundles`: that one first)
    /// before a position in the chain, newest first.
    fn shadow_decisions(
        &self,
        tenant: &TenantId,
        bundles: (BundleHash, BundleHash),
        before: i64,
        limit: usize,
    ) -> Rows<Vec<StoredRecord>>;

    /// A list of events of the audit log.
    fn audit(&self, query: &AuditQuery) -> Rows<Vec<(StoredRecord, AuditRow)>>;

    /// What the store's own check finds.
    fn own_problems(&self) -> Rows<Vec<String>>;
    /// The position of the record of that hash. It looks through all of them.
    fn position(&self, hash: RecordHash) -> Rows<Option<i64>>;
    /// The last of at most `limit` records after `within.0` and up to `within.1`.
    fn records_end(&self, within: (i64, i64), limit: usize) -> Rows<Option<i64>>;
    /// The records of every kind after `after` and up to `last`, oldest first.
    fn records(&self, after: i64, last: i64) -> Rows<Vec<StoredRecord>>;
    /// Every row by which a record from `first` to `last` is found.
    fn index_rows(&self, first: i64, last: i64) -> Rows<Vec<IndexRow>>;
    /// The links of decisions from `first` to `last` to snapshots, in order.
    fn links(&self, first: i64, last: i64) -> Rows<Vec<LinkRow>>;
    /// Rows of records after `since` that are not there.
    fn stray_rows(&self, since: i64) -> Rows<Vec<IndexRow>>;
    /// Links of decisions after `since` that are not there.
    fn stray_links(&self, since: i64) -> Rows<Vec<i64>>;

    /// The positions after `since` of what decisions settle that are not there: none where that is part
    /// of the decisions' rows.
    fn stray_resolutions(&self, _since: i64) -> Rows<Vec<i64>> {
        Ok(Vec::new())
    }
    /// The positions after `since` of contents without a record.
    fn stray_contents(&self, since: i64) -> Rows<Vec<i64>>;
    /// The last of at most `limit` rows of snapshots after a row.
    fn snapshots_end(
        &self,
        tenant: Option<&TenantId>,
        after: i64,
        limit: usize,
    ) -> Rows<Option<i64>>;
    /// The snapshots after the row `within.0` and up to `within.1`, in the order of rows: all, or
    /// those that a decision after `since` is linked to.
    fn snapshots(
        &self,
        tenant: Option<&TenantId>,
        since: Option<i64>,
        within: (i64, i64),
    ) -> Rows<Vec<SnapshotRow>>;
    /// Reserved requests after a row, in the order of rows.
    fn intakes(&self, tenant: Option<&TenantId>, after: i64, limit: usize) -> Rows<Vec<IntakeRow>>;
}
