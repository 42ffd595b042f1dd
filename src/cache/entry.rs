//! One entry as bytes. The value carries a checksum over itself and its key, so that flipped
//! bytes, and a value that strayed to another key, are a miss.

use chrono::{DateTime, Utc};

use crate::id::{AccountId, TenantId};
use crate::limits;

/// Raised when the form of keys or values changes; entries of another form are a miss.
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 32;

/// The key of an account: ids have no NUL, so no two pairs share a key.
pub(super) fn key(tenant: &TenantId, account: &AccountId) -> Vec<u8> {
    let mut key = tenant.as_str().as_bytes().to_vec();
    key.push(0);
    key.extend_from_slice(account.as_str().as_bytes());
    key
}

/// The place of a key in the order of time: whole seconds, as bytes that sort like them.
pub(super) fn place(fetched_at: DateTime<Utc>, key: &[u8]) -> Vec<u8> {
    let mut place = ordered(fetched_at).to_vec();
    place.extend_from_slice(key);
    place
}

/// The key in a place.
pub(super) fn key_of(place: &[u8]) -> Option<&[u8]> {
    place.split_first_chunk::<8>().map(|(_, key)| key)
}

/// Bytes that sort as the times do: the sign bit turned around, most significant byte first.
pub(super) fn ordered(time: DateTime<Utc>) -> [u8; 8] {
    (time.timestamp() ^ i64::MIN).to_be_bytes()
}

/// Version, checksum, time, snapshot; `None` where that is more than the limit.
pub(super) fn seal(key: &[u8], fetched_at: DateTime<Utc>, snapshot: &[u8]) -> Option<Vec<u8>> {
    let time = fetched_at.timestamp().to_be_bytes();
    let mut value = vec![VERSION];
    value.extend_from_slice(&checksum(key, &time, snapshot));
    value.extend_from_slice(&time);
    value.extend_from_slice(snapshot);
    (value.len() <= limits::CACHE_VALUE_BYTES_MAX).then_some(value)
}

/// The time and the snapshot's bytes of a value that belongs to `key` and is whole.
pub(super) fn open<'a>(key: &[u8], value: &'a [u8]) -> Option<(DateTime<Utc>, &'a [u8])> {
    let rest = value.strip_prefix(&[VERSION])?;
    let (expected, rest) = rest.split_first_chunk::<CHECKSUM_BYTES>()?;
    let (time, snapshot) = rest.split_first_chunk::<8>()?;
    if checksum(key, time, snapshot) != *expected {
        return None;
    }
    let fetched_at = DateTime::from_timestamp(i64::from_be_bytes(*time), 0)?;
    Some((fetched_at, snapshot))
}

fn checksum(key: &[u8], time: &[u8; 8], snapshot: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let length = u64::try_from(key.len()).unwrap_or(u64::MAX);
    *blake3::Hasher::new()
        .update(&length.to_be_bytes())
        .update(key)
        .update(time)
        .update(snapshot)
        .finalize()
        .as_bytes()
}
