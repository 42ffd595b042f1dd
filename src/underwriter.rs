//! The conductor: intake, fetch, freeze, decide, record.
//!
//! It owns the order in which things happen and nothing else: what a request means is the
//! service's to say, how data is fetched Stripe's room, what it means the engine's, and how it is
//! kept the ledger's.

mod answer;
mod error;
mod gather;
mod in_flight;

use std::convert::Infallible;
use std::sync::Arc;

use chrono::Duration;
use tracing::Instrument;

use crate::analysis::Settings;
use crate::application::{Application, ApplicationError};
use crate::cache::Cache;
use crate::calendar::{self, AsOf, Zone};
use crate::clock::Clock;
use crate::decision::{DecisionBody, DecisionInput};
use crate::engine;
use crate::id::{DecisionId, Entropy, IdempotencyKey, RuleSetName, TenantId};
use crate::ledger::{
    Cursor, DecisionRecord, Filter, Intake, Ledger, NewDecision, Page, Reservation, StoredBundle,
};
use crate::limits;
use crate::rules::{Bundle, BundleHash};
use crate::snapshot::{self, Sealed, Snapshot, SnapshotHash};
use crate::stripe::Source;

pub use answer::{AccountEvent, Answer, Pending};
pub use error::UnderwriteError;
use in_flight::InFlight;

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
}

/// A request for a decision.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose it is.
    pub tenant: TenantId,
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// The rule set whose active version decides.
    pub rule_set: RuleSetName,
    /// What is asked.
    pub application: Application,
}

/// The conductor. Clones share everything.
#[derive(Clone)]
pub struct Underwriter(Arc<Inner>);

struct Inner {
    parts: Parts,
    in_flight: Arc<InFlight>,
    /// Compiled rule sets by hash. A hash always means the same bytes, so nothing here goes stale.
    bundles: std::sync::Mutex<std::collections::BTreeMap<BundleHash, Bundle>>,
}

