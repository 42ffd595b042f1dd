//! What comes of an account that answers.

use serde_json::{Value, json};

use super::server::{Bank, Reply, Server, owner, refresh, transaction};
use super::*;
use crate::money::Currency;
use crate::snapshot::{Absence, Part, Permission, QualityFlag, Status, TransactionStatus};

fn no_flags(fetched: &Fetched) {
    assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
}

#[tokio::test]
async fn an_account_comes_with_its_balance_owners_and_all_pages() {
    let server = Server::of(Bank::new(250)).await;
    let fetched = fetch(&server).await.unwrap();
    no_flags(&fetched);
    assert_eq!(fetched.fetched_at, at(NOW));
    assert_eq!(fetched.account.institution, "Test Bank");
    assert_eq!(fetched.account.status, Status::Active);
    assert!(
        fetched
            .account
            .permissions
            .contains(&Permission::PaymentMethod)
    );
    let balance = fetched.balance.known().unwrap();
    assert_eq!(balance.as_of, at(NOW - 600));
    assert_eq!(balance.current[&Currency::USD], 12_345);
    assert_eq!(balance.available.as_ref().unwrap()[&Currency::USD], 12_000);
    assert_eq!(balance.used, None);
    assert_eq!(fetched.owners.known().unwrap()[0].name, "Jane Roe 1");
    let rows = fetched.transactions.known().unwrap();
    assert_eq!(rows.len(), 250);
    let (last, updated) = &rows[249];
    assert_eq!(last.id.as_str(), "fctxn_000249");
    assert_eq!(last.amount, -349);
    assert_eq!(last.transacted_at, at(NOW - 249 * 3_600));
    assert_eq!(last.posted_at, Some(at(NOW - 249 * 3_600)));
    assert_eq!(*updated, Some(at(NOW - 249 * 3_600)));

    let calls = server.calls();
    let pages: Vec<_> = calls
        .iter()
        .filter(|call| call.is_list("/transactions"))
        .collect();
    assert_eq!(pages.len(), 3);
    let limit = crate::limits::STRIPE_PAGE_ROWS.to_string();
    assert!(
        pages
            .iter()
            .all(|page| page.query("limit") == Some(limit.as_str()))
    );
    let cursors: Vec<_> = pages
        .iter()
        .map(|page| page.query("starting_after"))
        .collect();
    assert_eq!(cursors, [None, Some("fctxn_000099"), Some("fctxn_000199")]);
    assert!(
        !calls.iter().any(|call| call.method == "POST"),
        "nothing was old"
    );
}

#[tokio::test]
async fn every_call_says_who_and_in_which_version() {
    let server = Server::of(Bank::new(1).with("balance_refresh", Value::Null)).await;
    fetch(&server).await.unwrap();
    let calls = server.calls();
    assert_eq!(calls[0].query("expand[]"), Some("ownership"));
    for call in &calls {
        assert_eq!(call.header("authorization"), format!("Bearer {KEY}"));
        assert_eq!(call.header("stripe-version"), STRIPE_VERSION);
        assert_eq!(
            call.header("idempotency-key").is_empty(),
            call.method == "GET"
        );
    }
    let post = calls.iter().find(|call| call.is_refresh()).unwrap();
    assert_eq!(
        post.header("content-type"),
        "application/x-www-form-urlencoded"
    );
}

#[tokio::test]
async fn only_transactions_since_the_asked_day_are_listed() {
    let server = Server::of(Bank::new(100)).await;
    let client = client(&server);
    let mut recent = wanted(at(NOW));
    recent.since = at(NOW - 9 * 3_600);
    let fetched = client.fetch(&recent).await.unwrap();
    assert_eq!(fetched.transactions.known().unwrap().len(), 10);
}

#[tokio::test]
async fn the_client_can_stand_behind_the_trait() {
    let server = Server::of(Bank::new(1)).await;
    let source: Box<dyn Source> = Box::new(client(&server));
    let fetched = source.fetch(&wanted(at(NOW))).await.unwrap();
    assert_eq!(fetched.account.id, id());
}

#[tokio::test]
async fn owners_beyond_the_first_page_are_listed() {
    let mut bank = Bank::new(0);
    bank.owners = (0..37).map(owner).collect();
    let server = Server::of(bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.owners.known().unwrap().len(), 37);
    let calls = server.calls();
    let page = calls.iter().find(|call| call.is_list("/owners")).unwrap();
    assert_eq!(page.query("ownership"), Some("fcaowns_1"));
}

