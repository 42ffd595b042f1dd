//! What can be done to an account, and sessions.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Reply, Running, start, start_with};
use crate::limits;
use crate::sandbox::page::Cursor;
use crate::sandbox::query::Params;
use crate::sandbox::state::State;
use crate::sandbox::stock::Stock;

const CHECKING: &str = "/accounts/fca_sample_salaried_checking";
const TRANSACTIONS: &str = "features[]=transactions";

/// A POST to an account.
async fn act(server: &Running, verb: &str, form: &str) -> Reply {
    server.post(&format!("{CHECKING}/{verb}"), form, None).await
}

#[tokio::test]
async fn subscribing_starts_a_refresh_of_the_transactions() {
    let server = start_with(None, Duration::from_millis(200)).await;
    let before = server.get(CHECKING).await.body;
    assert_eq!(before["subscriptions"], json!([]));
    let subscribed = act(&server, "subscribe", TRANSACTIONS).await.body;
    assert_eq!(subscribed["subscriptions"], json!(["transactions"]));
    assert_eq!(subscribed["transaction_refresh"]["status"], "pending");
    assert_eq!(subscribed["balance_refresh"], before["balance_refresh"]);
    // Once more changes nothing.
    let again = act(&server, "subscribe", "features[0]=transactions")
        .await
        .body;
    assert_eq!(again, subscribed);
    let after = settled(&server).await;
    assert_eq!(after["transaction_refresh"]["status"], "succeeded");
    assert_ne!(
        after["transaction_refresh"]["id"],
        before["transaction_refresh"]["id"]
    );
    for _ in 0..2 {
        let ended = act(&server, "unsubscribe", TRANSACTIONS).await;
        assert_eq!(
            (ended.status, &ended.body["subscriptions"]),
            (200, &json!([]))
        );
    }
    server.stop().await;
}

