use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{start_with, today};
use crate::limits;
use crate::sandbox::{Sandbox, SandboxConfig, SandboxError};

fn folder(files: &[(&str, Value)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value.to_string()).unwrap();
    }
    folder
}

fn account(id: &str, more: Value) -> Value {
    let mut account = json!({ "object": "financial_connections.account", "id": id });
    let more = more.as_object().unwrap().clone();
    account.as_object_mut().unwrap().extend(more);
    account
}

fn row(number: usize, account: &str) -> Value {
    json!({
        "object": "financial_connections.transaction", "id": format!("fctxn_{number}"),
        "account": account, "amount": -100, "transacted_at": 1_780_000_000,
    })
}

fn load(folder: &Path) -> Result<Sandbox, SandboxError> {
    let config = SandboxConfig {
        load: Some(folder.to_owned()),
        ..SandboxConfig::new(today())
    };
    Sandbox::new(config)
}

fn problems(files: &[(&str, Value)]) -> String {
    let folder = folder(files);
    load(folder.path()).unwrap_err().to_string()
}

#[tokio::test]
async fn a_folder_is_served_and_what_it_leaves_out_is_filled_in() {
    let owners = json!({ "data": [{ "name": "A B" }, { "name": "C D", "email": null }] });
    let balance = json!({ "as_of": 1_780_000_000, "current": { "usd": 5_000 } });
    let more = json!({
        "balance": balance, "ownership": { "id": "fcaowns_1", "owners": owners },
        "status_details": { "active": { "action": "none" } },
    });
    let list = json!({ "object": "list", "data": [row(1, "fca_1"), row(2, "fca_1")] });
    let owner = json!({
        "object": "financial_connections.account_owner", "id": "fcaown_9", "name": "E F",
        "ownership": "fcaowns_2",
    });
    let folder = folder(&[
        ("account.json", account("fca_1", more)),
        ("deep/rows.json", list),
        (
            "more.json",
            json!([account("fca_2", json!({ "ownership": "fcaowns_2" })), owner]),
        ),
        ("notes.txt", json!("not read")),
    ]);
    let server = start_with(Some(folder.path().to_owned()), Duration::ZERO).await;
    assert_eq!(server.get("/accounts").await.ids().len(), 2);
    let account = server.get("/accounts/fca_1?expand[]=ownership").await.body;
    assert_eq!(account["status"], "active");
    assert_eq!(account["subcategory"], "checking");
    assert_eq!(account["permissions"].as_array().unwrap().len(), 4);
    assert_eq!(account["transaction_refresh"]["status"], "succeeded");
    assert_eq!(account["status_details"]["active"]["action"], "none");
    assert_eq!(
        account["ownership"]["owners"]["data"][1]["id"],
        "fcaown_1_2"
    );
    let rows = server.get("/transactions?account=fca_1").await;
    assert_eq!(rows.ids(), ["fctxn_2", "fctxn_1"]);
    assert_eq!(
        rows.body["data"][0]["status_transitions"]["posted_at"],
        1_780_000_000
    );
    let refresh = &account["transaction_refresh"]["id"];
    assert_eq!(&rows.body["data"][0]["transaction_refresh"], refresh);
    let other = server.get("/accounts/fca_2?expand[]=ownership").await.body;
    assert_eq!(other["ownership"]["owners"]["data"][0]["name"], "E F");
    server.stop().await;
}

