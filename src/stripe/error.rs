//! What can go wrong between us and Stripe.
//!
//! None of these holds what Stripe wrote for people: its messages may repeat a key or a name.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::choose::ChoiceError;
use super::resolve::NotLinkedReason;
use crate::id::HandleKind;

/// Stripe was not reached, refused, or did not answer as Stripe does.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StripeError {
    /// A parameter is wrong, or what was asked cannot be done (HTTP 400 and other 4xx).
    #[error("stripe refused the request{0}")]
    InvalidRequest(Box<Refusal>),
    /// There is no such object for this key (HTTP 404).
    #[error("stripe does not know the object; is it of the other mode or account?{0}")]
    NotFound(Box<Refusal>),
    /// The API key is not valid (HTTP 401).
    #[error("stripe refused the API key; check that it is current{0}")]
    KeyRefused(Box<Refusal>),
    /// The API key lacks a permission (HTTP 403).
    #[error("the API key may not do this; give it read and write on Financial Connections{0}")]
    Forbidden(Box<Refusal>),
    /// Another request holds the object or the idempotency key (HTTP 409).
    #[error("stripe is busy with another request for the same object{0}")]
    Conflict(Box<Refusal>),
    /// Too many requests (HTTP 429).
    #[error("stripe limits the rate of requests; try again later{0}")]
    RateLimited(Box<Refusal>),
    /// Stripe failed (HTTP 5xx).
    #[error("stripe failed{0}")]
    Api(Box<Refusal>),
    /// No connection, or it broke.
    #[error("stripe cannot be reached: {0}")]
    Unreachable(&'static str),
    /// No complete answer in time.
    #[error("stripe did not answer in time: {0}")]
    Timeout(&'static str),
    /// Stripe failed so often in a row that it is left alone for a while; nothing was sent.
    #[error("stripe failed several times in a row and is left alone for a while")]
    CircuitOpen {
        /// The time until it is asked again.
        retry_after: Duration,
    },
    /// An answer came that is not one of Stripe's, or breaks its own promises.
    #[error("stripe's answer cannot be used: {problem}{}", request(.request_id.as_deref()))]
    BadAnswer {
        /// What is wrong with it.
        problem: BadAnswer,
        /// Stripe's name for the request.
        request_id: Option<String>,
    },
    /// The API key may not read the object behind which an account is looked for (HTTP 403).
    #[error("the API key may not read this {}; give it the permissions that it needs{refusal}",
        .kind.as_words())]
    HandleForbidden {
        /// What the object is.
        kind: HandleKind,
        /// What Stripe said.
        refusal: Box<Refusal>,
    },
    /// The key cannot act for the connected account, or there is none of this id (HTTP 403).
    #[error(
        "stripe lets this API key do nothing for the connected account; is its id right, and is \
         it connected to this platform, in the mode of the key?{0}"
    )]
    ConnectedAccount(Box<Refusal>),
    /// No account that can be read is behind the object.
    #[error("{}", .why.about(*.kind))]
    NotLinked {
        /// What the object is.
        kind: HandleKind,
        /// Why there is none.
        why: NotLinkedReason,
    },
    /// Of the accounts that are behind the object none is to be taken, or too many.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The client cannot be built from these settings.
    #[error("the stripe settings are wrong: {0}")]
    Config(#[from] ConfigError),
}

/// What is known of an error that Stripe answered with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Stripe's `type`: `invalid_request_error`.
    pub kind: Option<String>,
    /// Stripe's `code`: `resource_missing`.
    pub code: Option<String>,
    /// The parameter that is meant.
    pub param: Option<String>,
    /// Stripe's name for the request.
    pub request_id: Option<String>,
    /// How long Stripe asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether Stripe says that trying again may help; it knows better than the status.
    pub should_retry: Option<bool>,
    /// Which of Stripe's limits was met: `global-rate`, `endpoint-rate`.
    pub limit: Option<String>,
}

impl fmt::Display for Refusal {
    /// ` (status 404, type `invalid_request_error`, code `resource_missing`, request `req_1`)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " (status {}", self.status)?;
        let parts = [
            ("type", &self.kind),
            ("code", &self.code),
            ("param", &self.param),
            ("limit", &self.limit),
            ("request", &self.request_id),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                write!(f, ", {name} `{value}`")?;
            }
        }
        f.write_str(")")
    }
}

