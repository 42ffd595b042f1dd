//! The ways to a bank account that do not begin with its id.

use serde_json::Value;

use super::{Reply, Running, start, start_with};
use crate::limits;
use crate::sandbox::{SampleHandle, applicants, handles};

impl Running {
    /// GET below `/v1`, for a connected account where one is named.
    async fn v1(&self, path: &str, account: Option<&str>) -> Reply {
        let request = self.request(reqwest::Method::GET, &format!("/v1{path}"));
        let request = request.bearer_auth("sk_test_sandbox");
        let request = match account {
            Some(account) => request.header("stripe-account", account),
            None => request,
        };
        self.send(request).await
    }
}

/// Where an object of a kind is retrieved, and what leads from it to the payment method.
fn route(handle: &SampleHandle) -> (&'static str, &'static str, &'static str) {
    match handle.object {
        "payment_method" => ("payment_methods", "", ""),
        "payment_intent" => ("payment_intents", "payment_method", "/payment_method"),
        "setup_intent" => ("setup_intents", "payment_method", "/payment_method"),
        "subscription" => (
            "subscriptions",
            "default_payment_method",
            "/default_payment_method",
        ),
        "checkout.session" if handle.id.ends_with("joint") => (
            "checkout/sessions",
            "setup_intent.payment_method",
            "/setup_intent/payment_method",
        ),
        "checkout.session" if handle.id.ends_with("gig") => (
            "checkout/sessions",
            "subscription.default_payment_method",
            "/subscription/default_payment_method",
        ),
        "checkout.session" => (
            "checkout/sessions",
            "payment_intent.payment_method",
            "/payment_intent/payment_method",
        ),
        other => panic!("no way from a {other}"),
    }
}

/// The accounts behind a handle, found as Stripe documents it.
async fn resolve(server: &Running, handle: &SampleHandle) -> Vec<String> {
    let on = handle.stripe_account.as_deref();
    let list = |filter: &str| {
        format!(
            "/financial_connections/accounts?limit=100&{filter}={}",
            handle.id
        )
    };
    let list = match handle.object {
        "customer" => list("account_holder[customer]"),
        "account" => list("account_holder[account]"),
        "financial_connections.session" => list("session"),
        "invoice" => return vec![through_invoice(server, &handle.id).await],
        _ => {
            let (path, expand, pointer) = route(handle);
            let query = if expand.is_empty() {
                String::new()
            } else {
                format!("?expand[]={expand}")
            };
            let reply = server
                .v1(&format!("/{path}/{}{query}", handle.id), on)
                .await;
            assert_eq!(reply.status, 200, "{} {}", handle.id, reply.body);
            let method = reply.body.pointer(pointer).unwrap();
            let account = &method["us_bank_account"]["financial_connections_account"];
            assert!(account.is_string() || account.is_null(), "{account}");
            return account.as_str().map(str::to_owned).into_iter().collect();
        }
    };
    let reply = server.v1(&list, on).await;
    if reply.status == 403 {
        return Vec::new();
    }
    reply.ids()
}

