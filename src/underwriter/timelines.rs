//! What decides under which name, remembered: the ledger is read once, and not for every decision.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::UnderwriteError;
use crate::id::{RuleSetName, TenantId};
use crate::ledger::{Ledger, Timeline};

/// What was said to decide, as far as it was asked for.
#[derive(Default)]
pub(super) struct Timelines(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Of the last time that something was forgotten.
    changes: u64,
    timelines: BTreeMap<(TenantId, RuleSetName), Arc<Timeline>>,
}

impl Timelines {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What decides under a name when. A name of which nothing was ever said is not remembered: there
    /// is no end of such names.
    pub(super) async fn find(
        &self,
        ledger: &Arc<dyn Ledger>,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<Arc<Timeline>, UnderwriteError> {
        let key = (tenant.clone(), name.clone());
        let changes = {
            let known = self.known();
            if let Some(timeline) = known.timelines.get(&key) {
                return Ok(Arc::clone(timeline));
            }
            known.changes
        };
        let timeline = Arc::new(ledger.timeline(tenant, name).await?);
        let mut known = self.known();
        // What was read may be of before the change.
        if known.changes == changes && !timeline.all().is_empty() {
            known.timelines.insert(key, Arc::clone(&timeline));
        }
        Ok(timeline)
    }

    /// Forgets what decides under a name: something was said of it.
    pub(super) fn forget(&self, tenant: &TenantId, name: &RuleSetName) {
        let mut known = self.known();
        known.changes = known.changes.saturating_add(1);
        known.timelines.remove(&(tenant.clone(), name.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OsEntropy;
    use crate::ledger::MemoryLedger;
    use crate::ledger::tests::{Live, at, bundle, newer_bundle, tenant};

    #[tokio::test]
    async fn what_decides_is_remembered_until_something_is_said_of_it() {
        let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new(&OsEntropy).unwrap());
        let (first, newer) = (bundle("personal-loan"), newer_bundle());
        let (tenant, name) = (tenant(), first.name.clone());
        let timelines = Timelines::default();
        let find = async || {
            let found = timelines.find(&ledger, &tenant, &name).await.unwrap();
            found.now(at(9)).and_then(|said| said.bundle)
        };
        assert_eq!(find().await, None, "nothing does");
        let hash = first.hash;
        ledger.activate(&tenant, first, at(1), None).await.unwrap();
        assert_eq!(
            find().await,
            Some(hash),
            "that nothing did is not remembered"
        );
        let newer_hash = newer.hash;
        ledger.activate(&tenant, newer, at(2), None).await.unwrap();
        assert_eq!(find().await, Some(hash), "nobody told of the change");
        timelines.forget(&tenant, &name);
        assert_eq!(find().await, Some(newer_hash));
        let stranger = TenantId::parse("stranger").unwrap();
        let none = timelines.find(&ledger, &stranger, &name).await.unwrap();
        assert!(none.all().is_empty());
    }
}
