//! `Decide` over gRPC on cached snapshots: throughput, latency, and what a decision costs the
//! server, with 64 calls in flight over 8 connections.
//!
//! The server, with a sandbox and a ledger that syncs each commit, is a process of its own, so that
//! its processor time is told apart from that of the clients; they share the processors. The same
//! messages by TLS, by TLS with a token, to a server that only answers, and with and without a shadow
//! or columns beside what decides, are measured beside it. `BENCH_SECONDS` sets how long each is measured (10),
//! `BENCH_VIEW=full` asks for all of a decision. While it runs, the server can be looked into:
//! `perf record -p $(pgrep -f 'decide.*--bench' | head -1)`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may stop where its input is wrong, and prints its result"
)]

#[path = "common/allocator.rs"]
mod allocator;
#[path = "../tests/underwrite/authority.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod authority;
#[path = "decide/beside.rs"]
mod beside;
#[path = "decide/columns.rs"]
mod columns;
#[path = "common/decider.rs"]
mod decider;
#[path = "decide/echo.rs"]
mod echo;
#[path = "../tests/underwrite/harness.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod harness;
#[path = "../tests/underwrite/linked.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod linked;
#[path = "common/processor.rs"]
mod processor;
#[path = "decide/shadow.rs"]
mod shadow;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use authority::{Authority, VALID};
use decider::{ANSWER, CONNECTIONS, Process, ROLE, accounts, asked, data, serve, until_closed};
use harness::{Also, listen};
use processor::Usage;
use prost::Message;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::server::{Server, TcpIncoming};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};
use underwrite::access::audit::Origin;
use underwrite::access::{Scope, Scopes};
use underwrite::clock::{Stopwatch, SystemClock};
use underwrite::id::{IdentityName, OsEntropy, TenantId};
use underwrite::ledger::SqliteLedger;
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;
use underwrite::proto::decision_service_server::DecisionServiceServer;
use underwrite::service::server::{self, ServerConfig};
use underwrite::service::{self, NewGrant};
use underwrite::sockets::{Tls, TlsFiles};

const CALLS_A_CONNECTION: usize = 8;

type Client = DecisionServiceClient<InterceptedService<Channel, Shown>>;

#[tokio::main]
async fn main() {
    match std::env::var(ROLE).as_deref() {
        Ok("server") => serve(Some(by_tls().await)).await,
        Ok("echo") => serve_echo().await,
        _ => measure().await,
    }
}

/// The file of the address that speaks TLS, beside that of the answer.
const SECURED: &str = "secured";

/// The file of a token, and that of the address that asks for it.
const TOKEN: &str = "token";
const GUARDED: &str = "guarded";

/// Serves by TLS as well, on an address of its own, and to whoever has a token, by TLS too, on
/// another.
async fn by_tls() -> Also {
    let answer = PathBuf::from(std::env::var(ANSWER).unwrap());
    let folder = answer.parent().unwrap();
    let authority = Authority::new("bench");
    let (certificate, key) = authority.server(VALID).write(folder);
    authority.write(folder);
    let files = TlsFiles {
        certificate,
        key,
        client_ca: None,
    };
    let tls = Tls::load(files, Arc::new(SystemClock)).unwrap();
    let authority = granted(folder).await;
    let secured = ServerConfig {
        tls: Some(tls.clone()),
        ..ServerConfig::default()
    };
    let guarded = ServerConfig {
        tls: Some(tls),
        authority,
        ..ServerConfig::default()
    };
    let mut listeners = Vec::new();
    for (name, config) in [(SECURED, secured), (GUARDED, guarded)] {
        let (listener, address) = listen().await;
        std::fs::write(folder.join(name), address.to_string()).unwrap();
        listeners.push((listener, config));
    }
    let folder = folder.to_owned();
    Box::new(move |underwriter| {
        tokio::spawn(columns::follow(folder, data()));
        for (listener, config) in listeners {
            let never = std::future::pending();
            tokio::spawn(server::run(listener, config, underwriter.clone(), never));
        }
    })
}

