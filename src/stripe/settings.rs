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

/// The longest name of a version, in bytes: over three times Stripe's.
const VERSION_BYTES_MAX: usize = 64;
/// The longest key after its prefix, in bytes: several times the length of Stripe's.
const KEY_BYTES_MAX: usize = 512;
/// The longest time or pause of one call. The application is waiting: more is a slip of the unit.
const CALL_TIME_MAX: Duration = Duration::from_secs(10 * 60);
/// The longest time for the calls of one account: a refresh at a slow bank takes minutes, and what
/// takes longer than this is fetched anew.
const FETCH_TIME_MAX: Duration = Duration::from_secs(60 * 60);
/// The most attempts of one call. With doubled pauses more of them outlast any deadline.
const ATTEMPTS_MAX: u32 = 10;
/// The most failures in a row before Stripe is left alone: above it the breaker never opens.
const BREAKER_FAILURES_MAX: u32 = 1_000;

/// How to reach Stripe. [`StripeClient::new`](super::StripeClient::new) checks it as a whole.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// A secret or restricted API key; never shown.
    pub key: SecretString,
    /// Where Stripe is: [`STRIPE_BASE`], or a sandbox.
    pub base: String,
    /// The `Stripe-Version` sent with every call.
    pub version: String,
    /// Time for one call from connect to the last byte, at most 10 minutes. Of all times that
    /// bound a call, the shortest holds.
    pub call_timeout: Duration,
    /// Time for a connection to stand, at most 10 minutes.
    pub connect_timeout: Duration,
    /// Time from the start of a call to the first byte of its answer, at most 10 minutes.
    pub first_byte_timeout: Duration,
    /// Longest silence within one answer, at most 10 minutes.
    pub idle_timeout: Duration,
    /// Time for the calls that fetch one account: so long until refreshes are waited for, and so
    /// long again after that; at most an hour.
    pub fetch_deadline: Duration,
    /// Attempts of one call, the first included; from 1 to 10.
    pub attempts: usize,
    /// Longest first pause before another attempt; doubled each time. The pause itself is drawn
    /// between nothing and that.
    pub retry_pause: Duration,
    /// Calls a second for one Stripe account, from 1 to 100,000; where nothing is said, what Stripe
    /// documents for the mode of the key.
    pub rate: Option<u32>,
    /// Calls a second to one endpoint for one Stripe account, from 1 to 100,000.
    pub endpoint_rate: u32,
    /// Failures of Stripe in a row after which it is left alone for a while; from 1 to 1,000.
    pub breaker_failures: u32,
    /// First time that it is left alone; doubled each time that it then fails again. At most 10
    /// minutes.
    pub breaker_pause: Duration,
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
            connect_timeout: limits::STRIPE_CONNECT_TIMEOUT,
            first_byte_timeout: limits::STRIPE_FIRST_BYTE_TIMEOUT,
            idle_timeout: limits::STRIPE_IDLE_TIMEOUT,
            fetch_deadline: limits::STRIPE_FETCH_DEADLINE,
            attempts: limits::STRIPE_ATTEMPTS_MAX,
            retry_pause: limits::STRIPE_RETRY_PAUSE_MIN,
            rate: None,
            endpoint_rate: limits::STRIPE_RATE_ENDPOINT,
            breaker_failures: limits::STRIPE_BREAKER_FAILURES,
            breaker_pause: limits::STRIPE_BREAKER_PAUSE,
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
        if self.version.is_empty()
            || self.version.len() > VERSION_BYTES_MAX
            || !self.version.chars().all(named)
        {
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
        let short = "over 0 and up to 10 minutes";
        let durations = [
            ("call_timeout", self.call_timeout, CALL_TIME_MAX, short),
            (
                "connect_timeout",
                self.connect_timeout,
                CALL_TIME_MAX,
                short,
            ),
            (
                "first_byte_timeout",
                self.first_byte_timeout,
                CALL_TIME_MAX,
                short,
            ),
            ("idle_timeout", self.idle_timeout, CALL_TIME_MAX, short),
            (
                "fetch_deadline",
                self.fetch_deadline,
                FETCH_TIME_MAX,
                "over 0 and up to 1 hour",
            ),
            ("retry_pause", self.retry_pause, CALL_TIME_MAX, short),
            ("poll_interval", self.poll_interval, CALL_TIME_MAX, short),
            ("breaker_pause", self.breaker_pause, CALL_TIME_MAX, short),
        ];
        for (field, value, max, range) in durations {
            if value.is_zero() || value > max {
                return Err(ConfigError::Range { field, range });
            }
        }
        let attempts = u32::try_from(self.attempts).unwrap_or(u32::MAX);
        let rates = (limits::STRIPE_RATE_MAX, "from 1 to 100000");
        let numbers = [
            ("attempts", attempts, (ATTEMPTS_MAX, "from 1 to 10")),
            ("rate", self.rate.unwrap_or(1), rates),
            ("endpoint_rate", self.endpoint_rate, rates),
            (
                "breaker_failures",
                self.breaker_failures,
                (BREAKER_FAILURES_MAX, "from 1 to 1000"),
            ),
        ];
        for (field, value, (max, range)) in numbers {
            if value == 0 || value > max {
                return Err(ConfigError::Range { field, range });
            }
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
    if rest.is_empty() || rest.len() > KEY_BYTES_MAX || !plain {
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
