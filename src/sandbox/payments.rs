//! The objects of payments and of Connect behind which a bank account can be found. They are
//! served as they were made; nothing here pays anything.

use serde_json::{Map, Value};

use super::expand::Expand;
use super::page::{Cursor, page};
use super::problem::{ApiError, quote};
use super::query::Params;
use super::state::State;
use super::wire::List;

/// A kind of object that can be retrieved by its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct PaymentObject {
    /// Its `object`.
    pub(super) object: &'static str,
    /// Where it is retrieved, below `/v1/`.
    path: &'static [&'static str],
    /// What an error calls it.
    noun: &'static str,
    /// The parameter that an error names.
    param: &'static str,
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

/// Answers a GET below `/v1/`; `None` where there is no such route.
pub(super) fn read(
    state: &State,
    segments: &[&str],
    params: Params,
) -> Option<Result<Value, ApiError>> {
    if segments == ["invoice_payments"] {
        return Some(list_payments(state, params));
    }
    let (id, path) = segments.split_last()?;
    let kind = KINDS.iter().find(|kind| kind.path == path)?;
    Some(retrieve(state, kind, id, params))
}

fn retrieve(
    state: &State,
    kind: &PaymentObject,
    id: &str,
    mut params: Params,
) -> Result<Value, ApiError> {
    let expand = Expand::take(&mut params, kind.object)?;
    params.finish()?;
    match state.object(kind.object, id) {
        Some(object) => Ok(expand.apply(object.clone(), state)),
        None if kind.object == "account" => Err(ApiError::no_access(id)),
        None => Err(ApiError::not_found(kind.noun, id, kind.param)),
    }
}

fn list_payments(state: &State, mut params: Params) -> Result<Value, ApiError> {
    let expand = Expand::take_list(&mut params, "invoice_payment")?;
    let cursor = Cursor::take(&mut params)?;
    let invoice = params.text("invoice")?;
    let status = params.text("status")?;
    params.finish()?;
    if let Some(id) = &invoice
        && state.object("invoice", id).is_none()
    {
        return Err(ApiError::missing("invoice", id, "invoice"));
    }
    if let Some(status) = &status
        && !["canceled", "open", "paid"].contains(&status.as_str())
    {
        let message = "Invalid status: must be one of canceled, open, or paid";
        return Err(ApiError::invalid(message).param("status"));
    }
    let is = |object: &Value, field, wanted: &Option<String>| {
        wanted
            .as_deref()
            .is_none_or(|wanted| text(object, field) == wanted)
    };
    let wanted = |object: &&Value| is(object, "invoice", &invoice) && is(object, "status", &status);
    let rows: Vec<&Value> = state.objects("invoice_payment").collect();
    let (rows, has_more) = page(
        rows.iter(),
        |row| text(row, "id"),
        wanted,
        &cursor,
        "invoice_payment",
    )?;
    let data = rows.into_iter().map(|row| (*row).clone()).collect();
    let list = List::new(data, has_more, "/v1/invoice_payments".to_owned());
    Ok(expand.apply(super::server::json(&list)?, state))
}

/// Why the financial accounts of a connected account may not be read; nothing where they may.
///
/// A platform reads what connected accounts link for which it answers: Express and Custom ones.
/// A Standard account answers for itself.
pub(super) fn check_holder(state: &State, account: &str) -> Result<(), ApiError> {
    match state.object("account", account) {
        None => Err(ApiError::no_access(account)),
        Some(object) if text(object, "type") == "standard" => {
            Err(ApiError::standard_account(account))
        }
        Some(_) => Ok(()),
    }
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
    fn standard_account(account: &str) -> Self {
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
    super::server::json(&list).unwrap_or(Value::Object(Map::new()))
}
