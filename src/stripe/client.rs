//! One call to Stripe: sent, tried again, read within limits, turned into a value or an error.

use std::fmt;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Response, Url};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use super::error::{BadAnswer, ConfigError, Refusal, StripeError};
use super::settings::{StripeConfig, is_loopback};
use super::tls;
use super::wire::WireErrorBody;
use crate::clock::Stopwatch;
use crate::id::ConnectedAccountId;
use crate::limits;

/// A client of Stripe's API. Cheap to share behind an `Arc`; it keeps its connections open.
pub struct StripeClient {
    http: reqwest::Client,
    base: Url,
    livemode: bool,
    authorization: HeaderValue,
    config: StripeConfig,
}

impl fmt::Debug for StripeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeClient")
            .field("base", &self.base.as_str())
            .field("livemode", &self.livemode)
            .finish_non_exhaustive()
    }
}

/// What is left of the time for one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    since: Stopwatch,
    limit: Duration,
}

impl Deadline {
    /// `limit` from now.
    pub(super) fn after(limit: Duration) -> Self {
        Self {
            since: Stopwatch::start(),
            limit,
        }
    }

    /// The time left; zero once it is over.
    pub(super) fn remaining(&self) -> Duration {
        self.limit.saturating_sub(self.since.elapsed())
    }
}

/// One logical call; all of its attempts are the same to Stripe.
pub(super) struct Call {
    method: Method,
    /// The path with placeholders, for logs.
    route: &'static str,
    url: Url,
    form: Option<String>,
    idempotency_key: Option<String>,
    /// The connected account in whose name it is made.
    connected: Option<ConnectedAccountId>,
}

impl Call {
    /// The same call in the name of a connected account, where there is one.
    pub(super) fn on_behalf_of(mut self, connected: Option<&ConnectedAccountId>) -> Self {
        self.connected = connected.cloned();
        self
    }
}

struct Body {
    bytes: Vec<u8>,
    request_id: Option<String>,
}

impl StripeClient {
    /// Checks the settings and sets up HTTPS; connects to nothing yet.
    pub fn new(config: StripeConfig) -> Result<Self, StripeError> {
        let (base, livemode) = config.checked()?;
        tls::install();
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {}", config.key.expose_secret()))
                .map_err(|_| ConfigError::Key)?;
        authorization.set_sensitive(true);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("underwrite/", env!("CARGO_PKG_VERSION")))
            // Stripe's API never redirects, and the key must not follow one elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.call_timeout);
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if base.scheme() == "http" {
            // A sandbox needs no root certificates, and a bare container has none.
            builder = builder.tls_certs_only(std::iter::empty());
        }
        let http = builder.build().map_err(|_| ConfigError::Client)?;
        Ok(Self {
            http,
            base,
            livemode,
            authorization,
            config,
        })
    }

    /// Whether the key, and so all that it can read, is real money.
    pub fn livemode(&self) -> bool {
        self.livemode
    }

    pub(super) fn config(&self) -> &StripeConfig {
        &self.config
    }

    /// A GET of `segments` below `/v1/financial_connections`.
    pub(super) fn get(
        &self,
        route: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Call {
        self.get_v1(
            route,
            &[&["financial_connections"], segments].concat(),
            query,
        )
    }

    /// A GET of `segments` below `/v1`.
    pub(super) fn get_v1(
        &self,
        route: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Call {
        let mut url = self.url(segments);
        url.query_pairs_mut().extend_pairs(query);
        Call {
            method: Method::GET,
            route,
            url,
            form: None,
            idempotency_key: None,
            connected: None,
        }
    }

    /// A POST of a form below `/v1/financial_connections`; every attempt carries the same idempotency key.
    pub(super) fn post(
        &self,
        route: &'static str,
        segments: &[&str],
        form: &[(&str, &str)],
        idempotency_key: String,
    ) -> Call {
        // A query and a form are written the same way.
        let mut scratch = self.base.clone();
        scratch.query_pairs_mut().extend_pairs(form);
        Call {
            method: Method::POST,
            route,
            url: self.url(&[&["financial_connections"], segments].concat()),
            form: scratch.query().map(str::to_owned),
            idempotency_key: Some(idempotency_key),
            connected: None,
        }
    }

    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        // INVARIANT: the settings allow only http and https, whose paths have segments.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1").extend(segments);
        }
        url
    }

    /// Makes the call, again where that may help, until the deadline.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: &Call,
        deadline: Deadline,
    ) -> Result<T, StripeError> {
        let span = tracing::info_span!(
            "stripe_call",
            method = call.method.as_str(),
            route = call.route
        );
        let pauses = pauses(&self.config).with_jitter();
        let body = (|| self.attempt(call, deadline))
            .retry(pauses)
            .sleep(tokio::time::sleep)
            .when(StripeError::is_worth_another_attempt)
            .adjust(|error: &StripeError, pause: Option<Duration>| {
                let pause = pause?.max(error.retry_after().unwrap_or_default());
                (pause < deadline.remaining()).then_some(pause)
            })
            .instrument(span)
            .await?;
        serde_json::from_slice(&body.bytes).map_err(|error| StripeError::BadAnswer {
            problem: BadAnswer::Json {
                line: error.line(),
                column: error.column(),
            },
            request_id: body.request_id,
        })
    }

    async fn attempt(&self, call: &Call, deadline: Deadline) -> Result<Body, StripeError> {
        let watch = Stopwatch::start();
        let result = self.exchange(call, deadline).await;
        let milliseconds = watch.elapsed().as_millis();
        match &result {
            Ok(body) => tracing::debug!(
                %milliseconds,
                request_id = body.request_id.as_deref(),
                bytes = body.bytes.len(),
                "answered"
            ),
            Err(error) => tracing::warn!(
                %milliseconds,
                request_id = error.request_id(),
                code = error.code(),
                %error,
                "not answered as hoped"
            ),
        }
        result
    }

    async fn exchange(&self, call: &Call, deadline: Deadline) -> Result<Body, StripeError> {
        let timeout = self.config.call_timeout.min(deadline.remaining());
        if timeout.is_zero() {
            return Err(StripeError::Timeout("the time for this account is used up"));
        }
        let mut request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .timeout(timeout)
            .header(AUTHORIZATION, self.authorization.clone())
            .header("Stripe-Version", self.config.version.as_str());
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
        let response = request.send().await.map_err(|error| transport(&error))?;
        answer(response).await
    }
}

