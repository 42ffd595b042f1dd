//! The HTTP side: who asks, what for, and the answer in Stripe's shape.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::change::Change;
use super::connection::Cut;
use super::expand::Expand;
use super::front::Front;
use super::page::Cursor;
use super::problem::ApiError;
use super::query::{Params, decode};
use super::realms::Realms;
use super::state::{AccountFilter, State, TransactionFilter};
use super::{auth, payments, sessions, wire};
use crate::clock::Stopwatch;
use crate::limits;

/// The version answered where the request names none.
pub(super) const STRIPE_VERSION: &str = "2026-10-28.endive";

/// What all requests share.
#[derive(Debug)]
pub(super) struct Server {
    realms: Mutex<Realms>,
    started: Stopwatch,
    requests: AtomicU64,
    pub(super) front: Front,
}

/// An answer before it has headers.
pub(super) struct Answer {
    pub(super) outcome: Result<Value, ApiError>,
    /// The id of the request that was first answered so.
    pub(super) replayed: Option<String>,
}

/// A request, authorized and read.
struct Call<'a> {
    headers: &'a HeaderMap,
    path: &'a str,
    params: Params,
    request_id: &'a str,
}

type ApiResult = Result<Value, ApiError>;

impl Answer {
    pub(super) fn refusal(error: ApiError) -> Self {
        Self {
            outcome: Err(error),
            replayed: None,
        }
    }
}

impl Server {
    pub(super) fn new(realms: Realms, front: Front) -> Self {
        Self {
            realms: Mutex::new(realms),
            started: Stopwatch::start(),
            requests: AtomicU64::new(1),
            front,
        }
    }

