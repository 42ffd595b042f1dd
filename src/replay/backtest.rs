//! What candidates would have decided on past applications, against what was live.
//!
//! Each recorded decision is judged by [`PastDecision::decide_by`], on what was recorded of it; by
//! [`crate::engine::decide`] on its bank data where a candidate reads descriptions by other phrases or asks
//! for a forecast that was not asked for then. What it came to is counted ([`Backtest`]) in memory that does
//! not grow with the decisions.

mod book;
mod compared_with;
mod counts;
mod explain;
mod explained;
mod finish;
mod flips;
mod from_columns;
mod from_snapshots;
mod headline;
mod judge;
mod line;
mod loans;
mod names;
mod offers;
mod performance;
mod preview;
mod read;
mod report;
mod segments;
mod setup;
mod source;
mod spread;
mod sweep;
#[cfg(test)]
mod tests;
mod total;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use self::counts::{Counts, Judged};
use self::explained::explained;
use self::finish::finish;
use self::from_columns::{Judging, Readers};
use self::from_snapshots::{FromSnapshots, Open, judge_open};
use self::judge::{LiveRuleSets, Part, judge_all};
use self::names::Named;
use self::read::{Found, read};
use self::setup::Setup;
use self::source::Source;
use crate::id::TenantId;
use crate::ledger::{Filter, Ledger, LedgerError, ListOrder, SealedDecision, Snapshots};
use crate::portfolio::columns::{ColumnsError, Excerpt, UpToDate};
use crate::portfolio::{self, Pages, PastDecision, Selection, Undecidable};
use crate::replay::StoppedEarly;
use crate::rules::{Bundle, BundleHash, Verdict};

pub use book::{LoanBook, LoanEntry};
pub use compared_with::{NoOneName, compared_with};
pub use line::{Came, CandidateLine, Line, ReasonLine};
pub use performance::{
    BadLoan, ExpectedProfit, LoansLeftOut, Performance, ScorePower, SwapSet, TierLoans,
};
pub use preview::{Preview, PreviewLine};
pub use report::{
    Backtest, CandidateName, Cause, ComparedValue, Comparison, DamagedRecord, Drift, Explained,
    Flip, FlipGroup, Flips, Flow, LeftOut, Live, NotDecidable, OfferChanges, Offers, OutcomeRates,
    Population, Responsible, RuleHits, Scores, Side, TierOffers, WordCount,
};
pub use segments::{AdverseImpact, Approvals, Segments};
pub use setup::LookedAt;
pub use spread::{Moved, MovedBin, MovedVerdict, SPREAD_PARTS, Spread};
pub use sweep::{Reached, Sweep, SweepError, SweepValue, Swept};
pub use total::Total;

/// Positions of the chain whose decisions a thread judges at once: those that need the bank data are kept
/// until then. The samples that tests judge are few.
const STRETCH: u64 = if cfg!(test) { 16 } else { 4_096 };

/// So many decisions are looked at from either end for when it was: one of them will not be damaged.
const ENDS: usize = 8;

/// Told what each decision came to.
pub type EachLine<'a, E> = dyn FnMut(&Line) -> Result<(), E> + 'a;

/// What is to be compared.
#[derive(Debug)]
pub struct Plan {
    /// The candidates, each with how it was given; at most [`crate::limits::BACKTEST_CANDIDATES_MAX`].
    pub candidates: Vec<(Bundle, String)>,
    /// With which decisions.
    pub selection: Selection,
    /// What is known of loans, where anything is.
    pub loans: Option<LoanBook>,
    /// Which application is of which segment, where that is asked about.
    pub segments: Option<Segments>,
    /// The columns, brought up to date, that are read in the place of the ledger. Their decisions were
    /// proven when they were written and are not proven again. A sample is drawn from the ledger.
    pub columns: Option<UpToDate>,
    /// Which features are looked at one by one, in [`Backtest::drift`].
    pub looked_at: LookedAt,
    /// How many flips of each candidate are explained one by one, at most
    /// [`crate::limits::BACKTEST_FLIPS_MAX`]: each is read from the ledger again.
    pub flips_listed: usize,
}

