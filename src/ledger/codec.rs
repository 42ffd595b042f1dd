//! How canonical JSON is kept in a column: a version byte, a checksum of the rest, and the
//! zstd-compressed bytes.

use std::io::Read;

use crate::limits;
use crate::snapshot::{checksummed, without_checksum};

const VERSION: u8 = 1;
const ZSTD_LEVEL: i32 = 3;

/// Why bytes cannot be stored or read back; says nothing of what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum CodecError {
    /// Larger than any record may be.
    #[error("is larger than {} bytes", limits::RECORD_BYTES_MAX)]
    TooLarge,
    /// A bit of the stored bytes was changed.
    #[error("does not match its checksum")]
    Changed,
    /// The compressor failed, or was given what it did not make.
    #[error("cannot be decompressed")]
    Damaged,
    /// Written by a later version.
    #[error("is in a form that this engine does not read")]
    UnknownVersion,
}

/// Compresses canonical bytes.
pub(super) fn pack(bytes: &[u8]) -> Result<Vec<u8>, CodecError> {
    if bytes.len() > limits::RECORD_BYTES_MAX {
        return Err(CodecError::TooLarge);
    }
    let body = zstd::bulk::compress(bytes, ZSTD_LEVEL).map_err(|_| CodecError::Damaged)?;
    let mut packed = vec![VERSION];
    packed.extend_from_slice(&checksummed(&body));
    Ok(packed)
}

/// Gives back the canonical bytes, reading at most the limit of them.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>, CodecError> {
    let body = match packed.split_first() {
        Some((&VERSION, rest)) => without_checksum(rest).ok_or(CodecError::Changed)?,
        Some(_) => return Err(CodecError::UnknownVersion),
        None => return Err(CodecError::Damaged),
    };
    let limit = u64::try_from(limits::RECORD_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    zstd::stream::read::Decoder::new(body)
        .map_err(|_| CodecError::Damaged)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|_| CodecError::Damaged)?;
    if bytes.len() > limits::RECORD_BYTES_MAX {
        return Err(CodecError::TooLarge);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let packed = pack(b"{\"outcome\":\"REFER\"}").unwrap();
        assert_eq!(unpack(&packed).unwrap(), b"{\"outcome\":\"REFER\"}");
        assert_eq!(unpack(&[]), Err(CodecError::Damaged));
        assert_eq!(unpack(&[VERSION, 1, 2, 3]), Err(CodecError::Changed));
        assert_eq!(unpack(&[VERSION + 1]), Err(CodecError::UnknownVersion));
    }

    #[test]
    fn every_changed_bit_is_seen() {
        let packed = pack(&b"{\"outcome\":\"REFER\"}".repeat(9)).unwrap();
        for bit in 0..packed.len() * 8 {
            let mut changed = packed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(unpack(&changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_size_is_limited_below_at_and_above() {
        for size in [limits::RECORD_BYTES_MAX - 1, limits::RECORD_BYTES_MAX] {
            assert_eq!(
                unpack(&pack(&vec![b'a'; size]).unwrap()).unwrap().len(),
                size
            );
        }
        let above = vec![b'a'; limits::RECORD_BYTES_MAX + 1];
        assert_eq!(pack(&above), Err(CodecError::TooLarge));
        let mut hostile = vec![VERSION];
        let frame = zstd::bulk::compress(&above, ZSTD_LEVEL).unwrap();
        hostile.extend(checksummed(&frame));
        assert_eq!(unpack(&hostile), Err(CodecError::TooLarge));
    }
}
