//! A bank that every account is known to, without Stripe before it.

use async_trait::async_trait;
use underwrite::id::{ConnectedAccountId, Handle};
use underwrite::snapshot::Fetched;
use underwrite::stripe::{FetchRequest, NotLinkedReason, Resolved, Source, StripeError};

use crate::household;

/// Gives every account so many transactions.
pub(crate) struct Household {
    pub(crate) transactions: usize,
}

#[async_trait]
impl Source for Household {
    fn livemode(&self) -> bool {
        false
    }

    async fn resolve(
        &self,
        handle: &Handle,
        _connected: Option<&ConnectedAccountId>,
    ) -> Result<Resolved, StripeError> {
        Err(StripeError::NotLinked {
            kind: handle.kind(),
            why: NotLinkedReason::TypedByHand,
        })
    }

    async fn fetch(&self, _wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        Ok(household::fetched(self.transactions))
    }
}
