//! The files beside a ledger, and the directory of all.

use std::path::{Path, PathBuf};

use super::error::SqliteOpenError;

/// The file of that name and ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A file that was just created is only there after a power loss once its directory is synced.
pub(super) fn sync_directory(path: &Path) -> Result<(), SqliteOpenError> {
    if !cfg!(unix) {
        return Ok(());
    }
    let Some(directory) = path.parent() else {
        return Ok(());
    };
    std::fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| {
            SqliteOpenError::Failed(format!("cannot sync `{}`: {error}", directory.display()))
        })
}
