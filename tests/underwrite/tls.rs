//! TLS through real sockets: both ports, clients with certificates and without, and what cannot be
//! used.

#[path = "tls/files.rs"]
mod files;
#[path = "tls/rotation.rs"]
mod rotation;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::DnType;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use underwrite::limits;
use underwrite::proto::ListDecisionsRequest;
use underwrite::proto::decision_service_client::DecisionServiceClient;

use super::authority::{Authority, Pair, VALID, permit};
use super::harness::private_folder;
use super::process::{Server, Workspace, command, decide, request};
use super::tools;

const AT_ONCE: Duration = Duration::from_secs(2);

/// A server of this machine that speaks TLS, and what it needs for that.
struct Secured {
    server: Server,
    workspace: Workspace,
    authority: Authority,
    folder: TempDir,
}

impl Secured {
    async fn new(more: &[&str]) -> Self {
        let folder = private_folder();
        let authority = Authority::new("servers");
        let (certificate, key) = authority.server(VALID).write(folder.path());
        authority.write(folder.path());
        let workspace = Workspace::new().await;
        let [certificate, key] = [&certificate, &key].map(|path| path.to_str().unwrap());
        let mut words = vec!["--http-listen", "127.0.0.1:0"];
        words.extend(["--tls-certificate", certificate, "--tls-key", key]);
        words.extend(more);
        Self {
            server: workspace.serve_with(&workspace.stripe, &words, &[]),
            workspace,
            authority,
            folder,
        }
    }

    fn trust(&self) -> ClientTlsConfig {
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.authority.pem))
    }

    async fn connect(
        &self,
        tls: ClientTlsConfig,
    ) -> Result<DecisionServiceClient<Channel>, tonic::transport::Error> {
        connect(self.server.address, tls).await
    }

    /// Asks the HTTP port, by TLS.
    async fn get(&self, path: &str) -> String {
        let mut stream = shake(
            self.server.http.unwrap(),
            &self.authority.pem,
            b"http/1.1",
            rustls::ALL_VERSIONS,
        )
        .await
        .unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

async fn connect(
    address: SocketAddr,
    tls: ClientTlsConfig,
) -> Result<DecisionServiceClient<Channel>, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(format!("https://localhost:{}", address.port()))?;
    let channel = endpoint.tls_config(tls)?.connect().await?;
    Ok(DecisionServiceClient::new(channel))
}

/// Whether a client is answered.
async fn answered(
    client: Result<DecisionServiceClient<Channel>, tonic::transport::Error>,
) -> Result<(), String> {
    let mut client = client.map_err(|error| format!("{error:?}"))?;
    let listed = client.list_decisions(ListDecisionsRequest::default()).await;
    listed.map(drop).map_err(|status| format!("{status:?}"))
}

/// A connection of these versions of TLS.
async fn shake(
    address: SocketAddr,
    authority: &str,
    alpn: &[u8],
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let socket = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
}

#[tokio::test]
async fn both_ports_and_the_program_speak_tls() {
    let secured = Secured::new(&[]).await;
    let client = secured.connect(secured.trust()).await.unwrap();
    let decision = decide(&client, request("k")).await.unwrap();
    // The HTTP port, and what it says of the certificate.
    assert!(secured.get("/readyz").await.starts_with("HTTP/1.1 200"));
    let metrics = secured.get("/metrics").await;
    let expires = "underwrite_tls_certificate_expiry_timestamp_seconds 3786912000";
    assert!(metrics.contains(expires), "{metrics}");
    // The program.
    let url = format!("https://localhost:{}", secured.server.address.port());
    let ca = secured.folder.path().join("ca.pem");
    let empty = private_folder();
    let list = |more: &[&str]| {
        let mut words = vec!["decisions", "list"];
        words.extend(more);
        command(empty.path(), &words)
    };
    let (exit, told) = list(&["--server", &url, "--ca", ca.to_str().unwrap()]);
    assert_eq!(exit, 0, "{told}");
    assert_eq!(told["decisions"][0]["id"], decision.id.as_str(), "{told}");
    // Whom the system trusts has not signed it.
    let other = Authority::new("others");
    let (other_ca, message) = (other.write(empty.path()), "no TLS with https://localhost:");
    let (exit, told) = list(&["--server", &url, "--ca", other_ca.to_str().unwrap()]);
    assert_eq!((exit, code(&told)), (1, "tls"), "{told}");
    assert!(told.to_string().contains(message), "{told}");
    assert!(told.to_string().contains("--ca"), "{told}");
    // What is not encrypted needs no authority.
    let plain = format!("http://{}", secured.server.address);
    let (exit, told) = list(&["--server", &plain, "--ca", ca.to_str().unwrap()]);
    assert_eq!((exit, code(&told)), (2, "usage"), "{told}");
    let (exit, told) = list(&["--server", &plain]);
    assert_eq!(exit, 1, "{told}");
    assert!(told.to_string().contains("https://"), "{told}");
    drop(secured.workspace);
}

fn code(told: &Value) -> &str {
    told["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn plain_text_to_a_port_of_tls_is_turned_away_at_once() {
    let secured = Secured::new(&[]).await;
    for address in [secured.server.address, secured.server.http.unwrap()] {
        for said in [
            &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..],
            b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        ] {
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(said).await.unwrap();
            let mut rest = Vec::new();
            let ended = tokio::time::timeout(AT_ONCE, socket.read_to_end(&mut rest)).await;
            assert!(ended.is_ok(), "it goes on");
            // An alert at most: nothing of what was asked for.
            assert!(rest.len() <= 7, "{rest:?}");
        }
    }
    // What speaks the other protocol inside is told so by TLS.
    let grpc = secured.server.address;
    let http1 = shake(
        grpc,
        &secured.authority.pem,
        b"http/1.1",
        rustls::ALL_VERSIONS,
    );
    let refused = http1.await.unwrap_err().to_string();
    assert!(refused.contains("NoApplicationProtocol"), "{refused}");
    let metrics = secured.get("/metrics").await;
    let failed = "underwrite_tls_handshakes_failed_total{port=\"grpc\"} 3";
    assert!(metrics.contains(failed), "{metrics}");
}

