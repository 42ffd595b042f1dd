//! Runs beside live traffic: what is decided again on few threads of its own, while somebody is told how far
//! it is, and may end it.
//!
//! A run belongs to a tenant and lives in memory. It takes as many threads as the limits say, reads page after
//! page as whatever decides again does, and is forgotten once enough others have ended that began after it.

mod error;
mod place;
mod progress;
mod report;
mod table;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::table::{Room, Table};
use super::backtest::{Plan, backtest};
use super::{Replay, reproduce};
use crate::clock::{Clock, Stopwatch};
use crate::id::{Entropy, IdentityName, ReplayId, TenantId};
use crate::ledger::Ledger;
use crate::portfolio::Selection;

pub use error::{RunError, RunFailure};
pub use place::Place;
pub use progress::Progress;
pub use report::{Found, RunReport};
pub use table::RunLimits;

/// What runs are made of.
#[derive(Clone)]
pub struct RunParts {
    /// Where decisions are read.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub entropy: Arc<dyn Entropy>,
}

/// What a run does.
#[derive(Debug)]
pub enum Work {
    /// Decides again by the rules that decided.
    Reproduce(Box<Replay>),
    /// Decides again by candidates.
    Backtest(Box<Plan>),
}

impl Work {
    /// Which decisions are meant.
    pub fn selection(&self) -> &Selection {
        match self {
            Self::Reproduce(replay) => &replay.selection,
            Self::Backtest(plan) => &plan.selection,
        }
    }
}

/// A run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: ReplayId,
    /// Who asked for it.
    pub who: IdentityName,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// When it ended, where it did.
    pub ended_at: Option<DateTime<Utc>>,
    /// How far it is, or came.
    pub progress: Progress,
    /// How it stands.
    pub state: RunState,
}

/// How a run stands.
#[derive(Debug, Clone)]
pub enum RunState {
    /// It is under way.
    Running,
    /// It ended: what it found says whether that was before the last decision.
    Over(Arc<RunReport>),
    /// It failed.
    Failed(RunFailure),
}

impl Run {
    /// Whether it is under way no more.
    pub fn is_over(&self) -> bool {
        !matches!(self.state, RunState::Running)
    }
}

/// A run that is under way, or over, for whoever looks at it.
#[derive(Clone)]
struct Kept {
    seen: watch::Receiver<Run>,
    cancel: CancellationToken,
}

/// All runs. Clones share them.
#[derive(Clone)]
pub struct Runs(Arc<Inner>);

struct Inner {
    parts: RunParts,
    limits: RunLimits,
    table: Mutex<Table<Kept>>,
    /// Ends all of them.
    stopping: CancellationToken,
    /// Where they are looked after.
    home: Handle,
}

impl Runs {
    /// None yet. They are looked after by the runtime in which this is called.
    pub fn new(parts: RunParts, limits: RunLimits) -> Self {
        Self(Arc::new(Inner {
            parts,
            limits,
            table: Mutex::new(Table::new(limits)),
            stopping: CancellationToken::new(),
            home: Handle::current(),
        }))
    }

    /// Whether a run of a tenant may begin now: asked before anything is done for one.
    ///
    /// # Errors
    ///
    /// [`RunError::Busy`], [`RunError::Stopping`].
    pub fn room(&self, tenant: &TenantId) -> Result<(), RunError> {
        self.0.room(&self.0.table(), tenant)
    }

    /// Keeps the place of a run that somebody asked for, and gives it its id: so that it can be recorded that it
    /// is to begin, before it does.
    ///
    /// # Errors
    ///
    /// As of [`Self::room`], and where no randomness is to be had.
    pub fn place(&self, tenant: &TenantId, who: IdentityName) -> Result<Place, RunError> {
        let inner = &self.0;
        let now = inner.parts.clock.now();
        let id = ReplayId::generate(now, &*inner.parts.entropy)?;
        let (told, seen) = watch::channel(Run {
            id: id.clone(),
            who,
            begun_at: now,
            ended_at: None,
            progress: Progress::default(),
            state: RunState::Running,
        });
        let cancel = inner.stopping.child_token();
        let kept = Kept {
            seen,
            cancel: cancel.clone(),
        };
        {
            // Asked and taken in one: nobody comes between.
            let mut table = inner.table();
            inner.room(&table, tenant)?;
            table.begin(tenant.clone(), id.clone(), kept);
        }
        Ok(Place::new(self.clone(), (tenant.clone(), id), told, cancel))
    }

