//! Whether a call is let through: who makes it, and whether they may. Before the gates, and before
//! anything is read of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use tonic::codegen::{BoxFuture, Service, http};
use tonic::transport::server::TcpConnectInfo;
use tonic::{Request, Status};
use tower::Layer;

use super::{Authority, status};
use crate::access::methods::{self, Access};
use crate::access::{Identity, Scope};
use crate::sockets::PeerCertificate;

/// How a token is shown: `authorization: Bearer uwt_…`.
const SCHEME: &str = "bearer ";

/// Who makes a call.
#[derive(Clone)]
struct Known(Arc<Identity>);

/// Who makes a request.
///
/// # Errors
///
/// UNAUTHENTICATED where nobody was found to: it did not come through the layer.
pub(super) fn identity_of<T>(request: &Request<T>) -> Result<Arc<Identity>, Status> {
    let known = request.extensions().get::<Known>();
    known
        .map(|known| Arc::clone(&known.0))
        .ok_or_else(status::unauthenticated)
}

/// The same of the extensions alone.
pub(super) fn identity_in(extensions: &http::Extensions) -> Option<&Identity> {
    extensions.get::<Known>().map(|known| &*known.0)
}

/// The address from which a call comes; `None` where it comes over no connection.
pub(super) fn peer_in(extensions: &http::Extensions) -> Option<IpAddr> {
    let connection = extensions.get::<TcpConnectInfo>();
    let address = connection.and_then(TcpConnectInfo::remote_addr)?;
    // One address has two forms where a socket takes both kinds.
    Some(address.ip().to_canonical())
}

/// Whether somebody may do what a scope is for.
///
/// # Errors
///
/// PERMISSION_DENIED, naming the scope.
pub(super) fn permit(identity: &Identity, scope: Scope) -> Result<(), Status> {
    if identity.scopes.has(scope) {
        Ok(())
    } else {
        Err(status::scope_needed(scope))
    }
}

/// Lets calls through that the table of methods knows, from those who may make them.
#[derive(Clone)]
pub(super) struct AuthenticateLayer(pub(super) Authority);

impl<S> Layer<S> for AuthenticateLayer {
    type Service = Authenticate<S>;

    fn layer(&self, inner: S) -> Authenticate<S> {
        Authenticate {
            inner,
            authority: self.0.clone(),
        }
    }
}

/// Who makes a call that was let through, and from where.
struct Caller {
    identity: Arc<Identity>,
    peer: Option<IpAddr>,
}

/// A service that knows who calls.
#[derive(Clone)]
pub(super) struct Authenticate<S> {
    inner: S,
    authority: Authority,
}

impl<S> Authenticate<S> {
    /// Finds out who calls and whether they may, and notes the one; `None` where anybody may.
    fn check<B>(&self, request: &mut http::Request<B>) -> Result<Option<Caller>, Status> {
        let access = methods::access(request.uri().path()).ok_or_else(status::unknown_method)?;
        let Access::Needs(scope) = access else {
            return Ok(None);
        };
        let extensions = request.extensions();
        let peer = peer_in(extensions);
        let certificate = extensions.get::<PeerCertificate>();
        let certificate = certificate.map(|certificate| certificate.subject.as_str());
        let token = token(request.headers());
        let identity = self
            .authority
            .identify(token, certificate, peer)
            .map_err(|_| status::unauthenticated())?;
        let caller = Caller {
            identity: Arc::clone(&identity),
            peer,
        };
        permit(&identity, scope).inspect_err(|_| self.authority.denied(&caller.identity, peer))?;
        request.extensions_mut().insert(Known(identity));
        Ok(Some(caller))
    }
}

/// What is shown as a token; an empty text where something else is, which is no token.
pub fn token(headers: &http::HeaderMap) -> Option<&str> {
    let mut shown = headers.get_all(http::header::AUTHORIZATION).iter();
    let first = shown.next()?;
    if shown.next().is_some() {
        return Some("");
    }
    let text = first.to_str().unwrap_or("");
    let scheme = text.get(..SCHEME.len());
    let is_bearer = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME));
    Some(match text.get(SCHEME.len()..) {
        Some(token) if is_bearer => token.trim(),
        Some(_) | None => "",
    })
}

impl<S, B, R> Service<http::Request<B>> for Authenticate<S>
where
    S: Service<http::Request<B>, Response = http::Response<R>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    R: Default + Send + 'static,
{
    type Response = http::Response<R>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        match self.check(&mut request) {
            Ok(None) => Box::pin(self.inner.call(request)),
            Ok(Some(Caller { identity, peer })) => {
                let (answer, authority) = (self.inner.call(request), self.authority.clone());
                Box::pin(async move {
                    let answer = answer.await?;
                    // What is asked for can need more than the method does.
                    if status::is_scope_needed(answer.extensions()) {
                        authority.denied(&identity, peer);
                    }
                    Ok(answer)
                })
            }
            Err(refused) => Box::pin(async move { Ok(refused.into_http()) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use prometheus_client::registry::Registry;

    use super::*;

    /// How many calls are counted as refused once one was answered so.
    async fn counted(answer: Status) -> bool {
        let authority = Authority::of_this_machine();
        let inner = tower::service_fn(move |_: http::Request<()>| {
            let answer = answer.clone();
            async move { Ok::<_, Infallible>(answer.into_http::<()>()) }
        });
        let mut layered = AuthenticateLayer(authority.clone()).layer(inner);
        let mut request = http::Request::new(());
        *request.uri_mut() = "/underwrite.v1.DecisionService/GetDecision"
            .parse()
            .unwrap();
        request.extensions_mut().insert(TcpConnectInfo {
            local_addr: None,
            remote_addr: Some(([127, 0, 0, 1], 1).into()),
        });
        let told = layered.call(request).await.unwrap();
        let status = Status::from_header_map(told.headers()).unwrap();
        assert_eq!(status.code(), tonic::Code::PermissionDenied);
        let (mut registry, mut text) = (Registry::default(), String::new());
        authority.register_metrics(&mut registry);
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text.contains("access_refused_total{code=\"PERMISSION_DENIED\"} 1")
    }

    #[tokio::test]
    async fn a_missing_scope_is_a_refusal_and_no_other_status_of_that_code_is() {
        assert!(counted(status::scope_needed(Scope::ReadPersonal)).await);
        let other = Status::permission_denied("the bank does not show this account");
        assert!(!counted(other).await);
    }
}