#[tokio::test]
async fn handshakes_that_do_not_come_keep_nobody_from_the_http_port() {
    let secured = Secured::new(&[]).await;
    let mut silent = Vec::new();
    for _ in 0..limits::HTTP_CONNECTIONS_MAX + 10 {
        let socket = TcpStream::connect(secured.server.http.unwrap()).await;
        silent.push(socket.unwrap());
    }
    let asked = tokio::time::timeout(AT_ONCE * 2, secured.get("/healthz"));
    assert!(asked.await.unwrap().starts_with("HTTP/1.1 200"));
    for socket in &mut silent {
        let mut rest = [0; 16];
        let ended = tokio::time::timeout(limits::HTTP_HEAD_TIMEOUT * 2, socket.read(&mut rest));
        assert!(!matches!(ended.await.unwrap(), Ok(1..)));
    }
}

#[tokio::test]
async fn tls_of_1_2_and_up_is_spoken_and_none_below() {
    let secured = Secured::new(&[]).await;
    let pem = &secured.authority.pem;
    for version in rustls::ALL_VERSIONS {
        let shaken = shake(secured.server.address, pem, b"h2", &[*version]).await;
        let shaken = shaken.unwrap();
        assert_eq!(shaken.get_ref().1.protocol_version(), Some(version.version));
    }
    // A greeting of TLS 1.1, as no library makes it any more: its version, 32 bytes of chance, no
    // session, one cipher suite, no compression.
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0, 0x2f, 1, 0]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![0x16, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    for address in [secured.server.address, secured.server.http.unwrap()] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(&record).await.unwrap();
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(AT_ONCE, socket.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "it goes on");
        // A fatal alert.
        assert_eq!(rest.first(), Some(&0x15), "{rest:?}");
        assert_eq!(rest.get(5), Some(&2), "{rest:?}");
    }
}

#[tokio::test]
async fn a_client_may_show_a_certificate_and_one_that_is_not_good_is_refused() {
    let folder = private_folder();
    let clients = Authority::new("clients");
    let ca = clients.write(folder.path());
    let secured = Secured::new(&["--tls-client-ca", ca.to_str().unwrap()]).await;
    let los = [(DnType::CommonName, "los")];
    let with = |pair: &Pair| {
        let identity = Identity::from_pem(&pair.certificate, &pair.key);
        secured.connect(secured.trust().identity(identity))
    };
    let good = clients.client(&los, VALID);
    assert_eq!(answered(with(&good).await).await, Ok(()));
    // None has to be shown.
    let none = secured.connect(secured.trust()).await;
    assert_eq!(answered(none).await, Ok(()));
    let expired = clients.client(&los, (2020, 2021));
    let future = clients.client(&los, (2080, 2090));
    let strange = Authority::new("clients").client(&los, VALID);
    let servers = secured.authority.client(&los, VALID);
    for (pair, what) in [
        (&expired, "expired"),
        (&future, "not valid yet"),
        (&strange, "of another authority of that name"),
        (&servers, "of who signs the servers"),
    ] {
        assert!(answered(with(pair).await).await.is_err(), "{what}");
    }
    // The program shows one too, if its key is its own.
    let (certificate, key) = good.write(folder.path());
    let url = format!("https://localhost:{}", secured.server.address.port());
    let server_ca = secured.folder.path().join("ca.pem");
    let [server_ca, certificate, shown_key] =
        [&server_ca, &certificate, &key].map(|path| path.to_str().unwrap());
    let words = [
        "decisions",
        "list",
        "--server",
        &url,
        "--ca",
        server_ca,
        "--client-certificate",
        certificate,
        "--client-key",
        shown_key,
    ];
    let (exit, told) = command(folder.path(), &words);
    assert_eq!(exit, 0, "{told}");
    permit(&key, 0o644);
    let (exit, told) = command(folder.path(), &words);
    assert_eq!((exit, code(&told)), (1, "tls"), "{told}");
    assert!(told.to_string().contains("chmod 600"), "{told}");
}

/// The lines of Python of the document for integrators, as they are written there.
fn documented_lines() -> String {
    let document = std::fs::read_to_string(tools::root().join("docs/integration.md")).unwrap();
    let (_, rest) = document.split_once("```py\n").unwrap();
    let (lines, _) = rest.split_once("```\n").unwrap();
    lines.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_python_client_speaks_tls() {
    let Some(python) = tools::python() else {
        return;
    };
    let folder = private_folder();
    let clients = Authority::new("clients");
    let ca = clients.write(folder.path());
    let secured = Secured::new(&["--tls-client-ca", ca.to_str().unwrap()]).await;
    let shown = clients.client(&[(DnType::CommonName, "los")], VALID);
    for (name, text) in [
        ("ca.pem", &secured.authority.pem),
        ("client.crt", &shown.certificate),
        ("client.key", &shown.key),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let server = format!("localhost:{}", secured.server.address.port());
    let lines = documented_lines().replace("decide.example.com:50051", &server);
    let folder = folder.path().to_str().unwrap();
    let script = format!(
        "import os, grpc\nos.chdir({folder:?})\n{lines}\n\
         check = channel.unary_unary('/grpc.health.v1.Health/Check')\n\
         print(check(b'', timeout=10).hex())\n"
    );
    // SERVING, as protobuf has it.
    assert_eq!(tools::run(&python, &["-"], &script).await, "0801\n");
}
