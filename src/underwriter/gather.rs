//! Gets the snapshot of every account of an application, several at a time, in the order of the
//! application: all of them while the caller waits, and as many as come later on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::{Semaphore, broadcast};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::accounts::{AccountFetches, AccountRequest, LinkCut};
use super::error::{AccountError, UnderwriteError};
use crate::application::{Application, Freshness};
use crate::clock::{Pauses, Stopwatch};
use crate::id::{AccountId, ConnectedAccountId, Entropy, TenantId};
use crate::limits;
use crate::snapshot::{Frozen, Snapshot};

/// An account to decide on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundAccount {
    /// The position of the applicant whose it is.
    pub(super) applicant: usize,
    /// The account.
    pub(super) account: AccountId,
    /// The request field that led to it.
    pub(super) field: String,
}

/// What all the accounts of a request have in common.
#[derive(Debug, Clone)]
pub(super) struct FetchTerms {
    pub(super) tenant: TenantId,
    pub(super) connected: Option<ConnectedAccountId>,
    pub(super) freshness: Freshness,
    /// How long to wait for refreshes to settle.
    pub(super) settle_within: Duration,
}

/// The accounts of one application, being fetched.
pub(super) struct Gathering {
    accounts: Arc<AccountFetches>,
    found: Vec<FoundAccount>,
    terms: FetchTerms,
    results: Vec<Option<Result<Arc<Frozen>, AccountError>>>,
    started: Stopwatch,
    /// Links that were cut since the start.
    cuts: broadcast::Receiver<LinkCut>,
    fetches: JoinSet<(usize, Result<Arc<Frozen>, AccountError>)>,
    permits: Arc<Semaphore>,
    entropy: Arc<dyn Entropy>,
    /// Cancelled once nobody waits for the decision.
    left_alone: CancellationToken,
}

impl Gathering {
    /// Starts to fetch.
    pub(super) fn start(
        accounts: &Arc<AccountFetches>,
        found: Vec<FoundAccount>,
        terms: FetchTerms,
        entropy: &Arc<dyn Entropy>,
    ) -> Self {
        let mut gathering = Self {
            accounts: Arc::clone(accounts),
            results: found.iter().map(|_| None).collect(),
            found,
            terms,
            started: Stopwatch::start(),
            cuts: accounts.cuts(),
            fetches: JoinSet::new(),
            permits: Arc::new(Semaphore::new(limits::FETCHES_IN_FLIGHT_MAX)),
            entropy: Arc::clone(entropy),
            left_alone: CancellationToken::new(),
        };
        for index in 0..gathering.found.len() {
            gathering.fetch(index, Duration::ZERO);
        }
        gathering
    }

    fn fetch(&mut self, index: usize, pause: Duration) {
        let Some(found) = self.found.get(index) else {
            return;
        };
        // Drawn here, in the order of the application, not by whichever fetch is first.
        let salt = match self.entropy.salt() {
            Ok(salt) => salt,
            Err(error) => {
                if let Some(place) = self.results.get_mut(index) {
                    *place = Some(Err(error.into()));
                }
                return;
            }
        };
        let asked = AccountRequest {
            tenant: self.terms.tenant.clone(),
            account: found.account.clone(),
            connected: self.terms.connected.clone(),
            freshness: self.terms.freshness,
            settle_within: self
                .terms
                .settle_within
                .saturating_sub(self.started.elapsed().saturating_add(pause)),
            salt,
            left_alone: self.left_alone.clone(),
        };
        if let Some(at_hand) = self.accounts.at_hand(&asked)
            && let Some(place) = self.results.get_mut(index)
        {
            *place = Some(Ok(at_hand));
            return;
        }
        let (accounts, permits) = (Arc::clone(&self.accounts), Arc::clone(&self.permits));
        let work = async move {
            // Even the shortest sleep lasts until the next tick of a timer.
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            let _permit = permits.acquire_owned().await;
            (index, accounts.snapshot(&asked).await)
        };
        self.fetches.spawn(work.in_current_span());
    }

    /// Waits until every fetch has ended. Given up, it can be called again.
    ///
    /// # Errors
    ///
    /// The first failure in the order of the application.
    pub(super) async fn wait_for_all(&mut self) -> Result<(), UnderwriteError> {
        while let Some(ended) = self.fetches.join_next().await {
            let (index, result) = ended.map_err(|_| UnderwriteError::Interrupted)?;
            if let Some(place) = self.results.get_mut(index) {
                *place = Some(result);
            }
        }
        self.failure().map_or(Ok(()), Err)
    }

