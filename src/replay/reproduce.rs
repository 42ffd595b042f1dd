//! Deciding again from what is recorded.
//!
//! [`reproduce`] reads each decision's application, snapshots, rule set and pins back from the
//! ledger, makes the same call of [`engine::decide`] again and compares the bodies byte for byte.
//! It has no way of deciding of its own.

mod difference;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::Value as Json;
use tokio::task::JoinHandle;

use crate::application::{Application, ApplicationWithAccounts};
use crate::decision::{AccountInput, DecisionBody, Pins, SEMANTICS, named};
use crate::engine::{self, EngineError};
use crate::id::{DecisionId, TenantId};
use crate::ledger::{
    Ledger, LedgerError, OpenedDecision, Problem, SealedDecision, Snapshots, StoredBundle,
};
use crate::limits;
use crate::rules::{Bundle, BundleHash};
use crate::snapshot::{Snapshot, SnapshotHash, unseal};

pub use difference::ChangedField;

/// Decisions in memory at once.
const STEP: usize = 64;

/// A recorded decision with all that it was made from, proven.
#[derive(Debug)]
pub(super) struct Recorded {
    id: DecisionId,
    /// The canonical body: read whole only where deciding again gives another one.
    bytes: Vec<u8>,
    pins: Pins,
    /// What was asked, with the accounts that were found for it then.
    application: ApplicationWithAccounts,
    /// Each with its hash, in the order of its pins.
    snapshots: Vec<(Snapshot, SnapshotHash)>,
}

impl Recorded {
    /// Decides it by a rule set: by that which decided, it is the same call again.
    pub(super) fn decide(&self, bundle: &Bundle) -> Result<DecisionBody, EngineError> {
        let snapshots = self.snapshots.iter();
        let snapshots = snapshots.map(|(snapshot, hash)| (snapshot, *hash));
        let accounts = AccountInput::of(&self.application, snapshots);
        let accounts = accounts.ok_or(EngineError::OtherAccounts)?;
        engine::decide(&self.pins.input(&self.application, &accounts, bundle))
    }
}

/// What deciding again gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayReport {
    /// Decisions looked at.
    pub total: u64,
    /// Decisions that came out byte for byte as recorded.
    pub reproduced: u64,
    /// Decisions that came out differently.
    pub different: u64,
    /// The first of those, oldest first; at most [`limits::REPLAY_DIFFERENCES_MAX`].
    pub differing: Vec<Difference>,
    /// Decisions made under other semantics than this engine's, by their number. They are not
    /// decided again: their features mean something else.
    pub other_semantics: BTreeMap<u32, u64>,
    /// Decisions that could not be decided again.
    pub failed: u64,
    /// The first of those and why, oldest first; at most [`limits::LEDGER_PROBLEMS_MAX`].
    pub problems: Vec<Problem>,
}

impl ReplayReport {
    /// Whether every decision of these semantics came out as recorded.
    pub fn is_faithful(&self) -> bool {
        self.different == 0 && self.failed == 0
    }

    fn add(&mut self, record: String, result: Compared) {
        self.total = self.total.saturating_add(1);
        match result {
            Compared::Equal => self.reproduced = self.reproduced.saturating_add(1),
            Compared::Different(difference) => {
                self.different = self.different.saturating_add(1);
                if self.differing.len() < limits::REPLAY_DIFFERENCES_MAX {
                    self.differing.push(difference);
                }
            }
            Compared::OtherSemantics(number) => {
                let count = self.other_semantics.entry(number).or_default();
                *count = count.saturating_add(1);
            }
            Compared::Failed(problem) => {
                self.failed = self.failed.saturating_add(1);
                if self.problems.len() < limits::LEDGER_PROBLEMS_MAX {
                    self.problems.push(Problem { record, problem });
                }
            }
        }
    }
}

