//! One account, one fetch: however many decisions want it at once, and none where the cache is
//! fresh enough.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, SemaphorePermit, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::AccountEvent;
use super::error::AccountError;
use super::metrics::{Metrics, ReadFrom};
use crate::application::Freshness;
use crate::cache::Cache;
use crate::calendar::Zone;
use crate::clock::{Clock, Stopwatch};
use crate::id::{AccountId, ConnectedAccountId, TenantId};
use crate::limits;
use crate::seal::Salt;
use crate::snapshot::{Frozen, freeze};
use crate::stripe::{FetchRequest, Source, StripeError};

/// How long it is paused before more of those are told whose caller has gone.
const TELL_PAUSE: Duration = Duration::from_millis(2);

/// Fetches accounts for all decisions.
pub(super) struct AccountFetches {
    source: Arc<dyn Source>,
    cache: Option<Arc<Cache>>,
    clock: Arc<dyn Clock>,
    zone: Zone,
    metrics: Metrics,
    in_flight: Mutex<InFlightFetches>,
    /// Whose link was cut, for decisions that have its data already and wait for other banks.
    cut: broadcast::Sender<LinkCut>,
    /// One fetch at a time tells those whose caller has gone.
    telling: tokio::sync::Mutex<()>,
}

/// An account whose link was cut.
pub(super) type LinkCut = (TenantId, AccountId);

#[derive(Default)]
struct InFlightFetches {
    /// Of the last fetch that was started.
    number: u64,
    open: BTreeMap<Key, InFlightFetch>,
}

/// What a fetch is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    tenant: TenantId,
    account: AccountId,
    connected: Option<ConnectedAccountId>,
}

/// A fetch under way.
#[derive(Clone)]
struct InFlightFetch {
    number: u64,
    freshness: Freshness,
    outcome: Arc<watch::Sender<Option<FetchResult>>>,
    /// Lets those hear the outcome whose caller has gone; closed once all may.
    told: Arc<Semaphore>,
    signals: Arc<Signals>,
}

impl InFlightFetch {
    /// The outcome. Who has no caller to answer any more hears it in its turn: thousands may wait
    /// for one bank.
    async fn heard(
        &self,
        mut outcome: watch::Receiver<Option<FetchResult>>,
        left_alone: &CancellationToken,
    ) -> FetchResult {
        let alone = tokio::select! {
            biased;
            () = left_alone.cancelled() => true,
            _ = outcome.wait_for(Option::is_some) => false,
        };
        if alone {
            // An error says that all may hear it.
            drop(self.told.acquire().await.map(SemaphorePermit::forget));
        }
        let heard = outcome.borrow().clone();
        heard.unwrap_or_else(|| Err(interrupted()))
    }

    /// Tells those whose caller has gone, some at a time.
    async fn tell(&self) {
        let count = self.outcome.receiver_count();
        for _ in (0..count).step_by(limits::TOLD_AT_ONCE_MAX) {
            self.told.add_permits(limits::TOLD_AT_ONCE_MAX);
            tokio::time::sleep(TELL_PAUSE).await;
        }
    }
}

fn interrupted() -> AccountError {
    StripeError::Unreachable("the fetch was interrupted").into()
}

type FetchResult = Result<Arc<Frozen>, AccountError>;

/// What is told to a fetch while it goes on.
#[derive(Default)]
struct Signals {
    woken: Arc<Notify>,
    /// The link was cut since the account was last read.
    unusable: AtomicBool,
}

/// What a decision wants of one account.
#[derive(Debug, Clone)]
pub(super) struct AccountRequest {
    pub(super) tenant: TenantId,
    pub(super) account: AccountId,
    pub(super) connected: Option<ConnectedAccountId>,
    pub(super) freshness: Freshness,
    /// How long to wait for refreshes to settle.
    pub(super) settle_within: Duration,
    /// For the hash of what is fetched; drawn for this request alone.
    pub(super) salt: Salt,
    /// Whether its caller has gone.
    pub(super) left_alone: CancellationToken,
}

