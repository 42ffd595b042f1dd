//! What decides under which name, remembered: the ledger is read once, and not for every decision.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::UnderwriteError;
use crate::id::{RuleSetName, TenantId};
use crate::ledger::Ledger;
use crate::rules::BundleHash;

/// The active bundles, as far as they were asked for.
#[derive(Default)]
pub(super) struct ActiveBundles(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Of the last time that something was forgotten.
    changes: u64,
    bundles: BTreeMap<(TenantId, RuleSetName), BundleHash>,
}

impl ActiveBundles {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bundle that decides under a name, where there is one.
    pub(super) async fn find(
        &self,
        ledger: &Arc<dyn Ledger>,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<Option<BundleHash>, UnderwriteError> {
        let key = (tenant.clone(), name.clone());
        let changes = {
            let known = self.known();
            if let Some(hash) = known.bundles.get(&key) {
                return Ok(Some(*hash));
            }
            known.changes
        };
        let Some(active) = ledger.active(tenant, name).await? else {
            return Ok(None);
        };
        let mut known = self.known();
        // What was read may be of before the change.
        if known.changes == changes {
            known.bundles.insert(key, active.hash);
        }
        Ok(Some(active.hash))
    }

    /// Forgets what decides under a name: it was changed.
    pub(super) fn forget(&self, tenant: &TenantId, name: &RuleSetName) {
        let mut known = self.known();
        known.changes = known.changes.saturating_add(1);
        known.bundles.remove(&(tenant.clone(), name.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OsEntropy;
    use crate::ledger::MemoryLedger;
    use crate::ledger::tests::{at, bundle, newer_bundle, tenant};

    #[tokio::test]
    async fn what_is_active_is_remembered_until_it_changes() {
        let ledger: Arc<dyn Ledger> = Arc::new(MemoryLedger::new(&OsEntropy).unwrap());
        let (first, newer) = (bundle("personal-loan"), newer_bundle());
        let (tenant, name) = (tenant(), first.name.clone());
        let active = ActiveBundles::default();
        let find = || async { active.find(&ledger, &tenant, &name).await.unwrap() };
        assert_eq!(find().await, None, "nothing is");
        let hash = first.hash;
        ledger.activate(&tenant, first, at(1), None).await.unwrap();
        assert_eq!(
            find().await,
            Some(hash),
            "that nothing was is not remembered"
        );
        let newer_hash = newer.hash;
        ledger.activate(&tenant, newer, at(2), None).await.unwrap();
        assert_eq!(find().await, Some(hash), "nobody told of the change");
        active.forget(&tenant, &name);
        assert_eq!(find().await, Some(newer_hash));
        let stranger = TenantId::parse("stranger").unwrap();
        assert_eq!(active.find(&ledger, &stranger, &name).await.unwrap(), None);
    }
}
