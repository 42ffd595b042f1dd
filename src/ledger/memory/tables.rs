//! The tables of a ledger in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::id::{DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::ledger::record::draft::Newest;
use crate::ledger::record::envelope::{Envelope, RecordHash, RecordKind};
use crate::ledger::record::history::LinkedSnapshot;
use crate::ledger::record::index::{
    ActivationRow, AuditRow, BundleRow, DecisionRow, FollowUpRow, IndexRow, LayoutRow, ShadowRow,
};
use crate::ledger::record::intake::IntakeRow;
use crate::ledger::record::stored::StoredRecord;
use crate::ledger::store::{AuditQuery, LinkRow, ListQuery, Rows, SnapshotRow, Tables, to_row};
use crate::ledger::types::Snapshots;
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

/// Rows by their keys.
#[derive(Debug, Default)]
pub(super) struct MemoryTables {
    records: BTreeMap<i64, StoredRecord>,
    decisions: BTreeMap<i64, DecisionRow>,
    bundles: BTreeMap<i64, BundleRow>,
    activations: BTreeMap<i64, ActivationRow>,
    layouts: BTreeMap<i64, LayoutRow>,
    audit: BTreeMap<i64, AuditRow>,
    shadows: BTreeMap<i64, ShadowRow>,
    pub(super) follow_ups: BTreeMap<i64, FollowUpRow>,
    by_id: BTreeMap<(String, String), i64>,
    by_key: BTreeMap<(String, String), i64>,
    snapshots: BTreeMap<(String, [u8; 32]), Arc<[u8]>>,
    links: BTreeMap<(i64, i64), [u8; 32]>,
    intakes: BTreeMap<(String, String), IntakeRow>,
    /// Of the last intake.
    intake: i64,
}

fn pair(tenant: &TenantId, other: &str) -> (String, String) {
    (tenant.as_str().to_owned(), other.to_owned())
}

impl MemoryTables {
    fn found(&self, seq: Option<&i64>) -> Option<(StoredRecord, DecisionRow)> {
        let seq = seq?;
        Some((
            self.records.get(seq)?.clone(),
            self.decisions.get(seq)?.clone(),
        ))
    }

    fn fits(row: &DecisionRow, query: &ListQuery) -> bool {
        let filter = &query.filter;
        let recorded = chrono::DateTime::from_timestamp(row.recorded_at, 0);
        let is = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
        row.tenant == query.tenant.as_str()
            && filter.from.is_none_or(|from| recorded >= Some(from))
            && filter.until.is_none_or(|until| recorded < Some(until))
            && is(filter.outcome.map(|outcome| outcome.as_str()), &row.outcome)
            && is(
                filter.rule_set.as_ref().map(RuleSetName::as_str),
                &row.rule_set,
            )
            && is(
                filter.application.as_ref().map(|id| id.as_str()),
                &row.application_id,
            )
            && query.after.is_none_or(|after| {
                let place = (row.recorded_at, row.seq);
                match query.oldest_first {
                    true => place > after,
                    false => place < after,
                }
            })
    }

    fn linked(&self, tenant: &str, seq: i64) -> Vec<LinkedSnapshot> {
        self.links
            .range((seq, i64::MIN)..=(seq, i64::MAX))
            .map(|(_, hash)| LinkedSnapshot {
                hash: hash.to_vec(),
                bytes: self.snapshots.get(&(tenant.to_owned(), *hash)).cloned(),
            })
            .collect()
    }

    /// The snapshots, each with a number as a store would give.
    fn snapshots_of(
        &self,
        tenant: Option<&TenantId>,
    ) -> impl Iterator<Item = (i64, &(String, [u8; 32]), &Arc<[u8]>)> {
        let numbered = (0_i64..).zip(&self.snapshots);
        numbered
            .filter(move |(_, ((owner, _), _))| {
                tenant.is_none_or(|tenant| tenant.as_str() == owner)
            })
            .map(|(row, (key, bytes))| (row, key, bytes))
    }

