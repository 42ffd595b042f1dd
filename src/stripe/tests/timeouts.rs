//! Every time that bounds a call, with its own words; and none outlives the caller's.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::*;
use crate::clock::Stopwatch;

const BRIEF: Duration = Duration::from_millis(60);

/// A server that does with each connection what it is told, and keeps it open.
async fn serving<F, Done>(serve: F) -> String
where
    F: Fn(TcpStream) -> Done + Send + 'static,
    Done: Future<Output = TcpStream> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let served = serve(stream);
            open.spawn(async move {
                let _stream = served.await;
                std::future::pending::<()>().await;
            });
        }
    });
    base
}

/// The start of the request.
async fn asked(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = vec![0; 4_096];
    let read = stream.read(&mut request).await.unwrap();
    request.truncate(read);
    request
}

async fn head(stream: &mut TcpStream) {
    asked(stream).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    // The client may be gone by now.
    drop(stream.write_all(head.as_bytes()).await);
}

async fn error(change: impl FnOnce(&mut StripeConfig), base: &str) -> StripeError {
    let mut config = config(base);
    config.attempts = 2;
    change(&mut config);
    let watch = Stopwatch::start();
    let client = StripeClient::new(config).unwrap();
    let mut wanted = wanted(at(NOW));
    wanted.settle_within = Duration::ZERO;
    let error = client.fetch(&wanted).await.unwrap_err();
    assert_eq!(error.code(), "stripe_timeout", "{error}");
    assert!(error.is_transient());
    assert!(
        watch.elapsed() < Duration::from_secs(5),
        "{:?}",
        watch.elapsed()
    );
    error
}

async fn silent() -> String {
    serving(|stream| async move { stream }).await
}

/// An answer that comes byte by byte.
async fn dripping() -> String {
    serving(|mut stream| async move {
        head(&mut stream).await;
        while stream.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stream
    })
    .await
}

#[tokio::test]
async fn a_connection_that_does_not_stand_in_time() {
    // A queue of connections that nobody takes and that is full: the system lets the next one wait.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = tokio::time::timeout(BRIEF, TcpStream::connect(address)).await {
        queue.push(stream.unwrap());
        assert!(queue.len() < 100, "the queue has no end");
    }
    let base = format!("http://{address}");
    let error = error(|config| config.connect_timeout = BRIEF, &base).await;
    assert_eq!(error, StripeError::Timeout(StripeError::NO_CONNECTION));
}

#[tokio::test]
async fn an_answer_that_does_not_begin_in_time() {
    let error = error(|config| config.first_byte_timeout = BRIEF, &silent().await).await;
    assert_eq!(error, StripeError::Timeout(StripeError::SILENT));
}

#[tokio::test]
async fn an_answer_that_stands_still() {
    let base = serving(|mut stream| async move {
        head(&mut stream).await;
        drop(stream.write_all(b"{\"id\":").await);
        stream
    })
    .await;
    let error = error(|config| config.idle_timeout = BRIEF, &base).await;
    assert_eq!(error, StripeError::Timeout(StripeError::STALLED));
}

#[tokio::test]
async fn an_answer_that_drips() {
    // Never silent for long, and never done.
    let change = |config: &mut StripeConfig| {
        config.idle_timeout = Duration::from_secs(10);
        config.call_timeout = BRIEF * 2;
    };
    let error = error(change, &dripping().await).await;
    assert_eq!(error, StripeError::Timeout(StripeError::TOO_LONG));
}

#[tokio::test]
async fn a_refusal_that_drips_is_still_named_by_its_status() {
    let base = serving(|mut stream| async move {
        asked(&mut stream).await;
        let head = "HTTP/1.1 404 Not Found\r\ncontent-length: 1000\r\n\r\n";
        drop(stream.write_all(head.as_bytes()).await);
        stream
    })
    .await;
    let mut config = config(&base);
    config.idle_timeout = BRIEF;
    let client = StripeClient::new(config).unwrap();
    let error = client.fetch(&wanted(at(NOW))).await.unwrap_err();
    assert_eq!(error.code(), "stripe_not_found");
}

#[tokio::test]
async fn the_time_of_the_caller_bounds_them_all() {
    for base in [silent().await, dripping().await] {
        let change = |config: &mut StripeConfig| {
            config.fetch_deadline = BRIEF;
            config.attempts = 10;
        };
        let error = error(change, &base).await;
        assert_eq!(error, StripeError::Timeout(StripeError::OUT_OF_TIME));
    }
}

#[tokio::test]
async fn attempts_end_with_the_time_of_the_caller() {
    let change = |config: &mut StripeConfig| {
        config.call_timeout = Duration::from_millis(50);
        config.fetch_deadline = Duration::from_millis(120);
        config.attempts = 10;
    };
    error(change, &silent().await).await;
}

#[tokio::test]
async fn the_time_of_the_caller_ends_in_the_middle_of_a_refresh() {
    // The account says that a refresh is due, and nothing answers the refresh.
    let mut account = super::server::Bank::new(0).account;
    account["balance_refresh"] = serde_json::Value::Null;
    let body = account.to_string();
    let base = serving(move |mut stream| {
        let body = body.clone();
        async move {
            if asked(&mut stream).await.starts_with(b"GET") {
                let length = body.len();
                let kind = "content-type: application/json\r\nconnection: close";
                let head = format!("HTTP/1.1 200 OK\r\n{kind}\r\ncontent-length: {length}\r\n\r\n");
                drop(stream.write_all(head.as_bytes()).await);
                drop(stream.write_all(body.as_bytes()).await);
            }
            stream
        }
    })
    .await;
    let change = |config: &mut StripeConfig| config.fetch_deadline = BRIEF * 5;
    let error = error(change, &base).await;
    assert_eq!(error, StripeError::Timeout(StripeError::OUT_OF_TIME));
}