/// Compares candidates with what was live, over the decisions of a tenant.
///
/// `progress` is called with the records read and their total, from columns as near as stretches of the chain
/// tell, and while a sample is drawn with none of them; where it breaks, what is told is of those
/// alone, and says so ([`Population::stopped_early`]). `line`, where it is given, is called with each
/// decision that is compared, in the order of the chain. It takes all processors between its reads, which go
/// on meanwhile: it is for a thread of its own. Decisions recorded after the start are left out.
///
/// # Errors
///
/// Those of the ledger and of `line`. A damaged record is none: it is counted and named.
pub async fn backtest<E: From<LedgerError> + From<ColumnsError>>(
    ledger: &Arc<dyn Ledger>,
    tenant: &TenantId,
    plan: Plan,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    mut line: Option<&mut EachLine<'_, E>>,
) -> Result<Backtest, E> {
    let half = second_half_from(&**ledger, tenant, &plan.selection).await?;
    let setup = Setup::new(
        (plan.candidates, plan.looked_at),
        half,
        (plan.loans, plan.segments),
    );
    let end = ledger.head().await?.seq;
    let total = ledger.count(tenant).await?;
    let source = portfolio::Source { ledger, tenant };
    let drawn = portfolio::drawn(source, &plan.selection, end, || progress(0, total)).await?;
    let is_stopped = drawn.is_break();
    let mut run = Run {
        source: Source {
            ledger: Arc::clone(ledger),
            tenant: tenant.clone(),
            end,
        },
        selection: plan.selection,
        flips_listed: plan.flips_listed,
        drawn: drawn.continue_value().flatten(),
        counts: Counts::new(&setup),
        setup,
        live: BTreeMap::new(),
    };
    if is_stopped {
        run.counts.population.stopped_early = Some(StoppedEarly::before_the_first(total));
        return Ok(run.finish().await?);
    }
    if let Some(columns) = plan.columns.filter(|_| run.drawn.is_none()) {
        run.columns(&columns, total, progress, line).await?;
        return Ok(run.finish().await?);
    }
    let mut pages = Pages::new(source, Snapshots::LeftOut, end);
    let (mut done, mut through, mut flow) = (0_u64, 0, ControlFlow::Continue(()));
    while let Some(page) = pages.next().await? {
        if flow.is_break() {
            run.counts.population.stopped_early = Some(StoppedEarly {
                looked_at: done,
                of: total.max(done),
                through,
            });
            break;
        }
        through = page.last().map_or(through, SealedDecision::seq);
        done = done.saturating_add(u64::try_from(page.len()).unwrap_or(u64::MAX));
        let lines = run.page(page, line.is_some()).await?;
        if let Some(line) = &mut line {
            lines.iter().try_for_each(line)?;
        }
        flow = progress(done, total.max(done));
    }
    Ok(run.finish().await?)
}

