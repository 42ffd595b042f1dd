//! Answers that break on the wire: cut, slow, endless, or no JSON at all.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use crate::sandbox::connection::Cut;

/// Time in which what was written so far reaches the other side before the connection is cut.
const BEFORE_THE_CUT: Duration = Duration::from_millis(30);
/// Blanks sent at once.
const BLANKS: Bytes = Bytes::from_static(&[b' '; 64 * 1024]);

/// An answer taken apart.
struct Apart {
    response: Response,
    body: Bytes,
}

impl Apart {
    /// INVARIANT: the answer was made from one text in memory, so it can be read again.
    async fn new(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        Self {
            response: Response::from_parts(parts, Body::empty()),
            body: body.unwrap_or_default(),
        }
    }

    fn with(mut self, body: Body) -> Response {
        *self.response.body_mut() = body;
        self.response
    }

    /// The first half, and where it ends.
    fn half(&self) -> Bytes {
        self.body.slice(..self.body.len() / 2)
    }

    /// Says how long the body would be, whatever then comes.
    fn promise_length(&mut self) {
        let length = HeaderValue::from(self.body.len());
        let headers = self.response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, length);
    }
}

/// Half of the answer, and then a reset.
pub(super) async fn reset_in_body(response: Response, cut: Cut) -> Response {
    let mut apart = Apart::new(response).await;
    apart.promise_length();
    let half = apart.half();
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        if sender.send(Ok(half)).await.is_ok() {
            tokio::time::sleep(BEFORE_THE_CUT).await;
        }
        cut.now();
        // Whether anybody still reads makes no difference.
        let _ = sender.send(Err(broken())).await;
    });
    apart.with(Body::from_stream(ReceiverStream::new(receiver)))
}

/// The answer in pieces, with a pause before each.
pub(super) async fn drip(
    response: Response,
    bytes: usize,
    interval: Duration,
    stop: CancellationToken,
) -> Response {
    let mut apart = Apart::new(response).await;
    apart.promise_length();
    let mut rest = apart.body.clone();
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        while !rest.is_empty() {
            let piece = rest.split_to(bytes.clamp(1, rest.len()));
            let piece = tokio::select! {
                () = stop.cancelled() => Err(broken()),
                () = tokio::time::sleep(interval) => Ok(piece),
            };
            let ends = piece.is_err();
            if sender.send(piece).await.is_err() || ends {
                break;
            }
        }
    });
    apart.with(Body::from_stream(ReceiverStream::new(receiver)))
}

fn broken() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// Half of the answer, as if it were all of it.
pub(super) async fn truncated(response: Response) -> Response {
    let apart = Apart::new(response).await;
    let half = apart.half();
    apart.with(Body::from(half))
}

/// The answer with something in its middle that JSON does not have.
pub(super) async fn invalid_json(response: Response) -> Response {
    let apart = Apart::new(response).await;
    let text: Vec<u8> = apart
        .body
        .iter()
        .map(|byte| if *byte == b':' { b'=' } else { *byte })
        .collect();
    apart.with(Body::from(text))
}

/// The answer with `bytes` blanks after its first character; never all of it in memory.
pub(super) async fn huge(response: Response, bytes: u64) -> Response {
    let apart = Apart::new(response).await;
    let mut rest = apart.body.clone();
    let head = rest.split_to(rest.len().min(1));
    let whole = u64::try_from(BLANKS.len()).unwrap_or(1);
    let blanks = (0..bytes.div_ceil(whole)).map(move |piece| {
        let left = bytes.saturating_sub(piece.saturating_mul(whole)).min(whole);
        BLANKS.slice(..usize::try_from(left).unwrap_or(0))
    });
    let pieces = std::iter::once(head)
        .chain(blanks)
        .chain(std::iter::once(rest));
    let pieces = tokio_stream::iter(pieces.map(Ok::<Bytes, io::Error>));
    apart.with(Body::from_stream(pieces))
}

/// A page for people.
pub(super) fn html(status: u16) -> Response {
    let page = "<!DOCTYPE html>\n<html><head><title>Please wait</title></head>\n\
                <body><h1>The service is being upgraded</h1></body></html>\n";
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
