//! Stripe's webhooks: whether a delivery is Stripe's, and what it tells.
//!
//! An event only ever says where to look: what it carries may be old, repeated or out of order, so
//! data is always asked for anew.

mod error;
mod event;
mod signature;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use error::{Malformed, SecretsError, WebhookError};
pub use event::{Event, Subject};
pub use signature::SigningSecrets;

/// The header that has the signatures.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

/// Opens a delivery: `body` as it came, byte for byte, and the `Stripe-Signature` with it.
///
/// # Errors
///
/// Where the signature is of none of `secrets` or was not made around `now`; and only then is the
/// body looked at, which may be no event.
pub fn open(
    body: &[u8],
    header: Option<&str>,
    secrets: &SigningSecrets,
    now: DateTime<Utc>,
) -> Result<Event, WebhookError> {
    secrets.verify(body, header, now)?;
    Event::parse(body).map_err(WebhookError::Malformed)
}
