//! Through real sockets, with clients that behave and clients that do not.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::DnType;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::{Connections, Observer, PREFACE, Patience};
use crate::clock::SystemClock;
use crate::limits;
use crate::proto::ListDecisionsRequest;
use crate::proto::decision_service_client::DecisionServiceClient;
use crate::service::request_id::RequestIds;
use crate::service::tests::{Server, reason, start_with};
use crate::service::{Metrics, ServerConfig};
use crate::sockets::authority::{Authority, Pair, VALID};
use crate::sockets::{PeerCertificate, Tls, TlsFiles};

const QUICK: Duration = Duration::from_millis(200);
const LATE: Duration = Duration::from_secs(10);

async fn server(connections_max: usize, patience: Patience) -> Server {
    let config = ServerConfig {
        connections_max,
        patience,
        drain_timeout: QUICK,
        ..ServerConfig::default()
    };
    start_with(3, config).await
}

async fn within<T>(time: Duration, what: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(time, what).await;
    waited.expect("it does not come to an end")
}

/// A client that leaves deadlines to the server.
async fn raw(server: &Server) -> hyper::client::conn::http2::SendRequest<Body> {
    let socket = TcpStream::connect(server.address).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
            .await
            .unwrap();
    tokio::spawn(connection);
    sender
}

fn call(method: &str) -> http::request::Builder {
    http::Request::post(format!("http://x{method}")).header("content-type", "application/grpc")
}

/// The status of an answer, wherever in it that is.
async fn status_of(answer: http::Response<hyper::body::Incoming>) -> Status {
    if let Some(status) = Status::from_header_map(answer.headers()) {
        return status;
    }
    let mut body = answer.into_body();
    loop {
        let mut next = std::pin::Pin::new(&mut body);
        let frame =
            std::future::poll_fn(|context| hyper::body::Body::poll_frame(next.as_mut(), context));
        let frame = frame.await.expect("an answer without a status").unwrap();
        if let Some(trailers) = frame.trailers_ref() {
            return Status::from_header_map(trailers).unwrap();
        }
    }
}

/// Waits until the server has told a client to go away.
async fn closed(sender: &mut hyper::client::conn::http2::SendRequest<Body>) {
    while sender.ready().await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[test]
fn the_pace_is_that_of_the_limits() {
    let patience = Patience::default();
    assert_eq!(patience.preface, limits::GRPC_PREFACE_TIMEOUT);
    assert_eq!(patience.request, limits::GRPC_REQUEST_TIMEOUT);
    assert_eq!(patience.idle, limits::GRPC_IDLE_MAX);
    let config = ServerConfig::default();
    assert_eq!(config.connections_max, limits::GRPC_CONNECTIONS_MAX);
}

#[tokio::test]
async fn whoever_does_not_say_http2_in_time_is_cut_off() {
    let patience = Patience {
        preface: QUICK,
        ..Patience::default()
    };
    let server = server(100, patience).await;
    let mut sockets = Vec::new();
    for said in [
        &b""[..],
        &PREFACE[..PREFACE.len() - 1],
        b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(said).await.unwrap();
        sockets.push(socket);
    }
    for socket in &mut sockets {
        let mut rest = Vec::new();
        // What was sent and not read makes it a reset.
        drop(within(LATE, socket.read_to_end(&mut rest)).await);
        assert_eq!(rest, b"");
    }
}

#[tokio::test]
async fn a_request_that_stops_halfway_is_ended_with_a_status() {
    let patience = Patience {
        request: QUICK,
        ..Patience::default()
    };
    let server = server(100, patience).await;
    let mut sender = raw(&server).await;
    let (mut part, rest) = tokio::io::duplex(64);
    // A head of a message of 100 bytes, and nothing of it.
    part.write_all(&[0, 0, 0, 0, 100]).await.unwrap();
    let body = Body::new(Halfway(rest));
    let request = call("/underwrite.v1.DecisionService/Decide").body(body);
    let answer = within(LATE, sender.send_request(request.unwrap())).await;
    let status = status_of(answer.unwrap()).await;
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert_eq!(reason(&status), "REQUEST_INCOMPLETE");
    drop(part);
}

/// A body of what comes out of a pipe.
struct Halfway(tokio::io::DuplexStream);

impl hyper::body::Body for Halfway {
    type Data = hyper::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        let mut bytes = [0; 64];
        let mut read = tokio::io::ReadBuf::new(&mut bytes);
        let socket = std::pin::Pin::new(&mut self.0);
        std::task::ready!(tokio::io::AsyncRead::poll_read(socket, context, &mut read))?;
        let data = hyper::body::Bytes::copy_from_slice(read.filled());
        let frame = (!data.is_empty()).then(|| Ok(hyper::body::Frame::data(data)));
        std::task::Poll::Ready(frame)
    }
}

