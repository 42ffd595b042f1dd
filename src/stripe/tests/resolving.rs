//! From every kind of object to the accounts behind it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::server::{Bank, Call, Reply, Server, page};
use super::*;
use crate::limits;

/// Objects by their paths below `/v1/`, and linked accounts.
#[derive(Default)]
struct Objects {
    at: BTreeMap<String, Value>,
    accounts: Vec<Value>,
    payments: Vec<Value>,
}

impl Objects {
    fn with(mut self, path: &str, more: Value) -> Self {
        let id = path.rsplit('/').next().unwrap();
        let mut object = json!({ "id": id, "livemode": false });
        let fields = more.as_object().unwrap().clone();
        object.as_object_mut().unwrap().extend(fields);
        self.at.insert(path.to_owned(), object);
        self
    }

    fn with_payments(mut self, payments: impl IntoIterator<Item = Value>) -> Self {
        self.payments = payments.into_iter().collect();
        self
    }

    /// With accounts of a customer.
    fn with_accounts(mut self, ids: impl IntoIterator<Item = &'static str>) -> Self {
        self.accounts = ids.into_iter().map(account).collect();
        self
    }

    fn answer(&self, call: &Call) -> Reply {
        let path = call.path.strip_prefix("/v1/").unwrap();
        let body = match path {
            "financial_connections/accounts" => page(call, &self.accounts, "/accounts"),
            "invoice_payments" => page(call, &self.payments, "/invoice_payments"),
            path => match self.at.get(path) {
                Some(object) => object.clone(),
                None => return Reply::error(404, "invalid_request_error", "resource_missing"),
            },
        };
        Reply::json(200, &body)
    }

    async fn serve(self) -> Server {
        Server::start(move |call, _| self.answer(call)).await
    }

    /// What is behind a handle, in the platform's own name.
    async fn behind(self, handle: &str) -> Result<Resolved, StripeError> {
        behind(&self.serve().await, handle).await
    }
}

fn account(id: &str) -> Value {
    let mut account = Bank::new(0).account;
    account["id"] = json!(id);
    account["account_holder"] = json!({ "type": "customer", "customer": "cus_1" });
    account
}

async fn behind(server: &Server, handle: &str) -> Result<Resolved, StripeError> {
    let handle = Handle::parse(handle).unwrap();
    client(server).resolve(&handle, None).await
}

fn one() -> Resolved {
    Resolved::One(id())
}

fn ids(behind: Resolved) -> Vec<String> {
    let Resolved::Several(accounts) = behind else {
        panic!("one account only: {behind:?}");
    };
    accounts.iter().map(|it| it.id.to_string()).collect()
}

/// A payment method of this account, inside of another object.
fn method(linked: impl Into<Value>) -> Value {
    json!({ "id": "pm_1", "livemode": false, "type": "us_bank_account",
        "us_bank_account": { "financial_connections_account": linked.into() } })
}

fn card() -> Value {
    json!({ "id": "pm_1", "livemode": false, "type": "card", "card": { "last4": "4242" } })
}

/// Every object that names one account, whose payment method is this one.
fn shop(method: &Value) -> Objects {
    let intent = |id: &str| json!({ "id": id, "livemode": false, "payment_method": method });
    let mut objects = Objects::default();
    if method.is_object() {
        objects = objects.with("payment_methods/pm_1", method.clone());
    }
    objects
        .with("payment_intents/pi_1", intent("pi_1"))
        .with("setup_intents/seti_1", intent("seti_1"))
        .with(
            "checkout/sessions/cs_payment",
            json!({ "mode": "payment", "status": "complete", "payment_intent": intent("pi_1"),
                "setup_intent": null, "subscription": null }),
        )
        .with(
            "checkout/sessions/cs_setup",
            json!({ "mode": "setup", "status": "complete", "setup_intent": intent("seti_1") }),
        )
        .with(
            "checkout/sessions/cs_subscription",
            json!({ "mode": "subscription", "status": "complete", "subscription": "sub_1" }),
        )
        .with(
            "subscriptions/sub_1",
            json!({ "default_payment_method": method, "customer": "cus_1" }),
        )
        .with(
            "invoices/in_1",
            json!({ "default_payment_method": method, "customer": "cus_1" }),
        )
}

const OF_PAYMENTS: [&str; 8] = [
    "pm_1",
    "pi_1",
    "seti_1",
    "cs_payment",
    "cs_setup",
    "cs_subscription",
    "sub_1",
    "in_1",
];

