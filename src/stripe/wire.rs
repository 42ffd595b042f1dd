//! Stripe's JSON, as far as it is read. A field that is absent is the same as one that is null;
//! a field that is not named here is ignored; words stay words, so that a new one never fails.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

/// `financial_connections.account`
#[derive(Clone, Deserialize)]
pub(super) struct WireAccount {
    pub(super) id: String,
    pub(super) livemode: bool,
    pub(super) category: String,
    pub(super) subcategory: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) account_holder: Option<WireHolder>,
    #[serde(default)]
    pub(super) created: Option<i64>,
    #[serde(default)]
    pub(super) institution_name: Option<String>,
    #[serde(default)]
    pub(super) display_name: Option<String>,
    #[serde(default)]
    pub(super) last4: Option<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) permissions: Vec<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) subscriptions: Vec<String>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) supported_payment_method_types: Vec<String>,
    #[serde(default)]
    pub(super) balance: Option<WireBalance>,
    #[serde(default)]
    pub(super) balance_refresh: Option<WireRefresh>,
    #[serde(default)]
    pub(super) ownership: Option<WireOwnership>,
    #[serde(default)]
    pub(super) ownership_refresh: Option<WireRefresh>,
    #[serde(default)]
    pub(super) transaction_refresh: Option<WireRefresh>,
}

/// The id of an object, or the object in its place.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Ref<T> {
    Id(String),
    Object(T),
}

/// An object of which no more than its id is read.
#[derive(Clone, Deserialize)]
pub(super) struct WireId {
    pub(super) id: String,
}

impl Ref<WireId> {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object(WireId { id }) => id,
        }
    }
}

/// Whose an account is.
#[derive(Clone, Deserialize)]
pub(super) struct WireHolder {
    #[serde(default)]
    pub(super) account: Option<Ref<WireId>>,
    #[serde(default)]
    pub(super) customer: Option<Ref<WireId>>,
}

impl WireHolder {
    /// The id of whoever it is.
    pub(super) fn id(&self) -> Option<&str> {
        let id = self.customer.as_ref().or(self.account.as_ref())?;
        Some(id.id())
    }
}

/// `balance_refresh` and its siblings; only the one of transactions has an id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct WireRefresh {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) status: String,
    pub(super) last_attempted_at: i64,
    #[serde(default)]
    pub(super) next_refresh_available_at: Option<i64>,
}

/// A currency map whose keys have not been checked.
pub(super) type WireAmounts = BTreeMap<String, Option<i64>>;

#[derive(Clone, Deserialize)]
pub(super) struct WireBalance {
    pub(super) as_of: i64,
    pub(super) current: WireAmounts,
    #[serde(default)]
    pub(super) cash: Option<WireCash>,
    #[serde(default)]
    pub(super) credit: Option<WireCredit>,
}

#[derive(Clone, Deserialize)]
pub(super) struct WireCash {
    #[serde(default)]
    pub(super) available: Option<WireAmounts>,
}

#[derive(Clone, Deserialize)]
pub(super) struct WireCredit {
    #[serde(default)]
    pub(super) used: Option<WireAmounts>,
}

/// The id alone, or the object where it was asked to be expanded.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum WireOwnership {
    Id(String),
    Expanded {
        id: String,
        owners: WireList<WireOwner>,
    },
}

impl WireOwnership {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Expanded { id, .. } => id,
        }
    }
}

/// One page of a list.
#[derive(Clone, Deserialize)]
pub(super) struct WireList<T> {
    pub(super) data: Vec<T>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) has_more: bool,
}

/// `financial_connections.account_owner`; Stripe's own examples leave the id out.
#[derive(Clone, Deserialize)]
pub(super) struct WireOwner {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) phone: Option<String>,
    #[serde(default)]
    pub(super) raw_address: Option<String>,
}

/// `financial_connections.transaction`
#[derive(Clone, Deserialize)]
pub(super) struct WireTransaction {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    pub(super) livemode: bool,
    pub(super) status: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) status_transitions: WireTransitions,
    pub(super) transacted_at: i64,
    #[serde(default)]
    pub(super) updated: Option<i64>,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct WireTransitions {
    #[serde(default)]
    pub(super) posted_at: Option<i64>,
    #[serde(default)]
    pub(super) void_at: Option<i64>,
}

/// The body of an error; its message is not read, because it may repeat a key or a name.
#[derive(Default, Deserialize)]
pub(super) struct WireErrorBody {
    pub(super) error: WireError,
}

#[derive(Default, Deserialize)]
pub(super) struct WireError {
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) param: Option<String>,
}

pub(super) fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
