//! Typed identifiers, and the one source of randomness.
//!
//! An id is parsed once, at the edge; from then on its type says what it names. None of them
//! holds personal data, so they may appear in logs and errors.

mod handle;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits;

pub use handle::{Handle, HandleError, HandleKind};

/// Why a text is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// Nothing there.
    #[error("{kind} is empty")]
    Empty {
        /// What was expected, in words.
        kind: &'static str,
    },
    /// Longer than any such id.
    #[error("{kind} is longer than {max} characters")]
    TooLong {
        /// What was expected, in words.
        kind: &'static str,
        /// The limit.
        max: usize,
    },
    /// Another prefix was expected.
    #[error("{kind} starts with `{prefix}`")]
    WrongPrefix {
        /// What was expected, in words.
        kind: &'static str,
        /// How it starts.
        prefix: &'static str,
    },
    /// A character that no such id has.
    #[error("{kind} has only ASCII letters, digits and `{allowed}`")]
    BadCharacter {
        /// What was expected, in words.
        kind: &'static str,
        /// The punctuation it may have.
        allowed: &'static str,
    },
}

#[inline]
fn check(
    kind: &'static str,
    prefix: &'static str,
    allowed: &'static str,
    max: usize,
    text: &str,
) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { kind });
    }
    if text.len() > max {
        return Err(IdError::TooLong { kind, max });
    }
    let Some(rest) = text.strip_prefix(prefix) else {
        return Err(IdError::WrongPrefix { kind, prefix });
    };
    if rest.is_empty() {
        return Err(IdError::Empty { kind });
    }
    // INVARIANT: `allowed` is ASCII, so that no byte of another character is in it.
    let allowed_bytes = allowed.as_bytes();
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() | allowed_bytes.contains(&byte);
    // Without a branch: most are good to the end, and many are read at once.
    if !rest.bytes().fold(true, |good, byte| good & is_good(byte)) {
        return Err(IdError::BadCharacter { kind, allowed });
    }
    Ok(())
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $prefix:literal, $allowed:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks prefix, characters and length.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check($kind, $prefix, $allowed, limits::ID_BYTES_MAX, text)?;
                Ok(Self(text.to_owned()))
            }

            /// Takes another one in place of this, as [`Self::parse`] does, in the memory that this has.
            pub fn replace(&mut self, text: &str) -> Result<(), IdError> {
                check($kind, $prefix, $allowed, limits::ID_BYTES_MAX, text)?;
                self.0.clear();
                self.0.push_str(text);
                Ok(())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id_type!(
    /// A Stripe Financial Connections account.
    AccountId, "a Financial Connections account id", "fca_", "_"
);
id_type!(
    /// A Stripe Financial Connections transaction.
    TransactionId, "a Financial Connections transaction id", "fctxn_", "_"
);
id_type!(
    /// A Stripe list of an account's owners.
    OwnershipId, "an account ownership id", "fcaowns_", "_"
);
id_type!(
    /// A connected account of a Stripe platform, in whose name calls can be made.
    ConnectedAccountId, "a connected account id", "acct_", "_"
);
id_type!(
    /// A Stripe list of transactions' changes: the place from which a later list goes on.
    TransactionRefreshId, "a transaction refresh id", "fctxnref_", "_"
);
id_type!(
    /// A Stripe event; it keeps its id however often it is delivered.
    EventId, "an event id", "evt_", "_"
);
id_type!(
    /// Whose ledger a record belongs to: the first part of every key.
    TenantId, "a tenant id", "", "-_"
);
id_type!(
    /// The application as the loan origination system names it.
    ApplicationId, "an application id", "", "-_.:"
);
id_type!(
    /// An applicant within an application.
    ApplicantId, "an applicant id", "", "-_.:"
);
id_type!(
    /// The caller's name for one logical request.
    IdempotencyKey, "an idempotency key", "", "-_.:"
);
id_type!(
    /// The name under which versions of a rule set are published.
    RuleSetName, "a rule set name", "", "-_"
);
id_type!(
    /// The version that the authors of a rule set gave it.
    RuleSetVersion, "a version", "", ".-+_"
);
id_type!(
    /// A recorded decision: `dec_` and a time-ordered UUID (version 7) in 32 hexadecimal digits.
    DecisionId, "a decision id", "dec_", ""
);

id_type!(
    /// The key under which a person's data is sealed.
    SubjectKeyId, "a subject key id", "", "-_"
);

id_type!(
    /// An API token, as it is named where it must not be shown.
    TokenId, "a token id", "tok_", ""
);
id_type!(
    /// Somebody who may call, as people name them.
    IdentityName, "the name of an identity", "", "-_.:@"
);

impl IdentityName {
    /// Whoever is on this machine and has nothing to show.
    pub fn local() -> Self {
        Self("local".to_owned())
    }
}

impl TokenId {
    /// A new id: ordered by time, unique by 74 random bits.
    pub fn generate(now: DateTime<Utc>, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self(format!("tok_{}", time_ordered(now, entropy)?)))
    }
}

