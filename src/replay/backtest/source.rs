//! Reading single decisions from the ledger.

use std::sync::Arc;

use crate::id::TenantId;
use crate::ledger::{Ledger, LedgerError, SealedDecision, Snapshots};

/// Where decisions are read.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) tenant: TenantId,
    /// The position in the chain up to which they are.
    pub(super) end: u64,
}

impl Source {
    /// A decision with its bank data.
    pub(super) async fn with_snapshots(
        &self,
        seq: u64,
    ) -> Result<Option<SealedDecision>, LedgerError> {
        let before = seq.saturating_sub(1);
        let page = self
            .ledger
            .history(&self.tenant, before, 1, Snapshots::Along);
        // Where it is gone, another one comes first.
        Ok(page.await?.into_iter().find(|sealed| sealed.seq() == seq))
    }
}
