//! What is told of: events in Stripe's shape.

use serde_json::{Value, json};

use crate::sandbox::server::STRIPE_VERSION;
use crate::sandbox::wire::Account;
use crate::sandbox::world::Feature;

/// What can happen to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// It was linked.
    Created,
    /// It can no longer be refreshed.
    Deactivated,
    /// It can be refreshed again.
    Reactivated,
    /// Its link is gone.
    Disconnected,
    /// A refresh of its balance has ended, well or not.
    RefreshedBalance,
    /// A refresh of its owners has ended, well or not.
    RefreshedOwnership,
    /// A refresh of its transactions has ended, well or not.
    RefreshedTransactions,
}

impl EventKind {
    /// Stripe's `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "financial_connections.account.created",
            Self::Deactivated => "financial_connections.account.deactivated",
            Self::Reactivated => "financial_connections.account.reactivated",
            Self::Disconnected => "financial_connections.account.disconnected",
            Self::RefreshedBalance => "financial_connections.account.refreshed_balance",
            Self::RefreshedOwnership => "financial_connections.account.refreshed_ownership",
            Self::RefreshedTransactions => "financial_connections.account.refreshed_transactions",
        }
    }

    /// A refresh has ended.
    pub(in crate::sandbox) fn refreshed(feature: Feature) -> Self {
        match feature {
            Feature::Balance => Self::RefreshedBalance,
            Feature::Ownership => Self::RefreshedOwnership,
            Feature::Transactions => Self::RefreshedTransactions,
        }
    }
}

/// Something that has happened to an account.
#[derive(Debug)]
pub(in crate::sandbox) struct Happening {
    /// Stripe's `type`, or a word that it has not told of.
    pub(in crate::sandbox) kind: String,
    /// The account right after it.
    pub(in crate::sandbox) account: Account,
    /// The server's time, in Unix seconds.
    pub(in crate::sandbox) created: i64,
}

impl Happening {
    /// The event as it is sent to so many places.
    pub(super) fn body(&self, id: &str, places: usize) -> Result<String, serde_json::Error> {
        let object = serde_json::to_value(&self.account)?;
        let holder = self.account.account_holder.as_ref();
        let connected = holder.and_then(|it| it.get("account")?.as_str());
        let mut event = json!({
            "id": id,
            "object": "event",
            "api_version": STRIPE_VERSION,
            "created": self.created,
            "data": { "object": object },
            "livemode": self.account.livemode,
            "pending_webhooks": places,
            // Nobody's request: a bank's answer, or a decision of whoever runs the sandbox.
            "request": { "id": null, "idempotency_key": null },
            "type": self.kind,
        });
        if let (Some(connected), Value::Object(event)) = (connected, &mut event) {
            event.insert("account".to_owned(), connected.into());
        }
        Ok(format!("{event:#}"))
    }
}
