//! A server on a free port, and a bank that remembers.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use serde_json::{Value, json};

use super::{DAY, KEY, NOW};

/// One call as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) form: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
}

impl Call {
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn is_refresh(&self) -> bool {
        self.method == "POST" && self.path.ends_with("/refresh")
    }

    pub(super) fn is_list(&self, name: &str) -> bool {
        self.method == "GET" && self.path.ends_with(name)
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string()).with("request-id", "req_7")
    }

    pub(super) fn text(status: u16, kind: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", kind.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    pub(super) fn error(status: u16, kind: &str, code: &str) -> Self {
        let message = format!("No: {KEY} and the name Jane Roe");
        let error = json!({"type": kind, "code": code, "message": message, "param": "account"});
        Self::json(status, &json!({ "error": error }))
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A server that answers by a function of the call and of how many came before it.
pub(super) struct Server {
    base: String,
    calls: Arc<Mutex<Vec<Call>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(
        answer: impl Fn(&Call, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&calls), Arc::new(answer));
        let handler = move |request: Request| {
            let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
            async move {
                let call = read(request).await;
                let before = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(call.clone());
                    seen.len() - 1
                };
                respond(answer(&call, before))
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(handler);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base, calls, task }
    }

    pub(super) async fn of(bank: Bank) -> Self {
        let bank = Mutex::new(bank);
        Self::start(move |call, _| bank.lock().unwrap().answer(call)).await
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(request: Request) -> Call {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Call {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: pairs(parts.uri.query().unwrap_or_default()),
        form: pairs(std::str::from_utf8(&body).unwrap()),
        headers: parts.headers,
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://x/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    response.body(Body::from(reply.body)).unwrap()
}

/// What the refreshes of a bank come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// They succeed at the n-th look.
    Succeeds(usize),
    /// They fail at the n-th look.
    Fails(usize),
    /// They never settle.
    Never,
    /// They silently do not start.
    NotStarted,
}

/// One account that remembers its refreshes.
#[derive(Debug, Clone)]
pub(super) struct Bank {
    pub(super) account: Value,
    /// Newest first.
    pub(super) transactions: Vec<Value>,
    pub(super) owners: Vec<Value>,
    pub(super) ending: Ending,
    /// What a refresh that succeeds delivers.
    pub(super) delivers: Vec<(&'static str, Value)>,
    looks: usize,
    running: Vec<String>,
}

/// The state of a refresh `age` seconds ago.
pub(super) fn refresh(status: &str, age: i64) -> Value {
    json!({
        "id": "fctxnref_1",
        "status": status,
        "last_attempted_at": NOW - age,
        "next_refresh_available_at": NOW - 1,
    })
}

pub(super) fn transaction(number: i64) -> Value {
    json!({
        "id": format!("fctxn_{number:06}"),
        "object": "financial_connections.transaction",
        "account": "fca_1",
        "amount": -100 - number,
        "currency": "usd",
        "description": format!("COFFEE {number}"),
        "livemode": false,
        "status": "posted",
        "status_transitions": {"posted_at": NOW - number * 3_600, "void_at": null},
        "transacted_at": NOW - number * 3_600,
        "transaction_refresh": "fctxnref_1",
        "updated": NOW - number * 3_600,
    })
}

pub(super) fn owner(number: usize) -> Value {
    json!({
        "id": format!("fcaown_{number}"),
        "object": "financial_connections.account_owner",
        "name": format!("Jane Roe {number}"),
        "email": "jane@example.com",
        "phone": null,
        "raw_address": "123 Main Street, Anytown NY 10001",
        "ownership": "fcaowns_1",
    })
}

pub(super) fn balance(as_of: i64) -> Value {
    json!({
        "as_of": as_of,
        "type": "cash",
        "current": {"usd": 12_345},
        "cash": {"available": {"usd": 12_000}},
        "credit": null,
    })
}

impl Bank {
    /// An active checking account, all of it fresh, with so many transactions, one each hour.
    pub(super) fn new(transactions: i64) -> Self {
        let account = json!({
            "id": "fca_1",
            "object": "financial_connections.account",
            "livemode": false,
            "created": NOW - 100 * DAY,
            "category": "cash",
            "subcategory": "checking",
            "institution_name": "Test Bank",
            "display_name": "Everyday Checking",
            "last4": "6789",
            "status": "active",
            "permissions": ["balances", "ownership", "payment_method", "transactions"],
            "supported_payment_method_types": ["us_bank_account"],
            "balance": balance(NOW - 600),
            "balance_refresh": refresh("succeeded", 600),
            "ownership_refresh": refresh("succeeded", 600),
            "transaction_refresh": refresh("succeeded", 600),
        });
        Self {
            account,
            transactions: (0..transactions).map(transaction).collect(),
            owners: vec![owner(1)],
            ending: Ending::Succeeds(1),
            delivers: Vec::new(),
            looks: 0,
            running: Vec::new(),
        }
    }

    /// The same bank with one field of its account set.
    pub(super) fn with(mut self, field: &str, value: Value) -> Self {
        self.account[field] = value;
        self
    }

    /// The same bank whose account lacks a field altogether.
    pub(super) fn without(mut self, field: &str) -> Self {
        self.account.as_object_mut().unwrap().remove(field);
        self
    }

    pub(super) fn answer(&mut self, call: &Call) -> Reply {
        if call.header("authorization") != format!("Bearer {KEY}") {
            return Reply::error(401, "invalid_request_error", "api_key_invalid");
        }
        let root = "/v1/financial_connections/";
        let path = call.path.strip_prefix(root).unwrap_or_default();
        let body = match (call.method.as_str(), path) {
            ("GET", "accounts/fca_1") => self.look(),
            ("POST", "accounts/fca_1/refresh") => self.start_refresh(call),
            ("GET", "transactions") => page(call, &self.since(call), "/transactions"),
            ("GET", "accounts/fca_1/owners") => page(call, &self.owners, "/owners"),
            _ => return Reply::error(404, "invalid_request_error", "resource_missing"),
        };
        Reply::json(200, &body)
    }

    fn since(&self, call: &Call) -> Vec<Value> {
        let since = call.query("transacted_at[gte]").unwrap_or("0");
        let since: i64 = since.parse().unwrap();
        let rows = self.transactions.iter();
        rows.filter(|row| row["transacted_at"].as_i64().unwrap() >= since)
            .cloned()
            .collect()
    }

    fn shown(&self) -> Value {
        let mut account = self.account.clone();
        if account.get("ownership").is_none() && !account["ownership_refresh"].is_null() {
            let first: Vec<_> = self.owners.iter().take(10).cloned().collect();
            let owners = json!({"object": "list", "data": first,
                "has_more": self.owners.len() > 10, "url": "/owners"});
            account["ownership"] = json!({"id": "fcaowns_1", "owners": owners,
                "object": "financial_connections.account_ownership", "created": NOW});
        }
        account
    }

    fn look(&mut self) -> Value {
        if !self.running.is_empty() {
            self.looks += 1;
            let (looks, status) = match self.ending {
                Ending::Succeeds(looks) => (looks, "succeeded"),
                Ending::Fails(looks) => (looks, "failed"),
                Ending::Never | Ending::NotStarted => (usize::MAX, "pending"),
            };
            if self.looks >= looks {
                for field in std::mem::take(&mut self.running) {
                    self.account[field] = refresh(status, 0);
                }
                if status == "succeeded" {
                    for (field, value) in self.delivers.clone() {
                        self.account[field] = value;
                    }
                }
            }
        }
        self.shown()
    }

    fn start_refresh(&mut self, call: &Call) -> Value {
        if self.ending != Ending::NotStarted {
            for (name, feature) in &call.form {
                if name != "features[]" {
                    continue;
                }
                let field = match feature.as_str() {
                    "balance" => "balance_refresh",
                    "ownership" => "ownership_refresh",
                    "transactions" => "transaction_refresh",
                    other => panic!("no such feature: {other}"),
                };
                self.account[field] = json!({"id": "fctxnref_2", "status": "pending",
                    "last_attempted_at": NOW, "next_refresh_available_at": null});
                self.running.push(field.to_owned());
            }
        }
        self.shown()
    }
}

pub(super) fn page(call: &Call, rows: &[Value], url: &str) -> Value {
    let limit: usize = call.query("limit").unwrap_or("10").parse().unwrap();
    assert!((1..=100).contains(&limit), "limit {limit}");
    let start = match call.query("starting_after") {
        None => 0,
        Some(id) => 1 + rows.iter().position(|row| row["id"] == id).unwrap(),
    };
    let end = rows.len().min(start + limit);
    json!({"object": "list", "data": &rows[start..end], "has_more": end < rows.len(), "url": url})
}
