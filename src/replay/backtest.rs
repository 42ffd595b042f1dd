//! What candidates would have decided on past applications, against what was live.
//!
//! Each recorded decision is judged by [`PastDecision::decide_by`], on what was recorded of it; by
//! [`crate::engine::decide`] on its bank data where a candidate reads descriptions by other phrases or asks
//! for a forecast that was not asked for then. What it came to is counted ([`Backtest`]) in memory that does
//! not grow with the decisions.

mod book;
mod counts;
mod explain;
mod finish;
mod flips;
mod headline;
mod judge;
mod line;
mod loans;
mod names;
mod offers;
mod performance;
mod report;
mod setup;
mod spread;
#[cfg(test)]
mod tests;
mod total;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rayon::prelude::*;
use tokio::task::JoinHandle;

use self::counts::Counts;
use self::explain::{Read, explain};
use self::finish::finish;
use self::flips::Flipped;
use self::judge::{LiveRuleSets, Open, judge_all, judge_from_snapshots};
use self::names::Named;
use self::setup::{Candidate, Setup};
use super::read_back;
use crate::decision::{DecisionBody, SEMANTICS};
use crate::id::{RuleSetName, TenantId};
use crate::ledger::{Filter, Ledger, LedgerError, ListOrder, SealedDecision, Snapshots};
use crate::limits;
use crate::portfolio::PastDecision;
use crate::rules::{Bundle, BundleHash};

pub use book::{LoanBook, LoanEntry};
pub use line::{Came, CandidateLine, Line, ReasonLine};
pub use performance::{BadLoan, LoansLeftOut, Performance, ScorePower, SwapSet, TierLoans};
pub use report::{
    Backtest, CandidateName, Cause, ComparedValue, Comparison, DamagedRecord, Drift, Explained,
    Flip, FlipGroup, Flips, Flow, LeftOut, Live, NotDecidable, OfferChanges, Offers, OutcomeRates,
    Population, Responsible, RuleHits, Scores, Side, TierOffers,
};
pub use spread::{Moved, MovedBin, MovedVerdict, SPREAD_PARTS, Spread};
pub use total::Total;

/// What is to be compared.
#[derive(Debug)]
pub struct Plan {
    /// The candidates, each with how it was given; at most [`limits::BACKTEST_CANDIDATES_MAX`].
    pub candidates: Vec<(Bundle, String)>,
    /// Which decisions.
    pub chosen: Chosen,
    /// What is known of loans, where anything is.
    pub loans: Option<LoanBook>,
}

/// Which decisions are compared: every field narrows.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// Recorded at or after.
    pub from: Option<DateTime<Utc>>,
    /// Recorded before.
    pub until: Option<DateTime<Utc>>,
    /// Decided under this name.
    pub rule_set: Option<RuleSetName>,
}

impl Chosen {
    fn takes(&self, at: DateTime<Utc>, rule_set: &str) -> bool {
        self.from.is_none_or(|from| at >= from)
            && self.until.is_none_or(|until| at < until)
            && self
                .rule_set
                .as_ref()
                .is_none_or(|name| name.as_str() == rule_set)
    }
}

/// Compares candidates with what was live, over the decisions of a tenant.
///
/// `progress` is called with the records read and their total; `line`, where it is given, with each
/// decision that is compared, in the order of the chain. It takes all processors between its reads, which go
/// on meanwhile: it is for a thread of its own. Decisions recorded after the start are left out.
///
/// # Errors
///
/// Those of the ledger and of `line`. A damaged record is none: it is counted and named.
pub async fn backtest<E: From<LedgerError>>(
    ledger: &Arc<dyn Ledger>,
    tenant: &TenantId,
    plan: Plan,
    progress: impl Fn(u64, u64),
    mut line: Option<&mut dyn FnMut(&Line) -> Result<(), E>>,
) -> Result<Backtest, E> {
    let half = second_half_from(&**ledger, tenant, &plan.chosen).await?;
    let setup = Setup::new(plan.candidates, half, plan.loans);
    let (end, total) = (ledger.head().await?.seq, ledger.count(tenant).await?);
    let mut run = Run {
        ledger: Arc::clone(ledger),
        tenant: tenant.clone(),
        chosen: plan.chosen,
        counts: Counts::new(&setup),
        setup,
        live: BTreeMap::new(),
    };
    let mut next = run.read_page(0);
    let mut done = 0_u64;
    loop {
        let mut page = next.await.map_err(|_| LedgerError::Closed)??;
        page.retain(|sealed| sealed.seq() <= end);
        let Some(last) = page.last() else { break };
        // Read while this page is judged.
        next = run.read_page(last.seq());
        done = done.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
        let lines = run.page(page, line.is_some()).await?;
        if let Some(line) = &mut line {
            lines.iter().try_for_each(line)?;
        }
        progress(done, total.max(done));
    }
    Ok(run.finish().await?)
}

