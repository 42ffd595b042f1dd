//! The platform and its connected accounts: what is made on one is not seen on another.
//!
//! A request says with `Stripe-Account` for whom it acts; without that it is the platform.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use axum::http::HeaderMap;

use super::counts::Counts;
use super::payments::text;
use super::problem::ApiError;
use super::state::State;
use super::stock::Stocks;
use super::webhooks::event::Happening;

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
    pub(super) fn advance(&mut self, elapsed: Duration) {
        for state in self.all_mut() {
            state.advance(elapsed);
        }
    }

    /// From now on, what happens is remembered until it is taken.
    pub(super) fn watch(&mut self) {
        self.all_mut().for_each(State::watch);
    }

    /// What has happened since it was last taken.
    pub(super) fn take_happenings(&mut self) -> Vec<Happening> {
        let mut happenings = self.platform.take_happenings();
        for (id, state) in &mut self.connected {
            let on = |happening| Happening {
                stripe_account: Some(id.clone()),
                ..happening
            };
            happenings.extend(state.take_happenings().into_iter().map(on));
        }
        happenings
    }

    /// Adds what has been counted.
    pub(super) fn count(&self, counts: &mut Counts) {
        self.all().for_each(|state| state.count(counts));
    }

    /// The ids of all Financial Connections accounts.
    pub(super) fn account_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.all().flat_map(State::account_ids)
    }

    fn all(&self) -> impl Iterator<Item = &State> + Clone {
        iter::once(&self.platform).chain(self.connected.values())
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut State> {
        iter::once(&mut self.platform).chain(self.connected.values_mut())
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

    /// The memory that holds a Financial Connections account; the platform's where none does.
    pub(super) fn of_account(&mut self, id: &str) -> &mut State {
        self.holding(|state| state.holds(id))
    }

    /// The memory that holds a transaction; the platform's where none does.
    pub(super) fn of_transaction(&mut self, id: &str) -> &mut State {
        self.holding(|state| state.account_of(id).is_some())
    }

    fn holding(&mut self, holds: impl Fn(&State) -> bool) -> &mut State {
        if holds(&self.platform) {
            return &mut self.platform;
        }
        let found = self.connected.values_mut().find(|state| holds(state));
        found.unwrap_or(&mut self.platform)
    }
}