/// A decision that came out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its position in the chain.
    pub seq: u64,
    /// The decision.
    pub decision: DecisionId,
    /// Where the bodies differ, in their order; at most [`limits::REPLAY_PLACES_MAX`].
    pub changed_fields: Vec<ChangedField>,
    /// How many such fields there are.
    pub changed_fields_total: usize,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}):", self.seq, self.decision)?;
        for place in &self.changed_fields {
            write!(f, "\n  {place}")?;
        }
        match self
            .changed_fields_total
            .saturating_sub(self.changed_fields.len())
        {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

enum Compared {
    Equal,
    Different(Difference),
    OtherSemantics(u32),
    Failed(String),
}

/// Decides every decision of `tenant` again and compares.
///
/// `progress` is called with the decisions done and their total. Uses all processors between its
/// reads, which go on meanwhile: it is for a thread of its own. Decisions recorded after the start
/// are left out.
pub async fn reproduce(
    ledger: &Arc<dyn Ledger>,
    tenant: &TenantId,
    progress: impl Fn(u64, u64),
) -> Result<ReplayReport, LedgerError> {
    let open = |stored: &StoredBundle| {
        Bundle::from_bytes(&stored.bytes).map_err(|_| "this engine does not accept it any more")
    };
    reproduce_with(ledger, tenant, open, Recorded::decide, progress).await
}

/// [`reproduce`] with its engine as an argument: `open` makes a usable rule set of a stored one,
/// once for each, and `decide` decides.
async fn reproduce_with<B, OpenError, DecideError>(
    ledger: &Arc<dyn Ledger>,
    tenant: &TenantId,
    open: impl Fn(&StoredBundle) -> Result<B, OpenError>,
    decide: impl Fn(&Recorded, &B) -> Result<DecisionBody, DecideError> + Sync,
    progress: impl Fn(u64, u64),
) -> Result<ReplayReport, LedgerError>
where
    B: Sync,
    OpenError: fmt::Display,
    DecideError: fmt::Display,
{
    let (end, total) = (ledger.head().await?.seq, ledger.count(tenant).await?);
    let mut report = ReplayReport::default();
    let mut bundles = BTreeMap::new();
    let mut next = read_page(ledger, tenant, 0);
    loop {
        let mut page = next.await.map_err(|_| LedgerError::Closed)??;
        page.retain(|sealed| sealed.seq() <= end);
        let Some(last) = page.last() else {
            return Ok(report);
        };
        // Read while this page is decided.
        next = read_page(ledger, tenant, last.seq());
        let read: Vec<Read> = page.into_par_iter().map(Read::back).collect();
        for read in &read {
            if let Ok(recorded) = &read.recorded {
                let hash = recorded.pins.rule_set.bundle;
                if let Entry::Vacant(vacant) = bundles.entry(hash) {
                    vacant.insert(open_bundle(ledger, tenant, hash, &open).await);
                }
            }
        }
        let compared: Vec<(String, Compared)> = read
            .into_par_iter()
            .map(|read| read.again(&bundles, &decide))
            .collect();
        for (record, result) in compared {
            report.add(record, result);
        }
        progress(report.total, total.max(report.total));
    }
}

type NextPage = JoinHandle<Result<Vec<SealedDecision>, LedgerError>>;

/// Reads a page beside whatever else is done.
fn read_page(ledger: &Arc<dyn Ledger>, tenant: &TenantId, after: u64) -> NextPage {
    let (ledger, tenant) = (Arc::clone(ledger), tenant.clone());
    tokio::spawn(async move { ledger.history(&tenant, after, STEP, Snapshots::Along).await })
}

/// A rule set that decides again, and the names for where its decisions differ.
struct OpenBundle<B> {
    rule_set: B,
    /// Null where the ledger has none; differences are then told by position.
    layout: Json,
}

/// Opens a rule set.
async fn open_bundle<B, E: fmt::Display>(
    ledger: &Arc<dyn Ledger>,
    tenant: &TenantId,
    hash: BundleHash,
    open: &impl Fn(&StoredBundle) -> Result<B, E>,
) -> Result<OpenBundle<B>, String> {
    let stored = ledger.bundle(tenant, hash).await;
    let stored = stored
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("its bundle {hash} is missing"))?;
    let rule_set =
        open(&stored).map_err(|error| format!("its bundle {hash} cannot be used: {error}"))?;
    let layout = ledger.layout(tenant, hash, SEMANTICS).await;
    let layout = layout.map_err(|error| error.to_string())?;
    let layout = layout.and_then(|layout| serde_json::from_slice(&layout.bytes).ok());
    Ok(OpenBundle {
        rule_set,
        layout: layout.unwrap_or_default(),
    })
}

