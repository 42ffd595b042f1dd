//! Follows the ledger: reads what came after the last record that was read, and writes it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rayon::prelude::*;

use super::effort::Effort;
use super::error::ColumnsError;
use super::live;
use super::names::Names;
use super::sqlite::{Entry, Reached, Writer};
use super::up_to_date::UpToDate;
use crate::clock::Stopwatch;
use crate::id::TenantId;
use crate::ledger::{Ledger, LedgerError, SealedDecision, Snapshots};
use crate::limits;
use crate::portfolio::PastDecision;

/// How far columns go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Decisions that are in them.
    pub decisions: u64,
    /// Decisions that are left out: damaged, or with features of another release.
    pub left_out: u64,
    /// The position in the chain of the last that was read.
    pub through: u64,
    /// Decisions that were read now.
    pub read: u64,
    /// Whether what was there had to be given up, and was built anew.
    pub rebuilt: bool,
    /// Which columns they are, to be read as far as that; `None` where it was stopped before the end.
    pub columns: Option<UpToDate>,
}

impl Reach {
    /// Which columns do in the place of the ledger: those that go to its end and leave nothing out.
    pub fn in_place_of_ledger(self) -> Option<UpToDate> {
        self.columns.filter(|_| self.left_out == 0)
    }
}

/// Why a decision is left out.
const DAMAGED: &str = "damaged";
/// The same.
pub(super) const OTHER_FEATURES: &str = "other_features";

/// Follows a ledger, step by step. Several may follow the same one at once: each step begins where the
/// last one ended, whoever made it.
pub struct Follower {
    ledger: Arc<dyn Ledger>,
    /// `None` while it writes.
    writer: Option<Writer>,
    names: Names,
    looked: BTreeMap<TenantId, Looked>,
    /// Whose decisions the last step wrote.
    last: Option<TenantId>,
    rebuilt: bool,
}

/// That a tenant had no decision after those that were read. It says nothing of columns that somebody else
/// has given up since: those are followed up to another position.
#[derive(Debug, Clone, Copy)]
struct Looked {
    /// Up to this position in the chain.
    head: u64,
    /// Those were read up to this position.
    followed: u64,
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower").finish_non_exhaustive()
    }
}

impl Follower {
    /// Opens the columns in the file `path`, to follow a ledger. Columns of another form, of another
    /// chain, or of records that the chain no longer holds (a backup was restored) are given up.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened, or a ledger that cannot be read.
    pub async fn open(path: &Path, ledger: Arc<dyn Ledger>) -> Result<Self, ColumnsError> {
        let (path, chain_id) = (path.to_owned(), ledger.head().await?.chain_id);
        let (writer, rebuilt) = blocking(move || Writer::open(&path, &chain_id)).await??;
        let mut follower = Self {
            ledger,
            writer: Some(writer),
            names: Names::default(),
            looked: BTreeMap::new(),
            last: None,
            rebuilt,
        };
        if !follower.is_of_this_chain().await? {
            follower.start_anew().await?;
        }
        Ok(follower)
    }

