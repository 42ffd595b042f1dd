//! Webhooks, received by a listener on this machine.

use std::collections::BTreeMap;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::{Running, start_config, today};
use crate::clock::{Clock, SystemClock};
use crate::limits;
use crate::sandbox::{AccountStatus, Fate, Fault, SandboxConfig, Webhooks};

const CHECKING: &str = "fca_sample_salaried_checking";
const SECRET: &str = "whsec_test";

/// A webhook as it came in.
struct Received {
    head: String,
    body: String,
}

impl Received {
    fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn kind(&self) -> String {
        let event = self.event();
        let kind = event["type"].as_str().unwrap();
        kind.strip_prefix("financial_connections.account.")
            .unwrap()
            .to_owned()
    }

    fn header(&self, name: &str) -> &str {
        let found = self.head.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap().trim_start_matches(": ")
    }

    /// Checks the signature as a receiver does, written anew from Stripe's description.
    fn is_signed_with(&self, secret: &str) -> bool {
        let header = self.header("Stripe-Signature");
        let at = header
            .split(',')
            .find_map(|part| part.strip_prefix("t="))
            .unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(at.as_bytes());
        mac.update(b".");
        mac.update(self.body.as_bytes());
        let expected = mac.finalize().into_bytes();
        let hex: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut signatures = header
            .split(',')
            .filter_map(|part| part.strip_prefix("v1="));
        signatures.any(|signature| signature == hex)
    }
}

/// Takes webhooks and answers each with the next of `statuses`, then with 200.
async fn receiver(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/stripe", listener.local_addr().unwrap());
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut statuses = statuses.iter();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let webhook = loop {
                let mut chunk = [0; 8_192];
                let read = stream.read(&mut chunk).await.unwrap();
                assert!(read > 0, "a webhook broke off");
                bytes.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    continue;
                };
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("Content-Length: "));
                if body.len() == length.unwrap().parse::<usize>().unwrap() {
                    break Received {
                        head: head.to_owned(),
                        body: body.to_owned(),
                    };
                }
            };
            let status = statuses.next().unwrap_or(&200);
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            if sender.send(webhook).is_err() {
                return;
            }
        }
    });
    (url, received)
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

async fn start_telling(webhooks: Webhooks) -> Running {
    start_config(SandboxConfig {
        refresh_delay: Duration::from_millis(30),
        webhooks: Some(webhooks),
        ..SandboxConfig::new(today())
    })
    .await
}

async fn next(received: &mut mpsc::UnboundedReceiver<Received>) -> Received {
    let waiting = tokio::time::timeout(Duration::from_secs(20), received.recv());
    waiting.await.expect("no webhook came").unwrap()
}

async fn refresh(server: &Running, form: &str) {
    let path = format!("/accounts/{CHECKING}/refresh");
    assert_eq!(server.post(&path, form, None).await.status, 200);
}

#[tokio::test]
async fn a_refresh_is_told_of_although_nobody_asks_for_it_again() {
    let (url, mut received) = receiver(&[]).await;
    let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
    refresh(
        &server,
        "features[]=balance&features[]=ownership&features[]=transactions",
    )
    .await;
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let webhook = next(&mut received).await;
        assert!(webhook.is_signed_with(SECRET));
        assert!(!webhook.is_signed_with("whsec_other"));
        let at = webhook
            .header("Stripe-Signature")
            .split(',')
            .next()
            .unwrap();
        let at: i64 = at.strip_prefix("t=").unwrap().parse().unwrap();
        assert!(
            (SystemClock.now().timestamp() - at).abs() < 60,
            "the real time"
        );
        let event = webhook.event();
        let account = server.get(&format!("/accounts/{CHECKING}")).await.body;
        assert_eq!(event["data"]["object"], account, "the whole account");
        assert_eq!(event["object"], "event");
        assert!(event["id"].as_str().unwrap().starts_with("evt_"));
        assert_eq!(event["api_version"], "2026-10-28.endive");
        assert!(event["created"].is_i64());
        assert_eq!(
            (&event["livemode"], &event["pending_webhooks"]),
            (&false.into(), &1.into())
        );
        assert!(event["request"]["id"].is_null());
        assert!(event.get("account").is_none(), "not of a connected account");
        kinds.push(webhook.kind());
    }
    kinds.sort();
    assert_eq!(
        kinds,
        [
            "refreshed_balance",
            "refreshed_ownership",
            "refreshed_transactions"
        ]
    );
    assert_eq!(server.handle.counts().webhooks_delivered, 3);
    server.stop().await;
}