/// A decision that was read back, or why it could not be.
struct Read {
    seq: u64,
    name: String,
    recorded: Result<Recorded, String>,
}

impl Read {
    fn back(sealed: SealedDecision) -> Self {
        let (seq, name) = (sealed.seq(), sealed.name());
        let recorded = sealed.open().and_then(read_back);
        Self {
            seq,
            name,
            recorded,
        }
    }

    fn again<B, E: fmt::Display>(
        self,
        bundles: &BTreeMap<BundleHash, Result<OpenBundle<B>, String>>,
        decide: &impl Fn(&Recorded, &B) -> Result<DecisionBody, E>,
    ) -> (String, Compared) {
        let seq = self.seq;
        let compared = self.recorded.and_then(|recorded| {
            let semantics = recorded.pins.semantics;
            if semantics != SEMANTICS {
                return Ok(Compared::OtherSemantics(semantics));
            }
            let bundle = match bundles.get(&recorded.pins.rule_set.bundle) {
                Some(Ok(bundle)) => bundle,
                Some(Err(problem)) => return Err(problem.clone()),
                None => return Err("its bundle was not opened".to_owned()),
            };
            let fresh = decide(&recorded, &bundle.rule_set)
                .map_err(|error| format!("it cannot be decided again: {error}"))?;
            compare(seq, &recorded, fresh, &bundle.layout)
        });
        (self.name, compared.unwrap_or_else(Compared::Failed))
    }
}

/// The decision with its snapshots, each proven to be the one that was pinned.
pub(super) fn read_back(opened: OpenedDecision) -> Result<Recorded, String> {
    let unreadable = "its content is not in a form that this engine reads";
    let asked = serde_json::from_slice::<Application>(opened.application());
    let pins = DecisionBody::pins_of(opened.body());
    let (Ok(asked), Ok(pins)) = (asked, pins) else {
        return Err(unreadable.to_owned());
    };
    let pinned = pins.snapshots.iter().map(|pin| &pin.hash);
    if !pinned.eq(opened.snapshots.iter().map(|one| &one.hash)) {
        return Err("it is linked to other snapshots than its body pins".to_owned());
    }
    let snapshots = opened.snapshots.iter().map(|sealed| {
        let hash = sealed.hash;
        match unseal(sealed) {
            Ok(snapshot) => Ok((snapshot, hash)),
            Err(error) => Err(format!("its snapshot {hash} cannot be used: {error}")),
        }
    });
    let snapshots = snapshots.collect::<Result<Vec<_>, String>>()?;
    let accounts = pins.accounts(&asked);
    let accounts = accounts.ok_or("its pins name an applicant whom its application has not")?;
    Ok(Recorded {
        application: Arc::new(asked).with_accounts(accounts),
        bytes: opened.body().to_vec(),
        id: opened.id,
        pins,
        snapshots,
    })
}

/// Compares the canonical bytes. The release that decided may differ: what a release may change
/// is what raises the semantics.
fn compare(
    seq: u64,
    recorded: &Recorded,
    mut fresh: DecisionBody,
    layout: &Json,
) -> Result<Compared, String> {
    let engine_version = &recorded.pins.engine_version;
    fresh.pins.engine_version.clone_from(engine_version);
    let new = fresh
        .to_bytes()
        .map_err(|_| "its body cannot be written as JSON".to_owned())?;
    let old = &recorded.bytes;
    if *old == new {
        return Ok(Compared::Equal);
    }
    let unreadable = |_| "its body cannot be read as JSON".to_owned();
    let read = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).map_err(unreadable);
    let (old, new) = (named(&read(old)?, layout), named(&read(&new)?, layout));
    let (changed_fields, changed_fields_total) = difference::changed_fields(&old, &new);
    Ok(Compared::Different(Difference {
        seq,
        decision: recorded.id.clone(),
        changed_fields,
        changed_fields_total,
    }))
}
