//! Sessions, and the objects of payments and of Connect, which are served as they were written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fields::{Field, Fields};
use super::problems::{Placed, Problems};
use crate::sandbox::payments::{KINDS, text};
use crate::sandbox::sessions::Session;
use crate::sandbox::wire;
use crate::sandbox::world::LinkedAccount;

/// Whether objects of this kind can be served.
pub(super) fn is_known(kind: &str) -> bool {
    KINDS.iter().any(|known| known.object == kind)
}

/// What an `object` must be.
pub(super) fn kinds() -> String {
    let mut kinds = vec![
        wire::ACCOUNT,
        wire::OWNERSHIP,
        wire::OWNER,
        wire::SESSION,
        wire::TRANSACTION,
    ];
    kinds.extend(KINDS.map(|kind| kind.object));
    format!("must be one of `{}`", kinds.join("`, `"))
}

/// The object as it was written; the payments of an invoice stand beside it, since Stripe shows
/// them only when it is asked to.
pub(super) fn object(mut fields: Fields<'_>, kind: &str) -> Vec<Value> {
    let Some(id) = fields.required_text("id") else {
        return Vec::new();
    };
    fields.not_live();
    let mut found = Vec::new();
    if kind == "invoice"
        && let Field::Is(payments) = fields.take("payments")
    {
        match payments.get("data") {
            Some(Value::Array(items)) => {
                let of_invoice = |item: &Value| with(item, "invoice", &id);
                found.extend(items.iter().map(of_invoice));
            }
            _ => fields.problem("payments", "must be a list with an array `data`"),
        }
    }
    let mut whole = fields.rest();
    whole.insert("id".to_owned(), id.into());
    whole.insert("object".to_owned(), kind.into());
    if kind != "account" {
        whole.insert("livemode".to_owned(), false.into());
    }
    found.push(Value::Object(whole));
    found
}

/// An object inside of an invoice, with what it may leave out there.
fn with(item: &Value, name: &str, value: &str) -> Value {
    let mut item = item.as_object().cloned().unwrap_or_default();
    item.insert(name.to_owned(), value.into());
    item.insert("object".to_owned(), "invoice_payment".into());
    Value::Object(item)
}

pub(super) fn session(mut fields: Fields<'_>) -> Option<Session> {
    let id = fields.required_text("id")?;
    fields.not_live();
    for unused in ["client_secret", "object"] {
        fields.skip(unused);
    }
    let account_holder = match fields.take("account_holder") {
        Field::Is(holder) => Some(holder),
        Field::Absent | Field::Null => None,
    };
    let accounts = match fields.take("accounts") {
        Field::Absent | Field::Null => BTreeSet::new(),
        Field::Is(list) => {
            let items = list.get("data").unwrap_or(&list).as_array();
            let id = |item: &Value| Some(item.as_str().unwrap_or(text(item, "id")).to_owned());
            let ids: Option<BTreeSet<String>> =
                items.and_then(|items| items.iter().map(id).collect());
            if ids.is_none() {
                let problem = "must be a list, or an array, of accounts or their ids";
                fields.problem("accounts", problem);
            }
            ids?
        }
    };
    let permissions = fields.texts("permissions").unwrap_or_default();
    Some(Session {
        account_holder,
        accounts,
        permissions,
        prefetch: fields.texts("prefetch").unwrap_or_default(),
        extra: present(fields.rest()),
        id,
    })
}

/// Without what is `null`: fields that a session need not have may not be null there.
fn present(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|_, value| !value.is_null());
    fields
}

/// The sessions, whose accounts have to be there.
pub(super) fn join_sessions(
    sessions: Vec<Placed<Session>>,
    linked: &[LinkedAccount],
    problems: &mut Problems,
) -> Vec<Session> {
    let known: BTreeSet<&str> = linked.iter().map(|it| it.account.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    for Placed { place, object } in &sessions {
        if !seen.insert(&object.id) {
            problems.add(&place.at("id"), "another session has the same id: keep one");
        }
        let mut accounts = object.accounts.iter();
        if accounts.any(|id| !known.contains(id.as_str())) {
            let problem = "names an account that no file beside it has: add its account object";
            problems.add(&place.at("accounts"), problem);
        }
    }
    sessions.into_iter().map(|placed| placed.object).collect()
}

/// The other objects, each of which has an id of its own.
pub(super) fn join_objects(objects: Vec<Placed<Value>>, problems: &mut Problems) -> Vec<Value> {
    let mut seen: BTreeMap<String, Value> = BTreeMap::new();
    for Placed { place, object } in objects {
        let id = text(&object, "id").to_owned();
        match seen.get(&id) {
            // A payment may be written inside of its invoice and beside it.
            Some(other) if text(other, "object") == "invoice_payment" && *other == object => {}
            Some(_) => problems.add(
                &place.at("id"),
                "another object has the same id: keep one of them",
            ),
            None => {
                seen.insert(id, object);
            }
        }
    }
    seen.into_values().collect()
}
