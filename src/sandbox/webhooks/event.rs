//! What is told of: events in Stripe's shape.

use serde_json::{Value, json};

use crate::sandbox::answer::STRIPE_VERSION;
use crate::sandbox::wire::Account;
use crate::sandbox::world::{AccountStatus, RefreshFeature};

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

    /// An account has become this.
    pub(in crate::sandbox) fn became(status: AccountStatus) -> Self {
        match status {
            AccountStatus::Active => Self::Reactivated,
            AccountStatus::Inactive => Self::Deactivated,
            AccountStatus::Disconnected => Self::Disconnected,
        }
    }

    /// A refresh has ended.
    pub(in crate::sandbox) fn refreshed(feature: RefreshFeature) -> Self {
        match feature {
            RefreshFeature::Balance => Self::RefreshedBalance,
            RefreshFeature::Ownership => Self::RefreshedOwnership,
            RefreshFeature::Transactions => Self::RefreshedTransactions,
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
    /// The connected account on which it has happened; nothing for the platform.
    pub(in crate::sandbox) stripe_account: Option<String>,
    /// What asked for it; nothing where a bank answered, or whoever runs the sandbox decided.
    pub(in crate::sandbox) cause: Option<Cause>,
}

/// The request that has made something happen.
#[derive(Debug)]
pub(in crate::sandbox) struct Cause {
    pub(in crate::sandbox) request_id: String,
    pub(in crate::sandbox) idempotency_key: Option<String>,
}

impl Happening {
    /// The event as it is sent to so many places.
    pub(super) fn body(&self, id: &str, places: usize) -> Result<String, serde_json::Error> {
        let object = serde_json::to_value(&self.account)?;
        let cause = self.cause.as_ref();
        let mut event = json!({
            "id": id,
            "object": "event",
            "api_version": STRIPE_VERSION,
            "created": self.created,
            "data": { "object": object },
            "livemode": self.account.livemode,
            "pending_webhooks": places,
            "request": {
                "id": cause.map(|it| &it.request_id),
                "idempotency_key": cause.and_then(|it| it.idempotency_key.as_ref()),
            },
            "type": self.kind,
        });
        // Whose bank account it is does not matter: a platform that asks for a connected account
        // holds the link itself.
        if let (Some(connected), Value::Object(event)) = (&self.stripe_account, &mut event) {
            event.insert("account".to_owned(), connected.as_str().into());
        }
        Ok(format!("{event:#}"))
    }
}
