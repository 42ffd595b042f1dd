//! Deciding again from what is recorded.
//!
//! [`reproduce`] reads each decision's application, snapshots, rule set and pins back from the
//! ledger, makes the same call of [`engine::decide`] again and compares the bodies byte for byte.
//! It has no way of deciding of its own.

mod difference;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use rayon::prelude::*;

use crate::application::ApplicationWithAccounts;
use crate::decision::{DecisionBody, DecisionInput, Pins, SEMANTICS};
use crate::engine;
use crate::id::{DecisionId, TenantId};
use crate::ledger::{DecisionRecord, LedgerError, Problem, SqliteLedger, StoredBundle};
use crate::limits;
use crate::rules::{Bundle, BundleHash};
use crate::snapshot::{Snapshot, SnapshotHash, unseal};

pub use difference::ChangedField;

/// Decisions in memory at once.
const STEP: usize = 64;

/// A recorded decision with all that it was made from, proven.
#[derive(Debug, Clone)]
struct Recorded {
    record: DecisionRecord,
    /// What was asked, with the accounts that were found for it then.
    application: ApplicationWithAccounts,
    /// In the order of its pins.
    snapshots: Vec<Snapshot>,
    /// In the same order.
    hashes: Vec<SnapshotHash>,
}

impl Recorded {
    fn pins(&self) -> &Pins {
        &self.record.body.pins
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
/// `progress` is called with the decisions done and their total. Blocks, and uses all processors;
/// decisions recorded after the start are left out.
pub fn reproduce(
    ledger: &SqliteLedger,
    tenant: &TenantId,
    progress: impl Fn(u64, u64),
) -> Result<ReplayReport, LedgerError> {
    let open = |stored: &StoredBundle| {
        Bundle::from_bytes(&stored.bytes).map_err(|_| "this engine does not accept it any more")
    };
    let decide = |recorded: &Recorded, bundle: &Bundle| {
        engine::decide(&DecisionInput {
            application: &recorded.application,
            snapshots: &recorded.snapshots,
            hashes: &recorded.hashes,
            bundle,
            as_of: recorded.pins().as_of,
            seed: recorded.pins().seed,
            settings: recorded.pins().settings(),
        })
    };
    reproduce_with(ledger, tenant, open, decide, progress)
}

/// [`reproduce`] with its engine as an argument: `open` makes a usable rule set of a stored one,
/// once for each, and `decide` decides.
fn reproduce_with<B, OpenError, DecideError>(
    ledger: &SqliteLedger,
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
    let (end, total) = (ledger.head()?.seq, ledger.count(tenant)?);
    let mut report = ReplayReport::default();
    let mut bundles = BTreeMap::new();
    let mut after = 0;
    loop {
        let mut page = ledger.history(tenant, after, STEP)?;
        page.retain(|(seq, _)| *seq <= end);
        let Some(&(last, _)) = page.last() else {
            return Ok(report);
        };
        open_bundles(ledger, tenant, &page, &open, &mut bundles);
        let compared: Vec<(String, Compared)> = page
            .into_par_iter()
            .map(|(seq, record)| again(ledger, seq, record, &bundles, &decide))
            .collect();
        for (record, result) in compared {
            report.add(record, result);
        }
        progress(report.total, total.max(report.total));
        after = last;
    }
}

type Page = [(u64, Result<DecisionRecord, LedgerError>)];

/// Opens the rule sets that a page needs and that are not open.
fn open_bundles<B, E: fmt::Display>(
    ledger: &SqliteLedger,
    tenant: &TenantId,
    page: &Page,
    open: &impl Fn(&StoredBundle) -> Result<B, E>,
    bundles: &mut BTreeMap<BundleHash, Result<B, String>>,
) {
    for (_, record) in page {
        let Ok(record) = record else { continue };
        let hash = record.body.pins.rule_set.bundle;
        bundles.entry(hash).or_insert_with(|| {
            let stored = ledger
                .blocking_bundle(tenant, hash)
                .map_err(|error| error.to_string())?
                .ok_or_else(|| format!("its bundle {hash} is missing"))?;
            open(&stored).map_err(|error| format!("its bundle {hash} cannot be used: {error}"))
        });
    }
}

fn again<B, E: fmt::Display>(
    ledger: &SqliteLedger,
    seq: u64,
    record: Result<DecisionRecord, LedgerError>,
    bundles: &BTreeMap<BundleHash, Result<B, String>>,
    decide: &impl Fn(&Recorded, &B) -> Result<DecisionBody, E>,
) -> (String, Compared) {
    let record = match record {
        Ok(record) => record,
        Err(LedgerError::Damaged { record, problem }) => {
            return (record, Compared::Failed(problem));
        }
        Err(other) => return (seq.to_string(), Compared::Failed(other.to_string())),
    };
    let name = format!("{seq} ({})", record.id);
    let semantics = record.body.pins.semantics;
    if semantics != SEMANTICS {
        return (name, Compared::OtherSemantics(semantics));
    }
    let compared = read_back(ledger, record).and_then(|recorded| {
        let bundle = match bundles.get(&recorded.pins().rule_set.bundle) {
            Some(Ok(bundle)) => bundle,
            Some(Err(problem)) => return Err(problem.clone()),
            None => return Err("its bundle was not opened".to_owned()),
        };
        let fresh = decide(&recorded, bundle)
            .map_err(|error| format!("it cannot be decided again: {error}"))?;
        compare(seq, &recorded.record, fresh)
    });
    (name, compared.unwrap_or_else(Compared::Failed))
}

/// The decision with its snapshots, each proven to be the one that was pinned.
fn read_back(ledger: &SqliteLedger, record: DecisionRecord) -> Result<Recorded, String> {
    let pins = &record.body.pins.snapshots;
    let (mut snapshots, mut hashes) = (Vec::new(), Vec::new());
    for pin in pins {
        let sealed = ledger
            .blocking_snapshot(&record.tenant, pin.hash)
            .map_err(|error| error.to_string())?
            .ok_or_else(|| format!("its snapshot {} is missing", pin.hash))?;
        let snapshot = unseal(&sealed)
            .map_err(|error| format!("its snapshot {} cannot be used: {error}", pin.hash))?;
        snapshots.push(snapshot);
        hashes.push(pin.hash);
    }
    let accounts = record.body.pins.accounts(&record.application);
    let accounts = accounts.ok_or("its pins name an applicant whom its application has not")?;
    Ok(Recorded {
        application: record.application.with_accounts(accounts),
        record,
        snapshots,
        hashes,
    })
}

/// Compares the canonical bytes. The release that decided may differ: what a release may change
/// is what raises the semantics.
fn compare(seq: u64, record: &DecisionRecord, mut fresh: DecisionBody) -> Result<Compared, String> {
    fresh
        .pins
        .engine_version
        .clone_from(&record.body.pins.engine_version);
    let unwritable = |_| "its body cannot be written as JSON".to_owned();
    let old = record.body.to_bytes().map_err(unwritable)?;
    let new = fresh.to_bytes().map_err(unwritable)?;
    if old == new {
        return Ok(Compared::Equal);
    }
    let unreadable = |_| "its body cannot be read as JSON".to_owned();
    let old = serde_json::from_slice(&old).map_err(unreadable)?;
    let new = serde_json::from_slice(&new).map_err(unreadable)?;
    let (changed_fields, changed_fields_total) = difference::changed_fields(&old, &new);
    Ok(Compared::Different(Difference {
        seq,
        decision: record.id.clone(),
        changed_fields,
        changed_fields_total,
    }))
}