fn request(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" (request `{id}`)"))
}

/// Why an answer cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadAnswer {
    /// Not JSON of the expected shape.
    #[error(
        "it is not JSON of the expected form{} (line {line}, column {column})",
        lacks(missing.as_deref())
    )]
    Json {
        /// The field that is missing, where that is what is wrong.
        missing: Option<String>,
        /// The line where reading stopped, from 1.
        line: usize,
        /// The column where reading stopped, from 1.
        column: usize,
    },
    /// Not labelled as JSON.
    #[error("its content type is not `application/json`; is there a proxy in between?")]
    ContentType,
    /// Larger than any answer this client reads.
    #[error("it is larger than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// Neither success nor an error status.
    #[error("its status is {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// An object of another mode than the key's.
    #[error("the object is of {} mode, the key of the other", mode(*.livemode))]
    WrongMode {
        /// The mode of the object.
        livemode: bool,
    },
    /// An object that was not asked for.
    #[error("it is about another account than was asked for")]
    WrongAccount,
    /// An object that was not asked for, or an id that is none of its kind.
    #[error("it is about another object than was asked for")]
    WrongObject,
    /// A list promised more, and gave only what it had given before.
    #[error("a list says that it has more, but gives no new rows")]
    NoNewRows,
    /// A list that does not end.
    #[error("a list has more than {max} pages")]
    TooManyPages {
        /// The limit.
        max: usize,
    },
    /// A time outside the calendar.
    #[error("a time is out of range")]
    Time,
}

impl BadAnswer {
    /// Whether the next answer may be a good one: something in between cut this one or gave one of
    /// its own. What Stripe itself says that makes no sense, it says again.
    fn may_pass(&self) -> bool {
        match self {
            Self::Json { .. } | Self::ContentType | Self::Status { .. } => true,
            Self::TooLarge { .. }
            | Self::WrongMode { .. }
            | Self::WrongAccount
            | Self::WrongObject
            | Self::NoNewRows
            | Self::TooManyPages { .. }
            | Self::Time => false,
        }
    }
}

fn lacks(field: Option<&str>) -> String {
    field.map_or_else(String::new, |field| format!(": `{field}` is missing"))
}

fn mode(livemode: bool) -> &'static str {
    if livemode { "live" } else { "test" }
}

/// What is wrong with the settings of the client.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Not a secret or restricted key.
    #[error(
        "the key starts with `sk_test_`, `rk_test_`, `sk_live_` or `rk_live_` and has only \
         letters, digits and `_`; check for quotes or a line break around it"
    )]
    Key,
    /// A key for real money, and not Stripe's own address.
    #[error(
        "a live key is sent only to `https://api.stripe.com`; use a test key, or allow it with \
         `allow_live_key_elsewhere`"
    )]
    LiveKeyElsewhere,
    /// A key for real money over a connection that anyone on the way can read.
    #[error("a live key is never sent over plain `http` to another machine; use `https`")]
    LiveKeyInClear,
    /// Not an address.
    #[error("the base is an address such as `https://api.stripe.com`, without user, query or `#`")]
    Base,
    /// Not a version name.
    #[error("the version is a name such as `2026-10-28.endive`")]
    Version,
    /// A duration or number outside its range.
    #[error("`{field}` is out of range: it is {range}")]
    Range {
        /// Which field.
        field: &'static str,
        /// What it may be, in words.
        range: &'static str,
    },
    /// The HTTP client could not be set up.
    #[error("the HTTPS client could not be set up; are the system's root certificates there?")]
    Client,
}

