//! An answer in Stripe's shape, and how it is written.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use super::problem::ApiError;

/// The version answered where the request names none.
pub(super) const STRIPE_VERSION: &str = "2026-10-28.endive";

/// An object, or why there is none.
pub(super) type ApiResult = Result<Value, ApiError>;

/// An answer before it has headers.
pub(super) struct Answer {
    pub(super) outcome: Result<Value, ApiError>,
    /// The id of the request that was first answered so.
    pub(super) replayed: Option<String>,
}

impl Answer {
    pub(super) fn refusal(error: ApiError) -> Self {
        Self {
            outcome: Err(error),
            replayed: None,
        }
    }
}

/// An object as JSON.
pub(super) fn json(object: &impl Serialize) -> ApiResult {
    serde_json::to_value(object).map_err(|_| ApiError::internal())
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
