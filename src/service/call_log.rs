//! The line that each call has in the log.

use std::future::Future;

use tonic::{Code, Request, Response, Status};
use tracing::Instrument;

use super::request_id::RequestId;
use super::status;
use crate::clock::Stopwatch;
use crate::underwriter::CallDecision;

/// What a call is known by in the log.
pub(super) struct CallName {
    method: &'static str,
    request_id: Option<RequestId>,
    /// The decision that it is about, once that is known.
    pub(super) decision: CallDecision,
}

impl CallName {
    pub(super) fn of<T>(method: &'static str, request: &Request<T>) -> Self {
        Self {
            method,
            request_id: request.extensions().get().cloned(),
            decision: request.extensions().get().cloned().unwrap_or_default(),
        }
    }

    /// Runs the call in a span of its own and says how it ended; never what was in it.
    pub(super) async fn observed<T>(
        &self,
        call: impl Future<Output = Result<T, Status>>,
    ) -> Result<Response<T>, Status> {
        let (method, decision_id) = (self.method, tracing::field::Empty);
        let request_id = self.request_id.as_ref().map(RequestId::as_str);
        let span = tracing::info_span!("call", method, request_id, decision_id);
        async {
            let stopwatch = Stopwatch::start();
            let result = call.await;
            let code = result.as_ref().err().map_or(Code::Ok, Status::code);
            let latency_ms = u64::try_from(stopwatch.elapsed().as_millis()).unwrap_or(u64::MAX);
            let code_name = status::name(code);
            match &result {
                Err(status) if matches!(code, Code::Internal | Code::DataLoss | Code::Unknown) => {
                    // INVARIANT: no error of this engine has personal data in its message.
                    tracing::error!(
                        code = code_name,
                        latency_ms,
                        error = status.message(),
                        "failed"
                    );
                }
                Ok(_) | Err(_) => tracing::info!(code = code_name, latency_ms, "answered"),
            }
            result.map(Response::new)
        }
        .instrument(span)
        .await
    }
}
