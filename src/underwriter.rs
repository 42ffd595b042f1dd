//! The conductor: intake, fetch, freeze, decide, record.
//!
//! It owns the order in which things happen and nothing else: what a request means is the
//! service's to say, how data is fetched Stripe's room, what it means the engine's, and how it is
//! kept the ledger's.

mod accounts;
mod answer;
mod case;
mod compiled;
mod conclude;
mod error;
mod find;
mod follow_ups;
mod gather;
mod import;
mod metrics;
mod notices;
mod request;
mod resolve;
mod rule_sets;
mod settle;
mod shadow;
mod shadows;
mod status;
#[cfg(test)]
mod tests;
mod timelines;
mod work;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::access::audit::{Action, Origin};
use crate::admission::{Gates, Permit};
use crate::analysis::Settings;
use crate::cache::Cache;
use crate::calendar::Zone;
use crate::clock::{Clock, Stopwatch};
use crate::id::{AccountId, DecisionId, Entropy, IdempotencyKey, TenantId};
use crate::ledger::{
    AuditCursor, AuditFilter, AuditPage, Cursor, DecisionRecord, Filter, Ledger, LedgerError,
    ListOrder, Page, PendingCursor, PendingIntake, PendingPage,
};
use crate::limits;
use crate::rules::Bundle;
use crate::snapshot::{self, Snapshot, SnapshotHash};
use crate::stripe::Source;

pub use answer::{AccountEvent, Answer, Decided, Pending};
pub use error::UnderwriteError;
pub use follow_ups::FollowUpRequest;
pub use import::{Imported, PastRequest};
pub use request::{Call, CallDecision, Request, ResolveRequest};
pub use rule_sets::{ActivationPage, Deployed, Held, RuleSetPage, Said, Standing};
pub use status::{Compared, RuleSetStatus, ShadowStanding};

use accounts::AccountFetches;
use compiled::CompiledBundles;
use metrics::Metrics;
use request::{About, Referral};
use shadows::Shadows;
use timelines::Timelines;
use work::{KeyTaken, Stage, WorkSlot, WorkTable};

/// What an underwriter is made of.
pub struct Parts {
    /// Where bank data comes from.
    pub source: Arc<dyn Source>,
    /// Where fetched data is kept for a while, if anywhere.
    pub cache: Option<Arc<Cache>>,
    /// Where decisions are recorded.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids, salts and seeds.
    pub entropy: Arc<dyn Entropy>,
    /// The settings that matter to a decision.
    pub settings: Settings,
    /// Where days are read.
    pub zone: Zone,
    /// How long to wait for the banks.
    pub wait_limits: WaitLimits,
    /// Whether a rule set is made active by somebody else than who published it.
    pub four_eyes: bool,
}

/// How long to wait for the banks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitLimits {
    /// Longest that a caller waits before it is told that the decision is pending.
    pub answer_within: Duration,
    /// Longest that a decision stays pending.
    pub pending_for: Duration,
    /// First pause before what failed while a decision is pending is tried again; doubled each
    /// time.
    pub retry_pause: Duration,
}

impl Default for WaitLimits {
    fn default() -> Self {
        Self {
            answer_within: limits::ANSWER_TIMEOUT,
            pending_for: limits::PENDING_TIMEOUT,
            retry_pause: limits::PENDING_RETRY_PAUSE_MIN,
        }
    }
}

/// The conductor. Clones share everything.
#[derive(Clone)]
pub struct Underwriter(Arc<Inner>);

struct Inner {
    parts: Parts,
    accounts: Arc<AccountFetches>,
    work: Arc<WorkTable>,
    gates: Gates,
    metrics: Metrics,
    /// Where decisions are made, whoever asks for them: the runtime in which this was made.
    home: Option<Handle>,
    /// Ends whoever watches.
    stopping: CancellationToken,
    /// Ends whoever waits for a bank: what is not there becomes pending.
    draining: CancellationToken,
    bundles: CompiledBundles,
    /// What decides when, as the ledger said. Only this process changes it.
    timelines: Timelines,
    /// What decides beside, and is never answered.
    shadows: Shadows,
    /// The turn of whoever says what decides: what they say rests on what was said before.
    switching: tokio::sync::Mutex<()>,
}

impl Underwriter {
    /// An underwriter of these parts.
    pub fn new(parts: Parts) -> Self {
        let metrics = Metrics::default();
        let accounts = AccountFetches::new(
            Arc::clone(&parts.source),
            parts.cache.clone(),
            Arc::clone(&parts.clock),
            parts.zone,
            metrics.clone(),
        );
        let (shadows, jobs) = Shadows::new();
        let inner = Arc::new(Inner {
            parts,
            accounts,
            work: WorkTable::new(limits::DECISIONS_IN_FLIGHT_MAX, limits::PENDING_MAX),
            gates: Gates::default(),
            metrics,
            home: Handle::try_current().ok(),
            stopping: CancellationToken::new(),
            draining: CancellationToken::new(),
            bundles: CompiledBundles::default(),
            timelines: Timelines::default(),
            shadows,
            switching: tokio::sync::Mutex::default(),
        });
        inner.begin_shadows(jobs);
        Self(inner)
    }