#[tokio::test]
async fn a_deadline_that_passes_is_told_with_its_details_also_within_a_stream() {
    let server = server(100, Patience::default()).await;
    let mut sender = raw(&server).await;
    // An empty message: the health of all, which a watcher is told of for as long as it listens.
    let (mut pipe, body) = tokio::io::duplex(64);
    pipe.write_all(&[0; 5]).await.unwrap();
    drop(pipe);
    let request = call("/grpc.health.v1.Health/Watch")
        .header("grpc-timeout", "300m")
        .body(Body::new(Halfway(body)));
    let answer = sender.send_request(request.unwrap()).await.unwrap();
    let status = within(LATE, status_of(answer)).await;
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert_eq!(reason(&status), "DEADLINE_EXCEEDED");
    // One that has passed when it comes.
    for method in [
        "/underwrite.v1.DecisionService/Decide",
        "/underwrite.v1.DecisionService/ListDecisions",
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        let (open, body) = tokio::io::duplex(64);
        let request = call(method)
            .header("grpc-timeout", "1n")
            .body(Body::new(Halfway(body)));
        let answer = sender.send_request(request.unwrap()).await.unwrap();
        let status = within(LATE, status_of(answer)).await;
        assert_eq!(
            status.code(),
            Code::DeadlineExceeded,
            "{method}: {status:?}"
        );
        assert_eq!(reason(&status), "DEADLINE_EXCEEDED");
        drop(open);
    }
}

