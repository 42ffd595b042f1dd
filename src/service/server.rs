//! Listens: the decision service, health and reflection, and an orderly end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding;
use tonic::service::{LayerExt, Routes};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health, HealthServer};
use tower::util::MapResponseLayer;

use super::access_service::AccessApi;
use super::admit::AdmitLayer;
use super::authenticate::AuthenticateLayer;
use super::callers::Callers;
use super::calls::Observer;
use super::connections::{Connections, Patience};
use super::request_id::RequestIds;
use super::runtime::ConnectionThreads;
use super::{Authority, DecisionApi, FollowUpApi, Metrics, ReplayApi, RuleSetApi, status};
use crate::limits;
use crate::proto;
use crate::proto::access_service_server::AccessServiceServer;
use crate::proto::decision_service_server::{DecisionServiceServer, SERVICE_NAME};
use crate::proto::follow_up_service_server::FollowUpServiceServer;
use crate::proto::replay_service_server::ReplayServiceServer;
use crate::proto::rule_set_service_server::RuleSetServiceServer;
use crate::replay::runs::{RunLimits, RunParts, Runs};
use crate::sockets::{Protection, Tls};
use crate::underwriter::{UnderwriteError, Underwriter};

/// How to listen.
#[derive(Clone)]
pub struct ServerConfig {
    /// Who may call.
    pub authority: Authority,
    /// Time that open calls are given once a shutdown was asked for.
    pub drain_timeout: Duration,
    /// What encrypts calls; `None` speaks in plain text.
    pub tls: Option<Tls>,
    /// Listen on a network although calls are not encrypted or not authenticated.
    pub insecure_listen_on_a_network: bool,
    /// Connections at once.
    pub connections_max: usize,
    /// How long connections and callers may take.
    pub patience: Patience,
    /// What is counted of calls.
    pub metrics: Metrics,
    /// Time between two records of refused calls in the audit log, and two looks at when tokens were
    /// last used.
    pub refused_interval: Duration,
    /// How many runs decide again what is recorded, and on how many threads.
    pub replays: RunLimits,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            authority: Authority::of_this_machine(),
            drain_timeout: limits::DRAIN_TIMEOUT,
            tls: None,
            insecure_listen_on_a_network: false,
            connections_max: limits::GRPC_CONNECTIONS_MAX,
            patience: Patience::default(),
            metrics: Metrics::default(),
            refused_interval: limits::AUDIT_REFUSED_INTERVAL,
            replays: RunLimits::default(),
        }
    }
}

