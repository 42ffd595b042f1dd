//! One call to Stripe: what it is, and how it is sent until it is answered or its time is up.

use std::fmt;
use std::time::Duration;

use backon::Retryable;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use super::breaker::Circuit;
use super::call::Call;
use super::deadline::Deadline;
use super::error::{ConfigError, StripeError};
use super::limiter::Limiter;
use super::metrics::Metrics;
use super::retry::{self, Jitter};
use super::settings::{StripeConfig, is_loopback};
use super::tls;
use crate::id::{Entropy, OsEntropy};

/// A client of Stripe's API. Cheap to share behind an `Arc`; it keeps its connections open.
pub struct StripeClient {
    pub(super) http: reqwest::Client,
    base: Url,
    livemode: bool,
    pub(super) authorization: HeaderValue,
    config: StripeConfig,
    pub(super) limiter: Limiter,
    pub(super) circuit: Circuit,
    pub(super) metrics: Metrics,
    pub(super) jitter: Jitter,
}

impl fmt::Debug for StripeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeClient")
            .field("base", &self.base.as_str())
            .field("livemode", &self.livemode)
            .finish_non_exhaustive()
    }
}

impl StripeClient {
    /// Checks the settings and sets up HTTPS; connects to nothing yet.
    pub fn new(config: StripeConfig) -> Result<Self, StripeError> {
        Self::with_entropy(config, &OsEntropy)
    }

    /// The same with another source for the chance in the pauses between attempts.
    pub fn with_entropy(config: StripeConfig, entropy: &dyn Entropy) -> Result<Self, StripeError> {
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
            // Every attempt is one of ours: within the rates, and counted.
            .retry(reqwest::retry::never())
            .connect_timeout(config.connect_timeout);
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if base.scheme() == "http" {
            // A sandbox needs no root certificates, and a bare container has none.
            builder = builder.tls_certs_only(std::iter::empty());
        }
        let http = builder.build().map_err(|_| ConfigError::Client)?;
        let metrics = Metrics::new();
        Ok(Self {
            http,
            base,
            livemode,
            authorization,
            limiter: Limiter::new(&config, livemode),
            circuit: Circuit::new(&config, metrics.clone()),
            metrics,
            jitter: Jitter::new(entropy),
            config,
        })
    }

    /// What this client counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
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
        let written = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        Call {
            method: Method::POST,
            route,
            url: self.url(&[&["financial_connections"], segments].concat()),
            form: Some(written),
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
        let mut number = 0;
        let attempt = || {
            number += 1;
            self.attempt(call, number, deadline)
        };
        attempt
            .retry(retry::pauses(&self.config))
            .sleep(tokio::time::sleep)
            // Where Stripe has just been given up, what it failed with says more than that.
            .when(|error| retry::may_help(call, error) && self.circuit.shut_for().is_none())
            .adjust(|error: &StripeError, pause: Option<Duration>| {
                let asked = error.retry_after().unwrap_or_default();
                let pause = self.jitter.below(pause?).saturating_add(asked);
                (pause < deadline.remaining()).then_some(pause)
            })
            .await
    }
}