#[tokio::test]
async fn a_connection_that_is_not_used_is_ended() {
    let patience = Patience {
        idle: QUICK,
        ..Patience::default()
    };
    let server = server(100, patience).await;
    let mut sender = raw(&server).await;
    let watching = HealthClient::new(server.channel().await)
        .watch(HealthCheckRequest::default())
        .await
        .unwrap();
    within(LATE, closed(&mut sender)).await;
    // One that has a call open is not idle.
    tokio::time::sleep(QUICK * 2).await;
    let mut watching = watching.into_inner();
    assert!(watching.message().await.unwrap().is_some());
    let more = tokio::time::timeout(QUICK, watching.message()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn so_many_connections_are_open_at_once() {
    let server = server(3, Patience::default()).await;
    let list = async |client: &mut crate::proto::decision_service_client::DecisionServiceClient<
        tonic::transport::Channel,
    >| {
        let listed = client.list_decisions(ListDecisionsRequest::default());
        within(LATE, listed).await
    };
    // Below and at the limit all are served.
    let mut first = raw(&server).await;
    tokio::time::sleep(limits::CONNECTION_YIELDS_AFTER).await;
    let (mut second, mut third) = (server.client().await, server.client().await);
    for client in [&mut second, &mut third] {
        list(client).await.unwrap();
    }
    assert!(!first.is_closed());
    // Above it the one that has been idle longest goes.
    let mut fourth = server.client().await;
    list(&mut fourth).await.unwrap();
    within(LATE, closed(&mut first)).await;
    // Whoever has a call open stays, and one more waits until another goes.
    let mut watching = Vec::new();
    for client in [second, third, fourth] {
        drop(client);
        let mut health = HealthClient::new(server.channel().await);
        let watch = health.watch(HealthCheckRequest::default()).await.unwrap();
        watching.push(watch.into_inner());
    }
    let mut more = server.client().await;
    let waited = tokio::time::timeout(
        limits::CONNECTION_YIELDS_AFTER * 4,
        more.list_decisions(ListDecisionsRequest::default()),
    );
    assert!(waited.await.is_err(), "there is no place for it");
    watching.pop();
    list(&mut more).await.unwrap();
    for watch in &mut watching {
        assert!(watch.message().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn the_server_ends_although_connections_stay_silent() {
    let server = server(100, Patience::default()).await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    let mut greeted = TcpStream::connect(server.address).await.unwrap();
    greeted.write_all(PREFACE).await.unwrap();
    let mut client = server.client().await;
    client
        .list_decisions(ListDecisionsRequest::default())
        .await
        .unwrap();
    server.stop.cancel();
    within(LATE, server.ended).await.unwrap().unwrap();
    drop((silent, greeted));
}

#[test]
fn the_limits_of_connections_and_restarts_hang_together() {
    assert!(limits::GRPC_KEEPALIVE_TIMEOUT < limits::GRPC_KEEPALIVE_INTERVAL);
    assert!(limits::GRPC_REFLECTION_TIMEOUT > limits::GRPC_REQUEST_TIMEOUT);
    // Whoever takes back all open calls at once is no attacker.
    let streams = usize::try_from(limits::GRPC_STREAMS_MAX).unwrap();
    assert!(limits::GRPC_RESETS_PENDING_MAX >= streams);
    assert!(limits::GRPC_RESETS_OWN_MAX >= streams);
    const { assert!(limits::GRPC_HEADER_BYTES_MAX >= 8 * 1024) };
    // A process that ends is gone before the next one gives up.
    let end = limits::DRAIN_TIMEOUT + limits::GRPC_GOODBYE_TIMEOUT * 3;
    assert!(limits::LEDGER_HANDOVER_TIMEOUT > end * 2);
    assert!(limits::CACHE_HANDOVER_TIMEOUT < limits::DRAIN_TIMEOUT);
    assert_eq!(limits::FIRST_PAYMENT_DAYS_MAX, 366 + 365);
    // More than the calls of a busy second, each of which is a line.
    assert_eq!(limits::LOG_LINES_WAITING_MAX, 10_000);
}

/// TLS with a certificate that was made for it; the authority of servers, then that of clients.
fn tls() -> (Tls, Authority, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let (certificate, key) = servers.server(VALID).write(folder.path());
    let files = TlsFiles {
        certificate,
        key,
        client_ca: Some(clients.write(folder.path())),
    };
    let tls = Tls::load(files, Arc::new(SystemClock)).unwrap();
    (tls, servers, clients)
}

async fn tls_channel(address: SocketAddr, servers: &Authority, shown: Option<Pair>) -> Channel {
    let mut config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&servers.pem));
    if let Some(pair) = shown {
        config = config.identity(Identity::from_pem(pair.certificate, pair.key));
    }
    let url = format!("https://localhost:{}", address.port());
    let endpoint = Channel::from_shared(url).unwrap().tls_config(config);
    within(LATE, endpoint.unwrap().connect()).await.unwrap()
}

#[tokio::test]
async fn slow_handshakes_are_cut_and_keep_no_places() {
    let patience = Patience {
        preface: QUICK * 5,
        ..Patience::default()
    };
    let (tls, servers, _) = tls();
    let config = ServerConfig {
        tls: Some(tls),
        connections_max: 3,
        patience,
        drain_timeout: QUICK,
        ..ServerConfig::default()
    };
    let server = start_with(3, config).await;
    let mut slow = Vec::new();
    for number in 0..12 {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        // Nothing; a record of TLS that does not come to its end.
        if number % 2 == 1 {
            socket.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
        }
        slow.push(socket);
    }
    // There is no place for all of them, and whoever goes on with it is served nevertheless.
    let channel = tls_channel(server.address, &servers, None).await;
    let mut client = DecisionServiceClient::new(channel);
    let listed = client.list_decisions(ListDecisionsRequest::default());
    within(LATE, listed).await.unwrap();
    for socket in &mut slow {
        let mut rest = Vec::new();
        drop(within(LATE, socket.read_to_end(&mut rest)).await);
    }
    // One that has shaken hands and then says nothing is no better.
    let socket = TcpStream::connect(server.address).await.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(servers.pem.as_bytes());
    roots.add(root.unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut silent = connector.connect(name, socket).await.unwrap();
    let mut rest = Vec::new();
    drop(within(LATE, silent.read_to_end(&mut rest)).await);
    server.stop.cancel();
    within(LATE, server.ended).await.unwrap().unwrap();
}

/// Answers with the subject of the caller's certificate as its message.
#[derive(Clone)]
struct TellsSubject;

impl NamedService for TellsSubject {
    const NAME: &'static str = "test.TellsSubject";
}

impl tower::Service<http::Request<Body>> for TellsSubject {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let shown = request.extensions().get::<PeerCertificate>();
        let subject = shown.map_or("nobody", |shown| shown.subject.as_str());
        let status = Status::new(Code::Aborted, subject);
        std::future::ready(Ok(status.into_http()))
    }
}

#[tokio::test]
async fn a_call_knows_the_subject_of_its_callers_certificate() {
    let (tls, servers, clients) = tls();
    let observer = Observer {
        metrics: Metrics::default(),
        ids: RequestIds::new(1),
    };
    let routes = Routes::new(TellsSubject);
    let connections = Connections::new(routes, Some(tls), 10, Patience::default(), observer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { connections.take_from(&listener).await });
    let told = async |shown: Option<Pair>| {
        let mut client = tonic::client::Grpc::new(tls_channel(address, &servers, shown).await);
        client.ready().await.unwrap();
        let path = http::uri::PathAndQuery::from_static("/test.TellsSubject/Tell");
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let answer = client.unary(tonic::Request::new(()), path, codec).await;
        let status = answer.unwrap_err();
        assert_eq!(status.code(), Code::Aborted, "{status:?}");
        status.message().to_owned()
    };
    assert_eq!(told(None).await, "nobody");
    let subject = [
        (DnType::OrganizationName, "Example"),
        (DnType::CommonName, "los"),
    ];
    let shown = clients.client(&subject, VALID);
    assert_eq!(told(Some(shown)).await, "CN=los,O=Example");
}
