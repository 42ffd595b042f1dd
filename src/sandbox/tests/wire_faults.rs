//! Every effect on the wire, seen through a raw socket where a library would hide it.

use std::io::ErrorKind as IoErrorKind;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{FC, Running, start_faulty};
use crate::clock::Stopwatch;
use crate::limits;
use crate::sandbox::{Fault, Faults, RefreshFeature, Transport};

const CHECKING: &str = "/accounts/fca_sample_salaried_checking";
const REFRESH: &str = "/accounts/fca_sample_salaried_checking/refresh";

/// Sends a request and reads until the connection ends: what came, and how it ended.
async fn raw(server: &Running, request: &str) -> (String, Result<(), IoErrorKind>) {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).unwrap();
    (text, ended.map(|_| ()).map_err(|error| error.kind()))
}

fn get(path: &str) -> String {
    format!(
        "GET {FC}{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_test_1\r\n\
         Connection: close\r\n\r\n"
    )
}

fn body(text: &str) -> &str {
    text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

async fn right_answer(server: &Running) -> Value {
    server.handle.set_faults(&Faults::none()).unwrap();
    server.get(CHECKING).await.body
}

#[tokio::test]
async fn a_connection_can_be_reset_before_a_byte_is_answered() {
    let effect = Transport::Reset { carried_out: false };
    let server = start_faulty([Fault::new(effect).times(1)]).await;
    let (text, ended) = raw(&server, &get(CHECKING)).await;
    assert_eq!(
        (text.as_str(), ended),
        ("", Err(IoErrorKind::ConnectionReset))
    );
    let (text, ended) = raw(&server, &get(CHECKING)).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(ended, Ok(()));
    server.stop().await;
}

#[tokio::test]
async fn a_refresh_can_start_although_the_connection_is_reset() {
    for carried_out in [false, true] {
        let server = start_faulty([Fault::new(Transport::Reset { carried_out }).times(1)]).await;
        let form = "features[]=balance";
        let request = format!(
            "POST {FC}{REFRESH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk_test_1\r\n\
             Idempotency-Key: key\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        let (_, ended) = raw(&server, &request).await;
        assert_eq!(ended, Err(IoErrorKind::ConnectionReset));
        let counts = server.handle.counts();
        assert_eq!(counts.refreshes.len(), usize::from(carried_out));
        let again = server.post(REFRESH, form, Some("key")).await;
        let replayed = if carried_out { "true" } else { "" };
        assert_eq!(
            (again.status, again.header("idempotent-replayed")),
            (200, replayed)
        );
        let started = &server.handle.counts().refreshes["fca_sample_salaried_checking"];
        assert_eq!(started[&RefreshFeature::Balance], 1, "once, either way");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_connection_can_be_reset_in_the_middle_of_the_answer() {
    let server = start_faulty([Fault::new(Transport::ResetInBody)]).await;
    let (text, ended) = raw(&server, &get(CHECKING)).await;
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert_eq!(ended, Err(IoErrorKind::ConnectionReset));
    let promised = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    let promised: usize = promised.trim().parse().unwrap();
    assert_eq!(body(&text).len(), promised / 2);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_can_begin_late() {
    let delay = Duration::from_millis(120);
    let server = start_faulty([Fault::new(Transport::SlowStart { delay })]).await;
    let watch = Stopwatch::start();
    let late = server.get(CHECKING).await;
    assert!(watch.elapsed() >= delay);
    assert_eq!(late.body, right_answer(&server).await);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_can_drip() {
    let (bytes, interval) = (200, Duration::from_millis(10));
    let server = start_faulty([Fault::new(Transport::SlowBody { bytes, interval })]).await;
    let watch = Stopwatch::start();
    let dripped = server.get(CHECKING).await;
    let elapsed = watch.elapsed();
    let length: usize = dripped.header("content-length").parse().unwrap();
    let pieces = u32::try_from(length.div_ceil(bytes)).unwrap();
    assert!(
        pieces > 3 && elapsed >= interval * pieces,
        "{pieces} in {elapsed:?}"
    );
    assert_eq!(dripped.body, right_answer(&server).await);
    server.stop().await;
}

#[tokio::test]
async fn a_slow_answer_does_not_keep_the_sandbox_from_stopping() {
    let hour = Duration::from_secs(3_600);
    for effect in [
        Transport::SlowStart { delay: hour },
        Transport::SlowBody {
            bytes: 1,
            interval: hour,
        },
    ] {
        let server = start_faulty([Fault::new(effect)]).await;
        let request = server.request(reqwest::Method::GET, &format!("{FC}{CHECKING}"));
        let asking = tokio::spawn(async move {
            let response = request.bearer_auth("sk_test_1").send().await;
            response.unwrap().bytes().await
        });
        while server.handle.counts().calls == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::timeout(Duration::from_secs(10), server.stop())
            .await
            .unwrap();
        // Either answered at once or broken off, but not waited for.
        drop(asking.await.unwrap());
    }
}

#[tokio::test]
async fn an_answer_can_be_cut_in_half() {
    let server = start_faulty([Fault::new(Transport::TruncatedBody)]).await;
    let (text, ended) = raw(&server, &get(CHECKING)).await;
    assert_eq!(ended, Ok(()), "the connection itself ends well");
    let error = serde_json::from_str::<Value>(body(&text)).unwrap_err();
    assert!(error.is_eof(), "{error}");
    let length = format!("content-length: {}\r\n", body(&text).len());
    assert!(text.contains(&length), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_can_be_no_json() {
    let server = start_faulty([Fault::new(Transport::InvalidJson)]).await;
    let (text, _) = raw(&server, &get(CHECKING)).await;
    assert!(text.contains("content-type: application/json\r\n"));
    let error = serde_json::from_str::<Value>(body(&text)).unwrap_err();
    assert!(error.is_syntax(), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_can_be_a_page_for_people() {
    for status in [200, 502] {
        let server = start_faulty([Fault::new(Transport::Html { status })]).await;
        let (text, _) = raw(&server, &get(CHECKING)).await;
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{text}");
        assert!(text.contains("content-type: text/html"), "{text}");
        assert!(body(&text).starts_with("<!DOCTYPE html>"), "{text}");
        server.stop().await;
    }
}

#[tokio::test]
async fn an_answer_can_be_too_large() {
    let small = Transport::HugeBody { bytes: 100_001 };
    let server = start_faulty([Fault::new(small)]).await;
    let blown_up = server.get(CHECKING).await.body;
    assert_eq!(blown_up, right_answer(&server).await, "still JSON");

    let default = Faults::parse("[[fault]]\neffect = 'huge_body'").unwrap();
    server.handle.set_faults(&default).unwrap();
    let request = server.request(reqwest::Method::GET, &format!("{FC}{CHECKING}"));
    let mut response = request.bearer_auth("sk_test_1").send().await.unwrap();
    assert_eq!(response.headers().get("content-length"), None);
    let mut length = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        length += chunk.len();
    }
    assert!(length > limits::STRIPE_RESPONSE_BYTES_MAX, "{length}");
    server.stop().await;
}
