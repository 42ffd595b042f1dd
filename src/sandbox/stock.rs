//! What the platform and its connected accounts begin with.

use std::collections::BTreeMap;

use serde_json::Value;

use super::sessions::Session;
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
