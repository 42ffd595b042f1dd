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
    assert_eq!(
        [
            config.call_timeout,
            config.fetch_deadline,
            config.retry_pause,
            config.poll_interval,
        ],
        [
            limits::STRIPE_CALL_TIMEOUT,
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

#[test]
fn numbers_and_durations_have_ranges() {
    let field = |change: fn(&mut StripeConfig)| match problem(change) {
        Some(ConfigError::Range { field, .. }) => Some(field),
        _ => None,
    };
    assert_eq!(field(|config| config.attempts = 0), Some("attempts"));
    assert_eq!(field(|config| config.attempts = 10), None);
    assert_eq!(field(|config| config.attempts = 11), Some("attempts"));
    assert_eq!(
        field(|config| config.call_timeout = Duration::ZERO),
        Some("call_timeout")
    );
    assert_eq!(
        problem(|config| config.version = "2026-10-28 endive\n".to_owned()),
        Some(ConfigError::Version)
    );
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