#[tokio::test]
async fn a_failed_refresh_is_told_of_as_well() {
    let (url, mut received) = receiver(&[]).await;
    let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
    let fault = Fault::new(Fate::Fails);
    server.handle.set_faults(&[fault].into()).unwrap();
    refresh(&server, "features[]=balance").await;
    let webhook = next(&mut received).await;
    assert_eq!(webhook.kind(), "refreshed_balance");
    let account = &webhook.event()["data"]["object"];
    assert_eq!(account["balance_refresh"]["status"], "failed");
    server.stop().await;
}

#[tokio::test]
async fn what_becomes_of_an_account_is_told_of() {
    let (url, mut received) = receiver(&[]).await;
    let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
    for (status, kind) in [
        (AccountStatus::Inactive, "deactivated"),
        (AccountStatus::Active, "reactivated"),
        (AccountStatus::Disconnected, "disconnected"),
    ] {
        server.handle.set_status(CHECKING, status).unwrap();
        // Nothing changes, so nothing is told.
        server.handle.set_status(CHECKING, status).unwrap();
        let webhook = next(&mut received).await;
        assert_eq!(webhook.kind(), kind);
        assert_eq!(webhook.event()["data"]["object"]["status"], status.word());
    }
    let mut linked = crate::sandbox::applicants(today())
        .remove(0)
        .accounts
        .remove(0);
    linked.account.id = "fca_late".to_owned();
    linked.account.account_holder =
        Some(serde_json::json!({ "type": "account", "account": "acct_1" }));
    server.handle.link(linked);
    let webhook = next(&mut received).await;
    assert_eq!(webhook.kind(), "created");
    assert!(
        webhook.event().get("account").is_none(),
        "the platform holds it, whoever linked it"
    );
    server
        .handle
        .announce("fca_late", "financial_connections.account.moonstruck")
        .unwrap();
    assert_eq!(next(&mut received).await.kind(), "moonstruck");
    server.stop().await;
}

