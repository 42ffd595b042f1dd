//! Reads a folder of Stripe-shaped JSON.
//!
//! Every `*.json` under the folder, in the order of their paths, is one object, an array of
//! objects, or a Stripe list; what an object is, its `object` says. All problems are reported
//! together.
//!
//! What is in a folder `acct_…` lives on the connected account of that name, the rest on the
//! platform.

mod fields;
mod files;
mod heap;
mod join;
mod objects;
mod payments;
mod problems;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::error::SandboxError;
use super::stock::{Stock, Stocks};
use super::wire;
use crate::limits;
use fields::Fields;
use heap::Heap;
use problems::{Location, Placed, Problems};

/// What the files hold for the platform, under `None`, and for each connected account.
#[derive(Debug, Default)]
struct Heaps {
    by_home: BTreeMap<Option<String>, Heap>,
    count: usize,
}

/// The connected account on which the objects of a file live.
fn home(file: &str) -> Option<String> {
    let (folder, _) = file.split_once('/')?;
    folder.starts_with("acct_").then(|| folder.to_owned())
}

/// Reads all of `folder`. `now` fills in times that are not stated, in Unix seconds.
pub(super) fn load(folder: &Path, now: i64) -> Result<Stocks, SandboxError> {
    let mut problems = Problems::default();
    let mut heaps = Heaps::default();
    files::read(folder, &mut problems, |file, value, problems| {
        add_value(value, Location::file(file), now, &mut heaps, problems);
    });
    let heaps = heaps.by_home.into_iter();
    let stocks: Stocks = heaps
        .map(|(home, heap)| (home, stock(heap, now, &mut problems)))
        .collect();
    if problems.kept.is_empty() && stocks.values().all(|stock| stock.linked.is_empty()) {
        let place = Location::default();
        problems.add(
            &place,
            "there is no `financial_connections.account` in the folder",
        );
    }
    if problems.kept.is_empty() {
        Ok(stocks)
    } else {
        Err(SandboxError::Load {
            problems: problems.kept,
            more: problems.more,
        })
    }
}

fn stock(mut heap: Heap, now: i64, problems: &mut Problems) -> Stock {
    let (sessions, objects) = (
        std::mem::take(&mut heap.sessions),
        std::mem::take(&mut heap.objects),
    );
    let linked = join::join(heap, now, problems);
    Stock {
        sessions: payments::join_sessions(sessions, &linked, problems),
        objects: payments::join_objects(objects, problems),
        linked,
    }
}

/// The top of a file: an object, an array, or a list.
fn add_value(value: Value, place: Location, now: i64, heaps: &mut Heaps, problems: &mut Problems) {
    let (items, place) = match value {
        Value::Array(items) => (items, place),
        Value::Object(mut object)
            if object.get("object").and_then(Value::as_str) == Some("list") =>
        {
            match object.remove("data") {
                Some(Value::Array(items)) => (items, place.at("data")),
                _ => {
                    problems.add(&place.at("data"), "must be an array of objects");
                    return;
                }
            }
        }
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Object(_)) => {
            add_object(other, place, now, heaps, problems);
            return;
        }
    };
    for (index, item) in items.into_iter().enumerate() {
        add_object(item, place.at(&index.to_string()), now, heaps, problems);
    }
}

fn add_object(value: Value, place: Location, now: i64, heaps: &mut Heaps, problems: &mut Problems) {
    heaps.count = heaps.count.saturating_add(1);
    if heaps.count > limits::SANDBOX_LOAD_OBJECTS_MAX {
        if heaps.count == limits::SANDBOX_LOAD_OBJECTS_MAX.saturating_add(1) {
            let max = limits::SANDBOX_LOAD_OBJECTS_MAX;
            problems.add(
                &place,
                format!("there are more than {max} objects: load fewer"),
            );
        }
        return;
    }
    let Value::Object(object) = value else {
        problems.add(
            &place,
            "must be an object, an array of objects or a Stripe list",
        );
        return;
    };
    let heap = heaps.by_home.entry(home(&place.file)).or_default();
    let kind = object
        .get("object")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let mut fields = Fields::new(object, place.clone(), problems);
    fields.skip("object");
    match kind.as_deref() {
        Some(wire::ACCOUNT) => {
            if let Some(object) = objects::account(fields, now) {
                heap.accounts.push(Placed { place, object });
            }
        }
        Some(wire::OWNERSHIP) => {
            if let Some(object) = objects::ownership(fields, now) {
                heap.ownerships.push(Placed { place, object });
            }
        }
        Some(wire::OWNER) => {
            if let Some(object) = objects::owner(fields, None) {
                heap.owners.push(Placed { place, object });
            }
        }
        Some(wire::TRANSACTION) => {
            if let Some(object) = objects::transaction(fields) {
                heap.transactions.push(Placed { place, object });
            }
        }
        Some(wire::SESSION) => {
            if let Some(object) = payments::session(fields) {
                heap.sessions.push(Placed { place, object });
            }
        }
        Some(kind) if payments::is_known(kind) => {
            for object in payments::object(fields, kind) {
                let place = place.clone();
                heap.objects.push(Placed { place, object });
            }
        }
        _ => fields.problem("object", &payments::kinds()),
    }
}