    fn rows(&self) -> impl Iterator<Item = IndexRow> {
        let decisions = self.decisions.values().cloned().map(IndexRow::Decision);
        let bundles = self.bundles.values().cloned().map(IndexRow::Bundle);
        let activations = self.activations.values().cloned().map(IndexRow::Activation);
        let layouts = self.layouts.values().cloned().map(IndexRow::Layout);
        let audit = self.audit.values().cloned().map(IndexRow::Audit);
        let rules = bundles.chain(activations).chain(layouts);
        let shadows = self.shadows.values().cloned().map(IndexRow::Shadow);
        let follow_ups = self.follow_ups.values().cloned().map(IndexRow::FollowUp);
        let others = audit.chain(shadows).chain(follow_ups);
        decisions.chain(rules).chain(others)
    }
}

impl Tables for MemoryTables {
    fn newest(&self) -> Rows<Option<Newest>> {
        let newest = self.records.last_key_value();
        Ok(newest.and_then(|(_, row)| {
            Some(Newest {
                seq: row.seq,
                hash: RecordHash::from_slice(&row.hash)?,
                recorded_at: row.recorded_at,
            })
        }))
    }

    fn record(&self, seq: i64) -> Rows<Option<StoredRecord>> {
        Ok(self.records.get(&seq).cloned())
    }

    fn append(
        &mut self,
        envelope: &Envelope,
        content: &[u8],
        index: Option<&IndexRow>,
    ) -> Rows<()> {
        let seq = to_row(envelope.seq)?;
        let record = StoredRecord {
            seq: envelope.seq,
            kind: envelope.kind.as_str().to_owned(),
            tenant: envelope.tenant.as_str().to_owned(),
            id: envelope.id.clone(),
            previous: envelope.previous.as_bytes().to_vec(),
            commitment: envelope.commitment.as_bytes().to_vec(),
            recorded_at: envelope.recorded_at.timestamp(),
            hash: envelope.hash.as_bytes().to_vec(),
            content: Some(content.to_vec()),
        };
        self.records.insert(seq, record);
        match index.cloned() {
            None => {}
            Some(IndexRow::Decision(row)) => {
                let tenant = || row.tenant.clone();
                self.by_id.insert((tenant(), row.id.clone()), seq);
                self.by_key
                    .insert((tenant(), row.idempotency_key.clone()), seq);
                self.decisions.insert(seq, row);
            }
            Some(IndexRow::Bundle(row)) => drop(self.bundles.insert(seq, row)),
            Some(IndexRow::Activation(row)) => drop(self.activations.insert(seq, row)),
            Some(IndexRow::Layout(row)) => drop(self.layouts.insert(seq, row)),
            Some(IndexRow::Audit(row)) => drop(self.audit.insert(seq, row)),
            Some(IndexRow::Shadow(row)) => drop(self.shadows.insert(seq, row)),
            Some(IndexRow::FollowUp(row)) => drop(self.follow_ups.insert(seq, row)),
        }
        Ok(())
    }

    fn of_kind(&self, kind: RecordKind) -> Rows<Vec<StoredRecord>> {
        let rows = self.records.values();
        Ok(rows
            .filter(|row| row.kind == kind.as_str())
            .cloned()
            .collect())
    }

    /// The mark is the ledger's, not that of its tables.
    fn end_restored(&mut self) -> Rows<()> {
        Ok(())
    }

    fn intake(&self, tenant: &TenantId, key: &IdempotencyKey) -> Rows<Option<IntakeRow>> {
        Ok(self.intakes.get(&pair(tenant, key.as_str())).cloned())
    }

    fn add_intake(&mut self, mut intake: IntakeRow) -> Rows<()> {
        self.intake = self.intake.saturating_add(1);
        intake.row = self.intake;
        let key = (intake.tenant.clone(), intake.key.clone());
        self.intakes.insert(key, intake);
        Ok(())
    }

    fn remove_intake(&mut self, tenant: &TenantId, key: &IdempotencyKey) -> Rows<()> {
        self.intakes.remove(&pair(tenant, key.as_str()));
        Ok(())
    }

    fn set_pending(
        &mut self,
        tenant: &TenantId,
        key: &IdempotencyKey,
        pending: Vec<u8>,
    ) -> Rows<()> {
        if let Some(intake) = self.intakes.get_mut(&pair(tenant, key.as_str())) {
            intake.pending = Some(pending);
        }
        Ok(())
    }

