//! What every request passes first: it is counted, perhaps turned away, and perhaps hit by a
//! fault. What is left is answered as Stripe would.

mod broken;
mod distort;
mod refuse;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{Method, Uri};
use axum::response::Response;
use tokio_util::sync::CancellationToken;

use super::connection::Cut;
use super::counts::{Counted, Counters, Counts, OverLimit};
use super::endpoint::Route;
use super::error::SandboxError;
use super::faults::armed::{Answering, Armed, Hits, Matter, Names, clamp};
use super::faults::{Content, Faults, Transport};
use super::query::decode;
use super::realms::Realms;
use super::server::{Answer, Server, fingerprint, idempotency_key, read_params, write};
use super::webhooks::Outbox;
use super::world::RefreshFeature;

/// What is kept beside the state of the world.
#[derive(Debug)]
pub(super) struct Front {
    counters: Mutex<Counters>,
    armed: Mutex<Armed>,
    names: Names,
    /// Calls that pass in a second, all together.
    rate_limit: Option<u64>,
    pub(super) outbox: Option<Arc<Outbox>>,
    /// Ends pauses and deliveries.
    pub(super) stop: CancellationToken,
    /// The number of the next made-up row.
    fresh: AtomicU64,
}

/// One request on its way in.
pub(super) struct Visit<'a> {
    pub(super) parts: &'a Parts,
    body: &'a Bytes,
    pub(super) request_id: &'a str,
    cut: &'a Cut,
    pub(super) matter: Matter,
    pub(super) key: Option<String>,
    /// What an answer is saved under together with the key; nothing for a request that cannot
    /// even be read.
    pub(super) fingerprint: Option<String>,
}

impl Front {
    pub(super) fn new(names: Names, rate_limit: Option<u64>, outbox: Option<Outbox>) -> Self {
        Self {
            counters: Mutex::default(),
            armed: Mutex::default(),
            names,
            rate_limit,
            outbox: outbox.map(Arc::new),
            stop: CancellationToken::new(),
            fresh: AtomicU64::new(1),
        }
    }

    /// Puts other faults in place of those that were armed.
    pub(super) fn arm(&self, faults: &Faults, realms: &Realms) -> Result<(), SandboxError> {
        let armed = Armed::new(faults, &self.names, realms.account_ids())?;
        *lock(&self.armed) = armed;
        Ok(())
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        lock(&self.counters)
    }

    /// What was counted here.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = self.counters().counts();
        if let Some(outbox) = &self.outbox {
            (counts.webhooks_delivered, counts.webhooks_lost) = outbox.tally();
        }
        counts
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(clamp(pause)) => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Answers a request that was read, well or not.
    pub(super) async fn pass(
        &self,
        parts: &Parts,
        body: &Bytes,
        request_id: &str,
        cut: &Cut,
    ) -> Response {
        let visit = self.visit(parts, body, request_id, cut);
        if let Err(over) = self.count(&visit) {
            return self.refuse_rate(&visit, over);
        }
        if self.is_known_by_key(&visit) {
            return self.right(&visit);
        }
        let hits = lock(&self.front.armed).hits(&visit.matter);
        if !hits.are_none() {
            self.front.counters().count_fault();
        }
        self.prepare(&visit, &hits);
        match &hits.answer {
            Some(Answering::Error(error)) => self.refuse(&visit, error),
            Some(Answering::Transport(transport)) => self.break_transport(&visit, *transport).await,
            Some(Answering::Content(content)) => self.distorted(&visit, content),
            None => self.right(&visit),
        }
    }

