//! Others who sign and open webhooks, and never saw our code for it: Stripe's own libraries, and the
//! sandbox.

use std::path::Path;
use std::time::Duration;

use chrono::DateTime;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use underwrite::clock::{Clock, SystemClock};
use underwrite::sandbox::{Sandbox, SandboxConfig, Webhooks};
use underwrite::stripe::webhook::{self, SigningSecrets};
use underwrite::underwriter::AccountEvent;

use super::harness::{listen, today};
use super::tools;
use super::webhooks::{DISCONNECTED, VECTOR, event, port_at};

/// What one of Stripe's own libraries makes of bodies: it signs them, and it opens what we signed.
async fn library(program: &Path, script: &[&str]) -> Value {
    let thin = json!({
        "object": "v2.core.event", "id": "evt_thin", "livemode": false, "context": "acct_1",
        "type": "v1.financial_connections.account.transactions_refresh_failed",
        "created": "2023-11-14T22:13:20Z",
        "related_object": { "id": "fca_thin", "type": "financial_connections.account",
            "url": "/v1/financial_connections/accounts/fca_thin" },
    });
    let mut full = event("evt_full", DISCONNECTED, "fca_full");
    full["data"]["object"]["display_name"] = json!("Livret \u{e9}pargne");
    let now = SystemClock.now();
    let secrets = SigningSecrets::parse("whsec_rotated,whsec_theirs").unwrap();
    let cases: Vec<Value> = [VECTOR.to_owned(), full.to_string(), thin.to_string()]
        .into_iter()
        .map(|body| json!({ "header": secrets.header(body.as_bytes(), now), "body": body }))
        .collect();
    let input = json!({
        "secret": "whsec_theirs",
        "time": now.timestamp(),
        "cases": cases,
    });
    let printed = tools::run(program, script, &input.to_string()).await;
    json!({ "now": now.timestamp(), "input": input, "seen": serde_json::from_str::<Value>(&printed).unwrap() })
}

#[track_caller]
fn check_library(library: &Value) {
    let now = DateTime::from_timestamp(library["now"].as_i64().unwrap(), 0).unwrap();
    let secrets = SigningSecrets::parse("whsec_theirs").unwrap();
    let cases = library["input"]["cases"].as_array().unwrap();
    let seen = library["seen"].as_array().unwrap();
    assert_eq!((cases.len(), seen.len()), (3, 3));
    for (case, seen) in cases.iter().zip(seen) {
        let body = case["body"].as_str().unwrap();
        let event: Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            seen["opened"], event["id"],
            "the library opens what we signed"
        );
        let refused = seen["refused"].as_bool().unwrap();
        assert!(refused, "the library refuses what was changed");
        let header = seen["header"].as_str().unwrap();
        let opened = webhook::open(body.as_bytes(), Some(header), &secrets, now);
        let opened = opened.unwrap();
        assert_eq!(opened.id.as_str(), event["id"], "we open what it signed");
        let account = opened.account().unwrap();
        assert_eq!(
            account.as_str(),
            seen["account"],
            "and see the same account"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_library_and_we_verify_each_other() {
    let Some(python) = tools::python() else {
        return;
    };
    check_library(&library(&python, &["tests/python/webhook.py"]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_library_and_we_verify_each_other() {
    let Some(modules) = tools::node() else {
        return;
    };
    let script = ["tests/node/webhook.mjs", modules.to_str().unwrap()];
    check_library(&library(Path::new("node"), &script).await);
}

#[tokio::test]
async fn events_of_the_sandbox_are_taken_once_each_in_whatever_order() {
    const ACCOUNT: &str = "fca_sample_salaried_checking";
    let port = port_at(SystemClock.now(), Some("whsec_ours,whsec_new")).await;
    let sandbox = Sandbox::new(SandboxConfig {
        webhooks: Some(Webhooks {
            secrets: vec![
                "whsec_theirs".to_owned().into(),
                "whsec_new".to_owned().into(),
            ],
            repeat: 5,
            ..Webhooks::to(
                format!("http://{}/webhooks/stripe", port.address),
                "whsec_new".to_owned().into(),
            )
        }),
        ..SandboxConfig::new(today())
    })
    .unwrap();
    let handle = sandbox.handle();
    let (listener, _) = listen().await;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(sandbox.serve(listener, stop.clone().cancelled_owned()));
    for kind in [
        DISCONNECTED,
        "financial_connections.account.reactivated",
        "invoice.paid",
    ] {
        handle.announce(ACCOUNT, kind).unwrap();
    }
    for _ in 0..100 {
        if handle.counts().webhooks_delivered == 15 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.cancel();
    serving.await.unwrap().unwrap();
    let counts = handle.counts();
    assert_eq!((counts.webhooks_delivered, counts.webhooks_lost), (15, 0));
    // Two of the same event may come at once and both be taken: no harm, so only a set is compared.
    let heard = port.heard();
    for event in [AccountEvent::Changed, AccountEvent::Unusable] {
        assert!(heard.contains(&(ACCOUNT.to_owned(), event)), "{heard:?}");
    }
}
