//! What an operator does by hand.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::server::{Bank, Call, Reply, Server, owner, transaction};
use super::*;
use crate::snapshot::{Permission, Status, Subcategory};

fn form(call: &Call) -> Vec<(&str, &str)> {
    let pairs = call.form.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Answers every POST with the account of a bank, and a GET as the bank does.
async fn bank(bank: Bank) -> Server {
    let account = bank.account.clone();
    let bank = std::sync::Mutex::new(bank);
    Server::start(move |call, _| {
        if call.method == "POST" {
            Reply::json(200, &account)
        } else {
            bank.lock().unwrap().answer(call)
        }
    })
    .await
}

#[tokio::test]
async fn an_account_is_shown_with_its_refreshes_and_subscriptions() {
    let holder = json!({ "type": "customer", "customer": "cus_1" });
    let server = bank(
        Bank::new(0)
            .with("account_holder", holder)
            .with("subscriptions", json!(["transactions"]))
            .with("balance_refresh", Value::Null),
    )
    .await;
    let shown = client(&server).retrieve_account(&id(), None).await.unwrap();
    assert_eq!(shown.account.status, Status::Active);
    assert_eq!(shown.holder.as_deref(), Some("cus_1"));
    assert_eq!(shown.linked_at, Some(at(NOW - 100 * DAY)));
    assert_eq!(shown.subscriptions, ["transactions"]);
    assert_eq!(shown.balance.unwrap().as_of, at(NOW - 600));
    let features: Vec<_> = shown.refreshes.keys().copied().collect();
    assert_eq!(
        features,
        [RefreshFeature::Ownership, RefreshFeature::Transactions]
    );
    let transactions = &shown.refreshes[&RefreshFeature::Transactions];
    assert_eq!(transactions.status, "succeeded");
    assert_eq!(transactions.last_attempted_at, Some(at(NOW - 600)));
    assert_eq!(transactions.next_available_at, Some(at(NOW - 1)));
}

#[tokio::test]
async fn a_change_names_its_features_the_connected_account_and_its_key() {
    let server = bank(Bank::new(0)).await;
    let client = client(&server);
    let (id, connected) = (id(), ConnectedAccountId::parse("acct_1").unwrap());
    let features = BTreeSet::from([RefreshFeature::Transactions, RefreshFeature::Balance]);
    let name = Some(&connected);
    client
        .refresh_account(&id, &features, name, "key-1")
        .await
        .unwrap();
    client.subscribe_account(&id, name, "key-2").await.unwrap();
    client
        .unsubscribe_account(&id, name, "key-3")
        .await
        .unwrap();
    client.disconnect_account(&id, None, "key-4").await.unwrap();
    let calls = server.calls();
    let root = "/v1/financial_connections/accounts/fca_1";
    let verbs = ["refresh", "subscribe", "unsubscribe", "disconnect"];
    for (index, (call, verb)) in calls.iter().zip(verbs).enumerate() {
        assert_eq!(
            (call.method.as_str(), &call.path),
            ("POST", &format!("{root}/{verb}"))
        );
        let key = format!("key-{}", index + 1);
        assert_eq!(call.header("idempotency-key"), key);
        let named = if verb == "disconnect" { "" } else { "acct_1" };
        assert_eq!(call.header("stripe-account"), named);
    }
    let transactions = ("features[]", "transactions");
    assert_eq!(form(&calls[0]), [("features[]", "balance"), transactions]);
    assert_eq!(form(&calls[1]), [transactions]);
    assert_eq!(form(&calls[2]), [transactions]);
    assert_eq!(form(&calls[3]), []);
}

#[tokio::test]
async fn owners_and_transactions_are_read_only_when_asked_for() {
    let mut accounts = Bank::new(150).with("ownership", json!("fcaowns_1"));
    accounts.owners = (0..40).map(owner).collect();
    accounts.transactions.push(transaction(3));
    let server = bank(accounts).await;
    let client = client(&server);
    let shown = client.retrieve_account(&id(), None).await.unwrap();
    assert_eq!(server.calls().len(), 1);
    let owners = client.account_owners(&shown).await.unwrap().unwrap();
    assert_eq!(owners.len(), 40);
    let rows = client.account_transactions(&shown).await.unwrap();
    assert_eq!(rows.len(), 150, "each once");
    assert!(rows.is_sorted_by(|a, b| a.transacted_at >= b.transacted_at));

    let server = bank(Bank::new(0).with("ownership", Value::Null)).await;
    let shown = self::client(&server).retrieve_account(&id(), None).await;
    let owners = self::client(&server).account_owners(&shown.unwrap()).await;
    assert_eq!(owners, Ok(None));
}

#[tokio::test]
async fn another_account_or_one_of_the_other_mode_is_refused() {
    for (field, value) in [("id", json!("fca_2")), ("livemode", json!(true))] {
        let server = bank(Bank::new(0).with(field, value)).await;
        let client = client(&server);
        for result in [
            client.retrieve_account(&id(), None).await,
            client.disconnect_account(&id(), None, "key").await,
        ] {
            assert_eq!(result.unwrap_err().code(), "stripe_bad_answer", "{field}");
        }
    }
}

fn session(fields: Value) -> Value {
    let mut session = json!({ "id": "fcsess_1", "livemode": false, "object": "financial_connections.session",
        "accounts": { "object": "list", "data": [], "has_more": false },
        "account_holder": { "type": "customer", "customer": "cus_1" },
        "client_secret": "fcsess_1_secret_top", "permissions": ["balances"], "prefetch": null });
    let fields = fields.as_object().unwrap().clone();
    session.as_object_mut().unwrap().extend(fields);
    session
}

fn wanted_session(holder: &str) -> NewSession {
    NewSession {
        holder: Handle::parse(holder).unwrap(),
        permissions: [Permission::Transactions, Permission::Balances].into(),
        prefetch: [RefreshFeature::Balance].into(),
        country: Some("US".to_owned()),
        subcategories: [Subcategory::Checking].into(),
        return_url: Some("https://example.com/back?a=b&c".to_owned()),
    }
}

#[tokio::test]
async fn a_session_is_made_with_all_that_is_wanted_and_keeps_its_secret() {
    let server = Server::start(|_, _| Reply::json(200, &session(json!({})))).await;
    let client = client(&server);
    let made = client
        .create_session(&wanted_session("cus_1"), None, "key-1")
        .await;
    let made = made.unwrap();
    let secret = made.client_secret.as_ref().unwrap();
    assert_eq!(secret.expose_secret(), "fcsess_1_secret_top");
    assert!(!format!("{made:?}").contains("secret_top"));
    assert_eq!(made.holder.as_deref(), Some("cus_1"));
    client
        .create_session(&wanted_session("acct_1"), None, "key-2")
        .await
        .unwrap();
    let calls = server.calls();
    assert_eq!(calls[0].header("idempotency-key"), "key-1");
    assert_eq!(
        form(&calls[0]),
        [
            ("account_holder[type]", "customer"),
            ("account_holder[customer]", "cus_1"),
            ("permissions[]", "balances"),
            ("permissions[]", "transactions"),
            ("prefetch[]", "balances"),
            ("filters[account_subcategories][]", "checking"),
            ("filters[country]", "US"),
            ("return_url", "https://example.com/back?a=b&c"),
        ]
    );
    assert_eq!(
        form(&calls[1])[..2],
        [
            ("account_holder[type]", "account"),
            ("account_holder[account]", "acct_1"),
        ]
    );
}

#[tokio::test]
async fn a_session_that_nobody_completed_has_no_accounts_and_that_is_no_error() {
    let server = Server::start(|_, _| Reply::json(200, &session(json!({})))).await;
    let id = Handle::parse("fcsess_1").unwrap();
    let (shown, accounts) = client(&server).retrieve_session(&id, None).await.unwrap();
    assert_eq!((shown.id, accounts), (id.clone(), Vec::new()));
    for wrong in [
        json!({ "id": "fcsess_2" }),
        json!({ "id": "cus_1" }),
        json!({ "livemode": true }),
    ] {
        let server = Server::start(move |_, _| Reply::json(200, &session(wrong.clone()))).await;
        let error = client(&server)
            .retrieve_session(&id, None)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "stripe_bad_answer");
    }
}
