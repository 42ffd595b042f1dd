//! The head of a chain in a file of its own, as `underwrite ledger head` writes it.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CliError, limited_file};
use crate::ledger::{Head, KnownHead, RecordHash};
use crate::{limits, private};

/// The end of a chain as it is kept in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptHead {
    #[serde(flatten)]
    pub(super) head: Head,
    /// When it was exported.
    pub(super) at: DateTime<Utc>,
}

impl KeptHead {
    /// As it is shown and written.
    pub(super) fn json(&self) -> Value {
        json!({
            "chain_id": self.head.chain_id,
            "seq": self.head.seq,
            "hash": self.head.hash,
            "at": self.at,
        })
    }

    /// Writes it to a new file: a head that was kept is not overwritten, it may be all that shows a
    /// cut.
    pub(super) fn write_new(&self, path: &Path) -> Result<(), CliError> {
        let text = format!("{:#}\n", self.json());
        private::write_new(path, text.as_bytes()).map_err(|error| CliError::file(path, &error))
    }
}

/// Reads a head that was kept.
pub(super) fn read_head(path: &Path) -> Result<Head, CliError> {
    Ok(read_kept(path)?.head)
}

/// Reads a head that was kept, and when it was.
pub(super) fn read_kept(path: &Path) -> Result<KeptHead, CliError> {
    let bytes = limited_file::read(path, limits::HEAD_FILE_BYTES_MAX)
        .map_err(|error| CliError::file(path, &error))?;
    let kept = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    kept.ok_or_else(|| {
        let path = path.display();
        let message =
            format!("`{path}` is not the head of a ledger, as `underwrite ledger head` writes it");
        CliError::other("head_file", message)
    })
}

/// Reads a record that is known from elsewhere: the hash of one, or else the file of a head.
pub(super) fn read_known(given: &str) -> Result<KnownHead, CliError> {
    match RecordHash::parse(given) {
        Some(hash) => Ok(KnownHead::Hash(hash)),
        None => Ok(KnownHead::Kept(read_head(Path::new(given))?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_head_is_limited_below_at_and_above() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("head.json");
        let head = json!({
            "chain_id": "c",
            "seq": 1,
            "hash": "ab".repeat(32),
            "at": "2026-08-22T15:00:00Z",
        });
        let max = usize::try_from(limits::HEAD_FILE_BYTES_MAX).unwrap();
        for (size, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            std::fs::write(&path, format!("{head:<size$}", head = head.to_string())).unwrap();
            assert_eq!(read_head(&path).is_ok(), good, "{size}");
        }
    }
}