    /// Looks after a run until it is over.
    fn begin(
        &self,
        tenant: TenantId,
        told: watch::Sender<Run>,
        cancel: CancellationToken,
        work: Work,
    ) {
        let runs = self.clone();
        self.0.home.spawn(async move {
            let inner = Arc::clone(&runs.0);
            let told = Arc::new(told);
            let own = (tenant, Arc::clone(&told), cancel);
            let ran = inner.home.spawn_blocking({
                let inner = Arc::clone(&inner);
                move || inner.run(own, work)
            });
            // It broke off where there is none.
            let state = match ran.await.unwrap_or(Err(RunFailure::Interrupted)) {
                Ok(report) => RunState::Over(Arc::new(report)),
                Err(failure) => RunState::Failed(failure),
            };
            let bytes = match &state {
                RunState::Over(report) => report.json.len(),
                RunState::Running | RunState::Failed(_) => 0,
            };
            // Its place is free before anybody hears that it is over.
            let id = told.borrow().id.clone();
            inner.table().end(&id, bytes);
            let now = inner.parts.clock.now();
            told.send_modify(|run| {
                run.ended_at = Some(now);
                run.state = state;
            });
        });
    }

    /// How a run stands, now and from then on.
    ///
    /// # Errors
    ///
    /// [`RunError::NotFound`].
    pub fn watch(
        &self,
        tenant: &TenantId,
        id: &ReplayId,
    ) -> Result<watch::Receiver<Run>, RunError> {
        Ok(self.0.kept(tenant, id)?.seen)
    }

    /// Ends a run after the page under way, and gives it as it ended; one that is over as it is.
    ///
    /// # Errors
    ///
    /// [`RunError::NotFound`].
    pub async fn cancel(&self, tenant: &TenantId, id: &ReplayId) -> Result<Run, RunError> {
        let Kept { mut seen, cancel } = self.0.kept(tenant, id)?;
        cancel.cancel();
        let over = seen.wait_for(Run::is_over).await;
        // A run tells its end before it is dropped; one that never began is not there any more.
        over.map(|run| run.clone()).map_err(|_| RunError::NotFound)
    }

    /// The runs of a tenant that are remembered, newest first.
    pub fn list(&self, tenant: &TenantId) -> Vec<Run> {
        let table = self.0.table();
        let kept = table.of(tenant);
        kept.map(|kept| kept.seen.borrow().clone()).collect()
    }

    /// Ends all runs, each after its page under way. No other begins.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }
}

impl Inner {
    fn table(&self) -> MutexGuard<'_, Table<Kept>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, table: &Table<Kept>, tenant: &TenantId) -> Result<(), RunError> {
        if self.stopping.is_cancelled() {
            return Err(RunError::Stopping);
        }
        match table.room(tenant) {
            Room::Some => Ok(()),
            Room::NoneOfTenant => Err(RunError::Busy { own: true }),
            Room::None => Err(RunError::Busy { own: false }),
        }
    }

    fn kept(&self, tenant: &TenantId, id: &ReplayId) -> Result<Kept, RunError> {
        let table = self.table();
        table.get(tenant, id).cloned().ok_or(RunError::NotFound)
    }

    /// Does the work, on threads of its own.
    fn run(
        &self,
        (tenant, told, cancel): (TenantId, Arc<watch::Sender<Run>>, CancellationToken),
        work: Work,
    ) -> Result<RunReport, RunFailure> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.limits.threads.get())
            .build()
            .map_err(|_| RunFailure::Interrupted)?;
        let watch = Stopwatch::start();
        let progress = |looked_at: u64, total: u64| {
            let progress = Progress {
                looked_at,
                total,
                elapsed: watch.elapsed(),
            };
            told.send_modify(|run| run.progress = progress);
            match cancel.is_cancelled() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let ledger = &self.parts.ledger;
        pool.install(|| {
            let found = self.home.block_on(async {
                Ok::<_, RunFailure>(match work {
                    Work::Reproduce(replay) => {
                        Found::Reproduced(reproduce(ledger, &tenant, &replay, progress).await?)
                    }
                    Work::Backtest(plan) => {
                        let found = backtest::<RunFailure>(ledger, &tenant, *plan, progress, None);
                        Found::Backtest(found.await?)
                    }
                })
            })?;
            RunReport::of(found)
        })
    }
}
