//! What a delivery tells: both forms in which Stripe sends events.
//!
//! A *snapshot* event (`object: event`) has the whole object under `data.object`; a *thin*
//! notification (`object: v2.core.event`) only names it under `related_object`. Unknown types and
//! fields are fine, and a field that is absent is the same as one that is null.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::Malformed;
use crate::id::{AccountId, ConnectedAccountId, EventId};
use crate::limits;

/// `object` of a Financial Connections account.
const ACCOUNT: &str = "financial_connections.account";

/// An event, as far as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id, the same in every delivery.
    pub id: EventId,
    /// Its type: `financial_connections.account.refreshed_balance`. Letters, digits, `.`, `_`, `-`.
    pub kind: String,
    /// When it happened, if that is told.
    pub created: Option<DateTime<Utc>>,
    /// Whether it is about real money, if that is told: Stripe always does.
    pub livemode: Option<bool>,
    /// The connected account that it happened in.
    pub connected: Option<ConnectedAccountId>,
    /// What it happened to.
    pub subject: Option<Subject>,
}

/// What an event happened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What it is: `financial_connections.account`.
    pub object: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// How it stood then, which may be long ago.
    pub status: Option<String>,
}

#[derive(Deserialize)]
struct WireEvent {
    #[serde(default)]
    object: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    created: Option<WireTime>,
    #[serde(default)]
    livemode: Option<bool>,
    #[serde(default)]
    account: Option<String>,
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    data: Option<WireData>,
    #[serde(default)]
    related_object: Option<WireRelated>,
}

/// Seconds in a snapshot event, a date and time in a thin one.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireTime {
    Seconds(i64),
    Text(String),
}

#[derive(Deserialize)]
struct WireData {
    #[serde(default)]
    object: Option<WireObject>,
}

/// Any object of Stripe's: what is no text there is passed over.
#[derive(Deserialize)]
struct WireObject {
    #[serde(default, deserialize_with = "text")]
    object: Option<String>,
    #[serde(default, deserialize_with = "text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    status: Option<String>,
}

#[derive(Deserialize)]
struct WireRelated {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Option<String>,
}

impl Event {
    /// Reads an event, in either form.
    ///
    /// # Errors
    ///
    /// Where it is not JSON, not an event, or has no id and type.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        // An array would be read as if its items were the fields in their order.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Malformed::Json { line: 1, column: 1 });
        }
        let wire: WireEvent = serde_json::from_slice(body).map_err(|error| Malformed::Json {
            line: error.line(),
            column: error.column(),
        })?;
        let thin = match wire.object.as_deref() {
            None | Some("event") => false,
            Some("v2.core.event") => true,
            Some(_) => return Err(Malformed::Object),
        };
        let id = wire.id.as_deref().map(EventId::parse);
        let kind = wire.kind.filter(|kind| is_type(kind));
        // The innermost account of `context` is the one in whose name it happened.
        let connected = match (&wire.account, &wire.context) {
            (Some(account), _) => Some(account.as_str()),
            (None, Some(context)) => context.rsplit('/').next(),
            (None, None) => None,
        };
        Ok(Self {
            id: id.and_then(Result::ok).ok_or(Malformed::Id)?,
            kind: kind.ok_or(Malformed::Type)?,
            created: wire.created.and_then(WireTime::read),
            livemode: wire.livemode,
            connected: connected.and_then(|id| ConnectedAccountId::parse(id).ok()),
            subject: if thin {
                wire.related_object.map(Subject::from)
            } else {
                wire.data.and_then(|data| data.object).map(Subject::from)
            },
        })
    }

    /// The Financial Connections account that it happened to, if it is about one.
    pub fn account(&self) -> Option<AccountId> {
        let subject = self.subject.as_ref()?;
        let is_account = subject.object.as_deref() == Some(ACCOUNT);
        let id = subject.id.as_deref().filter(|_| is_account)?;
        AccountId::parse(id).ok()
    }
}

impl From<WireObject> for Subject {
    fn from(wire: WireObject) -> Self {
        Self {
            object: wire.object,
            id: wire.id,
            status: wire.status,
        }
    }
}

impl From<WireRelated> for Subject {
    fn from(wire: WireRelated) -> Self {
        Self {
            object: wire.kind,
            id: wire.id,
            status: None,
        }
    }
}

impl WireTime {
    fn read(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Seconds(seconds) => DateTime::from_timestamp(seconds, 0),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// Types are logged, so only plain ones are taken.
fn is_type(kind: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !kind.is_empty() && kind.len() <= limits::ID_BYTES_MAX && kind.chars().all(plain)
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(Some(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Ok(None)
        }
    }
}
