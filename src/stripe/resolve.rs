//! From another object of Stripe's to the accounts behind it.

use super::Behind;
use super::client::StripeClient;
use super::error::StripeError;
use crate::id::{ConnectedAccountId, Handle};

impl StripeClient {
    /// Finds the accounts behind a handle; see [`Source::resolve`](super::Source::resolve).
    pub async fn resolve(
        &self,
        handle: &Handle,
        _connected: Option<&ConnectedAccountId>,
    ) -> Result<Behind, StripeError> {
        Err(StripeError::NotLinked {
            kind: handle.kind(),
        })
    }
}
