//! Refreshes: started when needed, waited for, and never taken for better than they are.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::server::{Bank, Ending, Reply, Server, balance, refresh};
use super::*;
use crate::snapshot::{Absence, Part, QualityFlag};

fn features(server: &Server) -> Vec<Vec<String>> {
    let calls = server.calls();
    let posts = calls.iter().filter(|call| call.is_refresh());
    posts
        .map(|call| {
            let named = call.form.iter().filter(|(name, _)| name == "features[]");
            named.map(|(_, feature)| feature.clone()).collect()
        })
        .collect()
}

/// An account of which nothing was ever fetched from the bank.
pub(super) fn never_fetched(transactions: i64) -> Bank {
    let mut bank = Bank::new(transactions)
        .with("balance", Value::Null)
        .with("balance_refresh", Value::Null)
        .with("ownership_refresh", Value::Null)
        .with("transaction_refresh", Value::Null);
    bank.delivers = vec![("balance", balance(NOW))];
    bank
}

#[tokio::test]
async fn what_was_never_fetched_is_refreshed_in_one_call_and_waited_for() {
    let mut bank = never_fetched(5);
    bank.ending = Ending::Succeeds(3);
    let server = Server::of(bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(
        features(&server),
        [["balance", "ownership", "transactions"]]
    );
    assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
    assert_eq!(fetched.balance.known().unwrap().as_of, at(NOW));
    assert_eq!(fetched.transactions.known().unwrap().len(), 5);
    assert_eq!(fetched.owners.known().unwrap().len(), 1);
    let calls = server.calls();
    let looks = calls
        .iter()
        .filter(|call| call.path.ends_with("/fca_1"))
        .count();
    assert_eq!(looks, 4, "one before, three after");
}

#[tokio::test]
async fn only_what_is_old_is_refreshed() {
    let mut bank = Bank::new(5).with("balance_refresh", refresh("succeeded", DAY + 1));
    bank.delivers = vec![("balance", balance(NOW))];
    let server = Server::of(bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(features(&server), [["balance"]]);
    assert_eq!(fetched.balance.known().unwrap().as_of, at(NOW));
    assert!(fetched.flags.is_empty());
}

#[tokio::test]
async fn a_first_refresh_that_fails_leaves_nothing() {
    let mut bank = never_fetched(0);
    bank.ending = Ending::Fails(2);
    let fetched = fetch(&Server::of(bank).await).await.unwrap();
    assert_eq!(fetched.balance, Part::Absent(Absence::RefreshFailed));
    assert_eq!(fetched.transactions, Part::Absent(Absence::RefreshFailed));
    for flag in [
        QualityFlag::BalanceRefreshFailed,
        QualityFlag::OwnershipRefreshFailed,
        QualityFlag::TransactionsRefreshFailed,
    ] {
        assert!(fetched.flags.contains(&flag), "{flag:?}");
    }
}

#[tokio::test]
async fn a_failed_refresh_is_not_taken_for_fresh_data() {
    let mut bank = Bank::new(5)
        .with("balance", balance(NOW - 3 * DAY))
        .with("balance_refresh", refresh("succeeded", 3 * DAY))
        .with("transaction_refresh", refresh("succeeded", 3 * DAY));
    bank.ending = Ending::Fails(1);
    let fetched = fetch(&Server::of(bank).await).await.unwrap();
    assert_eq!(fetched.balance.known().unwrap().as_of, at(NOW - 3 * DAY));
    assert_eq!(fetched.transactions.known().unwrap().len(), 5);
    assert!(fetched.flags.contains(&QualityFlag::BalanceRefreshFailed));
    assert!(
        fetched
            .flags
            .contains(&QualityFlag::TransactionsRefreshFailed)
    );
    assert!(!fetched.flags.contains(&QualityFlag::OwnershipRefreshFailed));
}

#[tokio::test]
async fn a_refresh_that_never_settles_is_given_up_at_the_deadline() {
    let mut bank = never_fetched(0);
    bank.ending = Ending::Never;
    let server = Server::of(bank).await;
    let mut impatient = wanted(at(NOW));
    impatient.settle_within = Duration::from_millis(50);
    let fetched = client(&server).fetch(&impatient).await.unwrap();
    assert!(fetched.flags.contains(&QualityFlag::RefreshPending));
    assert_eq!(fetched.balance, Part::Absent(Absence::NotReady));
    assert_eq!(fetched.transactions, Part::Absent(Absence::NotReady));
}

#[tokio::test]
async fn a_refresh_that_runs_already_is_not_started_again() {
    let pending = json!({"status": "pending", "last_attempted_at": NOW - 5});
    let bank = Mutex::new(Bank::new(5));
    let server = Server::start(move |call, before| {
        let mut bank = bank.lock().unwrap();
        let state = if before < 3 {
            pending.clone()
        } else {
            refresh("succeeded", 0)
        };
        bank.account["balance_refresh"] = state;
        bank.answer(call)
    })
    .await;
    let fetched = fetch(&server).await.unwrap();
    assert!(features(&server).is_empty());
    assert!(fetched.flags.is_empty());
}

#[tokio::test]
async fn a_refresh_that_does_not_start_is_not_waited_for() {
    let mut bank = Bank::new(5)
        .with("balance", balance(NOW - 2 * DAY))
        .with("balance_refresh", refresh("succeeded", 2 * DAY));
    bank.ending = Ending::NotStarted;
    let server = Server::of(bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(features(&server).len(), 1);
    assert!(fetched.flags.contains(&QualityFlag::BalanceRefreshFailed));
    let calls = server.calls();
    let looks = calls
        .iter()
        .filter(|call| call.path.ends_with("/fca_1"))
        .count();
    assert_eq!(looks, 1);
}

#[tokio::test]
async fn a_refused_refresh_leaves_what_there_was() {
    let bank = Bank::new(5).with("transaction_refresh", refresh("succeeded", 2 * DAY));
    let bank = Mutex::new(bank);
    let server = Server::start(move |call, _| {
        let mut bank = bank.lock().unwrap();
        if call.is_refresh() {
            bank.account["status"] = json!("inactive");
            let code = "financial_connections_account_inactive";
            return Reply::error(400, "invalid_request_error", code);
        }
        bank.answer(call)
    })
    .await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.account.status.as_word(), "inactive");
    assert_eq!(fetched.transactions.known().unwrap().len(), 5);
    assert!(
        fetched
            .flags
            .contains(&QualityFlag::TransactionsRefreshFailed)
    );
}

#[tokio::test]
async fn an_unknown_state_of_a_refresh_is_flagged() {
    let bank = Bank::new(5).with("balance_refresh", refresh("paused", 60));
    let fetched = fetch(&Server::of(bank).await).await.unwrap();
    assert!(fetched.flags.contains(&QualityFlag::UnknownValue));
    assert!(fetched.balance.known().is_ok());
}
