//! The access matrix of the HTTP port: every route with every credential.

use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use underwrite::clock::{Clock, SystemClock};
use underwrite::http::{Route, RouteAccess};
use underwrite::stripe::webhook::SigningSecrets;

use super::super::harness::SECRET;
use super::super::process::{Server, Workspace, request};
use super::process::{json, run};

const EVENT: &str = "{\"object\":\"event\",\"id\":\"evt_1\",\"type\":\"nothing\",\"livemode\":false,\
                     \"created\":1699999999,\"data\":{\"object\":{\"id\":\"fca_1\"}}}";

/// What is asked for a route: its status and all that was sent.
async fn ask(address: SocketAddr, route: Route, method: &str, headers: &[String]) -> (u16, String) {
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
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

fn signed(secret: &str) -> String {
    let secrets = SigningSecrets::parse(secret).unwrap();
    let signature = secrets.header(EVENT.as_bytes(), SystemClock.now());
    format!("stripe-signature: {signature}")
}

fn shown(token: &str) -> Vec<String> {
    vec![format!("authorization: Bearer {token}")]
}

fn token(workspace: &Workspace, more: &[&str]) -> (String, String) {
    let words = [&["create", "--name", "scraper"], more].concat();
    let created = json(&run(workspace, &words, None));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&created["token"]["id"]), text(&created["secret"]))
}

fn serve(workspace: &Workspace, address: &str, more: &[&str]) -> Server {
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

async fn assert_told(
    server: &Server,
    headers: &[String],
    (is_known, may): (bool, bool),
    refusals: &mut Vec<String>,
) {
    let address = server.http.unwrap();
    for route in Route::ALL {
        for (signature, is_signed) in [
            (None, false),
            (Some(signed("whsec_other")), false),
            (Some(signed(SECRET)), true),
        ] {
            let headers: Vec<String> = headers.iter().cloned().chain(signature).collect();
            let method = route.method();
            let (status, answer) = ask(address, route, method.as_str(), &headers).await;
            let wanted = expected(route, is_known, may, is_signed);
            assert_eq!(status, wanted, "{route:?} with {headers:?}: {answer}");
            if status == 401 {
                let body = answer.split_once("\r\n\r\n").unwrap().1;
                refusals.push(body.to_owned());
                assert!(answer.contains("www-authenticate: Bearer"), "{answer}");
            }
            if status == 401 || status == 403 {
                assert!(!answer.contains("underwrite_"), "{answer}");
                // HEAD is GET without a body, and no way round.
                let (head, _) = ask(address, route, "HEAD", &headers).await;
                assert_eq!(head, status, "HEAD {route:?} with {headers:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_through_those_alone_whom_it_is_for() {
    let workspace = Workspace::new().await;
    let mut refusals = Vec::new();
    // Before the first token, who is on this machine is the operator.
    let server = serve(&workspace, "127.0.0.1:0", &[]);
    assert_told(&server, &[], (true, true), &mut refusals).await;
    let none = format!("uwt_{}", "0".repeat(64));
    assert_told(&server, &shown(&none), (false, false), &mut refusals).await;
    drop(server);

    let (_, right) = token(&workspace, &["--scopes", "metrics"]);
    let (revoked_id, revoked) = token(&workspace, &["--scopes", "metrics"]);
    json(&run(&workspace, &["revoke", &revoked_id], None));
    let every_other = "decide,read,read:personal,rules:write,rules:activate,replay,override,admin";
    let (_, other_scopes) = token(&workspace, &["--scopes", every_other]);
    let (_, other_tenant) = token(&workspace, &["--scopes", "metrics", "--tenant", "acme"]);
    let server = serve(&workspace, "127.0.0.1:0", &[]);
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
        shown(&revoked),
        [shown(&right), shown(&right)].concat(),
    ];
    for headers in &wrong {
        assert_told(&server, headers, (false, false), &mut refusals).await;
    }
    for other in [&other_scopes, &other_tenant] {
        assert_told(&server, &shown(other), (true, false), &mut refusals).await;
    }
    assert_told(&server, &shown(&right), (true, true), &mut refusals).await;
    // Whatever is wrong with a credential, the same is told.
    refusals.dedup();
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    // What is there for a scraper decides nothing.
    let mut client = super::shows(super::super::harness::channel(server.address).await, &right);
    let status = client.decide(request("k")).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
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
    let mut refusals = Vec::new();
    let server = serve(&workspace, &format!("{address}:0"), &flag);
    assert_told(&server, &[], (false, false), &mut refusals).await;
    drop(server);
    let (_, right) = token(&workspace, &["--scopes", "metrics"]);
    let server = serve(&workspace, &format!("{address}:0"), &flag);
    assert_told(&server, &[], (false, false), &mut refusals).await;
    assert_told(&server, &shown(&right), (true, true), &mut refusals).await;
}
