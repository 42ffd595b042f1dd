//! Past decisions read back from the ledger: page by page, proven, and those that are meant.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use rayon::prelude::*;
use tokio::task::JoinHandle;

use super::PastDecision;
use super::selection::{Sampler, Selection};
use crate::id::TenantId;
use crate::ledger::{Ledger, LedgerError, SealedDecision, Snapshots};
use crate::rules::{Bundle, BundleHash, Verdict};

/// Decisions in memory at once, with their snapshots. The samples that tests read are few.
const PAGE: usize = if cfg!(test) { 16 } else { 64 };
/// The same without: one is about 30 KB.
const BARE_PAGE: usize = 256;

/// Whose decisions are read, and where.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Where.
    pub ledger: &'a Arc<dyn Ledger>,
    /// Whose.
    pub tenant: &'a TenantId,
}

type NextPage = JoinHandle<Result<Vec<SealedDecision>, LedgerError>>;

/// The decisions up to a position in the chain, oldest first, page by page; the next is read beside
/// whatever is done with one.
pub struct Pages<'a> {
    source: Source<'a>,
    snapshots: Snapshots,
    end: u64,
    next: NextPage,
}

impl<'a> Pages<'a> {
    /// Begins to read. What is recorded after the position `end` is left out.
    pub fn new(source: Source<'a>, snapshots: Snapshots, end: u64) -> Self {
        Self {
            source,
            snapshots,
            end,
            next: read_page(source, 0, snapshots),
        }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    ///
    /// A ledger that cannot be read. One damaged record is none: it is told by whoever opens it.
    pub async fn next(&mut self) -> Result<Option<Vec<SealedDecision>>, LedgerError> {
        let mut page = (&mut self.next).await.map_err(|_| LedgerError::Closed)??;
        page.retain(|sealed| sealed.seq() <= self.end);
        let Some(last) = page.last() else {
            return Ok(None);
        };
        self.next = read_page(self.source, last.seq(), self.snapshots);
        Ok(Some(page))
    }
}

fn read_page(source: Source<'_>, after: u64, snapshots: Snapshots) -> NextPage {
    let (ledger, tenant) = (Arc::clone(source.ledger), source.tenant.clone());
    let size = match snapshots {
        Snapshots::Along => PAGE,
        Snapshots::LeftOut => BARE_PAGE,
    };
    tokio::spawn(async move { ledger.history(&tenant, after, size, snapshots).await })
}

/// The rule sets that decided, each read once; `None` where one is not there, or not usable any more.
#[derive(Debug, Default)]
pub struct LiveBundles(BTreeMap<BundleHash, Option<Bundle>>);

impl LiveBundles {
    /// The rule set of that hash.
    ///
    /// # Errors
    ///
    /// A ledger that cannot be read; damage of the bundle is none.
    pub async fn get(
        &mut self,
        source: Source<'_>,
        hash: BundleHash,
    ) -> Result<Option<&Bundle>, LedgerError> {
        let bundle = match self.0.entry(hash) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let stored = match source.ledger.bundle(source.tenant, hash).await {
                    Err(LedgerError::Damaged { .. }) => None,
                    stored => stored?,
                };
                new.insert(stored.and_then(|stored| Bundle::from_bytes(&stored.bytes).ok()))
            }
        };
        Ok(bundle.as_ref())
    }
}

/// How many decisions were looked at, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// Looked at.
    pub total: u64,
    /// Of those, taken.
    pub taken: u64,
    /// Of which it is not known whether they are meant.
    pub unknown: u64,
    /// That cannot be read, and so cannot be told to be meant or not: how each is named, and what is
    /// wrong with it; at most [`crate::limits::LEDGER_PROBLEMS_MAX`].
    pub unreadable: Vec<(String, String)>,
    /// How many those are.
    pub unreadable_total: u64,
}