    fn pending(&self) -> Rows<Vec<IntakeRow>> {
        let intakes = self.intakes.values();
        let mut pending: Vec<_> = intakes
            .filter(|intake| intake.pending.is_some())
            .cloned()
            .collect();
        pending.sort_by_key(|intake| intake.row);
        Ok(pending)
    }

    fn list_pending(&self, tenant: &TenantId, after: i64, limit: usize) -> Rows<Vec<IntakeRow>> {
        let mut pending = self.pending()?;
        pending.retain(|intake| intake.tenant == tenant.as_str() && intake.row > after);
        pending.truncate(limit);
        Ok(pending)
    }

    fn pending_decision(&self, tenant: &TenantId, id: &DecisionId) -> Rows<Option<IntakeRow>> {
        let intakes = self.intakes.values();
        let mut pending = intakes.filter(|intake| intake.pending.is_some());
        let found = pending
            .find(|intake| intake.tenant == tenant.as_str() && intake.decision == id.as_str());
        Ok(found.cloned())
    }

    fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>> {
        Ok(self.found(self.by_id.get(&pair(tenant, id.as_str()))))
    }

    fn decision_by_key(
        &self,
        tenant: &TenantId,
        key: &IdempotencyKey,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>> {
        Ok(self.found(self.by_key.get(&pair(tenant, key.as_str()))))
    }

    fn resolution_of(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Rows<Option<(StoredRecord, DecisionRow)>> {
        let mut rows = self.decisions.values();
        let settles =
            |row: &&DecisionRow| row.tenant == tenant.as_str() && row.resolves == id.as_str();
        Ok(self.found(rows.find(settles).map(|row| &row.seq)))
    }

    fn list(&self, query: &ListQuery) -> Rows<Vec<(StoredRecord, DecisionRow)>> {
        let rows = self.decisions.values();
        let mut fitting: Vec<_> = rows.filter(|row| Self::fits(row, query)).collect();
        fitting.sort_by_key(|row| (row.recorded_at, row.seq));
        if !query.oldest_first {
            fitting.reverse();
        }
        fitting.truncate(query.limit);
        let found = fitting
            .into_iter()
            .filter_map(|row| self.found(Some(&row.seq)));
        Ok(found.collect())
    }

    fn recorded_at(&self, tenant: &TenantId, seq: i64) -> Rows<Option<i64>> {
        let row = self.decisions.get(&seq);
        let own = row.filter(|row| row.tenant == tenant.as_str());
        Ok(own.map(|row| row.recorded_at))
    }

    fn count(&self, tenant: &TenantId) -> Rows<u64> {
        let rows = self.decisions.values();
        let own = rows.filter(|row| row.tenant == tenant.as_str()).count();
        Ok(u64::try_from(own).unwrap_or(u64::MAX))
    }

    fn tenants(&self) -> Rows<Vec<String>> {
        let decided = self.decisions.values().map(|row| &row.tenant);
        let open = self.intakes.values().map(|row| &row.tenant);
        let all: BTreeSet<&String> = decided.chain(open).collect();
        Ok(all.into_iter().cloned().collect())
    }

    fn history(
        &self,
        tenant: &TenantId,
        after: i64,
        (rows_max, bytes_max): (usize, usize),
        snapshots: Snapshots,
    ) -> Rows<Vec<(StoredRecord, Vec<LinkedSnapshot>)>> {
        let (mut page, mut bytes) = (Vec::new(), 0_usize);
        for (seq, row) in self.decisions.range(after.saturating_add(1)..) {
            let Some(record) = self.records.get(seq) else {
                continue;
            };
            if row.tenant != tenant.as_str() {
                continue;
            }
            if page.len() >= rows_max || bytes >= bytes_max {
                break;
            }
            let linked = match snapshots {
                Snapshots::Along => self.linked(&row.tenant, *seq),
                Snapshots::LeftOut => Vec::new(),
            };
            let stored = linked.iter().filter_map(|linked| linked.bytes.as_ref());
            let of_snapshots: usize = stored.map(|bytes| bytes.len()).sum();
            let of_content = record.content.as_ref().map_or(0, Vec::len);
            bytes = bytes
                .saturating_add(of_snapshots)
                .saturating_add(of_content);
            page.push((record.clone(), linked));
        }
        Ok(page)
    }

    fn add_snapshot(
        &mut self,
        tenant: &TenantId,
        (seq, position): (i64, i64),
        sealed: &Sealed,
    ) -> Rows<()> {
        let key = (tenant.as_str().to_owned(), *sealed.hash.as_bytes());
        let stored = self.snapshots.entry(key);
        stored.or_insert_with(|| Arc::clone(&sealed.bytes));
        self.links.insert((seq, position), *sealed.hash.as_bytes());
        Ok(())
    }

    fn snapshot(&self, tenant: &TenantId, hash: SnapshotHash) -> Rows<Option<Arc<[u8]>>> {
        let key = (tenant.as_str().to_owned(), *hash.as_bytes());
        Ok(self.snapshots.get(&key).cloned())
    }

    fn has_snapshot(&self, tenant: &TenantId, hash: SnapshotHash) -> Rows<bool> {
        Ok(self.snapshot(tenant, hash)?.is_some())
    }

    fn bundle(&self, tenant: &TenantId, hash: BundleHash) -> Rows<Option<BundleRow>> {
        let mut rows = self.bundles.values();
        let found = rows
            .find(|row| row.tenant == tenant.as_str() && row.hash == hash.as_bytes().as_slice());
        Ok(found.cloned())
    }

    fn version(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
        version: &str,
    ) -> Rows<Option<BundleRow>> {
        let mut rows = self.bundles.values();
        let found = rows.find(|row| {
            row.tenant == tenant.as_str() && row.name == name.as_str() && row.version == version
        });
        Ok(found.cloned())
    }

    fn bundles(
        &self,
        tenant: &TenantId,
        name: Option<&RuleSetName>,
        before: i64,
        limit: usize,
    ) -> Rows<Vec<BundleRow>> {
        let is_of = |row: &&BundleRow| {
            row.tenant == tenant.as_str()
                && row.seq < before
                && name.is_none_or(|name| row.name == name.as_str())
        };
        let rows = self.bundles.values().rev().filter(is_of);
        Ok(rows.take(limit).cloned().collect())
    }

    fn activations_of(&self, tenant: &TenantId, name: &RuleSetName) -> Rows<Vec<ActivationRow>> {
        let mut rows = self.activations(tenant)?;
        rows.retain(|row| row.name == name.as_str());
        Ok(rows)
    }

    fn activations(&self, tenant: &TenantId) -> Rows<Vec<ActivationRow>> {
        let rows = self.activations.values();
        Ok(rows
            .filter(|row| row.tenant == tenant.as_str())
            .cloned()
            .collect())
    }

    fn layout(
        &self,
        tenant: &TenantId,
        bundle: BundleHash,
        semantics: u32,
    ) -> Rows<Option<LayoutRow>> {
        let mut rows = self.layouts.values();
        let found = rows.find(|row| {
            row.tenant == tenant.as_str()
                && row.bundle == bundle.as_bytes().as_slice()
                && row.semantics == i64::from(semantics)
        });
        Ok(found.cloned())
    }

    fn shadow_decisions(
        &self,
        tenant: &TenantId,
        (live, shadow): (BundleHash, BundleHash),
        before: i64,
        limit: usize,
    ) -> Rows<Vec<StoredRecord>> {
        let is_of = |row: &&ShadowRow| {
            row.tenant == tenant.as_str()
                && row.live == live.as_bytes().as_slice()
                && row.bundle == shadow.as_bytes().as_slice()
                && row.seq < before
        };
        let rows = self.shadows.values().rev().filter(is_of).take(limit);
        let records = rows.filter_map(|row| self.records.get(&row.seq));
        Ok(records.cloned().collect())
    }

    fn audit(&self, query: &AuditQuery) -> Rows<Vec<(StoredRecord, AuditRow)>> {
        let fitting = self.audit.values().filter(|row| query.leaves(row));
        let mut rows: Vec<_> = fitting.cloned().collect();
        if !query.oldest_first {
            rows.reverse();
        }
        rows.truncate(query.limit);
        let found = rows.into_iter().filter_map(|row| {
            let record = self.records.get(&row.seq)?;
            Some((record.clone(), row))
        });
        Ok(found.collect())
    }

    fn own_problems(&self) -> Rows<Vec<String>> {
        Ok(Vec::new())
    }

    fn position(&self, hash: RecordHash) -> Rows<Option<i64>> {
        let mut rows = self.records.iter();
        let found = rows.find(|(_, row)| row.hash == hash.as_bytes());
        Ok(found.map(|(seq, _)| *seq))
    }

    fn records_end(&self, (after, last): (i64, i64), limit: usize) -> Rows<Option<i64>> {
        let rows = self.records.range(after.saturating_add(1)..);
        let within = rows.map(|(seq, _)| *seq).take_while(|seq| *seq <= last);
        Ok(within.take(limit).last())
    }

    fn records(&self, after: i64, last: i64) -> Rows<Vec<StoredRecord>> {
        let rows = self.records.range(after.saturating_add(1)..);
        let within = rows.take_while(|(seq, _)| **seq <= last);
        Ok(within.map(|(_, row)| row.clone()).collect())
    }

    fn index_rows(&self, first: i64, last: i64) -> Rows<Vec<IndexRow>> {
        let rows = self.rows();
        Ok(rows
            .filter(|row| (first..=last).contains(&row.seq()))
            .collect())
    }

    fn links(&self, first: i64, last: i64) -> Rows<Vec<LinkRow>> {
        let links = self.links.range((first, i64::MIN)..=(last, i64::MAX));
        Ok(links
            .map(|((seq, position), hash)| LinkRow {
                seq: *seq,
                position: *position,
                hash: hash.to_vec(),
            })
            .collect())
    }

    fn stray_rows(&self, since: i64) -> Rows<Vec<IndexRow>> {
        let rows = self.rows().filter(|row| row.seq() > since);
        Ok(rows
            .filter(|row| !self.records.contains_key(&row.seq()))
            .collect())
    }

    fn stray_links(&self, since: i64) -> Rows<Vec<i64>> {
        let seqs: BTreeSet<i64> = self.links.keys().map(|(seq, _)| *seq).collect();
        Ok(seqs
            .into_iter()
            .filter(|seq| *seq > since && !self.decisions.contains_key(seq))
            .collect())
    }

    /// A content is part of its record here.
    fn stray_contents(&self, _since: i64) -> Rows<Vec<i64>> {
        Ok(Vec::new())
    }

    fn snapshots_end(
        &self,
        tenant: Option<&TenantId>,
        after: i64,
        limit: usize,
    ) -> Rows<Option<i64>> {
        let rows = self.snapshots_of(tenant).map(|(row, _, _)| row);
        Ok(rows.filter(|row| *row > after).take(limit).last())
    }

    fn snapshots(
        &self,
        tenant: Option<&TenantId>,
        since: Option<i64>,
        (after, last): (i64, i64),
    ) -> Rows<Vec<SnapshotRow>> {
        let linked: BTreeSet<(&str, [u8; 32])> = self
            .links
            .iter()
            .filter_map(|((seq, _), hash)| Some((&*self.decisions.get(seq)?.tenant, *hash)))
            .collect();
        let newer = |hash: &[u8; 32]| {
            let mut links = self.links.iter();
            since.is_none_or(|since| links.any(|((seq, _), to)| *seq > since && to == hash))
        };
        let rows = self.snapshots_of(tenant);
        Ok(rows
            .filter(|(row, (_, hash), _)| *row > after && *row <= last && newer(hash))
            .map(|(row, (owner, hash), bytes)| SnapshotRow {
                row,
                hash: hash.to_vec(),
                bytes: Arc::clone(bytes),
                is_linked: linked.contains(&(owner.as_str(), *hash)),
            })
            .collect())
    }

    fn intakes(&self, tenant: Option<&TenantId>, after: i64, limit: usize) -> Rows<Vec<IntakeRow>> {
        let mut rows: Vec<_> = self
            .intakes
            .values()
            .filter(|intake| {
                intake.row > after && tenant.is_none_or(|tenant| tenant.as_str() == intake.tenant)
            })
            .cloned()
            .collect();
        rows.sort_by_key(|intake| intake.row);
        rows.truncate(limit);
        Ok(rows)
    }
}
