//! Stripe Financial Connections: fetch one account with its balance, owners and transactions.
//!
//! What the applicant did not permit, what the bank failed to deliver and what an account no
//! longer gives are no errors here: they are absent parts and flags of a [`Fetched`], so that the
//! rules can send the application to a person. An error means that Stripe itself could not be
//! asked.

mod admin;
mod answer;
mod breaker;
mod call;
mod choose;
mod client;
mod convert;
mod deadline;
mod error;
mod exchange;
mod fetch;
mod json;
mod limiter;
mod metrics;
mod pages;
mod refresh;
mod resolve;
mod retry;
mod settings;
mod stored;
mod sync;
#[cfg(test)]
mod tests;
pub mod tls;
pub mod webhook;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

pub use admin::{LinkedAccount, NewSession, RefreshState, Session};
pub use choose::{Choice, ChoiceError, LeftOut, NoneChosen, choose};
pub use client::StripeClient;
pub use error::{BadAnswer, ConfigError, Refusal, StripeError};
pub use metrics::Metrics;
pub use refresh::RefreshFeature;
pub use resolve::NotLinkedReason;
pub use settings::{STRIPE_BASE, STRIPE_VERSION, StripeConfig};
pub use stored::read_stored;

use crate::application::Freshness;
use crate::id::{AccountId, ConnectedAccountId, Handle};
use crate::snapshot::{Account, Fetched, Snapshot};

/// Where accounts are fetched from: Stripe, or whatever stands in for it.
#[async_trait]
pub trait Source: Send + Sync {
    /// Whether what is fetched is real money.
    fn livemode(&self) -> bool;

    /// Finds the accounts behind a handle, in the name of `connected` where that is given.
    ///
    /// # Errors
    ///
    /// Where Stripe could not be asked, or no account that can be read is behind the handle.
    async fn resolve(
        &self,
        handle: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError>;

    /// Fetches one account. Dropping the future gives the fetch up.
    ///
    /// # Errors
    ///
    /// Only where Stripe could not be asked. Data that cannot be had is an absent part or a flag.
    async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError>;
}

/// What is behind a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// The one account that the object names.
    One(AccountId),
    /// Every account that the holder, or the session, has linked: in the order of their ids.
    Several(Vec<Account>),
}

/// What is wanted of one account.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// The account.
    pub account: AccountId,
    /// The connected account in whose name to ask.
    pub connected: Option<ConnectedAccountId>,
    /// The first moment from which transactions are wanted.
    pub since: DateTime<Utc>,
    /// The moment that ages are measured at, and that the result bears as `fetched_at`.
    pub now: DateTime<Utc>,
    /// What is older is refreshed.
    pub freshness: Freshness,
    /// How long to wait for refreshes to settle before going on with what there is.
    pub settle_within: Duration,
    /// What was known before: only what changed since is then listed.
    pub known: Option<Snapshot>,
    /// Notified when the account may have changed, so that nobody waits for the next look.
    pub woken: Arc<Notify>,
}

#[async_trait]
impl Source for StripeClient {
    fn livemode(&self) -> bool {
        StripeClient::livemode(self)
    }

    async fn resolve(
        &self,
        handle: &Handle,
        connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        StripeClient::resolve(self, handle, connected).await
    }

    async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        StripeClient::fetch(self, wanted).await
    }
}
