//! The platform and its connected accounts: what is made on one is not seen on another.
//!
//! A request says with `Stripe-Account` for whom it acts; without that it is the platform.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::HeaderMap;
use serde_json::Value;

use super::payments::text;
use super::problem::ApiError;
use super::sessions::Session;
use super::state::State;
use super::world::LinkedAccount;

/// What one Stripe account begins with.
#[derive(Debug, Default)]
pub(super) struct Stock {
    pub(super) linked: Vec<LinkedAccount>,
    pub(super) sessions: Vec<Session>,
    /// Objects of payments and of Connect, in Stripe's shapes.
    pub(super) objects: Vec<Value>,
}

/// What each connected account begins with, and under `None` the platform.
pub(super) type Stocks = BTreeMap<Option<String>, Stock>;

/// The memory of the platform, and of each of its connected accounts.
#[derive(Debug)]
pub(super) struct Realms {
    platform: State,
    connected: BTreeMap<String, State>,
}

impl Realms {
    pub(super) fn new(mut stocks: Stocks, now: i64, refresh_delay: Duration) -> Self {
        let platform = stocks.remove(&None).unwrap_or_default();
        for object in &platform.objects {
            if text(object, "object") == "account" {
                // A connected account knows itself.
                let own = stocks
                    .entry(Some(text(object, "id").to_owned()))
                    .or_default();
                own.objects.push(object.clone());
            }
        }
        let connected = stocks
            .into_iter()
            .filter_map(|(id, stock)| Some((id?, State::new(stock, now, refresh_delay))))
            .collect();
        Self {
            platform: State::new(platform, now, refresh_delay),
            connected,
        }
    }

    /// Ends the refreshes that are due `elapsed` after the start.
    pub(super) fn settle(&mut self, elapsed: Duration) {
        self.platform.settle(elapsed);
        for state in self.connected.values_mut() {
            state.settle(elapsed);
        }
    }

    /// Whose memory a request is about.
    pub(super) fn of(&mut self, headers: &HeaderMap) -> Result<&mut State, ApiError> {
        let Some(account) = headers.get("stripe-account") else {
            return Ok(&mut self.platform);
        };
        let account = account.to_str().unwrap_or("");
        self.connected
            .get_mut(account)
            .ok_or_else(|| ApiError::no_access(account))
    }
}