    /// Answers one request, whatever it is.
    pub(super) async fn respond(&self, parts: Parts, body: Body, cut: &Cut) -> Response {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let request_id = format!("req_sandbox{number:08}");
        match axum::body::to_bytes(body, limits::SANDBOX_REQUEST_BYTES_MAX).await {
            Ok(body) => self.pass(&parts, &body, &request_id, cut).await,
            Err(_) => write(
                &Answer::refusal(ApiError::too_large()),
                &parts.headers,
                &request_id,
            ),
        }
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
            (&Method::GET, segments) => read(state, segments, call.params).map(|outcome| Answer {
                outcome,
                replayed: None,
            }),
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
        if let Some(outbox) = &self.front.outbox {
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
        let Some((change, expand)) = Change::read(segments, call.params)? else {
            return Ok(None);
        };
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

/// One text for all requests that mean the same.
pub(super) fn fingerprint(path: &str, params: &Params) -> String {
    format!("{path} {}", params.canonical())
}

/// Answers a GET below `/v1/`; `None` where there is no such route.
fn read(state: &State, segments: &[&str], params: Params) -> Option<ApiResult> {
    Some(match segments {
        ["financial_connections", "accounts"] => list_accounts(state, params),
        ["financial_connections", "accounts", account] => read_account(state, params, account),
        ["financial_connections", "accounts", account, "owners"] => owners(state, params, account),
        ["financial_connections", "sessions", id] => sessions::read(state, id, params),
        ["financial_connections", "transactions"] => list_transactions(state, params),
        ["financial_connections", "transactions", id] => read_transaction(state, params, id),
        _ => return payments::read(state, segments, params),
    })
}

fn read_account(state: &State, mut params: Params, account: &str) -> ApiResult {
    let expand = Expand::take(&mut params, wire::ACCOUNT)?;
    params.finish()?;
    Ok(expand.apply(json(&state.account(account)?)?, state))
}

fn list_accounts(state: &State, mut params: Params) -> ApiResult {
    let expand = Expand::take_list(&mut params, wire::ACCOUNT)?;
    let cursor = Cursor::take(&mut params)?;
    let mut filter = AccountFilter {
        session: params.text("session")?,
        holder: None,
    };
    for kind in ["customer", "account", "customer_account"] {
        if let Some(id) = params.nested(&["account_holder", kind])?
            && filter.holder.replace((kind, id)).is_some()
        {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: account_holder[customer], \
                 account_holder[account], account_holder[customer_account].",
            )
            .code("parameters_exclusive")
            .param("account_holder"));
        }
    }
    params.finish()?;
    if let Some(("account", id)) = &filter.holder {
        payments::check_holder(state, id)?;
    }
    let list = json(&state.accounts(&filter, &cursor)?)?;
    Ok(expand.apply(list, state))
}

fn owners(state: &State, mut params: Params, account: &str) -> ApiResult {
    Expand::take_list(&mut params, wire::OWNER)?;
    let cursor = Cursor::take(&mut params)?;
    let ownership = params.required("ownership")?;
    params.finish()?;
    json(&state.owners(account, &ownership, &cursor)?)
}

fn list_transactions(state: &State, mut params: Params) -> ApiResult {
    Expand::take_list(&mut params, wire::TRANSACTION)?;
    let cursor = Cursor::take(&mut params)?;
    let account = params.required("account")?;
    let filter = take_transaction_filter(&mut params)?;
    params.finish()?;
    json(&state.transactions(&account, &filter, &cursor)?)
}

fn read_transaction(state: &State, mut params: Params, id: &str) -> ApiResult {
    Expand::take(&mut params, wire::TRANSACTION)?;
    params.finish()?;
    json(&state.transaction(id)?)
}

/// An object as JSON.
pub(super) fn json(object: &impl Serialize) -> ApiResult {
    serde_json::to_value(object).map_err(|_| ApiError::internal())
}

pub(super) fn read_params(parts: &Parts, body: &Bytes) -> Result<Params, ApiError> {
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let is_form = content_type.is_none_or(|value| {
        value
            .as_bytes()
            .to_ascii_lowercase()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if !body.is_empty() && !is_form {
        return Err(ApiError::invalid(
            "Invalid request (check that your POST content type is \
             application/x-www-form-urlencoded).",
        ));
    }
    let body = std::str::from_utf8(body)
        .map_err(|_| ApiError::invalid("Invalid string: the body must be UTF-8."))?;
    Params::parse(parts.uri.query().unwrap_or(""), body)
}

fn take_transaction_filter(params: &mut Params) -> Result<TransactionFilter, ApiError> {
    let bound = |params: &mut Params, word| params.integer(&["transacted_at", word]);
    let exactly = params.integer(&["transacted_at"])?;
    let above = bound(params, "gt")?.map(|at| at.saturating_add(1));
    let below = bound(params, "lt")?.map(|at| at.saturating_sub(1));
    let (from, to) = (bound(params, "gte")?, bound(params, "lte")?);
    Ok(TransactionFilter {
        from: [exactly, above, from].into_iter().flatten().max(),
        to: [exactly, below, to].into_iter().flatten().min(),
        after_refresh: params.nested(&["transaction_refresh", "after"])?,
    })
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or("").trim();
    if key.is_empty() || key.chars().count() > limits::SANDBOX_IDEMPOTENCY_KEY_CHARS_MAX {
        return Err(ApiError::invalid(
            "An Idempotency-Key is 1 to 255 visible ASCII characters.",
        ));
    }
    Ok(Some(key.to_owned()))
}

pub(super) fn write(answer: &Answer, asked: &HeaderMap, request_id: &str) -> Response {
    let (status, body) = match &answer.outcome {
        Ok(object) => (StatusCode::OK, object.clone()),
        Err(error) => (error.status, error.body()),
    };
    let mut text = format!("{body:#}");
    text.push('\n');
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-store"),
    );
    let default = HeaderValue::from_static(STRIPE_VERSION);
    let version = asked.get("stripe-version").cloned().unwrap_or(default);
    headers.insert("stripe-version", version);
    for name in ["stripe-account", "idempotency-key"] {
        if let Some(value) = asked.get(name) {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"Stripe\"");
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    set(headers, "request-id", request_id);
    if let Some(original) = &answer.replayed {
        set(headers, "idempotent-replayed", "true");
        set(headers, "original-request", original);
    }
    response
}

/// INVARIANT: only request ids and fixed words come here, and all of them are header values.
fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
