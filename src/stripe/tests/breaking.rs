//! Stripe is left alone when it fails again and again, and found again when it is back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::server::{Bank, Reply, Server};
use super::*;

const PAUSE: Duration = Duration::from_millis(500);

/// A bank that can be switched to failing.
async fn switched(reply: Reply) -> (Server, Arc<AtomicBool>) {
    let fails = Arc::new(AtomicBool::new(true));
    let (switch, bank) = (Arc::clone(&fails), Mutex::new(Bank::new(1)));
    let server = Server::start(move |call, _| {
        if switch.load(Ordering::SeqCst) {
            return reply.clone();
        }
        bank.lock().unwrap().answer(call)
    })
    .await;
    (server, fails)
}

fn breaking(base: &str) -> StripeClient {
    StripeClient::new(StripeConfig {
        attempts: 2,
        breaker_failures: 4,
        breaker_pause: PAUSE,
        ..config(base)
    })
    .unwrap()
}

async fn code(client: &StripeClient) -> &'static str {
    match client.fetch(&wanted(at(NOW))).await {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn a_stripe_that_fails_is_left_alone_and_found_again() {
    let (server, fails) = switched(Reply::error(500, "api_error", "")).await;
    let client = breaking(server.base());
    assert_eq!(code(&client).await, "stripe_api");
    // What it failed with is told, not that it is now left alone.
    assert_eq!(code(&client).await, "stripe_api");
    assert_eq!(server.calls().len(), 4);
    let error = client.fetch(&wanted(at(NOW))).await.unwrap_err();
    assert_eq!(error.code(), "stripe_circuit_open");
    assert!(error.is_transient());
    let left = error.retry_after().unwrap();
    assert!(left > Duration::ZERO && left <= PAUSE, "{left:?}");
    assert_eq!(server.calls().len(), 4, "nothing was sent");
    // One call looks again, and finds it as it was: then it is left alone for longer.
    tokio::time::sleep(PAUSE).await;
    assert_eq!(code(&client).await, "stripe_api");
    assert_eq!(server.calls().len(), 5);
    assert!(client.circuit.shut_for().unwrap() > PAUSE);
    fails.store(false, Ordering::SeqCst);
    assert_eq!(code(&client).await, "stripe_circuit_open");
    tokio::time::sleep(PAUSE * 2).await;
    assert_eq!(code(&client).await, "ok");
    assert_eq!(code(&client).await, "ok");
}

#[tokio::test]
async fn of_many_calls_one_looks_whether_it_is_back() {
    let (server, _) = switched(Reply::error(503, "api_error", "")).await;
    let client = breaking(server.base());
    code(&client).await;
    code(&client).await;
    tokio::time::sleep(PAUSE).await;
    let calls = server.calls().len();
    let all = tokio::join!(code(&client), code(&client), code(&client), code(&client));
    assert_eq!(server.calls().len(), calls + 1);
    let all = [all.0, all.1, all.2, all.3];
    let failed = all.iter().filter(|code| **code == "stripe_api").count();
    assert_eq!(failed, 1, "{all:?}");
}

#[tokio::test]
async fn what_stripe_refuses_does_not_open_it() {
    for status in [400, 401, 403, 404, 409, 429] {
        let (server, fails) = switched(Reply::error(status, "x", "lock_timeout")).await;
        let client = breaking(server.base());
        for _ in 0..6 {
            assert_ne!(code(&client).await, "stripe_circuit_open", "{status}");
        }
        fails.store(false, Ordering::SeqCst);
        assert_eq!(code(&client).await, "ok");
    }
}

#[tokio::test]
async fn a_stripe_that_is_not_there_or_says_nothing_opens_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut settings = StripeConfig {
        attempts: 2,
        breaker_failures: 4,
        first_byte_timeout: Duration::from_millis(30),
        ..config(&base)
    };
    let silent = StripeClient::new(settings.clone()).unwrap();
    assert_eq!(code(&silent).await, "stripe_timeout");
    assert_eq!(code(&silent).await, "stripe_timeout");
    assert_eq!(code(&silent).await, "stripe_circuit_open");
    drop(listener);
    settings.first_byte_timeout = Duration::from_secs(10);
    let absent = StripeClient::new(settings).unwrap();
    assert_eq!(code(&absent).await, "stripe_unreachable");
    assert_eq!(code(&absent).await, "stripe_unreachable");
    assert_eq!(code(&absent).await, "stripe_circuit_open");
}

#[tokio::test]
async fn a_caller_out_of_time_or_gone_says_nothing_of_stripe() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let client = StripeClient::new(StripeConfig {
        breaker_failures: 2,
        fetch_deadline: Duration::from_millis(30),
        ..config(&base)
    })
    .unwrap();
    let mut brief = wanted(at(NOW));
    brief.settle_within = Duration::ZERO;
    for _ in 0..4 {
        let error = client.fetch(&brief).await.unwrap_err();
        assert_eq!(error, StripeError::Timeout(StripeError::OUT_OF_TIME));
        // It is begun, and dropped before it is out of time.
        let mut gone = std::pin::pin!(client.fetch(&brief));
        std::future::poll_fn(|context| {
            assert!(gone.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
    }
    assert_eq!(client.circuit.shut_for(), None);
}

#[tokio::test]
async fn a_probe_whose_caller_is_gone_makes_room_for_the_next() {
    let (server, _) = switched(Reply::error(500, "api_error", "")).await;
    let client = breaking(server.base());
    code(&client).await;
    code(&client).await;
    tokio::time::sleep(PAUSE).await;
    {
        let wanted = wanted(at(NOW));
        let mut probe = std::pin::pin!(client.fetch(&wanted));
        // It is let through, and dropped before it is answered.
        std::future::poll_fn(|context| {
            assert!(probe.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        assert!(client.circuit.shut_for().is_some(), "the probe runs");
    }
    assert_eq!(client.circuit.shut_for(), None, "the next may look");
}
