//! The access matrix of the HTTP port: every route with every credential.

use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use underwrite::access::{Scope, Scopes};
use underwrite::clock::{Clock, SystemClock};
use underwrite::http::{Route, RouteAccess};
use underwrite::stripe::webhook::SigningSecrets;

use super::super::harness::{SECRET, now};
use super::super::process::{Server, Workspace, command, request, terminate};
use super::cells::Told;
use super::granting::Granting;

const EVENT: &str = "{\"object\":\"event\",\"id\":\"evt_1\",\"type\":\"nothing\",\"livemode\":false,\
                     \"created\":1699999999,\"data\":{\"object\":{\"id\":\"fca_1\"}}}";

/// The HTTP port as a client sees it.
pub(super) struct Port {
    address: SocketAddr,
    tls: Option<TlsConnector>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Port {
    fn plain(server: &Server) -> Self {
        let address = server.http.unwrap();
        Self { address, tls: None }
    }

    /// By TLS, with whatever the client shows there.
    pub(super) fn tls(server: &Server, client: ClientConfig) -> Self {
        Self {
            tls: Some(TlsConnector::from(Arc::new(client))),
            ..Self::plain(server)
        }
    }

    async fn connect(&self) -> Box<dyn Stream> {
        let socket = TcpStream::connect(self.address).await.unwrap();
        let Some(tls) = &self.tls else {
            return Box::new(socket);
        };
        let name = ServerName::try_from("localhost").unwrap();
        Box::new(tls.connect(name, socket).await.unwrap())
    }

    /// What is asked for a route: its status and all that was sent.
    async fn ask(&self, route: Route, method: &str, headers: &[String]) -> (u16, String) {
        let mut head = format!(
            "{method} {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n",
            route.path()
        );
        for header in headers {
            head.push_str(&format!("{header}\r\n"));
        }
        if method == "POST" {
            head.push_str(&format!("content-length: {}\r\n\r\n{EVENT}", EVENT.len()));
        } else {
            head.push_str("\r\n");
        }
        let mut stream = self.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }
}

fn signed(secret: &str) -> String {
    let secrets = SigningSecrets::parse(secret).unwrap();
    let signature = secrets.header(EVENT.as_bytes(), SystemClock.now());
    format!("stripe-signature: {signature}")
}

fn shown(token: &str) -> Vec<String> {
    vec![format!("authorization: Bearer {token}")]
}

pub(super) fn serve(workspace: &Workspace, address: &str, more: &[&str]) -> Server {
    let secret = workspace.data.path().join("webhook.secret");
    fs::write(&secret, SECRET).unwrap();
    let settings = workspace.data.path().join("settings.toml");
    fs::write(
        &settings,
        format!("stripe_webhook_secret_file = {secret:?}\n"),
    )
    .unwrap();
    let words = [
        "--http-listen",
        address,
        "--config",
        settings.to_str().unwrap(),
    ];
    workspace.serve_with(&workspace.stripe, &[&words[..], more].concat(), &[])
}

/// What a route answers to whoever has no, a wrong, another's or the right credential.
fn expected(route: Route, is_known: bool, may: bool, is_signed: bool) -> u16 {
    match route.access() {
        RouteAccess::Open => 200,
        RouteAccess::Signature if is_signed => 200,
        RouteAccess::Signature => 400,
        RouteAccess::Operator if !is_known => 401,
        RouteAccess::Operator if !may => 403,
        RouteAccess::Operator => 200,
    }
}

/// How often the port refused somebody, and in what words.
#[derive(Default)]
pub(super) struct Refused {
    unknown: u64,
    denied: u64,
    /// Those of servers that have ended, in the same ledger.
    before: (u64, u64),
    bodies: Vec<String>,
}

pub(super) async fn assert_told(
    port: &Port,
    headers: &[String],
    (is_known, may): (bool, bool),
    refused: &mut Refused,
) {
    for route in Route::ALL {
        for (signature, is_signed) in [
            (None, false),
            (Some(signed("whsec_other")), false),
            (Some(signed(SECRET)), true),
        ] {
            let headers: Vec<String> = headers.iter().cloned().chain(signature).collect();
            let method = route.method();
            let (status, answer) = port.ask(route, method.as_str(), &headers).await;
            let wanted = expected(route, is_known, may, is_signed);
            assert_eq!(status, wanted, "{route:?} with {headers:?}: {answer}");
            match status {
                401 => {
                    let body = answer.split_once("\r\n\r\n").unwrap().1;
                    refused.bodies.push(body.to_owned());
                    assert!(answer.contains("www-authenticate: Bearer"), "{answer}");
                    refused.unknown += 2;
                }
                403 => refused.denied += 2,
                _ => continue,
            }
            assert!(!answer.contains("underwrite_"), "{answer}");
            // HEAD is GET without a body, and no way round.
            let (head, _) = port.ask(route, "HEAD", &headers).await;
            assert_eq!(head, status, "HEAD {route:?} with {headers:?}");
        }
    }
}

impl Refused {
    /// Counts what a call of gRPC was answered.
    pub(super) fn count(&mut self, told: Told) {
        match told {
            Told::Passed => {}
            Told::Unknown => self.unknown += 1,
            Told::Denied => self.denied += 1,
        }
    }