impl TransactionId {
    const PREFIX: &str = "fctxn_";

    /// Whether ids that are written without anything between them have only characters that ids
    /// have. Together with [`TransactionId::is_formed`] of each it says what `parse` says, at a
    /// fraction of the cost for a thousand.
    pub(crate) fn are_allowed(texts: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'_');
        texts.bytes().fold(true, |all, byte| all & allowed(byte))
    }

    /// Whether one of them has the prefix and the length of an id.
    pub(crate) fn is_formed(text: &str) -> bool {
        (Self::PREFIX.len() + 1..=limits::ID_BYTES_MAX).contains(&text.len())
            && text.starts_with(Self::PREFIX)
    }

    /// The id of a text that was checked before.
    pub(crate) fn of_checked(text: &str) -> Self {
        debug_assert!(Self::parse(text).is_ok(), "an unchecked id");
        Self(text.to_owned())
    }
}

impl SubjectKeyId {
    /// No key: what is under it is stored as it is.
    pub fn plain() -> Self {
        Self("plain".to_owned())
    }
}

impl TenantId {
    /// The tenant of a ledger that has only one.
    pub fn default_tenant() -> Self {
        Self("default".to_owned())
    }
}

impl DecisionId {
    /// A new id: ordered by time, unique by 74 random bits.
    pub fn generate(now: DateTime<Utc>, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self(format!("dec_{}", time_ordered(now, entropy)?)))
    }
}

/// A UUID of version 7.
fn time_ordered(
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
) -> Result<uuid::fmt::Simple, EntropyError> {
    let random = entropy.bytes_10()?;
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    Ok(uuid.simple())
}

/// The operating system could not give random bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the operating system gave no random bytes: {0}")]
pub struct EntropyError(pub String);

/// Where randomness comes from: ids, salts and the seed of a decision. Drawn once, recorded.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `buffer` with unpredictable bytes.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;

    /// Ten random bytes, as a version 7 UUID takes them.
    fn bytes_10(&self) -> Result<[u8; 10], EntropyError> {
        let mut bytes = [0; 10];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A 32-byte salt.
    fn salt(&self) -> Result<[u8; 32], EntropyError> {
        let mut bytes = [0; 32];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The seed of a decision.
    fn seed(&self) -> Result<u64, EntropyError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// The randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(buffer).map_err(|error| EntropyError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// The quick check of many transaction ids says what the slow one of each says.
        #[test]
        fn ids_checked_together_are_those_that_parse(text in "(fctxn_|fctx_)?[a-zA-Z0-9_ é-]{0,130}") {
            let quick = TransactionId::are_allowed(&text) && TransactionId::is_formed(&text);
            proptest::prop_assert_eq!(quick, TransactionId::parse(&text).is_ok());
        }
    }
    use chrono::TimeZone;

    #[test]
    fn an_id_has_its_prefix_and_nothing_strange() {
        assert!(AccountId::parse("fca_1PabcDEF").is_ok());
        let error = |text: &str| AccountId::parse(text).unwrap_err();
        assert_eq!(
            error("acct_1").to_string(),
            "a Financial Connections account id starts with `fca_`"
        );
        assert!(matches!(error(""), IdError::Empty { .. }));
        assert!(matches!(error("fca_"), IdError::Empty { .. }));
        assert!(matches!(error("fca_1/../2"), IdError::BadCharacter { .. }));
        assert!(matches!(error("fca_é"), IdError::BadCharacter { .. }));
    }

    #[test]
    fn the_length_is_limited_below_at_and_above() {
        let id = |length: usize| TenantId::parse(&"a".repeat(length));
        assert!(id(limits::ID_BYTES_MAX - 1).is_ok());
        assert!(id(limits::ID_BYTES_MAX).is_ok());
        assert!(matches!(
            id(limits::ID_BYTES_MAX + 1),
            Err(IdError::TooLong { .. })
        ));
    }

    #[test]
    fn decision_ids_sort_by_time() {
        let at = |second: i64| Utc.timestamp_opt(1_700_000_000 + second, 0).unwrap();
        let ids: Vec<_> = (0..50)
            .map(|s| DecisionId::generate(at(s), &OsEntropy).unwrap())
            .collect();
        assert!(ids.is_sorted());
        assert!(DecisionId::parse(ids[0].as_str()).is_ok());
    }
}
