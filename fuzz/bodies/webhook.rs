//! A delivery of Stripe's: whatever comes is an event or an error with a code.
//!
//! An input has the `Stripe-Signature` on its first line and the body after it. Where that line is
//! `signed`, the body gets a right signature, so that what is behind it is reached.

use chrono::DateTime;
use underwrite::stripe::webhook::{self, SigningSecrets};

/// Opens the delivery; whether it is an event of Stripe's.
pub(crate) fn run(data: &[u8]) -> bool {
    let secrets = SigningSecrets::parse("whsec_x,whsec_y").unwrap();
    let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (first, body) = (parts.next().unwrap_or(b""), parts.next().unwrap_or(b""));
    let signed = secrets.header(body, now);
    let header = match first {
        b"signed" => Some(signed.as_str()),
        other => std::str::from_utf8(other).ok(),
    };
    match webhook::open(body, header, &secrets, now) {
        Ok(event) => {
            assert!(!event.kind.is_empty() && event.kind.is_ascii());
            // The same body, signed by nobody we know, is refused.
            let strangers = SigningSecrets::parse("whsec_z").unwrap();
            let refused = webhook::open(body, header, &strangers, now).unwrap_err();
            assert_eq!(refused.code(), "webhook_signature");
            true
        }
        Err(error) => {
            assert!(!error.code().is_empty() && error.to_string().len() < 300);
            false
        }
    }
}
