//! What a loan origination system may hold in place of a Financial Connections account id: some
//! other object of Stripe's, behind which linked accounts can be found.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits;

/// The kind of a [`Handle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HandleKind {
    /// A Financial Connections session, by which accounts were linked.
    Session,
    /// A customer, who holds accounts.
    Customer,
    /// A connected account, which holds accounts.
    ConnectedAccount,
    /// A payment method of a bank account.
    PaymentMethod,
    /// A payment intent with such a payment method.
    PaymentIntent,
    /// A setup intent with such a payment method.
    SetupIntent,
    /// A Checkout session with such an intent.
    CheckoutSession,
    /// A subscription that is paid from a bank account.
    Subscription,
    /// An invoice that is paid from a bank account.
    Invoice,
}

impl HandleKind {
    /// All of them with the prefix of their ids and their name in words.
    pub const ALL: [(Self, &'static str, &'static str); 9] = [
        (Self::Session, "fcsess_", "Financial Connections session"),
        (Self::Customer, "cus_", "customer"),
        (Self::ConnectedAccount, "acct_", "connected account"),
        (Self::PaymentMethod, "pm_", "payment method"),
        (Self::PaymentIntent, "pi_", "payment intent"),
        (Self::SetupIntent, "seti_", "setup intent"),
        (Self::CheckoutSession, "cs_", "checkout session"),
        (Self::Subscription, "sub_", "subscription"),
        (Self::Invoice, "in_", "invoice"),
    ];

    /// Its name in words: `payment intent`.
    pub fn as_words(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or("", |(_, _, words)| words)
    }
}

/// The id of a Stripe object behind which linked accounts can be found.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Handle {
    kind: HandleKind,
    id: String,
}

/// Why a text is no [`Handle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HandleError {
    /// Its prefix is none of those known.
    #[error(
        "is not the id of a session (`fcsess_`), customer (`cus_`), connected account (`acct_`), \
         payment method (`pm_`), payment intent (`pi_`), setup intent (`seti_`), checkout session \
         (`cs_`), subscription (`sub_`) or invoice (`in_`)"
    )]
    UnknownPrefix,
    /// An account id, which has a field of its own.
    #[error("is the id of an account: put it in `account_ids`")]
    Account,
    /// A client secret, which is for the applicant's browser alone.
    #[error(
        "is a client secret, which is for nobody but the applicant's browser: send the id of the \
         object itself"
    )]
    ClientSecret,
    /// Longer than any id.
    #[error("is longer than {max} characters", max = limits::ID_BYTES_MAX)]
    TooLong,
    /// A character that no id has, or nothing behind the prefix.
    #[error("is not an id: behind its prefix it has ASCII letters, digits and `_`")]
    BadCharacter,
}

impl Handle {
    /// Reads an id; its prefix says what it is.
    pub fn parse(text: &str) -> Result<Self, HandleError> {
        if text.len() > limits::ID_BYTES_MAX {
            return Err(HandleError::TooLong);
        }
        // `pi_1_secret_2`, `fcsess_client_secret_1`
        if text.contains("_secret") {
            return Err(HandleError::ClientSecret);
        }
        if text.starts_with("fca_") {
            return Err(HandleError::Account);
        }
        let found = HandleKind::ALL.iter().find_map(|(kind, prefix, _)| {
            let rest = text.strip_prefix(prefix)?;
            Some((*kind, rest))
        });
        let (kind, rest) = found.ok_or(HandleError::UnknownPrefix)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if rest.is_empty() || !rest.chars().all(plain) {
            return Err(HandleError::BadCharacter);
        }
        let id = text.to_owned();
        Ok(Self { kind, id })
    }

    /// What it is.
    pub fn kind(&self) -> HandleKind {
        self.kind
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

impl FromStr for Handle {
    type Err = HandleError;
    fn from_str(text: &str) -> Result<Self, HandleError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Handle {
    type Error = HandleError;
    fn try_from(text: String) -> Result<Self, HandleError> {
        Self::parse(&text)
    }
}

impl From<Handle> for String {
    fn from(handle: Handle) -> String {
        handle.id
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_says_what_it_is() {
        for (kind, prefix, words) in HandleKind::ALL {
            let handle = Handle::parse(&format!("{prefix}1Pabc_9")).unwrap();
            assert_eq!(handle.kind(), kind);
            assert_eq!(kind.as_words(), words);
            assert!(matches!(
                Handle::parse(prefix),
                Err(HandleError::BadCharacter)
            ));
        }
        assert_eq!(Handle::parse("fca_1"), Err(HandleError::Account));
        for secret in ["pi_1_secret_2", "seti_1_secret_2", "fcsess_client_secret_1"] {
            assert_eq!(Handle::parse(secret), Err(HandleError::ClientSecret));
        }
        assert_eq!(Handle::parse("ch_1"), Err(HandleError::UnknownPrefix));
        assert_eq!(Handle::parse(""), Err(HandleError::UnknownPrefix));
        assert_eq!(Handle::parse("pi_1/../2"), Err(HandleError::BadCharacter));
        assert_eq!(Handle::parse("pi_é"), Err(HandleError::BadCharacter));
    }

    #[test]
    fn the_length_is_limited_below_at_and_above() {
        let of = |length: usize| Handle::parse(&format!("pi_{}", "a".repeat(length - 3)));
        assert!(of(limits::ID_BYTES_MAX - 1).is_ok());
        assert!(of(limits::ID_BYTES_MAX).is_ok());
        assert_eq!(of(limits::ID_BYTES_MAX + 1), Err(HandleError::TooLong));
    }
}
