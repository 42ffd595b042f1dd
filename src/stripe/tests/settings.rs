//! What settings are accepted.

use super::*;
use crate::limits;
use crate::stripe::settings::StripeConfig;

fn problem(change: impl FnOnce(&mut StripeConfig)) -> Option<ConfigError> {
    let mut config = StripeConfig::new(SecretString::from(KEY));
    change(&mut config);
    config.check().err()
}

#[test]
fn the_defaults_are_the_limits_and_good() {
    assert_eq!(problem(|_| {}), None);
    let config = StripeConfig::new(SecretString::from(KEY));
    assert_eq!(config.attempts, limits::STRIPE_ATTEMPTS_MAX);
    assert_eq!(config.rate, None, "as documented for the mode of the key");
    assert_eq!(config.endpoint_rate, limits::STRIPE_RATE_ENDPOINT);
    assert_eq!(config.breaker_failures, limits::STRIPE_BREAKER_FAILURES);
    assert!(config.breaker_pause < limits::STRIPE_BREAKER_PAUSE_MAX);
    assert_eq!(
        [
            config.call_timeout,
            config.connect_timeout,
            config.first_byte_timeout,
            config.idle_timeout,
            config.breaker_pause,
            config.fetch_deadline,
            config.retry_pause,
            config.poll_interval,
        ],
        [
            limits::STRIPE_CALL_TIMEOUT,
            limits::STRIPE_CONNECT_TIMEOUT,
            limits::STRIPE_FIRST_BYTE_TIMEOUT,
            limits::STRIPE_IDLE_TIMEOUT,
            limits::STRIPE_BREAKER_PAUSE,
            limits::STRIPE_FETCH_DEADLINE,
            limits::STRIPE_RETRY_PAUSE_MIN,
            limits::REFRESH_POLL_INTERVAL,
        ]
    );
}

#[test]
fn a_live_key_goes_to_stripe_and_nowhere_else() {
    let live = |base: &str, allowed: bool| {
        problem(|config| {
            config.key = SecretString::from("rk_live_123");
            config.base = base.to_owned();
            config.allow_live_key_elsewhere = allowed;
        })
    };
    assert_eq!(live("https://api.stripe.com", false), None);
    assert_eq!(live("https://api.stripe.com/", false), None);
    for base in [
        "http://api.stripe.com",
        "https://api.stripe.com.example.com",
        "https://api.stripe.com:8443",
        "http://127.0.0.1:12111",
    ] {
        assert_eq!(
            live(base, false),
            Some(ConfigError::LiveKeyElsewhere),
            "{base}"
        );
    }
    assert_eq!(live("https://proxy.example.com", true), None);
    assert_eq!(live("http://127.0.0.1:12111", true), None);
    assert_eq!(live("http://[::1]:12111", true), None);
    assert_eq!(
        live("http://proxy.example.com", true),
        Some(ConfigError::LiveKeyInClear)
    );
    let mut config = StripeConfig::new(SecretString::from("sk_live_123"));
    config.base = "http://127.0.0.1:1".to_owned();
    let error = StripeClient::new(config).unwrap_err();
    assert_eq!(error.code(), "stripe_config");
    assert!(!error.to_string().contains("123"));
}

#[test]
fn a_test_key_goes_anywhere() {
    let base = |base: &str| problem(|config| config.base = base.to_owned());
    assert_eq!(base("http://sandbox:12111"), None);
    assert_eq!(base("http://localhost:12111/prefix/"), None);
}

#[test]
fn the_provider_is_installed_once() {
    tls::install();
    tls::install();
    assert!(rustls::crypto::CryptoProvider::get_default().is_some());
}

#[test]
fn a_key_is_one_of_stripes() {
    for key in [
        "",
        "sk_test_",
        "pk_test_1",
        "sk_test_1\n",
        "\"sk_test_1\"",
        "sk_test_é",
    ] {
        let problem = problem(|config| config.key = SecretString::from(key));
        assert_eq!(problem, Some(ConfigError::Key), "{key}");
    }
}

