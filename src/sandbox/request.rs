//! What a request says in its headers, its query and its body.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::problem::ApiError;
use super::query::Params;
use crate::limits;

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

/// One text for all requests that mean the same.
pub(super) fn fingerprint(path: &str, params: &Params) -> String {
    format!("{path} {}", params.canonical())
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