impl StripeError {
    /// The caller's time was over before Stripe's.
    pub(super) const OUT_OF_TIME: &'static str = "the time for this account is used up";
    /// The rates left no room before the caller's time was over.
    pub(super) const NO_ROOM: &'static str =
        "the rates of calls leave no room for it within the time for this account";
    pub(super) const NO_CONNECTION: &'static str = "no connection within the time for one";
    pub(super) const SILENT: &'static str = "no answer began within the time for its first byte";
    pub(super) const STALLED: &'static str = "an answer began and then stood still";
    pub(super) const TOO_LONG: &'static str = "no complete answer within the time for one call";

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "stripe_invalid_request",
            Self::NotFound(_) => "stripe_not_found",
            Self::KeyRefused(_) => "stripe_key_refused",
            Self::Forbidden(_) => "stripe_forbidden",
            Self::Conflict(_) => "stripe_conflict",
            Self::RateLimited(_) => "stripe_rate_limited",
            Self::Api(_) => "stripe_api",
            Self::Unreachable(_) => "stripe_unreachable",
            Self::Timeout(_) => "stripe_timeout",
            Self::CircuitOpen { .. } => "stripe_circuit_open",
            Self::BadAnswer { .. } => "stripe_bad_answer",
            Self::HandleForbidden { .. } => "stripe_forbidden",
            Self::ConnectedAccount(_) => "stripe_account_unknown",
            Self::NotLinked { why, .. } => why.code(),
            Self::Choice(error) => error.code(),
            Self::Config(_) => "stripe_config",
        }
    }

    /// Whether asking again later may succeed without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict(_)
            | Self::RateLimited(_)
            | Self::Api(_)
            | Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::CircuitOpen { .. } => true,
            Self::BadAnswer { problem, .. } => problem.may_pass(),
            Self::InvalidRequest(_)
            | Self::NotFound(_)
            | Self::KeyRefused(_)
            | Self::Forbidden(_)
            | Self::HandleForbidden { .. }
            | Self::ConnectedAccount(_)
            | Self::NotLinked { .. }
            | Self::Choice(_)
            | Self::Config(_) => false,
        }
    }

    /// How long to wait before the next try, as Stripe asks or as its failures advise.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::CircuitOpen { retry_after } => Some(*retry_after),
            Self::InvalidRequest(_)
            | Self::NotFound(_)
            | Self::KeyRefused(_)
            | Self::Forbidden(_)
            | Self::Conflict(_)
            | Self::RateLimited(_)
            | Self::Api(_)
            | Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::BadAnswer { .. }
            | Self::HandleForbidden { .. }
            | Self::ConnectedAccount(_)
            | Self::NotLinked { .. }
            | Self::Choice(_)
            | Self::Config(_) => self.refusal()?.retry_after,
        }
    }

    /// What Stripe said, where it was Stripe that refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::InvalidRequest(refusal)
            | Self::NotFound(refusal)
            | Self::KeyRefused(refusal)
            | Self::Forbidden(refusal)
            | Self::Conflict(refusal)
            | Self::RateLimited(refusal)
            | Self::Api(refusal)
            | Self::HandleForbidden { refusal, .. }
            | Self::ConnectedAccount(refusal) => Some(refusal),
            Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::CircuitOpen { .. }
            | Self::BadAnswer { .. }
            | Self::NotLinked { .. }
            | Self::Choice(_)
            | Self::Config(_) => None,
        }
    }

    /// Stripe's name for the request, to ask its support about.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::BadAnswer { request_id, .. } => request_id.as_deref(),
            Self::InvalidRequest(_)
            | Self::NotFound(_)
            | Self::KeyRefused(_)
            | Self::Forbidden(_)
            | Self::Conflict(_)
            | Self::RateLimited(_)
            | Self::Api(_)
            | Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::CircuitOpen { .. }
            | Self::HandleForbidden { .. }
            | Self::ConnectedAccount(_)
            | Self::NotLinked { .. }
            | Self::Choice(_)
            | Self::Config(_) => self.refusal()?.request_id.as_deref(),
        }
    }

    /// Names the error by its status.
    pub(super) fn from_refusal(refusal: Refusal) -> Self {
        let refusal = Box::new(refusal);
        match refusal.status {
            401 => Self::KeyRefused(refusal),
            403 if refusal.code.as_deref() == Some("account_invalid") => {
                Self::ConnectedAccount(refusal)
            }
            403 => Self::Forbidden(refusal),
            404 => Self::NotFound(refusal),
            409 => Self::Conflict(refusal),
            429 => Self::RateLimited(refusal),
            500..=599 => Self::Api(refusal),
            _ => Self::InvalidRequest(refusal),
        }
    }

    /// An answer that is not tied to one request.
    pub(super) fn bad(problem: BadAnswer) -> Self {
        Self::BadAnswer {
            problem,
            request_id: None,
        }
    }
}
