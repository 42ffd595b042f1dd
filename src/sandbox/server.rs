//! The HTTP side: who asks, what for, and the answer in Stripe's shape.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::auth;
use super::connection::Cut;
use super::front::Front;
use super::page::Cursor;
use super::problem::{ApiError, quote};
use super::query::{Params, decode};
use super::state::{AccountFilter, State, TransactionFilter};
use super::world::Feature;
use crate::clock::Stopwatch;
use crate::limits;

/// The version answered where the request names none.
pub(super) const STRIPE_VERSION: &str = "2026-10-28.endive";

/// What all requests share.
#[derive(Debug)]
pub(super) struct Server {
    state: Mutex<State>,
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

type Outcome = Result<Value, ApiError>;

impl Answer {
    pub(super) fn refusal(error: ApiError) -> Self {
        Self {
            outcome: Err(error),
            replayed: None,
        }
    }
}

impl Server {
    pub(super) fn new(state: State, front: Front) -> Self {
        Self {
            state: Mutex::new(state),
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
        let rest = path
            .strip_prefix("/v1/financial_connections/")
            .ok_or_else(unknown)?;
        let rest = decode(rest).ok_or_else(unknown)?;
        let segments: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
        let call = Call {
            headers: &parts.headers,
            path,
            params: read_params(parts, body)?,
            request_id,
        };
        let outcome = match (&parts.method, segments.as_slice()) {
            (&Method::POST, ["accounts", account, "refresh"]) => {
                return self.refresh(call, account);
            }
            (&Method::GET, ["accounts"]) => self.list_accounts(call.params),
            (&Method::GET, ["accounts", account]) => self.account(call.params, account),
            (&Method::GET, ["accounts", account, "owners"]) => self.owners(call.params, account),
            (&Method::GET, ["transactions"]) => self.list_transactions(call.params),
            (&Method::GET, ["transactions", id]) => self.transaction(call.params, id),
            _ => Err(unknown()),
        };
        Ok(Answer {
            outcome,
            replayed: None,
        })
    }

    /// The state, with the refreshes that are due settled and what has happened told.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.settle(self.elapsed());
        if let Some(outbox) = &self.front.outbox {
            outbox.put(&state.take_happenings());
        }
        state
    }

    /// The time since the start.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn account(&self, mut params: Params, account: &str) -> Outcome {
        let expand = take_expand(&mut params, &["ownership"])?;
        params.finish()?;
        json(&self.state().account(account, expand)?)
    }

    fn list_accounts(&self, mut params: Params) -> Outcome {
        let expand = take_expand(&mut params, &["data.ownership"])?;
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
        json(&self.state().accounts(&filter, &cursor, expand)?)
    }

    fn owners(&self, mut params: Params, account: &str) -> Outcome {
        take_expand(&mut params, &[])?;
        let cursor = Cursor::take(&mut params)?;
        let ownership = params.required("ownership")?;
        params.finish()?;
        json(&self.state().owners(account, &ownership, &cursor)?)
    }

    fn list_transactions(&self, mut params: Params) -> Outcome {
        take_expand(&mut params, &[])?;
        let cursor = Cursor::take(&mut params)?;
        let account = params.required("account")?;
        let filter = take_transaction_filter(&mut params)?;
        params.finish()?;
        json(&self.state().transactions(&account, &filter, &cursor)?)
    }

    fn transaction(&self, mut params: Params, id: &str) -> Outcome {
        take_expand(&mut params, &[])?;
        params.finish()?;
        json(&self.state().transaction(id)?)
    }

    fn refresh(&self, call: Call<'_>, account: &str) -> Result<Answer, ApiError> {
        let key = idempotency_key(call.headers)?;
        let fingerprint = fingerprint(call.path, &call.params);
        let mut params = call.params;
        let expand = take_expand(&mut params, &["ownership"])?;
        let features = take_features(&mut params)?;
        params.finish()?;
        let mut state = self.state();
        if let Some(key) = &key
            && let Some(saved) = state.saved(key, &fingerprint)?
        {
            return Ok(Answer {
                outcome: saved.outcome.clone(),
                replayed: Some(saved.request_id.clone()),
            });
        }
        let elapsed = self.started.elapsed();
        let refreshed = state.refresh(account, &features, expand, elapsed);
        let outcome = refreshed.and_then(|account| json(&account));
        if let Some(key) = &key {
            state.save(key, fingerprint, call.request_id, outcome.clone());
        }
        Ok(Answer {
            outcome,
            replayed: None,
        })
    }
}

/// One text for all requests that mean the same.
pub(super) fn fingerprint(path: &str, params: &Params) -> String {
    format!("{path} {}", params.canonical())
}

fn json(object: &impl Serialize) -> Outcome {
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

/// Takes `expand`; true where one of the `known` fields is to be expanded.
fn take_expand(params: &mut Params, known: &[&str]) -> Result<bool, ApiError> {
    let fields = params.list("expand")?;
    match fields.iter().find(|field| !known.contains(&field.as_str())) {
        Some(field) => Err(ApiError::invalid(format!(
            "This property cannot be expanded ({}).",
            quote(field)
        ))
        .param("expand")),
        None => Ok(!fields.is_empty()),
    }
}

fn take_features(params: &mut Params) -> Result<BTreeSet<Feature>, ApiError> {
    let words = params.list("features")?;
    if words.is_empty() {
        return Err(ApiError::required("features"));
    }
    let read = |(index, word): (usize, &String)| {
        Feature::from_word(word).ok_or_else(|| {
            ApiError::invalid(format!(
                "Invalid features[{index}]: must be one of balance, ownership, or transactions"
            ))
            .param(format!("features[{index}]"))
        })
    };
    words.iter().enumerate().map(read).collect()
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
