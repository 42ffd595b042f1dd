//! The access matrix of those who show a client certificate and nothing else, on both ports.

use std::sync::Arc;

use rcgen::DnType;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use underwrite::access::methods::{self, Access};
use underwrite::access::{Scope, Scopes};

use super::super::authority::{Authority, Pair, VALID};
use super::super::harness::{now, private_folder};
use super::super::process::{Server, Workspace};
use super::cells::{Told, call, told};
use super::described;
use super::granting::Granting;
use super::routes::{Port, Refused, assert_told, serve};

/// Who has a certificate of the clients' authority, and what it is good for.
struct Bearer {
    /// Its common name, which is its whole subject.
    name: String,
    /// Whether it is known here, and then its scope within the tenant.
    granted: Option<(&'static str, Scopes)>,
}

impl Bearer {
    fn subject(&self) -> String {
        format!("CN={}", self.name)
    }
}

/// One of each kind, as their grants are made.
async fn bearers(workspace: &Workspace) -> Vec<Bearer> {
    let granting = Granting::new(workspace).await;
    let mut bearers = Vec::new();
    let mut add = |name: &str, granted| {
        bearers.push(Bearer {
            name: name.to_owned(),
            granted,
        });
        format!("CN={name}")
    };
    for scope in Scope::ALL {
        let (name, scopes) = (
            format!("{scope}").replace(':', "-"),
            Scopes::NONE.with(scope),
        );
        let subject = add(&name, Some(("default", scopes)));
        granting
            .certificate("default", scopes, None, &subject)
            .await;
    }
    let subject = add("other", Some(("acme", Scopes::ALL)));
    granting
        .certificate("acme", Scopes::ALL, None, &subject)
        .await;
    let subject = add("expired", None);
    let end = Some(now());
    granting
        .certificate("default", Scopes::ALL, end, &subject)
        .await;
    let subject = add("revoked", None);
    let revoked = granting.certificate("default", Scopes::ALL, None, &subject);
    granting.revoke("default", &revoked.await).await;
    add("stranger", None);
    bearers
}

fn client(authority: &Authority, shown: Option<&Pair>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match shown {
        None => config.with_no_client_auth(),
        Some(pair) => {
            let chain = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
            config.with_client_auth_cert(vec![chain], key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

async fn channel(server: &Server, authority: &Authority, shown: Option<&Pair>) -> Channel {
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&authority.pem));
    if let Some(pair) = shown {
        tls = tls.identity(Identity::from_pem(&pair.certificate, &pair.key));
    }
    let endpoint = Endpoint::from_shared(format!("https://localhost:{}", server.address.port()));
    let endpoint = endpoint.unwrap().tls_config(tls).unwrap();
    endpoint.connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_alone_opens_what_it_was_granted_and_nothing_else() {
    let workspace = Workspace::new().await;
    let bearers = bearers(&workspace).await;
    let folder = private_folder();
    let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
    let (certificate, key) = servers.server(VALID).write(folder.path());
    let ca = clients.write(folder.path());
    let [certificate, key, ca] = [&certificate, &key, &ca].map(|path| path.to_str().unwrap());
    let words = ["--tls-certificate", certificate, "--tls-key", key];
    let words = [&words[..], &["--tls-client-ca", ca]].concat();
    let server = serve(&workspace, "127.0.0.1:0", &words);
    let mut refused = Refused::default();
    let mut scraper = None;
    let nobody = Bearer {
        name: String::new(),
        granted: None,
    };
    for bearer in [&nobody].into_iter().chain(&bearers) {
        let pair = clients.client(&[(DnType::CommonName, &bearer.name)], VALID);
        let pair = (!bearer.name.is_empty()).then_some(&pair);
        let called = channel(&server, &servers, pair).await;
        for path in described() {
            let answer = call(&called, &path, None).await;
            let expected = match (methods::access(&path).unwrap(), &bearer.granted) {
                (Access::Open, _) => Told::Passed,
                (Access::Needs(_), None) => Told::Unknown,
                (Access::Needs(needed), Some((_, scopes))) if scopes.has(needed) => Told::Passed,
                (Access::Needs(_), Some(_)) => Told::Denied,
            };
            assert_eq!(told(&answer), expected, "{path} with {}", bearer.subject());
            refused.count(expected);
        }
        let port = Port::tls(&server, client(&servers, pair));
        let is_known = bearer.granted.is_some();
        let may = bearer.granted == Some(("default", Scopes::NONE.with(Scope::Metrics)));
        assert_told(&port, &[], (is_known, may), &mut refused).await;
        if may {
            scraper = Some(port);
        }
    }
    let place = (&workspace, server, &scraper.unwrap());
    refused.assert_kept(place, &[], &["acme"]).await;
}