/// Both ways from an invoice: through its payments, and through the list of payments.
async fn through_invoice(server: &Running, id: &str) -> String {
    let path = format!("/invoices/{id}");
    let plain = server.v1(&path, None).await.body;
    assert!(plain.get("payments").is_none(), "left out unless asked for");
    let query = "expand[]=payments.data.payment.payment_intent";
    let expanded = server.v1(&format!("{path}?{query}"), None).await.body;
    let intent = &expanded["payments"]["data"][0]["payment"]["payment_intent"];
    let method = intent["payment_method"].as_str().unwrap();
    let query = "expand[0]=data.payment.payment_intent.payment_method";
    let path = format!("/invoice_payments?invoice={id}&{query}");
    let list = server.v1(&path, None).await.body;
    let inside = &list["data"][0]["payment"]["payment_intent"]["payment_method"];
    assert_eq!(inside["id"], method);
    let method = server.v1(&format!("/payment_methods/{method}"), None).await;
    assert_eq!(&method.body, inside);
    let account = &inside["us_bank_account"]["financial_connections_account"];
    account.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_sample_handle_leads_where_it_says() {
    let server = start().await;
    let all = handles(super::today());
    for handle in &all {
        let mut found = resolve(&server, handle).await;
        let mut expected = handle.accounts.clone();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{}", handle.id);
        for account in found {
            let path = format!("/financial_connections/accounts/{account}");
            let on = handle.stripe_account.as_deref();
            assert_eq!(server.v1(&path, on).await.status, 200, "{account}");
        }
    }
    server.stop().await;
}

#[test]
fn every_applicant_has_a_customer_and_a_session_and_every_kind_is_there() {
    let all = handles(super::today());
    let of = |id: &str| all.iter().find(|handle| handle.id == id);
    for sample in applicants(super::today()) {
        let accounts: Vec<String> = sample
            .accounts
            .iter()
            .map(|linked| linked.account.id.clone())
            .collect();
        for prefix in ["cus", "fcsess"] {
            let id = format!("{prefix}_sample_{}", sample.key);
            assert_eq!(of(&id).unwrap().accounts, accounts, "{id}");
        }
    }
    let kinds = "account checkout.session customer financial_connections.session invoice \
                 payment_intent payment_method setup_intent subscription";
    for kind in kinds.split_whitespace() {
        assert!(all.iter().any(|handle| handle.object == kind), "{kind}");
    }
    let mut ids: Vec<_> = all.iter().map(|it| (&it.id, &it.stripe_account)).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert_eq!(all, handles(super::today()));
}

#[tokio::test]
async fn an_account_typed_by_hand_is_null() {
    let server = start().await;
    for path in [
        "/payment_intents/pi_sample_manual?expand[]=payment_method",
        "/setup_intents/seti_sample_manual?expand[]=payment_method",
    ] {
        let body = server.v1(path, None).await.body;
        let bank = &body["payment_method"]["us_bank_account"];
        assert!(bank["financial_connections_account"].is_null() && bank["last4"].is_string());
    }
    server.stop().await;
}

#[tokio::test]
async fn objects_are_expanded_only_where_they_were_asked_for() {
    let server = start().await;
    let intent = "/payment_intents/pi_sample_salaried";
    let plain = server.v1(intent, None).await.body;
    assert_eq!(plain["payment_method"], "pm_sample_salaried");
    assert_eq!(plain["customer"], "cus_sample_salaried");
    let query = "expand[]=payment_method.customer&expand[]=customer";
    let deep = server.v1(&format!("{intent}?{query}"), None).await.body;
    assert_eq!(
        deep["payment_method"]["customer"]["email"],
        "maria.lopez@example.com"
    );
    assert_eq!(deep["customer"]["object"], "customer");
    // What is null stays null, and an account's holder is expanded as well.
    let checkout = "/checkout/sessions/cs_sample_joint?expand[]=payment_intent.payment_method";
    assert!(server.v1(checkout, None).await.body["payment_intent"].is_null());
    let account = server
        .get("/accounts/fca_sample_joint_checking?expand[]=account_holder.customer")
        .await
        .body;
    assert_eq!(
        account["account_holder"]["customer"]["id"],
        "cus_sample_joint"
    );
    let session = server
        .get("/sessions/fcsess_sample_joint?expand[]=accounts.data.ownership")
        .await
        .body;
    assert!(session["accounts"]["data"][0]["ownership"]["owners"].is_object());
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_expanded_is_refused() {
    let server = start().await;
    // Request, code, and what the message has to say.
    let cases = [
        (
            "/payment_intents/pi_sample_salaried?expand[]=metadata",
            "",
            "(metadata)",
        ),
        (
            "/payment_intents/pi_sample_salaried?expand[]=payment_method.card",
            "",
            "(payment_method.card)",
        ),
        (
            "/payment_methods/pm_sample_salaried?expand[]=us_bank_account.financial_connections_account",
            "",
            "(us_bank_account",
        ),
        (
            "/invoices/in_sample_salaried?expand[]=payment_intent",
            "",
            "(payment_intent)",
        ),
        ("/invoice_payments?expand[]=payment", "", "'data.payment'"),
        (
            "/invoices/in_sample_salaried?expand[]=payments.payment",
            "",
            "'data.payment'",
        ),
        (
            "/financial_connections/accounts?expand[]=ownership",
            "",
            "'data.ownership'",
        ),
    ];
    for (path, code, says) in cases {
        let reply = server.v1(path, None).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{path}");
        let message = reply.body["error"]["message"].as_str().unwrap();
        assert!(message.contains(says), "{path}: {message}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_depth_of_expansion_is_limited_below_at_and_above() {
    let server = start().await;
    let path = [
        "payments",
        "data",
        "payment",
        "payment_intent",
        "payment_method",
    ];
    let max = limits::SANDBOX_EXPAND_DEPTH_MAX;
    for depth in [max - 1, max, max + 1] {
        let query = path[..depth].join(".");
        let reply = server
            .v1(&format!("/invoices/in_sample_gig?expand[]={query}"), None)
            .await;
        let good = depth <= max;
        assert_eq!(reply.status == 200, good, "{query}");
        let code = if good {
            ""
        } else {
            "property_expansion_max_depth"
        };
        assert_eq!(reply.code(), code);
    }
    server.stop().await;
}

#[tokio::test]
async fn ids_that_name_nothing_are_missing() {
    let server = start().await;
    for (path, param) in [
        ("/payment_intents/pi_x", "intent"),
        ("/payment_intents/cus_sample_joint", "intent"),
        ("/setup_intents/seti_x", "intent"),
        ("/payment_methods/pm_x", "payment_method"),
        ("/checkout/sessions/cs_x", "session"),
        ("/subscriptions/sub_x", "id"),
        ("/invoices/in_x", "invoice"),
        ("/customers/cus_x", "id"),
        ("/financial_connections/sessions/fcsess_x", "session"),
    ] {
        let reply = server.v1(path, None).await;
        assert_eq!(
            (reply.status, reply.code()),
            (404, "resource_missing"),
            "{path}"
        );
        assert_eq!(reply.body["error"]["param"], param, "{path}");
    }
    let reply = server.v1("/invoice_payments?invoice=in_x", None).await;
    assert_eq!((reply.status, reply.code()), (400, "resource_missing"));
    let reply = server.v1("/invoice_payments?status=lost", None).await;
    assert_eq!(
        (reply.status, &reply.body["error"]["param"]),
        (400, &"status".into())
    );
    for path in [
        "/charges/ch_1",
        "/checkout/cs_1",
        "/payment_intents",
        "/customers/a/b",
    ] {
        let reply = server.v1(path, None).await;
        let message = reply.body["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("Unrecognized request URL"),
            "{path} {message}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn payments_of_invoices_are_filtered() {
    let server = start().await;
    let all = server.v1("/invoice_payments", None).await.ids();
    assert!(all.len() > 1);
    let one = server
        .v1("/invoice_payments?invoice=in_sample_gig&status=open", None)
        .await;
    assert_eq!(one.ids(), ["inpay_sample_gig"]);
    let none = server
        .v1("/invoice_payments?invoice=in_sample_gig&status=paid", None)
        .await;
    assert!(none.ids().is_empty());
    let first = server.v1("/invoice_payments?limit=1", None).await;
    assert_eq!(first.body["has_more"], true);
    server.stop().await;
}

const CUSTOM: Option<&str> = Some("acct_sample_custom");

#[tokio::test]
async fn what_lives_on_a_connected_account_needs_the_header() {
    let server = start().await;
    let account = "/financial_connections/accounts/fca_sample_custom_checking";
    let there = [
        account,
        "/financial_connections/sessions/fcsess_sample_custom",
        "/financial_connections/transactions?account=fca_sample_custom_checking",
        "/payment_intents/pi_sample_custom",
        "/payment_methods/pm_sample_custom",
        "/customers/cus_sample_custom",
    ];
    for path in there {
        assert!(
            [400, 404].contains(&server.v1(path, None).await.status),
            "{path}"
        );
        assert_eq!(server.v1(path, CUSTOM).await.status, 200, "{path}");
        let other = server.v1(path, Some("acct_sample_express")).await;
        assert!([400, 404].contains(&other.status), "{path}");
    }
    for path in [
        "/customers/cus_sample_joint",
        "/payment_intents/pi_sample_salaried",
    ] {
        assert_eq!(server.v1(path, CUSTOM).await.status, 404, "{path}");
    }
    let reply = server.v1(account, CUSTOM).await;
    assert_eq!(reply.header("stripe-account"), "acct_sample_custom");
    for account in ["acct_nobody", "", "cus_sample_joint"] {
        let reply = server
            .v1("/customers/cus_sample_joint", Some(account))
            .await;
        assert_eq!((reply.status, reply.code()), (403, "account_invalid"));
    }
    // An account can ask for itself, and none for another.
    let own = server.v1("/accounts/acct_sample_custom", CUSTOM).await;
    assert_eq!(own.body["type"], "custom");
    let other = server.v1("/accounts/acct_sample_express", CUSTOM).await;
    assert_eq!((other.status, other.code()), (403, "account_invalid"));
    server.stop().await;
}

#[tokio::test]
async fn a_platform_reads_what_its_own_accounts_hold_and_no_others() {
    let server = start().await;
    for kind in ["express", "standard", "custom"] {
        let body = server
            .v1(&format!("/accounts/acct_sample_{kind}"), None)
            .await
            .body;
        assert_eq!(
            (&body["object"], &body["type"]),
            (&"account".into(), &kind.into())
        );
    }
    let held = |id: &str| format!("/accounts?account_holder[account]={id}");
    let ids = server.get(&held("acct_sample_express")).await.ids();
    assert_eq!(ids, ["fca_sample_express_checking"]);
    let refused = server.get(&held("acct_sample_standard")).await;
    assert_eq!((refused.status, refused.code()), (403, ""));
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.contains("Standard account"), "{message}");
    let unknown = server.get(&held("acct_nobody")).await;
    assert_eq!((unknown.status, unknown.code()), (403, "account_invalid"));
    let reply = server.v1("/accounts/acct_nobody", None).await;
    assert_eq!((reply.status, reply.code()), (403, "account_invalid"));
    server.stop().await;
}

#[tokio::test]
async fn the_same_bank_account_is_linked_under_two_ids() {
    let server = start_with(None, std::time::Duration::ZERO).await;
    let both = ["fca_sample_gig_checking", "fca_sample_express_checking"];
    let mut seen: Vec<(Value, Vec<Value>)> = Vec::new();
    for id in both {
        let account = server.get(&format!("/accounts/{id}")).await.body;
        let rows = server
            .get(&format!("/transactions?account={id}&limit=100"))
            .await
            .body;
        let rows = rows["data"].as_array().unwrap().iter();
        let rows = rows.map(|row| row["amount"].clone()).collect();
        seen.push((account["last4"].clone(), rows));
    }
    assert_eq!(seen[0], seen[1]);
    server.stop().await;
}