/// The moment between the first decision and the last, where there are two.
async fn second_half_from(
    ledger: &dyn Ledger,
    tenant: &TenantId,
    chosen: &Chosen,
) -> Result<Option<DateTime<Utc>>, LedgerError> {
    let filter = Filter {
        from: chosen.from,
        until: chosen.until,
        rule_set: chosen.rule_set.clone(),
        ..Filter::default()
    };
    let mut ends = Vec::new();
    for order in [ListOrder::OldestFirst, ListOrder::NewestFirst] {
        let page = ledger.list(tenant, &filter, order, None, 1).await?;
        let found = page.decisions.first();
        ends.extend(found.map(|record| record.envelope.recorded_at));
    }
    let [first, last] = ends[..] else {
        return Ok(None);
    };
    let half = last.signed_duration_since(first) / 2;
    Ok((first < last)
        .then(|| first.checked_add_signed(half))
        .flatten())
}

type NextPage = JoinHandle<Result<Vec<SealedDecision>, LedgerError>>;

/// A backtest under way.
struct Run {
    ledger: Arc<dyn Ledger>,
    tenant: TenantId,
    chosen: Chosen,
    setup: Setup,
    counts: Counts,
    live: LiveRuleSets,
}

impl Run {
    /// Reads a page beside whatever else is done.
    fn read_page(&self, after: u64) -> NextPage {
        let (ledger, tenant) = (Arc::clone(&self.ledger), self.tenant.clone());
        let size = limits::BACKTEST_PAGE_SIZE;
        tokio::spawn(async move {
            ledger
                .history(&tenant, after, size, Snapshots::LeftOut)
                .await
        })
    }

    /// Judges and counts a page. Gives its lines, where they are wanted.
    async fn page(
        &mut self,
        page: Vec<SealedDecision>,
        wants_lines: bool,
    ) -> Result<Vec<Line>, LedgerError> {
        let read = page.into_par_iter().map(read);
        let read: Vec<(String, Result<Found, String>)> = read.collect();
        let mut decisions = Vec::with_capacity(read.len());
        for (name, found) in read {
            match found {
                Ok(found) => decisions.extend(self.choose(found)),
                Err(problem) => self.counts.population.damaged(name, problem),
            }
        }
        self.open_bundles(decisions.iter().map(|past| past.rule_set.bundle))
            .await?;
        let live = std::mem::take(&mut self.live);
        let lines = self.judge(decisions, &live, wants_lines).await;
        self.live = live;
        lines
    }

    /// Whether a decision is compared; one that is not is counted.
    fn choose(&mut self, found: Found) -> Option<PastDecision> {
        if !self.chosen.takes(found.recorded_at, &found.rule_set) {
            return None;
        }
        let population = &mut self.counts.population;
        population.selected = population.selected.saturating_add(1);
        let left_out = &mut population.left_out;
        if found.resolves {
            left_out.resolutions = left_out.resolutions.saturating_add(1);
            return None;
        }
        if found.past.is_none() {
            let count = left_out.other_semantics.entry(found.semantics);
            let count = count.or_default();
            *count = count.saturating_add(1);
        }
        found.past
    }

    /// Opens the rule sets that are not open yet.
    async fn open_bundles(
        &mut self,
        hashes: impl Iterator<Item = BundleHash>,
    ) -> Result<(), LedgerError> {
        for hash in hashes {
            if let Entry::Vacant(vacant) = self.live.entry(hash) {
                let stored = self.ledger.bundle(&self.tenant, hash).await?;
                let missing = || format!("its bundle {hash} is missing");
                let opened = stored.ok_or_else(missing).and_then(|stored| {
                    let unusable = |_| {
                        format!("its bundle {hash} cannot be used: this engine does not accept it")
                    };
                    Bundle::from_bytes(&stored.bytes).map_err(unusable)
                });
                vacant.insert(opened.map(Named::new));
            }
        }
        Ok(())
    }

    async fn judge(
        &mut self,
        decisions: Vec<PastDecision>,
        live: &LiveRuleSets,
        wants_lines: bool,
    ) -> Result<Vec<Line>, LedgerError> {
        let mut with_live = Vec::with_capacity(decisions.len());
        for past in decisions {
            match live.get(&past.rule_set.bundle) {
                Some(Ok(named)) => with_live.push((past, named)),
                Some(Err(problem)) => {
                    let record = format!("{} ({})", past.seq, past.id);
                    self.counts.population.damaged(record, problem.clone());
                }
                // INVARIANT: opened before.
                None => {}
            }
        }
        let part = judge_all(&self.setup, &with_live, wants_lines);
        self.counts.merge(part.counts);
        let mut lines = part.lines;
        for open in part.open {
            self.judge_open(open, &with_live, &mut lines).await?;
        }
        Ok(lines)
    }

