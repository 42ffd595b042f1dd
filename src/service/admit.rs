//! Lets calls in, or refuses them before anything is read of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tonic::Request;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tower::Layer;

use super::authenticate::{identity_in, peer_in};
use super::request_id::RequestId;
use super::{deadline, status};
use crate::access::audit::Origin;
use crate::access::{Credential, Identity};
use crate::admission::{Caller, Gate, Gates, Permit};
use crate::underwriter::Call;

/// The turn of a call, for whoever gives it back while it waits for others.
#[derive(Clone)]
struct Turn(Arc<Mutex<Option<Permit>>>);

/// Lets another call in, while this one waits for what it does not read itself.
pub(super) fn give_turn_back<T>(request: &Request<T>) {
    drop(permit_of(request));
}

fn permit_of<T>(request: &Request<T>) -> Option<Permit> {
    let turn = request.extensions().get::<Turn>()?;
    turn.0.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// How a request came: taken out of it once.
pub(super) fn call_of<T>(request: &Request<T>, origin: Origin) -> Call {
    Call {
        caller: caller_of(request.extensions()),
        within: deadline::of(request.metadata()),
        permit: permit_of(request),
        decision: request.extensions().get().cloned().unwrap_or_default(),
        origin,
    }
}

/// Who makes a call, from where, and under which name, for the audit log.
pub(super) fn origin_of<T>(request: &Request<T>, identity: Arc<Identity>) -> Origin {
    let extensions = request.extensions();
    Origin {
        identity,
        from: peer_in(extensions),
        request_id: extensions.get::<RequestId>().map(RequestId::shared),
    }
}

fn caller_of(extensions: &http::Extensions) -> Caller {
    let identity = identity_in(extensions);
    let is_local = |identity: &&Identity| identity.credential == Credential::Local;
    if let Some(identity) = identity.filter(|identity| !is_local(identity)) {
        return Caller::Tenant(identity.tenant.clone());
    }
    peer_in(extensions).map_or(Caller::Local, Caller::Peer)
}

/// Puts the gates before a service.
#[derive(Clone)]
pub(super) struct AdmitLayer {
    gates: Gates,
    /// Drawn on so that those refused at once do not come back at once.
    jitter: Arc<AtomicU64>,
}

impl AdmitLayer {
    /// With a seed for how much later each is told to come back.
    pub(super) fn new(gates: Gates, seed: u64) -> Self {
        Self {
            gates,
            jitter: Arc::new(AtomicU64::new(seed)),
        }
    }
}

impl<S> Layer<S> for AdmitLayer {
    type Service = Admit<S>;

    fn layer(&self, inner: S) -> Admit<S> {
        Admit {
            inner,
            layer: self.clone(),
        }
    }
}

/// A service behind gates.
#[derive(Clone)]
pub(super) struct Admit<S> {
    inner: S,
    layer: AdmitLayer,
}

impl<S> Admit<S> {
    /// The gate for a method: each kind of call has its own.
    fn gate(&self, path: &str) -> &Gate {
        let gates = &self.layer.gates;
        match path.rsplit_once('/').map(|(_, method)| method) {
            Some("Decide" | "ResolveDecision") => &gates.decide,
            Some("ListDecisions" | "ListPendingDecisions" | "ListDueNotices") => &gates.list,
            Some(_) | None => &gates.read,
        }
    }

    /// Up to a thousand, evenly spread.
    fn jitter(&self) -> u32 {
        // The increment of SplitMix64, and the high bits of its product, which are well mixed.
        let step = 0x9E37_79B9_7F4A_7C15;
        let drawn = self.layer.jitter.fetch_add(step, Ordering::Relaxed);
        let mixed = (drawn ^ (drawn >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        u32::try_from((mixed >> 33) % 1_000).unwrap_or(0)
    }
}

impl<S> Service<http::Request<Body>> for Admit<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        let gate = self.gate(request.uri().path()).clone();
        let caller = caller_of(request.extensions());
        let left = deadline::given(request.headers());
        // The clone is not known to be ready; this one is.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let jitter = self.jitter();
        Box::pin(async move {
            match gate.enter(caller, left).await {
                Ok(permit) => {
                    let turn = Turn(Arc::new(Mutex::new(Some(permit))));
                    request.extensions_mut().insert(turn.clone());
                    let response = inner.call(request).await;
                    drop(turn);
                    response
                }
                Err(refusal) => Ok(status::not_let_in(refusal.line, jitter).into_http()),
            }
        })
    }
}
