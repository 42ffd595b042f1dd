//! Stripe's JSON of the objects on the way to an account, as far as it is read. A field that is
//! absent is the same as one that is null.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::stripe::pages::Row;
use crate::stripe::wire::{Ref, WireAccount, WireId, WireList, null_is_default};

/// An object that is read by its id.
pub(super) trait Object {
    fn id(&self) -> &str;
    /// Its mode; not all kinds say.
    fn livemode(&self) -> Option<bool>;
}

macro_rules! object {
    ($($name:ident),+) => {$(
        impl Object for $name {
            fn id(&self) -> &str {
                &self.id
            }

            fn livemode(&self) -> Option<bool> {
                self.livemode
            }
        }
    )+};
}

object!(
    WirePaymentMethod,
    WireIntent,
    WireCheckout,
    WireSubscription,
    WireInvoice,
    WireCustomer,
    WireSession,
    WireConnectedAccount
);

/// `payment_method`
#[derive(Deserialize)]
pub(super) struct WirePaymentMethod {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) us_bank_account: Option<WireBankAccount>,
}

#[derive(Deserialize)]
pub(super) struct WireBankAccount {
    #[serde(default)]
    pub(super) financial_connections_account: Option<String>,
}

/// `payment_intent` and `setup_intent`
#[derive(Deserialize)]
pub(super) struct WireIntent {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(default)]
    pub(super) payment_method: Option<Ref<WirePaymentMethod>>,
}

/// `checkout.session`
#[derive(Deserialize)]
pub(super) struct WireCheckout {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<Ref<WireIntent>>,
    #[serde(default)]
    pub(super) setup_intent: Option<Ref<WireIntent>>,
    #[serde(default)]
    pub(super) subscription: Option<Ref<WireId>>,
}

/// `subscription`
#[derive(Deserialize)]
pub(super) struct WireSubscription {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(default)]
    pub(super) default_payment_method: Option<Ref<WirePaymentMethod>>,
    #[serde(default)]
    pub(super) default_source: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) customer: Option<Ref<WireId>>,
    #[serde(default)]
    pub(super) latest_invoice: Option<Ref<WireId>>,
}

/// `invoice`
#[derive(Deserialize)]
pub(super) struct WireInvoice {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(default)]
    pub(super) default_payment_method: Option<Ref<WirePaymentMethod>>,
    #[serde(default)]
    pub(super) default_source: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) customer: Option<Ref<WireId>>,
    #[serde(default)]
    parent: Option<WireParent>,
}

impl WireInvoice {
    /// The subscription that it is of.
    pub(super) fn subscription(&self) -> Option<&str> {
        let details = self.parent.as_ref()?.subscription_details.as_ref()?;
        Some(details.subscription.as_ref()?.id())
    }
}

#[derive(Deserialize)]
struct WireParent {
    #[serde(default)]
    subscription_details: Option<WireSubscriptionDetails>,
}

#[derive(Deserialize)]
struct WireSubscriptionDetails {
    #[serde(default)]
    subscription: Option<Ref<WireId>>,
}

/// `invoice_payment`
#[derive(Deserialize)]
pub(super) struct WireInvoicePayment {
    id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(default)]
    pub(super) created: i64,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) is_default: bool,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) status_transitions: WireTransitions,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) payment: WirePaying,
}

#[derive(Default, Deserialize)]
pub(super) struct WireTransitions {
    #[serde(default)]
    pub(super) paid_at: Option<i64>,
}

/// What paid an invoice; a charge or a payment outside of Stripe has no intent.
#[derive(Default, Deserialize)]
pub(super) struct WirePaying {
    #[serde(default)]
    pub(super) payment_intent: Option<Ref<WireIntent>>,
}

impl Row for WireInvoicePayment {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

/// `customer`
#[derive(Deserialize)]
pub(super) struct WireCustomer {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) invoice_settings: WireInvoiceSettings,
    #[serde(default)]
    pub(super) default_source: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
pub(super) struct WireInvoiceSettings {
    #[serde(default)]
    pub(super) default_payment_method: Option<Ref<WirePaymentMethod>>,
}

/// `financial_connections.session`, with the first page of its accounts.
#[derive(Deserialize)]
pub(super) struct WireSession {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    pub(super) accounts: WireList<WireAccount>,
}

/// `account`: a connected account, as far as it says who answers for it.
#[derive(Deserialize)]
pub(super) struct WireConnectedAccount {
    pub(super) id: String,
    #[serde(default)]
    pub(super) livemode: Option<bool>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    controller: Option<WireController>,
}

impl WireConnectedAccount {
    /// Whether it answers for itself: its type says so, or that Stripe bears its losses and not
    /// the platform.
    pub(super) fn is_standard(&self) -> bool {
        let losses = || {
            self.controller
                .as_ref()?
                .losses
                .as_ref()?
                .payments
                .as_deref()
        };
        self.kind.as_deref() == Some("standard") || losses() == Some("stripe")
    }
}

#[derive(Deserialize)]
struct WireController {
    #[serde(default)]
    losses: Option<WireLosses>,
}

#[derive(Deserialize)]
struct WireLosses {
    #[serde(default)]
    payments: Option<String>,
}
