//! `POST /webhooks/stripe`.
//!
//! | delivery | answer |
//! |---|---|
//! | of no secret's signature, too old or too new | 400, and nothing else happens |
//! | signed, not an event | 400 |
//! | an event that is repeated, late, out of order, unknown, or of the other mode | 200, and no harm |
//! | an event that means something: [`KINDS`](super::KINDS) | 200, once whoever waits is woken |
//! | too large, too slow | 413, 408 |
//! | there is no signing secret | 503, so that Stripe sends it again |
//!
//! All that an event does is to wake or to invalidate: data is asked for anew, so an event cannot
//! bring in anything wrong.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use prometheus_client::registry::Registry;
use serde_json::json;
use tokio_stream::StreamExt;

use super::answer;
use super::known_events;
use super::metrics::Metrics;
use super::seen_events::SeenEvents;
use crate::clock::Clock;
use crate::id::AccountId;
use crate::limits;
use crate::stripe::webhook::{self, Event, SigningSecrets, WebhookError};
use crate::underwriter::AccountEvent;

/// Who is told of what was heard.
#[async_trait]
pub trait Listener: Send + Sync {
    /// Wakes or invalidates, soon: Stripe waits for its answer. It may be told the same thing
    /// twice.
    async fn heard(&self, account: &AccountId, event: AccountEvent);
}

/// What is done with Stripe's webhooks.
pub struct Webhooks {
    /// What they may be signed with.
    pub secrets: SigningSecrets,
    /// Whether the Stripe key is for real money: events of the other mode mean nothing.
    pub livemode: bool,
    /// The time, which a replayed delivery is known by: the machine's, whatever day is played.
    pub clock: Arc<dyn Clock>,
    /// Who is told.
    pub listener: Arc<dyn Listener>,
}

/// The deliveries, and what is remembered of them.
pub(super) struct Deliveries {
    webhooks: Option<Webhooks>,
    seen: Mutex<SeenEvents>,
    metrics: Metrics,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refused {
    NotSetUp,
    TooLarge,
    TooSlow,
    Broken,
    Invalid(WebhookError),
}

impl Deliveries {
    pub(super) fn new(webhooks: Option<Webhooks>, registry: &mut Registry) -> Self {
        Self {
            webhooks,
            seen: Mutex::default(),
            metrics: Metrics::register(registry),
        }
    }

    async fn open(&self, headers: &HeaderMap, body: Body) -> Result<(&Webhooks, Event), Refused> {
        let webhooks = self.webhooks.as_ref().ok_or(Refused::NotSetUp)?;
        let read = tokio::time::timeout(limits::HTTP_READ_TIMEOUT, read(body));
        let body = read.await.map_err(|_| Refused::TooSlow)??;
        let now = webhooks.clock.now();
        let event = webhook::open(&body, signature(headers), &webhooks.secrets, now);
        Ok((webhooks, event.map_err(Refused::Invalid)?))
    }

    /// Does what the event means; the type that it is counted under, and what became of it.
    async fn take(&self, webhooks: &Webhooks, event: &Event) -> (&'static str, &'static str) {
        let known = known_events::find(&event.kind);
        let kind = known.map_or("other", |kind| kind.name);
        if event.livemode.is_some_and(|mode| mode != webhooks.livemode) {
            return (kind, "wrong_mode");
        }
        if self.seen().contains(&event.id) {
            return (kind, "repeated");
        }
        let result = match (known.and_then(|kind| kind.means), event.account()) {
            (None, _) => "nothing_to_do",
            (Some(_), None) => "no_account",
            (Some(means), Some(account)) => {
                webhooks.listener.heard(&account, means).await;
                "applied"
            }
        };
        // Only now: where Stripe hangs up in between, it sends the event again.
        self.seen().insert(&event.id);
        (kind, result)
    }

    fn seen(&self) -> MutexGuard<'_, SeenEvents> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers one delivery.
pub(super) async fn deliver(
    State(deliveries): State<Arc<Deliveries>>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    match deliveries.open(&parts.headers, body).await {
        Ok((webhooks, event)) => {
            let (kind, result) = deliveries.take(webhooks, &event).await;
            deliveries.metrics.count(kind, result);
            log(&event, result);
            answer::json(
                StatusCode::OK,
                &json!({ "received": true, "result": result }),
            )
        }
        Err(refused) => {
            let (status, code, message) = refused.told();
            deliveries.metrics.count("none", code);
            tracing::warn!(code, "refused a webhook: {message}");
            answer::refuse(status, code, &message)
        }
    }
}

/// An id, a type, an account: nothing of what the event carries.
fn log(event: &Event, result: &'static str) {
    let account = event.account();
    let account = account.as_ref().map_or("", AccountId::as_str);
    let (id, kind) = (&event.id, &event.kind);
    if matches!(result, "wrong_mode" | "no_account") {
        tracing::warn!(event = %id, kind, account, result, "ignored a webhook");
    } else {
        tracing::info!(event = %id, kind, account, result, "webhook");
    }
}

/// The signature, where there is exactly one header of it.
fn signature(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(webhook::SIGNATURE_HEADER).iter();
    match (all.next(), all.next()) {
        (Some(header), None) => header.to_str().ok(),
        (_, _) => None,
    }
}

/// The whole body, if it is not too large.
async fn read(body: Body) -> Result<Bytes, Refused> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refused::Broken)?;
        if whole.len().saturating_add(chunk.len()) > limits::WEBHOOK_BYTES_MAX {
            return Err(Refused::TooLarge);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.into())
}

impl Refused {
    fn told(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::NotSetUp => (
                StatusCode::SERVICE_UNAVAILABLE,
                "webhook_not_set_up",
                "there is no signing secret: set `STRIPE_WEBHOOK_SECRET`".to_owned(),
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "webhook_too_large",
                format!("the body has more than {} bytes", limits::WEBHOOK_BYTES_MAX),
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "webhook_too_slow",
                format!(
                    "the body did not come within {} seconds",
                    limits::HTTP_READ_TIMEOUT.as_secs()
                ),
            ),
            Self::Broken => (
                StatusCode::BAD_REQUEST,
                "webhook_broken",
                "the body broke off".to_owned(),
            ),
            Self::Invalid(error) => (StatusCode::BAD_REQUEST, error.code(), error.to_string()),
        }
    }
}