    /// Judges a decision from its bank data.
    async fn judge_open(
        &mut self,
        open: Open,
        decisions: &[(PastDecision, &Named)],
        lines: &mut [Line],
    ) -> Result<(), LedgerError> {
        let found = decisions.get(open.decision);
        let found = found.zip(self.setup.candidates.get(open.candidate));
        let Some(((past, live), candidate)) = found else {
            return Ok(());
        };
        let Some(sealed) = self.with_snapshots(past.seq).await? else {
            return Ok(());
        };
        let judged = judge_from_snapshots(sealed, candidate);
        let line = lines.get_mut(open.decision);
        let line = line.and_then(|line| line.candidates.get_mut(open.candidate));
        if let Some(line) = line {
            *line = CandidateLine::of(candidate, &judged);
        }
        let of = (open.candidate, &judged);
        self.counts.judge(&self.setup, (past, live), of);
        Ok(())
    }

    /// A decision with its bank data.
    async fn with_snapshots(&self, seq: u64) -> Result<Option<SealedDecision>, LedgerError> {
        let before = seq.saturating_sub(1);
        let page = self
            .ledger
            .history(&self.tenant, before, 1, Snapshots::Along);
        Ok(page.await?.into_iter().next())
    }

    /// What was found, with its flips explained.
    async fn finish(self) -> Result<Backtest, LedgerError> {
        let counts = self.counts;
        let (mut report, flipped) = finish(&self.setup, counts);
        let reading = Reading {
            ledger: self.ledger,
            tenant: self.tenant,
            live: self.live,
        };
        let candidates = self.setup.candidates.iter().zip(flipped);
        for ((candidate, flipped), told) in candidates.zip(&mut report.candidates) {
            told.flips.listed = reading.explain(candidate, flipped).await?;
        }
        Ok(report)
    }
}

/// Reads decisions again, to explain them.
struct Reading {
    ledger: Arc<dyn Ledger>,
    tenant: TenantId,
    live: LiveRuleSets,
}

impl Reading {
    async fn explain(
        &self,
        candidate: &Candidate,
        flipped: Vec<Flipped>,
    ) -> Result<Vec<Flip>, LedgerError> {
        let mut explained = Vec::with_capacity(flipped.len());
        let mut flipped = flipped.into_iter().peekable();
        while flipped.peek().is_some() {
            let mut read = Vec::with_capacity(EXPLAINED_AT_ONCE);
            for flipped in flipped.by_ref().take(EXPLAINED_AT_ONCE) {
                if let Some(found) = self.read(candidate, &flipped).await? {
                    read.push((found, flipped));
                }
            }
            let some = read.into_par_iter().filter_map(|(read, flipped)| {
                let bundle = read.record.body.pins.rule_set.bundle;
                let live = self.live.get(&bundle)?.as_ref().ok()?;
                explain(&read, flipped, live, candidate)
            });
            explained.append(&mut some.collect());
        }
        Ok(explained)
    }

    async fn read(
        &self,
        candidate: &Candidate,
        flipped: &Flipped,
    ) -> Result<Option<Read>, LedgerError> {
        let record = self.ledger.decision(&self.tenant, &flipped.decision);
        let Some(record) = record.await? else {
            return Ok(None);
        };
        let from_snapshots = match flipped.from_snapshots {
            true => self.again(candidate, flipped.seq).await?,
            false => None,
        };
        Ok(Some(Read {
            record,
            from_snapshots,
        }))
    }

    /// What a candidate decides from the bank data of a decision.
    async fn again(
        &self,
        candidate: &Candidate,
        seq: u64,
    ) -> Result<Option<DecisionBody>, LedgerError> {
        let page = self
            .ledger
            .history(&self.tenant, seq.saturating_sub(1), 1, Snapshots::Along);
        let sealed = page.await?.into_iter().next();
        let recorded = sealed.and_then(|sealed| sealed.open().and_then(read_back).ok());
        let body = recorded.and_then(|recorded| recorded.decide(&candidate.named.bundle).ok());
        Ok(body)
    }
}

/// Flips that are in memory at once with all that was recorded of them.
const EXPLAINED_AT_ONCE: usize = 64;

/// A record that was proven.
struct Found {
    recorded_at: DateTime<Utc>,
    rule_set: String,
    semantics: u32,
    /// Whether it settles a referral.
    resolves: bool,
    /// What rules read of it; nothing where that means something else under its semantics.
    past: Option<PastDecision>,
}

/// Proves a record and takes what rules read of it, with its name for reports.
fn read(sealed: SealedDecision) -> (String, Result<Found, String>) {
    let name = sealed.name();
    let found = sealed.read().and_then(|record| {
        let pins = &record.body.pins;
        let past = match pins.semantics {
            SEMANTICS => {
                let other = "its features are not those of this engine";
                Some(PastDecision::of(&record).ok_or_else(|| other.to_owned())?)
            }
            _ => None,
        };
        Ok(Found {
            recorded_at: record.envelope.recorded_at,
            rule_set: pins.rule_set.name.clone(),
            semantics: pins.semantics,
            resolves: record.application.resolution().is_some(),
            past,
        })
    });
    (name, found)
}
