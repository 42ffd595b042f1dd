//! The rows of what follows decisions.

use super::{SqliteTables, limit_of};
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::record::envelope::RecordKind;
use crate::ledger::record::index::FollowUpRow;
use crate::ledger::sqlite::follow_ups;
use crate::ledger::store::{FollowUpTables, Rows};

impl FollowUpTables for SqliteTables<'_> {
    fn follow_up_by_key(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        key: &IdempotencyKey,
    ) -> Rows<Option<FollowUpRow>> {
        follow_ups::by_key(self.0, tenant, (kind, key))
    }

    fn follow_ups(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        decision: Option<&DecisionId>,
        before: i64,
        limit: usize,
    ) -> Rows<Vec<FollowUpRow>> {
        let within = (before, limit_of(limit));
        follow_ups::list(self.0, tenant, (kind, decision), within)
    }

    fn count_follow_ups(
        &self,
        tenant: &TenantId,
        kind: RecordKind,
        decision: &DecisionId,
    ) -> Rows<u64> {
        follow_ups::count(self.0, tenant, (kind, decision))
    }
}