#[test]
fn a_base_is_a_plain_address() {
    for base in [
        "",
        "api.stripe.com",
        "ftp://x",
        "https://u:p@x",
        "https://x?y=1",
        "https://x#y",
    ] {
        let problem = problem(|config| config.base = base.to_owned());
        assert_eq!(problem, Some(ConfigError::Base), "{base}");
    }
}

fn field(change: impl FnOnce(&mut StripeConfig)) -> Option<&'static str> {
    match problem(change) {
        Some(ConfigError::Range { field, range }) => {
            assert!(!range.is_empty());
            Some(field)
        }
        Some(other) => panic!("{other}"),
        None => None,
    }
}

#[test]
fn numbers_have_ranges() {
    /// Sets one of the numbers.
    type Set = fn(&mut StripeConfig, u32);
    let numbers: [(&str, u32, Set); 4] = [
        ("attempts", 10, |config, to| {
            config.attempts = usize::try_from(to).unwrap();
        }),
        ("rate", limits::STRIPE_RATE_MAX, |config, to| {
            config.rate = Some(to);
        }),
        ("endpoint_rate", limits::STRIPE_RATE_MAX, |config, to| {
            config.endpoint_rate = to;
        }),
        ("breaker_failures", 1_000, |config, to| {
            config.breaker_failures = to;
        }),
    ];
    for (name, max, set) in numbers {
        let at = |value| field(|config| set(config, value));
        assert_eq!(at(0), Some(name));
        assert_eq!(at(1), None, "{name}");
        assert_eq!(at(max - 1), None, "{name}");
        assert_eq!(at(max), None, "{name}");
        assert_eq!(at(max + 1), Some(name));
    }
}

#[test]
fn durations_have_ranges() {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    /// One of the durations.
    type Get = fn(&mut StripeConfig) -> &mut Duration;
    let durations: [(&str, Duration, Get); 8] = [
        ("call_timeout", minutes(10), |config| {
            &mut config.call_timeout
        }),
        ("connect_timeout", minutes(10), |config| {
            &mut config.connect_timeout
        }),
        ("first_byte_timeout", minutes(10), |config| {
            &mut config.first_byte_timeout
        }),
        ("idle_timeout", minutes(10), |config| {
            &mut config.idle_timeout
        }),
        ("fetch_deadline", minutes(60), |config| {
            &mut config.fetch_deadline
        }),
        ("retry_pause", minutes(10), |config| &mut config.retry_pause),
        ("poll_interval", minutes(10), |config| {
            &mut config.poll_interval
        }),
        ("breaker_pause", minutes(10), |config| {
            &mut config.breaker_pause
        }),
    ];
    let nanosecond = Duration::from_nanos(1);
    for (name, max, get) in durations {
        let at = |value| field(|config| *get(config) = value);
        assert_eq!(at(Duration::ZERO), Some(name));
        assert_eq!(at(nanosecond), None, "{name}");
        assert_eq!(at(max - nanosecond), None, "{name}");
        assert_eq!(at(max), None, "{name}");
        assert_eq!(at(max + nanosecond), Some(name));
    }
}

#[test]
fn a_version_is_a_name() {
    let version = |version: &str| problem(|config| config.version = version.to_owned());
    assert_eq!(version("2026-10-28.endive"), None);
    for wrong in ["", "2026-10-28 endive\n"] {
        assert_eq!(version(wrong), Some(ConfigError::Version));
    }
}

#[tokio::test]
async fn a_base_may_have_a_path() {
    let server = Server::start(|_, _| server::Reply::error(404, "x", "x")).await;
    let mut config = config(server.base());
    config.base.push_str("/stripe/");
    let client = StripeClient::new(config).unwrap();
    client.fetch(&wanted(at(NOW))).await.unwrap_err();
    let path = &server.calls()[0].path;
    assert_eq!(path, "/stripe/v1/financial_connections/accounts/fca_1");
}
