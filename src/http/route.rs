//! The one table of what can be asked for, and of who may ask.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::about::{Shared, health, metrics, readiness};
use super::answer::Refusal;
use super::operators::{NotAdmitted, Peer};
use super::webhooks::{self, Deliveries};

/// Something that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Stripe tells what happened.
    Webhooks,
    /// Whether the process answers.
    Health,
    /// Whether work should be sent here.
    Readiness,
    /// The metrics.
    Metrics,
}

/// What a request for it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAccess {
    /// Nothing: it tells nothing of anybody.
    Open,
    /// A signature of Stripe's.
    Signature,
    /// Somebody whom the [`Operators`](super::Operators) know.
    Operator,
}

impl Route {
    /// Every route: the port has no other.
    pub const ALL: [Self; 4] = [Self::Webhooks, Self::Health, Self::Readiness, Self::Metrics];

    /// Where it is.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Webhooks => "/webhooks/stripe",
            Self::Health => "/healthz",
            Self::Readiness => "/readyz",
            Self::Metrics => "/metrics",
        }
    }

    /// How it is asked for; HEAD is taken wherever GET is.
    pub const fn method(self) -> Method {
        match self {
            Self::Webhooks => Method::POST,
            Self::Health | Self::Readiness | Self::Metrics => Method::GET,
        }
    }

    /// What a request for it needs.
    pub const fn access(self) -> RouteAccess {
        match self {
            Self::Webhooks => RouteAccess::Signature,
            Self::Health | Self::Readiness => RouteAccess::Open,
            Self::Metrics => RouteAccess::Operator,
        }
    }

    /// What answers it, to those who may ask.
    pub(super) fn answering(
        self,
        shared: &Arc<Shared>,
        deliveries: &Arc<Deliveries>,
    ) -> MethodRouter {
        let shared = Arc::clone(shared);
        let answering = match self {
            Self::Webhooks => post(webhooks::deliver).with_state(Arc::clone(deliveries)),
            Self::Health => get(health).with_state(Arc::clone(&shared)),
            Self::Readiness => get(readiness).with_state(Arc::clone(&shared)),
            Self::Metrics => get(metrics).with_state(Arc::clone(&shared)),
        };
        match self.access() {
            // Whether a webhook is signed is seen once its body was read.
            RouteAccess::Open | RouteAccess::Signature => answering,
            RouteAccess::Operator => {
                answering.route_layer(middleware::from_fn_with_state(shared, admit))
            }
        }
    }
}

/// Lets through those whom the operators know.
async fn admit(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    // INVARIANT: each connection notes where it comes from; without that it is nobody's.
    let admitted = match request.extensions().get::<Peer>() {
        Some(peer) => {
            let certificate = peer.certificate.as_ref();
            let subject = certificate.map(|certificate| certificate.subject.as_str());
            let headers = request.headers();
            shared.operators.admit(headers, subject, peer.address)
        }
        None => Err(NotAdmitted::Unknown),
    };
    match admitted {
        Ok(()) => next.run(request).await,
        Err(NotAdmitted::Unknown) => Refusal::UNAUTHENTICATED.into_response(),
        Err(NotAdmitted::NotPermitted) => Refusal::NOT_PERMITTED.into_response(),
    }
}
