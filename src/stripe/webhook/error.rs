//! Why a delivery is not taken.

use thiserror::Error;

use crate::limits;

/// Why a delivery is not taken. Nothing of its body is in here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WebhookError {
    /// No header, or more than one.
    #[error("there is not exactly one `Stripe-Signature` header: only Stripe may send to here")]
    NoSignature,
    /// A header that is not Stripe's.
    #[error("the `Stripe-Signature` header is not of the form `t=1700000000,v1=5f2a...`: {0}")]
    Header(&'static str),
    /// A signature by another secret, or for another body.
    #[error(
        "no signature was made with one of the secrets for this body: give the endpoint's own \
         secret, and let no proxy change the body"
    )]
    NoMatch,
    /// Signed too long ago: perhaps somebody sends again what was overheard.
    #[error(
        "it was signed {seconds} seconds ago, and {} are allowed: is the clock right?",
        limits::WEBHOOK_TOLERANCE.as_secs()
    )]
    TooOld {
        /// How long ago.
        seconds: u64,
    },
    /// Signed in the future, as our clock sees it.
    #[error(
        "it was signed {seconds} seconds in the future, and {} are allowed: is the clock right?",
        limits::WEBHOOK_TOLERANCE.as_secs()
    )]
    TooNew {
        /// How far ahead.
        seconds: u64,
    },
    /// Signed, and yet not an event.
    #[error("the body is not an event: {0}")]
    Malformed(Malformed),
}

/// Why a body is not an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Not JSON, or not of an event's form.
    #[error("it is not JSON of the expected form (line {line}, column {column})")]
    Json {
        /// The line where reading stopped, from 1; 0 where it is not known.
        line: usize,
        /// The column where reading stopped, from 1; 0 where it is not known.
        column: usize,
    },
    /// Another of Stripe's objects.
    #[error("its `object` is neither `event` nor `v2.core.event`")]
    Object,
    /// No id, or not that of an event.
    #[error("its `id` is not an event's")]
    Id,
    /// No type, or not one.
    #[error("its `type` is not that of an event")]
    Type,
}

/// Why a text is not a list of signing secrets. The text is never quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SecretsError {
    /// Nothing there.
    #[error("has no secret: give one that starts with `whsec_`")]
    None,
    /// Not one of Stripe's.
    #[error(
        "has something that is not a signing secret: each starts with `whsec_` and has letters, \
         digits and `_+/=-` only; separate several by commas or lines"
    )]
    Form,
    /// Too many.
    #[error("has more than {max} secrets: keep those that are in force")]
    TooMany {
        /// The limit.
        max: usize,
    },
}

impl WebhookError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSignature | Self::Header(_) | Self::NoMatch => "webhook_signature",
            Self::TooOld { .. } => "webhook_too_old",
            Self::TooNew { .. } => "webhook_too_new",
            Self::Malformed(_) => "webhook_malformed",
        }
    }
}