#[tokio::test]
async fn what_happens_on_a_connected_account_says_on_which() {
    let (url, mut received) = receiver(&[]).await;
    let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
    let refresh = server
        .posting(
            "/accounts/fca_sample_custom_checking/refresh",
            "features[]=balance",
            None,
        )
        .header("stripe-account", "acct_sample_custom");
    assert_eq!(server.send(refresh).await.status, 200);
    let webhook = next(&mut received).await;
    assert_eq!(webhook.kind(), "refreshed_balance");
    assert_eq!(webhook.event()["account"], "acct_sample_custom");
    let status = AccountStatus::Inactive;
    for (account, on) in [
        ("fca_sample_custom_checking", Some("acct_sample_custom")),
        ("fca_sample_express_checking", None),
    ] {
        server.handle.set_status(account, status).unwrap();
        let event = next(&mut received).await.event();
        assert_eq!(event["data"]["object"]["id"], account);
        assert_eq!(event["account"].as_str(), on, "{account}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_call_that_disconnects_is_told_of_with_what_fails_for_it() {
    let (url, mut received) = receiver(&[]).await;
    let server = start_config(SandboxConfig {
        refresh_delay: Duration::from_secs(3_600),
        webhooks: Some(Webhooks::to(url, secret(SECRET))),
        ..SandboxConfig::new(today())
    })
    .await;
    refresh(&server, "features[]=transactions").await;
    let path = format!("/accounts/{CHECKING}/disconnect");
    let gone = server.post(&path, "", Some("key-1")).await;
    // Neither a replay nor a second call changes anything, so nothing is told.
    server.post(&path, "", Some("key-1")).await;
    server.post(&path, "", Some("key-2")).await;
    for kind in ["disconnected", "refreshed_transactions"] {
        let webhook = next(&mut received).await;
        assert_eq!(webhook.kind(), kind);
        let event = webhook.event();
        assert_eq!(event["data"]["object"], gone.body);
        assert_eq!(event["request"]["id"], gone.header("request-id"));
        assert_eq!(event["request"]["idempotency_key"], "key-1");
    }
    server
        .handle
        .announce(CHECKING, "financial_connections.account.last")
        .unwrap();
    assert_eq!(next(&mut received).await.kind(), "last");
    server.stop().await;
}

#[tokio::test]
async fn a_webhook_that_is_not_taken_is_sent_again_with_a_new_signature() {
    let (url, mut received) = receiver(&[500, 404]).await;
    let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
    server
        .handle
        .announce(CHECKING, "financial_connections.account.created")
        .unwrap();
    let mut ids = Vec::new();
    for _ in 0..3 {
        let webhook = next(&mut received).await;
        assert!(webhook.is_signed_with(SECRET));
        ids.push(webhook.event()["id"].clone());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "one event");
    server.stop().await;
}

#[tokio::test]
async fn a_webhook_is_given_up_in_the_end() {
    let (url, mut received) = receiver(&[500; limits::SANDBOX_WEBHOOK_ATTEMPTS_MAX as usize]).await;
    let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
    let watch = crate::clock::Stopwatch::start();
    server
        .handle
        .announce(CHECKING, "financial_connections.account.created")
        .unwrap();
    for _ in 0..limits::SANDBOX_WEBHOOK_ATTEMPTS_MAX {
        next(&mut received).await;
    }
    // The pauses are one, two and four times the first.
    assert!(watch.elapsed() >= limits::SANDBOX_WEBHOOK_PAUSE * 7);
    while server.handle.counts().webhooks_lost == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let counts = server.handle.counts();
    assert_eq!((counts.webhooks_delivered, counts.webhooks_lost), (0, 1));
    server.stop().await;
}

#[tokio::test]
async fn a_place_that_never_answers_is_given_up_after_a_while() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
    server
        .handle
        .announce(CHECKING, "financial_connections.account.created")
        .unwrap();
    let watch = crate::clock::Stopwatch::start();
    let (_first, _) = silent.accept().await.unwrap();
    let (_second, _) = silent.accept().await.unwrap();
    assert!(watch.elapsed() >= limits::SANDBOX_WEBHOOK_TIMEOUT);
    // It does not keep the sandbox from stopping.
    tokio::time::timeout(Duration::from_secs(10), server.stop())
        .await
        .unwrap();
}

#[tokio::test]
async fn every_secret_signs_while_one_is_being_replaced() {
    let (url, mut received) = receiver(&[]).await;
    let server = start_telling(Webhooks {
        secrets: vec![secret("whsec_old"), secret("whsec_new")],
        ..Webhooks::to(url, secret(SECRET))
    })
    .await;
    server
        .handle
        .announce(CHECKING, "financial_connections.account.created")
        .unwrap();
    let webhook = next(&mut received).await;
    assert!(webhook.is_signed_with("whsec_old") && webhook.is_signed_with("whsec_new"));
    server.stop().await;
}

#[tokio::test]
async fn a_storm_repeats_every_event_to_every_place_in_a_mixed_order() {
    let (first, mut received) = receiver(&[]).await;
    let (second, mut also_received) = receiver(&[]).await;
    let server = start_telling(Webhooks {
        urls: vec![first, second],
        secrets: vec![secret(SECRET)],
        repeat: 5,
    })
    .await;
    for _ in 0..8 {
        server
            .handle
            .announce(CHECKING, "financial_connections.account.created")
            .unwrap();
    }
    for received in [&mut received, &mut also_received] {
        let mut order = Vec::new();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for _ in 0..8 * 5 {
            let webhook = next(received).await;
            assert!(webhook.is_signed_with(SECRET));
            let event = webhook.event();
            assert_eq!(event["pending_webhooks"], 2);
            let id = event["id"].as_str().unwrap().to_owned();
            *counts.entry(id.clone()).or_default() += 1;
            order.push(id);
        }
        assert_eq!(counts.len(), 8);
        assert!(counts.values().all(|count| *count == 5), "{counts:?}");
        assert!(!order.is_sorted());
        let rounds: Vec<&String> = order.iter().take(8).collect();
        assert!(
            !rounds.is_sorted() || order[..8] != order[8..16],
            "not one round after another"
        );
    }
    server.stop().await;
}

#[test]
fn no_more_webhooks_than_stated_are_sent_at_once() {
    // The receiver answers nobody, so every connection stays open.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let server = start_telling(Webhooks::to(url, secret(SECRET))).await;
        for _ in 0..limits::SANDBOX_WEBHOOKS_IN_FLIGHT_MAX + 3 {
            server
                .handle
                .announce(CHECKING, "financial_connections.account.created")
                .unwrap();
        }
        let mut open = Vec::new();
        let accept = |wait| tokio::time::timeout(wait, silent.accept());
        while open.len() < limits::SANDBOX_WEBHOOKS_IN_FLIGHT_MAX {
            open.push(accept(Duration::from_secs(4)).await.unwrap().unwrap());
        }
        assert!(accept(Duration::from_millis(300)).await.is_err());
        server.stop().await;
    });
}
