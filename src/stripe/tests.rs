//! The client against a small server that answers as Stripe does, and as Stripe must not.

mod admin;
mod bounds;
mod breaking;
mod failures;
mod fetching;
mod rates;
mod refreshing;
mod resolving;
mod restarting;
mod server;
mod settings;
mod syncing;
mod telling;
mod timeouts;
mod words;

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::*;
use crate::limits;
use crate::snapshot::Fetched;
use server::Server;

const KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";
/// 14 November 2023, 22:13:20 UTC.
const NOW: i64 = 1_700_000_000;
const DAY: i64 = 86_400;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn id() -> AccountId {
    AccountId::parse("fca_1").unwrap()
}

/// Settings for a test: quick pauses, times that a test does not run out of by chance, and rates
/// that nobody meets.
fn config(base: &str) -> StripeConfig {
    StripeConfig {
        base: base.to_owned(),
        call_timeout: Duration::from_secs(10),
        fetch_deadline: Duration::from_secs(60),
        retry_pause: Duration::from_millis(1),
        poll_interval: Duration::from_millis(2),
        rate: Some(limits::STRIPE_RATE_MAX),
        endpoint_rate: limits::STRIPE_RATE_MAX,
        ..StripeConfig::new(SecretString::from(KEY))
    }
}

fn client(server: &Server) -> StripeClient {
    StripeClient::new(config(server.base())).unwrap()
}

/// Everything of the account, not older than a day.
pub(super) fn wanted(now: DateTime<Utc>) -> FetchRequest {
    FetchRequest {
        account: id(),
        connected: None,
        since: now - chrono::Duration::days(180),
        now,
        freshness: Freshness::default(),
        settle_within: Duration::from_secs(30),
        known: None,
        woken: Arc::default(),
    }
}

async fn fetch(server: &Server) -> Result<Fetched, StripeError> {
    client(server).fetch(&wanted(at(NOW))).await
}