#[tokio::test]
async fn permissions_and_states_are_kept() {
    let balance = json!({ "current": { "usd": 5_000 } });
    let failed = json!({ "status": "failed" });
    let accounts = json!([
        account(
            "fca_closed",
            json!({ "permissions": ["ownership"], "balance": balance })
        ),
        account(
            "fca_inactive",
            json!({ "status": "inactive", "balance": balance })
        ),
        account(
            "fca_gone",
            json!({ "status": "disconnected", "balance": balance })
        ),
        account(
            "fca_failing",
            json!({ "balance": balance, "balance_refresh": failed })
        ),
        account(
            "fca_new",
            json!({ "balance": balance, "balance_refresh": null })
        ),
    ]);
    let folder = folder(&[("accounts.json", accounts)]);
    let server = start_with(Some(folder.path().to_owned()), Duration::ZERO).await;
    let get = async |id: &str| server.get(&format!("/accounts/{id}")).await.body;
    let refresh = async |id: &str| {
        let path = format!("/accounts/{id}/refresh");
        server.post(&path, "features[]=balance", None).await
    };
    let closed = get("fca_closed").await;
    assert!(closed["balance"].is_null() && closed["balance_refresh"].is_null());
    assert!(closed["transaction_refresh"].is_null());
    assert_eq!(refresh("fca_closed").await.status, 400);
    assert_eq!(
        server.get("/transactions?account=fca_closed").await.status,
        400
    );
    assert!(get("fca_inactive").await["balance"].is_object());
    for id in ["fca_inactive", "fca_gone"] {
        let reply = refresh(id).await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.code(), "financial_connections_account_inactive");
    }
    assert!(get("fca_gone").await["balance"].is_null());
    assert_eq!(
        refresh("fca_failing").await.body["balance_refresh"]["status"],
        "pending"
    );
    let failing = get("fca_failing").await;
    assert_eq!(failing["balance_refresh"]["status"], "failed");
    assert!(failing["balance"].is_object());
    assert!(get("fca_new").await["balance"].is_null());
    refresh("fca_new").await;
    assert!(get("fca_new").await["balance"].is_object());
    server.stop().await;
}

