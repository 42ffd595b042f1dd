use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::limits;
use crate::sockets::Places;

fn port() -> HttpPort {
    HttpPort::new(Parts {
        webhooks: None,
        registry: Registry::default(),
        draining: CancellationToken::new(),
        readiness: Arc::new(()),
        operators: Arc::new(()),
        tls: None,
        insecure_listen_on_a_network: false,
    })
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// One connection that is served in this process, without a socket.
struct Line {
    client: DuplexStream,
    ending: CancellationToken,
    served: JoinHandle<()>,
}

impl Line {
    async fn at(read_millis: u64, age_millis: u64) -> Self {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let ending = CancellationToken::new();
        let patience = Patience {
            head: Duration::from_millis(read_millis),
            read: Duration::from_millis(read_millis),
            age: Duration::from_millis(age_millis),
        };
        let place = Places::new(1).take().await;
        let port = server::Port {
            router: port().router,
            tls: None,
            patience,
        };
        let peer = operators::Peer {
            address: std::net::Ipv4Addr::LOCALHOST.into(),
            certificate: None,
        };
        let served = tokio::spawn(port.serve(server, peer, ending.clone(), place));
        Self {
            client,
            ending,
            served,
        }
    }

    /// Asks, and returns the answer to it.
    async fn ask(&mut self) -> String {
        self.client.write_all(HEALTH).await.unwrap();
        let mut answer = vec![0; 4_096];
        let length = self.client.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// What comes until the server hangs up.
    async fn rest(mut self) -> String {
        let mut rest = String::new();
        self.client.read_to_string(&mut rest).await.unwrap();
        self.served.await.unwrap();
        rest
    }
}

#[test]
fn the_pace_is_that_of_the_limits() {
    let patience = Patience::default();
    assert_eq!(patience.head, limits::HTTP_HEAD_TIMEOUT);
    assert_eq!(patience.read, limits::HTTP_READ_TIMEOUT);
    assert_eq!(patience.age, limits::HTTP_CONNECTION_AGE_MAX);
}

#[tokio::test]
async fn a_connection_is_kept_for_more_than_one_request() {
    let mut line = Line::at(5_000, 5_000).await;
    for _ in 0..3 {
        assert!(line.ask().await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_ends_the_connection() {
    let mut line = Line::at(100, 60_000).await;
    line.client.write_all(&HEALTH[..20]).await.unwrap();
    let rest = line.rest().await;
    assert!(!rest.contains("200"), "{rest}");
}

#[tokio::test]
async fn an_idle_connection_is_ended() {
    let mut line = Line::at(100, 60_000).await;
    assert!(line.ask().await.contains("serving"));
    assert_eq!(line.rest().await, "");
}

#[tokio::test]
async fn a_connection_is_ended_at_its_age_however_busy() {
    let mut line = Line::at(5_000, 200).await;
    let mut answers = 0;
    while !line.served.is_finished() {
        if line.client.write_all(HEALTH).await.is_err() {
            break;
        }
        let mut answer = [0; 4_096];
        match line.client.read(&mut answer).await {
            Ok(0) | Err(_) => break,
            Ok(_) => answers += 1,
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    line.served.await.unwrap();
    assert!(answers >= 2, "{answers}");
}

#[tokio::test]
async fn connections_end_with_the_server() {
    let mut line = Line::at(5_000, 60_000).await;
    assert!(line.ask().await.contains("serving"));
    line.ending.cancel();
    assert_eq!(line.rest().await, "");
}

#[tokio::test]
async fn the_head_is_limited() {
    let max = limits::HTTP_HEAD_BYTES_MAX;
    for (length, status) in [(max - 1, "200"), (max, "200"), (max + 1_024, "431")] {
        let mut line = Line::at(5_000, 60_000).await;
        let frame = "GET /healthz HTTP/1.1\r\nconnection: close\r\nx: \r\n\r\n".len();
        let filler = "a".repeat(length - frame);
        let head = format!("GET /healthz HTTP/1.1\r\nconnection: close\r\nx: {filler}\r\n\r\n");
        assert_eq!(head.len(), length);
        line.client.write_all(head.as_bytes()).await.unwrap();
        let answer = line.rest().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{length}: {answer}"
        );
    }
}

#[tokio::test]
async fn heads_that_do_not_come_block_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(port().serve(listener, stop.clone().cancelled_owned()));
    let mut answer = [0; 1_024];
    let mut slow = Vec::new();
    for number in 1..=limits::HTTP_CONNECTIONS_MAX + 10 {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(&HEALTH[..20]).await.unwrap();
        slow.push(socket);
        // Below the limit, at it and above it, whoever sends a whole head is answered.
        if number + 2 >= limits::HTTP_CONNECTIONS_MAX {
            let mut whole = TcpStream::connect(address).await.unwrap();
            whole.write_all(HEALTH).await.unwrap();
            let answered = tokio::time::timeout(Duration::from_secs(2), whole.read(&mut answer));
            assert!(answered.await.unwrap().unwrap() > 0, "{number}");
        }
    }
    // The oldest made way.
    let first = tokio::time::timeout(Duration::from_secs(1), slow[0].read(&mut answer));
    assert!(!matches!(first.await.unwrap(), Ok(1..)));
    drop(slow);
    stop.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_on_a_network_needs_the_words_for_it() {
    let open: SocketAddr = "0.0.0.0:8080".parse().unwrap();
    let protection = |encrypted, insecure| Protection {
        encrypted,
        insecure,
    };
    let refused = check_protected(open, protection(false, false))
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("insecure_http_listen_on_a_network"),
        "{refused}"
    );
    assert!(check_protected(open, protection(false, true)).is_ok());
    assert!(check_protected(open, protection(true, false)).is_ok());
    let inside = "127.0.0.1:8080".parse().unwrap();
    assert!(check_protected(inside, protection(false, false)).is_ok());
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let served = port().serve(listener, async {}).await;
    assert!(matches!(served, Err(HttpError::NotProtected { .. })));
}