    /// Writes into the audit log that `by` did something, durably: what is personal is shown only
    /// then.
    pub async fn audit(
        &self,
        by: &Origin,
        action: Action,
        object: impl Into<String>,
    ) -> Result<(), UnderwriteError> {
        let parts = &self.0.parts;
        let event = by.event(action, object, parts.clock.now());
        Ok(parts.ledger.audit(vec![event]).await?)
    }

    /// A page of the audit log.
    pub async fn audit_log(
        &self,
        filter: &AuditFilter,
        order: ListOrder,
        after: Option<AuditCursor>,
        page_size: usize,
    ) -> Result<AuditPage, UnderwriteError> {
        let ledger = &self.0.parts.ledger;
        Ok(ledger.audit_log(filter, order, after, page_size).await?)
    }

    /// What it is made of.
    pub fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// A random number, for what is no part of a decision.
    pub fn seed(&self) -> Result<u64, UnderwriteError> {
        Ok(self.0.parts.entropy.seed()?)
    }

    /// The gates before whoever calls: a turn is taken before anything is done for a call.
    pub fn gates(&self) -> &Gates {
        &self.0.gates
    }

    /// Shows in a registry what is counted of decisions, of the data that they rest on, and of what
    /// is pending.
    pub fn register_metrics(&self, registry: &mut Registry) {
        let inner = &self.0;
        inner
            .metrics
            .register(registry, &inner.work, &inner.parts.clock);
    }

    /// Decides, records, and only then answers. What the banks do not deliver within the time that
    /// the caller gives becomes a pending decision, which ends in any case.
    ///
    /// Every repeat of a request is answered with its one decision: it waits where that is being
    /// made. The work goes on when the caller goes away: a repeat with the same key then finds the
    /// decision. A failure gives the key back, unless the caller was told that it is pending.
    pub async fn decide(&self, request: Request, call: Call) -> Result<Answer, UnderwriteError> {
        self.decide_once(Arc::new(request), None, call).await
    }

    /// Decides a request, or waits for the call that does. Where it settles a decision, it is decided
    /// on what that rests on.
    async fn decide_once(
        &self,
        request: Arc<Request>,
        settles: Option<Referral>,
        call: Call,
    ) -> Result<Answer, UnderwriteError> {
        let longest = self.0.parts.wait_limits.answer_within;
        let within = call.within.map_or(longest, |within| within.min(longest));
        let (watch, mut permit) = (Stopwatch::start(), call.permit);
        let about = About {
            decision: call.decision,
            origin: call.origin,
            settles,
        };
        loop {
            let left = within.saturating_sub(watch.elapsed());
            let stage = match self.0.work.enter(&request, call.caller.clone()) {
                Ok(place) => return self.work(&request, (place, about), left, permit).await,
                Err(KeyTaken::Pending(id, stage)) => {
                    drop(permit);
                    about.decision.set(&id);
                    return self.await_pending(&request.tenant, &id, stage, left).await;
                }
                Err(KeyTaken::Running(stage)) => stage,
                Err(KeyTaken::Other) => return Err(UnderwriteError::KeyReused),
                Err(KeyTaken::Full) => return Err(UnderwriteError::Overloaded),
            };
            drop(permit.take());
            match self.await_first(stage, left).await? {
                Some(decided) => {
                    about.decision.set(&decided);
                    return self.decision(&request.tenant, &decided).await;
                }
                // There is none: this call is now the first, or waits for another that is.
                None => permit = Some(self.0.gates.decide.enter_again().await),
            }
        }
    }

    /// Decides a request that has a place among those under way.
    async fn work(
        &self,
        request: &Arc<Request>,
        (place, about): (WorkSlot, About),
        within: Duration,
        permit: Option<Permit>,
    ) -> Result<Answer, UnderwriteError> {
        let (inner, request) = (Arc::clone(&self.0), Arc::clone(request));
        let work = async move {
            let turn = match permit {
                Some(permit) => permit,
                None => inner.gates.decide.enter_again().await,
            };
            let decided = inner.decide(&request, (&place, &about), within, turn);
            let (answer, left_alone) = decided.await?;
            if let Some(left_alone) = left_alone {
                let inner = Arc::clone(&inner);
                let work = async move { inner.see_through(left_alone, place).await };
                tokio::spawn(work.in_current_span());
            }
            Ok(answer)
        };
        let work = work.in_current_span();
        let work = match &self.0.home {
            Some(home) => home.spawn(work),
            None => tokio::spawn(work),
        };
        work.await.map_err(|_| UnderwriteError::Interrupted)?
    }

