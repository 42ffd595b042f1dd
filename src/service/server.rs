//! Listens: the decision service, health and reflection, and an orderly end.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::service::LayerExt;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tower::util::MapResponseLayer;

use super::admit::AdmitLayer;
use super::runtime::ConnectionThreads;
use super::{DecisionApi, status};
use crate::id::TenantId;
use crate::limits;
use crate::proto;
use crate::proto::decision_service_server::{DecisionServiceServer, SERVICE_NAME};
use crate::underwriter::{UnderwriteError, Underwriter};

/// How a connection that says nothing is found to be dead.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// How to listen.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Whose calls they are: there is no authentication yet, so all are one tenant's.
    pub tenant: TenantId,
    /// Time that open calls are given once a shutdown was asked for.
    pub drain_timeout: Duration,
    /// Listen on a network although calls are neither encrypted nor authenticated.
    pub insecure_listen_on_a_network: bool,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            tenant: TenantId::default_tenant(),
            drain_timeout: limits::DRAIN_TIMEOUT,
            insecure_listen_on_a_network: false,
        }
    }
}

/// The server could not listen or did not end in order.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address can be reached from a network.
    #[error(
        "{address} can be reached from a network, and calls are neither encrypted nor \
         authenticated: listen on a loopback address, or say \
         `insecure_listen_on_a_network` if a proxy does both"
    )]
    NotProtected {
        /// The address.
        address: SocketAddr,
    },
    /// The socket failed.
    #[error("the listening socket failed: {0}")]
    Socket(#[from] std::io::Error),
    /// The HTTP/2 server failed.
    #[error("the server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptors that reflection shows are damaged.
    #[error("the service descriptors cannot be read: {0}")]
    Descriptors(#[from] tonic_reflection::server::Error),
    /// What was pending before the start could not be read.
    #[error("the pending decisions cannot be read: {0}")]
    Pending(#[from] UnderwriteError),
    /// Calls were still open when the time to end them was up.
    #[error("calls were still open after {} seconds", .0.as_secs())]
    StillOpen(Duration),
}

/// Whether calls to `address` would cross a network without the caller having said that they may.
pub fn check_protected(address: SocketAddr, insecure: bool) -> Result<(), ServerError> {
    if insecure || address.ip().is_loopback() {
        Ok(())
    } else {
        Err(ServerError::NotProtected { address })
    }
}

/// Serves until `shutdown` is ready; then tells health watchers, takes no more calls and gives
/// the open ones the time of `config`.
pub async fn run(
    listener: TcpListener,
    config: ServerConfig,
    underwriter: Underwriter,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    check_protected(listener.local_addr()?, config.insecure_listen_on_a_network)?;
    let (health, health_service) = tonic_health::server::health_reporter();
    set_status(&health, ServingStatus::Serving).await;
    let resumed = underwriter.resume().await?;
    if resumed > 0 {
        tracing::info!(decisions = resumed, "goes on with what was pending");
    }
    let sweeper = underwriter.clone();
    let admitted = AdmitLayer::new(underwriter.gates().clone(), underwriter.seed()?);
    let decisions = DecisionServiceServer::new(DecisionApi::new(underwriter, config.tenant))
        .max_decoding_message_size(limits::REQUEST_BYTES_MAX)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    let draining = CancellationToken::new();
    let threads = ConnectionThreads::start()?;
    let listener = listener.into_std()?;
    let router = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .add_service((MapResponseLayer::new(status::explained), admitted).named_layer(decisions))
        .add_service(health_service)
        .add_service(reflection()?.build_v1()?)
        .add_service(reflection()?.build_v1alpha()?);
    let cancelled = draining.clone().cancelled_owned();
    let serving = threads.handle().spawn(async move {
        let listener = TcpListener::from_std(listener)?;
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        router
            .serve_with_incoming_shutdown(incoming, cancelled)
            .await
            .map_err(ServerError::from)
    });
    let serving = async { serving.await.unwrap_or(Ok(())) };
    tokio::pin!(serving);
    tokio::select! {
        ended = &mut serving => return ended,
        never = sweeper.sweep_cache(limits::CACHE_SWEEP_INTERVAL) => match never {},
        () = shutdown => {}
    }
    sweeper.stop_watching();
    let hurried = sweeper;
    tracing::info!(seconds = config.drain_timeout.as_secs(), "draining");
    end_health(health).await;
    draining.cancel();
    let half = config.drain_timeout / 2;
    if let Ok(ended) = tokio::time::timeout(half, &mut serving).await {
        return ended;
    }
    // Whoever waits for a bank is told so: it is gone on with after the next start.
    hurried.stop_waiting();
    match tokio::time::timeout(config.drain_timeout.saturating_sub(half), serving).await {
        Ok(ended) => ended,
        Err(_) => Err(ServerError::StillOpen(config.drain_timeout)),
    }
}

fn reflection() -> Result<tonic_reflection::server::Builder<'static>, ServerError> {
    Ok(tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET))
}

async fn set_status(health: &tonic_health::server::HealthReporter, status: ServingStatus) {
    health.set_service_status("", status).await;
    health.set_service_status(SERVICE_NAME, status).await;
}

/// Tells every watcher NOT_SERVING and then ends its stream, which would otherwise hold its
/// connection open for ever.
async fn end_health(mut health: tonic_health::server::HealthReporter) {
    set_status(&health, ServingStatus::NotServing).await;
    health.clear_service_status("").await;
    health.clear_service_status(SERVICE_NAME).await;
}