/// The moment between the first decision and the last, where there are two.
async fn second_half_from(
    ledger: &dyn Ledger,
    tenant: &TenantId,
    selection: &Selection,
) -> Result<Option<DateTime<Utc>>, LedgerError> {
    let filter = Filter {
        from: selection.from,
        until: selection.until,
        outcome: selection.outcome,
        rule_set: selection.rule_set.clone(),
        ..Filter::default()
    };
    let mut ends = Vec::new();
    for order in [ListOrder::OldestFirst, ListOrder::NewestFirst] {
        // One that is damaged says nothing of when it was.
        let page = ledger.list(tenant, &filter, order, None, ENDS).await?;
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

/// A backtest under way.
struct Run {
    source: Source,
    selection: Selection,
    flips_listed: usize,
    /// The positions in the chain of those that were drawn, where a sample was.
    drawn: Option<BTreeSet<u64>>,
    setup: Setup,
    counts: Counts,
    live: LiveRuleSets,
}

impl Run {
    /// Judges and counts a page. Gives its lines, where they are wanted.
    async fn page(
        &mut self,
        page: Vec<SealedDecision>,
        wants_lines: bool,
    ) -> Result<Vec<Line>, LedgerError> {
        let mut page = page;
        if let Some(drawn) = &self.drawn {
            page.retain(|sealed| drawn.contains(&sealed.seq()));
        }
        let decisions = self.choose(page).await?;
        let live = std::mem::take(&mut self.live);
        let lines = self.judge(decisions, &live, wants_lines).await;
        self.live = live;
        lines
    }

    /// Judges and counts what the columns hold, some stretches at once.
    async fn columns<E: From<LedgerError> + From<ColumnsError>>(
        &mut self,
        up_to_date: &UpToDate,
        total: u64,
        mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
        mut line: Option<&mut EachLine<'_, E>>,
    ) -> Result<(), E> {
        self.counts.population.from_columns = true;
        // Open all the time: so no other file takes its number.
        let columns = up_to_date.open()?;
        let readers = Readers::new(up_to_date);
        self.open_bundles(columns.bundles()?).await?;
        let all = Excerpt {
            rule_set: self.selection.rule_set.clone(),
            through: Some(self.source.end),
            from: self.selection.from,
            until: self.selection.until,
            ..Excerpt::of(self.source.tenant.clone())
        };
        // By positions in the chain: a part holds no more decisions than positions.
        let parts = u32::try_from(self.source.end.div_ceil(STRETCH)).unwrap_or(u32::MAX);
        let stretches = columns.parts(&all, NonZeroU32::new(parts).unwrap_or(NonZeroU32::MIN))?;
        let live = std::mem::take(&mut self.live);
        let mut done = 0_u64;
        let length = u64::try_from(stretches.len()).unwrap_or(u64::MAX).max(1);
        let (mut through, mut flow) = (0, ControlFlow::Continue(()));
        for some in stretches.chunks(rayon::current_num_threads()) {
            if flow.is_break() {
                let looked_at = columns.decisions_through(&self.source.tenant, through)?;
                up_to_date.check(&columns)?;
                self.counts.population.stopped_early = Some(StoppedEarly {
                    looked_at,
                    of: total,
                    through,
                });
                break;
            }
            through = some.last().and_then(|one| one.through).unwrap_or(through);
            let judging = Judging {
                setup: &self.setup,
                selection: &self.selection,
                live: &live,
                wants_lines: line.is_some(),
            };
            let parts = some.par_iter().map(|one| judging.stretch(&readers, one));
            let parts: Vec<Result<Part, ColumnsError>> = parts.collect();
            for part in parts {
                let lines = self.take(part?, &live).await?;
                if let Some(line) = &mut line {
                    lines.iter().try_for_each(line)?;
                }
                done = done.saturating_add(1);
            }
            flow = progress(total.saturating_mul(done) / length, total);
        }
        self.live = live;
        Ok(())
    }

    /// Those of a page that are compared. What is left out is counted.
    async fn choose(
        &mut self,
        page: Vec<SealedDecision>,
    ) -> Result<Vec<PastDecision>, LedgerError> {
        let read: Vec<_> = page.into_par_iter().map(read).collect();
        let bundles = read.iter().filter_map(|(_, found)| found.as_ref().ok());
        let bundles: BTreeSet<BundleHash> = bundles.map(|found| found.rule_set.bundle).collect();
        self.open_bundles(bundles).await?;
        let mut chosen = Vec::with_capacity(read.len());
        for (name, found) in read {
            match found {
                Ok(found) => chosen.extend(self.choose_one(name, found)),
                Err(problem) => self.counts.population.damaged(name, problem),
            }
        }
        Ok(chosen)
    }

    fn choose_one(&mut self, name: String, found: Found) -> Option<PastDecision> {
        let live = self.live.get(&found.rule_set.bundle);
        let live = live.and_then(|live| live.as_ref().ok());
        let population = &mut self.counts.population;
        let taken = match &found.past {
            None => Ok(Verdict::from(Ok(found.may_be_of(&self.selection)))),
            Some(past) => self.selection.takes(past, live.map(|live| &live.bundle)),
        };
        let made = (found.resolves, found.semantics);
        let is_compared = population.takes(taken, made, || name);
        found.past.filter(|_| is_compared)
    }

    /// Opens the rule sets that are not open yet.
    async fn open_bundles(&mut self, hashes: BTreeSet<BundleHash>) -> Result<(), LedgerError> {
        for hash in hashes {
            if let Entry::Vacant(vacant) = self.live.entry(hash) {
                let opened = match self.source.ledger.bundle(&self.source.tenant, hash).await {
                    Ok(Some(stored)) => Bundle::from_bytes(&stored.bytes).map_err(|_| {
                        format!("its bundle {hash} is one that this engine does not accept")
                    }),
                    Ok(None) => Err(format!("its bundle {hash} is missing")),
                    Err(LedgerError::Damaged { problem, .. }) => {
                        Err(format!("its bundle {hash} is damaged: {problem}"))
                    }
                    Err(error) => return Err(error),
                };
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
        self.take(part, live).await
    }

    /// Takes what was judged, and judges from the bank data what is open. Gives the lines.
    async fn take(&mut self, part: Part, live: &LiveRuleSets) -> Result<Vec<Line>, LedgerError> {
        self.counts.merge(part.counts);
        let mut lines = part.lines;
        let (setup, counts) = (&self.setup, &mut self.counts);
        judge_open(&self.source, setup, &part.open, |open, judged| {
            let live = live.get(&open.past.rule_set.bundle);
            if let Some(Ok(live)) = live {
                let line = lines.get_mut(open.line);
                take_open(setup, counts, (open, live), judged, line);
            }
        })
        .await?;
        Ok(lines)
    }

    /// What was found, with its flips explained.
    async fn finish(self) -> Result<Backtest, LedgerError> {
        let (mut report, flipped) = finish(&self.setup, self.counts);
        let candidates = self.setup.candidates.iter().zip(flipped);
        for ((candidate, mut flipped), told) in candidates.zip(&mut report.candidates) {
            flipped.truncate(self.flips_listed);
            let listed = explained(&self.source, &self.live, candidate, flipped);
            let (listed, damaged) = listed.await?;
            let count = u64::try_from(listed.len()).unwrap_or(u64::MAX);
            told.flips.not_listed = told.flips.total.saturating_sub(count);
            told.flips.listed = listed;
            for record in damaged {
                report.population.left_out.damaged(record);
            }
        }
        Ok(report)
    }
}

/// Counts what candidates came to from the bank data of a decision, and says so in its line.
fn take_open(
    setup: &Setup,
    counts: &mut Counts,
    (open, live): (&Open, &Named),
    judged: FromSnapshots,
    mut line: Option<&mut Line>,
) {
    let past = &*open.past;
    let judged = judged.unwrap_or_else(|problem| {
        let record = format!("{} ({})", past.seq, past.id);
        counts.population.damaged(record, problem);
        let unread = |_: &usize| Judged {
            decided: Err(Undecidable::Forecast),
            from_snapshots: false,
        };
        open.candidates.iter().map(unread).collect()
    });
    for (at, judged) in open.candidates.iter().zip(&judged) {
        let told = line.as_mut().and_then(|line| line.candidates.get_mut(*at));
        if let (Some(told), Some(candidate)) = (told, setup.candidates.get(*at)) {
            *told = CandidateLine::of(candidate, judged);
        }
        counts.judge(setup, (past, live), (*at, judged));
    }
}