    /// Asserts that every refusal is counted, and in the audit log once the server has ended: those
    /// of nobody, and those of `denied_of`, the tenants that have others.
    pub(super) async fn assert_kept(
        &mut self,
        (workspace, server, port): (&Workspace, Server, &Port),
        headers: &[String],
        denied_of: &[&str],
    ) {
        let (_, metrics) = port.ask(Route::Metrics, "GET", headers).await;
        for (code, count) in [
            ("UNAUTHENTICATED", self.unknown),
            ("PERMISSION_DENIED", self.denied),
        ] {
            let line = format!("underwrite_access_refused_total{{code=\"{code}\"}} {count}\n");
            assert!(metrics.contains(&line), "{line}: {metrics}");
        }
        terminate(server.pid());
        assert!(server.ended().await.success());
        let (mut unknown, mut denied) = (0, 0);
        for tenant in ["default"].iter().chain(denied_of) {
            let words = ["audit", "list", "--action", "access.refused"];
            let words = [&words[..], &["--tenant", tenant]].concat();
            let (exit, told) = command(workspace.data.path(), &words);
            assert_eq!(exit, 0, "{told}");
            for event in told["events"].as_array().unwrap() {
                let count = event["count"].as_u64().unwrap();
                if event["result"] == "UNAUTHENTICATED" {
                    assert!(event["who"].is_null(), "{event}");
                    unknown += count;
                } else {
                    denied += count;
                }
            }
        }
        let (unknown_before, denied_before) = self.before;
        let all = (unknown_before + self.unknown, denied_before + self.denied);
        assert_eq!((unknown, denied), all);
        (self.before, self.unknown, self.denied) = (all, 0, 0);
        // Whatever is wrong with a credential, the same is told.
        let first = &self.bodies[0];
        assert!(self.bodies.iter().all(|body| body == first));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_through_those_alone_whom_it_is_for() {
    let workspace = Workspace::new().await;
    let mut refused = Refused::default();
    // Before the first token, who is on this machine is the operator.
    let server = serve(&workspace, "127.0.0.1:0", &[]);
    let port = Port::plain(&server);
    assert_told(&port, &[], (true, true), &mut refused).await;
    let none = format!("uwt_{}", "0".repeat(64));
    assert_told(&port, &shown(&none), (false, false), &mut refused).await;
    refused
        .assert_kept((&workspace, server, &port), &[], &[])
        .await;

    let granting = Granting::new(&workspace).await;
    let metrics = Scopes::NONE.with(Scope::Metrics);
    let (_, right) = granting.token("default", metrics, None).await;
    let (revoked_id, revoked) = granting.token("default", metrics, None).await;
    granting.revoke("default", &revoked_id).await;
    let (_, expired) = granting.token("default", metrics, Some(now())).await;
    let (_, other_tenant) = granting.token("acme", Scopes::ALL, None).await;
    let mut other_scopes = Vec::new();
    for scope in Scope::ALL.into_iter().filter(|one| *one != Scope::Metrics) {
        let one = granting.token("default", Scopes::NONE.with(scope), None);
        other_scopes.push(one.await.1);
    }
    drop(granting);
    let server = serve(&workspace, "127.0.0.1:0", &[]);
    let port = Port::plain(&server);
    let wrong = [
        vec![],
        vec!["authorization:".to_owned()],
        vec!["authorization: Bearer".to_owned()],
        vec![format!("authorization: Basic {right}")],
        vec![format!("authorization: {right}")],
        vec![format!("x-token: {right}")],
        shown(&right.to_ascii_uppercase()),
        shown(&format!("{right}0")),
        shown(&none),
        shown(&expired),
        shown(&revoked),
        [shown(&right), shown(&right)].concat(),
    ];
    for headers in &wrong {
        assert_told(&port, headers, (false, false), &mut refused).await;
    }
    for other in other_scopes.iter().chain([&other_tenant]) {
        assert_told(&port, &shown(other), (true, false), &mut refused).await;
    }
    assert_told(&port, &shown(&right), (true, true), &mut refused).await;
    // What is there for a scraper decides nothing.
    let mut client = super::shows(super::super::harness::channel(server.address).await, &right);
    let status = client.decide(request("k")).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
    refused.denied += 1;
    let place = (&workspace, server, &port);
    refused.assert_kept(place, &shown(&right), &["acme"]).await;
}

/// An address of this machine that others know it by, where it has one. Nothing is sent.
fn address_on_a_network() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_not_for_everybody_on_a_network() {
    let Some(address) = address_on_a_network() else {
        println!("skipped: this machine has no address on a network");
        return;
    };
    let workspace = Workspace::new().await;
    let flag = ["--insecure-http-listen-on-a-network"];
    let mut refused = Refused::default();
    let server = serve(&workspace, &format!("{address}:0"), &flag);
    assert_told(&Port::plain(&server), &[], (false, false), &mut refused).await;
    drop(server);
    let granting = Granting::new(&workspace).await;
    let metrics = Scopes::NONE.with(Scope::Metrics);
    let (_, right) = granting.token("default", metrics, None).await;
    drop(granting);
    let server = serve(&workspace, &format!("{address}:0"), &flag);
    let port = Port::plain(&server);
    assert_told(&port, &[], (false, false), &mut refused).await;
    assert_told(&port, &shown(&right), (true, true), &mut refused).await;
}
