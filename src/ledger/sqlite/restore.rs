//! A backup put where a ledger has to be.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::SqliteOpenError;
use super::paths::{beside, sync_directory};
use super::{SqliteLedger, backup, file, lock, marker};

/// A backup on its way into the place of a ledger that is not there. Nobody else can begin a ledger
/// in that place meanwhile. Unless it is finished, nothing is left of it.
#[derive(Debug)]
pub struct Restore {
    ledger: PathBuf,
    copy: PathBuf,
    chain_id: String,
    _lock: File,
}

impl Restore {
    /// Copies the backup `from` beside the place of the ledger `to`, whose folder must exist.
    ///
    /// Blocks for as long as it takes to copy.
    ///
    /// # Errors
    ///
    /// [`SqliteOpenError::Occupied`] where a ledger, its log or the marker of another chain is in
    /// that place; [`SqliteOpenError::InUse`] where a process has it; whatever keeps the backup from
    /// being read or copied.
    pub fn begin(from: &Path, to: &Path) -> Result<Self, SqliteOpenError> {
        let ledger = file::resolve(to)?;
        let lock = lock(&ledger)?;
        let occupied = |path: &Path, problem: String| SqliteOpenError::Occupied {
            path: path.display().to_string(),
            problem,
        };
        if file::missing(&ledger).is_none() {
            let problem = "is there, and nothing is restored over a ledger".to_owned();
            return Err(occupied(&ledger, problem));
        }
        let log = beside(&ledger, "-wal");
        if log.exists() {
            let problem = "is there, the log of the ledger that was here: it may hold records that \
                           are nowhere else";
            return Err(occupied(&log, problem.to_owned()));
        }
        let from = file::resolve(from)?;
        let chain_id = file::check_readable(&file::open_reader(&from)?, &from)?;
        if let Some(other) = marker::read(&ledger)?.filter(|marked| *marked != chain_id) {
            let problem = format!(
                "says that the ledger of the chain `{other}` was here, and the backup is of \
                 `{chain_id}`"
            );
            return Err(occupied(&marker::path_of(&ledger), problem));
        }
        let copy = beside(&ledger, ".restoring");
        // What is left of one that broke off.
        if copy.exists() {
            fs::remove_file(&copy).map_err(|error| failed(&copy, &error))?;
        }
        let restore = Self {
            ledger,
            copy,
            chain_id,
            _lock: lock,
        };
        backup::copy(&from, &restore.copy)?;
        Ok(restore)
    }

    /// The copy, to be proven.
    ///
    /// # Errors
    ///
    /// As [`SqliteLedger::open_read_only`].
    pub fn copy(&self) -> Result<SqliteLedger, SqliteOpenError> {
        SqliteLedger::open_read_only(&self.copy)
    }

    /// Gives the copy the name of the ledger, and writes its marker. It takes nothing until it is
    /// [resumed](crate::ledger::Ledger::resume).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn finish(self) -> Result<(), SqliteOpenError> {
        fs::rename(&self.copy, &self.ledger).map_err(|error| failed(&self.ledger, &error))?;
        sync_directory(&self.ledger)?;
        marker::write(&self.ledger, &self.chain_id)
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // Once it is finished, there is none.
        let _ = fs::remove_file(&self.copy);
    }
}

fn failed(path: &Path, error: &std::io::Error) -> SqliteOpenError {
    SqliteOpenError::Failed(format!("cannot restore to `{}`: {error}", path.display()))
}
