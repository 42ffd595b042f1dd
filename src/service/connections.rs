//! The connections of the gRPC port: so many at once, each of which has to say what it speaks, to
//! answer when it is asked whether it is there, and to go when it is told to.
//!
//! tonic's own server has no limits for these, and answers a deadline without details.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::server::TcpConnectInfo;

use super::calls::{self, Observer};
use crate::limits;
use crate::sockets::{self, PeerCertificate, Place, Places, Protocol, Tls};

/// What every client that speaks HTTP/2 sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a connection and its caller may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// To say that it speaks HTTP/2, the handshake of TLS included.
    pub preface: Duration,
    /// Within a request, between two parts of it.
    pub request: Duration,
    /// Without a call.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            preface: limits::GRPC_PREFACE_TIMEOUT,
            request: limits::GRPC_REQUEST_TIMEOUT,
            idle: limits::GRPC_IDLE_MAX,
        }
    }
}

/// All connections of the port.
#[derive(Clone)]
pub(super) struct Connections {
    routes: Routes,
    /// `None` speaks in plain text.
    tls: Option<Tls>,
    places: Places,
    patience: Patience,
    observer: Observer,
    http2: Arc<http2::Builder<TokioExecutor>>,
    /// No more calls are taken.
    ending: CancellationToken,
    /// Calls under way are answered that the server stops.
    stopped: CancellationToken,
    /// Whoever has not closed by now is cut off.
    cut: CancellationToken,
}

impl Connections {
    /// Connections whose calls `routes` answers, `max` of them at once.
    pub(super) fn new(
        routes: Routes,
        tls: Option<Tls>,
        max: usize,
        patience: Patience,
        observer: Observer,
    ) -> Self {
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(limits::GRPC_KEEPALIVE_INTERVAL)
            .keep_alive_timeout(limits::GRPC_KEEPALIVE_TIMEOUT)
            .max_concurrent_streams(limits::GRPC_STREAMS_MAX)
            .max_header_list_size(limits::GRPC_HEADER_BYTES_MAX)
            .max_pending_accept_reset_streams(limits::GRPC_RESETS_PENDING_MAX)
            .max_local_error_reset_streams(limits::GRPC_RESETS_OWN_MAX);
        Self {
            routes: routes.prepare(),
            tls,
            places: Places::new(max),
            patience,
            observer,
            http2: Arc::new(http2),
            ending: CancellationToken::new(),
            stopped: CancellationToken::new(),
            cut: CancellationToken::new(),
        }
    }

    /// Takes connections and serves them. Never ends.
    pub(super) async fn take_from(&self, listener: &TcpListener) -> Infallible {
        loop {
            // One connection is in hand while it waits for a place, the others wait in the queue of
            // the system.
            let (socket, peer) = sockets::accept(listener, "grpc").await;
            let place = self.places.take().await;
            let connections = self.clone();
            tokio::spawn(async move { connections.serve(socket, peer, place).await });
        }
    }

    /// Tells every connection to go away, gives open calls so long, and tells whoever still waits
    /// then that the server stops. Gives how many those were.
    pub(super) async fn end(&self, time: Duration) -> usize {
        self.ending.cancel();
        if tokio::time::timeout(time, self.places.empty())
            .await
            .is_ok()
        {
            return 0;
        }
        let open = self.places.calls();
        self.stopped.cancel();
        let goodbye = limits::GRPC_GOODBYE_TIMEOUT.saturating_mul(3);
        if tokio::time::timeout(goodbye, self.places.empty())
            .await
            .is_err()
        {
            self.cut.cancel();
        }
        open
    }

    /// Ready once all have been ending for so long.
    async fn ended_for(&self, time: Duration) {
        self.ending.cancelled().await;
        tokio::time::sleep(time).await;
    }

