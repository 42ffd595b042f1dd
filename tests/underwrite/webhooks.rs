//! Webhooks, health and metrics through a real socket.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use underwrite::clock::{Clock, ManualClock, SystemClock};
use underwrite::http::webhooks::{Listener, Webhooks};
use underwrite::http::{HttpPort, KINDS, Parts, Route};
use underwrite::id::AccountId;
use underwrite::limits;
use underwrite::stripe::webhook::SigningSecrets;
use underwrite::underwriter::AccountEvent;

use super::harness::listen;
use super::process::{Workspace, terminate};

/// Stripe's own vector.
pub(crate) const VECTOR: &str = r#"{"object":"event","id":"evt_1","type":"financial_connections.account.refreshed_balance","data":{"object":{"id":"fca_1","object":"financial_connections.account"}}}"#;
const VECTOR_SIGNATURE: &str =
    "t=1700000000,v1=e7ec3f7ee80dd9e188b76c0916a156cb5dcdf0ae982550b0792f3d38a7a6cae7";
const SECRET: &str = "whsec_x";
pub(crate) const DISCONNECTED: &str = "financial_connections.account.disconnected";

fn signed_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// Remembers what it was told.
#[derive(Default)]
struct Notes(Mutex<Vec<(String, AccountEvent)>>);

#[async_trait]
impl Listener for Notes {
    async fn heard(&self, account: &AccountId, event: AccountEvent) {
        let note = (account.to_string(), event);
        self.0.lock().unwrap().push(note);
    }
}

/// The port alone, with a clock that stands at the time of the vector.
pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    clock: Arc<ManualClock>,
    notes: Arc<Notes>,
    draining: CancellationToken,
    stop: CancellationToken,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn port_with(secrets: Option<&str>) -> Port {
    port_at(signed_at(), secrets).await
}

/// The port at another time than that of the vector.
pub(crate) async fn port_at(now: DateTime<Utc>, secrets: Option<&str>) -> Port {
    let (listener, address) = listen().await;
    let clock = Arc::new(ManualClock::new(now));
    let (notes, draining) = (Arc::<Notes>::default(), CancellationToken::new());
    let port = HttpPort::new(Parts {
        webhooks: secrets.map(|secrets| Webhooks {
            secrets: SigningSecrets::parse(secrets).unwrap(),
            livemode: false,
            clock: Arc::<ManualClock>::clone(&clock),
            listener: Arc::<Notes>::clone(&notes),
        }),
        registry: Registry::with_prefix("underwrite"),
        draining: draining.clone(),
        readiness: Arc::new(()),
        operators: Arc::new(()),
        tls: None,
        insecure_listen_on_a_network: false,
    });
    let stop = CancellationToken::new();
    tokio::spawn(port.serve(listener, stop.clone().cancelled_owned()));
    Port {
        address,
        clock,
        notes,
        draining,
        stop,
    }
}

async fn port() -> Port {
    port_with(Some(SECRET)).await
}

/// Sends bytes and reads until the server hangs up.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn body_has_line(answer: &str, start: &str) -> bool {
    body(answer).lines().any(|line| line.starts_with(start))
}

/// The code of a refusal, or the result of what was taken.
fn told(answer: &str) -> (u16, String) {
    let told: Value = serde_json::from_str(body(answer)).unwrap();
    let word = match status(answer) {
        200 => &told["result"],
        _ => &told["error"]["code"],
    };
    (status(answer), word.as_str().unwrap().to_owned())
}

fn answered(status: u16, word: &str) -> (u16, String) {
    (status, word.to_owned())
}

impl Port {
    async fn get(&self, path: &str) -> String {
        self.ask("GET", path).await
    }

    async fn ask(&self, method: &str, path: &str) -> String {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        exchange(self.address, head.as_bytes()).await
    }

    async fn deliver_as(&self, body: &str, headers: &[&str]) -> (u16, String) {
        let mut request = format!(
            "POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-length: {}\r\n",
            body.len()
        );
        for header in headers {
            request.push_str(&format!("stripe-signature: {header}\r\n"));
        }
        request.push_str(&format!("\r\n{body}"));
        told(&exchange(self.address, request.as_bytes()).await)
    }

    /// Delivers a body with a signature of now.
    async fn deliver(&self, body: &str) -> (u16, String) {
        self.deliver_as(body, &[&self.sign(SECRET, body)]).await
    }

    fn sign(&self, secret: &str, body: &str) -> String {
        let secrets = SigningSecrets::parse(secret).unwrap();
        secrets.header(body.as_bytes(), self.clock.now())
    }