    fn visit<'a>(
        &self,
        parts: &'a Parts,
        body: &'a Bytes,
        request_id: &'a str,
        cut: &'a Cut,
    ) -> Visit<'a> {
        let route = Route::of(parts.uri.path());
        let mut account = route.account().map(str::to_owned);
        let mut ids: Vec<String> = route.ids.iter().map(|(_, id)| id.clone()).collect();
        let (mut features, mut saved_under) = (Vec::new(), None);
        if let Ok(mut params) = read_params(parts, body) {
            saved_under = Some(fingerprint(parts.uri.path(), &params));
            ids.extend(params.values().map(str::to_owned));
            let words = params.list("features").unwrap_or_default();
            features.extend(
                words
                    .iter()
                    .filter_map(|word| RefreshFeature::from_word(word)),
            );
            let named = params.text("account").unwrap_or_default();
            account = account.or(named);
        }
        let row = route.ids.iter().find(|(name, _)| *name == "transaction");
        if let Some((_, row)) = row {
            let mut realms = self.realms();
            let state = realms.of(&parts.headers).ok();
            let holder = state.and_then(|state| state.account_of(row));
            account = account.or(holder.map(str::to_owned));
        }
        Visit {
            parts,
            body,
            request_id,
            cut,
            key: idempotency_key(&parts.headers).ok().flatten(),
            fingerprint: saved_under,
            matter: Matter {
                endpoint: route.endpoint,
                account,
                ids,
                features,
            },
        }
    }

    fn count(&self, visit: &Visit<'_>) -> Result<(), OverLimit> {
        let acting_for = visit.parts.headers.get("stripe-account");
        let counted = Counted {
            endpoint: visit.matter.endpoint,
            stripe_account: acting_for.and_then(|id| id.to_str().ok()).unwrap_or(""),
            idempotency_key: visit.key.as_deref(),
        };
        let mut counters = self.front.counters();
        // Read under the lock, so that times never go back.
        let at = self.elapsed();
        counters.count(counted, at);
        match self.front.rate_limit {
            Some(limit) => counters.admit(counted.endpoint, at, limit),
            None => Ok(()),
        }
    }

    /// Whether an answer is saved for the key, or the key is used for something else: no fault
    /// comes between a key and its answer.
    fn is_known_by_key(&self, visit: &Visit<'_>) -> bool {
        let (Some(key), Some(saved_under)) = (&visit.key, &visit.fingerprint) else {
            return false;
        };
        let mut realms = self.realms();
        let Ok(state) = realms.of(&visit.parts.headers) else {
            return false;
        };
        let posts = visit.parts.method == Method::POST;
        posts && !matches!(state.saved(key, saved_under), Ok(None))
    }

    /// Does what faults do before a call is answered.
    fn prepare(&self, visit: &Visit<'_>, hits: &Hits) {
        let Some(account) = &visit.matter.account else {
            return;
        };
        let mut realms = self.realms();
        let Ok(state) = realms.of(&visit.parts.headers) else {
            return;
        };
        for status in &hits.becomes {
            // A call may name an account that is not there; nothing becomes of that.
            let _ = state.become_status(account, *status);
        }
        if visit.parts.method == Method::POST {
            state.destine(account, hits.fates.clone());
        }
    }

    /// The right answer.
    fn right(&self, visit: &Visit<'_>) -> Response {
        let answer = self.answer_all(visit.parts, visit.body, visit.request_id);
        write(&answer, &visit.parts.headers, visit.request_id)
    }

    /// Does what was asked for, but remembers no answer for the key.
    fn carry_out(&self, visit: &Visit<'_>) {
        let mut parts = visit.parts.clone();
        parts.headers.remove("idempotency-key");
        // What comes of it, nobody is told.
        let _ = self.answer_all(&parts, visit.body, visit.request_id);
    }

    async fn break_transport(&self, visit: &Visit<'_>, transport: Transport) -> Response {
        match transport {
            Transport::Reset { carried_out } => {
                if carried_out {
                    // The answer is remembered for the key: only the way to the caller broke.
                    drop(self.right(visit));
                }
                visit.cut.now();
                Response::new(Body::empty())
            }
            Transport::ResetInBody => {
                broken::reset_in_body(self.right(visit), visit.cut.clone()).await
            }
            Transport::SlowStart { delay } => {
                let response = self.right(visit);
                self.front.pause(delay).await;
                response
            }
            Transport::SlowBody { bytes, interval } => {
                let stop = self.front.stop.clone();
                broken::drip(self.right(visit), bytes, clamp(interval), stop).await
            }
            Transport::TruncatedBody => broken::truncated(self.right(visit)).await,
            Transport::InvalidJson => broken::invalid_json(self.right(visit)).await,
            Transport::Html { status } => broken::html(status),
            Transport::HugeBody { bytes } => broken::huge(self.right(visit), bytes).await,
        }
    }

    fn distorted(&self, visit: &Visit<'_>, content: &Content) -> Response {
        let first_page = distort::ignores_the_cursor(content).then(|| without_cursor(visit.parts));
        let parts = first_page.as_ref().unwrap_or(visit.parts);
        let mut answer: Answer = self.answer_all(parts, visit.body, visit.request_id);
        if let Ok(value) = &mut answer.outcome {
            distort::distort(value, content, &self.front.fresh);
        }
        write(&answer, &visit.parts.headers, visit.request_id)
    }
}

/// The same request for the first page.
fn without_cursor(parts: &Parts) -> Parts {
    let mut parts = parts.clone();
    let is_cursor = |pair: &&str| {
        let name = pair.split('=').next().and_then(decode);
        matches!(name.as_deref(), Some("starting_after" | "ending_before"))
    };
    let query = parts.uri.query().unwrap_or("");
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_cursor(pair)).collect();
    let path = format!("{}?{}", parts.uri.path(), kept.join("&"));
    // INVARIANT: a part of a URI's query is a query.
    if let Ok(path) = path.parse::<PathAndQuery>() {
        parts.uri = Uri::from(path);
    }
    parts
}
