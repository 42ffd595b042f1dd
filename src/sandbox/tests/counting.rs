use std::time::Duration;

use reqwest::Method;

use super::{FC, start, start_config, today};
use crate::limits;
use crate::sandbox::{RefreshFeature, SandboxConfig};

const CHECKING: &str = "fca_sample_salaried_checking";

#[tokio::test]
async fn what_is_asked_is_counted() {
    let server = start().await;
    let account = format!("/accounts/{CHECKING}");
    server.get(&account).await;
    server.get("/accounts?limit=1").await;
    server.get("/nowhere").await;
    let as_connected = server
        .request(Method::GET, &format!("{FC}{account}"))
        .bearer_auth("sk_test_1")
        .header("stripe-account", "acct_1");
    server.send(as_connected).await;
    let refused = server.request(Method::GET, &format!("{FC}{account}"));
    assert_eq!(server.send(refused).await.status, 401);

    let refresh = format!("{account}/refresh");
    let both = "features[]=balance&features[]=transactions";
    for (form, key) in [(both, "a"), (both, "a"), ("features[]=balance", "b")] {
        server.post(&refresh, form, Some(key)).await;
    }
    let counts = server.handle.counts();
    assert_eq!(counts.calls, 8);
    assert_eq!(counts.by_endpoint["accounts/{account}"], 3);
    assert_eq!(counts.by_endpoint["accounts/{account}/refresh"], 3);
    assert_eq!(counts.by_endpoint["accounts"], 1);
    assert_eq!(counts.by_endpoint["other"], 1);
    assert!((2..=8).contains(&counts.peak), "{}", counts.peak);
    assert_eq!(counts.peak_by_account["acct_1"], 1);
    assert!(counts.peak_by_account[""] <= 7);
    assert_eq!(counts.idempotency_keys, 2);
    let started = &counts.refreshes[CHECKING];
    assert_eq!(
        started[&RefreshFeature::Balance],
        2,
        "a replay starts nothing"
    );
    assert_eq!(started[&RefreshFeature::Transactions], 1);
    assert_eq!(started.get(&RefreshFeature::Ownership), None);
    server.stop().await;
}

#[tokio::test]
async fn a_refresh_that_is_not_started_is_not_counted() {
    let server = super::start_with(None, Duration::from_secs(3_600)).await;
    let refresh = format!("/accounts/{CHECKING}/refresh");
    for _ in 0..3 {
        server.post(&refresh, "features[]=balance", None).await;
    }
    server.post(&refresh, "features[]=income", None).await;
    let counts = server.handle.counts();
    assert_eq!(counts.by_endpoint["accounts/{account}/refresh"], 4);
    assert_eq!(counts.refreshes[CHECKING][&RefreshFeature::Balance], 1);
    server.stop().await;
}

#[tokio::test]
async fn a_rate_limit_turns_away_what_is_too_much_and_says_why() {
    let server = start_config(SandboxConfig {
        rate_limit: Some(limits::SANDBOX_ENDPOINT_RATE_MAX + 3),
        ..SandboxConfig::new(today())
    })
    .await;
    let burst = |path: &'static str, count: u64| {
        let server = &server;
        async move {
            let mut refused = Vec::new();
            for _ in 0..count {
                let reply = server.get(path).await;
                if reply.status != 200 {
                    assert_eq!((reply.status, reply.code()), (429, "rate_limit"));
                    refused.push(reply.header("stripe-rate-limited-reason").to_owned());
                }
            }
            refused
        }
    };
    let watch = crate::clock::Stopwatch::start();
    let of_endpoint = burst("/accounts?limit=1", limits::SANDBOX_ENDPOINT_RATE_MAX + 2).await;
    let overall = burst("/accounts/fca_sample_joint_checking", 5).await;
    // On a machine too slow to make the burst within a second there is nothing to refuse.
    if watch.elapsed() < Duration::from_secs(1) {
        assert_eq!(of_endpoint, ["endpoint-rate"; 2]);
        assert_eq!(overall, ["global-rate"; 2]);
        assert_eq!(server.handle.counts().rate_limited, 4);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.get("/accounts?limit=1").await.status, 200);
    server.stop().await;
}
