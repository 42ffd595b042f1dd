//! What is asked of Stripe.

use reqwest::{Method, Url};

use crate::id::ConnectedAccountId;

/// One logical call; all of its attempts are the same to Stripe.
pub(super) struct Call {
    pub(super) method: Method,
    /// The path with placeholders: the endpoint of the rates, of logs and of counts.
    pub(super) route: &'static str,
    pub(super) url: Url,
    pub(super) form: Option<String>,
    pub(super) idempotency_key: Option<String>,
    /// The connected account in whose name it is made.
    pub(super) connected: Option<ConnectedAccountId>,
}

impl Call {
    /// The same call in the name of a connected account, where there is one.
    pub(super) fn on_behalf_of(mut self, connected: Option<&ConnectedAccountId>) -> Self {
        self.connected = connected.cloned();
        self
    }
}
