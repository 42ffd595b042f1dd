//! The rule sets that decided, each opened once.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::finding::FindingClass;
use crate::decision::SEMANTICS;
use crate::ledger::{Damage, LedgerError};
use crate::portfolio::Source;
use crate::rules::{Bundle, BundleHash};

/// The rule sets that decided, each opened once.
pub(super) struct Bundles<'a> {
    source: Source<'a>,
    open: BTreeMap<BundleHash, Result<OpenBundle, BundleProblem>>,
}

/// A rule set that decides again, and the names for where its decisions differ.
struct OpenBundle {
    rule_set: Bundle,
    /// Null where the ledger has none that can be read; differences are then told by position.
    layout: Json,
}

/// Why a rule set cannot decide again.
#[derive(Debug, Clone)]
pub(super) struct BundleProblem {
    pub(super) class: FindingClass,
    pub(super) problem: String,
}

impl<'a> Bundles<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self {
            source,
            open: BTreeMap::new(),
        }
    }

    /// Opens a rule set, unless that was done.
    ///
    /// # Errors
    ///
    /// A ledger that cannot be read; a damaged or missing rule set is none.
    pub(super) async fn open(&mut self, hash: BundleHash) -> Result<(), LedgerError> {
        if !self.open.contains_key(&hash) {
            let opened = self.read(hash).await?;
            self.open.insert(hash, opened);
        }
        Ok(())
    }

    /// A rule set that was opened.
    pub(super) fn rule_set(&self, hash: BundleHash) -> Result<&Bundle, BundleProblem> {
        match self.open.get(&hash) {
            Some(Ok(open)) => Ok(&open.rule_set),
            Some(Err(problem)) => Err(problem.clone()),
            None => Err(missing(hash)),
        }
    }

    /// The layout of its decisions.
    pub(super) fn layout(&self, hash: BundleHash) -> &Json {
        match self.open.get(&hash) {
            Some(Ok(open)) => &open.layout,
            Some(Err(_)) | None => &Json::Null,
        }
    }

    async fn read(
        &self,
        hash: BundleHash,
    ) -> Result<Result<OpenBundle, BundleProblem>, LedgerError> {
        let Source { ledger, tenant } = self.source;
        let stored = match ledger.bundle(tenant, hash).await {
            Err(error @ LedgerError::Damaged { .. }) => return Ok(Err(damaged(&error))),
            stored => stored?,
        };
        let Some(stored) = stored else {
            return Ok(Err(missing(hash)));
        };
        let Ok(rule_set) = Bundle::from_bytes(&stored.bytes) else {
            return Ok(Err(BundleProblem {
                class: FindingClass::BundleRefused,
                problem: format!("this engine does not accept its bundle {hash} any more"),
            }));
        };
        let layout = match ledger.layout(tenant, hash, SEMANTICS).await {
            // The proof of the chain names it.
            Err(LedgerError::Damaged { .. }) => None,
            layout => layout?,
        };
        let layout = layout.and_then(|layout| serde_json::from_slice(&layout.bytes).ok());
        Ok(Ok(OpenBundle {
            rule_set,
            layout: layout.unwrap_or_default(),
        }))
    }
}

fn missing(hash: BundleHash) -> BundleProblem {
    BundleProblem {
        class: FindingClass::Damaged(Damage::Bundle),
        problem: format!("its bundle {hash} is missing"),
    }
}

fn damaged(error: &LedgerError) -> BundleProblem {
    BundleProblem {
        class: FindingClass::Damaged(Damage::Data),
        problem: format!("its bundle cannot be read: {error}"),
    }
}
