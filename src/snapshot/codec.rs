//! The stored form: `UWSN`, a version byte, a checksum of the rest, and the zstd-compressed
//! postcard encoding of the snapshot. The encoding is canonical (one snapshot, one byte string),
//! so its hash names it.

use serde::{Deserialize, Serialize};
use std::fmt;

use super::{Snapshot, SnapshotError};
use crate::limits;

const MAGIC: &[u8; 4] = b"UWSN";
const VERSION: u8 = 1;
/// Largest window that a stored frame may ask the reader to set aside: 2^26 bytes, which is
/// [`limits::SNAPSHOT_BYTES_MAX`].
const ZSTD_WINDOW_LOG_MAX: u32 = 26;
/// Length of the checksum that precedes compressed bytes.
const CHECKSUM_BYTES: usize = 16;
/// Fast, and most of the ratio; the level does not matter to the hash, which covers the content.
const ZSTD_LEVEL: i32 = 3;

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

/// A snapshot ready to be stored: its bytes, its salt, and the hash that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The name.
    pub hash: SnapshotHash,
    /// Random, drawn for this snapshot alone.
    pub salt: [u8; 32],
    /// As [`encode`] gives them.
    pub bytes: Vec<u8>,
}

/// Encodes a snapshot.
pub fn encode(snapshot: &Snapshot) -> Result<Vec<u8>, SnapshotError> {
    compress(&canonical(snapshot)?)
}

/// Encodes a snapshot and names it by its salted hash.
pub fn seal(snapshot: &Snapshot, salt: [u8; 32]) -> Result<Sealed, SnapshotError> {
    let canonical = canonical(snapshot)?;
    Ok(Sealed {
        hash: hash(&canonical, &salt),
        salt,
        bytes: compress(&canonical)?,
    })
}

/// Decodes stored bytes, whoever wrote them.
pub fn decode(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    from_canonical(&decompress(bytes)?)
}

/// Decodes stored bytes and proves that they are the ones that `hash` names.
pub fn unseal(sealed: &Sealed) -> Result<Snapshot, SnapshotError> {
    let canonical = decompress(&sealed.bytes)?;
    if hash(&canonical, &sealed.salt) != sealed.hash {
        return Err(SnapshotError::HashMismatch);
    }
    from_canonical(&canonical)
}

fn hash(canonical: &[u8], salt: &[u8; 32]) -> SnapshotHash {
    let mut hasher = blake3::Hasher::new_keyed(salt);
    hasher.update(&[VERSION]);
    hasher.update(canonical);
    SnapshotHash(*hasher.finalize().as_bytes())
}

fn canonical(snapshot: &Snapshot) -> Result<Vec<u8>, SnapshotError> {
    let bytes =
        postcard::to_stdvec(snapshot).map_err(|_| SnapshotError::Damaged("cannot be encoded"))?;
    if bytes.len() > limits::SNAPSHOT_BYTES_MAX {
        return Err(SnapshotError::TooLarge {
            max: limits::SNAPSHOT_BYTES_MAX,
        });
    }
    Ok(bytes)
}

fn from_canonical(canonical: &[u8]) -> Result<Snapshot, SnapshotError> {
    match postcard::take_from_bytes(canonical) {
        Ok((snapshot, [])) => Ok(snapshot),
        Ok(_) => Err(SnapshotError::Damaged("has bytes after its end")),
        Err(_) => Err(SnapshotError::Damaged("cannot be decoded")),
    }
}

fn compress(canonical: &[u8]) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Vec::from(MAGIC);
    bytes.push(VERSION);
    let body = zstd::bulk::compress(canonical, ZSTD_LEVEL)
        .map_err(|_| SnapshotError::Damaged("cannot be compressed"))?;
    bytes.extend_from_slice(&checksummed(&body));
    Ok(bytes)
}

/// The start of the BLAKE3 hash of `body`, and `body`: a few bits of a compressed frame mean
/// nothing, so that what comes out does not show that they were changed.
pub(crate) fn checksummed(body: &[u8]) -> Vec<u8> {
    let hash = blake3::hash(body);
    let checksum = hash.as_bytes().iter().take(CHECKSUM_BYTES);
    checksum.chain(body).copied().collect()
}

/// The body that [`checksummed`] was given; `None` if a bit of either was changed.
pub(crate) fn without_checksum(bytes: &[u8]) -> Option<&[u8]> {
    let (checksum, body) = bytes.split_at_checked(CHECKSUM_BYTES)?;
    blake3::hash(body)
        .as_bytes()
        .starts_with(checksum)
        .then_some(body)
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, SnapshotError> {
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or(SnapshotError::NotASnapshot)?;
    match rest.split_first() {
        Some((&VERSION, rest)) => {
            let body = without_checksum(rest)
                .ok_or(SnapshotError::Damaged("does not match its checksum"))?;
            decompress_body(body, limits::SNAPSHOT_BYTES_MAX)
        }
        Some((&other, _)) => Err(SnapshotError::UnknownVersion(other)),
        None => Err(SnapshotError::NotASnapshot),
    }
}

/// Reads at most `bytes_max`, so that a small hostile file cannot fill the memory.
pub(super) fn decompress_body(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, SnapshotError> {
    use std::io::Read;
    let damaged = |_| SnapshotError::Damaged("cannot be decompressed");
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let mut canonical = Vec::new();
    let mut decoder = zstd::stream::read::Decoder::new(body).map_err(damaged)?;
    decoder
        .window_log_max(ZSTD_WINDOW_LOG_MAX)
        .map_err(damaged)?;
    decoder
        .take(limit.saturating_add(1))
        .read_to_end(&mut canonical)
        .map_err(damaged)?;
    if canonical.len() > bytes_max {
        return Err(SnapshotError::TooLarge { max: bytes_max });
    }
    Ok(canonical)
}