/// Hands `each` every decision that is meant, oldest first, with the rule set that decided, where there
/// still is one. It stops where `each` says so by an error of its own.
///
/// # Errors
///
/// A ledger that cannot be read at all, or what `each` says.
pub async fn read_taken<E: From<LedgerError>>(
    source: Source<'_>,
    selection: &Selection,
    mut each: impl FnMut(&PastDecision, Option<&Bundle>) -> Result<(), E>,
) -> Result<Looked, E> {
    let end = source.ledger.head().await?.seq;
    let drawn = drawn(source, selection, end, || ControlFlow::Continue(()));
    let ControlFlow::Continue(drawn) = drawn.await? else {
        return Ok(Looked::default());
    };
    let mut looked = Looked::default();
    let mut bundles = LiveBundles::default();
    let mut pages = Pages::new(source, Snapshots::LeftOut, end);
    while let Some(page) = pages.next().await? {
        for (seq, name, past) in opened(page) {
            looked.total = looked.total.saturating_add(1);
            if drawn.as_ref().is_some_and(|drawn| !drawn.contains(&seq)) {
                continue;
            }
            match past {
                Ok(past) => {
                    let live = bundles.get(source, past.rule_set.bundle).await?;
                    // A defect of the engine says nothing about the decision.
                    match selection.takes(&past, live).unwrap_or(Verdict::Unknown) {
                        Verdict::True => {
                            looked.taken = looked.taken.saturating_add(1);
                            each(&past, live)?;
                        }
                        Verdict::False => {}
                        Verdict::Unknown => looked.unknown = looked.unknown.saturating_add(1),
                    }
                }
                Err(problem) => {
                    looked.unreadable_total = looked.unreadable_total.saturating_add(1);
                    if looked.unreadable.len() < crate::limits::LEDGER_PROBLEMS_MAX {
                        looked.unreadable.push((name, problem));
                    }
                }
            }
        }
    }
    Ok(looked)
}

/// The positions of the sample that a selection asks for, of the decisions that are meant, up to a position in
/// the chain; none where it asks for no sample. A record that cannot be read is in it, and so is one of which it
/// is not known whether it is meant: whoever counts says so. `progress` is called after each page; where it
/// breaks, nothing is drawn.
///
/// # Errors
///
/// A ledger that cannot be read at all.
pub async fn drawn(
    source: Source<'_>,
    selection: &Selection,
    end: u64,
    mut progress: impl FnMut() -> ControlFlow<()>,
) -> Result<ControlFlow<(), Option<BTreeSet<u64>>>, LedgerError> {
    let Some(sample) = selection.sample else {
        return Ok(ControlFlow::Continue(None));
    };
    let mut sampler = Sampler::new(sample);
    let mut kept = BTreeSet::new();
    let mut bundles = LiveBundles::default();
    let mut pages = Pages::new(source, Snapshots::LeftOut, end);
    while let Some(page) = pages.next().await? {
        for (seq, _, past) in opened(page) {
            let Ok(past) = past else {
                kept.insert(seq);
                continue;
            };
            let live = bundles.get(source, past.rule_set.bundle).await?;
            match selection.takes(&past, live) {
                Ok(Verdict::True) => sampler.show(&past),
                Ok(Verdict::False) => {}
                Ok(Verdict::Unknown) | Err(_) => {
                    kept.insert(seq);
                }
            }
        }
        if progress().is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    let mut drawn = sampler.drawn();
    drawn.append(&mut kept);
    Ok(ControlFlow::Continue(Some(drawn)))
}

/// The decisions of a page, each with its position, its name, and what is wrong with it where it cannot be
/// read.
fn opened(page: Vec<SealedDecision>) -> Vec<(u64, String, Result<PastDecision, String>)> {
    let open = |sealed: SealedDecision| {
        let (seq, name) = (sealed.seq(), sealed.name());
        let past = sealed.read_in_brief().and_then(|record| {
            let past = PastDecision::of(record);
            past.ok_or_else(|| "its features are not those of this engine's table".to_owned())
        });
        (seq, name, past)
    };
    page.into_par_iter().map(open).collect()
}
