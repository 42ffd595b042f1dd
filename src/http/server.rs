//! Takes connections, so many at once and each for so long: axum's own server has no limits.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::limits;

/// How long to wait after the socket failed to give a connection: it may be that too many files
/// are open.
const PAUSE: Duration = Duration::from_millis(200);

/// How long a connection may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// For the head of a request, idle time before it included, and for the last answer.
    pub(super) read: Duration,
    /// In all.
    pub(super) age: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            read: limits::HTTP_READ_TIMEOUT,
            age: limits::HTTP_CONNECTION_AGE_MAX,
        }
    }
}

/// Serves until `shutdown` is ready, then lets requests under way end.
pub(super) async fn run(
    listener: TcpListener,
    router: Router,
    pace: Pace,
    shutdown: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits::HTTP_CONNECTIONS_MAX));
    let ending = CancellationToken::new();
    tokio::pin!(shutdown);
    loop {
        let (socket, place) = tokio::select! {
            () = &mut shutdown => break,
            taken = take(&listener, &places) => taken,
        };
        let (router, ending) = (router.clone(), ending.clone());
        tokio::spawn(async move {
            serve(socket, router, pace, ending).await;
            drop(place);
        });
    }
    drop(listener);
    ending.cancel();
    // All places are free when all connections have ended, which `serve` sees to.
    let all = u32::try_from(limits::HTTP_CONNECTIONS_MAX).unwrap_or(u32::MAX);
    let ended = places.acquire_many(all);
    if tokio::time::timeout(pace.read.saturating_mul(2), ended)
        .await
        .is_err()
    {
        tracing::warn!("connections to the HTTP port were still open at the end");
    }
}

/// The next connection, once there is a place for it. Until then clients wait in the queue of the
/// system.
async fn take(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // INVARIANT: the semaphore is never closed, so there is always a permit to come.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return (socket, place),
            Err(error) => {
                tracing::warn!(%error, "the HTTP port could not take a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Serves one connection until it ends, is too old, or all are `ending`.
pub(super) async fn serve<S>(socket: S, router: Router, pace: Pace, ending: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(pace.read)
        .max_buf_size(limits::HTTP_HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router));
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return gone(ended),
        () = ending.cancelled() => {}
        () = tokio::time::sleep(pace.age) => {}
    }
    connection.as_mut().graceful_shutdown();
    // Whoever does not take the last answer in time does not get it.
    if let Ok(ended) = tokio::time::timeout(pace.read, connection).await {
        gone(ended);
    }
}

/// Clients hang up, are too slow, or do not speak HTTP: that is no trouble of ours.
fn gone(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection to the HTTP port ended");
    }
}
