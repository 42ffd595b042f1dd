//! Faults, counts and the handle reach what lives on connected accounts as well.

use reqwest::Method;

use super::{FC, Reply, Running, start, start_faulty};
use crate::sandbox::{
    AccountStatus, Content, Effect, ErrorKind, Fate, Fault, NewTransaction, Posting, RefreshFeature,
};

const CUSTOM: &str = "acct_sample_custom";
const THERE: &str = "fca_sample_custom_checking";
const HERE: &str = "fca_sample_salaried_checking";

impl Running {
    /// GET below `/v1/financial_connections` for the connected account.
    async fn get_there(&self, path: &str) -> Reply {
        let request = self.request(Method::GET, &format!("{FC}{path}"));
        let request = request.bearer_auth("sk_test_sandbox");
        self.send(request.header("stripe-account", CUSTOM)).await
    }

    /// POST for the connected account.
    async fn post_there(&self, path: &str, form: &str, key: Option<&str>) -> Reply {
        let request = self.posting(path, form, key);
        self.send(request.header("stripe-account", CUSTOM)).await
    }
}

#[tokio::test]
async fn the_handle_finds_an_account_and_a_transaction_wherever_they_are() {
    let server = start().await;
    let bought = NewTransaction {
        amount: -500,
        description: "BAKERY".to_owned(),
        transacted_at: None,
        pending: true,
    };
    let id = server.handle.add_transaction(THERE, bought).unwrap();
    server
        .handle
        .change_transaction(&id, Posting::Posted)
        .unwrap();
    let refresh = format!("/accounts/{THERE}/refresh");
    let form = "features[]=transactions";
    assert_eq!(server.post_there(&refresh, form, None).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let path = format!("/transactions/{id}");
    assert_eq!(server.get_there(&path).await.body["status"], "posted");
    assert_eq!(server.get(&path).await.status, 404);

    let status = AccountStatus::Disconnected;
    server.handle.set_status(THERE, status).unwrap();
    let path = format!("/accounts/{THERE}");
    assert_eq!(server.get_there(&path).await.body["status"], "disconnected");
    // Linked anew, it is where it was.
    let samples = crate::sandbox::applicants(super::today());
    let mut anew = samples[0].accounts[0].clone();
    anew.account.id = THERE.to_owned();
    anew.transactions.clear();
    server.handle.link(anew);
    assert_eq!(server.get_there(&path).await.body["status"], "active");
    assert_eq!(server.get(&path).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn an_account_linked_anew_shows_its_new_owners() {
    let server = start().await;
    let samples = crate::sandbox::applicants(super::today());
    let mut anew = samples[0].accounts[0].clone();
    anew.account.ownership = Some("fcaowns_anew".to_owned());
    server.handle.link(anew);
    let path = format!("/accounts/{HERE}?expand[]=ownership");
    let account = server.get(&path).await.body;
    assert_eq!(account["ownership"]["id"], "fcaowns_anew");
    server.stop().await;
}

#[tokio::test]
async fn refreshes_are_counted_on_every_account() {
    let server = start().await;
    for (account, there) in [(HERE, false), (THERE, true)] {
        let (path, form) = (format!("/accounts/{account}/refresh"), "features[]=balance");
        let reply = if there {
            server.post_there(&path, form, Some("key")).await
        } else {
            server.post(&path, form, Some("key")).await
        };
        assert_eq!(reply.status, 200);
    }
    let path = format!("/accounts/{HERE}/subscribe");
    server.post(&path, "features[]=transactions", None).await;
    server
        .post(&format!("/accounts/{HERE}/disconnect"), "", None)
        .await;
    let counts = server.handle.counts();
    assert_eq!(counts.refreshes[HERE][&RefreshFeature::Balance], 1);
    assert_eq!(counts.refreshes[HERE][&RefreshFeature::Transactions], 1);
    assert_eq!(counts.refreshes[THERE][&RefreshFeature::Balance], 1);
    assert_eq!(counts.by_endpoint["accounts/{account}/subscribe"], 1);
    assert_eq!(counts.by_endpoint["accounts/{account}/disconnect"], 1);
    assert_eq!(counts.idempotency_keys, 2, "one key is two on two accounts");
    server.stop().await;
}

#[tokio::test]
async fn faults_hit_what_is_on_a_connected_account() {
    let account = format!("/accounts/{THERE}");
    let row = format!("/transactions?account={THERE}&limit=1");
    let server = start_faulty([
        Fault::new(ErrorKind::NotFound)
            .account(THERE)
            .endpoint("transactions/{transaction}"),
        Fault::new(AccountStatus::Inactive)
            .applicant("custom")
            .endpoint("transactions"),
        Fault::new(ErrorKind::Forbidden)
            .applicant("custom")
            .endpoint("sessions/{session}"),
    ])
    .await;
    // A call that cannot see the account does nothing to it.
    assert_eq!(server.get(&row).await.status, 400);
    assert_eq!(server.get_there(&account).await.body["status"], "active");
    let rows = server.get_there(&row).await;
    assert_eq!(server.get_there(&account).await.body["status"], "inactive");
    let row = format!("/transactions/{}", rows.ids()[0]);
    assert_eq!(server.get_there(&row).await.status, 404);
    let session = "/sessions/fcsess_sample_custom";
    assert_eq!(server.get_there(session).await.status, 403);
    let other = "/sessions/fcsess_sample_salaried";
    assert_eq!(server.get(other).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_failure_is_kept_for_a_key_on_one_account_only() {
    let failure = ErrorKind::Server {
        status: 500,
        carried_out: false,
    };
    let server = start_faulty([Fault::new(failure).times(1)]).await;
    let (form, key) = ("features[]=balance", Some("key"));
    let there = format!("/accounts/{THERE}/refresh");
    let here = format!("/accounts/{HERE}/refresh");
    assert_eq!(server.post_there(&there, form, key).await.status, 500);
    assert_eq!(server.post(&here, form, key).await.status, 200);
    let again = server.post_there(&there, form, key).await;
    assert_eq!(again.status, 500);
    assert_eq!(again.header("idempotent-replayed"), "true");
    server.stop().await;
}

#[tokio::test]
async fn the_refresh_that_subscribing_starts_ends_as_a_fault_has_it() {
    for (fate, status) in [(Fate::Fails, "failed"), (Fate::Pending, "pending")] {
        let fault = Fault::new(Effect::Refresh {
            feature: Some(RefreshFeature::Transactions),
            fate,
        })
        .endpoint("accounts/{account}/subscribe");
        let server = start_faulty([fault]).await;
        let path = format!("/accounts/{THERE}/subscribe");
        let subscribed = server
            .post_there(&path, "features[]=transactions", None)
            .await;
        assert_eq!(subscribed.body["subscriptions"][0], "transactions");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        let account = server.get_there(&format!("/accounts/{THERE}")).await.body;
        assert_eq!(account["transaction_refresh"]["status"], status);
        server.stop().await;
    }
}

#[tokio::test]
async fn the_lists_inside_of_a_session_and_of_payments_are_distorted_as_well() {
    let server = start_faulty([Fault::new(Content::EndlessList)]).await;
    let session = server.get("/sessions/fcsess_sample_salaried").await.body;
    assert_eq!(session["accounts"]["has_more"], true);
    let id = session["accounts"]["data"][0]["id"].as_str().unwrap();
    assert!(id.contains("_madeup"), "{id}");
    let payments = server
        .request(Method::GET, "/v1/invoice_payments")
        .bearer_auth("sk_test_sandbox");
    assert_eq!(server.send(payments).await.body["has_more"], true);
    let fault = Fault::new(Content::Foreign);
    server.handle.set_faults(&[fault].into()).unwrap();
    let session = server.get("/sessions/fcsess_sample_salaried").await.body;
    assert_eq!(session["accounts"]["data"][0]["id"], "fca_sandbox_another");
    server.stop().await;
}
