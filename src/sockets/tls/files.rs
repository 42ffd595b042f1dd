//! From files to what a handshake needs.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{Error, RootCertStore, ServerConfig};
use secrecy::{ExposeSecret, SecretSlice};

use super::certificate;
use super::error::TlsError;
use crate::limits;
use crate::private;

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate and those that signed it, as PEM.
    pub certificate: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
    /// The certificates of those who sign certificates of clients, as PEM; `None` asks no client
    /// for one.
    pub client_ca: Option<PathBuf>,
}

/// What is in the files at one moment.
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: SecretSlice<u8>,
    client_ca: Option<Vec<u8>>,
    /// Tells one state of all files from another.
    pub(super) hash: blake3::Hash,
}

/// What handshakes are made with.
pub(super) struct Loaded {
    pub(super) hash: blake3::Hash,
    pub(super) expires: DateTime<Utc>,
    pub(super) http1: Arc<ServerConfig>,
    pub(super) http2: Arc<ServerConfig>,
}

impl TlsFiles {
    pub(super) fn read(&self) -> Result<Contents, TlsError> {
        private::check_secret(&self.key)?;
        let certificate = read(&self.certificate)?;
        let key = SecretSlice::from(read(&self.key)?);
        let client_ca = self.client_ca.as_deref().map(read).transpose()?;
        let mut hasher = blake3::Hasher::new();
        for part in [
            Some(certificate.as_slice()),
            Some(key.expose_secret()),
            client_ca.as_deref(),
        ] {
            let part = blake3::hash(part.unwrap_or_default());
            hasher.update(part.as_bytes());
        }
        Ok(Contents {
            certificate,
            key,
            client_ca,
            hash: hasher.finalize(),
        })
    }

    /// What can be used at `now`, and nothing else.
    pub(super) fn load(&self, contents: &Contents, now: DateTime<Utc>) -> Result<Loaded, TlsError> {
        let chain = certificates(&self.certificate, &contents.certificate)?;
        let expires = self.check_validity(&chain, now)?;
        let key = PrivateKeyDer::from_pem_slice(contents.key.expose_secret());
        let key = key.map_err(|error| {
            let wanted = "private key without a passphrase";
            not_pem(&self.key, wanted, "PRIVATE KEY", &error)
        })?;
        let verifier = match (&self.client_ca, &contents.client_ca) {
            (Some(path), Some(bytes)) => verifier(path, bytes)?,
            (None, _) | (_, None) => WebPkiClientVerifier::no_client_auth(),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // For the name of the right file: below it would be that of the certificate.
        let usable = provider.key_provider.load_private_key(key.clone_key());
        usable.map_err(|error| TlsError::Unusable {
            path: self.key.clone(),
            problem: error.to_string(),
        })?;
        let mut http2 = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| self.unusable(&error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(|error| self.unusable(&error))?;
        // No session is resumed: each handshake looks at the client's certificate as it is then,
        // and by the authorities of then.
        http2.session_storage = Arc::new(NoServerSessionStorage {});
        http2.send_tls13_tickets = 0;
        let mut http1 = http2.clone();
        http2.alpn_protocols = vec![b"h2".to_vec()];
        http1.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Loaded {
            hash: contents.hash,
            expires,
            http1: Arc::new(http1),
            http2: Arc::new(http2),
        })
    }

    /// When the first certificate, which is the server's own, expires: not before `now`.
    fn check_validity(
        &self,
        chain: &[CertificateDer<'_>],
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, TlsError> {
        let path = self.certificate.clone();
        let Some((from, until)) = chain.first().and_then(certificate::validity) else {
            let problem = "its first certificate is not as RFC 5280 wants it".to_owned();
            return Err(TlsError::Unusable { path, problem });
        };
        if now > until {
            return Err(TlsError::Expired { path, at: until });
        }
        if now < from {
            return Err(TlsError::NotYetValid { path, from });
        }
        Ok(until)
    }

    fn unusable(&self, error: &Error) -> TlsError {
        let certificate = self.certificate.clone();
        if matches!(error, Error::InconsistentKeys(_)) {
            let key = self.key.clone();
            return TlsError::KeyOfAnother { key, certificate };
        }
        TlsError::Unusable {
            path: certificate,
            problem: error.to_string(),
        }
    }
}

/// What looks at the certificates of clients. None has to be shown, because a token is another way
/// to be known; one that is shown has to be good.
fn verifier(path: &Path, bytes: &[u8]) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let unusable = |problem: String| TlsError::Unusable {
        path: path.to_owned(),
        problem,
    };
    let mut roots = RootCertStore::empty();
    for authority in certificates(path, bytes)? {
        let added = roots.add(authority);
        added.map_err(|error| unusable(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| unusable(error.to_string()))
}

fn certificates(path: &Path, bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let not_pem = |error: &pem::Error| not_pem(path, "certificate", "CERTIFICATE", error);
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let found = found.map_err(|error| not_pem(&error))?;
    if found.is_empty() {
        return Err(not_pem(&pem::Error::NoItemsFound));
    }
    Ok(found)
}

/// Quotes nothing of the file, which may be a key.
fn not_pem(path: &Path, wanted: &'static str, label: &str, error: &pem::Error) -> TlsError {
    let problem = if matches!(error, pem::Error::NoItemsFound) {
        format!("it should be PEM, with `-----BEGIN {label}-----`")
    } else {
        "its PEM is cut off or damaged".to_owned()
    };
    TlsError::Pem {
        path: path.to_owned(),
        wanted,
        problem,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let max = limits::TLS_FILE_BYTES_MAX;
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(max.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| TlsError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > max) {
        let path = path.to_owned();
        return Err(TlsError::TooLarge { path, max });
    }
    Ok(bytes)
}
