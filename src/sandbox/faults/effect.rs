//! What can go wrong.

use std::time::Duration;

use super::rate_limit::RateLimitReason;
use super::table::{EffectInfo, Key, info};
use crate::sandbox::world::{AccountStatus, Fate, RefreshFeature};

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// An error in Stripe's shape is answered.
    Error(ErrorAnswer),
    /// The right answer does not come over well.
    Transport(Transport),
    /// The right answer comes with a wrong content.
    Content(Content),
    /// A refresh is started and ends otherwise than its bank would have it.
    Refresh {
        /// Which; all of them where it is not said.
        feature: Option<RefreshFeature>,
        /// How it ends.
        fate: Fate,
    },
    /// The account's state changes for good, just before the call is answered.
    Becomes(AccountStatus),
}

/// How an answer comes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// The connection is reset before a byte is answered.
    Reset {
        /// Whether what was asked for is done all the same.
        carried_out: bool,
    },
    /// The connection is reset in the middle of the right answer.
    ResetInBody,
    /// The right answer begins late.
    SlowStart {
        /// How late.
        delay: Duration,
    },
    /// The right answer comes in small pieces.
    SlowBody {
        /// Bytes in a piece.
        bytes: usize,
        /// The pause before each.
        interval: Duration,
    },
    /// The right answer, cut in half, as if that were all of it.
    TruncatedBody,
    /// The right answer, but not JSON.
    InvalidJson,
    /// A page for people in place of JSON, as a proxy sends one.
    Html {
        /// The HTTP status.
        status: u16,
    },
    /// The right answer, blown up with blanks.
    HugeBody {
        /// How many.
        bytes: u64,
    },
}

/// What is wrong with the content of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A list that never ends: rows that nobody made, in a page after the other.
    EndlessList,
    /// The first page of a list for every page, and always more of them.
    RepeatedPage,
    /// The rows of a page in another order; only the last stays, so that the cursors hold.
    Disordered,
    /// One row of each page is there twice, with other content.
    ConflictingRows,
    /// What is answered is said to be of another account.
    Foreign,
    /// A word that Stripe has not told of.
    UnknownValue(UnknownField),
    /// Amounts in another currency.
    WrongCurrency {
        /// The code to write.
        currency: String,
    },
}

impl From<Transport> for Effect {
    fn from(transport: Transport) -> Self {
        Self::Transport(transport)
    }
}

impl From<Content> for Effect {
    fn from(content: Content) -> Self {
        Self::Content(content)
    }
}

impl From<Fate> for Effect {
    /// The fate of every feature that is refreshed.
    fn from(fate: Fate) -> Self {
        let feature = None;
        Self::Refresh { feature, fate }
    }
}

impl From<AccountStatus> for Effect {
    fn from(status: AccountStatus) -> Self {
        Self::Becomes(status)
    }
}

/// An error in Stripe's shape, and what its headers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// Which error.
    pub error: ErrorKind,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// `Stripe-Should-Retry`.
    pub should_retry: Option<bool>,
}

impl From<ErrorKind> for Effect {
    fn from(error: ErrorKind) -> Self {
        Self::Error(ErrorAnswer {
            error,
            retry_after: None,
            should_retry: None,
        })
    }
}

/// The errors that can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// 401: the key is refused.
    Unauthorized,
    /// 403: the key may not do this.
    Forbidden,
    /// 404 `resource_missing`.
    NotFound,
    /// 409 `idempotency_key_in_use`.
    KeyInUse,
    /// `lock_timeout`: another request holds the object.
    Locked {
        /// 409 in place of the usual 429.
        conflict: bool,
    },
    /// 429 `rate_limit`.
    RateLimited {
        /// What `Stripe-Rate-Limited-Reason` says; there is no such header without it.
        reason: Option<RateLimitReason>,
    },
    /// A failure of Stripe's own.
    Server {
        /// 500, 502 or 503.
        status: u16,
        /// Whether what was asked for is done all the same.
        carried_out: bool,
    },
}

/// Where an unknown word is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownField {
    /// `status` of an account.
    AccountStatus,
    /// `category` of an account.
    Category,
    /// `status` of every refresh of an account.
    RefreshStatus,
    /// `status` of a transaction.
    TransactionStatus,
    /// One more of an account's `permissions`.
    Permission,
}

