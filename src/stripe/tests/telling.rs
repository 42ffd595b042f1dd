//! What is told of each call: in traces and in counts; and what never is.

use std::io;
use std::sync::{Arc, Mutex};

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tracing_subscriber::fmt::MakeWriter;

use super::refreshing::never_fetched;
use super::server::{Reply, Server};
use super::*;
use crate::id::ConnectedAccountId;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A bank that is never refreshed yet, and that first limits the rate and then fails.
async fn troubled() -> Server {
    let bank = Mutex::new(never_fetched(3));
    Server::start(move |call, before| match before {
        0 => Reply::error(429, "x", "rate_limit").with("stripe-rate-limited-reason", "global-rate"),
        2 => Reply::error(500, "api_error", ""),
        _ => bank.lock().unwrap().answer(call),
    })
    .await
}

async fn fetched(server: &Server) -> StripeClient {
    let client = client(server);
    let mut wanted = wanted(at(NOW));
    wanted.connected = Some(ConnectedAccountId::parse("acct_7").unwrap());
    client.fetch(&wanted).await.unwrap();
    client
}

#[tokio::test]
async fn every_attempt_is_traced_and_the_key_never() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(kept.clone())
        .finish();
    // With one subscriber alone, a call site that another test's thread comes to first is off for
    // good: that thread has none. With two, every call site asks both.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let guard = tracing::subscriber::set_default(subscriber);
    let server = troubled().await;
    fetched(&server).await;
    drop(guard);
    let text = kept.text();
    let ours = |words: &[&str]| {
        let mut lines = text.lines();
        let found = lines.any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?} in\n{text}");
    };
    let account = [
        "method=\"GET\"",
        "route=\"accounts/{account}\"",
        "request_id=\"req_7\"",
    ];
    let with = |more: &[&'static str]| [&account[..], more].concat();
    ours(&with(&[
        "attempt=1",
        "status=429",
        "result=\"stripe_rate_limited\"",
        "global-rate",
    ]));
    ours(&with(&[
        "attempt=2",
        "status=200",
        "result=\"ok\"",
        "stripe_account=\"acct_7\"",
    ]));
    ours(&with(&[
        "milliseconds=",
        "waited_milliseconds=",
        "answered",
    ]));
    ours(&[
        "method=\"POST\"",
        "route=\"accounts/{account}/refresh\"",
        "status=500",
    ]);
    ours(&["stripe limits the rate", "reach=Account"]);
    // Whatever a library tells at its most talkative is in there as well.
    assert!(text.contains("hyper"), "{text}");
    assert!(!text.contains(KEY), "the key");
    assert!(
        !text.contains("Jane") && !text.contains("COFFEE"),
        "a person's data"
    );
}

#[tokio::test]
async fn every_attempt_is_counted() {
    let server = troubled().await;
    let client = fetched(&server).await;
    let mut registry = Registry::default();
    client.metrics().register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let line = |line: &str| assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
    let (account, refresh) = ("accounts/{account}", "accounts/{account}/refresh");
    line(&format!(
        "stripe_calls_total{{route=\"{account}\",result=\"stripe_rate_limited\"}} 1"
    ));
    line(&format!(
        "stripe_calls_total{{route=\"{refresh}\",result=\"stripe_api\"}} 1"
    ));
    line(&format!(
        "stripe_calls_total{{route=\"{refresh}\",result=\"ok\"}} 1"
    ));
    line(&format!("stripe_retries_total{{route=\"{account}\"}} 1"));
    line(&format!(
        "stripe_call_seconds_count{{route=\"{refresh}\"}} 2"
    ));
    let calls = server.calls().len();
    line(&format!("stripe_rate_wait_seconds_count {calls}"));
    line("stripe_breaker_state 0");
    line("stripe_breaker_openings_total 0");
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains(KEY) && !text.contains("fca_1") && !text.contains("acct_7"));
}

#[tokio::test]
async fn a_bad_answer_and_a_closed_way_are_counted_by_their_codes() {
    let server = Server::start(|_, before| match before {
        0 => Reply::text(200, "application/json", "{\"id\": "),
        _ => Reply::error(500, "api_error", ""),
    })
    .await;
    let client = StripeClient::new(StripeConfig {
        attempts: 1,
        breaker_failures: 1,
        ..config(server.base())
    })
    .unwrap();
    for code in ["stripe_bad_answer", "stripe_api", "stripe_circuit_open"] {
        let error = client.fetch(&wanted(at(NOW))).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    let mut registry = Registry::default();
    client.metrics().register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    for code in ["stripe_bad_answer", "stripe_api", "stripe_circuit_open"] {
        let count = format!("result=\"{code}\"}} 1");
        assert!(text.contains(&count), "{count} in\n{text}");
    }
    assert!(text.contains("stripe_breaker_state 2\n"), "{text}");
    assert!(text.contains("stripe_breaker_openings_total 1\n"), "{text}");
}
