//! The settings of the client, and what they must be.

use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::error::ConfigError;
use crate::limits;

/// Stripe's own address.
pub const STRIPE_BASE: &str = "https://api.stripe.com";
/// The version of Stripe's API that this client was written for.
pub const STRIPE_VERSION: &str = "2026-10-28.endive";

/// How to reach Stripe. [`StripeClient::new`](super::StripeClient::new) checks it as a whole.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// A secret or restricted API key; never shown.
    pub key: SecretString,
    /// Where Stripe is: [`STRIPE_BASE`], or a sandbox.
    pub base: String,
    /// The `Stripe-Version` sent with every call.
    pub version: String,
    /// Time for one call from connect to the last byte, at most 10 minutes.
    pub call_timeout: Duration,
    /// Time for the calls that fetch one account, waiting for refreshes not counted; at most an hour.
    pub fetch_deadline: Duration,
    /// Attempts of one call, the first included; from 1 to 10.
    pub attempts: usize,
    /// First pause before another attempt; doubled each time, with jitter.
    pub retry_pause: Duration,
    /// Time between two looks at a refresh that has not settled.
    pub poll_interval: Duration,
    /// Lets a live key be sent to another address than Stripe's, such as a proxy.
    pub allow_live_key_elsewhere: bool,
}

impl StripeConfig {
    /// The settings for Stripe itself.
    pub fn new(key: SecretString) -> Self {
        Self {
            key,
            base: STRIPE_BASE.to_owned(),
            version: STRIPE_VERSION.to_owned(),
            call_timeout: limits::STRIPE_CALL_TIMEOUT,
            fetch_deadline: limits::STRIPE_FETCH_DEADLINE,
            attempts: limits::STRIPE_ATTEMPTS_MAX,
            retry_pause: limits::STRIPE_RETRY_PAUSE_MIN,
            poll_interval: limits::REFRESH_POLL_INTERVAL,
            allow_live_key_elsewhere: false,
        }
    }

    /// What is wrong with the settings, if anything.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.checked().map(|_| ())
    }

    /// The address and the mode of the key, once everything has been checked.
    pub(super) fn checked(&self) -> Result<(Url, bool), ConfigError> {
        let livemode = key_mode(self.key.expose_secret())?;
        let base = parse_base(&self.base)?;
        if livemode {
            self.guard_live_key(&base)?;
        }
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if self.version.is_empty() || self.version.len() > 64 || !self.version.chars().all(named) {
            return Err(ConfigError::Version);
        }
        self.check_ranges()?;
        Ok((base, livemode))
    }

    fn guard_live_key(&self, base: &Url) -> Result<(), ConfigError> {
        let at_stripe = base.scheme() == "https"
            && base.host_str() == Some("api.stripe.com")
            && base.port_or_known_default() == Some(443);
        if !at_stripe && !self.allow_live_key_elsewhere {
            return Err(ConfigError::LiveKeyElsewhere);
        }
        if base.scheme() != "https" && !is_loopback(base) {
            return Err(ConfigError::LiveKeyInClear);
        }
        Ok(())
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
        let hour = Duration::from_secs(60 * 60);
        let within = |field, value: Duration, max: Duration, range| {
            if value.is_zero() || value > max {
                return Err(ConfigError::Range { field, range });
            }
            Ok(())
        };
        let ten_minutes = Duration::from_secs(10 * 60);
        within(
            "call_timeout",
            self.call_timeout,
            ten_minutes,
            "over 0 and up to 10 minutes",
        )?;
        within(
            "fetch_deadline",
            self.fetch_deadline,
            hour,
            "over 0 and up to 1 hour",
        )?;
        within(
            "retry_pause",
            self.retry_pause,
            ten_minutes,
            "over 0 and up to 10 minutes",
        )?;
        within(
            "poll_interval",
            self.poll_interval,
            ten_minutes,
            "over 0 and up to 10 minutes",
        )?;
        if !(1..=10).contains(&self.attempts) {
            return Err(ConfigError::Range {
                field: "attempts",
                range: "from 1 to 10",
            });
        }
        Ok(())
    }
}

/// Whether the key is for real money.
fn key_mode(key: &str) -> Result<bool, ConfigError> {
    let live = ["sk_live_", "rk_live_"];
    let test = ["sk_test_", "rk_test_"];
    let rest_after = |prefixes: [&str; 2]| {
        prefixes
            .into_iter()
            .find_map(|prefix| key.strip_prefix(prefix))
    };
    let (livemode, rest) = match (rest_after(live), rest_after(test)) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err(ConfigError::Key),
    };
    let plain = rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if rest.is_empty() || rest.len() > 512 || !plain {
        return Err(ConfigError::Key);
    }
    Ok(livemode)
}

fn parse_base(text: &str) -> Result<Url, ConfigError> {
    let base = Url::parse(text).map_err(|_| ConfigError::Base)?;
    let plain = base.username().is_empty()
        && base.password().is_none()
        && base.query().is_none()
        && base.fragment().is_none();
    let web = matches!(base.scheme(), "http" | "https") && base.host_str().is_some();
    if plain && web {
        Ok(base)
    } else {
        Err(ConfigError::Base)
    }
}

/// Whether the address is this machine's own.
pub(super) fn is_loopback(base: &Url) -> bool {
    let Some(host) = base.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
