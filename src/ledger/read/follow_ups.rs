//! Reading what follows decisions.

use super::record_of;
use crate::follow_up::{FollowUp, LoanPerformance};
use crate::id::{DecisionId, TenantId};
use crate::ledger::error::LedgerError;
use crate::ledger::follow_up::{FollowUpFilter, FollowUpPage, FollowUpRecord, NewestOverrides};
use crate::ledger::record::envelope::RecordKind;
use crate::ledger::record::follow_up::prove_follow_up;
use crate::ledger::record::index::FollowUpRow;
use crate::ledger::store::{Rows, Tables};
use crate::ledger::types::DamagedRecord;
use crate::limits;

/// Whether what a follow-up corrects, if it corrects anything, is an entry of its decision that stands
/// before a position.
pub(in crate::ledger) fn corrects_its_own(
    tables: &dyn Tables,
    tenant: &TenantId,
    decision: &DecisionId,
    body: &FollowUp,
    before: i64,
) -> Rows<bool> {
    let corrected = match body {
        FollowUp::LoanPerformance(LoanPerformance {
            corrects: Some(key),
            ..
        }) => key,
        FollowUp::LoanPerformance(_) | FollowUp::Override(_) | FollowUp::Notice(_) => {
            return Ok(true);
        }
    };
    let row = tables.follow_up_by_key(tenant, RecordKind::LoanPerformance, corrected)?;
    let is_it = |row: FollowUpRow| row.decision == decision.as_str() && row.seq < before;
    Ok(row.is_some_and(is_it))
}

/// Whether a person decided beside a decision before a position.
pub(in crate::ledger) fn is_overridden(
    tables: &dyn Tables,
    (tenant, decision): (&TenantId, &DecisionId),
    before: i64,
) -> Rows<bool> {
    let newest = tables.follow_ups(tenant, RecordKind::Override, Some(decision), before, 1)?;
    Ok(!newest.is_empty())
}

/// A page of follow-ups before a position, newest first, proven; see [`crate::ledger::Ledger::follow_ups`].
pub(in crate::ledger) fn list(
    tables: &dyn Tables,
    chain_id: &str,
    (tenant, filter): (&TenantId, &FollowUpFilter),
    before: Option<u64>,
    page_size: usize,
) -> Rows<FollowUpPage> {
    let page_size = page_size.clamp(1, limits::FOLLOW_UPS_MAX);
    let before = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let (kind, decision) = (filter.kind.into(), filter.decision.as_ref());
    let one_more = page_size.saturating_add(1);
    let mut rows = tables.follow_ups(tenant, kind, decision, before, one_more)?;
    let more = rows.len() > page_size;
    rows.truncate(page_size);
    let last = rows.last().filter(|_| more);
    let mut page = FollowUpPage {
        next: last.and_then(|row| u64::try_from(row.seq).ok()),
        ..FollowUpPage::default()
    };
    for (place, row) in rows.into_iter().enumerate() {
        let (seq, id) = (row.seq, DecisionId::parse(&row.decision).ok());
        match proven(tables, chain_id, row) {
            Ok(follow_up) => page.follow_ups.push(follow_up),
            // It does not hide the others.
            Err(LedgerError::Damaged { problem, .. }) => page.damaged.push(DamagedRecord {
                place,
                seq: u64::try_from(seq).unwrap_or(0),
                id,
                problem,
            }),
            Err(other) => return Err(other),
        }
    }
    Ok(page)
}

/// The newest override of each of some decisions; see [`crate::ledger::Ledger::newest_overrides`].
pub(in crate::ledger) fn newest_overrides(
    tables: &dyn Tables,
    chain_id: &str,
    tenant: &TenantId,
    of: Vec<DecisionId>,
) -> Rows<NewestOverrides> {
    let mut newest = NewestOverrides::new();
    for id in of {
        let rows = tables.follow_ups(tenant, RecordKind::Override, Some(&id), i64::MAX, 1)?;
        if let Some(row) = rows.into_iter().next() {
            newest.insert(id, proven(tables, chain_id, row));
        }
    }
    Ok(newest)
}

/// The follow-up of a row, proven.
pub(in crate::ledger) fn proven(
    tables: &dyn Tables,
    chain_id: &str,
    row: FollowUpRow,
) -> Rows<FollowUpRecord> {
    let record = record_of(tables, "follow_ups", row.seq)?;
    prove_follow_up(&record, row, chain_id).map_err(|problem| record.damaged(problem))
}
