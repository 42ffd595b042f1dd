//! Stripe Financial Connections: fetch one account with its balance, owners and transactions.
//!
//! What the applicant did not permit, what the bank failed to deliver and what an account no
//! longer gives are no errors here: they are absent parts and flags of a [`Fetched`], so that the
//! rules can send the application to a person. An error means that Stripe itself could not be
//! asked.

mod client;
mod convert;
mod error;
mod fetch;
mod pages;
mod refresh;
mod settings;
#[cfg(test)]
mod tests;
pub mod tls;
mod wire;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

pub use client::StripeClient;
pub use error::{BadAnswer, ConfigError, Refusal, StripeError};
pub use settings::{STRIPE_BASE, STRIPE_VERSION, StripeConfig};

use crate::id::AccountId;
use crate::snapshot::Fetched;

/// Where accounts are fetched from: Stripe, or whatever stands in for it.
#[async_trait]
pub trait Source: Send + Sync {
    /// Fetches `account` with its transactions from `since` on, as of `now`. Dropping the future
    /// gives the fetch up.
    async fn fetch(
        &self,
        account: &AccountId,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Fetched, StripeError>;
}

#[async_trait]
impl Source for StripeClient {
    async fn fetch(
        &self,
        account: &AccountId,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Fetched, StripeError> {
        StripeClient::fetch(self, account, since, now).await
    }
}
