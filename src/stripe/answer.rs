//! An answer as it comes: read within its limits, and named where it is none of Stripe's.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use super::deadline::Bounds;
use super::error::{BadAnswer, Refusal, StripeError};
use super::wire::WireErrorBody;
use crate::limits;

/// An answer that is JSON.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
}

/// Reads an answer whose head has come. `silence` is the longest time without a byte of it.
pub(super) async fn read(
    mut response: Response,
    silence: Duration,
    bounds: &Bounds,
) -> Result<Body, StripeError> {
    let status = response.status();
    let request_id = word(response.headers(), "request-id");
    if status.is_client_error() || status.is_server_error() {
        // Whatever the body is, the status says enough.
        let body = body(&mut response, silence, bounds).await;
        let refusal = refusal(&response, &body.unwrap_or_default());
        return Err(StripeError::from_refusal(refusal));
    }
    let problem = if !status.is_success() {
        Some(BadAnswer::Status {
            status: status.as_u16(),
        })
    } else if !is_json(response.headers()) {
        Some(BadAnswer::ContentType)
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(StripeError::BadAnswer {
            problem,
            request_id,
        });
    }
    match body(&mut response, silence, bounds).await {
        Ok(bytes) => Ok(Body {
            bytes,
            status: status.as_u16(),
            request_id,
        }),
        Err(StripeError::BadAnswer { problem, .. }) => Err(StripeError::BadAnswer {
            problem,
            request_id,
        }),
        Err(error) => Err(error),
    }
}

/// Reads the body as it comes, and stops at the limit.
async fn body(
    response: &mut Response,
    silence: Duration,
    bounds: &Bounds,
) -> Result<Vec<u8>, StripeError> {
    let too_large = StripeError::bad(BadAnswer::TooLarge {
        max: limits::STRIPE_RESPONSE_BYTES_MAX,
    });
    let mut bytes = Vec::new();
    loop {
        let chunk = bounds.within(silence, StripeError::STALLED, response.chunk());
        let Some(chunk) = chunk.await?.map_err(|error| transport(&error))? else {
            return Ok(bytes);
        };
        if chunk.len() > limits::STRIPE_RESPONSE_BYTES_MAX - bytes.len() {
            return Err(too_large);
        }
        bytes.extend_from_slice(&chunk);
    }
}

fn refusal(response: &Response, body: &[u8]) -> Refusal {
    let headers = response.headers();
    let error = serde_json::from_slice::<WireErrorBody>(body)
        .unwrap_or_default()
        .error;
    let plain = |text: Option<String>| text.filter(|text| is_plain(text));
    Refusal {
        status: response.status().as_u16(),
        kind: plain(error.kind),
        code: plain(error.code),
        param: plain(error.param),
        request_id: word(headers, "request-id"),
        retry_after: word(headers, "retry-after")
            .and_then(|seconds| seconds.parse().ok())
            .map(Duration::from_secs),
        should_retry: word(headers, "stripe-should-retry").and_then(|text| text.parse().ok()),
        limit: word(headers, "stripe-rate-limited-reason"),
    }
}

fn word(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    is_plain(text).then(|| text.to_owned())
}

/// Whether a text is a name and no more: what may be repeated in a log. A key is no name.
fn is_plain(text: &str) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || "_-.[]".contains(c);
    let key = ["sk_live", "sk_test", "rk_live", "rk_test", "whsec_"];
    !text.is_empty()
        && text.len() <= limits::ID_BYTES_MAX
        && text.chars().all(named)
        && !key.iter().any(|mark| text.contains(mark))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Names a failure of the connection; the library's own text may repeat the address.
pub(super) fn transport(error: &reqwest::Error) -> StripeError {
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => StripeError::Timeout(StripeError::NO_CONNECTION),
        (true, false) => StripeError::Unreachable("no connection"),
        (false, true) => StripeError::Timeout(StripeError::TOO_LONG),
        (false, false) => StripeError::Unreachable("the connection broke"),
    }
}
