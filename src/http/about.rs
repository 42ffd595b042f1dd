//! What the process tells of itself: health, readiness, metrics.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text;
use prometheus_client::registry::Registry;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::answer::{self, Refusal};
use super::operators::Operators;

/// Whether the process can do its work at present.
#[async_trait]
pub trait Readiness: Send + Sync + 'static {
    /// # Errors
    ///
    /// What keeps it from that, in words without personal data.
    async fn ready(&self) -> Result<(), String>;
}

/// Always ready.
#[async_trait]
impl Readiness for () {
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

/// What is shown.
pub(super) struct Shared {
    pub(super) registry: Registry,
    pub(super) draining: CancellationToken,
    pub(super) readiness: Arc<dyn Readiness>,
    pub(super) operators: Arc<dyn Operators>,
}

/// Liveness: a process that answers is not to be killed, whatever its disk does.
pub(super) async fn health(State(shared): State<Arc<Shared>>) -> Response {
    let word = match shared.draining.is_cancelled() {
        true => "draining",
        false => "serving",
    };
    answer::json(StatusCode::OK, &json!({ "status": word }))
}

/// Whether work should be sent here.
pub(super) async fn readiness(State(shared): State<Arc<Shared>>) -> Response {
    let not_ready = StatusCode::SERVICE_UNAVAILABLE;
    if shared.draining.is_cancelled() {
        return answer::json(not_ready, &json!({ "status": "draining" }));
    }
    match shared.readiness.ready().await {
        Ok(()) => answer::json(StatusCode::OK, &json!({ "status": "ready" })),
        Err(problem) => {
            let told = json!({ "status": "not_ready", "problem": problem });
            answer::json(not_ready, &told)
        }
    }
}

/// The metrics.
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let mut encoded = String::new();
    if text::encode(&mut encoded, &shared.registry).is_err() {
        return Refusal::METRICS.into_response();
    }
    let content = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let content = HeaderValue::from_static(content);
    ([(header::CONTENT_TYPE, content)], encoded).into_response()
}
