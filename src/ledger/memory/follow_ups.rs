//! The rows of what follows decisions, in memory.

use super::tables::MemoryTables;
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::record::envelope::RecordKind;
use crate::ledger::record::index::FollowUpRow;
use crate::ledger::store::{FollowUpTables, Rows};

impl FollowUpTables for MemoryTables {
    fn follow_up_by_key(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        key: &IdempotencyKey,
    ) -> Rows<Option<FollowUpRow>> {
        let mut rows = self.follow_ups.values();
        let found = rows.find(|row| {
            row.tenant == tenant.as_str() && row.kind == kind.as_str() && row.key == key.as_str()
        });
        Ok(found.cloned())
    }

    fn follow_ups(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        decision: Option<&DecisionId>,
        before: i64,
        limit: usize,
    ) -> Rows<Vec<FollowUpRow>> {
        let rows = self.follow_ups.values().rev();
        let rows = rows.filter(|row| row.seq < before && is_of(row, (tenant, kind), decision));
        Ok(rows.take(limit).cloned().collect())
    }

    fn count_follow_ups(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        decision: &DecisionId,
    ) -> Rows<u64> {
        let rows = self.follow_ups.values();
        let rows = rows.filter(|row| is_of(row, (tenant, kind), Some(decision)));
        Ok(u64::try_from(rows.count()).unwrap_or(u64::MAX))
    }
}

fn is_of(
    row: &FollowUpRow,
    (tenant, kind): (&TenantId, RecordKind),
    decision: Option<&DecisionId>,
) -> bool {
    row.tenant == tenant.as_str()
        && row.kind == kind.as_str()
        && decision.is_none_or(|decision| row.decision == decision.as_str())
}
