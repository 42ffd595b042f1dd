//! The name under which a call is found in answers and logs: its caller's, or one of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tonic::codegen::http::{HeaderMap, HeaderValue};

use crate::limits;

/// The header that carries it, both ways.
pub(super) const HEADER: &str = "x-request-id";

/// The name of a call: 1 to 64 of the characters `A-Za-z0-9_.:-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId(Arc<str>);

impl RequestId {
    /// The one that the caller gives, where it can be written into a log as it is.
    fn given(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(HEADER)?.to_str().ok()?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
        let fits = (1..=limits::REQUEST_ID_BYTES_MAX).contains(&text.len());
        (fits && text.bytes().all(allowed)).then(|| Self(text.into()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, for whoever keeps it.
    pub(super) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// As a header.
    pub(super) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

/// Names calls: by their own name, else by a number that no other start of the program gives.
#[derive(Debug, Clone)]
pub(super) struct RequestIds {
    start: u64,
    next: Arc<AtomicU64>,
}

impl RequestIds {
    /// Told apart from those of other starts by this.
    pub(super) fn new(start: u64) -> Self {
        Self {
            start,
            next: Arc::default(),
        }
    }

    pub(super) fn of(&self, headers: &HeaderMap) -> RequestId {
        RequestId::given(headers).unwrap_or_else(|| {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            RequestId(format!("req_{:016x}_{number}", self.start).into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_bytes(text).unwrap());
        RequestIds::new(7).of(&headers)
    }

    #[test]
    fn a_callers_name_is_taken_where_a_log_can_hold_it() {
        let long = "a".repeat(limits::REQUEST_ID_BYTES_MAX);
        for text in ["1", "a-B_c.d:9", &long] {
            assert_eq!(of(text.as_bytes()).as_str(), text);
        }
        let longer = format!("{long}a");
        for text in ["", "a b", "a\u{e9}", "{}", "a\tb", &longer] {
            assert_eq!(of(text.as_bytes()).as_str(), "req_0000000000000007_0");
        }
    }

    #[test]
    fn ours_differ() {
        let ids = RequestIds::new(7);
        let headers = HeaderMap::new();
        assert_ne!(ids.of(&headers), ids.of(&headers));
        assert_ne!(
            RequestIds::new(8).of(&headers),
            RequestIds::new(7).of(&headers)
        );
    }
}
