//! TLS: what handshakes are made with, and how that is replaced while connections go on.
//!
//! The files are looked at every few seconds and when somebody asks for it. What is in them is
//! compared, not when they were written, so that it does not matter how they are replaced. What
//! cannot be used never takes the place of what can.

mod certificate;
mod error;
mod files;

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use certificate::PeerCertificate;
pub use error::TlsError;
pub use files::TlsFiles;

use crate::clock::{Clock, Stopwatch};
use crate::limits;
use files::Loaded;

/// Time between two lines of the log about a certificate that expires.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is spoken inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2.
    Http2,
}

/// The TLS of this process: clones are the same.
#[derive(Clone)]
pub struct Tls(Arc<Shared>);

struct Shared {
    files: TlsFiles,
    clock: Arc<dyn Clock>,
    loaded: RwLock<Loaded>,
    expiry: Gauge,
    reloads: Family<Reload, Counter>,
    failed: Family<Port, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reload {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Port {
    port: &'static str,
}

impl Tls {
    /// TLS with what is in these files now, by the time of `clock`.
    ///
    /// # Errors
    ///
    /// Where they cannot be used, an expired certificate included: no client would take it.
    pub fn load(files: TlsFiles, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let loaded = files.load(&files.read()?, clock.now())?;
        let tls = Self(Arc::new(Shared {
            expiry: Gauge::default(),
            reloads: Family::default(),
            failed: Family::default(),
            loaded: RwLock::new(loaded),
            files,
            clock,
        }));
        tls.0.expiry.set(tls.expires().timestamp());
        Ok(tls)
    }

    /// When the certificate in use expires.
    pub fn expires(&self) -> DateTime<Utc> {
        self.with(|loaded| loaded.expires)
    }

    /// Shows when the certificate expires, how often it was replaced, and which handshakes failed.
    pub fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "tls_certificate_expiry_timestamp",
            "When the certificate in use expires, in seconds since 1970",
            Unit::Seconds,
            self.0.expiry.clone(),
        );
        registry.register(
            "tls_reloads",
            "Times that changed files of TLS were found: taken, or refused because they cannot be used",
            self.0.reloads.clone(),
        );
        registry.register(
            "tls_handshakes_failed",
            "TLS handshakes that failed, by port",
            self.0.failed.clone(),
        );
    }

    /// Shakes hands, with what is loaded now. Takes as long as the client does.
    ///
    /// # Errors
    ///
    /// Where the client does not speak TLS of 1.2 or up, goes away, or shows a certificate that
    /// cannot be trusted.
    pub async fn handshake<S>(
        &self,
        socket: S,
        protocol: Protocol,
    ) -> io::Result<(TlsStream<S>, Option<PeerCertificate>)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (config, port) = match protocol {
            Protocol::Http1 => (self.with(|loaded| Arc::clone(&loaded.http1)), "http"),
            Protocol::Http2 => (self.with(|loaded| Arc::clone(&loaded.http2)), "grpc"),
        };
        match self.shake(config, socket).await {
            Ok(shaken) => Ok(shaken),
            Err(error) => {
                self.0.failed.get_or_create(&Port { port }).inc();
                tracing::debug!(port, %error, "a TLS handshake failed");
                Err(error)
            }
        }
    }

    async fn shake<S>(
        &self,
        config: Arc<ServerConfig>,
        socket: S,
    ) -> io::Result<(TlsStream<S>, Option<PeerCertificate>)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = TlsAcceptor::from(config).accept(socket).await?;
        let (_, connection) = stream.get_ref();
        let shown = connection.peer_certificates().and_then(<[_]>::first);
        let certificate = shown.and_then(PeerCertificate::of);
        Ok((stream, certificate))
    }

    /// Takes what is in the files now; whether it is anything new. Reads files.
    ///
    /// # Errors
    ///
    /// Where that cannot be used: what was in use stays.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let contents = self.0.files.read()?;
        if self.with(|loaded| loaded.hash == contents.hash) {
            return Ok(false);
        }
        let loaded = self.0.files.load(&contents, self.0.clock.now())?;
        let expires = loaded.expires;
        *self
            .0
            .loaded
            .write()
            .unwrap_or_else(PoisonError::into_inner) = loaded;
        self.0.expiry.set(expires.timestamp());
        self.count("taken");
        tracing::info!(%expires, "new connections get the new certificate");
        Ok(true)
    }

    /// Takes what is in the files because somebody asked for it, and says what became of that.
    pub async fn reload_now(&self) {
        match self.in_background().await {
            Ok(true) => {}
            Ok(false) => tracing::info!("the files of TLS are what they were"),
            Err(problem) => self.refused(&problem),
        }
    }

    /// Looks again and again whether the files were changed, and how long the certificate is valid.
    /// Never ends.
    pub async fn watch(&self) -> Infallible {
        let mut problem = Trouble::default();
        let mut told: Option<Stopwatch> = None;
        loop {
            if told.is_none_or(|told| told.elapsed() >= DAY) {
                told = self.tell_expiry().then(Stopwatch::start);
            }
            tokio::time::sleep(limits::TLS_LOOK_INTERVAL).await;
            let looked = self.in_background().await;
            if looked.as_ref().is_ok_and(|changed| *changed) {
                told = None;
            }
            if let Some(problem) = problem.after(looked.err()) {
                self.refused(&problem);
            }
        }
    }

    /// Says that the certificate is about to expire, if it is.
    fn tell_expiry(&self) -> bool {
        let expires = self.expires();
        let left = expires.signed_duration_since(self.0.clock.now());
        let Ok(left) = left.to_std() else {
            tracing::error!(%expires, "the certificate has expired: clients refuse it");
            return true;
        };
        let soon = left <= limits::TLS_EXPIRY_WARNING;
        if soon {
            let days = left.as_secs() / DAY.as_secs();
            tracing::warn!(%expires, days, "the certificate expires soon: renew it");
        }
        soon
    }

    fn refused(&self, problem: &str) {
        self.count("refused");
        tracing::error!(problem, "the certificate in use stays");
    }

    fn count(&self, result: &'static str) {
        self.0.reloads.get_or_create(&Reload { result }).inc();
    }

    /// [`Tls::reload`] on a thread that may wait for a disk.
    async fn in_background(&self) -> Result<bool, String> {
        let tls = self.clone();
        let reloaded = tokio::task::spawn_blocking(move || tls.reload()).await;
        match reloaded {
            Ok(reloaded) => reloaded.map_err(|error| error.to_string()),
            // The process ends.
            Err(_) => Ok(false),
        }
    }

    fn with<T>(&self, take: impl FnOnce(&Loaded) -> T) -> T {
        let loaded = &self.0.loaded;
        take(&loaded.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.0.files).finish()
    }
}

/// What is wrong with the files, as looked at again and again.
#[derive(Default)]
struct Trouble {
    last: Option<String>,
    told: bool,
}

impl Trouble {
    /// What is to be told after one more look: a problem that has stayed, once. One that was not
    /// there at the look before may be that of files in the midst of being replaced.
    fn after(&mut self, found: Option<String>) -> Option<String> {
        let stays = found.is_some() && found == self.last;
        let tell = stays && !self.told;
        self.told = stays;
        self.last = found;
        self.last.clone().filter(|_| tell)
    }
}

#[cfg(test)]
mod tests;