    /// Gives up all that is there.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub async fn start_anew(&mut self) -> Result<(), ColumnsError> {
        self.rebuilt = true;
        self.looked.clear();
        self.write(Writer::start_anew).await
    }

    /// Reads the next decisions of one tenant, at most so many, and writes them in one transaction; those
    /// of another tenant next time. Gives how many; 0 where there are none of anybody.
    ///
    /// # Errors
    ///
    /// A file that cannot be written, or a ledger that cannot be read. Nothing is half written.
    pub async fn step(&mut self, most: usize, effort: Effort) -> Result<usize, ColumnsError> {
        let head = self.ledger.head().await?.seq;
        let all_followed = self.write(|writer| writer.followed()).await?;
        for tenant in self.tenants_in_turn().await? {
            let mut followed = all_followed.iter();
            let followed = followed.find(|one| one.tenant == tenant.as_str());
            let followed = followed.map_or(0, |one| one.seq);
            let looked = self.looked.get(&tenant);
            let looked = looked.filter(|looked| looked.followed == followed);
            if looked.is_some_and(|looked| looked.head == head) {
                continue;
            }
            let after = looked.map_or(followed, |looked| looked.head);
            let page = self
                .ledger
                .history(&tenant, after, most, Snapshots::LeftOut);
            let page = page.await?;
            let count = page.len();
            if count > 0 {
                self.append(&tenant, followed, page, effort).await?;
            }
            if count < most {
                self.set_live(&tenant, head).await?;
            }
            if count > 0 {
                self.last = Some(tenant);
                return Ok(count);
            }
            self.looked.insert(tenant, Looked { head, followed });
        }
        Ok(0)
    }

    /// All tenants, first the one after that of the last step: none waits for another that always has
    /// something new.
    async fn tenants_in_turn(&mut self) -> Result<Vec<TenantId>, ColumnsError> {
        let mut tenants = self.ledger.tenants().await?;
        tenants.sort_unstable();
        let last = self.last.as_ref();
        let is_next = |tenant: &TenantId| last.is_none_or(|last| tenant > last);
        let next = tenants.iter().position(is_next).unwrap_or(0);
        tenants.rotate_left(next);
        Ok(tenants)
    }

    async fn append(
        &mut self,
        tenant: &TenantId,
        followed: u64,
        page: Vec<SealedDecision>,
        effort: Effort,
    ) -> Result<(), ColumnsError> {
        let mut entries = blocking(move || read(page, effort)).await?;
        for entry in &mut entries {
            if let Ok(past) = &entry.past {
                entry.names = self.names.of(&*self.ledger, tenant, past).await?;
            }
        }
        let tenant = tenant.clone();
        // Where somebody else has written them meanwhile, the next step goes on from there.
        let append = move |writer: &mut Writer| {
            writer
                .append(&tenant, followed, &entries, effort)
                .map(|_| ())
        };
        self.write(append).await
    }

    async fn set_live(&mut self, tenant: &TenantId, through: u64) -> Result<(), ColumnsError> {
        let live = live::of(&*self.ledger, tenant, through).await?;
        let tenant = tenant.clone();
        let set = move |writer: &mut Writer| writer.set_live(&tenant, &live, through);
        self.write(set).await
    }

    /// Whether the ledger still holds the last record that was read of each tenant.
    async fn is_of_this_chain(&mut self) -> Result<bool, ColumnsError> {
        for followed in self.write(|writer| writer.followed()).await? {
            let Some(before) = followed.seq.checked_sub(1) else {
                continue;
            };
            let Ok(tenant) = TenantId::parse(&followed.tenant) else {
                return Ok(false);
            };
            let last = self.ledger.history(&tenant, before, 1, Snapshots::LeftOut);
            let last = last.await?;
            let is_same = |sealed: &SealedDecision| {
                sealed.seq() == followed.seq && sealed.hash() == followed.hash
            };
            if !last.first().is_some_and(is_same) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How far the columns in the file `path` go, of which so many decisions were read now.
    fn reach(&self, path: &Path, read: u64, reached: &Reached) -> Reach {
        let (decisions, left_out) = reached.counts;
        let positions = reached.followed.iter().map(|one| one.seq);
        Reach {
            decisions,
            left_out,
            through: positions.max().unwrap_or(0),
            read,
            rebuilt: self.rebuilt,
            columns: Some(UpToDate::new(path, reached.build, &reached.followed)),
        }
    }

    /// Does work on the file, where it holds nobody up.
    async fn write<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Writer) -> Result<T, ColumnsError> + Send + 'static,
    ) -> Result<T, ColumnsError> {
        let mut writer = self.writer.take().ok_or(LedgerError::Closed)?;
        let (writer, done) = blocking(move || {
            let done = work(&mut writer);
            (writer, done)
        })
        .await?;
        self.writer = Some(writer);
        done
    }
}

/// Does what blocks where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ColumnsError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| LedgerError::Closed.into())
}

