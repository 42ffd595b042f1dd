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

/// What is asked for where each part may be so old.
async fn asked_for(balances: i64, ownership: i64, transactions: i64) -> Vec<Vec<String>> {
    let server = Server::of(Bank::new(5)).await;
    let seconds = |age: i64| Duration::from_secs(age.try_into().unwrap());
    let mut picky = wanted(at(NOW));
    picky.freshness = Freshness {
        balances: seconds(balances),
        ownership: seconds(ownership),
        transactions: seconds(transactions),
    };
    let fetched = client(&server).fetch(&picky).await.unwrap();
    assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
    features(&server)
}

#[tokio::test]
async fn each_part_has_an_age_of_its_own() {
    // All of it is ten minutes old.
    let none: [[&str; 0]; 0] = [];
    assert_eq!(asked_for(600, 600, 600).await, none);
    assert_eq!(asked_for(599, 600, 600).await, [["balance"]]);
    assert_eq!(asked_for(600, 599, 600).await, [["ownership"]]);
    assert_eq!(asked_for(600, 600, 599).await, [["transactions"]]);
    let all = [["balance", "ownership", "transactions"]];
    assert_eq!(asked_for(0, 0, 0).await, all);
}

#[tokio::test]
async fn what_came_in_since_it_was_asked_for_is_fresh_by_any_clock() {
    let server = Server::of(Bank::new(5)).await;
    // Stripe's clock is five seconds behind, and no age at all will do.
    let mut strict = wanted(at(NOW + 5));
    strict.freshness.balances = Duration::ZERO;
    let fetched = client(&server).fetch(&strict).await.unwrap();
    assert_eq!(features(&server), [["balance"]]);
    assert!(fetched.flags.is_empty(), "{:?}", fetched.flags);
    assert_eq!(fetched.refreshed.balances, Some(at(NOW)));
    // Asked again, it is asked for anew.
    client(&server).fetch(&strict).await.unwrap();
    assert_eq!(features(&server).len(), 2);
}

#[tokio::test]
async fn what_may_not_be_asked_for_yet_is_left_as_old_as_it_is() {
    for next in [json!(NOW + 1), Value::Null] {
        let mut state = refresh("succeeded", 600);
        state["next_refresh_available_at"] = next;
        let server = Server::of(Bank::new(5).with("balance_refresh", state)).await;
        let mut strict = wanted(at(NOW));
        strict.freshness.balances = Duration::ZERO;
        let fetched = client(&server).fetch(&strict).await.unwrap();
        assert!(features(&server).is_empty());
        assert!(fetched.flags.contains(&QualityFlag::BalanceRefreshFailed));
        assert_eq!(
            fetched.refreshed.balances,
            Some(at(NOW - 600)),
            "it says so"
        );
    }
}

#[tokio::test]
async fn a_failed_refresh_was_not_made() {
    let mut bank = Bank::new(5);
    bank.ending = Ending::Fails(1);
    let server = Server::of(bank).await;
    let mut strict = wanted(at(NOW));
    strict.freshness.balances = Duration::ZERO;
    let fetched = client(&server).fetch(&strict).await.unwrap();
    assert_eq!(fetched.refreshed.balances, None);
    assert_eq!(fetched.refreshed.ownership, Some(at(NOW - 600)));
    let frozen = crate::snapshot::freeze(fetched, crate::calendar::Zone::default());
    assert!(!frozen.is_fresh(Freshness::default(), at(NOW)));
}

/// The outcome where a refresh shows that it has started at the n-th look.
async fn starting_at(look: usize) -> (Part<crate::snapshot::Balance>, usize) {
    let bank = Bank::new(5)
        .with("balance", Value::Null)
        .with("balance_refresh", Value::Null);
    let bank = Mutex::new((bank, 0));
    let server = Server::start(move |call, _| {
        let (bank, looks) = &mut *bank.lock().unwrap();
        if call.is_refresh() {
            *looks = 1;
        } else if *looks > 0 && call.path.ends_with("/fca_1") {
            if *looks == look {
                bank.account["balance"] = balance(NOW);
                bank.account["balance_refresh"] = refresh("succeeded", 0);
            }
            *looks += 1;
        }
        if call.is_refresh() {
            bank.ending = Ending::NotStarted;
        }
        bank.answer(call)
    })
    .await;
    let fetched = fetch(&server).await.unwrap();
    let calls = server.calls();
    let looks = calls.iter().filter(|call| call.path.ends_with("/fca_1"));
    (fetched.balance, looks.count() - 1)
}

#[tokio::test]
async fn a_refresh_that_shows_no_sign_of_starting_is_given_a_few_looks() {
    let max = crate::limits::REFRESH_START_LOOKS_MAX;
    for look in [max - 1, max] {
        let (balance, looks) = starting_at(look).await;
        assert!(balance.known().is_ok(), "{look}");
        assert_eq!(looks, look);
    }
    let (balance, looks) = starting_at(max + 1).await;
    assert_eq!(balance, Part::Absent(Absence::NotReady));
    assert_eq!(looks, max);
}

#[tokio::test]
async fn the_balance_from_before_is_kept_beside_the_new_one() {
    let mut bank = Bank::new(5).with("balance", balance(NOW - 2 * DAY));
    bank.account["balance_refresh"] = refresh("succeeded", 2 * DAY);
    bank.delivers = vec![("balance", balance(NOW))];
    let server = Server::of(bank).await;
    let fetched = fetch(&server).await.unwrap();
    assert_eq!(fetched.balance.known().unwrap().as_of, at(NOW));
    let before = fetched.earlier_balance.clone().unwrap();
    assert_eq!(before.as_of, at(NOW - 2 * DAY));
    // Later there is no newer balance: what was known before it stays.
    let known = crate::snapshot::freeze(fetched, crate::calendar::Zone::default());
    let mut again = wanted(at(NOW));
    again.known = Some(known.clone());
    let same = client(&server).fetch(&again).await.unwrap();
    assert_eq!(same.earlier_balance, Some(before));
    // With a newer one, it is what was known.
    again.freshness.balances = Duration::ZERO;
    again.now = at(NOW + 60);
    let next = Server::of(Bank::new(5).with("balance", balance(NOW + 50))).await;
    let newer = client(&next).fetch(&again).await.unwrap();
    assert_eq!(newer.earlier_balance, known.balance.known().ok().cloned());
    // And of another account it says nothing.
    again.known.as_mut().unwrap().account.livemode = true;
    let other = client(&next).fetch(&again).await.unwrap();
    assert_eq!(other.earlier_balance, None);
}
