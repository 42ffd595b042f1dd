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
        let is_of = |row: &&FollowUpRow| {
            row.tenant == tenant.as_str()
                && row.kind == kind.as_str()
                && row.seq < before
                && decision.is_none_or(|decision| row.decision == decision.as_str())
        };
        let rows = self.follow_ups.values().rev().filter(is_of);
        Ok(rows.take(limit).cloned().collect())
    }
}
