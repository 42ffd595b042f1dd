//! The HTTP side: who asks, what for, and the answer in Stripe's shape.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::answer::Answer;
use super::change::Change;
use super::controls::Controls;
use super::expand::Expand;
use super::problem::ApiError;
use super::query::{Params, decode};
use super::realms::Realms;
use super::request::{fingerprint, idempotency_key, read_params};
use super::state::State;
use super::{auth, reads};
use crate::clock::Stopwatch;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Server {
    realms: Mutex<Realms>,
    started: Stopwatch,
    requests: AtomicU64,
    pub(super) controls: Controls,
}

/// A request, authorized and read.
struct Call<'a> {
    headers: &'a HeaderMap,
    path: &'a str,
    params: Params,
    request_id: &'a str,
}

impl Server {
    pub(super) fn new(realms: Realms, controls: Controls) -> Self {
        Self {
            realms: Mutex::new(realms),
            started: Stopwatch::start(),
            requests: AtomicU64::new(1),
            controls,
        }
    }

    /// The id of the next request.
    pub(super) fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("req_sandbox{number:08}")
    }

    /// The right answer to a request, whatever it is.
    pub(super) fn answer_all(&self, parts: &Parts, body: &Bytes, request_id: &str) -> Answer {
        self.answer(parts, body, request_id)
            .unwrap_or_else(Answer::refusal)
    }

    fn answer(&self, parts: &Parts, body: &Bytes, request_id: &str) -> Result<Answer, ApiError> {
        auth::check(&parts.headers)?;
        let path = parts.uri.path();
        let unknown = || ApiError::unknown_route(parts.method.as_str(), path);
        let rest = path.strip_prefix("/v1/").ok_or_else(unknown)?;
        let rest = decode(rest).ok_or_else(unknown)?;
        let segments: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
        let call = Call {
            headers: &parts.headers,
            path,
            params: read_params(parts, body)?,
            request_id,
        };
        let mut realms = self.realms();
        let state = realms.of(&parts.headers)?;
        let answer = match (&parts.method, segments.as_slice()) {
            (&Method::GET, segments) => {
                reads::read(state, segments, call.params).map(|outcome| Answer {
                    outcome,
                    replayed: None,
                })
            }
            (&Method::POST, ["financial_connections", segments @ ..]) => {
                self.change(state, segments, call)?
            }
            _ => None,
        };
        answer.ok_or_else(unknown)
    }

    /// All that is known, with the refreshes that are due settled and what has happened told.
    pub(super) fn realms(&self) -> MutexGuard<'_, Realms> {
        let mut realms = self.realms.lock().unwrap_or_else(PoisonError::into_inner);
        realms.advance(self.elapsed());
        if let Some(outbox) = &self.controls.outbox {
            outbox.put(&realms.take_happenings());
        }
        realms
    }

    /// The time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Does what a POST asks for, once for each idempotency key; `None` where there is no such
    /// route. What is refused before it is begun does not use the key up.
    fn change(
        &self,
        state: &mut State,
        segments: &[&str],
        call: Call<'_>,
    ) -> Result<Option<Answer>, ApiError> {
        let key = idempotency_key(call.headers)?;
        let fingerprint = fingerprint(call.path, &call.params);
        let mut params = call.params;
        let Some(change) = Change::take(segments, &mut params)? else {
            return Ok(None);
        };
        let expand = Expand::take(&mut params, change.answered())?;
        params.finish()?;
        if let Some(key) = &key
            && let Some(saved) = state.saved(key, &fingerprint)?
        {
            return Ok(Some(Answer {
                outcome: saved.outcome.clone(),
                replayed: Some(saved.request_id.clone()),
            }));
        }
        let changed = state.change(change, self.elapsed());
        // INVARIANT: what had happened before was taken when the realms were locked.
        state.caused_by(call.request_id, key.as_deref());
        let outcome = changed.map(|object| expand.apply(object, state));
        if let Some(key) = &key {
            state.save(key, fingerprint, call.request_id, outcome.clone());
        }
        Ok(Some(Answer {
            outcome,
            replayed: None,
        }))
    }
}