/// Knows one token, which it writes into the folder.
async fn granted(folder: &Path) -> service::Authority {
    let ledger = SqliteLedger::open(&folder.join("grants.sqlite"), &OsEntropy).unwrap();
    let key = folder.join("token.key");
    let clock = Arc::new(SystemClock);
    let authority = service::Authority::open(Arc::new(ledger), &key, clock, None);
    let authority = authority.await.unwrap();
    let new = NewGrant {
        name: IdentityName::parse("bench").unwrap(),
        scopes: Scopes::NONE.with(Scope::Decide),
        expires_at: None,
        certificate: None,
    };
    let by = Origin::local(TenantId::parse("default").unwrap());
    let (_, token) = authority.create(&by, new).await.unwrap();
    std::fs::write(folder.join(TOKEN), token.unwrap().expose()).unwrap();
    authority
}

/// Shows a token, where there is one, with each call.
#[derive(Clone)]
struct Shown(Option<MetadataValue<Ascii>>);

impl Interceptor for Shown {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        Ok(request)
    }
}

/// A way to a server: with a connection of its own for each client.
#[derive(Clone)]
struct Way {
    endpoint: Endpoint,
    /// What the caller shows with each call.
    token: Option<MetadataValue<Ascii>>,
}

impl Way {
    fn plain(address: SocketAddr) -> Self {
        Self {
            endpoint: Endpoint::from_shared(format!("http://{address}")).unwrap(),
            token: None,
        }
    }

    /// By TLS and with the token, to the address that the server has written into this folder.
    fn guarded(folder: &Path) -> Self {
        let token = std::fs::read_to_string(folder.join(TOKEN)).unwrap();
        Self {
            token: Some(format!("Bearer {token}").parse().unwrap()),
            ..Self::secured(folder, GUARDED)
        }
    }

    /// By TLS, to the address that the server has written into this file of the folder.
    fn secured(folder: &Path, name: &str) -> Self {
        let address: SocketAddr = std::fs::read_to_string(folder.join(name))
            .unwrap()
            .parse()
            .unwrap();
        let ca = Certificate::from_pem(std::fs::read(folder.join("ca.pem")).unwrap());
        let url = format!("https://localhost:{}", address.port());
        let tls = ClientTlsConfig::new().ca_certificate(ca);
        let endpoint = Endpoint::from_shared(url).unwrap().tls_config(tls);
        Self {
            endpoint: endpoint.unwrap(),
            token: None,
        }
    }

    async fn client(&self) -> Client {
        let channel = self.endpoint.connect().await.unwrap();
        let shown = Shown(self.token.clone());
        DecisionServiceClient::with_interceptor(channel, shown)
    }
}

async fn serve_echo() {
    let answer = std::fs::read(std::env::var(ANSWER).unwrap()).unwrap();
    let answer = proto::DecideResponse::decode(answer.as_slice()).unwrap();
    let (listener, address) = listen().await;
    let service = DecisionServiceServer::new(echo::Echo(answer));
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    println!("{address}");
    until_closed().await;
}

async fn measure() {
    let seconds = std::env::var("BENCH_SECONDS").ok();
    let limit = Duration::from_secs(seconds.map_or(10, |text| text.parse().unwrap()));
    let rows: usize = accounts().iter().map(|account| account.rows.len()).sum();
    println!(
        "decide, {} calls in flight over {CONNECTIONS} connections, {} transactions an account",
        CONNECTIONS * CALLS_A_CONNECTION,
        rows / CONNECTIONS
    );
    let folder = tempfile::tempdir().unwrap();
    let answer = folder.path().join("answer");
    {
        let server = Process::start("server", None, &answer);
        let plain = Way::plain(server.address);
        let mut client = plain.client().await;
        let shown = client.decide(asked(0, "shown")).await.unwrap().into_inner();
        println!(
            "  messages of {} and {} bytes",
            asked(0, "shown").encoded_len(),
            shown.encoded_len()
        );
        std::fs::write(&answer, shown.encode_to_vec()).unwrap();
        let secured = Way::secured(folder.path(), SECURED);
        let guarded = Way::guarded(folder.path());
        // Twice, there and back, so that what grows meanwhile weighs on each alike.
        let ways = [
            ("server", &plain),
            ("server, by TLS", &secured),
            ("server, by TLS with a token", &guarded),
        ];
        for (round, (name, way)) in ways.iter().chain(ways.iter().rev()).enumerate() {
            run(&format!("{name} ({round})"), &server, way, limit).await;
        }
        shadow::measure(&plain, limit).await;
        columns::measure(folder.path(), &plain, limit).await;
    }
    let echo = Process::start("echo", None, &answer);
    let way = Way::plain(echo.address);
    run("echo of the same messages", &echo, &way, limit).await;
}