#[test]
fn all_problems_are_reported_together_with_their_place() {
    let text = problems(&[
        (
            "a.json",
            account("acct_1", json!({ "livemode": true, "permissions": "all" })),
        ),
        (
            "b.json",
            json!([account("fca_1", json!({})), account("fca_1", json!({})), 7]),
        ),
        ("c.json", json!({ "object": "list" })),
        ("d.json", json!({ "object": "charge" })),
        (
            "e.json",
            json!([
                { "object": "financial_connections.transaction", "id": "fctxn_1" },
                row(2, "fca_9"), row(3, "fca_1"), row(3, "fca_1"),
            ]),
        ),
        (
            "f.json",
            account("fca_2", json!({ "ownership": "fcaowns_9" })),
        ),
        (
            "g.json",
            account(
                "fca_3",
                json!({ "balance": { "current": { "usd": 10.5 } } }),
            ),
        ),
        ("h.json", account("fca_4", json!({ "created": -1 }))),
        (
            "i.json",
            json!({ "object": "financial_connections.account_ownership", "id": "fcaowns_7" }),
        ),
    ]);
    for expected in [
        "a.json#/id: a Financial Connections account id starts with `fca_`",
        "a.json#/livemode: must be false",
        "a.json#/permissions: must be an array of strings",
        "b.json#/1/id: another account has the same id",
        "b.json#/2: must be an object",
        "c.json#/data: must be an array",
        "d.json#/object: must be one of",
        "e.json#/0/account: is required",
        "e.json#/0/amount: is required",
        "e.json#/0/transacted_at: is required",
        "e.json#/1/account: names an account that no file has",
        "e.json#/3/id: is the id of the transaction at e.json#/2 too",
        "f.json#/ownership: names an ownership that no file has",
        "g.json#/balance/current: must be an object of whole minor units",
        "h.json#/created: must be Unix seconds",
        "i.json: belongs to no account",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn a_folder_that_cannot_be_read_says_so() {
    let empty = tempfile::tempdir().unwrap();
    let text = load(empty.path()).unwrap_err().to_string();
    assert!(
        text.contains("there is no `financial_connections.account`"),
        "{text}"
    );
    let text = load(&empty.path().join("nowhere")).unwrap_err().to_string();
    assert!(text.contains("cannot be read"), "{text}");
    std::fs::write(empty.path().join("bad.json"), "{\n\"a\": }").unwrap();
    let text = load(empty.path()).unwrap_err().to_string();
    assert!(
        text.contains("bad.json: is not JSON: look at line 2, column 6"),
        "{text}"
    );
}

#[test]
fn the_size_of_a_file_is_limited_below_at_and_above() {
    let folder = folder(&[("a.json", account("fca_1", json!({})))]);
    let path = folder.path().join("b.json");
    for size in [0, 1, 2] {
        let length = limits::SANDBOX_LOAD_FILE_BYTES_MAX - 1 + size;
        let mut text = "[]".to_owned();
        text.push_str(&" ".repeat(length - 2));
        std::fs::write(&path, text).unwrap();
        assert_eq!(load(folder.path()).is_ok(), size < 2, "{length}");
    }
}

#[test]
fn the_number_of_files_and_their_depth_is_limited_below_at_and_above() {
    let files = folder(&[("a.json", account("fca_1", json!({})))]);
    for number in 1..limits::SANDBOX_LOAD_FILES_MAX {
        std::fs::write(files.path().join(format!("{number}.json")), "[]").unwrap();
        if number + 2 == limits::SANDBOX_LOAD_FILES_MAX {
            assert!(load(files.path()).is_ok());
        }
    }
    assert!(load(files.path()).is_ok());
    std::fs::write(files.path().join("one_more.json"), "[]").unwrap();
    let text = load(files.path()).unwrap_err().to_string();
    assert!(text.contains("more than 1000 JSON files"), "{text}");

    for depth in limits::SANDBOX_LOAD_DEPTH_MAX - 1..=limits::SANDBOX_LOAD_DEPTH_MAX + 1 {
        let name = format!("{}a.json", "d/".repeat(depth));
        let deep = folder(&[(&name, account("fca_1", json!({})))]);
        let good = depth <= limits::SANDBOX_LOAD_DEPTH_MAX;
        assert_eq!(load(deep.path()).is_ok(), good, "{depth}");
    }
}

#[test]
fn the_number_of_objects_is_limited_below_at_and_above() {
    let max = limits::SANDBOX_LOAD_OBJECTS_MAX;
    let mut rows: Vec<Value> = (0..max - 2).map(|number| row(number, "fca_1")).collect();
    rows.push(account("fca_1", json!({})));
    for extra in 0..3 {
        let folder = folder(&[("rows.json", Value::Array(rows.clone()))]);
        assert_eq!(load(folder.path()).is_ok(), extra < 2, "{}", rows.len());
        rows.push(row(max + extra, "fca_1"));
    }
}

#[test]
fn problems_beyond_the_limit_are_counted() {
    let max = limits::DIAGNOSTICS_MAX;
    for (count, more) in [(max - 1, None), (max, None), (max + 1, Some("and 1 more"))] {
        let text = problems(&[("a.json", Value::Array(vec![json!(7); count]))]);
        assert_eq!(
            text.lines().count() - 1,
            max.min(count) + usize::from(more.is_some())
        );
        assert!(more.is_none_or(|more| text.ends_with(more)), "{text}");
    }
}

/// An object of payments or of Connect, served as it is.
fn object(kind: &str, id: &str, more: Value) -> Value {
    let mut object = json!({ "object": kind, "id": id });
    let more = more.as_object().unwrap().clone();
    object.as_object_mut().unwrap().extend(more);
    object
}

/// Payments and sessions on the platform and on a connected account.
fn of_every_kind() -> TempDir {
    let bank = json!({ "financial_connections_account": "fca_1" });
    let payment = json!({
        "id": "inpay_1", "payment": { "type": "payment_intent", "payment_intent": "pi_1" },
    });
    folder(&[
        (
            "payments.json",
            json!([
                object("payment_method", "pm_1", json!({ "us_bank_account": bank })),
                object(
                    "payment_intent",
                    "pi_1",
                    json!({ "payment_method": "pm_1", "x": [1] })
                ),
                object(
                    "invoice",
                    "in_1",
                    json!({ "payments": { "data": [payment] } })
                ),
                object("account", "acct_2", json!({ "type": "custom" })),
            ]),
        ),
        (
            "links.json",
            json!([
                account("fca_1", json!({})),
                account("fca_2", json!({})),
                object(
                    "financial_connections.session",
                    "fcsess_1",
                    json!({ "accounts": { "data": [{ "id": "fca_1" }, { "id": "fca_2" }] } }),
                ),
            ]),
        ),
        ("acct_2/account.json", account("fca_3", json!({}))),
        (
            "acct_2/deep/session.json",
            object(
                "financial_connections.session",
                "fcsess_1",
                json!({ "accounts": ["fca_3"], "permissions": ["balances"] }),
            ),
        ),
    ])
}

#[tokio::test]
async fn sessions_and_payments_are_served_as_they_were_written() {
    let folder = of_every_kind();
    let server = start_with(Some(folder.path().to_owned()), Duration::ZERO).await;
    let get = async |path: &str, account: Option<&str>| {
        let path = format!("/v1/{path}");
        let mut request = server.request(reqwest::Method::GET, &path);
        if let Some(account) = account {
            request = request.header("stripe-account", account);
        }
        server.send(request.bearer_auth("sk_test_1")).await
    };
    let intent = get("payment_intents/pi_1?expand[]=payment_method", None)
        .await
        .body;
    assert_eq!(intent["x"], json!([1]));
    let bank = &intent["payment_method"]["us_bank_account"];
    assert_eq!(bank["financial_connections_account"], "fca_1");
    assert!(
        get("invoices/in_1", None)
            .await
            .body
            .get("payments")
            .is_none()
    );
    let query = "invoices/in_1?expand[]=payments.data.payment.payment_intent";
    let invoice = get(query, None).await.body;
    let paid = &invoice["payments"]["data"][0]["payment"]["payment_intent"];
    assert_eq!(paid["payment_method"], "pm_1");
    let list = get("invoice_payments?invoice=in_1", None).await;
    assert_eq!(list.ids(), ["inpay_1"]);

    let sessions = "financial_connections/accounts?session=fcsess_1";
    assert_eq!(get(sessions, None).await.ids().len(), 2);
    assert_eq!(get(sessions, Some("acct_2")).await.ids(), ["fca_3"]);
    let other = "financial_connections/accounts/fca_3";
    assert_eq!(get(other, None).await.status, 404);
    assert_eq!(get(other, Some("acct_2")).await.status, 200);
    server.stop().await;
}

#[test]
fn problems_of_sessions_and_payments_are_reported() {
    let session = |id: &str, accounts: Value| {
        let more = json!({ "accounts": accounts });
        object("financial_connections.session", id, more)
    };
    let text = problems(&[
        ("a.json", account("fca_1", json!({}))),
        (
            "b.json",
            json!([
                object("payment_method", "pm_1", json!({ "livemode": true })),
                object("payment_intent", "pm_1", json!({})),
                { "object": "customer" },
                object("invoice", "in_1", json!({ "payments": [] })),
            ]),
        ),
        (
            "c.json",
            json!([
                session("fcsess_1", json!(["fca_1"])),
                session("fcsess_1", json!(["fca_2"])),
                session("fcsess_2", json!("fca_1")),
            ]),
        ),
        ("acct_1/d.json", session("fcsess_3", json!(["fca_1"]))),
    ]);
    for expected in [
        "b.json#/0/livemode: must be false",
        "b.json#/1/id: another object has the same id",
        "b.json#/2/id: is required",
        "b.json#/3/payments: must be a list",
        "c.json#/1/id: another session has the same id",
        "c.json#/1/accounts: names an account that no file beside it has",
        "c.json#/2/accounts: must be a list",
        "acct_1/d.json#/accounts: names an account",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
