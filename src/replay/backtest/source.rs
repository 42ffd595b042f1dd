//! Reading decisions from the ledger.

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::id::TenantId;
use crate::ledger::{Ledger, LedgerError, SealedDecision, Snapshots};

/// Decisions in memory at once. One is about 30 KB.
const PAGE: usize = 1_024;

/// Where decisions are read.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) tenant: TenantId,
    /// The position in the chain up to which they are.
    pub(super) end: u64,
}

type NextPage = JoinHandle<Result<Vec<SealedDecision>, LedgerError>>;

/// Decisions page by page: each is read while the one before is looked at.
pub(super) struct Pages {
    source: Source,
    next: NextPage,
}

impl Source {
    pub(super) fn pages(&self) -> Pages {
        Pages {
            next: self.read_page(0),
            source: self.clone(),
        }
    }

    fn read_page(&self, after: u64) -> NextPage {
        let (ledger, tenant) = (Arc::clone(&self.ledger), self.tenant.clone());
        tokio::spawn(async move {
            let page = ledger.history(&tenant, after, PAGE, Snapshots::LeftOut);
            page.await
        })
    }

    /// A decision with its bank data.
    pub(super) async fn with_snapshots(
        &self,
        seq: u64,
    ) -> Result<Option<SealedDecision>, LedgerError> {
        let before = seq.saturating_sub(1);
        let page = self
            .ledger
            .history(&self.tenant, before, 1, Snapshots::Along);
        Ok(page.await?.into_iter().next())
    }
}

impl Pages {
    pub(super) async fn next(&mut self) -> Result<Option<Vec<SealedDecision>>, LedgerError> {
        let page = (&mut self.next).await.map_err(|_| LedgerError::Closed)?;
        let mut page = page?;
        page.retain(|sealed| sealed.seq() <= self.source.end);
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.next = self.source.read_page(last.seq());
        Ok(Some(page))
    }
}
