//! `expand[]`: objects in place of their ids, as deep as Stripe allows.

use serde_json::Value;

use super::problem::{ApiError, quote};
use super::query::Params;
use super::state::State;
use super::wire;
use crate::limits;

/// What a field may be expanded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// An id that stands for an object of this kind.
    Object(&'static str),
    /// A part that is always there, whose own fields may be expanded.
    Part(&'static str),
    /// A list that is always there.
    List(&'static str),
    /// The payments of an invoice, which are left out unless they are asked for.
    Payments,
}

/// The part of an account or a session that says whose it is.
const HOLDER: &str = "account_holder";
/// The part of a customer that says how invoices are paid.
const INVOICE_SETTINGS: &str = "customer.invoice_settings";
/// The part of a payment of an invoice that says what paid it.
const PAYMENT: &str = "invoice_payment.payment";

/// What the sandbox can expand of Stripe's objects: all that leads to a bank account.
fn step(kind: &str, field: &str) -> Option<Step> {
    Some(match (kind, field) {
        ("payment_intent" | "setup_intent", "payment_method")
        | ("subscription" | "invoice" | INVOICE_SETTINGS, "default_payment_method") => {
            Step::Object("payment_method")
        }
        ("checkout.session" | PAYMENT, "payment_intent") => Step::Object("payment_intent"),
        ("checkout.session", "setup_intent") | ("subscription", "pending_setup_intent") => {
            Step::Object("setup_intent")
        }
        ("checkout.session", "subscription") => Step::Object("subscription"),
        ("checkout.session" | "invoice_payment", "invoice")
        | ("subscription", "latest_invoice") => Step::Object("invoice"),
        (
            "payment_intent" | "setup_intent" | "payment_method" | "checkout.session"
            | "subscription" | "invoice" | HOLDER,
            "customer",
        ) => Step::Object("customer"),
        (HOLDER, "account") => Step::Object("account"),
        (wire::ACCOUNT, "ownership") => Step::Object(wire::OWNERSHIP),
        (wire::ACCOUNT | wire::SESSION, HOLDER) => Step::Part(HOLDER),
        (wire::SESSION, "accounts") => Step::List(wire::ACCOUNT),
        ("customer", "invoice_settings") => Step::Part(INVOICE_SETTINGS),
        ("invoice_payment", "payment") => Step::Part(PAYMENT),
        ("invoice", "payments") => Step::Payments,
        _ => return None,
    })
}

/// What is to be expanded in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expand {
    root: Step,
    paths: Vec<Vec<String>>,
}

impl Expand {
    /// Takes `expand` for an answer that is one object of this kind.
    pub(super) fn take(params: &mut Params, kind: &'static str) -> Result<Self, ApiError> {
        Self::read(params, Step::Object(kind))
    }

    /// Takes `expand` for an answer that is a list of objects of this kind.
    pub(super) fn take_list(params: &mut Params, kind: &'static str) -> Result<Self, ApiError> {
        Self::read(params, Step::List(kind))
    }

    fn read(params: &mut Params, root: Step) -> Result<Self, ApiError> {
        let mut paths = Vec::new();
        for path in params.list("expand")? {
            let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
            if parts.len() > limits::SANDBOX_EXPAND_DEPTH_MAX {
                return Err(too_deep(&path));
            }
            check(root, &parts, &path)?;
            paths.push(parts);
        }
        Ok(Self { root, paths })
    }

    /// Expands what was asked for; an id of something that is not there stays an id.
    pub(super) fn apply(&self, mut answer: Value, state: &State) -> Value {
        for path in &self.paths {
            grow(&mut answer, self.root, path, state);
        }
        answer
    }
}

/// Whether a path can be followed, whatever the data are.
fn check(at: Step, parts: &[String], path: &str) -> Result<(), ApiError> {
    let Some((field, rest)) = parts.split_first() else {
        return Ok(());
    };
    match (next(at, field), at) {
        (Some(next), _) => check(next, rest, path),
        (None, Step::List(_) | Step::Payments) => Err(not_in_data(path, field)),
        (None, Step::Object(_) | Step::Part(_)) => Err(not_expandable(path)),
    }
}

/// What a field is, in an object or a list. `None` where it cannot be expanded.
fn next(at: Step, field: &str) -> Option<Step> {
    match at {
        Step::Object(kind) | Step::Part(kind) => step(kind, field),
        Step::List(kind) => (field == "data").then_some(Step::Object(kind)),
        Step::Payments => (field == "data").then_some(Step::Object("invoice_payment")),
    }
}

/// Follows one path into `value`, which is what `at` says, and puts objects in place of ids.
fn grow(value: &mut Value, at: Step, parts: &[String], state: &State) {
    let (Some((field, rest)), Some(object)) = (parts.split_first(), value.as_object_mut()) else {
        return;
    };
    let Some(next) = next(at, field) else { return };
    if next == Step::Payments {
        let id = object.get("id").and_then(Value::as_str).unwrap_or("");
        let payments = state.payments_of(id);
        object.entry(field.as_str()).or_insert(payments);
    }
    match object.get_mut(field) {
        // The `data` of a list.
        Some(Value::Array(items)) => {
            for item in items {
                grow(item, next, rest, state);
            }
        }
        Some(inner) => {
            if let (Step::Object(_), Some(id)) = (next, inner.as_str())
                && let Some(found) = state.find(id)
            {
                *inner = found;
            }
            grow(inner, next, rest, state);
        }
        None => {}
    }
}

fn too_deep(path: &str) -> ApiError {
    let max = limits::SANDBOX_EXPAND_DEPTH_MAX;
    ApiError::invalid(format!(
        "You cannot expand more than {max} levels of a property. Property: {}",
        quote(path)
    ))
    .code("property_expansion_max_depth")
    .param("expand")
}

fn not_expandable(path: &str) -> ApiError {
    ApiError::invalid(format!(
        "This property cannot be expanded ({}).",
        quote(path)
    ))
    .param("expand")
}

fn not_in_data(path: &str, field: &str) -> ApiError {
    ApiError::invalid(format!(
        "This property cannot be expanded ({}). You may want to try expanding 'data.{}' instead.",
        quote(path),
        quote(field)
    ))
    .param("expand")
}