    async fn serve(&self, socket: TcpStream, peer: SocketAddr, place: Place) {
        // Answers are written whole, so there is nothing to wait for.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a connection without TCP_NODELAY");
        }
        let mut peer = Peer {
            info: TcpConnectInfo {
                local_addr: socket.local_addr().ok(),
                remote_addr: Some(peer),
            },
            certificate: None,
        };
        let Some(tls) = &self.tls else {
            let (mut reader, writer) = socket.into_split();
            let greeted = async { is_http2(&mut reader).await.then_some(()) };
            if self.in_time(greeted, &place).await.is_some() {
                self.speak(reader, writer, peer, &place).await;
            }
            return;
        };
        let greeted = async {
            let shaken = tls.handshake(socket, Protocol::Http2).await.ok();
            let (stream, certificate) = shaken?;
            let (mut reader, writer) = tokio::io::split(stream);
            let greeted = is_http2(&mut reader).await;
            greeted.then_some((reader, writer, certificate))
        };
        if let Some((reader, writer, certificate)) = self.in_time(greeted, &place).await {
            peer.certificate = certificate;
            self.speak(reader, writer, peer, &place).await;
        }
    }

    /// What a new connection begins with, unless it takes too long, has to make way, or all are
    /// ending.
    async fn in_time<T>(
        &self,
        greeted: impl Future<Output = Option<T>>,
        place: &Place,
    ) -> Option<T> {
        let greeted = tokio::select! {
            greeted = tokio::time::timeout(self.patience.preface, greeted) => greeted.ok().flatten(),
            () = place.make_way() => return None,
            // It may have been about to call, and is answered.
            () = self.ended_for(limits::GRPC_GOODBYE_TIMEOUT) => return None,
        };
        if greeted.is_none() {
            tracing::debug!("a connection to the gRPC port did not speak HTTP/2 in time");
        }
        greeted
    }

    /// Serves one connection, whose greeting was read, until it ends, has to make way, has been idle
    /// for too long, or all are ending.
    async fn speak<R, W>(&self, reader: R, writer: W, peer: Peer, place: &Place)
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let (routes, activity) = (self.routes.clone(), place.activity().clone());
        // One of its own, so that calls of different connections do not wait for each other.
        let stopped = self.stopped.child_token();
        let (request_time, observer) = (self.patience.request, self.observer.clone());
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            peer.introduce(&mut request);
            let (routes, stopped) = (routes.clone(), stopped.clone());
            let observer = observer.clone();
            let call = activity.call();
            let request_head = observer.head(&mut request);
            async move {
                let answer = calls::answer(routes, request, request_time, stopped, call);
                Ok::<_, Infallible>(observer.observed(request_head, answer).await)
            }
        });
        let io = TokioIo::new(tokio::io::join(PREFACE.chain(reader), writer));
        let mut connection = pin!(self.http2.serve_connection(io, service));
        tokio::select! {
            ended = connection.as_mut() => return gone(ended),
            () = place.make_way() => {}
            () = place.activity().idle_for(self.patience.idle) => {}
            () = self.ending.cancelled() => {}
        }
        connection.as_mut().graceful_shutdown();
        let goodbye = async {
            tokio::time::sleep(limits::GRPC_GOODBYE_TIMEOUT).await;
            let activity = place.activity();
            activity.idle_for(limits::GRPC_GOODBYE_TIMEOUT).await;
        };
        tokio::select! {
            ended = connection => gone(ended),
            () = goodbye => {}
            () = self.cut.cancelled() => {}
        }
    }
}

/// The other end of a connection.
struct Peer {
    info: TcpConnectInfo,
    /// What it showed of itself, if it did.
    certificate: Option<PeerCertificate>,
}

impl Peer {
    /// Tells whoever answers a request whose it is.
    fn introduce(&self, request: &mut Request<Incoming>) {
        let extensions = request.extensions_mut();
        extensions.insert(self.info.clone());
        if let Some(certificate) = &self.certificate {
            extensions.insert(certificate.clone());
        }
    }
}

/// Whether the client begins as HTTP/2 does.
async fn is_http2(reader: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut greeting = [0; PREFACE.len()];
    reader.read_exact(&mut greeting).await.is_ok() && greeting == PREFACE
}

/// Clients hang up, fall silent, or do not keep to the protocol: that is no trouble of ours.
fn gone(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the gRPC port ended");
    }
}

#[cfg(test)]
mod tests;