#[tokio::test]
async fn owners_that_were_not_expanded_are_listed() {
    let server = Server::of(Bank::new(0).with("ownership", json!("fcaowns_1"))).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.owners.known().unwrap().len(), 1);
}

#[tokio::test]
async fn no_transactions_after_a_good_refresh_are_none() {
    let server = Server::of(Bank::new(0)).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.transactions, Part::Known(vec![]));
}

#[tokio::test]
async fn what_is_not_permitted_is_absent_and_not_asked_for() {
    let bank = Bank::new(3)
        .with("permissions", json!(["payment_method"]))
        .with("balance", Value::Null)
        .with("balance_refresh", Value::Null)
        .with("ownership_refresh", Value::Null)
        .with("transaction_refresh", Value::Null);
    let server = Server::of(bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.balance, Part::Absent(Absence::NoPermission));
    assert_eq!(fetched.owners, Part::Absent(Absence::NoPermission));
    assert_eq!(fetched.transactions, Part::Absent(Absence::NoPermission));
    assert_eq!(server.calls().len(), 1, "the account, and nothing else");
}

#[tokio::test]
async fn absent_and_null_are_the_same() {
    let null = Bank::new(3)
        .with("permissions", Value::Null)
        .with("display_name", Value::Null)
        .with("balance", Value::Null);
    let absent = Bank::new(3)
        .without("permissions")
        .without("display_name")
        .without("balance");
    let null = fetch(&Server::of(null).await).await.unwrap();
    let absent = fetch(&Server::of(absent).await).await.unwrap();
    assert_eq!(format!("{null:?}"), format!("{absent:?}"));
    assert_eq!(absent.balance, Part::Absent(Absence::NoPermission));
}

#[tokio::test]
async fn a_bank_that_gives_no_balance_offers_none() {
    let server = Server::of(Bank::new(3).with("balance", Value::Null)).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.balance, Part::Absent(Absence::NotOffered));
}

#[tokio::test]
async fn an_inactive_account_gives_what_it_had_and_is_not_refreshed() {
    let bank = Bank::new(3)
        .with("status", json!("inactive"))
        .with("balance_refresh", refresh("succeeded", 9 * DAY));
    let server = Server::of(bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.account.status, Status::Inactive);
    assert!(fetched.balance.known().is_ok());
    assert!(
        fetched.flags.contains(&QualityFlag::BalanceRefreshFailed),
        "it is old"
    );
    assert_eq!(fetched.transactions.known().unwrap().len(), 3);
    assert!(!server.calls().iter().any(|call| call.is_refresh()));
}

#[tokio::test]
async fn a_disconnected_account_gives_nothing() {
    let server = Server::of(Bank::new(3).with("status", json!("disconnected"))).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.balance, Part::Absent(Absence::Disconnected));
    assert_eq!(fetched.owners, Part::Absent(Absence::Disconnected));
    assert_eq!(fetched.transactions, Part::Absent(Absence::Disconnected));
    assert_eq!(server.calls().len(), 1);
}

#[tokio::test]
async fn nothing_to_list_yet_is_no_error() {
    for (status, absence) in [
        ("succeeded", Absence::NotReady),
        ("failed", Absence::RefreshFailed),
    ] {
        let mut state = refresh(status, 60);
        state["next_refresh_available_at"] = Value::Null;
        let bank = std::sync::Mutex::new(Bank::new(3).with("transaction_refresh", state));
        let server = Server::start(move |call, _| {
            if call.is_list("/transactions") {
                let code = "financial_connections_no_successful_transaction_refresh";
                return Reply::error(400, "invalid_request_error", code);
            }
            bank.lock().unwrap().answer(call)
        })
        .await;
        let fetched = fetch(&server).await.unwrap();
        assert_eq!(fetched.transactions, Part::Absent(absence), "{status}");
    }
}

#[tokio::test]
async fn void_and_pending_rows_are_kept() {
    let mut bank = Bank::new(0);
    let mut void = transaction(1);
    void["status"] = json!("void");
    void["status_transitions"] = json!({"posted_at": null, "void_at": NOW - 60});
    let mut pending = transaction(2);
    pending["status"] = json!("pending");
    pending["status_transitions"] = Value::Null;
    bank.transactions = vec![void, pending];
    let fetched = fetch(&Server::of(bank).await).await.unwrap();
    let rows = fetched.transactions.known().unwrap();
    assert_eq!(rows[0].0.status, TransactionStatus::Void);
    assert_eq!(rows[0].0.void_at, Some(at(NOW - 60)));
    assert_eq!(rows[1].0.status, TransactionStatus::Pending);
    assert_eq!(rows[1].0.posted_at, None);
}