/// Proves and reads decisions.
fn read(page: Vec<SealedDecision>, effort: Effort) -> Vec<Entry> {
    match effort {
        Effort::AllProcessors => page.into_par_iter().map(entry).collect(),
        Effort::OneProcessor => page.into_iter().map(entry).collect(),
    }
}

fn entry(sealed: SealedDecision) -> Entry {
    Entry {
        seq: sealed.seq(),
        id: sealed.id().to_owned(),
        hash: sealed.hash().to_vec(),
        past: match sealed.read_in_brief() {
            Ok(record) => PastDecision::of(record).ok_or(OTHER_FEATURES),
            Err(_) => Err(DAMAGED),
        },
        names: None,
    }
}

/// Brings the columns in the file `path` up to the end of a ledger; `progress` is told how many decisions
/// were read so far, and where it breaks, that is all. With `anew`, what is there is given up first.
///
/// # Errors
///
/// A file that cannot be written, or a ledger that cannot be read.
pub async fn bring_up_to_date(
    path: &Path,
    ledger: Arc<dyn Ledger>,
    anew: bool,
    mut progress: impl FnMut(u64) -> ControlFlow<()>,
) -> Result<Reach, ColumnsError> {
    let mut follower = Follower::open(path, ledger).await?;
    if anew {
        follower.start_anew().await?;
    }
    let mut build = follower.write(|writer| writer.build()).await?;
    let (mut read, mut flow) = (0_u64, ControlFlow::Continue(()));
    loop {
        // Whoever is stopped at the end has read all: one more tells.
        let most = match flow {
            ControlFlow::Continue(()) => limits::COLUMNS_BATCH,
            ControlFlow::Break(()) => 1,
        };
        let step = follower.step(most, Effort::AllProcessors).await?;
        read = read.saturating_add(u64::try_from(step).unwrap_or(u64::MAX));
        if step > 0 && flow.is_continue() {
            flow = progress(read);
            continue;
        }
        let reached = follower.write(Writer::reached).await?;
        let reach = follower.reach(path, read, &reached);
        if step > 0 {
            return Ok(Reach {
                columns: None,
                ..reach
            });
        }
        if reached.build == build {
            return Ok(reach);
        }
        // Somebody has built them anew meanwhile: those are not known to go as far.
        build = reached.build;
    }
}

/// Follows a ledger for as long as others have work to do: in small steps, and with pauses after each, so
/// that it takes no more than a share of one processor. What fails is told in the log, and tried again.
pub async fn keep_following(path: PathBuf, ledger: Arc<dyn Ledger>) -> Infallible {
    let columns = path.display().to_string();
    loop {
        let Err(error) = follow(&path, Arc::clone(&ledger)).await;
        let code = error.code();
        tracing::warn!(code, columns, "columns are not written: {error}");
        if matches!(error, ColumnsError::Changed { .. }) {
            // A newer release has taken over: what this one writes would be given up again.
            return std::future::pending().await;
        }
        tokio::time::sleep(limits::COLUMNS_RETRY_INTERVAL).await;
    }
}

async fn follow(path: &Path, ledger: Arc<dyn Ledger>) -> Result<Infallible, ColumnsError> {
    let mut follower = Follower::open(path, ledger).await?;
    if follower.rebuilt {
        tracing::info!(columns = %path.display(), "columns are built anew");
    }
    loop {
        let watch = Stopwatch::start();
        let step = follower
            .step(limits::COLUMNS_BATCH_BEHIND, Effort::OneProcessor)
            .await?;
        tokio::time::sleep(pause_after(step, watch.elapsed())).await;
    }
}

/// How long to pause after a step that read so many decisions and took so long.
pub(super) fn pause_after(step: usize, took: Duration) -> Duration {
    let pause = took.saturating_mul(limits::COLUMNS_PAUSE_TIMES);
    match step {
        0 => pause.max(limits::COLUMNS_LOOK_INTERVAL),
        _ => pause,
    }
}
