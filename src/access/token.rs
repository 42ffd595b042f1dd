//! API tokens: a secret that is shown once and kept as a hash.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::id::{Entropy, EntropyError};

/// How every token begins, so that whoever scans for leaked secrets knows one.
const PREFIX: &str = "uwt_";
const SECRET_BYTES: usize = 32;
const KEY_BYTES: usize = 32;
/// What the mark of a key is a hash of: no token reads so.
const MARK_TEXT: &[u8] = b"underwrite token key";
/// Of that hash, as many bytes as no other key has by accident.
const MARK_BYTES: usize = 16;

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
        TokenHash {
            hash: blake3::keyed_hash(&self.0, token.expose().as_bytes()),
            key: Some(self.mark()),
        }
    }

    /// Whether a hash may have been made under this key; of one that has no mark that is not known.
    pub fn is_of(&self, hash: &TokenHash) -> bool {
        hash.key.is_none_or(|mark| mark == self.mark())
    }

    fn mark(&self) -> KeyMark {
        let hash = blake3::keyed_hash(&self.0, MARK_TEXT);
        let mut mark = [0; MARK_BYTES];
        for (to, from) in mark.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        KeyMark(mark)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

/// What a key is told from another by; says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct KeyMark([u8; MARK_BYTES]);

/// The keyed BLAKE3 hash of a token, and the mark of its key. Two are equal where the hashes are, which
/// is compared in a time that does not depend on where they differ, as every [`blake3::Hash`] is.
#[derive(Debug, Clone, Copy)]
pub struct TokenHash {
    hash: blake3::Hash,
    /// `None` where it was kept before there were marks.
    key: Option<KeyMark>,
}

impl TokenHash {
    /// Reads what [`TokenHash::to_bytes`] wrote; `None` where that is not it.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let (hash, rest) = bytes.split_first_chunk::<{ blake3::OUT_LEN }>()?;
        let key = match rest {
            [] => None,
            mark => Some(KeyMark(mark.try_into().ok()?)),
        };
        Some(Self {
            hash: blake3::Hash::from_bytes(*hash),
            key,
        })
    }

    /// The hash, and the mark of its key after it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mark = self.key.as_ref().map_or(&[][..], |mark| &mark.0);
        [self.hash.as_bytes().as_slice(), mark].concat()
    }

    /// The hash alone.
    pub fn as_bytes(&self) -> &[u8; blake3::OUT_LEN] {
        self.hash.as_bytes()
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for TokenHash {}
