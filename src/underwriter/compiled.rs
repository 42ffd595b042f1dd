//! Rule sets as they were compiled, kept for who needs them next.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limits;
use crate::rules::{Bundle, BundleHash};

/// Compiled rule sets by hash. A hash always means the same bytes, so nothing here goes stale.
#[derive(Default)]
pub(super) struct CompiledBundles(Mutex<BTreeMap<BundleHash, Bundle>>);

impl CompiledBundles {
    fn kept(&self) -> MutexGuard<'_, BTreeMap<BundleHash, Bundle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rule set of that hash, where it is kept.
    pub(super) fn find(&self, hash: BundleHash) -> Option<Bundle> {
        self.kept().get(&hash).cloned()
    }

    /// Keeps a rule set. Where there are too many, all others are given up: those in use come back.
    pub(super) fn keep(&self, bundle: Bundle) {
        let mut kept = self.kept();
        let is_full = kept.len() >= limits::COMPILED_BUNDLES_MAX;
        if is_full && !kept.contains_key(&bundle.hash()) {
            kept.clear();
        }
        kept.insert(bundle.hash(), bundle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(version: usize) -> Bundle {
        let source = format!(
            "[rule_set]\nname = 't'\nversion = '{version}'\nkind = 'payment'\n\
             currency = 'USD'\n[approve]\nwhen = 'true'\n"
        );
        Bundle::publish(source.as_bytes()).unwrap()
    }

    #[test]
    fn so_many_are_kept_and_no_more() {
        let (kept, max) = (CompiledBundles::default(), limits::COMPILED_BUNDLES_MAX);
        let all: Vec<_> = (0..=max).map(bundle).collect();
        for bundle in &all[..max] {
            kept.keep(bundle.clone());
        }
        // What is kept takes no more room.
        kept.keep(all[0].clone());
        assert!(all[..max].iter().all(|one| kept.find(one.hash()).is_some()));
        kept.keep(all[max].clone());
        assert!(kept.find(all[max].hash()).is_some());
        assert!(kept.find(all[0].hash()).is_none());
    }
}