async fn settled(server: &Running) -> Value {
    for _ in 0..1_000 {
        let account = server.get(CHECKING).await.body;
        if account["transaction_refresh"]["status"] != "pending" {
            return account;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never settled");
}

#[tokio::test]
async fn a_disconnected_account_is_shown_without_a_balance_and_refreshed_no_more() {
    let server = start_with(None, Duration::from_secs(3_600)).await;
    act(&server, "subscribe", TRANSACTIONS).await;
    let gone = act(&server, "disconnect", "").await;
    assert_eq!(
        (gone.status, &gone.body["status"]),
        (200, &json!("disconnected"))
    );
    assert!(gone.body["balance"].is_null());
    assert_eq!(gone.body["subscriptions"], json!([]));
    // What was under way has failed.
    let refresh = &gone.body["transaction_refresh"];
    assert_eq!(refresh["status"], "failed");
    assert!(refresh["next_refresh_available_at"].is_null());
    assert_eq!(server.get(CHECKING).await.body, gone.body);
    for (verb, form) in [
        ("refresh", "features[]=balance"),
        ("subscribe", TRANSACTIONS),
    ] {
        let refused = act(&server, verb, form).await;
        assert_eq!(refused.status, 400, "{verb}");
        assert_eq!(refused.code(), "financial_connections_account_inactive");
    }
    assert_eq!(act(&server, "disconnect", "").await.body, gone.body);
    // What had been fetched can still be read.
    let rows = "/transactions?account=fca_sample_salaried_checking&limit=1";
    assert_eq!(server.get(rows).await.ids().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn changes_that_are_wrong_are_refused_and_change_nothing() {
    let server = start().await;
    let before = server.get(CHECKING).await.body;
    for (verb, form, param) in [
        ("subscribe", "", "features"),
        ("subscribe", "features[]=balance", "features[0]"),
        ("subscribe", "features[]=transactions&x=1", "x"),
        ("unsubscribe", "features[]=ownership", "features[0]"),
        ("disconnect", "features[]=transactions", "features[]"),
        ("disconnect", "expand[]=balance", "expand"),
    ] {
        let reply = act(&server, verb, form).await;
        assert_eq!(reply.status, 400, "{verb} {form}");
        assert_eq!(reply.body["error"]["param"], param, "{verb} {form}");
    }
    assert_eq!(act(&server, "reconnect", "").await.status, 404);
    assert_eq!(server.get(CHECKING).await.body, before);
    let nobody = server.post("/accounts/fca_x/disconnect", "", None).await;
    assert_eq!((nobody.status, nobody.code()), (404, "resource_missing"));
    let unpermitted = "/accounts/fca_sample_no_transactions_checking/subscribe";
    assert_eq!(
        server.post(unpermitted, TRANSACTIONS, None).await.status,
        400
    );
    server.stop().await;
}

#[tokio::test]
async fn every_change_is_made_once_for_its_key() {
    let server = start().await;
    let session = "account_holder[type]=customer&account_holder[customer]=cus_sample_joint\
                   &permissions[]=balances";
    let subscribe = format!("{CHECKING}/subscribe");
    let disconnect = format!("{CHECKING}/disconnect");
    for (path, form) in [
        ("/sessions", session),
        (subscribe.as_str(), TRANSACTIONS),
        (disconnect.as_str(), ""),
    ] {
        let first = server.post(path, form, Some(path)).await;
        assert_eq!(
            (first.status, first.header("idempotent-replayed")),
            (200, "")
        );
        let again = server.post(path, form, Some(path)).await;
        assert_eq!(again.body, first.body, "{path}");
        assert_eq!(again.header("idempotent-replayed"), "true");
        let other = server
            .post(path, "expand[]=account_holder", Some(path))
            .await;
        assert_eq!(other.status, 400, "{path}");
    }
    // The same key says the other thing elsewhere only on another Stripe account.
    let key = "/sessions";
    let reused = server.post(&subscribe, TRANSACTIONS, Some(key)).await;
    assert_eq!(reused.body["error"]["type"], "idempotency_error");
    let refresh = "/accounts/fca_sample_custom_checking/refresh";
    let elsewhere = server
        .posting(refresh, "features[]=balance", Some(key))
        .header("stripe-account", "acct_sample_custom");
    assert_eq!(server.send(elsewhere).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_new_session_has_no_accounts_and_keeps_what_was_asked() {
    let server = start().await;
    let form = "account_holder[type]=customer&account_holder[customer]=cus_sample_salaried\
                &permissions[0]=balances&permissions[1]=transactions&prefetch[]=balances\
                &filters[account_subcategories][0]=checking&filters[countries][]=US\
                &return_url=https%3A%2F%2Fexample.com%2Fback&limits[accounts]=2\
                &manual_entry[mode]=disabled";
    let made = server.post("/sessions", form, None).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let body = made.body;
    let id = body["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("fcsess_"));
    assert!(body["client_secret"].as_str().unwrap().starts_with(&id));
    assert_eq!(body["accounts"]["data"], json!([]));
    assert_eq!(body["permissions"], json!(["balances", "transactions"]));
    assert_eq!(body["prefetch"], json!(["balances"]));
    let filters = json!({ "account_subcategories": ["checking"], "countries": ["US"] });
    assert_eq!(body["filters"], filters);
    assert_eq!(body["return_url"], "https://example.com/back");
    assert_eq!(body["limits"]["accounts"], 2);
    assert_eq!(body["manual_entry"]["mode"], "disabled");
    assert_eq!(server.get(&format!("/sessions/{id}")).await.body, body);
    let linked = server.get(&format!("/accounts?session={id}")).await;
    assert_eq!((linked.status, linked.ids().len()), (200, 0));
    let other = server.post("/sessions", form, None).await.body;
    assert_ne!(other["id"], body["id"]);

    let expanded = format!("{form}&expand[]=account_holder.customer");
    let expanded = server.post("/sessions", &expanded, None).await.body;
    assert_eq!(expanded["account_holder"]["customer"]["object"], "customer");
    let form = "account_holder[type]=account&account_holder[account]=acct_sample_express\
                &permissions[]=payment_method";
    let held = server.post("/sessions", form, None).await.body;
    assert_eq!(held["account_holder"]["account"], "acct_sample_express");
    server.stop().await;
}

#[tokio::test]
async fn a_sample_session_has_the_accounts_that_were_linked() {
    let server = start().await;
    let session = server.get("/sessions/fcsess_sample_salaried").await.body;
    let listed = server.get("/accounts?session=fcsess_sample_salaried").await;
    assert_eq!(listed.ids().len(), 2);
    assert_eq!(session["accounts"]["data"], listed.body["data"]);
    assert_eq!(session["accounts"]["has_more"], false);
    let none = "/accounts?session=fcsess_sample_salaried\
                &account_holder[customer]=cus_sample_joint";
    assert!(server.get(none).await.ids().is_empty());
    // A session shows its accounts as they are now.
    act(&server, "disconnect", "").await;
    let session = server.get("/sessions/fcsess_sample_salaried").await.body;
    assert!(session["accounts"].to_string().contains("disconnected"));
    server.stop().await;
}

#[tokio::test]
async fn sessions_that_are_wrong_are_refused() {
    let server = start().await;
    // Form, status, code, parameter.
    let cases = "
        permissions[]=balances         400 parameter_missing account_holder
        HOLDER[customer]=c             400 parameter_missing account_holder[type]
        HOLDER[type]=person            400 - account_holder[type]
        HOLDER[type]=customer          400 parameter_missing account_holder[customer]
        JOINT&HOLDER[account]=acct_1   400 - account_holder[customer]
        HOLDER[type]=account&HOLDER[customer]=c 400 - account_holder[customer]
        JOINT                          400 parameter_missing permissions
        JOINT&permissions[]=all        400 - permissions[0]
        JOINT&permissions=balances     400 - permissions
        GOOD&prefetch[]=x              400 - prefetch[0]
        GOOD&filters[account_subcategories][]=x 400 - filters[account_subcategories][0]
        GOOD&filters[require_payment_method_support]=x 400 - \
            filters[require_payment_method_support]
        GOOD&limits[accounts]=0        400 - limits[accounts]
        GOOD&accounts[]=fca_1          400 parameter_unknown accounts[]
        GOOD&HOLDER[customer]=cus_x    400 resource_missing account_holder[customer]
        HOLDER[type]=account&HOLDER[account]=acct_sample_standard&permissions[]=balances \
            403 - account_holder[account]
        HOLDER[type]=account&HOLDER[account]=acct_nobody&permissions[]=balances \
            403 account_invalid null
    ";
    for case in cases.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = case.split_whitespace().collect();
        let [form, status, code, param] = words[..] else {
            panic!("not a case: {case}");
        };
        let form = form
            .replace("GOOD", "JOINT&permissions[]=balances")
            .replace(
                "JOINT",
                "HOLDER[type]=customer&HOLDER[customer]=cus_sample_joint",
            )
            .replace("HOLDER", "account_holder");
        let reply = server.post("/sessions", &form, None).await;
        let code = code.trim_start_matches('-');
        assert_eq!(reply.status.to_string(), status, "{form}");
        assert_eq!(reply.code(), code, "{form}");
        let named = reply.body["error"]["param"].as_str().unwrap_or("null");
        assert_eq!(named, param, "{form}");
    }
    server.stop().await;
}

#[test]
fn the_oldest_session_made_here_is_forgotten_first() {
    let mut state = State::new(Stock::default(), 0, Duration::ZERO);
    let form = "account_holder[type]=customer&account_holder[customer_account]=acct_1\
                &permissions[]=balances";
    let mut make = || {
        let mut params = Params::parse("", form).unwrap();
        let change = crate::sandbox::change::Change::take(&["sessions"], &mut params)
            .unwrap()
            .unwrap();
        let made = state.change(change, Duration::ZERO).unwrap();
        let first = state.session("fcsess_sandbox00000001").is_ok();
        (made["id"].as_str().unwrap().to_owned(), first)
    };
    let max = limits::SANDBOX_SESSIONS_MAX;
    for number in 1..=max {
        let (id, first) = make();
        assert!(first, "{number}");
        assert_eq!(id, format!("fcsess_sandbox{number:08}"));
    }
    assert!(!make().1);
    assert!(state.session("fcsess_sandbox00000002").is_ok());
}

#[test]
fn the_first_page_is_as_long_as_where_nothing_is_said() {
    let unsaid = Cursor::take(&mut Params::parse("", "").unwrap()).unwrap();
    assert_eq!(Cursor::default(), unsaid);
}