    /// The first failure so far, in the order of the application.
    pub(super) fn failure(&self) -> Option<UnderwriteError> {
        self.found
            .iter()
            .zip(&self.results)
            .find_map(|(found, result)| match result {
                Some(Err(error)) => Some(error.clone().of(&found.field, &found.account)),
                Some(Ok(_)) | None => None,
            })
    }

    /// The accounts that are still being fetched.
    pub(super) fn waiting_for(&self) -> Vec<AccountId> {
        self.found
            .iter()
            .zip(&self.results)
            .filter(|(_, result)| result.is_none())
            .map(|(found, _)| found.account.clone())
            .collect()
    }

    /// Nobody waits for the decision any more: what comes for it is for others first.
    pub(super) fn leave_alone(&self) {
        self.left_alone.cancel();
    }

    /// Waits on while nobody does: what fails and may pass is tried again, after a pause that
    /// doubles. Tells `progress` whenever an account has come. Given up, it has what came so far.
    pub(super) async fn fetch_until_done(
        &mut self,
        pause: Duration,
        mut progress: impl FnMut(&Self),
    ) {
        let longest = limits::PENDING_RETRY_PAUSE_MAX;
        let doubling = || Pauses::doubling(pause, longest);
        let mut pauses: Vec<Pauses> = self.found.iter().map(|_| doubling()).collect();
        while let Some(ended) = self.fetches.join_next().await {
            // A fetch that broke off by a defect is not tried again.
            let Ok((index, result)) = ended else { continue };
            if let Err(error) = &result {
                tracing::warn!(code = error.code(), %error, "a pending fetch failed");
            }
            let passing = matches!(&result, Err(error) if error.is_transient());
            if passing && let Some(pauses) = pauses.get_mut(index) {
                self.fetch(index, pauses.take());
                continue;
            }
            if let Some(place) = self.results.get_mut(index) {
                *place = Some(result);
            }
            progress(self);
        }
    }

    /// Asks again for the accounts whose link was cut since they came, while other banks were waited
    /// for.
    pub(super) fn refetch_cut_links(&mut self) {
        let (mut cut, mut all) = (BTreeSet::new(), false);
        loop {
            match self.cuts.try_recv() {
                Ok((tenant, account)) if tenant == self.terms.tenant => {
                    cut.insert(account);
                }
                Ok(_) => {}
                // More than are remembered: any may be among them.
                Err(TryRecvError::Lagged(_)) => all = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        for index in 0..self.found.len() {
            let is_cut = |found: &FoundAccount| all || cut.contains(&found.account);
            if self.found.get(index).is_some_and(is_cut)
                && let Some(result) = self.results.get_mut(index)
            {
                *result = None;
                self.fetch(index, Duration::ZERO);
            }
        }
    }

    /// What there is, in the order of the application; an account that did not come is there as one
    /// of which nothing is known.
    pub(super) fn finish(
        &self,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Vec<Arc<Frozen>>, UnderwriteError> {
        let livemode = self.accounts.source().livemode();
        let with_results = self.found.iter().zip(&self.results);
        with_results
            .map(|(found, result)| match result {
                Some(Ok(frozen)) => Ok(Arc::clone(frozen)),
                Some(Err(_)) | None => {
                    let connected = self.terms.connected.clone();
                    let account = found.account.clone();
                    let nothing = Snapshot::not_fetched(account, connected, livemode, now);
                    Ok(Arc::new(Frozen::new(nothing, self.entropy.salt()?)?))
                }
            })
            .collect()
    }
}

/// Each account with the position of the applicant whose it is.
pub(super) fn accounts(found: &[FoundAccount]) -> Vec<(usize, AccountId)> {
    let found = found.iter();
    found
        .map(|found| (found.applicant, found.account.clone()))
        .collect()
}

/// Accounts that were found before a restart, each under the field of its applicant.
pub(super) fn named(
    application: &Application,
    accounts: Vec<(usize, AccountId)>,
) -> Vec<FoundAccount> {
    let known = accounts
        .into_iter()
        .filter(|(applicant, _)| *applicant < application.applicants().len());
    known
        .map(|(applicant, account)| FoundAccount {
            applicant,
            account,
            field: format!("application.applicants[{applicant}]"),
        })
        .collect()
}
