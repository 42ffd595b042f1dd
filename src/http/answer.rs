//! Answers: small JSON.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refusal with a stable code.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

impl Refusal {
    pub(super) const NOT_FOUND: Self = Self {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        message: "there are `/webhooks/stripe`, `/healthz`, `/readyz` and `/metrics` here; gRPC \
                  has a port of its own",
    };
    pub(super) const METHOD: Self = Self {
        status: StatusCode::METHOD_NOT_ALLOWED,
        code: "method_not_allowed",
        message: "this path takes another method: see the `Allow` header",
    };
    pub(super) const UNAUTHENTICATED: Self = Self {
        status: StatusCode::UNAUTHORIZED,
        code: "unauthenticated",
        message: "show a token with the scope `metrics` of the tenant `default`, as \
                  `authorization: Bearer uwt_...`, or a client certificate that was granted it; \
                  `underwrite tokens create --scopes metrics` makes one",
    };
    pub(super) const NOT_PERMITTED: Self = Self {
        status: StatusCode::FORBIDDEN,
        code: "scope_needed",
        message: "this needs the scope `metrics` of the tenant `default`: what is here is of all \
                  tenants together",
    };
    pub(super) const METRICS: Self = Self {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: "metrics",
        message: "the metrics could not be written",
    };
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = refuse(self.status, self.code, self.message);
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        answer
    }
}

/// A refusal whose message is made up as it happens.
pub(super) fn refuse(status: StatusCode, code: &str, message: &str) -> Response {
    json(
        status,
        &json!({ "error": { "code": code, "message": message } }),
    )
}

pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    let content = HeaderValue::from_static("application/json");
    let mut body = value.to_string();
    body.push('\n');
    (status, [(header::CONTENT_TYPE, content)], body).into_response()
}
