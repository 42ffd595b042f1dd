//! What every request passes first: it is counted, perhaps turned away, and perhaps hit by a
//! fault. What is left is answered as Stripe would.

mod broken;
mod distort;
mod refuse;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{Method, Uri};
use axum::response::Response;

use super::answer::{Answer, write};
use super::connection::Cut;
use super::controls::lock;
use super::counts::{Counted, OverLimit};
use super::endpoint::Route;
use super::faults::armed::{Answering, Hits, Matter, clamp};
use super::faults::{Content, Transport};
use super::problem::ApiError;
use super::query::decode;
use super::request::{fingerprint, idempotency_key, read_params};
use super::server::Server;
use super::world::RefreshFeature;
use crate::limits;

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

impl Server {
    /// Answers one request, whatever it is.
    pub(super) async fn respond(&self, parts: Parts, body: Body, cut: &Cut) -> Response {
        let request_id = self.request_id();
        match axum::body::to_bytes(body, limits::SANDBOX_REQUEST_BYTES_MAX).await {
            Ok(body) => self.pass(&parts, &body, &request_id, cut).await,
            Err(_) => write(
                &Answer::refusal(ApiError::too_large()),
                &parts.headers,
                &request_id,
            ),
        }
    }

    /// Answers a request that was read, well or not.
    async fn pass(&self, parts: &Parts, body: &Bytes, request_id: &str, cut: &Cut) -> Response {
        let visit = self.visit(parts, body, request_id, cut);
        if let Err(over) = self.count(&visit) {
            return self.refuse_rate(&visit, over);
        }
        if self.is_known_by_key(&visit) {
            return self.right(&visit);
        }
        let hits = lock(&self.controls.armed).hits(&visit.matter);
        if !hits.are_none() {
            self.controls.counters().count_fault();
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
        let mut counters = self.controls.counters();
        // Read under the lock, so that times never go back.
        let at = self.elapsed();
        counters.count(counted, at);
        match self.controls.rate_limit {
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
                self.controls.pause(delay).await;
                response
            }
            Transport::SlowBody { bytes, interval } => {
                let stop = self.controls.stop.clone();
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
            distort::distort(value, content, &self.controls.fresh);
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
