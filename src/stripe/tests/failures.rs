//! What goes wrong, and what it is called.

use std::sync::Mutex;

use serde_json::json;
use tokio::net::TcpListener;

use super::server::{Bank, Call, Reply, Server};
use super::*;

/// A server whose first `failures` answers are `reply`, and good ones after that.
async fn failing(failures: usize, reply: Reply) -> Server {
    let bank = Mutex::new(Bank::new(1));
    Server::start(move |call, before| {
        if before < failures {
            return reply.clone();
        }
        bank.lock().unwrap().answer(call)
    })
    .await
}

async fn error(reply: Reply) -> (StripeError, usize) {
    let server = failing(usize::MAX, reply).await;
    let error = fetch(&server).await.unwrap_err();
    (error, server.calls().len())
}

#[tokio::test]
async fn a_refusal_is_named_by_its_status_and_not_tried_again() {
    let cases = [
        (400, "stripe_invalid_request"),
        (401, "stripe_key_refused"),
        (402, "stripe_invalid_request"),
        (403, "stripe_forbidden"),
        (404, "stripe_not_found"),
    ];
    for (status, code) in cases {
        let reply = Reply::error(status, "invalid_request_error", "resource_missing");
        let (error, calls) = error(reply).await;
        assert_eq!(error.code(), code, "{status}");
        assert!(!error.is_transient());
        assert_eq!(calls, 1, "{status}");
        let refusal = error.refusal().unwrap();
        assert_eq!(refusal.status, status);
        assert_eq!(refusal.kind.as_deref(), Some("invalid_request_error"));
        assert_eq!(refusal.code.as_deref(), Some("resource_missing"));
        assert_eq!(refusal.param.as_deref(), Some("account"));
        assert_eq!(error.request_id(), Some("req_7"));
    }
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_up_to_the_limit() {
    let cases = [
        (409, "idempotency_error", "stripe_conflict"),
        (429, "invalid_request_error", "stripe_rate_limited"),
        (500, "api_error", "stripe_api"),
        (503, "api_error", "stripe_api"),
    ];
    for (status, kind, code) in cases {
        let reply = Reply::error(status, kind, "lock_timeout");
        let (error, calls) = error(reply.clone()).await;
        assert_eq!(error.code(), code, "{status}");
        assert!(error.is_transient());
        assert_eq!(calls, 4, "{status}");
        // One failure less than there are attempts.
        let server = failing(3, reply).await;
        assert!(fetch(&server).await.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn stripe_knows_better_whether_to_try_again() {
    let never = Reply::error(500, "api_error", "").with("stripe-should-retry", "false");
    assert_eq!(error(never).await.1, 1);
    let again = Reply::error(400, "api_error", "").with("stripe-should-retry", "true");
    assert_eq!(error(again).await.1, 4);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let reply = Reply::error(429, "api_error", "rate_limit").with("retry-after", "3600");
    let (error, calls) = error(reply).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3_600)));
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn an_error_without_a_readable_body_keeps_its_status() {
    let (error, _) = error(Reply::text(404, "text/html", "<h1>nothing</h1>")).await;
    assert_eq!(error.code(), "stripe_not_found");
    assert_eq!(error.refusal().unwrap().code, None);
}

#[tokio::test]
async fn an_answer_that_is_not_stripes_is_a_bad_answer() {
    let page = "text/html; charset=utf-8";
    let cases = [
        (
            Reply::text(200, "application/json", "{\"id\": "),
            "not JSON",
        ),
        (Reply::text(200, "application/json", "[]"), "not JSON"),
        (Reply::json(200, &json!({"id": "fca_1"})), "not JSON"),
        (
            Reply::text(200, page, "<h1>Log in to the Wi-Fi</h1>"),
            "content type",
        ),
        (
            Reply::text(302, page, "").with("location", "https://example.com"),
            "status is 302",
        ),
    ];
    for (reply, words) in cases {
        let (error, calls) = error(reply).await;
        assert_eq!(error.code(), "stripe_bad_answer");
        assert!(error.to_string().contains(words), "{error}");
        // Something in between may have cut it, or given one of its own.
        assert!(error.is_transient());
        assert_eq!(calls, 4);
    }
}

#[tokio::test]
async fn an_object_that_was_not_asked_for_is_refused() {
    let problem = |bank: Bank| async move {
        let error = fetch(&Server::of(bank).await).await.unwrap_err();
        let StripeError::BadAnswer { problem, .. } = error else {
            panic!("{error}");
        };
        problem
    };
    let other = Bank::new(1).with("id", json!("fca_2"));
    assert_eq!(problem(other).await, BadAnswer::WrongAccount);
    let live = Bank::new(1).with("livemode", json!(true));
    assert_eq!(problem(live).await, BadAnswer::WrongMode { livemode: true });
    let mut row = Bank::new(2);
    row.transactions[1]["account"] = json!("fca_2");
    assert_eq!(problem(row).await, BadAnswer::WrongAccount);
    let mut row = Bank::new(2);
    row.transactions[1]["livemode"] = json!(true);
    assert_eq!(problem(row).await, BadAnswer::WrongMode { livemode: true });
}

#[tokio::test]
async fn a_list_that_does_not_move_is_given_up() {
    let stuck = |call: &Call, reply: Reply| {
        let mut body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        if call.is_list("/transactions") {
            body["has_more"] = json!(true);
        }
        Reply::json(200, &body)
    };
    // With rows: the same page for ever. Without: more, but nothing comes.
    for rows in [3, 0] {
        let bank = Mutex::new(Bank::new(rows));
        let server = Server::start(move |call, _| {
            let mut call = call.clone();
            call.query.retain(|(name, _)| name != "starting_after");
            let reply = bank.lock().unwrap().answer(&call);
            stuck(&call, reply)
        })
        .await;
        let error = fetch(&server).await.unwrap_err();
        assert!(error.to_string().contains("no new rows"), "{error}");
        assert!(server.calls().len() <= 3);
    }
}

#[tokio::test]
async fn a_broken_connection_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let connections = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&connections);
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            // The unread request makes the system reset the connection.
            stream.readable().await.unwrap();
            drop(stream);
        }
    });
    let client = StripeClient::new(config(&base)).unwrap();
    let error = client.fetch(&wanted(at(NOW))).await.unwrap_err();
    assert_eq!(error.code(), "stripe_unreachable");
    assert!(error.is_transient());
    assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 4);
    task.abort();
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_unreachable() {
    use tokio::io::AsyncWriteExt;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.readable().await.unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
            let body = "content-length: 1000\r\n\r\n{\"id\":";
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(body.as_bytes()).await.unwrap();
        }
    });
    let client = StripeClient::new(config(&base)).unwrap();
    let error = client.fetch(&wanted(at(NOW))).await.unwrap_err();
    assert_eq!(error.code(), "stripe_unreachable");
    task.abort();
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = StripeClient::new(config(&base)).unwrap();
    let error = client.fetch(&wanted(at(NOW))).await.unwrap_err();
    assert_eq!(error, StripeError::Unreachable("no connection"));
}

#[tokio::test]
async fn neither_key_nor_name_is_ever_shown() {
    let cases = [
        Reply::error(401, "invalid_request_error", KEY),
        Reply::error(400, KEY, "x").with("request-id", KEY),
        Reply::error(429, "x", "y").with("stripe-rate-limited-reason", KEY),
        Reply::error(429, "x", "y").with("stripe-rate-limited-reason", "Jane Roe"),
        Reply::error(500, "x", "y").with("stripe-should-retry", KEY),
        Reply::error(500, "x", "y").with("retry-after", KEY),
        Reply::error(400, "Jane Roe", "Jane Roe"),
        Reply::text(
            200,
            "application/json",
            &format!("{{\"{KEY}\": \"Jane Roe\"}}"),
        ),
    ];
    for reply in cases {
        let (error, _) = error(reply).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(KEY) && !shown.contains("Jane"), "{shown}");
    }
    let server = Server::of(Bank::new(1)).await;
    let shown = format!("{:?} {:?}", config(server.base()), client(&server));
    assert!(!shown.contains(KEY), "{shown}");
    let fetched = format!("{:?}", fetch(&server).await.unwrap());
    assert!(!fetched.contains("Jane") && !fetched.contains("COFFEE"));
}