impl Effect {
    /// The value of `effect` in a file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Error(answer) => match answer.error {
                ErrorKind::Unauthorized => "unauthorized",
                ErrorKind::Forbidden => "forbidden",
                ErrorKind::NotFound => "not_found",
                ErrorKind::KeyInUse => "key_in_use",
                ErrorKind::Locked { .. } => "locked",
                ErrorKind::RateLimited { .. } => "rate_limited",
                ErrorKind::Server { .. } => "server_error",
            },
            Self::Transport(transport) => match transport {
                Transport::Reset { .. } => "reset",
                Transport::ResetInBody => "reset_in_body",
                Transport::SlowStart { .. } => "slow_start",
                Transport::SlowBody { .. } => "slow_body",
                Transport::TruncatedBody => "truncated_body",
                Transport::InvalidJson => "invalid_json",
                Transport::Html { .. } => "html",
                Transport::HugeBody { .. } => "huge_body",
            },
            Self::Content(content) => match content {
                Content::EndlessList => "endless_list",
                Content::RepeatedPage => "repeated_page",
                Content::Disordered => "disordered",
                Content::ConflictingRows => "conflicting_rows",
                Content::Foreign => "foreign",
                Content::UnknownValue(_) => "unknown_value",
                Content::WrongCurrency { .. } => "wrong_currency",
            },
            Self::Refresh { fate, .. } => match fate {
                Fate::Pending => "refresh_pending",
                Fate::Fails => "refresh_fails",
                Fate::Late(_) => "refresh_late",
            },
            Self::Becomes(AccountStatus::Disconnected) => "disconnect",
            Self::Becomes(AccountStatus::Inactive) => "deactivate",
            Self::Becomes(AccountStatus::Active) => "reactivate",
        }
    }

    /// Its row of the table.
    pub(in crate::sandbox) fn info(&self) -> Option<&'static EffectInfo> {
        info(self.name())
    }

    /// Reads an effect from its keys, which are known to be right. `None` for an unknown name.
    pub(in crate::sandbox) fn build(name: &str, values: &Values<'_>) -> Option<Self> {
        if let Some(error) = error_kind(name, values) {
            return Some(Self::Error(ErrorAnswer {
                error,
                retry_after: values.number("retry_after"),
                should_retry: values.truth("should_retry"),
            }));
        }
        if let Some(transport) = transport(name, values) {
            return Some(transport.into());
        }
        if let Some(content) = content(name, values) {
            return Some(content.into());
        }
        let feature = values.word("feature").and_then(RefreshFeature::from_word);
        let fate = match name {
            "refresh_pending" => Fate::Pending,
            "refresh_fails" => Fate::Fails,
            "refresh_late" => Fate::Late(values.milliseconds("delay_ms")?),
            "disconnect" => return Some(AccountStatus::Disconnected.into()),
            "deactivate" => return Some(AccountStatus::Inactive.into()),
            "reactivate" => return Some(AccountStatus::Active.into()),
            _ => return None,
        };
        Some(Self::Refresh { feature, fate })
    }
}

fn transport(name: &str, values: &Values<'_>) -> Option<Transport> {
    Some(match name {
        "reset" => Transport::Reset {
            carried_out: values.truth("carried_out")?,
        },
        "reset_in_body" => Transport::ResetInBody,
        "slow_start" => Transport::SlowStart {
            delay: values.milliseconds("delay_ms")?,
        },
        "slow_body" => Transport::SlowBody {
            bytes: usize::try_from(values.number("bytes")?).ok()?,
            interval: values.milliseconds("interval_ms")?,
        },
        "truncated_body" => Transport::TruncatedBody,
        "invalid_json" => Transport::InvalidJson,
        "html" => Transport::Html {
            status: values.status()?,
        },
        "huge_body" => Transport::HugeBody {
            bytes: values.number("bytes")?,
        },
        _ => return None,
    })
}

fn content(name: &str, values: &Values<'_>) -> Option<Content> {
    Some(match name {
        "endless_list" => Content::EndlessList,
        "repeated_page" => Content::RepeatedPage,
        "disordered" => Content::Disordered,
        "conflicting_rows" => Content::ConflictingRows,
        "foreign" => Content::Foreign,
        "unknown_value" => Content::UnknownValue(unknown_field(values.word("field")?)?),
        "wrong_currency" => Content::WrongCurrency {
            currency: values.word("currency")?.to_owned(),
        },
        _ => return None,
    })
}

fn error_kind(name: &str, values: &Values<'_>) -> Option<ErrorKind> {
    Some(match name {
        "unauthorized" => ErrorKind::Unauthorized,
        "forbidden" => ErrorKind::Forbidden,
        "not_found" => ErrorKind::NotFound,
        "key_in_use" => ErrorKind::KeyInUse,
        "locked" => ErrorKind::Locked {
            conflict: values.status()? == 409,
        },
        "rate_limited" => ErrorKind::RateLimited {
            reason: values.word("reason").and_then(RateLimitReason::from_word),
        },
        "server_error" => ErrorKind::Server {
            status: values.status()?,
            carried_out: values.truth("carried_out")?,
        },
        _ => return None,
    })
}

fn unknown_field(word: &str) -> Option<UnknownField> {
    Some(match word {
        "account_status" => UnknownField::AccountStatus,
        "category" => UnknownField::Category,
        "refresh_status" => UnknownField::RefreshStatus,
        "transaction_status" => UnknownField::TransactionStatus,
        "permission" => UnknownField::Permission,
        _ => return None,
    })
}

/// The values of an effect's keys, as texts; what is left out has its default.
#[derive(Debug)]
pub(in crate::sandbox) struct Values<'a> {
    pub(in crate::sandbox) given: &'a [(&'static str, String)],
    pub(in crate::sandbox) keys: &'static [Key],
}

impl<'a> Values<'a> {
    fn word(&self, name: &str) -> Option<&'a str> {
        let given = self.given.iter().find(|(key, _)| *key == name);
        let default = || self.keys.iter().find(|key| key.name == name)?.default;
        given.map(|(_, value)| value.as_str()).or_else(default)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.word(name)?.parse().ok()
    }

    fn truth(&self, name: &str) -> Option<bool> {
        self.word(name)?.parse().ok()
    }

    fn status(&self) -> Option<u16> {
        self.word("status")?.parse().ok()
    }

    fn milliseconds(&self, name: &str) -> Option<Duration> {
        self.number(name).map(Duration::from_millis)
    }
}