    pub(crate) fn heard(&self) -> Vec<(String, AccountEvent)> {
        self.notes.0.lock().unwrap().clone()
    }
}

pub(crate) fn event(id: &str, kind: &str, account: &str) -> Value {
    json!({
        "object": "event", "id": id, "type": kind, "livemode": false, "created": 1_699_999_999,
        "data": { "object": { "id": account, "object": "financial_connections.account" } },
    })
}

#[tokio::test]
async fn the_published_vector_wakes_its_account_once_however_often_it_comes() {
    let port = port().await;
    let deliver = async || port.deliver_as(VECTOR, &[VECTOR_SIGNATURE]).await;
    assert_eq!(deliver().await, answered(200, "applied"));
    for _ in 0..5 {
        assert_eq!(deliver().await, answered(200, "repeated"));
    }
    assert_eq!(port.heard(), [("fca_1".to_owned(), AccountEvent::Changed)]);
}

#[tokio::test]
async fn what_stripe_did_not_sign_does_nothing_at_all() {
    let port = port().await;
    let refused = answered(400, "webhook_signature");
    let tampered = VECTOR.replace("fca_1", "fca_2");
    assert_eq!(
        port.deliver_as(&tampered, &[VECTOR_SIGNATURE]).await,
        refused
    );
    let wrong = port.sign("whsec_other", VECTOR);
    assert_eq!(port.deliver_as(VECTOR, &[&wrong]).await, refused);
    assert_eq!(port.deliver_as(VECTOR, &[]).await, refused);
    assert_eq!(port.deliver_as(VECTOR, &["t=1,v1=00"]).await, refused);
    let twice = [VECTOR_SIGNATURE, VECTOR_SIGNATURE];
    assert_eq!(port.deliver_as(VECTOR, &twice).await, refused);
    assert_eq!(port.heard(), []);
    // Nor is it remembered: the true one is taken.
    let taken = port.deliver_as(VECTOR, &[VECTOR_SIGNATURE]).await;
    assert_eq!(taken, answered(200, "applied"));
}

#[tokio::test]
async fn while_a_secret_is_rotated_either_is_taken() {
    let port = port_with(Some("whsec_new,whsec_old")).await;
    for (id, secret) in [("evt_a", "whsec_old"), ("evt_b", "whsec_new")] {
        let body = event(id, DISCONNECTED, "fca_1").to_string();
        let taken = port.deliver_as(&body, &[&port.sign(secret, &body)]).await;
        assert_eq!(taken, answered(200, "applied"));
    }
    // Stripe signs with both, and we know only one of them.
    let body = event("evt_c", DISCONNECTED, "fca_1").to_string();
    let both = port.sign("whsec_next,whsec_new", &body);
    assert_eq!(
        port.deliver_as(&body, &[&both]).await,
        answered(200, "applied")
    );
}

#[tokio::test]
async fn an_old_signature_is_refused_and_an_old_event_is_not() {
    let port = port().await;
    let tolerance = chrono::Duration::from_std(limits::WEBHOOK_TOLERANCE).unwrap();
    let early = port.sign(SECRET, VECTOR);
    port.clock.advance(tolerance);
    let taken = port.deliver_as(VECTOR, &[&early]).await;
    assert_eq!(taken, answered(200, "applied"));
    port.clock.advance(chrono::Duration::seconds(1));
    let refused = port.deliver_as(VECTOR, &[&early]).await;
    assert_eq!(refused, answered(400, "webhook_too_old"));
    // Sent again by Stripe days later, it is signed anew.
    port.clock.advance(chrono::Duration::days(3));
    let late = event("evt_late", DISCONNECTED, "fca_1").to_string();
    assert_eq!(port.deliver(&late).await, answered(200, "applied"));
}

#[tokio::test]
async fn every_type_of_the_table_does_what_the_table_says() {
    let port = port().await;
    let mut expected = Vec::new();
    for (number, kind) in KINDS.iter().enumerate() {
        for prefix in ["", "v1."] {
            let account = format!("fca_{number}{}", prefix.len());
            let id = format!("evt_{number}{}", prefix.len());
            let name = format!("{prefix}{}", kind.name);
            let mut body = event(&id, &name, &account);
            if !prefix.is_empty() {
                body = json!({
                    "object": "v2.core.event", "id": id, "type": name, "livemode": false,
                    "created": "2023-11-14T22:13:20Z", "context": null,
                    "related_object": { "id": account, "type": "financial_connections.account",
                        "url": format!("/v1/financial_connections/accounts/{account}") },
                });
            }
            let result = kind.means.map_or("nothing_to_do", |_| "applied");
            let taken = port.deliver(&body.to_string()).await;
            assert_eq!(taken, answered(200, result), "{name}");
            expected.extend(kind.means.map(|means| (account, means)));
        }
    }
    assert_eq!(port.heard(), expected);
}

