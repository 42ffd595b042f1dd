//! Changes right answers into wrong ones, as JSON.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value};

use crate::sandbox::faults::{Content, UnknownField};
use crate::sandbox::wire;

/// A word that is in none of Stripe's lists.
const UNHEARD_OF: &str = "unheard_of";
/// An account that nobody asked about.
const ANOTHER_ACCOUNT: &str = "fca_sandbox_another";
/// An ownership that nobody asked about.
const ANOTHER_OWNERSHIP: &str = "fcaowns_sandbox_another";

type Object = Map<String, Value>;

/// Changes an answer.
pub(super) fn distort(answer: &mut Value, content: &Content, fresh: &AtomicU64) {
    match content {
        Content::EndlessList => each_list(answer, &mut |rows| {
            for row in rows {
                made_up(row, fresh);
            }
            true
        }),
        Content::RepeatedPage => each_list(answer, &mut |_| true),
        Content::Disordered => each_list(answer, &mut |rows| {
            if let Some((_, others)) = rows.split_last_mut() {
                others.reverse();
            }
            false
        }),
        Content::ConflictingRows => each_list(answer, &mut |rows| {
            if let Some(mut twin) = rows.first().cloned() {
                contradict(&mut twin);
                rows.insert(0, twin);
            }
            false
        }),
        Content::Foreign => each_object(answer, &mut foreign),
        Content::UnknownValue(field) => each_object(answer, &mut |object| unknown(object, *field)),
        Content::WrongCurrency { currency } => {
            each_object(answer, &mut |object| recurrency(object, currency));
        }
    }
}

/// Whether the same page is to be answered whatever the cursor says.
pub(super) fn ignores_the_cursor(content: &Content) -> bool {
    matches!(content, Content::EndlessList | Content::RepeatedPage)
}

fn kind(object: &Object) -> Option<&str> {
    object.get("object")?.as_str()
}

/// Every list in an answer: the answer itself, or those inside an object, such as the owners of an
/// account and the accounts of a session. `change` says whether there is now more of it.
fn each_list(answer: &mut Value, change: &mut impl FnMut(&mut Vec<Value>) -> bool) {
    let Value::Object(object) = answer else {
        return;
    };
    if kind(object) != Some("list") {
        for (_, inner) in object {
            each_list(inner, change);
        }
        return;
    }
    let Some(Value::Array(rows)) = object.get_mut("data") else {
        return;
    };
    if change(rows) {
        object.insert("has_more".to_owned(), Value::Bool(true));
    }
}

/// Every object in an answer: itself, the rows of a list, and what is inside of them.
fn each_object(answer: &mut Value, change: &mut impl FnMut(&mut Object)) {
    match answer {
        Value::Object(object) => {
            change(object);
            for (_, inner) in object {
                each_object(inner, change);
            }
        }
        Value::Array(rows) => {
            for row in rows {
                each_object(row, change);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Gives a row an id that no row has had.
fn made_up(row: &mut Value, fresh: &AtomicU64) {
    let number = fresh.fetch_add(1, Ordering::Relaxed);
    if let Some(Value::String(id)) = row.get_mut("id") {
        id.push_str(&format!("_madeup{number}"));
    }
}

/// Changes what a row says, but not its id.
fn contradict(row: &mut Value) {
    let Value::Object(row) = row else {
        return;
    };
    for field in ["description", "name", "display_name"] {
        if let Some(Value::String(text)) = row.get_mut(field) {
            text.push_str(" CHANGED");
        }
    }
    if let Some(amount) = row.get("amount").and_then(Value::as_i64) {
        row.insert("amount".to_owned(), amount.saturating_add(100).into());
    }
}

fn foreign(object: &mut Object) {
    let field = match kind(object) {
        Some(wire::ACCOUNT) => ("id", ANOTHER_ACCOUNT),
        Some(wire::TRANSACTION) => ("account", ANOTHER_ACCOUNT),
        Some(wire::OWNER) => ("ownership", ANOTHER_OWNERSHIP),
        _ => return,
    };
    object.insert(field.0.to_owned(), field.1.into());
}

fn unknown(object: &mut Object, field: UnknownField) {
    let set = |object: &mut Object, name: &str| {
        object.insert(name.to_owned(), UNHEARD_OF.into());
    };
    let wanted = match field {
        UnknownField::TransactionStatus => wire::TRANSACTION,
        UnknownField::AccountStatus
        | UnknownField::Category
        | UnknownField::RefreshStatus
        | UnknownField::Permission => wire::ACCOUNT,
    };
    if kind(object) != Some(wanted) {
        return;
    }
    match field {
        UnknownField::AccountStatus => set(object, "status"),
        UnknownField::Category => set(object, "category"),
        UnknownField::TransactionStatus => set(object, "status"),
        UnknownField::RefreshStatus => {
            for name in [
                "balance_refresh",
                "ownership_refresh",
                "transaction_refresh",
            ] {
                if let Some(Value::Object(refresh)) = object.get_mut(name) {
                    set(refresh, "status");
                }
            }
        }
        UnknownField::Permission => {
            if let Some(Value::Array(permissions)) = object.get_mut("permissions") {
                permissions.push(UNHEARD_OF.into());
            }
        }
    }
}

/// Puts an amount under another currency; of several in a balance, the first.
fn recurrency(object: &mut Object, currency: &str) {
    if kind(object) == Some(wire::TRANSACTION) {
        object.insert("currency".to_owned(), currency.into());
    }
    let Some(balance) = object.get_mut("balance") else {
        return;
    };
    for path in ["/current", "/cash/available", "/credit/used"] {
        if let Some(Value::Object(amounts)) = balance.pointer_mut(path)
            && let Some(first) = amounts.keys().next().cloned()
            && let Some(amount) = amounts.remove(&first)
        {
            amounts.insert(currency.to_owned(), amount);
        }
    }
}