impl Underwriter {
    /// An underwriter of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            parts,
            in_flight: Arc::new(InFlight::new(limits::DECISIONS_IN_FLIGHT_MAX)),
            bundles: std::sync::Mutex::default(),
        }))
    }

    /// Stores a rule set and makes it the one that decides under its name.
    pub async fn activate(&self, tenant: &TenantId, bundle: Bundle) -> Result<(), UnderwriteError> {
        let stored = StoredBundle {
            hash: bundle.hash(),
            name: bundle.name().clone(),
            bytes: bundle.bytes().to_vec(),
        };
        let parts = &self.0.parts;
        Ok(parts
            .ledger
            .activate(tenant, stored, parts.clock.now())
            .await?)
    }

    /// Decides, records, and only then answers.
    ///
    /// The work goes on when the caller goes away: a repeat with the same key then finds the
    /// decision. A failure gives the key back.
    pub async fn decide(&self, request: Request) -> Result<DecisionRecord, UnderwriteError> {
        let place = self.0.in_flight.enter(&request.tenant, &request.key)?;
        let inner = Arc::clone(&self.0);
        let work = async move {
            let _place = place;
            inner.decide(request).await
        };
        tokio::spawn(work.in_current_span())
            .await
            .map_err(|_| UnderwriteError::Interrupted)?
    }

    /// Clears the cache of what is too old to be used, now and again after each `interval`. Never
    /// ends; whoever serves runs it beside.
    pub async fn sweep_cache(&self, interval: std::time::Duration) -> Infallible {
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

    /// A recorded decision.
    pub async fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<DecisionRecord, UnderwriteError> {
        let found = self.0.parts.ledger.decision(tenant, id).await?;
        found.ok_or(UnderwriteError::NotFound { kind: "decision" })
    }

    /// A page of decisions, newest first.
    pub async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, UnderwriteError> {
        Ok(self
            .0
            .parts
            .ledger
            .list(tenant, filter, after, page_size)
            .await?)
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

    /// The snapshots of a decision in the order of its pins: what its evidence points into.
    pub async fn evidence(
        &self,
        record: &DecisionRecord,
    ) -> Result<Vec<Snapshot>, UnderwriteError> {
        let mut snapshots = Vec::with_capacity(record.body.pins.snapshots.len());
        for pin in &record.body.pins.snapshots {
            snapshots.push(self.snapshot(&record.tenant, pin.hash).await?);
        }
        Ok(snapshots)
    }
}

impl Inner {
    async fn decide(&self, request: Request) -> Result<DecisionRecord, UnderwriteError> {
        let active = self
            .active_bundle(&request.tenant, &request.rule_set)
            .await?;
        let intake = self.intake(&request, active)?;
        match self.parts.ledger.reserve(intake).await? {
            Reservation::Decided(record) => Ok(*record),
            Reservation::Conflict => Err(UnderwriteError::KeyReused),
            Reservation::Reserved { decision, bundle } => {
                let (tenant, key) = (request.tenant.clone(), request.key.clone());
                let decided = self.decide_reserved(request, decision, bundle).await;
                if decided.is_err()
                    && let Err(error) = self.parts.ledger.release(&tenant, &key).await
                {
                    // The same request may still be repeated under this key.
                    tracing::warn!(
                        code = error.code(),
                        "could not give an idempotency key back"
                    );
                }
                decided
            }
        }
    }

    async fn decide_reserved(
        &self,
        request: Request,
        id: DecisionId,
        bundle: BundleHash,
    ) -> Result<DecisionRecord, UnderwriteError> {
        let bundle = self.bundle(&request.tenant, bundle).await?;
        bundle
            .check_application(&request.application)
            .map_err(UnderwriteError::Application)?;
        self.check_first_payment(&request.application)?;
        let snapshots = gather::gather(&self.parts, &request).await?;
        let as_of = AsOf {
            instant: self.parts.clock.now(),
            zone: self.parts.zone,
        };
        let draws = Draws {
            seed: self.parts.entropy.seed()?,
            salts: snapshots
                .iter()
                .map(|_| self.parts.entropy.salt())
                .collect::<Result<_, _>>()?,
        };
        let settings = self.parts.settings;
        let application = request.application;
        let work = move || {
            let (body, sealed) =
                decide_frozen(&application, &snapshots, &bundle, as_of, draws, settings)?;
            Ok::<_, UnderwriteError>((application, body, sealed))
        };
        let (application, body, sealed) = tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| UnderwriteError::Interrupted)??;
        let decision = NewDecision {
            tenant: request.tenant,
            id,
            key: request.key,
            application,
            body,
            salt: self.parts.entropy.salt()?,
            snapshots: sealed,
            recorded_at: self.parts.clock.now(),
        };
        Ok(self.parts.ledger.record(decision).await?)
    }

    /// A loan cannot begin to be repaid before the day on which it is decided.
    fn check_first_payment(&self, application: &Application) -> Result<(), UnderwriteError> {
        let today = calendar::civil_date(self.parts.clock.now(), self.parts.zone);
        match application.first_payment_date {
            Some(first) if first < today => {
                let error = ApplicationError {
                    field: "application.first_payment_date".to_owned(),
                    problem: format!("is in the past: it is {today}"),
                };
                Err(UnderwriteError::Application(vec![error]))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn intake(&self, request: &Request, bundle: BundleHash) -> Result<Intake, UnderwriteError> {
        let now = self.parts.clock.now();
        Ok(Intake {
            tenant: request.tenant.clone(),
            key: request.key.clone(),
            rule_set: request.rule_set.clone(),
            decision: DecisionId::generate(now, self.parts.entropy.as_ref())?,
            bundle,
            application: request.application.clone(),
            received_at: now,
        })
    }

    async fn active_bundle(
        &self,
        tenant: &TenantId,
        name: &RuleSetName,
    ) -> Result<BundleHash, UnderwriteError> {
        let active = self.parts.ledger.active(tenant).await?;
        active
            .iter()
            .find(|(active, _)| active == name)
            .map(|(_, hash)| *hash)
            .ok_or_else(|| {
                let names = active.iter().map(|(name, _)| name.as_str());
                UnderwriteError::unknown_rule_set(name.clone(), names)
            })
    }

    async fn bundle(&self, tenant: &TenantId, hash: BundleHash) -> Result<Bundle, UnderwriteError> {
        let lock = || {
            self.bundles
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        if let Some(bundle) = lock().get(&hash) {
            return Ok(bundle.clone());
        }
        let stored = self.parts.ledger.bundle(tenant, hash).await?;
        let stored = stored.ok_or(UnderwriteError::DamagedBundle { hash })?;
        let bundle = Bundle::from_bytes(&stored.bytes)
            .ok()
            .filter(|bundle| bundle.hash() == hash)
            .ok_or(UnderwriteError::DamagedBundle { hash })?;
        lock().insert(hash, bundle.clone());
        Ok(bundle)
    }
}

/// Randomness drawn for one decision.
struct Draws {
    seed: u64,
    /// One for each snapshot.
    salts: Vec<[u8; 32]>,
}

/// Seals the snapshots and decides on them.
fn decide_frozen(
    application: &Application,
    snapshots: &[Snapshot],
    bundle: &Bundle,
    as_of: AsOf,
    draws: Draws,
    settings: Settings,
) -> Result<(DecisionBody, Vec<Sealed>), UnderwriteError> {
    let sealed = snapshots
        .iter()
        .zip(draws.salts)
        .map(|(snapshot, salt)| snapshot::seal(snapshot, salt))
        .collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<SnapshotHash> = sealed.iter().map(|sealed| sealed.hash).collect();
    let seed = draws.seed;
    let input = DecisionInput {
        application,
        snapshots,
        hashes: &hashes,
        bundle,
        as_of,
        seed,
        settings,
    };
    Ok((engine::decide(&input)?, sealed))
}

/// How far back transactions are asked for.
fn history() -> Duration {
    Duration::days(i64::from(limits::HISTORY_DAYS))
}
