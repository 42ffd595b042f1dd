//! The HTTP port: Stripe's webhooks, health, metrics.
//!
//! | request | answer |
//! |---|---|
//! | `POST /webhooks/stripe` | see [`webhooks`] |
//! | `GET /healthz` | 200 as long as the process works |
//! | `GET /readyz` | 200 while it takes work; 503 while it ends, or while nothing can be recorded |
//! | `GET /metrics` | the metrics, as OpenMetrics text, to those whom the [`Operators`] know |
//!
//! Anything else is 404, another method 405. [`Route`] is the one table of this.

mod about;
mod answer;
mod error;
mod known_events;
mod metrics;
mod operators;
mod route;
mod seen_events;
mod server;
#[cfg(test)]
mod tests;
pub mod webhooks;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use about::Readiness;
pub use axum::http::HeaderMap;
pub use error::HttpError;
pub use known_events::{KINDS, KnownEvent};
pub use operators::{NotAdmitted, Operators};
pub use route::{Route, RouteAccess};

use crate::sockets::{Protection, Tls};
use about::Shared;
use answer::Refusal;
use server::Patience;
use webhooks::{Deliveries, Webhooks};

/// What the port is made of.
pub struct Parts {
    /// What is done with Stripe's webhooks; `None` answers them with 503, so that Stripe sends them
    /// again.
    pub webhooks: Option<Webhooks>,
    /// The metrics that are shown; those of the port itself are added.
    pub registry: Registry,
    /// Cancelled when the process is about to end: health says so.
    pub draining: CancellationToken,
    /// Whether work can be done at present.
    pub readiness: Arc<dyn Readiness>,
    /// Who may see the metrics.
    pub operators: Arc<dyn Operators>,
    /// What encrypts the connections; `None` speaks in plain text.
    pub tls: Option<Tls>,
    /// Listen on a network although what is sent is not encrypted.
    pub insecure_listen_on_a_network: bool,
}

/// The port, ready to be opened.
pub struct HttpPort {
    router: Router,
    tls: Option<Tls>,
    insecure_listen_on_a_network: bool,
}

impl HttpPort {
    /// A port of these parts.
    pub fn new(mut parts: Parts) -> Self {
        let deliveries = Deliveries::new(parts.webhooks, &mut parts.registry);
        let shared = Shared {
            registry: parts.registry,
            draining: parts.draining,
            readiness: parts.readiness,
            operators: parts.operators,
        };
        let (shared, deliveries) = (Arc::new(shared), Arc::new(deliveries));
        let router = Route::ALL
            .into_iter()
            .fold(Router::new(), |router, route| {
                router.route(route.path(), route.answering(&shared, &deliveries))
            })
            .fallback(async || Refusal::NOT_FOUND)
            .method_not_allowed_fallback(async || Refusal::METHOD);
        Self {
            router,
            tls: parts.tls,
            insecure_listen_on_a_network: parts.insecure_listen_on_a_network,
        }
    }

    /// Serves until `shutdown` is ready; requests under way are then finished.
    ///
    /// # Errors
    ///
    /// Where the address is open to a network without the words for it, or is none.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), HttpError> {
        let protection = Protection {
            encrypted: self.tls.is_some(),
            insecure: self.insecure_listen_on_a_network,
        };
        check_protected(listener.local_addr()?, protection)?;
        let port = server::Port {
            router: self.router,
            tls: self.tls,
            patience: Patience::default(),
        };
        server::run(listener, port, shutdown).await;
        Ok(())
    }
}

/// Whether what is sent to `address` would cross a network with less protection than it needs, and
/// without anybody having said that it may.
///
/// # Errors
///
/// Where it would.
pub fn check_protected(address: SocketAddr, protection: Protection) -> Result<(), HttpError> {
    if protection.suffices_for(address) {
        Ok(())
    } else {
        Err(HttpError::NotProtected { address })
    }
}
