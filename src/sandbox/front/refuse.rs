//! Errors in Stripe's shape, as faults and the rate limit answer them.

use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::Visit;
use crate::sandbox::answer::{Answer, write};
use crate::sandbox::counts::OverLimit;
use crate::sandbox::faults::{ErrorAnswer, ErrorKind, RateLimitReason};
use crate::sandbox::problem::{ApiError, no_account};
use crate::sandbox::server::Server;

impl Server {
    /// Answers an error. Stripe keeps its own failures, and what it could not find, for the
    /// idempotency key; what it turned away at the door it forgets.
    pub(super) fn refuse(&self, visit: &Visit<'_>, answer: &ErrorAnswer) -> Response {
        if matches!(
            answer.error,
            ErrorKind::Server {
                carried_out: true,
                ..
            }
        ) {
            self.carry_out(visit);
        }
        let error = api_error(answer.error, visit);
        let kept = matches!(answer.error, ErrorKind::Server { .. } | ErrorKind::NotFound);
        if kept && visit.parts.method == Method::POST {
            self.keep(visit, &error);
        }
        let mut response = self.write_error(visit, error);
        let headers = response.headers_mut();
        if let ErrorKind::RateLimited {
            reason: Some(reason),
        } = answer.error
        {
            let reason = HeaderValue::from_static(reason.word());
            headers.insert("stripe-rate-limited-reason", reason);
        }
        if let Some(seconds) = answer.retry_after {
            headers.insert("retry-after", HeaderValue::from(seconds));
        }
        if let Some(truth) = answer.should_retry {
            let truth = HeaderValue::from_static(if truth { "true" } else { "false" });
            headers.insert("stripe-should-retry", truth);
        }
        response
    }

    /// Answers a call that is one too many.
    pub(super) fn refuse_rate(&self, visit: &Visit<'_>, over: OverLimit) -> Response {
        let reason = match over {
            OverLimit::Overall => RateLimitReason::GlobalRate,
            OverLimit::Endpoint => RateLimitReason::EndpointRate,
        };
        let error = ErrorKind::RateLimited {
            reason: Some(reason),
        };
        self.refuse(
            visit,
            &ErrorAnswer {
                error,
                retry_after: None,
                should_retry: None,
            },
        )
    }

    fn write_error(&self, visit: &Visit<'_>, error: ApiError) -> Response {
        let answer = Answer::refusal(error);
        write(&answer, &visit.parts.headers, visit.request_id)
    }

    /// Remembers an error for the idempotency key.
    fn keep(&self, visit: &Visit<'_>, error: &ApiError) {
        if let (Some(key), Some(fingerprint)) = (&visit.key, &visit.fingerprint) {
            let mut realms = self.realms();
            // Nothing is remembered for a connected account that is not there.
            if let Ok(state) = realms.of(&visit.parts.headers) {
                let outcome = Err(error.clone());
                state.save(key, fingerprint.clone(), visit.request_id, outcome);
            }
        }
    }
}

fn api_error(kind: ErrorKind, visit: &Visit<'_>) -> ApiError {
    const INVALID: &str = "invalid_request_error";
    match kind {
        ErrorKind::Unauthorized => ApiError::unauthorized("Invalid API Key provided."),
        ErrorKind::Forbidden => ApiError::of(
            StatusCode::FORBIDDEN,
            INVALID,
            None,
            "The provided key does not have the required permissions for this endpoint.",
        ),
        ErrorKind::NotFound => {
            let account = visit.matter.account.as_deref();
            let id = account.or_else(|| visit.matter.ids.first().map(String::as_str));
            no_account(id.unwrap_or(""))
        }
        ErrorKind::KeyInUse => ApiError::of(
            StatusCode::CONFLICT,
            "idempotency_error",
            Some("idempotency_key_in_use"),
            "There is currently another in-progress request using this Idempotent Key. Please \
             try again later.",
        ),
        ErrorKind::Locked { conflict } => ApiError::of(
            if conflict {
                StatusCode::CONFLICT
            } else {
                StatusCode::TOO_MANY_REQUESTS
            },
            INVALID,
            Some("lock_timeout"),
            "This object cannot be accessed right now because another API request or Stripe \
             process is currently accessing it.",
        ),
        ErrorKind::RateLimited { .. } => ApiError::of(
            StatusCode::TOO_MANY_REQUESTS,
            INVALID,
            Some("rate_limit"),
            "Request rate limit exceeded.",
        ),
        ErrorKind::Server { status, .. } => ApiError::of(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            "api_error",
            None,
            "An unknown error occurred.",
        ),
    }
}
