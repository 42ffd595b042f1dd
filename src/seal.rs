//! The one form in which everything about a person is stored: a decision's content, a request that
//! waits to be decided, a snapshot.
//!
//! A [`seal`]ed content begins, inside, with the salt of whatever hash names or commits to it
//! outside: who has only hashes cannot guess what they are of, and content and salt go together
//! when a person's data is erased. The stored form names the key of that person's data, so that
//! encryption can be put here, and nowhere else, later; today every content is under the one key
//! [`SubjectKeyId::plain`], which is none.
//!
//! Stored are a version byte; the length of the key's id in one byte, and the id; 16 bytes of a
//! checksum over all that follows and the id; the length of what is inside (`u32`, little-endian);
//! and the zstd-compressed inside: 32 bytes of salt, and the content.

mod error;

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

pub use error::SealError;

use crate::id::SubjectKeyId;

const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;
/// Length of a [`Salt`].
const SALT_BYTES: usize = 32;
/// Fast, and most of the ratio; the level matters to no hash, for they cover the content.
const ZSTD_LEVEL: i32 = 1;

/// What keeps a hash from being guessed: random, drawn for one content alone.
pub type Salt = [u8; SALT_BYTES];

/// The salt of a content about no person, or one that no hash outside covers.
pub const NO_SALT: Salt = [0; SALT_BYTES];

thread_local! {
    // Setting up a context costs more than most contents.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// What was sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    salt: Salt,
    inside: Vec<u8>,
}

impl Opened {
    /// The salt that lies inside.
    pub fn salt(&self) -> &Salt {
        &self.salt
    }

    /// The content.
    pub fn content(&self) -> &[u8] {
        self.inside.get(SALT_BYTES..).unwrap_or_default()
    }
}

impl std::fmt::Debug for Opened {
    /// Personal data never reaches a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(..)")
    }
}

/// Seals a content of at most `bytes_max` bytes under the key of the person whose it is.
pub fn seal(
    key: &SubjectKeyId,
    salt: &Salt,
    content: &[u8],
    bytes_max: usize,
) -> Result<Vec<u8>, SealError> {
    if content.len() > bytes_max {
        return Err(SealError::TooLarge { max: bytes_max });
    }
    let inside = [salt.as_slice(), content].concat();
    let length = u32::try_from(inside.len()).map_err(|_| SealError::TooLarge { max: bytes_max })?;
    let id = key.as_str().as_bytes();
    let id_length = u8::try_from(id.len()).map_err(|_| SealError::UnknownKey)?;
    let frame = compress(&inside)?;
    let rest = [length.to_le_bytes().as_slice(), &frame].concat();
    let mut sealed = vec![VERSION, id_length];
    sealed.extend_from_slice(id);
    sealed.extend_from_slice(&checksum(id, &rest));
    sealed.extend_from_slice(&rest);
    Ok(sealed)
}

/// Opens what was sealed, whoever wrote it, where its content is not larger than `bytes_max`.
pub fn open(sealed: &[u8], bytes_max: usize) -> Result<Opened, SealError> {
    let rest = match sealed.split_first() {
        Some((&VERSION, rest)) => rest,
        Some(_) => return Err(SealError::UnknownVersion),
        None => return Err(SealError::Damaged),
    };
    let (id, rest) = rest
        .split_first()
        .and_then(|(length, rest)| rest.split_at_checked(usize::from(*length)))
        .ok_or(SealError::Damaged)?;
    let (sum, rest) = rest
        .split_at_checked(CHECKSUM_BYTES)
        .ok_or(SealError::Damaged)?;
    if checksum(id, rest) != *sum {
        return Err(SealError::Changed);
    }
    if id != SubjectKeyId::plain().as_str().as_bytes() {
        return Err(SealError::UnknownKey);
    }
    let (length, frame) = rest
        .split_first_chunk::<LENGTH_BYTES>()
        .ok_or(SealError::Damaged)?;
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if length > bytes_max.saturating_add(SALT_BYTES) {
        return Err(SealError::TooLarge { max: bytes_max });
    }
    let inside = decompress(frame, length)?;
    let salt = *inside
        .first_chunk::<SALT_BYTES>()
        .ok_or(SealError::Damaged)?;
    Ok(Opened { salt, inside })
}

/// A few bits of a compressed frame mean nothing, so that what comes out does not show that they
/// were changed: this does.
fn checksum(id: &[u8], rest: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    // What is long first: it is then hashed in whole chunks, several at a time.
    hasher.update(rest);
    hasher.update(id);
    let mut sum = [0; CHECKSUM_BYTES];
    hasher.finalize_xof().fill(&mut sum);
    sum
}

fn compress(inside: &[u8]) -> Result<Vec<u8>, SealError> {
    COMPRESSOR.with_borrow_mut(|kept| {
        let failed = |_| SealError::Damaged;
        let compressor = match kept {
            Some(compressor) => compressor,
            None => kept.insert(Compressor::new(ZSTD_LEVEL).map_err(failed)?),
        };
        compressor.compress(inside).map_err(failed)
    })
}

/// Gives back exactly `length` bytes: a small hostile content cannot fill the memory.
fn decompress(frame: &[u8], length: usize) -> Result<Vec<u8>, SealError> {
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let failed = |_| SealError::Damaged;
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new().map_err(failed)?),
        };
        let inside = decompressor.decompress(frame, length).map_err(failed)?;
        if inside.len() == length {
            Ok(inside)
        } else {
            Err(SealError::Damaged)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 1_000;

    fn sealed(content: &[u8]) -> Vec<u8> {
        seal(&SubjectKeyId::plain(), &[7; 32], content, MAX).unwrap()
    }

    #[test]
    fn what_is_sealed_comes_back_with_its_salt() {
        for content in [&b""[..], b"{\"outcome\":\"REFER\"}"] {
            let opened = open(&sealed(content), MAX).unwrap();
            assert_eq!((opened.salt(), opened.content()), (&[7; 32], content));
            assert_eq!(format!("{opened:?}"), "Opened(..)");
        }
        assert_eq!(open(&[], MAX), Err(SealError::Damaged));
        assert_eq!(open(&[VERSION, 1, 2, 3], MAX), Err(SealError::Damaged));
        assert_eq!(open(&[VERSION + 1], MAX), Err(SealError::UnknownVersion));
    }

    #[test]
    fn another_key_is_told_from_damage() {
        let other: SubjectKeyId = "key-7".parse().unwrap();
        let sealed = seal(&other, &NO_SALT, b"content", MAX).unwrap();
        assert_eq!(open(&sealed, MAX), Err(SealError::UnknownKey));
    }

    #[test]
    fn every_changed_bit_is_seen() {
        let sealed = sealed(&b"{\"outcome\":\"REFER\"}".repeat(9));
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&changed, MAX).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_size_is_limited_below_at_and_above() {
        for size in [MAX - 1, MAX] {
            let opened = open(&sealed(&vec![b'a'; size]), MAX).unwrap();
            assert_eq!(opened.content().len(), size);
        }
        let (key, above) = (SubjectKeyId::plain(), vec![b'a'; MAX + 1]);
        let too_large = SealError::TooLarge { max: MAX };
        assert_eq!(seal(&key, &NO_SALT, &above, MAX), Err(too_large));
        let hostile = seal(&key, &NO_SALT, &above, MAX + 1).unwrap();
        assert_eq!(open(&hostile, MAX), Err(too_large));
    }
}
