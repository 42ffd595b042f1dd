//! The stored form of a snapshot: a version byte and the postcard encoding, sealed. The encoding is
//! canonical (one snapshot, one byte string), so its hash names it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Snapshot, SnapshotError};
use crate::id::SubjectKeyId;
use crate::limits;
use crate::seal::{self, Salt};

const VERSION: u8 = 1;

/// The salted BLAKE3 hash of a snapshot's canonical encoding.
///
/// The salt keeps anyone who holds only hashes from guessing whose account it was, and lets the
/// data be erased while the hash stays in the chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotHash([u8; 32]);

impl SnapshotHash {
    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text)
            .ok()
            .map(|hash| Self(*hash.as_bytes()))
    }

    /// Takes the raw hash.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw hash.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SnapshotHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for SnapshotHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for SnapshotHash {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a snapshot hash is 64 hexadecimal digits")
    }
}

impl From<SnapshotHash> for String {
    fn from(hash: SnapshotHash) -> String {
        hash.to_string()
    }
}

/// A snapshot as it is stored: sealed bytes, and the hash that names it. Clones share the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The name.
    pub hash: SnapshotHash,
    /// The sealed bytes, the salt inside.
    pub bytes: Arc<[u8]>,
}

/// A snapshot with the bytes that it is stored as: encoded once, whoever stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    snapshot: Arc<Snapshot>,
    sealed: Sealed,
}

impl Frozen {
    /// Encodes a snapshot and names it. The salt is drawn for this snapshot alone.
    pub fn new(snapshot: Snapshot, salt: Salt) -> Result<Self, SnapshotError> {
        let sealed = seal(&snapshot, salt)?;
        let snapshot = Arc::new(snapshot);
        Ok(Self { snapshot, sealed })
    }

    /// Reads stored bytes, whoever wrote them; their hash is computed, not compared.
    pub fn read(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let (hash, snapshot) = open(bytes)?;
        let sealed = Sealed {
            hash,
            bytes: bytes.into(),
        };
        let snapshot = Arc::new(snapshot);
        Ok(Self { snapshot, sealed })
    }

    /// What is known of the account.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The same, to be kept.
    pub fn shared(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// As it is stored.
    pub fn sealed(&self) -> &Sealed {
        &self.sealed
    }
}

/// Encodes a snapshot and names it by its salted hash.
pub fn seal(snapshot: &Snapshot, salt: Salt) -> Result<Sealed, SnapshotError> {
    let content = postcard::to_extend(snapshot, vec![VERSION])
        .map_err(|_| SnapshotError::Damaged("cannot be encoded"))?;
    // A snapshot is of whoever owns the account, and sealed under their key once there is one.
    let key = SubjectKeyId::plain();
    let max = limits::SNAPSHOT_BYTES_MAX;
    Ok(Sealed {
        hash: hash(&content, &salt),
        bytes: seal::seal(&key, &salt, &content, max)?.into(),
    })
}

/// Reads stored bytes, whoever wrote them.
pub fn decode(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    Ok(open(bytes)?.1)
}

/// Reads stored bytes and proves that they are the ones that the hash names.
pub fn unseal(sealed: &Sealed) -> Result<Snapshot, SnapshotError> {
    let (hash, snapshot) = open(&sealed.bytes)?;
    if hash != sealed.hash {
        return Err(SnapshotError::HashMismatch);
    }
    Ok(snapshot)
}

fn open(bytes: &[u8]) -> Result<(SnapshotHash, Snapshot), SnapshotError> {
    let opened = seal::open(bytes, limits::SNAPSHOT_BYTES_MAX)?;
    let content = opened.content();
    let canonical = match content.split_first() {
        Some((&VERSION, canonical)) => canonical,
        Some((&other, _)) => return Err(SnapshotError::UnknownVersion(other)),
        None => return Err(SnapshotError::Damaged("is empty")),
    };
    let snapshot = match postcard::take_from_bytes(canonical) {
        Ok((snapshot, [])) => snapshot,
        Ok(_) => return Err(SnapshotError::Damaged("has bytes after its end")),
        Err(_) => return Err(SnapshotError::Damaged("cannot be decoded")),
    };
    Ok((hash(content, opened.salt()), snapshot))
}

fn hash(content: &[u8], salt: &Salt) -> SnapshotHash {
    let mut hasher = blake3::Hasher::new_keyed(salt);
    hasher.update(content);
    SnapshotHash(*hasher.finalize().as_bytes())
}
