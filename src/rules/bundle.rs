//! A published rule set: immutable, self-contained, named by the hash of its bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The BLAKE3 hash of a bundle's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundleHash([u8; 32]);

impl BundleHash {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text)
            .ok()
            .map(|hash| Self(*hash.as_bytes()))
    }
}

impl fmt::Display for BundleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for BundleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for BundleHash {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a bundle hash is 64 hexadecimal digits")
    }
}

impl From<BundleHash> for String {
    fn from(hash: BundleHash) -> String {
        hash.to_string()
    }
}

/// A checked rule set with the bytes it was made from.
#[derive(Debug, Clone)]
pub struct Bundle {
    hash: BundleHash,
}

impl Bundle {
    /// The name of its bytes.
    pub fn hash(&self) -> BundleHash {
        self.hash
    }
}