fn unlinked(result: Result<Resolved, StripeError>) -> NotLinkedReason {
    match result {
        Err(StripeError::NotLinked { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_object_of_a_payment_leads_to_the_account_it_is_paid_from() {
    for handle in OF_PAYMENTS {
        let found = shop(&method("fca_1")).behind(handle).await;
        assert_eq!(found, Ok(one()), "{handle}");
        // The same where Stripe gives the payment method's id in place of the object.
        let mut shop = shop(&json!("pm_1"));
        let object = method("fca_1");
        shop.at.insert("payment_methods/pm_1".to_owned(), object);
        assert_eq!(shop.behind(handle).await, Ok(one()), "{handle}");
    }
}

#[tokio::test]
async fn a_payment_method_that_is_not_linked_says_why_and_what_to_do() {
    for handle in OF_PAYMENTS {
        let by_hand = shop(&method(Value::Null)).behind(handle).await;
        let message = by_hand.clone().unwrap_err().to_string();
        assert!(message.contains("typed in by hand"), "{message}");
        let words = Handle::parse(handle).unwrap().kind().as_words();
        assert!(message.starts_with(&format!("this {words} ")), "{message}");
        assert_eq!(by_hand.clone().unwrap_err().code(), "account_not_linked");
        assert_eq!(unlinked(by_hand), NotLinkedReason::TypedByHand);
        let absent = json!({ "id": "pm_1", "type": "us_bank_account", "us_bank_account": {} });
        let absent = shop(&absent).behind(handle).await;
        assert_eq!(unlinked(absent), NotLinkedReason::TypedByHand);
        let card = shop(&card()).behind(handle).await;
        assert_eq!(card.clone().unwrap_err().code(), "account_not_linked");
        assert_eq!(unlinked(card), NotLinkedReason::NotABankAccount, "{handle}");
    }
}

#[tokio::test]
async fn nothing_to_pay_with_yet_is_told_as_such() {
    for handle in &OF_PAYMENTS[1..] {
        let mut shop = shop(&Value::Null).with("customers/cus_1", json!({}));
        let ended = shop.at.get_mut("checkout/sessions/cs_payment").unwrap();
        ended["payment_intent"] = Value::Null;
        let found = shop.behind(handle).await;
        assert_eq!(
            unlinked(found),
            NotLinkedReason::NoPaymentMethod,
            "{handle}"
        );
    }
    for status in ["open", "expired"] {
        let open = json!({ "mode": "payment", "status": status, "payment_intent": null });
        let shop = Objects::default().with("checkout/sessions/cs_1", open);
        let error = shop.behind("cs_1").await.unwrap_err();
        assert_eq!(error.code(), "no_account_behind_handle");
        assert!(error.to_string().contains("was not completed"), "{error}");
    }
}

#[tokio::test]
async fn a_subscription_is_paid_by_itself_its_customer_or_as_its_last_invoice_was() {
    let paid = |account: &str| {
        json!({ "type": "payment_intent",
        "payment_intent": { "id": "pi_1", "payment_method": method(account) } })
    };
    let shop = |own: Value, source: Value, customers: Value| {
        Objects::default()
            .with(
                "subscriptions/sub_1",
                json!({ "default_payment_method": own, "default_source": source,
                    "customer": "cus_1", "latest_invoice": "in_1" }),
            )
            .with(
                "customers/cus_1",
                json!({ "invoice_settings": { "default_payment_method": customers } }),
            )
            .with_payments([json!({ "id": "inpay_1", "status": "paid", "payment": paid("fca_3") })])
    };
    let found = |shop: Objects| async { shop.behind("sub_1").await };
    let account = |id: &str| Ok(Resolved::One(AccountId::parse(id).unwrap()));
    let (own, customers, null) = (method("fca_1"), method("fca_2"), Value::Null);
    let all = shop(own, null.clone(), customers.clone());
    assert_eq!(found(all).await, account("fca_1"));
    let second = shop(null.clone(), null.clone(), customers.clone());
    assert_eq!(found(second).await, account("fca_2"));
    let third = shop(null.clone(), null.clone(), null.clone());
    assert_eq!(found(third).await, account("fca_3"));
    // A source beats what the customer has, as it does at Stripe.
    let source = found(shop(null, json!("card_1"), customers)).await;
    assert_eq!(unlinked(source), NotLinkedReason::NotABankAccount);
}

#[tokio::test]
async fn an_invoice_leads_to_what_paid_it_last() {
    let payment = |id: &str, status: &str, paid_at: Option<i64>, account: Option<&str>| {
        let intent =
            account.map(|account| json!({ "id": "pi_1", "payment_method": method(account) }));
        json!({ "id": id, "status": status, "created": 7, "is_default": id == "inpay_default",
            "status_transitions": { "paid_at": paid_at },
            "payment": { "type": "payment_intent", "payment_intent": intent } })
    };
    let behind = |payments: Vec<Value>| async {
        let shop = shop(&method("fca_own")).with_payments(payments);
        let Ok(Resolved::One(account)) = shop.behind("in_1").await else {
            panic!("not found");
        };
        account.to_string()
    };
    let first = payment("inpay_1", "paid", Some(100), Some("fca_first"));
    let last = payment("inpay_2", "paid", Some(200), Some("fca_last"));
    let open = payment("inpay_3", "open", None, Some("fca_open"));
    let default = payment("inpay_default", "open", None, Some("fca_default"));
    let cancelled = payment("inpay_5", "canceled", None, Some("fca_cancelled"));
    let outside = payment("inpay_6", "paid", Some(300), None);
    let all = vec![
        open.clone(),
        first.clone(),
        outside,
        last,
        cancelled.clone(),
    ];
    assert_eq!(behind(all).await, "fca_last");
    assert_eq!(
        behind(vec![open, cancelled.clone(), default]).await,
        "fca_default"
    );
    assert_eq!(behind(vec![cancelled]).await, "fca_own");
}

#[tokio::test]
async fn an_invoice_that_is_not_paid_leads_to_what_will_pay_it() {
    let shop = |subscriptions: Value, customers: Value| {
        let parent = json!({ "type": "subscription_details",
            "subscription_details": { "subscription": "sub_1" } });
        Objects::default()
            .with(
                "invoices/in_1",
                json!({ "customer": "cus_1", "parent": parent }),
            )
            .with(
                "subscriptions/sub_1",
                json!({ "default_payment_method": subscriptions }),
            )
            .with(
                "customers/cus_1",
                json!({ "invoice_settings": { "default_payment_method": customers } }),
            )
    };
    let by_subscription = shop(method("fca_1"), method("fca_2")).behind("in_1").await;
    assert_eq!(by_subscription, Ok(one()));
    let by_customer = shop(Value::Null, method("fca_1")).behind("in_1").await;
    assert_eq!(by_customer, Ok(one()));
    let by_nobody = shop(Value::Null, Value::Null).behind("in_1").await;
    assert_eq!(unlinked(by_nobody), NotLinkedReason::NoPaymentMethod);
}

#[tokio::test]
async fn a_holder_leads_to_all_its_accounts_once_each_in_the_order_of_their_ids() {
    let shop = Objects::default().with_accounts(["fca_c", "fca_a", "fca_b", "fca_a"]);
    let found = shop.behind("cus_1").await.unwrap();
    assert_eq!(ids(found), ["fca_a", "fca_b", "fca_c"]);
    let nobody = Objects::default().behind("cus_1").await;
    assert_eq!(nobody.unwrap_err().code(), "stripe_not_found");
    let poor = Objects::default().with("customers/cus_1", json!({}));
    let error = poor.behind("cus_1").await.unwrap_err();
    assert_eq!(error.code(), "no_account_behind_handle");
    assert!(
        error
            .to_string()
            .contains("customer holds no linked account")
    );
}

#[tokio::test]
async fn a_session_leads_to_all_that_was_linked_in_it() {
    let session = |accounts: Vec<Value>, has_more: bool| {
        Objects::default()
            .with_accounts(["fca_a", "fca_b", "fca_c"])
            .with(
                "financial_connections/sessions/fcsess_1",
                json!({ "accounts": { "object": "list", "data": accounts, "has_more": has_more } }),
            )
    };
    let whole = session(vec![account("fca_b"), account("fca_a")], false);
    let server = whole.serve().await;
    let found = behind(&server, "fcsess_1").await.unwrap();
    assert_eq!(ids(found), ["fca_a", "fca_b"]);
    assert_eq!(server.calls().len(), 1);

    let server = session(vec![account("fca_b")], true).serve().await;
    let found = behind(&server, "fcsess_1").await.unwrap();
    assert_eq!(ids(found), ["fca_a", "fca_b", "fca_c"]);
    let list = server.calls().pop().unwrap();
    assert_eq!(list.query("session"), Some("fcsess_1"));

    let error = session(Vec::new(), false).behind("fcsess_1").await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "no_account_behind_handle");
    assert!(error.to_string().contains("did not complete it"), "{error}");
}

/// A customer with so many accounts.
async fn crowd(count: usize) -> Server {
    let accounts = (0..count).map(|it| account(&format!("fca_{it:05}")));
    let shop = Objects {
        accounts: accounts.collect(),
        ..Objects::default()
    };
    shop.serve().await
}

#[tokio::test]
async fn all_pages_of_a_holder_are_read() {
    let server = crowd(250).await;
    assert_eq!(ids(behind(&server, "cus_1").await.unwrap()).len(), 250);
    let calls = server.calls();
    let after: Vec<_> = calls.iter().map(|it| it.query("starting_after")).collect();
    assert_eq!(after, [None, Some("fca_00099"), Some("fca_00199")]);
    let by = |call: &Call| call.query("account_holder[customer]") == Some("cus_1");
    assert!(calls.iter().all(by));
}

#[tokio::test]
async fn the_accounts_of_a_holder_are_limited_below_at_and_above() {
    let max = limits::HELD_ACCOUNTS_MAX;
    for count in [max - 1, max, max + 1] {
        match behind(&crowd(count).await, "cus_1").await {
            Ok(found) => assert!(ids(found).len() == count && count <= max),
            Err(error) => {
                assert_eq!(error, ChoiceError::Countless { max }.into());
                assert!(count > max);
            }
        }
    }
}

#[tokio::test]
async fn the_payments_of_an_invoice_are_limited() {
    let max = limits::INVOICE_PAYMENTS_MAX;
    let cancelled = |number| json!({ "id": format!("inpay_{number}"), "status": "canceled" });
    for count in [max - 1, max, max + 1] {
        let shop = shop(&method("fca_1")).with_payments((0..count).map(cancelled));
        let server = shop.serve().await;
        assert_eq!(behind(&server, "in_1").await, Ok(one()));
        let lists = server.calls();
        let lists = lists
            .iter()
            .filter(|call| call.path.ends_with("/invoice_payments"));
        assert_eq!(lists.count(), 1, "{count}");
    }
}

#[tokio::test]
async fn every_call_is_in_the_name_of_the_connected_account_or_in_nobodys() {
    let connected = ConnectedAccountId::parse("acct_9").unwrap();
    for handle in OF_PAYMENTS.into_iter().chain(["cus_1"]) {
        let server = shop(&method("fca_1"))
            .with_accounts(["fca_1"])
            .serve()
            .await;
        let handle = Handle::parse(handle).unwrap();
        let found = client(&server).resolve(&handle, Some(&connected)).await;
        if let Resolved::Several(accounts) = found.unwrap() {
            assert_eq!(accounts[0].connected_account, Some(connected.clone()));
        }
        let names = |call: &Call| call.header("stripe-account").to_owned();
        assert!(server.calls().iter().all(|call| names(call) == "acct_9"));
        behind(&server, handle.as_str()).await.unwrap();
        let last = server.calls().pop().unwrap();
        assert_eq!(last.headers.get("stripe-account"), None, "{handle}");
    }
}

#[tokio::test]
async fn an_object_of_the_other_mode_or_another_object_is_refused() {
    let wrong_mode = StripeError::bad(BadAnswer::WrongMode { livemode: true });
    for handle in OF_PAYMENTS {
        let mut live = method("fca_1");
        live["livemode"] = json!(true);
        let found = shop(&live).behind(handle).await;
        assert_eq!(found, Err(wrong_mode.clone()), "{handle}");
        let mut live = shop(&method("fca_1"));
        for object in live.at.values_mut() {
            object["livemode"] = json!(true);
        }
        assert_eq!(live.behind(handle).await, Err(wrong_mode.clone()));
        let mut other = shop(&method("fca_1"));
        for object in other.at.values_mut() {
            object["id"] = json!("other_1");
        }
        let wrong = StripeError::bad(BadAnswer::WrongObject);
        assert_eq!(other.behind(handle).await, Err(wrong));
    }
    let mut shop = Objects::default().with_accounts(["fca_1", "fca_2"]);
    shop.accounts[1]["livemode"] = json!(true);
    assert_eq!(shop.behind("cus_1").await, Err(wrong_mode));
}

#[tokio::test]
async fn somebody_elses_account_or_an_id_that_is_none_is_not_taken() {
    let wrong = Err(StripeError::bad(BadAnswer::WrongObject));
    let mut shop = Objects::default().with_accounts(["fca_1", "fca_2"]);
    shop.accounts[1]["account_holder"]["customer"] = json!({ "id": "cus_2" });
    assert_eq!(shop.behind("cus_1").await, wrong);
    let mut shop = Objects::default().with_accounts(["fca_1"]);
    shop.accounts[0]["id"] = json!("ba_1");
    assert_eq!(shop.behind("cus_1").await, wrong);
    assert_eq!(self::shop(&method("ba_1")).behind("pi_1").await, wrong);
    // An expanded holder is the same holder.
    let mut shop = Objects::default().with_accounts(["fca_1"]);
    shop.accounts[0]["account_holder"]["customer"] = json!({ "id": "cus_1" });
    assert!(shop.behind("cus_1").await.is_ok());
}

/// Refuses every call in this way.
async fn refused(handle: &str, status: u16, code: &'static str) -> StripeError {
    let refuse = move |_: &Call, _| Reply::error(status, "invalid_request_error", code);
    let server = Server::start(refuse).await;
    behind(&server, handle).await.unwrap_err()
}

#[tokio::test]
async fn what_stripe_refuses_is_told_as_what_it_means() {
    for (_, prefix, words) in crate::id::HandleKind::ALL {
        let handle = format!("{prefix}1");
        for status in [400, 404] {
            let error = refused(&handle, status, "resource_missing").await;
            assert_eq!(error.code(), "stripe_not_found", "{handle} {status}");
        }
        let error = refused(&handle, 403, "more_permissions_required").await;
        assert_eq!(error.code(), "stripe_forbidden");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains(KEY), "{error}");
        let error = refused(&handle, 403, "account_invalid").await;
        assert_eq!(error.code(), "stripe_not_found", "nobody else was named");
    }
    let handle = Handle::parse("pi_1").unwrap();
    let connected = ConnectedAccountId::parse("acct_9").unwrap();
    let refuse = |_: &Call, _| Reply::error(403, "invalid_request_error", "account_invalid");
    let server = Server::start(refuse).await;
    let error = client(&server).resolve(&handle, Some(&connected)).await;
    assert_eq!(error.unwrap_err().code(), "stripe_account_unknown");
}

/// A connected account of this kind, whose accounts are listed with this answer.
async fn connected(kind: Value, list: Reply) -> Result<Resolved, StripeError> {
    let shop = Objects::default().with("accounts/acct_1", kind);
    let answer = move |call: &Call, _| {
        let is_list = call.query("account_holder[account]") == Some("acct_1");
        if is_list {
            list.clone()
        } else {
            shop.answer(call)
        }
    };
    behind(&Server::start(answer).await, "acct_1").await
}

fn list(accounts: &[Value]) -> Reply {
    Reply::json(
        200,
        &json!({ "object": "list", "data": accounts, "has_more": false }),
    )
}

#[tokio::test]
async fn a_connected_account_leads_to_its_accounts_unless_it_answers_for_itself() {
    let mut own = account("fca_1");
    own["account_holder"] = json!({ "type": "account", "account": "acct_1" });
    let express = json!({ "type": "express" });
    let found = connected(express.clone(), list(&[own])).await;
    assert_eq!(ids(found.unwrap()), ["fca_1"]);
    let error = connected(express.clone(), list(&[])).await.unwrap_err();
    assert_eq!(error.code(), "no_account_behind_handle");
    let refusal = Reply::error(403, "invalid_request_error", "no");
    let error = connected(express.clone(), refusal.clone()).await;
    assert_eq!(error.unwrap_err().code(), "stripe_forbidden");

    let standard = json!({ "type": "standard" });
    let stripe_answers =
        json!({ "type": "none", "controller": { "losses": { "payments": "stripe" } } });
    for kind in [standard, stripe_answers] {
        for answer in [list(&[]), refusal.clone()] {
            let error = connected(kind.clone(), answer).await.unwrap_err();
            assert_eq!(error.code(), "standard_account_not_readable");
        }
    }
    // Stripe's own word for it, whatever can be read of the account.
    let own_word = Reply::error(
        400,
        "invalid_request_error",
        "not_allowed_on_standard_account",
    );
    let error = connected(express, own_word).await.unwrap_err();
    assert_eq!(error.code(), "standard_account_not_readable");
}

#[tokio::test]
async fn a_search_ends_at_its_deadline() {
    let fail = |_: &Call, _| Reply::error(500, "api_error", "no");
    let server = Server::start(fail).await;
    let client = StripeClient::new(StripeConfig {
        fetch_deadline: Duration::from_millis(300),
        retry_pause: Duration::from_secs(5),
        ..config(server.base())
    });
    let handle = Handle::parse("pi_1").unwrap();
    let search = client.unwrap();
    let search = search.resolve(&handle, None);
    let found = tokio::time::timeout(Duration::from_secs(4), search).await;
    assert_eq!(found.unwrap().unwrap_err().code(), "stripe_api");
}
