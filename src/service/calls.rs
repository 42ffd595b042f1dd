//! One call on its way: a request that has to come in, an answer that has to be there by the
//! deadline of its caller, or says why not.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Request, Response};
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::{Code, Status};
use tower::Service;

use super::request_id::{self, RequestId, RequestIds};
use super::{Metrics, deadline, status};
use crate::clock::Stopwatch;
use crate::id::DecisionId;
use crate::limits;
use crate::sockets::Call;
use crate::underwriter::CallDecision;

/// The path of every method of reflection begins so.
const REFLECTION: &str = "/grpc.reflection.";

/// The header of an answer that names the decision which the call was about.
const DECISION_HEADER: &str = "x-decision-id";

/// Names calls and counts them.
#[derive(Clone)]
pub(super) struct Observer {
    pub(super) metrics: Metrics,
    pub(super) ids: RequestIds,
}

/// What is known of a call once its head is there.
pub(super) struct Head {
    method: &'static str,
    id: RequestId,
    decision: CallDecision,
    watch: Stopwatch,
}

impl Observer {
    /// Names a call, also for whoever answers it.
    pub(super) fn head(&self, request: &mut Request<Incoming>) -> Head {
        let id = self.ids.of(request.headers());
        let decision = CallDecision::default();
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(decision.clone());
        Head {
            method: Metrics::method(request.uri().path()),
            id,
            decision,
            watch: Stopwatch::start(),
        }
    }

    /// Answers under the call's name, and counts.
    pub(super) async fn observed(
        &self,
        head: Head,
        answer: impl Future<Output = Response<Body>>,
    ) -> Response<Body> {
        let mut response = answer.await;
        // An answer that is more than a status tells its code at its end: until then it goes well.
        let status = Status::from_header_map(response.headers());
        let code = status.map_or(Code::Ok, |status| status.code());
        self.metrics.count(head.method, code, head.watch.elapsed());
        if let Some(id) = head.id.to_header() {
            response.headers_mut().insert(request_id::HEADER, id);
        }
        let decision = head.decision.get();
        if let Some(id) = decision.and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            response.headers_mut().insert(DECISION_HEADER, id);
        }
        response
    }
}

/// Ready, with what the caller is told, when an answer is no longer waited for.
type End = Pin<Box<dyn Future<Output = Status> + Send>>;

/// Answers a call. When its deadline passes or the server stops, what answers it is dropped; what
/// was begun for a decision goes on by itself.
pub(super) async fn answer(
    mut routes: Routes,
    request: Request<Incoming>,
    request_time: Duration,
    stopped: CancellationToken,
    call: Call,
) -> Response<Body> {
    let id = request.extensions().get::<RequestId>().cloned();
    let request_id = id.as_ref().map(RequestId::as_str);
    let decision = request.extensions().get::<CallDecision>().cloned();
    let mut end = end(deadline::given(request.headers()), stopped);
    let request_time = if request.uri().path().starts_with(REFLECTION) {
        limits::GRPC_REFLECTION_TIMEOUT
    } else {
        request_time
    };
    let request = request.map(|body| Arriving {
        body,
        time: request_time,
        late: None,
    });
    let response = tokio::select! {
        biased;
        // INVARIANT: routes are always ready.
        response = routes.call(request) => match response {
            Ok(response) => response,
            Err(never) => match never {},
        },
        status = &mut end => {
            let code = status::name(status.code());
            let decision = decision.and_then(|decision| decision.get());
            let decision_id = decision.as_ref().map(DecisionId::as_str);
            tracing::info!(code, request_id, decision_id, "ended before it was answered");
            status.into_http()
        }
    };
    response.map(|body| {
        Body::new(Answering {
            body,
            end: Some(end),
            _call: call,
        })
    })
}

fn end(deadline: Option<Duration>, stopped: CancellationToken) -> End {
    Box::pin(async move {
        let Some(deadline) = deadline else {
            stopped.cancelled().await;
            return status::stopping();
        };
        tokio::select! {
            () = tokio::time::sleep(deadline) => status::deadline_exceeded(),
            () = stopped.cancelled() => status::stopping(),
        }
    })
}

/// A request on its way in: it may not fall silent for too long.
struct Arriving {
    body: Incoming,
    time: Duration,
    /// When it has been silent for too long, while it is.
    late: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.late = None;
            return Poll::Ready(
                frame.map(|frame| frame.map_err(|error| Status::from_error(Box::new(error)))),
            );
        }
        let time = self.time;
        let late = self
            .late
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        ready!(late.as_mut().poll(context));
        Poll::Ready(Some(Err(status::request_incomplete(time))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer on its way out: it ends when its caller no longer waits for it, or the server stops.
struct Answering {
    body: Body,
    /// `None` once it was ended so.
    end: Option<End>,
    /// Counts as a call until it is out.
    _call: Call,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.end.is_none() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let Some(end) = &mut self.end else {
            return Poll::Ready(None);
        };
        let status = ready!(end.as_mut().poll(context));
        self.end = None;
        let mut trailers = HeaderMap::new();
        let written = status.add_header(&mut trailers);
        Poll::Ready(Some(written.map(|()| Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.end.is_none() || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