/// The pauses between the attempts of one call, each twice the one before up to the longest.
fn pauses(config: &StripeConfig) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(config.retry_pause)
        .with_max_delay(limits::STRIPE_RETRY_PAUSE_MAX.max(config.retry_pause))
        .with_max_times(config.attempts.saturating_sub(1))
}

async fn answer(mut response: Response) -> Result<Body, StripeError> {
    let status = response.status();
    let request_id = word(response.headers(), "request-id");
    if status.is_client_error() || status.is_server_error() {
        // Whatever the body is, the status says enough.
        let body = read(&mut response).await.unwrap_or_default();
        return Err(StripeError::from_refusal(refusal(&response, &body)));
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
    match read(&mut response).await {
        Ok(bytes) => Ok(Body { bytes, request_id }),
        Err(StripeError::BadAnswer { problem, .. }) => Err(StripeError::BadAnswer {
            problem,
            request_id,
        }),
        Err(error) => Err(error),
    }
}

/// Reads the body as it comes, and stops at the limit.
async fn read(response: &mut Response) -> Result<Vec<u8>, StripeError> {
    let too_large = StripeError::bad(BadAnswer::TooLarge {
        max: limits::STRIPE_RESPONSE_BYTES_MAX,
    });
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error))? {
        if chunk.len() > limits::STRIPE_RESPONSE_BYTES_MAX - bytes.len() {
            return Err(too_large);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
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
fn transport(error: &reqwest::Error) -> StripeError {
    if error.is_timeout() {
        StripeError::Timeout("no complete answer within the time for one call")
    } else if error.is_connect() {
        StripeError::Unreachable("no connection")
    } else {
        StripeError::Unreachable("the connection broke")
    }
}

#[cfg(test)]
mod tests {
    use backon::BackoffBuilder;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let longest = limits::STRIPE_RETRY_PAUSE_MAX;
        let of = |retry_pause, attempts| {
            let config = StripeConfig {
                retry_pause,
                attempts,
                ..StripeConfig::new("sk_test_1".to_owned().into())
            };
            pauses(&config).build().collect::<Vec<_>>()
        };
        assert_eq!(of(longest / 4, 4), [longest / 4, longest / 2, longest]);
        assert_eq!(of(longest / 2, 4), [longest / 2, longest, longest]);
        assert_eq!(
            of(longest * 2, 3),
            [longest * 2, longest * 2],
            "as asked for"
        );
        assert!(of(longest, 1).is_empty());
    }
}