impl AccountFetches {
    pub(super) fn new(
        source: Arc<dyn Source>,
        cache: Option<Arc<Cache>>,
        clock: Arc<dyn Clock>,
        zone: Zone,
        metrics: Metrics,
    ) -> Arc<Self> {
        Arc::new(Self {
            source,
            cache,
            clock,
            zone,
            metrics,
            in_flight: Mutex::default(),
            cut: broadcast::Sender::new(limits::CUTS_HEARD_MAX),
            telling: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// The links that are cut from now on.
    pub(super) fn cuts(&self) -> broadcast::Receiver<LinkCut> {
        self.cut.subscribe()
    }

    fn in_flight(&self) -> MutexGuard<'_, InFlightFetches> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The account as it is kept, if that is fresh enough, and else as it is fetched now. A fetch
    /// that is under way is joined.
    pub(super) async fn snapshot(self: &Arc<Self>, asked: &AccountRequest) -> FetchResult {
        let had = self.had(asked).await;
        let from = had.as_ref().map_or(ReadFrom::Failed, |(_, from)| *from);
        self.metrics.read(from);
        had.map(|(snapshot, _)| snapshot)
    }

    async fn had(
        self: &Arc<Self>,
        asked: &AccountRequest,
    ) -> Result<(Arc<Frozen>, ReadFrom), AccountError> {
        let asking = Stopwatch::start();
        loop {
            let known = self.kept(asked).await;
            if let Some(known) = &known
                && known.snapshot().is_fresh(asked.freshness, self.clock.now())
            {
                return Ok((Arc::clone(known), ReadFrom::Cache));
            }
            let left = asked.settle_within.saturating_sub(asking.elapsed());
            let (fetch_in_flight, outcome, own) = self.join(asked, known, left);
            let snapshot = fetch_in_flight.heard(outcome, &asked.left_alone).await?;
            // Somebody else's does where it wanted as much and waited as long, or has brought what
            // is wanted.
            let left = asked.settle_within.saturating_sub(asking.elapsed());
            let as_good = fetch_in_flight.freshness.is_within(asked.freshness)
                && (snapshot.snapshot().is_settled() || left.is_zero());
            let from = match own {
                true => ReadFrom::Fetch,
                false => ReadFrom::SharedFetch,
            };
            if own
                || as_good
                || snapshot
                    .snapshot()
                    .is_fresh(asked.freshness, self.clock.now())
            {
                return Ok((snapshot, from));
            }
        }
    }

    /// The account as it is kept in memory, if that is fresh enough.
    pub(super) fn at_hand(&self, asked: &AccountRequest) -> Option<Arc<Frozen>> {
        let cache = self.cache.as_ref()?;
        let now = self.clock.now();
        let recent = cache.recent(&asked.tenant, &asked.account, now, limits::CACHE_AGE_MAX)?;
        let usable =
            self.is_for(&recent, asked) && recent.snapshot().is_fresh(asked.freshness, now);
        usable.then(|| {
            self.metrics.read(ReadFrom::Recent);
            recent
        })
    }

    /// Whether a snapshot that is kept is for this caller to see: read in another name, it may not
    /// be; of the other mode, it is of another key.
    fn is_for(&self, kept: &Frozen, asked: &AccountRequest) -> bool {
        let account = &kept.snapshot().account;
        account.connected_account == asked.connected && account.livemode == self.source.livemode()
    }

    /// Joins the fetch of the account, or starts one that waits so long; tells whether it did.
    fn join(
        self: &Arc<Self>,
        asked: &AccountRequest,
        known: Option<Arc<Frozen>>,
        settle_within: Duration,
    ) -> (InFlightFetch, watch::Receiver<Option<FetchResult>>, bool) {
        let key = Key {
            tenant: asked.tenant.clone(),
            account: asked.account.clone(),
            connected: asked.connected.clone(),
        };
        let mut in_flight = self.in_flight();
        if let Some(fetch_in_flight) = in_flight.open.get(&key) {
            return (
                fetch_in_flight.clone(),
                fetch_in_flight.outcome.subscribe(),
                false,
            );
        }
        in_flight.number = in_flight.number.saturating_add(1);
        let (outcome, watched) = watch::channel(None);
        let fetch_in_flight = InFlightFetch {
            number: in_flight.number,
            freshness: asked.freshness,
            outcome: Arc::new(outcome),
            told: Arc::new(Semaphore::new(0)),
            signals: Arc::default(),
        };
        in_flight.open.insert(key.clone(), fetch_in_flight.clone());
        drop(in_flight);
        let asked = AccountRequest {
            settle_within,
            ..asked.clone()
        };
        let work = Arc::clone(self).run_fetch(key, fetch_in_flight.clone(), asked, known);
        tokio::spawn(work.in_current_span());
        (fetch_in_flight, watched, true)
    }

    /// Fetches until it is done or nobody waits any more.
    async fn run_fetch(
        self: Arc<Self>,
        key: Key,
        fetch_in_flight: InFlightFetch,
        asked: AccountRequest,
        known: Option<Arc<Frozen>>,
    ) {
        let _open = Open {
            accounts: &self,
            key: &key,
            fetch_in_flight: &fetch_in_flight,
        };
        let fetch = self.fetch(&asked, known, &fetch_in_flight.signals);
        tokio::pin!(fetch);
        let outcome = loop {
            tokio::select! {
                outcome = &mut fetch => break outcome,
                () = fetch_in_flight.outcome.closed() => {
                    let mut in_flight = self.in_flight();
                    if fetch_in_flight.outcome.receiver_count() == 0 {
                        in_flight.open.remove(&key);
                        return;
                    }
                }
            }
        };
        // Whoever comes from now on asks anew, or finds it kept.
        self.in_flight().open.remove(&key);
        fetch_in_flight.outcome.send_replace(Some(outcome));
        let _turn = self.telling.lock().await;
        fetch_in_flight.tell().await;
    }

    async fn fetch(
        &self,
        asked: &AccountRequest,
        mut known: Option<Arc<Frozen>>,
        signals: &Signals,
    ) -> FetchResult {
        let mut again = true;
        loop {
            signals.unusable.store(false, Ordering::SeqCst);
            let now = self.clock.now();
            let history = chrono::Duration::days(i64::from(limits::HISTORY_DAYS));
            let wanted = FetchRequest {
                account: asked.account.clone(),
                connected: asked.connected.clone(),
                since: now.checked_sub_signed(history).unwrap_or(now),
                now,
                freshness: asked.freshness,
                settle_within: asked.settle_within,
                known: known.as_deref().map(|known| known.snapshot().clone()),
                woken: Arc::clone(&signals.woken),
            };
            let fetched = self.source.fetch(&wanted).await?;
            // The link was cut while it was read: what was read is not what it is.
            if again && signals.unusable.load(Ordering::SeqCst) {
                again = false;
                known = None;
                continue;
            }
            // Encoded once, for the cache and for the ledger.
            let frozen = Frozen::new(freeze(fetched, self.zone), asked.salt)?;
            let snapshot = Arc::new(frozen);
            self.keep(asked, &snapshot).await;
            if signals.unusable.load(Ordering::SeqCst) {
                self.forget(&asked.tenant, &asked.account).await;
            }
            return Ok(snapshot);
        }
    }

    /// What is kept of the account, however old.
    async fn kept(&self, asked: &AccountRequest) -> Option<Arc<Frozen>> {
        let cache = Arc::clone(self.cache.as_ref()?);
        let (tenant, account) = (asked.tenant.clone(), asked.account.clone());
        let now = self.clock.now();
        let read = move || cache.get(&tenant, &account, now, limits::CACHE_AGE_MAX);
        let kept = tokio::task::spawn_blocking(read).await.ok()??;
        self.is_for(&kept, asked).then_some(kept)
    }

    async fn keep(&self, asked: &AccountRequest, snapshot: &Arc<Frozen>) {
        let Some(cache) = self.cache.clone() else {
            return;
        };
        let (tenant, snapshot) = (asked.tenant.clone(), Arc::clone(snapshot));
        // A cache that cannot be written costs a fetch next time; it says so itself.
        let _ = tokio::task::spawn_blocking(move || cache.put(&tenant, &snapshot)).await;
    }

    async fn forget(&self, tenant: &TenantId, account: &AccountId) {
        let Some(cache) = self.cache.clone() else {
            return;
        };
        let (tenant, account) = (tenant.clone(), account.clone());
        let _ = tokio::task::spawn_blocking(move || cache.remove(&tenant, &account)).await;
    }

    /// Tells whoever fetches the account that it changed, and forgets what is not to be used.
    pub(super) async fn notify(&self, tenant: &TenantId, account: &AccountId, event: AccountEvent) {
        let concerned = |key: &Key| key.tenant == *tenant && key.account == *account;
        for (_, fetch_in_flight) in self
            .in_flight()
            .open
            .iter()
            .filter(|(key, _)| concerned(key))
        {
            if event == AccountEvent::Unusable {
                fetch_in_flight
                    .signals
                    .unusable
                    .store(true, Ordering::SeqCst);
            }
            fetch_in_flight.signals.woken.notify_one();
        }
        // INVARIANT: forgotten after the fetches were told, so that one that has kept the account
        // in between finds itself told and forgets it too.
        if event == AccountEvent::Unusable {
            self.forget(tenant, account).await;
            // Nobody may be listening.
            drop(self.cut.send((tenant.clone(), account.clone())));
        }
    }
}

/// Takes a fetch out of those under way and tells everybody who still waits for it, also where it
/// panics.
struct Open<'a> {
    accounts: &'a AccountFetches,
    key: &'a Key,
    fetch_in_flight: &'a InFlightFetch,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut in_flight = self.accounts.in_flight();
        let own = in_flight.open.get(self.key);
        if own.is_some_and(|own| own.number == self.fetch_in_flight.number) {
            in_flight.open.remove(self.key);
        }
        drop(in_flight);
        self.fetch_in_flight.outcome.send_if_modified(|outcome| {
            let is_new = outcome.is_none();
            outcome.get_or_insert_with(|| Err(interrupted()));
            is_new
        });
        self.fetch_in_flight.told.close();
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tokio::sync::broadcast::error::TryRecvError;
    use tokio::task::JoinSet;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::{Entropy, Handle, OsEntropy};
    use crate::ledger::tests::tenant;
    use crate::snapshot::Fetched;
    use crate::stripe::Resolved;

    /// So many decisions wait for one fetch; gives how many were told of its end in each round.
    async fn rounds(waiting: usize, left_alone: &CancellationToken) -> Vec<usize> {
        let fetch = InFlightFetch {
            number: 1,
            freshness: Freshness::default(),
            outcome: Arc::new(watch::Sender::new(None)),
            told: Arc::new(Semaphore::new(0)),
            signals: Arc::default(),
        };
        let mut hearers = JoinSet::new();
        for _ in 0..waiting {
            let (fetch, left_alone) = (fetch.clone(), left_alone.clone());
            let outcome = fetch.outcome.subscribe();
            hearers.spawn(async move { fetch.heard(outcome, &left_alone).await });
        }
        // Each has asked.
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(hearers.try_join_next().is_none());
        fetch.outcome.send_replace(Some(Err(interrupted())));
        let telling = tokio::spawn(async move { fetch.tell().await });
        let mut rounds = Vec::new();
        while !hearers.is_empty() {
            let mut told = 0;
            while hearers.try_join_next().is_some() {
                told += 1;
            }
            rounds.extend((told > 0).then_some(told));
            // Everything that can be done now is done before this goes on.
            tokio::task::yield_now().await;
        }
        telling.await.unwrap();
        rounds
    }

    #[tokio::test]
    async fn whoever_has_a_caller_is_told_at_once_and_the_others_some_at_a_time() {
        let max = limits::TOLD_AT_ONCE_MAX;
        let has_caller = CancellationToken::new();
        assert_eq!(rounds(3 * max, &has_caller).await, [3 * max]);
        let left_alone = CancellationToken::new();
        left_alone.cancel();
        for (waiting, told) in [
            (max - 1, vec![max - 1]),
            (max, vec![max]),
            (max + 1, vec![max, 1]),
            (3 * max, vec![max; 3]),
        ] {
            assert_eq!(rounds(waiting, &left_alone).await, told);
        }
    }

    /// A bank whose answer shows a defect of ours.
    struct Broken;

    #[async_trait]
    impl Source for Broken {
        fn livemode(&self) -> bool {
            false
        }

        async fn resolve(
            &self,
            _: &Handle,
            _: Option<&ConnectedAccountId>,
        ) -> Result<Resolved, StripeError> {
            panic!("nobody resolves here")
        }

        async fn fetch(&self, _: &FetchRequest) -> Result<Fetched, StripeError> {
            // Others come meanwhile.
            tokio::time::sleep(Duration::from_millis(50)).await;
            panic!("a defect")
        }
    }

    #[tokio::test]
    async fn a_fetch_that_breaks_off_is_told_to_all_who_wait_for_it() {
        let accounts = AccountFetches::new(
            Arc::new(Broken),
            None,
            Arc::new(SystemClock),
            Zone::default(),
            Metrics::default(),
        );
        let mut waiting = JoinSet::new();
        for alone in [false, false, true] {
            let asked = AccountRequest {
                tenant: tenant(),
                account: "fca_1".parse().unwrap(),
                connected: None,
                freshness: Freshness::default(),
                settle_within: Duration::ZERO,
                salt: OsEntropy.salt().unwrap(),
                left_alone: CancellationToken::new(),
            };
            if alone {
                asked.left_alone.cancel();
            }
            let accounts = Arc::clone(&accounts);
            waiting.spawn(async move { accounts.snapshot(&asked).await });
        }
        let all = tokio::time::timeout(Duration::from_secs(10), waiting.join_all());
        let all = all.await.unwrap();
        assert!(all.iter().all(Result::is_err));
        assert!(accounts.in_flight().open.is_empty());
    }

    #[test]
    fn so_many_cuts_are_remembered_below_at_and_above() {
        let max = limits::CUTS_HEARD_MAX;
        for (cuts, lost) in [(max - 1, false), (max, false), (max + 1, true)] {
            let sender: broadcast::Sender<LinkCut> = broadcast::Sender::new(limits::CUTS_HEARD_MAX);
            let mut heard = sender.subscribe();
            for number in 0..cuts {
                let account = format!("fca_{number}").parse().unwrap();
                sender.send((tenant(), account)).unwrap();
            }
            let first = heard.try_recv();
            assert_eq!(
                matches!(first, Err(TryRecvError::Lagged(_))),
                lost,
                "{cuts}"
            );
        }
    }
}