    /// Waits for the call that this one repeats: its decision, or `None` where it came to none.
    async fn await_first(
        &self,
        mut stage: watch::Receiver<Stage>,
        within: Duration,
    ) -> Result<Option<DecisionId>, UnderwriteError> {
        let settled = stage.wait_for(|stage| *stage != Stage::Running);
        tokio::select! {
            settled = tokio::time::timeout(within, settled) => match settled {
                Err(_) => Err(UnderwriteError::InFlight),
                Ok(Err(_)) => Ok(None),
                Ok(Ok(stage)) => Ok(match &*stage {
                    Stage::Over(decided) => decided.clone(),
                    // It is asked for again, and then found to be.
                    Stage::Pending(pending) => Some(pending.decision.clone()),
                    Stage::Running => None,
                }),
            },
            () = self.0.draining.cancelled() => Err(UnderwriteError::InFlight),
        }
    }

    /// Waits for a pending decision, as long as its caller gives.
    async fn await_pending(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
        mut stage: watch::Receiver<Stage>,
        within: Duration,
    ) -> Result<Answer, UnderwriteError> {
        let over = stage.wait_for(|stage| matches!(stage, Stage::Over(_)));
        tokio::select! {
            // It is over also where the sender is gone.
            _ = tokio::time::timeout(within, over) => {}
            () = self.0.draining.cancelled() => {}
        }
        self.decision(tenant, id).await
    }

    /// Goes on with every decision that was pending when the process ended. They are made in the
    /// background; gives how many there are: none where the ledger was restored from a backup and not
    /// resumed.
    pub async fn resume(&self) -> Result<usize, UnderwriteError> {
        if self.0.parts.ledger.ready().await == Err(LedgerError::Restored) {
            // Where it was decided after the backup, it would be decided twice.
            tracing::warn!("what is pending is not gone on with until the ledger is resumed");
            return Ok(0);
        }
        let mut count = 0;
        for pending in self.0.parts.ledger.pending().await? {
            match pending {
                Ok(pending) => count += usize::from(self.0.resume(pending)),
                // The others are not held up by it.
                Err(error) => tracing::error!(code = error.code(), %error, "cannot go on"),
            }
        }
        Ok(count)
    }

    /// Ends whoever watches a decision: they may wait for longer than a server has to end. What is
    /// pending goes on until the process ends, and after the next start.
    pub fn stop_watching(&self) {
        self.0.stopping.cancel();
    }

    /// Tells every caller who still waits for a bank that the decision is pending: the process is
    /// about to end.
    pub fn stop_waiting(&self) {
        self.0.draining.cancel();
    }

    /// Takes note of what was heard of an account: whoever waits for it looks again, and what is
    /// kept of it is forgotten where it is not to be used. Hearing the same again does no harm.
    pub async fn notify(&self, tenant: &TenantId, account: &AccountId, event: AccountEvent) {
        self.0.accounts.notify(tenant, account, event).await;
    }

    /// Clears the cache of what is too old to be used, now and again after each `interval`. Never
    /// ends; whoever serves runs it beside.
    pub async fn sweep_cache(&self, interval: Duration) -> Infallible {
        let parts = &self.0.parts;
        loop {
            if let Some(cache) = parts.cache.clone() {
                let now = parts.clock.now();
                let sweep = move || cache.sweep(now, limits::CACHE_AGE_MAX);
                match tokio::task::spawn_blocking(sweep).await {
                    Ok(0) | Err(_) => {}
                    Ok(swept) => tracing::debug!(swept, "swept the cache"),
                }
            }
            tokio::time::sleep(interval).await;
        }
    }

    /// A recorded decision, or how it stands where it is pending.
    pub async fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Answer, UnderwriteError> {
        // INVARIANT: asked in this order, for a decision ends its pending state and never begins
        // it anew.
        let stage = self.0.work.watch(tenant, id);
        let ledger = &self.0.parts.ledger;
        let waiting = match stage.map(|stage| stage.borrow().clone()) {
            Some(Stage::Pending(pending)) => Some(pending),
            Some(Stage::Running | Stage::Over(_)) | None => {
                let pending = ledger.pending_decision(tenant, id).await?;
                pending.map(Pending::from)
            }
        };
        if let Some(record) = ledger.decision(tenant, id).await? {
            return Ok(Answer::Decided(Box::new(record.into())));
        }
        let pending = waiting.ok_or(UnderwriteError::NotFound { kind: "decision" })?;
        Ok(Answer::Pending(pending))
    }

