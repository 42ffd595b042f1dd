//! Objects of payments: each leads to a payment method, and that to the account it is paid from.

use std::cmp::Reverse;

use super::wire::{
    WireCheckout, WireCustomer, WireIntent, WireInvoice, WireInvoicePayment, WirePaymentMethod,
    WireSubscription,
};
use super::{NotLinkedReason, Search};
use crate::id::AccountId;
use crate::limits;
use crate::stripe::error::{BadAnswer, StripeError};
use crate::stripe::wire::{Ref, WireId};

/// The account that something is paid from, where something is chosen to pay it.
type Paid = Result<Option<AccountId>, StripeError>;

impl Search<'_> {
    pub(super) async fn payment_method(&self, id: &str) -> Result<AccountId, StripeError> {
        let method = self
            .read(
                "v1/payment_methods/{payment_method}",
                &["payment_methods", id],
                &[],
            )
            .await?;
        self.linked(&method)
    }

    pub(super) async fn payment_intent(&self, id: &str) -> Result<AccountId, StripeError> {
        let intent = self.read_payment_intent(id).await?;
        self.chosen(self.of_intent(&intent).await?)
    }

    pub(super) async fn setup_intent(&self, id: &str) -> Result<AccountId, StripeError> {
        let intent = self.read_setup_intent(id).await?;
        self.chosen(self.of_intent(&intent).await?)
    }

    /// In its mode `payment` it has a payment intent, in `setup` a setup intent, in `subscription`
    /// a subscription: the one that it has tells.
    pub(super) async fn checkout(&self, id: &str) -> Result<AccountId, StripeError> {
        let session: WireCheckout = self
            .read(
                "v1/checkout/sessions/{session}",
                &["checkout", "sessions", id],
                &[
                    "payment_intent.payment_method",
                    "setup_intent.payment_method",
                ],
            )
            .await?;
        let (payment, setup) = (&session.payment_intent, &session.setup_intent);
        let paid = match (payment, setup, &session.subscription) {
            (Some(Ref::Id(id)), ..) => self.of_intent(&self.read_payment_intent(id).await?).await?,
            (None, Some(Ref::Id(id)), _) => {
                self.of_intent(&self.read_setup_intent(id).await?).await?
            }
            (Some(Ref::Object(intent)), ..) | (None, Some(Ref::Object(intent)), _) => {
                self.of_intent(intent).await?
            }
            (None, None, Some(subscription)) => Some(self.subscription(subscription.id()).await?),
            (None, None, None) => None,
        };
        match paid {
            None if session.status.as_deref() != Some("complete") => {
                Err(self.unlinked(NotLinkedReason::NotCompleted))
            }
            paid => self.chosen(paid),
        }
    }

    /// What its next invoice will be paid from, in Stripe's order: its own payment method, then
    /// its customer's. Where nothing was saved, what its latest invoice was paid from.
    pub(super) async fn subscription(&self, id: &str) -> Result<AccountId, StripeError> {
        let subscription = self.read_subscription(id).await?;
        let mut paid = self.of_subscription(&subscription).await?;
        if paid.is_none() {
            paid = self.of_customer(subscription.customer.as_ref()).await?;
        }
        if let (None, Some(invoice)) = (&paid, &subscription.latest_invoice) {
            paid = self.of_payments(invoice.id()).await?;
        }
        self.chosen(paid)
    }

    /// What it was paid from; where it is not, what it will be paid from, in Stripe's order: its
    /// own payment method, its subscription's, its customer's.
    pub(super) async fn invoice(&self, id: &str) -> Result<AccountId, StripeError> {
        let invoice: WireInvoice = self
            .read(
                "v1/invoices/{invoice}",
                &["invoices", id],
                &["default_payment_method"],
            )
            .await?;
        let mut paid = self.of_payments(id).await?;
        if paid.is_none() {
            let source = invoice.default_source.is_some();
            paid = self
                .of_defaults(invoice.default_payment_method.as_ref(), source)
                .await?;
        }
        if let (None, Some(subscription)) = (&paid, invoice.subscription()) {
            let subscription = self.read_subscription(subscription).await?;
            paid = self.of_subscription(&subscription).await?;
        }
        if paid.is_none() {
            paid = self.of_customer(invoice.customer.as_ref()).await?;
        }
        self.chosen(paid)
    }

    fn chosen(&self, paid: Option<AccountId>) -> Result<AccountId, StripeError> {
        paid.ok_or_else(|| self.unlinked(NotLinkedReason::NoPaymentMethod))
    }

    /// The account that a payment method was made from.
    fn linked(&self, method: &WirePaymentMethod) -> Result<AccountId, StripeError> {
        self.check_mode(method.livemode)?;
        let Some(bank) = method
            .us_bank_account
            .as_ref()
            .filter(|_| method.kind == "us_bank_account")
        else {
            return Err(self.unlinked(NotLinkedReason::NotABankAccount));
        };
        let Some(account) = &bank.financial_connections_account else {
            return Err(self.unlinked(NotLinkedReason::TypedByHand));
        };
        AccountId::parse(account).map_err(|_| StripeError::bad(BadAnswer::WrongObject))
    }

    async fn of_method(&self, method: &Ref<WirePaymentMethod>) -> Result<AccountId, StripeError> {
        match method {
            Ref::Object(method) => self.linked(method),
            Ref::Id(id) => self.payment_method(id).await,
        }
    }

    async fn read_payment_intent(&self, id: &str) -> Result<WireIntent, StripeError> {
        self.read(
            "v1/payment_intents/{payment_intent}",
            &["payment_intents", id],
            &["payment_method"],
        )
        .await
    }

    async fn read_setup_intent(&self, id: &str) -> Result<WireIntent, StripeError> {
        self.read(
            "v1/setup_intents/{setup_intent}",
            &["setup_intents", id],
            &["payment_method"],
        )
        .await
    }

    async fn of_intent(&self, intent: &WireIntent) -> Paid {
        self.check_mode(intent.livemode)?;
        match &intent.payment_method {
            Some(method) => self.of_method(method).await.map(Some),
            None => Ok(None),
        }
    }

    /// A payment method that is set, or else a source, which is older than Financial Connections.
    async fn of_defaults(&self, method: Option<&Ref<WirePaymentMethod>>, source: bool) -> Paid {
        match method {
            Some(method) => self.of_method(method).await.map(Some),
            None if source => Err(self.unlinked(NotLinkedReason::NotABankAccount)),
            None => Ok(None),
        }
    }

    async fn read_subscription(&self, id: &str) -> Result<WireSubscription, StripeError> {
        self.read(
            "v1/subscriptions/{subscription}",
            &["subscriptions", id],
            &["default_payment_method"],
        )
        .await
    }

    async fn of_subscription(&self, subscription: &WireSubscription) -> Paid {
        let source = subscription.default_source.is_some();
        self.of_defaults(subscription.default_payment_method.as_ref(), source)
            .await
    }

    async fn of_customer(&self, customer: Option<&Ref<WireId>>) -> Paid {
        let Some(customer) = customer else {
            return Ok(None);
        };
        let customer: WireCustomer = self
            .read(
                "v1/customers/{customer}",
                &["customers", customer.id()],
                &["invoice_settings.default_payment_method"],
            )
            .await?;
        let method = customer.invoice_settings.default_payment_method.as_ref();
        self.of_defaults(method, customer.default_source.is_some())
            .await
    }

    /// What an invoice was paid from last, or else is being paid from.
    async fn of_payments(&self, invoice: &str) -> Paid {
        let rows = self
            .client
            .list_v1(
                "v1/invoice_payments",
                &["invoice_payments"],
                &[
                    ("invoice", invoice),
                    ("expand[]", "data.payment.payment_intent.payment_method"),
                ],
                self.connected,
                limits::INVOICE_PAYMENTS_MAX,
                self.deadline,
            )
            .await?;
        for payment in in_order(rows.rows) {
            self.check_mode(payment.livemode)?;
            let paid = match &payment.payment.payment_intent {
                Some(Ref::Object(intent)) => self.of_intent(intent).await?,
                Some(Ref::Id(id)) => self.of_intent(&self.read_payment_intent(id).await?).await?,
                None => None,
            };
            if paid.is_some() {
                return Ok(paid);
            }
        }
        Ok(None)
    }
}

/// Payments that were made, the last one first; then those that are open, the invoice's own one
/// first. One that was cancelled tells nothing.
fn in_order(mut payments: Vec<WireInvoicePayment>) -> Vec<WireInvoicePayment> {
    payments.retain(|payment| payment.status.as_deref() != Some("canceled"));
    payments.sort_by_key(|payment| {
        let paid = payment.status.as_deref() == Some("paid");
        let at = payment.status_transitions.paid_at;
        Reverse((
            paid,
            at.filter(|_| paid),
            payment.is_default,
            payment.created,
        ))
    });
    payments
}
