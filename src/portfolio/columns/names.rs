//! What stands at the positions of the rule sets that decided, as the ledger keeps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::ColumnsError;
use crate::decision::Layout;
use crate::id::TenantId;
use crate::ledger::{Ledger, LedgerError};
use crate::portfolio::PastDecision;
use crate::rules::{self, BundleHash};

/// The layouts that were looked up.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<(TenantId, BundleHash, u32), Option<Arc<rules::Layout>>>);

impl Names {
    /// What stands at the positions of a decision; `None` where its layout is not there, or not readable:
    /// a proof of the ledger tells that.
    pub(super) async fn of(
        &mut self,
        ledger: &dyn Ledger,
        tenant: &TenantId,
        past: &PastDecision,
    ) -> Result<Option<Arc<rules::Layout>>, ColumnsError> {
        let (bundle, semantics) = (past.rule_set.bundle, past.semantics);
        let key = (tenant.clone(), bundle, semantics);
        if let Some(known) = self.0.get(&key) {
            return Ok(known.clone());
        }
        let stored = match ledger.layout(tenant, bundle, semantics).await {
            Ok(stored) => stored,
            Err(LedgerError::Damaged { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let layout = stored.and_then(|stored| serde_json::from_slice::<Layout>(&stored.bytes).ok());
        let names = layout.map(|layout| Arc::new(layout.rule_set));
        self.0.insert(key, names.clone());
        Ok(names)
    }
}