#[tokio::test]
async fn what_is_unknown_or_of_the_other_mode_is_taken_and_does_nothing() {
    let port = port().await;
    let unknown = event("evt_1", "financial_connections.account.painted", "fca_1");
    let taken = port.deliver(&unknown.to_string()).await;
    assert_eq!(taken, answered(200, "nothing_to_do"));
    let mut live = event("evt_2", DISCONNECTED, "fca_1");
    live["livemode"] = json!(true);
    assert_eq!(
        port.deliver(&live.to_string()).await,
        answered(200, "wrong_mode")
    );
    let nobody = event("evt_3", DISCONNECTED, "cus_1");
    assert_eq!(
        port.deliver(&nobody.to_string()).await,
        answered(200, "no_account")
    );
    assert_eq!(port.heard(), []);
}

#[tokio::test]
async fn a_body_that_is_signed_and_no_event_is_refused() {
    let port = port().await;
    for body in ["", "not json", "[]", "{}", "{\"id\":\"evt_1\"}", "\u{0}"] {
        let refused = port.deliver(body).await;
        assert_eq!(refused, answered(400, "webhook_malformed"), "{body}");
    }
}

#[tokio::test]
async fn a_body_is_taken_below_and_at_the_limit_and_refused_above() {
    let port = port().await;
    let max = limits::WEBHOOK_BYTES_MAX;
    for (length, expected) in [
        (max - 1, answered(200, "applied")),
        (max, answered(200, "applied")),
        (max + 1, answered(413, "webhook_too_large")),
    ] {
        let mut body = event(&format!("evt_{length}"), DISCONNECTED, "fca_1").to_string();
        body.push_str(&" ".repeat(length - body.len()));
        assert_eq!(port.deliver(&body).await, expected, "{length}");
    }
    // Whatever it says of its length, and of its end.
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let endless = format!(
        "POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{}",
        chunk.repeat(5)
    );
    let refused = exchange(port.address, endless.as_bytes()).await;
    assert_eq!(told(&refused), answered(413, "webhook_too_large"));
}

