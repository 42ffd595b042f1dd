//! API tokens: a secret that is shown once and kept as a hash.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{Entropy, EntropyError};

/// How every token begins, so that whoever scans for leaked secrets knows one.
const PREFIX: &str = "uwt_";
const SECRET_BYTES: usize = 32;
const KEY_BYTES: usize = 32;

/// What is not a token. Says nothing of what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is no API token: one is `uwt_` and 64 hexadecimal digits")]
pub struct NotAToken;

/// A token in clear: 256 random bits. Printed by nobody but who issues it, once.
#[derive(Clone)]
pub struct ApiToken(SecretString);

impl ApiToken {
    /// A new one.
    ///
    /// # Errors
    ///
    /// Where there is no randomness.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        entropy.fill(secret.as_mut_slice())?;
        let digits = blake3::Hash::from_bytes(*secret).to_hex();
        Ok(Self(SecretString::from(format!("{PREFIX}{digits}"))))
    }

    /// Reads one as it was shown.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let digits = text.strip_prefix(PREFIX).ok_or(NotAToken)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if digits.len() != 2 * SECRET_BYTES || !digits.bytes().all(is_digit) {
            return Err(NotAToken);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// In clear: for the one who is given it, and to call with.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken([redacted])")
    }
}

/// What tokens are hashed under, so that the hashes alone say nothing of them: kept apart from the
/// ledger.
#[derive(Clone)]
pub struct TokenKey(Zeroizing<[u8; KEY_BYTES]>);

impl TokenKey {
    /// A new one.
    ///
    /// # Errors
    ///
    /// Where there is no randomness.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        entropy.fill(key.as_mut_slice())?;
        Ok(Self(key))
    }

    /// Reads what [`TokenKey::to_hex`] wrote; `None` where that is not it.
    pub fn parse(text: &str) -> Option<Self> {
        let key = blake3::Hash::from_hex(text.trim()).ok()?;
        Some(Self(Zeroizing::new(*key.as_bytes())))
    }

    /// In 64 hexadecimal digits, for the file that keeps it.
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(blake3::Hash::from_bytes(*self.0).to_hex().to_string())
    }

    /// The hash by which a token is known.
    pub fn hash(&self, token: &ApiToken) -> TokenHash {
        TokenHash(blake3::keyed_hash(&self.0, token.expose().as_bytes()))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

/// The keyed BLAKE3 hash of a token. Compared in a time that does not depend on where two differ,
/// as every [`blake3::Hash`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenHash(blake3::Hash);

impl TokenHash {
    /// Takes the raw hash; `None` where it has another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.try_into().ok()?;
        Some(Self(blake3::Hash::from_bytes(bytes)))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; blake3::OUT_LEN] {
        self.0.as_bytes()
    }
}

impl TryFrom<String> for TokenHash {
    type Error = blake3::HexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        blake3::Hash::from_hex(text).map(Self)
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> Self {
        hash.0.to_hex().to_string()
    }
}
