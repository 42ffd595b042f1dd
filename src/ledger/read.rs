//! The rules of reading, over the tables of any store: whatever is read is compared with what it
//! was committed to.

pub(super) mod follow_ups;

use std::collections::BTreeMap;

use super::error::LedgerError;
use super::head::Head;
use super::record::audit::prove_audit;
use super::record::bundle::{prove_activation, prove_bundle, prove_layout};
use super::record::decision::prove_found;
use super::record::envelope::{RecordHash, RecordKind};
use super::record::grant::{prove_grant, prove_revocation};
use super::record::index::{ActivationRow, BundleRow};
use super::record::intake::IntakeRow;
use super::record::shadow::{prove_shadow, prove_shadowing};
use super::record::stored::StoredRecord;
use super::shadow::{ShadowPage, Shadowing};
use super::store::{AuditQuery, ListQuery, Rows, Tables, to_row};
use super::timeline::{Activation, Timeline};
use super::types::{
    AuditCursor, AuditFilter, AuditPage, Cursor, DamagedRecord, Filter, ListOrder, Page,
    PendingCursor, PendingIntake, PendingPage, Publication, StoredBundle, StoredLayout,
};
use super::verify::report::{Damage, Problem, span};
use crate::access::Grant;
use crate::id::{DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::limits;
use crate::rules::BundleHash;

/// One page of decisions; see [`super::Ledger::list`].
pub(super) fn list(
    tables: &dyn Tables,
    chain_id: &str,
    (tenant, filter): (&TenantId, &Filter),
    (order, after): (ListOrder, Option<Cursor>),
    page_size: usize,
) -> Rows<Page> {
    let page_size = page_size.clamp(1, limits::PAGE_SIZE_MAX);
    let after = after
        .map(|cursor| place(tables, tenant, cursor))
        .transpose()?;
    let mut found = tables.list(&ListQuery {
        tenant: tenant.clone(),
        filter: filter.clone(),
        after,
        oldest_first: order == ListOrder::OldestFirst,
        limit: page_size.saturating_add(1),
    })?;
    let more = found.len() > page_size;
    found.truncate(page_size);
    let last = found.last().filter(|_| more);
    let mut page = Page {
        next: last.map(|(record, _)| Cursor(record.seq)),
        decisions: Vec::with_capacity(found.len()),
        damaged: Vec::new(),
    };
    for (place, found) in found.into_iter().enumerate() {
        let (seq, id) = (found.0.seq, DecisionId::parse(&found.1.id).ok());
        match prove_found(found, chain_id) {
            Ok(decision) => page.decisions.push(decision),
            // It does not hide the others.
            Err(LedgerError::Damaged { problem, .. }) => page.damaged.push(DamagedRecord {
                place,
                seq,
                id,
                problem,
            }),
            Err(other) => return Err(other),
        }
    }
    Ok(page)
}

/// A page of the audit log; see [`super::Ledger::audit_log`].
pub(super) fn audit(
    tables: &dyn Tables,
    chain_id: &str,
    filter: AuditFilter,
    (order, after): (ListOrder, Option<AuditCursor>),
    page_size: usize,
) -> Rows<AuditPage> {
    let page_size = page_size.clamp(1, limits::AUDIT_PAGE_SIZE_MAX);
    let mut found = tables.audit(&AuditQuery {
        filter,
        after: after.map(|cursor| (cursor.at, cursor.seq)),
        oldest_first: order == ListOrder::OldestFirst,
        limit: page_size.saturating_add(1),
    })?;
    let more = found.len() > page_size;
    found.truncate(page_size);
    let next = found.last().filter(|_| more).map(|(_, row)| AuditCursor {
        at: row.at,
        seq: row.seq,
    });
    let events = found.into_iter().map(|(record, row)| {
        // One that is damaged does not hide the others.
        prove_audit(&record, row, chain_id).map_err(|problem| Problem {
            damage: Damage::Data,
            record: record.name(),
            problem,
        })
    });
    Ok(AuditPage {
        events: events.collect(),
        next,
    })
}

/// Where in the order of lists a cursor is.
fn place(tables: &dyn Tables, tenant: &TenantId, Cursor(seq): Cursor) -> Rows<(i64, i64)> {
    let seq = i64::try_from(seq).map_err(|_| LedgerError::UnknownCursor)?;
    let recorded_at = tables.recorded_at(tenant, seq)?;
    recorded_at
        .map(|recorded_at| (recorded_at, seq))
        .ok_or(LedgerError::UnknownCursor)
}

/// A page of what is pending of one tenant; see [`super::Ledger::list_pending`].
pub(super) fn list_pending(
    tables: &dyn Tables,
    tenant: &TenantId,
    after: Option<PendingCursor>,
    page_size: usize,
) -> Rows<PendingPage> {
    let page_size = page_size.clamp(1, limits::PAGE_SIZE_MAX);
    let after = i64::try_from(after.map_or(0, |cursor| cursor.0));
    let after = after.map_err(|_| LedgerError::UnknownCursor)?;
    let mut found = tables.list_pending(tenant, after, page_size.saturating_add(1))?;
    let more = found.len() > page_size;
    found.truncate(page_size);
    let cursor = |row: &IntakeRow| PendingCursor(u64::try_from(row.row).unwrap_or(0));
    let mut page = PendingPage {
        next: found.last().filter(|_| more).map(cursor),
        pending: Vec::with_capacity(found.len()),
        damaged: Vec::new(),
    };
    for (place, row) in found.iter().enumerate() {
        match row.read_pending() {
            Ok(pending) => page.pending.push(pending),
            // It does not hide the others.
            Err(LedgerError::Damaged { problem, .. }) => page.damaged.push(DamagedRecord {
                place,
                seq: 0,
                id: DecisionId::parse(&row.decision).ok(),
                problem,
            }),
            Err(other) => return Err(other),
        }
    }
    Ok(page)
}

/// The id of the decision for the request under a key; see [`super::Ledger::decision_id`].
pub(super) fn decision_id(
    tables: &dyn Tables,
    tenant: &TenantId,
    key: &IdempotencyKey,
) -> Rows<Option<DecisionId>> {
    if let Some(intake) = tables.intake(tenant, key)? {
        return Ok(Some(intake.read()?.decision));
    }
    let Some((record, row)) = tables.decision_by_key(tenant, key)? else {
        return Ok(None);
    };
    let id = DecisionId::parse(&row.id);
    id.map(Some)
        .map_err(|error| record.damaged(error.to_string()))
}

/// The id of the decision that settles another one, proven to; see [`super::Ledger::resolution_of`].
pub(super) fn resolution_of(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
    id: &DecisionId,
) -> Rows<Option<DecisionId>> {
    // INVARIANT: what a decision settles is a column of the row with which it is proven.
    let found = tables.resolution_of(tenant, id)?;
    let proven = found.map(|found| prove_found(found, chain_id));
    Ok(proven.transpose()?.map(|decision| decision.id))
}

/// Everything that is pending, oldest first; see [`super::Ledger::pending`].
pub(super) fn pending(tables: &dyn Tables) -> Rows<Vec<Result<PendingIntake, LedgerError>>> {
    let rows = tables.pending()?;
    let mut found: Vec<_> = rows.iter().map(IntakeRow::read_pending).collect();
    // A damaged one has no time; it is told first.
    found.sort_by_key(|one| one.as_ref().ok().map(|pending| pending.since));
    Ok(found)
}

/// The record that a row of a look-up table names.
fn record_of(tables: &dyn Tables, table: &str, seq: i64) -> Rows<StoredRecord> {
    tables.record(seq)?.ok_or_else(|| LedgerError::Damaged {
        record: format!("row {seq} of `{table}`"),
        problem: "there is no such record in the chain".to_owned(),
    })
}

/// The bundle of a row and who published it, proven.
pub(super) fn published(
    tables: &dyn Tables,
    chain_id: &str,
    row: &BundleRow,
) -> Rows<(Publication, StoredBundle)> {
    let record = record_of(tables, "bundles", row.seq)?;
    let found = prove_bundle(&record, chain_id).map_err(|problem| record.damaged(problem))?;
    let bundle = &found.1;
    if record.tenant == row.tenant
        && bundle.hash.as_bytes().as_slice() == row.hash
        && bundle.name.as_str() == row.name
        && bundle.version == row.version
    {
        Ok(found)
    } else {
        Err(record.damaged("its row in `bundles` is not what was recorded"))
    }
}

/// The bundle of that hash, proven to be the one.
pub(super) fn bundle(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
    hash: BundleHash,
) -> Rows<Option<StoredBundle>> {
    let row = tables.bundle(tenant, hash)?;
    let found = row.map(|row| published(tables, chain_id, &row));
    Ok(found.transpose()?.map(|(_, bundle)| bundle))
}

/// Who published the bundle of a row, if there is one, proven.
pub(super) fn publication(
    tables: &dyn Tables,
    chain_id: &str,
    row: Option<BundleRow>,
) -> Rows<Option<Publication>> {
    let found = row.map(|row| published(tables, chain_id, &row));
    Ok(found.transpose()?.map(|(publication, _)| publication))
}

/// The layout of a bundle under a semantics, proven to be the one.
pub(super) fn layout(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
    (bundle, semantics): (BundleHash, u32),
) -> Rows<Option<StoredLayout>> {
    let Some(row) = tables.layout(tenant, bundle, semantics)? else {
        return Ok(None);
    };
    let record = record_of(tables, "layouts", row.seq)?;
    let layout = prove_layout(&record, chain_id).map_err(|problem| record.damaged(problem))?;
    if record.tenant == row.tenant && layout.bundle == bundle && layout.semantics == semantics {
        Ok(Some(layout))
    } else {
        Err(record.damaged("its row in `layouts` is not what was recorded"))
    }
}

/// An activation of a row, proven.
pub(super) fn activation(
    tables: &dyn Tables,
    chain_id: &str,
    row: ActivationRow,
) -> Rows<Activation> {
    let record = record_of(tables, "activations", row.seq)?;
    prove_activation(&record, row, chain_id).map_err(|problem| record.damaged(problem))
}

/// What decides under a name when, proven.
pub(super) fn timeline(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
    name: &RuleSetName,
) -> Rows<Timeline> {
    let said = activations(tables, chain_id, tenant, name)?;
    Ok(Timeline::of(said))
}

/// The same of every name for which anything was said, proven.
pub(super) fn timelines(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
) -> Rows<BTreeMap<RuleSetName, Timeline>> {
    let mut said: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in tables.activations(tenant)? {
        let activation = activation(tables, chain_id, row)?;
        let of_name = said.entry(activation.name.clone()).or_default();
        of_name.push(activation);
    }
    let timelines = said.into_iter();
    Ok(timelines
        .map(|(name, said)| (name, Timeline::of(said)))
        .collect())
}

/// What was published before a position, newest first, proven; see [`super::Ledger::publications`].
pub(super) fn publications(
    tables: &dyn Tables,
    chain_id: &str,
    (tenant, name): (&TenantId, Option<&RuleSetName>),
    before: Option<u64>,
    page_size: usize,
) -> Rows<Vec<Publication>> {
    let page_size = page_size.clamp(1, limits::PAGE_SIZE_MAX.saturating_add(1));
    let before = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let rows = tables.bundles(tenant, name, before, page_size)?;
    let found = rows.iter().map(|row| published(tables, chain_id, row));
    found.map(|found| Ok(found?.0)).collect()
}

/// What was said to decide under a name when, oldest first, proven.
pub(super) fn activations(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
    name: &RuleSetName,
) -> Rows<Vec<Activation>> {
    let rows = tables.activations_of(tenant, name)?.into_iter();
    rows.map(|row| activation(tables, chain_id, row)).collect()
}

/// What was said last to decide beside each name of a tenant, proven; none where it was that none does.
pub(super) fn shadowings(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
) -> Rows<BTreeMap<RuleSetName, Shadowing>> {
    let mut said = BTreeMap::new();
    for record in tables.of_kind(RecordKind::Shadowing)? {
        let read = prove_shadowing(&record, chain_id);
        let (owner, shadowing) = read.map_err(|problem| record.damaged(problem))?;
        if owner == *tenant {
            said.insert(shadowing.name.clone(), shadowing);
        }
    }
    said.retain(|_, shadowing| shadowing.bundle.is_some());
    Ok(said)
}

/// What a shadow would have decided, newest first, proven; see [`super::Ledger::shadow_decisions`].
pub(super) fn shadow_decisions(
    tables: &dyn Tables,
    chain_id: &str,
    (tenant, bundles): (&TenantId, (BundleHash, BundleHash)),
    before: Option<u64>,
    page_size: usize,
) -> Rows<ShadowPage> {
    let page_size = page_size.clamp(1, limits::PAGE_SIZE_MAX);
    let before = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let mut found =
        tables.shadow_decisions(tenant, bundles, before, page_size.saturating_add(1))?;
    let more = found.len() > page_size;
    found.truncate(page_size);
    let mut page = ShadowPage {
        next: found.last().filter(|_| more).map(|record| record.seq),
        ..ShadowPage::default()
    };
    for record in &found {
        match prove_shadow(record, chain_id, bundles) {
            Ok(shadow) => page.shadows.push(shadow),
            // It does not hide the others; a proof of the chain names it.
            Err(_) => page.damaged = page.damaged.saturating_add(1),
        }
    }
    Ok(page)
}

/// Every grant, oldest first, each with when it was revoked; proven.
pub(super) fn grants(tables: &dyn Tables, chain_id: &str) -> Rows<Vec<Grant>> {
    let mut revoked = BTreeMap::new();
    for record in tables.of_kind(RecordKind::Revocation)? {
        let read = prove_revocation(&record, chain_id);
        let (tenant, id, at) = read.map_err(|problem| record.damaged(problem))?;
        revoked.insert((tenant, id), at);
    }
    let granted = tables.of_kind(RecordKind::Grant)?.into_iter();
    granted
        .map(|record| {
            let grant =
                prove_grant(&record, chain_id).map_err(|problem| record.damaged(problem))?;
            let of_it = (grant.tenant.clone(), grant.id.clone());
            Ok(Grant {
                revoked_at: revoked.get(&of_it).copied(),
                ..grant
            })
        })
        .collect()
}

/// What is wrong with the chain, seen from a head that was kept; see [`super::Ledger::against`].
pub(super) fn against(tables: &dyn Tables, chain_id: &str, kept: &Head) -> Rows<Option<Problem>> {
    if kept.chain_id != chain_id {
        return Ok(Some(Problem {
            damage: Damage::Chain,
            record: "the chain".to_owned(),
            problem: format!("it is `{chain_id}`, and the kept head is of another one"),
        }));
    }
    let newest = Head::new(chain_id, tables.newest()?);
    if newest.seq < kept.seq {
        let first = newest.seq.saturating_add(1);
        return Ok(Some(Problem {
            damage: Damage::Tail,
            record: span(first, kept.seq),
            problem: "cut off the end of the chain, which the kept head still knows".to_owned(),
        }));
    }
    let hash = match kept.seq {
        0 => Some(RecordHash::FIRST),
        seq => tables
            .record(to_row(seq)?)?
            .and_then(|record| RecordHash::from_slice(&record.hash)),
    };
    let problem = match hash {
        Some(hash) if hash == kept.hash => return Ok(None),
        Some(_) => "it is not the record that the kept head knows at this place",
        None => "missing, and the kept head knows it",
    };
    Ok(Some(Problem {
        damage: Damage::Chain,
        record: kept.seq.to_string(),
        problem: problem.to_owned(),
    }))
}