/// The server could not listen or did not end in order.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The address can be reached from a network.
    #[error(
        "{address} can be reached from a network, and calls are not encrypted: give \
         `tls_certificate` and `tls_key`, listen on a loopback address, or say \
         `insecure_listen_on_a_network` if a proxy encrypts them"
    )]
    NotProtected {
        /// The address.
        address: SocketAddr,
    },
    /// The address can be reached from a network, and nobody was granted anything.
    #[error(
        "{address} can be reached from a network, and there is no token with which anybody could \
         call: make one with `underwrite tokens create` first, or say \
         `insecure_listen_on_a_network`"
    )]
    NoGrants {
        /// The address.
        address: SocketAddr,
    },
    /// The socket failed.
    #[error("the listening socket failed: {0}")]
    Socket(#[from] std::io::Error),
    /// The descriptors that reflection shows are damaged.
    #[error("the service descriptors cannot be read: {0}")]
    Descriptors(#[from] tonic_reflection::server::Error),
    /// What was pending before the start could not be read.
    #[error("the pending decisions cannot be read: {0}")]
    Pending(#[from] UnderwriteError),
}

/// Whether calls to `address` would cross a network with less protection than they need, and
/// without anybody having said that they may.
///
/// # Errors
///
/// Where they would.
pub fn check_protected(address: SocketAddr, protection: Protection) -> Result<(), ServerError> {
    if protection.suffices_for(address) {
        Ok(())
    } else {
        Err(ServerError::NotProtected { address })
    }
}

impl ServerConfig {
    fn protection(&self) -> Protection {
        Protection {
            encrypted: self.tls.is_some(),
            insecure: self.insecure_listen_on_a_network,
        }
    }
}

/// Serves until `shutdown` is ready. Then health watchers and those of decisions are told, whoever
/// waits for a bank is told that the decision is pending, no more calls are taken, and the open
/// ones are given the time of `config`; whatever is open after that is told that the server stops.
pub async fn run(
    listener: TcpListener,
    config: ServerConfig,
    underwriter: Underwriter,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    let address = listener.local_addr()?;
    check_protected(address, config.protection())?;
    let is_open = !address.ip().is_loopback() && !config.insecure_listen_on_a_network;
    if is_open && !config.authority.has_grants() {
        return Err(ServerError::NoGrants { address });
    }
    let (health, health_service) = tonic_health::server::health_reporter();
    set_status(&health, ServingStatus::Serving).await;
    let resumed = underwriter.resume().await?;
    if resumed > 0 {
        tracing::info!(decisions = resumed, "goes on with what was pending");
    }
    let runs = runs(&underwriter, config.replays);
    let routes = routes(&config.authority, &underwriter, &runs, health_service)?;
    let observer = Observer {
        metrics: config.metrics,
        ids: RequestIds::new(underwriter.seed()?),
    };
    let connections = Connections::new(
        routes,
        config.tls,
        config.connections_max,
        config.patience,
        observer,
    );
    let threads = ConnectionThreads::start()?;
    let mut taking = threads.take(listener, connections.clone())?;
    tokio::select! {
        failed = &mut taking => return Err(failed.unwrap_or_else(io::Error::from).into()),
        never = config.authority.write_down_every(config.refused_interval) => match never {},
        never = underwriter.sweep_cache(limits::CACHE_SWEEP_INTERVAL) => match never {},
        () = shutdown => {}
    }
    // The socket is let go of before anybody is told that there are no more connections.
    taking.abort();
    drop(taking.await);
    tracing::info!(seconds = config.drain_timeout.as_secs(), "draining");
    // Whoever waits for a bank is told so: it is gone on with after the next start.
    underwriter.stop_waiting();
    underwriter.stop_watching();
    runs.stop();
    end_health(health).await;
    let told = connections.end(config.drain_timeout).await;
    if told > 0 {
        tracing::warn!(calls = told, "calls were still open, and told to come back");
    }
    threads.end().await;
    config.authority.write_down().await;
    Ok(())
}

/// Runs over what an underwriter recorded.
fn runs(underwriter: &Underwriter, limits: RunLimits) -> Runs {
    let parts = underwriter.parts();
    let parts = RunParts {
        ledger: Arc::clone(&parts.ledger),
        clock: Arc::clone(&parts.clock),
        entropy: Arc::clone(&parts.entropy),
    };
    Runs::new(parts, limits)
}

/// Every service behind its gates, and before all of them who finds out who calls.
fn routes(
    authority: &Authority,
    underwriter: &Underwriter,
    runs: &Runs,
    health: HealthServer<impl Health>,
) -> Result<Routes, ServerError> {
    let small = limits::REQUEST_BYTES_MAX;
    let large = limits::RULE_SET_REQUEST_BYTES_MAX;
    let api = DecisionApi::new(underwriter.clone());
    let decisions = DecisionServiceServer::new(api)
        .max_decoding_message_size(small)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    let admitted = AdmitLayer::new(underwriter.gates().clone(), underwriter.seed()?);
    let layers = |max| {
        let explained = MapResponseLayer::new(move |answer| status::explained(answer, max));
        (explained, admitted.clone())
    };
    let access = AccessServiceServer::new(AccessApi {
        authority: authority.clone(),
        underwriter: underwriter.clone(),
        callers: Callers::default(),
    })
    .max_decoding_message_size(small);
    let rule_sets = RuleSetServiceServer::new(RuleSetApi::new(underwriter.clone()))
        .max_decoding_message_size(large)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    let follow_ups = FollowUpServiceServer::new(FollowUpApi::new(underwriter.clone()))
        .max_decoding_message_size(small)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    let replays = ReplayServiceServer::new(ReplayApi::new(underwriter.clone(), runs.clone()))
        .max_decoding_message_size(large)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    let routes = Routes::new(layers(small).named_layer(decisions))
        .add_service(layers(large).named_layer(rule_sets))
        .add_service(layers(small).named_layer(follow_ups))
        .add_service(layers(large).named_layer(replays))
        .add_service(layers(small).named_layer(access))
        .add_service(health)
        .add_service(reflection()?.build_v1()?)
        .add_service(reflection()?.build_v1alpha()?);
    // Around all of them, and what is none of them.
    let authenticated = AuthenticateLayer(authority.clone());
    Ok(Routes::from(routes.into_axum_router().layer(authenticated)))
}

fn reflection() -> Result<tonic_reflection::server::Builder<'static>, ServerError> {
    Ok(tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        // The details of errors are of these types, which a client has to know to show them.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET))
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
