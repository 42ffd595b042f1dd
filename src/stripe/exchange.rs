//! One attempt of a call: let through, sent, answered, traced and counted.

use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::de::DeserializeOwned;
use tracing::Instrument;
use tracing::field::Empty;

use super::answer::{self, Body, transport};
use super::breaker::Verdict;
use super::call::Call;
use super::client::StripeClient;
use super::deadline::{Bounds, Deadline};
use super::error::StripeError;
use super::json;
use super::limiter::{Pass, Reach};
use crate::clock::Stopwatch;

impl StripeClient {
    /// Makes one attempt, the `number`-th of its call from 1.
    pub(super) async fn attempt<T: DeserializeOwned>(
        &self,
        call: &Call,
        number: usize,
        deadline: Deadline,
    ) -> Result<T, StripeError> {
        let span = tracing::info_span!(
            "stripe_call",
            method = call.method.as_str(),
            route = call.route,
            attempt = number,
            stripe_account = call.connected.as_ref().map(|id| id.as_str()),
            result = Empty,
            status = Empty,
            request_id = Empty,
            milliseconds = Empty,
            waited_milliseconds = Empty,
        );
        async {
            let result = self.admitted(call, deadline).await;
            let (status, request_id) = match &result {
                Ok(body) => (Some(body.status), body.request_id.clone()),
                Err(error) => (
                    error.refusal().map(|refusal| refusal.status),
                    error.request_id().map(str::to_owned),
                ),
            };
            let result = result.and_then(|body| parsed(&body));
            let word = result.as_ref().map_or_else(StripeError::code, |_| "ok");
            let span = tracing::Span::current();
            span.record("result", word);
            span.record("status", status);
            span.record("request_id", request_id);
            self.metrics.attempted(call.route, number, word);
            match &result {
                Ok(_) => tracing::debug!("answered"),
                Err(error) => tracing::warn!(%error, "not answered as hoped"),
            }
            result
        }
        .instrument(span)
        .await
    }

    /// Waits for the turn of an attempt, and makes it where Stripe is not left alone just now.
    async fn admitted(&self, call: &Call, deadline: Deadline) -> Result<Body, StripeError> {
        let open = |retry_after| StripeError::CircuitOpen { retry_after };
        // Before waiting for a turn, and again when it has come.
        if let Some(left) = self.circuit.shut_for() {
            return Err(open(left));
        }
        let connected = call.connected.as_ref();
        let mut pass = self.limiter.pass(connected, call.route, deadline).await?;
        self.metrics.waited(pass.waited());
        let ticket = match self.circuit.enter() {
            Ok(ticket) => ticket,
            Err(left) => {
                pass.unsent();
                return Err(open(left));
            }
        };
        let waited = pass.waited();
        let watch = Stopwatch::start();
        let result = self.exchange(call, deadline, &mut pass).await;
        let took = watch.elapsed();
        ticket.leave(verdict(&result));
        match &result {
            Ok(_) => pass.succeeded(),
            Err(StripeError::RateLimited(refusal)) => {
                if let Some(reach) = Reach::of(refusal) {
                    pass.refused(reach, refusal.retry_after.unwrap_or_default());
                }
            }
            Err(_) => {}
        }
        self.metrics.took(call.route, took);
        let span = tracing::Span::current();
        span.record("milliseconds", milliseconds(took));
        span.record("waited_milliseconds", milliseconds(waited));
        result
    }

    async fn exchange(
        &self,
        call: &Call,
        deadline: Deadline,
        pass: &mut Pass,
    ) -> Result<Body, StripeError> {
        let config = self.config();
        let bounds = Bounds {
            attempt: Deadline::after(config.call_timeout),
            account: deadline,
        };
        let response = bounds
            .within(
                config.first_byte_timeout,
                StripeError::SILENT,
                self.request(call).send(),
            )
            .await?
            .map_err(|error| transport(&error))?;
        pass.arrived();
        answer::read(response, config.idle_timeout, &bounds).await
    }

    fn request(&self, call: &Call) -> RequestBuilder {
        let mut request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .header("Stripe-Version", self.config().version.as_str());
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key.as_str());
        }
        if let Some(connected) = &call.connected {
            request = request.header("Stripe-Account", connected.as_str());
        }
        if let Some(form) = &call.form {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.clone());
        }
        request
    }
}

fn parsed<T: DeserializeOwned>(body: &Body) -> Result<T, StripeError> {
    json::read(&body.bytes).map_err(|problem| StripeError::BadAnswer {
        problem,
        request_id: body.request_id.clone(),
    })
}

/// What an attempt says of the service.
fn verdict(result: &Result<Body, StripeError>) -> Verdict {
    match result {
        // The caller was out of time, whatever Stripe would have done.
        Err(StripeError::Timeout(StripeError::OUT_OF_TIME)) => Verdict::Unknown,
        Err(StripeError::Api(_) | StripeError::Unreachable(_) | StripeError::Timeout(_)) => {
            Verdict::Failed
        }
        Ok(_) | Err(_) => Verdict::Answered,
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
