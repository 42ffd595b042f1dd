//! The account of `household` as Stripe shows it: its JSON, a folder of it for the sandbox, and a
//! server that does nothing but send pages that were written before anybody asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode, Uri, header};
use axum::serve::ListenerExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use underwrite::id::TransactionId;
use underwrite::sandbox::wire::{List, StatusTransitions, Transaction};
use underwrite::snapshot::{Part, Snapshot, freeze};

use super::household;

/// Rows of a page: as many as Stripe gives.
const PAGE: usize = 100;
/// Rows that the last refresh changed.
pub(crate) const CHANGED: usize = 10;
/// The refresh before the last.
pub(crate) const REFRESH_BEFORE: &str = "fctxnref_bench_1";
const REFRESH: &str = "fctxnref_bench_2";

/// The account frozen, with ids as Stripe gives them: they say nothing of the order.
pub(crate) fn snapshot(count: usize) -> Snapshot {
    let mut fetched = household::fetched(count);
    if let Part::Known(rows) = &mut fetched.transactions {
        for (number, (row, _)) in (1_u64..).zip(rows) {
            let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            row.id = TransactionId::parse(&format!("fctxn_1Nk3aBcD{mixed:016x}")).unwrap();
        }
    }
    freeze(fetched, household::as_of().zone)
}

/// The transactions as Stripe lists them: the newest first.
fn rows(count: usize) -> Vec<Transaction> {
    let Part::Known(rows) = snapshot(count).transactions else {
        return Vec::new();
    };
    let rows = rows.to_vec().into_iter().rev().enumerate();
    rows.map(|(index, row)| {
        let seconds = |at: chrono::DateTime<chrono::Utc>| at.timestamp();
        let transacted_at = seconds(row.transacted_at);
        let refresh = if index < CHANGED {
            REFRESH
        } else {
            REFRESH_BEFORE
        };
        Transaction {
            account: "fca_bench".to_owned(),
            amount: row.amount,
            currency: "usd".to_owned(),
            description: row.description,
            id: row.id.to_string(),
            livemode: false,
            object: "financial_connections.transaction",
            status: row.status.to_string(),
            status_transitions: StatusTransitions {
                posted_at: row.posted_at.map(seconds),
                void_at: None,
            },
            transacted_at,
            transaction_refresh: refresh.to_owned(),
            updated: transacted_at,
            extra: Default::default(),
        }
    })
    .collect()
}

/// The account with everything permitted and fresh, and its owner in it.
fn account() -> Value {
    let at = household::as_of().instant.timestamp() - 4 * 60 * 60;
    let refreshed = |id: Option<&str>| {
        let mut refresh = json!({
            "last_attempted_at": at,
            "next_refresh_available_at": at,
            "status": "succeeded",
        });
        if let (Some(id), Value::Object(fields)) = (id, &mut refresh) {
            fields.insert("id".to_owned(), id.into());
        }
        refresh
    };
    let holds = json!({ "usd": 284_217 });
    json!({
        "id": "fca_bench",
        "object": "financial_connections.account",
        "balance": {
            "as_of": at,
            "cash": { "available": holds },
            "current": holds,
            "type": "cash",
        },
        "balance_refresh": refreshed(None),
        "category": "cash",
        "institution_name": "Bench Bank",
        "last4": "0001",
        "livemode": false,
        "ownership": {
            "id": "fcaowns_bench",
            "object": "financial_connections.account_ownership",
            "created": at,
            "owners": {
                "object": "list",
                "data": [{
                    "id": "fcaown_bench",
                    "object": "financial_connections.account_owner",
                    "name": "ALEX MORGAN",
                    "ownership": "fcaowns_bench",
                }],
                "has_more": false,
                "url": "/v1/financial_connections/accounts/fca_bench/owners",
            },
        },
        "ownership_refresh": refreshed(None),
        "permissions": ["balances", "ownership", "transactions"],
        "status": "active",
        "subcategory": "checking",
        "transaction_refresh": refreshed(Some(REFRESH)),
    })
}

fn page(rows: &[Transaction], has_more: bool) -> Bytes {
    let list = List {
        data: rows.to_vec(),
        has_more,
        object: "list",
        url: "/v1/financial_connections/transactions".to_owned(),
    };
    // Stripe indents its answers.
    serde_json::to_vec_pretty(&list).unwrap().into()
}

/// The pages of the whole list, each with the id after which it comes.
pub(crate) fn pages(count: usize) -> Vec<(Option<String>, Bytes)> {
    let rows = rows(count);
    let count = rows.len().div_ceil(PAGE);
    let mut after = None;
    let pages = rows.chunks(PAGE).enumerate().map(|(index, chunk)| {
        let last = chunk.last().map(|row| row.id.clone());
        let body = page(chunk, index + 1 < count);
        (std::mem::replace(&mut after, last), body)
    });
    pages.collect()
}

/// Writes the account for the sandbox to load.
pub(crate) fn write(count: usize, folder: &Path) {
    let save = |name: &str, objects: Value| {
        std::fs::write(folder.join(name), objects.to_string()).unwrap();
    };
    save("account.json", account());
    for (index, chunk) in rows(count).chunks(1_000).enumerate() {
        save(&format!("transactions{index:02}.json"), json!(chunk));
    }
}

/// All that can be asked of the server.
struct Answers {
    account: Bytes,
    pages: BTreeMap<Option<String>, Bytes>,
    changes: Bytes,
}

impl Answers {
    fn to(&self, uri: &Uri) -> Option<Bytes> {
        let query = uri.query().unwrap_or_default();
        match uri.path().strip_prefix("/v1/financial_connections/")? {
            "accounts/fca_bench" => Some(self.account.clone()),
            "transactions" if query.contains("transaction_refresh") => Some(self.changes.clone()),
            "transactions" => {
                let mut fields = query.split('&');
                let after = fields.find_map(|field| field.strip_prefix("starting_after="));
                self.pages.get(&after.map(str::to_owned)).cloned()
            }
            _ => None,
        }
    }
}

/// Serves the account without an end.
pub(crate) async fn serve(listener: TcpListener, count: usize) {
    let changed = rows(count).into_iter().take(CHANGED);
    let answers = Arc::new(Answers {
        account: serde_json::to_vec_pretty(&account()).unwrap().into(),
        pages: pages(count).into_iter().collect(),
        changes: page(&changed.collect::<Vec<_>>(), false),
    });
    let router = Router::new().fallback(move |uri: Uri| {
        let body = answers.to(&uri);
        async move {
            let status = match body {
                Some(_) => StatusCode::OK,
                None => StatusCode::NOT_FOUND,
            };
            let json = Response::builder().status(status);
            json.header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.unwrap_or_default()))
                .unwrap()
        }
    });
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, router).await.unwrap();
}
