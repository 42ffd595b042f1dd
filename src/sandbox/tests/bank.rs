//! What a bank comes to know while the sandbox serves, and when it tells.

use serde_json::Value;

use super::{Running, start};
use crate::sandbox::{AccountStatus, NewTransaction, Posting, SandboxError, applicants};

const CHECKING: &str = "fca_sample_salaried_checking";

fn bought(pending: bool) -> NewTransaction {
    NewTransaction {
        amount: -1_250,
        description: "CORNER BOOKSHOP".to_owned(),
        transacted_at: None,
        pending,
    }
}

/// Refreshes and gives the account when everything has settled.
async fn refreshed(server: &Running) -> Value {
    let path = format!("/accounts/{CHECKING}");
    let form = "features[]=balance&features[]=transactions";
    server.post(&format!("{path}/refresh"), form, None).await;
    for _ in 0..1_000 {
        let account = server.get(&path).await.body;
        if account["transaction_refresh"]["status"] != "pending" {
            return account;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("never settled");
}

/// The rows that came after a refresh.
async fn rows_after(server: &Running, refresh: &Value) -> Vec<Value> {
    let refresh = refresh["id"].as_str().unwrap();
    let query =
        format!("/transactions?account={CHECKING}&limit=100&transaction_refresh[after]={refresh}");
    server.get(&query).await.body["data"]
        .as_array()
        .unwrap()
        .clone()
}

fn balances(account: &Value) -> (i64, i64) {
    let amount = |path: &str| account["balance"].pointer(path).unwrap().as_i64().unwrap();
    (amount("/current/usd"), amount("/cash/available/usd"))
}

#[tokio::test]
async fn a_new_transaction_is_told_of_by_the_next_refresh_and_so_is_what_becomes_of_it() {
    let server = start().await;
    let before = refreshed(&server).await;
    let seen = &before["transaction_refresh"];
    let id = server
        .handle
        .add_transaction(CHECKING, bought(true))
        .unwrap();
    assert!(
        rows_after(&server, seen).await.is_empty(),
        "not told of yet"
    );
    assert_eq!(server.get(&format!("/transactions/{id}")).await.status, 404);

    let pending = refreshed(&server).await;
    let rows = rows_after(&server, seen).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["id"], &rows[0]["status"]),
        (&id.as_str().into(), &"pending".into())
    );
    assert_eq!(
        rows[0]["transaction_refresh"],
        pending["transaction_refresh"]["id"]
    );
    let (current, available) = balances(&before);
    assert_eq!(balances(&pending), (current, available - 1_250));

    server
        .handle
        .change_transaction(&id, Posting::Posted)
        .unwrap();
    let posted = refreshed(&server).await;
    let rows = rows_after(&server, &pending["transaction_refresh"]).await;
    assert_eq!((rows.len(), &rows[0]["id"]), (1, &id.as_str().into()));
    assert_eq!(rows[0]["status"], "posted");
    assert!(rows[0]["status_transitions"]["posted_at"].is_i64());
    assert_eq!(balances(&posted), (current - 1_250, available - 1_250));
    assert_eq!(
        rows_after(&server, seen).await.len(),
        1,
        "one row, whatever became of it"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_pending_transaction_can_vanish() {
    let server = start().await;
    let before = refreshed(&server).await;
    let id = server
        .handle
        .add_transaction(CHECKING, bought(true))
        .unwrap();
    refreshed(&server).await;
    server
        .handle
        .change_transaction(&id, Posting::Void)
        .unwrap();
    let after = refreshed(&server).await;
    let row = server.get(&format!("/transactions/{id}")).await.body;
    assert_eq!(row["status"], "void");
    assert!(row["status_transitions"]["void_at"].is_i64());
    assert!(row["status_transitions"]["posted_at"].is_null());
    assert_eq!(balances(&after), balances(&before));
    server.stop().await;
}

#[tokio::test]
async fn a_row_that_changes_before_it_is_told_of_is_told_of_once() {
    let server = start().await;
    let before = refreshed(&server).await;
    let id = server
        .handle
        .add_transaction(CHECKING, bought(true))
        .unwrap();
    server
        .handle
        .change_transaction(&id, Posting::Posted)
        .unwrap();
    let after = refreshed(&server).await;
    let rows = rows_after(&server, &before["transaction_refresh"]).await;
    assert_eq!((rows.len(), &rows[0]["status"]), (1, &"posted".into()));
    assert_eq!(balances(&after).0, balances(&before).0 - 1_250);
    server.stop().await;
}

#[tokio::test]
async fn an_account_that_is_gone_shows_no_balance_and_cannot_be_refreshed() {
    let server = start().await;
    let path = format!("/accounts/{CHECKING}");
    let refresh = format!("{path}/refresh");
    for (status, word) in [
        (AccountStatus::Inactive, "inactive"),
        (AccountStatus::Disconnected, "disconnected"),
    ] {
        server.handle.set_status(CHECKING, status).unwrap();
        let account = server.get(&path).await.body;
        assert_eq!(account["status"], word);
        assert!(account["balance_refresh"]["next_refresh_available_at"].is_null());
        let gone = status == AccountStatus::Disconnected;
        assert_eq!(account["balance"].is_null(), gone);
        let refused = server.post(&refresh, "features[]=balance", None).await;
        assert_eq!(refused.code(), "financial_connections_account_inactive");
    }
    server
        .handle
        .set_status(CHECKING, AccountStatus::Active)
        .unwrap();
    let started = server.post(&refresh, "features[]=balance", None).await;
    assert_eq!(started.body["balance_refresh"]["status"], "pending");
    server.stop().await;
}

#[tokio::test]
async fn what_is_under_way_when_the_link_breaks_fails() {
    let server = super::start_with(None, std::time::Duration::from_millis(80)).await;
    let path = format!("/accounts/{CHECKING}");
    server
        .post(&format!("{path}/refresh"), "features[]=balance", None)
        .await;
    server
        .handle
        .set_status(CHECKING, AccountStatus::Inactive)
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let account = server.get(&path).await.body;
    assert_eq!(account["balance_refresh"]["status"], "failed");
    assert!(account["balance_refresh"]["next_refresh_available_at"].is_null());
    server.stop().await;
}

#[tokio::test]
async fn an_account_can_be_linked_while_it_serves() {
    let server = start().await;
    let mut linked = applicants(super::today()).remove(0).accounts.remove(0);
    linked.account.id = "fca_late".to_owned();
    linked.account.created += 1_000_000;
    linked.transactions.clear();
    server.handle.link(linked);
    assert_eq!(server.get("/accounts?limit=1").await.ids(), ["fca_late"]);
    assert_eq!(server.get("/accounts/fca_late").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_there_cannot_be_changed() {
    let server = start().await;
    let error = server
        .handle
        .set_status("fca_nobody", AccountStatus::Active);
    assert!(matches!(error, Err(SandboxError::Missing { .. })));
    assert!(
        server
            .handle
            .add_transaction("fca_nobody", bought(false))
            .is_err()
    );
    assert!(server.handle.announce("fca_nobody", "a").is_err());
    let error = server
        .handle
        .change_transaction("fctxn_nothing", Posting::Void);
    assert_eq!(
        error.unwrap_err().to_string(),
        "there is no financial_connections.transaction `fctxn_nothing` in the sandbox"
    );
    server.stop().await;
}
