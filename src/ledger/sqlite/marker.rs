//! The marker: a small file beside the ledger that names its chain, so that a ledger that is gone is
//! not taken for one that never was.
//!
//! It is written when a chain was begun and before anything is recorded in it: where there is none,
//! no record is lost.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::error::SqliteOpenError;
use super::paths::{beside, sync_directory};
use crate::{limits, private};

/// Where the marker of a ledger is.
pub(super) fn path_of(ledger: &Path) -> PathBuf {
    beside(ledger, ".chain")
}

/// The chain that the marker names; `None` where there is no marker.
pub(super) fn read(ledger: &Path) -> Result<Option<String>, SqliteOpenError> {
    let path = path_of(ledger);
    let failed = |error: std::io::Error| cannot("read", &path, &error);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    file.take(limits::HEAD_FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(Some(text.trim().to_owned()))
}

/// Writes the marker, unless it names that chain.
pub(super) fn write(ledger: &Path, chain_id: &str) -> Result<(), SqliteOpenError> {
    if read(ledger)?.as_deref() == Some(chain_id) {
        return Ok(());
    }
    let path = path_of(ledger);
    let new = beside(ledger, ".chain.new");
    let write = || {
        let mut options = private::file_options();
        let mut file = options.write(true).create(true).truncate(true).open(&new)?;
        file.write_all(format!("{chain_id}\n").as_bytes())?;
        file.sync_all()?;
        step!(MarkerWritten);
        std::fs::rename(&new, &path)
    };
    write().map_err(|error| cannot("write", &path, &error))?;
    step!(MarkerPlaced);
    sync_directory(ledger)
}

/// Fails where the marker says that there was a ledger, and `problem` says why this is not it.
pub(super) fn refuse(ledger: &Path, chain_id: &str, problem: String) -> SqliteOpenError {
    SqliteOpenError::Lost {
        path: ledger.display().to_string(),
        marker: path_of(ledger).display().to_string(),
        chain_id: chain_id.to_owned(),
        problem,
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> SqliteOpenError {
    let path = path.display();
    SqliteOpenError::Failed(format!("cannot {what} the marker `{path}`: {error}"))
}
