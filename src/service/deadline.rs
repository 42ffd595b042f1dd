//! How long a caller waits, as it says in the header `grpc-timeout`.

use std::time::Duration;

use tonic::codegen::http::HeaderMap;
use tonic::metadata::MetadataMap;

/// What an answer needs to be recorded and to get back to its caller in time.
const MARGIN: Duration = Duration::from_secs(1);

const HEADER: &str = "grpc-timeout";

/// How long the caller waits, where it says.
pub(super) fn given(headers: &HeaderMap) -> Option<Duration> {
    parse(headers.get(HEADER)?.to_str().ok()?)
}

/// The time in which the caller has to be answered, where it says: what it waits, but for a second
/// or half of it.
pub(super) fn of(metadata: &MetadataMap) -> Option<Duration> {
    let timeout = parse(metadata.get(HEADER)?.to_str().ok()?)?;
    Some(timeout.saturating_sub((timeout / 2).min(MARGIN)))
}

/// Up to eight digits and a unit, as the specification of gRPC over HTTP/2 has it.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count.saturating_mul(3_600)),
        "M" => Duration::from_secs(count.saturating_mul(60)),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;
    use proptest::prelude::*;

    fn of_text(text: &str) -> Option<Duration> {
        let mut metadata = MetadataMap::new();
        metadata.insert(HEADER, text.parse().ok()?);
        of(&metadata)
    }

    #[test]
    fn a_caller_is_answered_before_it_gives_up() {
        assert_eq!(of(&MetadataMap::new()), None);
        assert_eq!(of_text("60S"), Some(Duration::from_secs(59)));
        assert_eq!(of_text("2000m"), Some(Duration::from_secs(1)));
        assert_eq!(of_text("1M"), Some(Duration::from_secs(59)));
        assert_eq!(of_text("1H"), Some(Duration::from_secs(3_599)));
        assert_eq!(of_text("1000000u"), Some(Duration::from_millis(500)));
        assert_eq!(of_text("100n"), Some(Duration::from_nanos(50)));
        assert_eq!(of_text("0S"), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_no_timeout_is_none() {
        for text in [
            "",
            "S",
            "1",
            "1s",
            "-1S",
            "+1S",
            " 1S",
            "123456789S",
            "1.5S",
            "1é",
        ] {
            assert_eq!(of_text(text), None, "{text}");
        }
    }

    #[test]
    fn callers_wait_less_than_the_minute_that_they_are_told_to_give() {
        let minute = Duration::from_secs(60);
        assert!(limits::ANSWER_TIMEOUT < minute - MARGIN);
        let wait_limits = crate::underwriter::WaitLimits::default();
        assert_eq!(wait_limits.answer_within, limits::ANSWER_TIMEOUT);
        assert_eq!(wait_limits.pending_for, limits::PENDING_TIMEOUT);
        assert_eq!(wait_limits.retry_pause, limits::PENDING_RETRY_PAUSE_MIN);
        // What fails is tried again several times before a pending decision ends.
        assert!(limits::PENDING_RETRY_PAUSE_MAX * 10 <= limits::PENDING_TIMEOUT);
    }

    proptest! {
        #[test]
        fn no_header_can_panic(text in "\\PC{0,12}") {
            parse(&text);
        }
    }
}
