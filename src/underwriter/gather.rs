//! Gets the snapshot of every account of an application: from the cache where it is fresh, from
//! the source otherwise, several at a time, in the order of the application.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::{Parts, Request, UnderwriteError, history};
use crate::application::Freshness;
use crate::cache::Cache;
use crate::id::{AccountId, TenantId};
use crate::limits;
use crate::snapshot::{QualityFlag, Snapshot, freeze};
use crate::stripe::Wanted;

/// The snapshots, in the order of the application's accounts; the first failure in that order
/// otherwise.
pub(super) async fn gather(
    parts: &Parts,
    request: &Request,
) -> Result<Vec<Snapshot>, UnderwriteError> {
    let permits = Arc::new(Semaphore::new(limits::FETCHES_IN_FLIGHT_MAX));
    let mut fetches = JoinSet::new();
    for (index, (field, account)) in fields(request).into_iter().enumerate() {
        let permits = Arc::clone(&permits);
        let fetch = Fetch::new(parts, request.tenant.clone(), account, field);
        let work = async move {
            let _permit = permits.acquire_owned().await;
            (index, fetch.run().await)
        };
        fetches.spawn(work.in_current_span());
    }
    let mut results = Vec::with_capacity(fetches.len());
    while let Some(finished) = fetches.join_next().await {
        results.push(finished.map_err(|_| UnderwriteError::Interrupted)?);
    }
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Every account with the request field that names it.
fn fields(request: &Request) -> Vec<(String, AccountId)> {
    let applicants = request.application.applicants.iter().enumerate();
    applicants
        .flat_map(|(person, applicant)| {
            applicant
                .account_ids
                .iter()
                .enumerate()
                .map(move |(row, account)| {
                    let field = format!("application.applicants[{person}].account_ids[{row}]");
                    (field, account.clone())
                })
        })
        .collect()
}

/// One account to be fetched.
struct Fetch {
    source: Arc<dyn crate::stripe::Source>,
    cache: Option<Arc<Cache>>,
    clock: Arc<dyn crate::clock::Clock>,
    zone: crate::calendar::Zone,
    tenant: TenantId,
    account: AccountId,
    field: String,
}

impl Fetch {
    fn new(parts: &Parts, tenant: TenantId, account: AccountId, field: String) -> Self {
        Self {
            source: Arc::clone(&parts.source),
            cache: parts.cache.clone(),
            clock: Arc::clone(&parts.clock),
            zone: parts.zone,
            tenant,
            account,
            field,
        }
    }

    async fn run(self) -> Result<Snapshot, UnderwriteError> {
        if let Some(snapshot) = self.cached().await {
            return Ok(snapshot);
        }
        let now = self.clock.now();
        let since = now.checked_sub_signed(history()).unwrap_or(now);
        let wanted = Wanted {
            account: self.account.clone(),
            connected: None,
            since,
            now,
            freshness: Freshness::default(),
            settle_within: std::time::Duration::from_secs(25),
            known: None,
            woken: Arc::default(),
        };
        let fetched =
            self.source
                .fetch(&wanted)
                .await
                .map_err(|source| UnderwriteError::Account {
                    field: self.field.clone(),
                    account: self.account.clone(),
                    source,
                })?;
        let snapshot = freeze(fetched, self.zone);
        self.keep(&snapshot).await;
        Ok(snapshot)
    }

    async fn cached(&self) -> Option<Snapshot> {
        let cache = Arc::clone(self.cache.as_ref()?);
        let (tenant, account, now) = (self.tenant.clone(), self.account.clone(), self.clock.now());
        let read = move || cache.get(&tenant, &account, now, limits::CACHE_AGE_MAX);
        tokio::task::spawn_blocking(read).await.ok()?
    }

    /// Keeps a snapshot for the next decision, unless it is known to be incomplete.
    async fn keep(&self, snapshot: &Snapshot) {
        if snapshot.flags.contains(&QualityFlag::RefreshPending) {
            return;
        }
        let Some(cache) = self.cache.clone() else {
            return;
        };
        let (tenant, snapshot) = (self.tenant.clone(), snapshot.clone());
        // A cache that cannot be written costs a fetch next time; it says so itself.
        let _ = tokio::task::spawn_blocking(move || cache.put(&tenant, &snapshot)).await;
    }
}
