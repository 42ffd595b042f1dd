//! A bank without Stripe before it.

use async_trait::async_trait;
use underwrite::id::{ConnectedAccountId, Handle};
use underwrite::snapshot::Fetched;
use underwrite::stripe::{FetchRequest, NotLinkedReason, Resolved, Source, StripeError};

/// Gives of an account what the function says.
pub(crate) struct Bank<F>(pub(crate) F);

#[async_trait]
impl<F: Fn(&FetchRequest) -> Fetched + Send + Sync> Source for Bank<F> {
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

    async fn fetch(&self, wanted: &FetchRequest) -> Result<Fetched, StripeError> {
        Ok((self.0)(wanted))
    }
}