async fn run(name: &str, process: &Process, way: &Way, limit: Duration) {
    let before = Usage::of(process.child.id());
    let own = Usage::of(std::process::id());
    // A key takes no spaces and commas.
    let keys = name.replace([' ', ',', '(', ')'], "_");
    let (mut times, elapsed) = called(way, (CONNECTIONS, CALLS_A_CONNECTION), &keys, limit).await;
    report(name, &mut times, elapsed);
    let used = Usage::of(process.child.id()).zip(before);
    let clients = Usage::of(std::process::id()).zip(own);
    if let (Some((after, before)), Some((own_after, own))) = (used, clients) {
        let decisions = u32::try_from(times.len().max(1)).unwrap();
        report_usage(&after.since(&before), decisions);
        let clients = own_after.since(&own).total / decisions;
        println!("  clients   {clients:.1?} of processor a call");
    }
}

/// Decides over so many connections, with so many calls in flight on each, until the time is up. Gives
/// how long each call took, and all of them together.
async fn called(
    way: &Way,
    (connections, calls): (usize, usize),
    keys: &str,
    limit: Duration,
) -> (Vec<Duration>, Duration) {
    let start = Stopwatch::start();
    let mut running = Vec::new();
    for index in 0..connections {
        let client = way.client().await;
        for call in 0..calls {
            let of = (index, format!("{keys}-{call}"));
            running.push(tokio::spawn(decide_on(client.clone(), of, start, limit)));
        }
    }
    let mut times = Vec::new();
    for call in running {
        times.append(&mut call.await.unwrap());
    }
    (times, start.elapsed())
}

/// Decides, one call after the other, until the time is up.
async fn decide_on(
    mut client: Client,
    (index, keys): (usize, String),
    start: Stopwatch,
    limit: Duration,
) -> Vec<Duration> {
    let mut times = Vec::new();
    while start.elapsed() < limit {
        let watch = Stopwatch::start();
        let request = asked(index, &format!("{keys}-{}", times.len()));
        client.decide(request).await.unwrap();
        times.push(watch.elapsed());
    }
    times
}

fn report(name: &str, times: &mut [Duration], elapsed: Duration) {
    times.sort();
    let count = times.len();
    let at = |percent| at_percent(times, percent);
    let per_second = u128::try_from(count).unwrap() * 1_000 / elapsed.as_millis().max(1);
    println!("{name}");
    println!("  calls     {count} in {elapsed:.1?}: {per_second} per second");
    println!(
        "  latency   p50 {:.1?}  p90 {:.1?}  p99 {:.1?}",
        at(50),
        at(90),
        at(99)
    );
}

/// The time below which so many percent are, of sorted ones.
fn at_percent(times: &[Duration], percent: usize) -> Duration {
    let at = times.get(times.len() * percent / 100);
    at.copied().unwrap_or_default()
}

fn report_usage(used: &Usage, calls: u32) {
    println!(
        "  processor {:.1?} a call, {:.1?} of it in the kernel",
        used.total / calls,
        used.kernel / calls
    );
    let mut threads: Vec<_> = used.threads.iter().collect();
    threads.sort_by_key(|(_, used)| std::cmp::Reverse(**used));
    for (name, used) in threads {
        println!("    {name:<16} {:>10.1?}", *used / calls);
    }
}
