//! Takes connections, so many at once and each for so long: axum's own server has no limits.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::operators::Peer;
use crate::limits;
use crate::sockets::{self, Place, Places, Protocol, Tls};

/// Time that a connection without a request under way is given to close.
const GOODBYE: Duration = Duration::from_millis(100);

/// How long a connection may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For the handshake of TLS, and for the head of a request, idle time before it included.
    pub(super) head: Duration,
    /// For the last answer.
    pub(super) read: Duration,
    /// In all.
    pub(super) age: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: limits::HTTP_HEAD_TIMEOUT,
            read: limits::HTTP_READ_TIMEOUT,
            age: limits::HTTP_CONNECTION_AGE_MAX,
        }
    }
}

/// What a connection is served with.
#[derive(Clone)]
pub(super) struct Port {
    pub(super) router: Router,
    /// `None` speaks in plain text.
    pub(super) tls: Option<Tls>,
    pub(super) patience: Patience,
}

/// Serves until `shutdown` is ready, then lets requests under way end.
pub(super) async fn run(listener: TcpListener, port: Port, shutdown: impl Future<Output = ()>) {
    let places = Places::new(sockets::shares().http);
    let ending = CancellationToken::new();
    let taking = async {
        loop {
            // One connection is in hand while it waits for a place, the others wait in the queue
            // of the system.
            let (socket, address) = sockets::accept(&listener, "http").await;
            let place = places.take().await;
            let (port, ending) = (port.clone(), ending.clone());
            tokio::spawn(async move { port.take(socket, address.ip(), ending, place).await });
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = taking => {}
    }
    drop(listener);
    ending.cancel();
    // All places are free when all connections have ended, which `serve` sees to.
    let ended = tokio::time::timeout(port.patience.read.saturating_mul(2), places.empty());
    if ended.await.is_err() {
        tracing::warn!("connections to the HTTP port were still open at the end");
    }
}

impl Port {
    /// Serves a new connection, once its hand was shaken where there is TLS.
    async fn take(
        self,
        socket: TcpStream,
        address: IpAddr,
        ending: CancellationToken,
        place: Place,
    ) {
        let Some(tls) = &self.tls else {
            let peer = Peer {
                address,
                certificate: None,
            };
            return self.serve(socket, peer, ending, place).await;
        };
        let shaken = tls.handshake(socket, Protocol::Http1);
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(self.patience.head, shaken) => shaken,
            () = place.make_way() => return,
            () = ending.cancelled() => return,
        };
        if let Ok(Ok((stream, certificate))) = shaken {
            let peer = Peer {
                address,
                certificate,
            };
            self.serve(stream, peer, ending, place).await;
        }
    }

    /// Serves one connection until it ends, is too old, has to make way, or all are `ending`.
    pub(super) async fn serve<S>(
        self,
        socket: S,
        peer: Peer,
        ending: CancellationToken,
        place: Place,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self {
            router, patience, ..
        } = self;
        let activity = place.activity().clone();
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer.clone());
            // From the end of its head until there is an answer.
            let call = activity.call();
            let router = router.clone();
            async move {
                let answer = router.oneshot(request).await;
                drop(call);
                answer
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.head)
            .max_buf_size(limits::HTTP_HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(socket), service);
        tokio::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => return gone(ended),
            () = ending.cancelled() => {}
            () = place.make_way() => {}
            () = tokio::time::sleep(patience.age) => {}
        }
        connection.as_mut().graceful_shutdown();
        let goodbye = if place.activity().idle_time().is_some() {
            GOODBYE
        } else {
            patience.read
        };
        // Whoever does not take the last answer in time does not get it.
        if let Ok(ended) = tokio::time::timeout(goodbye, connection).await {
            gone(ended);
        }
    }
}

/// Clients hang up, are too slow, or do not speak HTTP: that is no trouble of ours.
fn gone(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the HTTP port ended");
    }
}
