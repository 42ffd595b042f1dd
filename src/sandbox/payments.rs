//! The objects of payments and of Connect behind which a bank account can be found. They are
//! served as they were made; nothing here pays anything.

use serde_json::{Map, Value};

use super::answer::json;
use super::problem::{ApiError, quote};
use super::wire::List;

/// A kind of object that can be retrieved by its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct PaymentObject {
    /// Its `object`.
    pub(super) object: &'static str,
    /// Where it is retrieved, below `/v1/`.
    pub(super) path: &'static [&'static str],
    /// What an error calls it.
    pub(super) noun: &'static str,
    /// The parameter that an error names.
    pub(super) param: &'static str,
}

const fn kind(
    object: &'static str,
    path: &'static [&'static str],
    noun: &'static str,
    param: &'static str,
) -> PaymentObject {
    PaymentObject {
        object,
        path,
        noun,
        param,
    }
}

/// All kinds.
pub(super) const KINDS: [PaymentObject; 9] = [
    kind("account", &["accounts"], "account", "account"),
    kind(
        "checkout.session",
        &["checkout", "sessions"],
        "checkout.session",
        "session",
    ),
    kind("customer", &["customers"], "customer", "id"),
    kind("invoice", &["invoices"], "invoice", "invoice"),
    kind(
        "invoice_payment",
        &["invoice_payments"],
        "invoice_payment",
        "invoice_payment",
    ),
    kind(
        "payment_intent",
        &["payment_intents"],
        "payment_intent",
        "intent",
    ),
    kind(
        "payment_method",
        &["payment_methods"],
        "PaymentMethod",
        "payment_method",
    ),
    kind("setup_intent", &["setup_intents"], "setupintent", "intent"),
    kind("subscription", &["subscriptions"], "subscription", "id"),
];

/// A text field of an object.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or("")
}

impl ApiError {
    /// 403: the key may not act for this connected account, or there is none of this id.
    pub(super) fn no_access(account: &str) -> Self {
        Self::invalid(format!(
            "The provided key does not have access to account '{}' (or that account does not \
             exist). Application access may have been revoked.",
            quote(account)
        ))
        .code("account_invalid")
        .forbidden()
    }

    /// 403: a Standard account answers for itself.
    pub(super) fn standard_account(account: &str) -> Self {
        Self::invalid(format!(
            "The account '{}' is a Standard account: a platform cannot read the financial \
             accounts that it linked.",
            quote(account)
        ))
        .param("account_holder[account]")
        .forbidden()
    }
}

/// The payments of an invoice, as they stand inside of it.
pub(super) fn inside_invoice(payments: Vec<Value>) -> Value {
    let list = List::new(payments, false, "/v1/invoice_payments".to_owned());
    json(&list).unwrap_or(Value::Object(Map::new()))
}
