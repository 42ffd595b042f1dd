//! Reads a file that somebody named, of which no more comes into memory than it may hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What is in the file; `None` where that is more than `max` bytes, whatever size it claims to have.
pub(super) fn read(path: &Path, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(max.saturating_add(1));
    file.read_to_end(&mut bytes)?;
    Ok(u64::try_from(bytes.len())
        .is_ok_and(|length| length <= max)
        .then_some(bytes))
}
