//! How the bank data of an application is to be had: in whose name, how fresh, and which of
//! several accounts.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::ConnectedAccountId;
use crate::limits;

/// What a request says of the bank data that it wants. Nothing said leaves it to the rule set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankData {
    /// The connected account that the linked accounts belong to; the platform itself otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe_account: Option<ConnectedAccountId>,
    /// The oldest data that will do, where the request says.
    #[serde(default, skip_serializing_if = "MaxAge::is_unspecified")]
    pub max_age: MaxAge,
    /// Which accounts to take of several behind one handle.
    #[serde(default, skip_serializing_if = "AccountFilter::is_default")]
    pub accounts: AccountFilter,
}

impl BankData {
    /// Whether nothing is said.
    pub fn is_unspecified(&self) -> bool {
        *self == Self::default()
    }
}

/// How old data may be, where somebody says: whole seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaxAge {
    /// Of balances.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds")]
    pub balances: Option<Duration>,
    /// Of owners.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds")]
    pub ownership: Option<Duration>,
    /// Of transactions.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "seconds")]
    pub transactions: Option<Duration>,
}

impl MaxAge {
    /// Whether nothing is said.
    pub fn is_unspecified(&self) -> bool {
        *self == Self::default()
    }

    /// What is said here, and what `other` says where nothing is.
    #[must_use]
    pub fn or_else(self, other: Self) -> Self {
        Self {
            balances: self.balances.or(other.balances),
            ownership: self.ownership.or(other.ownership),
            transactions: self.transactions.or(other.transactions),
        }
    }

    /// What is said here, and `default` where nothing is.
    pub fn or(self, default: Freshness) -> Freshness {
        Freshness {
            balances: self.balances.unwrap_or(default.balances),
            ownership: self.ownership.unwrap_or(default.ownership),
            transactions: self.transactions.unwrap_or(default.transactions),
        }
    }
}

/// How old data may be: what is older is refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Of balances.
    pub balances: Duration,
    /// Of owners.
    pub ownership: Duration,
    /// Of transactions.
    pub transactions: Duration,
}

impl Freshness {
    /// Whether whatever is fresh by this is fresh by `other` too.
    pub fn is_within(self, other: Self) -> bool {
        self.balances <= other.balances
            && self.ownership <= other.ownership
            && self.transactions <= other.transactions
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Freshness {
    /// A day; what holds where neither the request nor the rule set says.
    fn default() -> Self {
        Self {
            balances: DAY,
            ownership: DAY,
            transactions: DAY,
        }
    }
}

/// Whether what was last made at `made` is young enough at `now`. A time a little in the future is
/// of a clock that runs ahead of ours; one further off says nothing.
pub fn is_fresh(made: DateTime<Utc>, now: DateTime<Utc>, max_age: Duration) -> bool {
    match now.signed_duration_since(made).to_std() {
        Ok(age) => age <= max_age,
        Err(_) => made
            .signed_duration_since(now)
            .to_std()
            .is_ok_and(|ahead| ahead <= limits::CLOCK_AHEAD_MAX),
    }
}

/// Which accounts to take of several behind one handle. Those named by an id of their own, and the
/// one behind a payment, are always taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFilter {
    /// The categories wanted: `cash`, `credit`; `cash` alone where none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<String>,
    /// The subcategories wanted: `checking`, `savings`; any where none is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub subcategories: BTreeSet<String>,
    /// Take those too whose transactions may not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_transactions: bool,
}

impl AccountFilter {
    /// Whether it is the rule that holds where nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A duration in whole seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(|age| age.as_secs()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_secs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_request_says_beats_the_default() {
        let said = MaxAge {
            balances: Some(Duration::from_secs(60)),
            ..MaxAge::default()
        };
        let freshness = said.or(Freshness::default());
        assert_eq!(freshness.balances, Duration::from_secs(60));
        assert_eq!(freshness.transactions, DAY);
    }

    #[test]
    fn the_request_is_asked_first_then_the_rule_set_then_the_default() {
        let age = |hours: u64| Some(Duration::from_secs(hours * 60 * 60));
        let request = MaxAge {
            balances: age(1),
            ..MaxAge::default()
        };
        let rule_set = MaxAge {
            balances: age(2),
            ownership: age(48),
            transactions: None,
        };
        let freshness = request.or_else(rule_set).or(Freshness::default());
        let expected = Freshness {
            balances: Duration::from_secs(60 * 60),
            ownership: Duration::from_secs(48 * 60 * 60),
            transactions: DAY,
        };
        assert_eq!(freshness, expected);
    }

    #[test]
    fn what_is_not_said_is_not_written() {
        assert_eq!(serde_json::to_string(&BankData::default()).unwrap(), "{}");
        let said = BankData {
            max_age: MaxAge {
                transactions: Some(DAY),
                ..MaxAge::default()
            },
            ..BankData::default()
        };
        let text = serde_json::to_string(&said).unwrap();
        assert_eq!(text, r#"{"max_age":{"transactions":86400}}"#);
        assert_eq!(serde_json::from_str::<BankData>(&text).unwrap(), said);
    }

    #[test]
    fn fresh_is_up_to_the_age_itself() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let fresh = |made| is_fresh(at(made), at(1_000), Duration::from_secs(100));
        assert!(!fresh(899));
        assert!(fresh(900));
        assert!(fresh(901));
        let ahead = i64::try_from(limits::CLOCK_AHEAD_MAX.as_secs()).unwrap();
        assert!(fresh(1_000 + ahead - 1), "a clock that runs ahead");
        assert!(fresh(1_000 + ahead));
        assert!(!fresh(1_000 + ahead + 1));
    }
}