    /// The decision for the request under a key, recorded or pending.
    ///
    /// # Errors
    ///
    /// [`UnderwriteError::InFlight`] while its caller waits for it.
    pub async fn decision_by_key(
        &self,
        tenant: &TenantId,
        key: &IdempotencyKey,
    ) -> Result<Answer, UnderwriteError> {
        let not_found = UnderwriteError::NotFound { kind: "decision" };
        let found = match self.0.parts.ledger.decision_id(tenant, key).await? {
            Some(id) => self.decision(tenant, &id).await,
            None => Err(not_found),
        };
        match found {
            // A key that is only reserved has none yet, and may be given back.
            Err(UnderwriteError::NotFound { .. }) if self.0.work.is_running(tenant, key) => {
                Err(UnderwriteError::InFlight)
            }
            found => found,
        }
    }

    /// A page of what is pending, oldest first.
    pub async fn list_pending(
        &self,
        tenant: &TenantId,
        after: Option<PendingCursor>,
        page_size: usize,
    ) -> Result<PendingPage, UnderwriteError> {
        let ledger = &self.0.parts.ledger;
        Ok(ledger.list_pending(tenant, after, page_size).await?)
    }

    /// How a pending decision of the ledger stands by now.
    pub fn stands(&self, pending: PendingIntake) -> Pending {
        let intake = &pending.intake;
        let stage = self.0.work.watch(&intake.tenant, &intake.decision);
        match stage.map(|stage| stage.borrow().clone()) {
            Some(Stage::Pending(pending)) => pending,
            Some(Stage::Running | Stage::Over(_)) | None => Pending::from(pending),
        }
    }

    /// Tells how a decision stands, at once and after every change, until it is final.
    ///
    /// # Errors
    ///
    /// Where there is no such decision; the stream itself ends in an error where it cannot be read
    /// or its work broke off.
    pub async fn watch(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<ReceiverStream<Result<Answer, UnderwriteError>>, UnderwriteError> {
        let (told, stream) = mpsc::channel(1);
        let stage = self.0.work.watch(tenant, id);
        let first = self.decision(tenant, id).await?;
        let (underwriter, tenant, id) = (self.clone(), tenant.clone(), id.clone());
        tokio::spawn(async move {
            // Whoever went away needs no more.
            let told_all = underwriter.tell(&told, first, stage, &tenant, &id);
            tokio::select! {
                _ = told_all => {}
                () = told.closed() => {}
                () = underwriter.0.stopping.cancelled() => {
                    drop(told.send(Err(UnderwriteError::Stopping)).await);
                }
            }
        });
        Ok(ReceiverStream::new(stream))
    }

    async fn tell(
        &self,
        told: &mpsc::Sender<Result<Answer, UnderwriteError>>,
        first: Answer,
        stage: Option<watch::Receiver<Stage>>,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<(), mpsc::error::SendError<Result<Answer, UnderwriteError>>> {
        let is_final = matches!(first, Answer::Decided(_));
        told.send(Ok(first)).await?;
        if is_final {
            return Ok(());
        }
        if let Some(mut stage) = stage {
            stage.mark_unchanged();
            while stage.changed().await.is_ok() {
                let Stage::Pending(pending) = stage.borrow_and_update().clone() else {
                    break;
                };
                told.send(Ok(Answer::Pending(pending))).await?;
            }
        }
        let last = match self.decision(tenant, id).await {
            Ok(Answer::Pending(_)) => Err(UnderwriteError::Interrupted),
            other => other,
        };
        told.send(last).await
    }

    /// A page of decisions, newest first.
    pub async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, UnderwriteError> {
        let ledger = &self.0.parts.ledger;
        let page = ledger.list(tenant, filter, ListOrder::NewestFirst, after, page_size);
        Ok(page.await?)
    }

    /// A recorded snapshot, proven to be the one that `hash` names.
    pub async fn snapshot(
        &self,
        tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Snapshot, UnderwriteError> {
        let sealed = self.0.parts.ledger.snapshot(tenant, hash).await?;
        let sealed = sealed.ok_or(UnderwriteError::NotFound { kind: "snapshot" })?;
        Ok(snapshot::unseal(&sealed)?)
    }

    /// The rule set that decided: what a record is rendered by.
    pub async fn bundle_of(&self, record: &DecisionRecord) -> Result<Bundle, UnderwriteError> {
        let hash = record.body.pins.rule_set.bundle;
        self.0.bundle(&record.tenant, hash).await
    }

    /// The snapshots of a decision in the order of its pins: what its evidence points into.
    pub async fn evidence(
        &self,
        record: &DecisionRecord,
    ) -> Result<Vec<Arc<Snapshot>>, UnderwriteError> {
        let mut snapshots = Vec::with_capacity(record.body.pins.snapshots.len());
        for pin in &record.body.pins.snapshots {
            snapshots.push(Arc::new(self.snapshot(&record.tenant, pin.hash).await?));
        }
        Ok(snapshots)
    }
}