#[tokio::test]
async fn a_body_that_drips_is_taken_in_time_and_given_up_after_it() {
    let port = port().await;
    let head = format!(
        "POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         stripe-signature: {VECTOR_SIGNATURE}\r\ncontent-length: {}\r\n\r\n",
        VECTOR.len()
    );
    let (first, rest) = VECTOR.split_at(20);
    let limit = limits::HTTP_READ_TIMEOUT;
    let drip = async |pause: Duration| {
        let mut socket = TcpStream::connect(port.address).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(first.as_bytes()).await.unwrap();
        tokio::time::sleep(pause).await;
        // It may have hung up.
        let _ = socket.write_all(rest.as_bytes()).await;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.map(|_| answer)
    };
    let (in_time, late) = tokio::join!(drip(limit / 2), async {
        let mut socket = TcpStream::connect(port.address).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(first.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let waited = tokio::time::timeout(limit * 2, socket.read_to_string(&mut answer));
        waited.await.unwrap().unwrap();
        answer
    });
    assert_eq!(told(&in_time.unwrap()), answered(200, "applied"));
    assert_eq!(told(&late), answered(408, "webhook_too_slow"));
    assert_eq!(port.heard().len(), 1);
}

#[tokio::test]
async fn a_body_that_breaks_off_does_nothing() {
    let port = port().await;
    let head = "POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{";
    let mut socket = TcpStream::connect(port.address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    drop(socket);
    assert!(port.get("/healthz").await.contains("serving"));
    assert_eq!(port.heard(), []);
}

#[tokio::test]
async fn without_a_secret_stripe_is_told_to_come_again() {
    let port = port_with(None).await;
    let refused = port.deliver_as(VECTOR, &[VECTOR_SIGNATURE]).await;
    assert_eq!(refused, answered(503, "webhook_not_set_up"));
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_as_json() {
    let port = port().await;
    for path in [
        "/",
        "/webhooks",
        "/webhooks/stripe/",
        "/healthz/x",
        "/METRICS",
    ] {
        let answer = port.get(path).await;
        assert_eq!(told(&answer), answered(404, "not_found"), "{path}");
        for route in Route::ALL {
            assert!(body(&answer).contains(&format!("`{}`", route.path())));
        }
    }
    for (method, path, allowed) in [
        ("GET", "/webhooks/stripe", "POST"),
        ("DELETE", "/webhooks/stripe", "POST"),
        ("POST", "/healthz", "GET,HEAD"),
        ("POST", "/metrics", "GET,HEAD"),
    ] {
        let answer = port.ask(method, path).await;
        assert_eq!(told(&answer), answered(405, "method_not_allowed"), "{path}");
        let allow = format!("allow: {allowed}\r\n");
        assert!(
            answer
                .to_ascii_lowercase()
                .contains(&allow.to_ascii_lowercase()),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn health_says_when_the_end_is_near() {
    let port = port().await;
    let answer = port.get("/healthz").await;
    assert_eq!(
        (status(&answer), body(&answer)),
        (200, "{\"status\":\"serving\"}\n")
    );
    let answer = port.get("/readyz").await;
    assert_eq!(
        (status(&answer), body(&answer)),
        (200, "{\"status\":\"ready\"}\n")
    );
    port.draining.cancel();
    for (path, code) in [("/healthz", 200), ("/readyz", 503)] {
        let answer = port.get(path).await;
        assert_eq!(
            (status(&answer), body(&answer)),
            (code, "{\"status\":\"draining\"}\n")
        );
    }
    // What is still under way may wait for it.
    let taken = port.deliver_as(VECTOR, &[VECTOR_SIGNATURE]).await;
    assert_eq!(taken, answered(200, "applied"));
}

#[tokio::test]
async fn metrics_count_deliveries_by_type_and_result() {
    let port = port().await;
    for _ in 0..3 {
        port.deliver_as(VECTOR, &[VECTOR_SIGNATURE]).await;
    }
    port.deliver_as(VECTOR, &[]).await;
    for number in 0..5 {
        let unknown = event(&format!("evt_{number}"), &format!("x.{number}"), "fca_1");
        port.deliver(&unknown.to_string()).await;
    }
    let answer = port.get("/metrics").await;
    assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0"));
    let counted = |kind: &str, result: &str| {
        format!("underwrite_stripe_webhooks_total{{type=\"{kind}\",result=\"{result}\"}}")
    };
    let balance = "financial_connections.account.refreshed_balance";
    for line in [
        format!("{} 1", counted(balance, "applied")),
        format!("{} 2", counted(balance, "repeated")),
        format!("{} 1", counted("none", "webhook_signature")),
        // However many there are, they are one line. The first has the id of the vector.
        format!("{} 4", counted("other", "nothing_to_do")),
        format!("{} 1", counted("other", "repeated")),
    ] {
        assert!(
            body(&answer).lines().any(|it| it == line),
            "{line}\n{answer}"
        );
    }
    assert!(body(&answer).ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_opens_the_port_and_closes_it_at_its_end() {
    let place = Workspace::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secrets");
    std::fs::write(&file, format!("whsec_before\n{SECRET}\n")).unwrap();
    let settings = folder.path().join("uw.toml");
    std::fs::write(
        &settings,
        format!("stripe_webhook_secret_file = {file:?}\n"),
    )
    .unwrap();
    let more = [
        "--http-listen",
        "127.0.0.1:0",
        "--config",
        settings.to_str().unwrap(),
    ];
    let server = place.serve_with(&place.stripe, &more, &[]);
    let address = server.http.unwrap();
    let head = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(address, head.as_bytes()).await;
    assert_eq!(body(&answer), "{\"status\":\"serving\"}\n");
    // The day that is played is not the one that signatures are judged by.
    let body = event("evt_1", DISCONNECTED, "fca_1").to_string();
    let secrets = SigningSecrets::parse(SECRET).unwrap();
    let request = format!(
        "POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\
         stripe-signature: {}\r\n\r\n{body}",
        body.len(),
        secrets.header(body.as_bytes(), SystemClock.now())
    );
    let answer = exchange(address, request.as_bytes()).await;
    assert_eq!(told(&answer), answered(200, "applied"));
    let head = "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(address, head.as_bytes()).await;
    for shown in [
        "underwrite_stripe_webhooks_total{",
        "underwrite_stripe_breaker_state 0",
    ] {
        assert!(body_has_line(&answer, shown), "{shown}\n{answer}");
    }
    terminate(server.pid());
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the port is closed"
    );
}
