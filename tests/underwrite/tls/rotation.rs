//! Certificates are replaced while calls go on.

use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::task::JoinHandle;

use super::*;

/// A folder in which Kubernetes shows a secret: links into a folder that is replaced as a whole.
struct Mounted {
    folder: TempDir,
    versions: usize,
}

impl Mounted {
    fn new(first: &Pair) -> Self {
        let folder = private_folder();
        for name in ["tls.crt", "tls.key"] {
            symlink(Path::new("..data").join(name), folder.path().join(name)).unwrap();
        }
        let mut mounted = Self {
            folder,
            versions: 0,
        };
        mounted.replace(first);
        mounted
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn replace(&mut self, pair: &Pair) {
        self.versions += 1;
        let version = format!("..{}", self.versions);
        std::fs::create_dir(self.file(&version)).unwrap();
        pair.write(&self.file(&version));
        symlink(&version, self.file("..new")).unwrap();
        std::fs::rename(self.file("..new"), self.file("..data")).unwrap();
    }
}

fn hang_up(server: &Server) {
    let pid = server.pid().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-HUP", &pid])
        .status();
    assert!(sent.unwrap().success());
}

/// The certificate that a new connection is shown.
async fn shown(server: &Server, authority: &Authority) -> Vec<u8> {
    let pem = &authority.pem;
    let stream = shake(server.address, pem, b"h2", rustls::ALL_VERSIONS).await;
    let stream = stream.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

fn der(pair: &Pair) -> Vec<u8> {
    let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes());
    certificate.unwrap().to_vec()
}

/// Waits until new connections are shown this one.
async fn comes(server: &Server, authority: &Authority, pair: &Pair, within: Duration) {
    let wanted = der(pair);
    let seen = async {
        while shown(server, authority).await != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let seen = tokio::time::timeout(within, seen).await;
    seen.expect("the new certificate is not used");
}

/// Callers with connections that are open all the time, and with new ones all the time.
fn load(
    address: SocketAddr,
    authority: &Authority,
    stop: &Arc<AtomicBool>,
    calls: &Arc<AtomicUsize>,
) -> Vec<JoinHandle<()>> {
    let trust = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&authority.pem));
    let caller = |number: usize| {
        let (trust, stop, calls) = (trust.clone(), Arc::clone(stop), Arc::clone(calls));
        tokio::spawn(async move {
            let mut kept = connect(address, trust.clone()).await.unwrap();
            while !stop.load(Ordering::Relaxed) {
                if number >= 2 {
                    kept = connect(address, trust.clone()).await.unwrap();
                }
                let list = ListDecisionsRequest::default();
                kept.list_decisions(list).await.unwrap();
                calls.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    (0..6).map(caller).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_under_load_fails_no_call() {
    let authority = Authority::new("servers");
    let mut mounted = Mounted::new(&authority.server(VALID));
    let workspace = Workspace::new().await;
    let (certificate, key) = (mounted.file("tls.crt"), mounted.file("tls.key"));
    let [certificate, key] = [&certificate, &key].map(|path| path.to_str().unwrap());
    let words = ["--tls-certificate", certificate, "--tls-key", key];
    let words = [&words[..], &["--http-listen", "127.0.0.1:0"]].concat();
    let server = workspace.serve_with(&workspace.stripe, &words, &[]);
    let address = server.address;
    let (stop, calls) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let callers = load(address, &authority, &stop, &calls);
    for round in 0..6 {
        let next = authority.server(VALID);
        mounted.replace(&next);
        if round == 5 {
            // Nobody says so: it is seen.
            comes(&server, &authority, &next, Duration::from_secs(20)).await;
        } else {
            hang_up(&server);
            comes(&server, &authority, &next, Duration::from_secs(4)).await;
        }
        // One that cannot be used in between: no certificate of this key.
        let mut bad = authority.server(VALID);
        bad.key = authority.server(VALID).key;
        mounted.replace(&bad);
        hang_up(&server);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(shown(&server, &authority).await, der(&next));
    }
    while calls.load(Ordering::Relaxed) < 300 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.unwrap();
    }
    let secured_http = server.http.unwrap();
    let mut http = shake(
        secured_http,
        &authority.pem,
        b"http/1.1",
        rustls::ALL_VERSIONS,
    )
    .await
    .unwrap();
    let ask = b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    http.write_all(ask).await.unwrap();
    let mut metrics = String::new();
    http.read_to_string(&mut metrics).await.unwrap();
    for line in [
        "underwrite_tls_reloads_total{result=\"taken\"} 6",
        "underwrite_tls_reloads_total{result=\"refused\"} ",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(
        !metrics.contains("underwrite_tls_handshakes_failed_total{"),
        "{metrics}"
    );
}
