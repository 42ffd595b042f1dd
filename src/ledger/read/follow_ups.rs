//! Reading what follows decisions.

use super::record_of;
use crate::follow_up::{FollowUp, LoanPerformance};
use crate::id::{DecisionId, TenantId};
use crate::ledger::follow_up::{FollowUpFilter, FollowUpRecord};
use crate::ledger::record::envelope::RecordKind;
use crate::ledger::record::follow_up::prove_follow_up;
use crate::ledger::record::index::FollowUpRow;
use crate::ledger::store::{Rows, Tables};
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

/// Follow-ups before a position, newest first, proven; see [`crate::ledger::Ledger::follow_ups`].
pub(in crate::ledger) fn list(
    tables: &dyn Tables,
    chain_id: &str,
    (tenant, filter): (&TenantId, &FollowUpFilter),
    before: Option<u64>,
    page_size: usize,
) -> Rows<Vec<FollowUpRecord>> {
    let limit = page_size.clamp(1, limits::FOLLOW_UPS_MAX);
    let before = before.map_or(i64::MAX, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let (kind, decision) = (filter.kind.into(), filter.decision.as_ref());
    let rows = tables.follow_ups(tenant, kind, decision, before, limit)?;
    rows.into_iter()
        .map(|row| proven(tables, chain_id, row))
        .collect()
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
