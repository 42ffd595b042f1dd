//! The ledger in one SQLite file: nothing but SQL, and the file.

mod audit;
mod backup;
pub(super) mod error;
mod file;
mod follow_ups;
mod history;
mod list;
mod marker;
mod paths;
mod place;
mod readers;
pub(super) mod restore;
mod rows;
mod shadows;
pub(super) mod tables;
mod tenants;
mod writer;

use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use self::error::SqliteOpenError;
use self::place::Place;
use self::readers::Readers;
use self::tables::SqliteTables;
use self::writer::Writer;
use super::error::LedgerError;
use super::metrics::Metrics;
use super::store::{Rows, Store, Tables, Views};
use super::tail;
use crate::id::Entropy;
use crate::{limits, private};

/// The embedded ledger: one file, one writing process, any number of readers.
///
/// Every append goes through one committer, which lets those that wait share a commit; each is
/// answered after the commit is synced. Dropping the ledger finishes what is queued.
#[derive(Debug)]
pub struct SqliteLedger {
    // INVARIANT: dropped in this order. The readers close before the writer, whose close then
    // folds the log into the file; the lock is given up last.
    readers: Arc<Readers>,
    writer: Option<Writer>,
    reading: Arc<Semaphore>,
    chain_id: Arc<str>,
    /// Whether it was restored from a backup, and not resumed.
    restored: AtomicBool,
    metrics: Metrics,
    _lock: Option<File>,
}

impl SqliteLedger {
    /// Opens the ledger in the file `path` for writing, creating it where there is none; its
    /// directory must exist. `entropy` names the chain of a new ledger. The newest records are
    /// proven, and what was found is logged.
    ///
    /// A backup that is found in its place was restored: it takes nothing until it is
    /// [resumed](super::Ledger::resume).
    ///
    /// Blocks for a moment. Fails with [`SqliteOpenError::InUse`] while another process writes it,
    /// and with [`SqliteOpenError::Lost`] where the marker beside it says that there was another
    /// ledger than the one that is found, or none.
    pub fn open(path: &Path, entropy: &dyn Entropy) -> Result<Self, SqliteOpenError> {
        Self::open_for_writing(path, entropy, false)
    }

    /// Opens the ledger as [`Self::open`] does, and gives up the one that was there: a new chain is
    /// begun where it is missing, or that of another ledger in its place is gone on with.
    ///
    /// Fails with [`SqliteOpenError::NotLost`] where it is not lost.
    pub fn open_new_chain(path: &Path, entropy: &dyn Entropy) -> Result<Self, SqliteOpenError> {
        Self::open_for_writing(path, entropy, true)
    }

    fn open_for_writing(
        path: &Path,
        entropy: &dyn Entropy,
        new_chain: bool,
    ) -> Result<Self, SqliteOpenError> {
        let path = file::resolve(path)?;
        let files = ["", "-wal", "-shm", ".chain", ".lock"].map(|end| paths::beside(&path, end));
        private::check(files.iter().map(PathBuf::as_path))?;
        let lock = lock(&path)?;
        let connection = file::open_writable(&path, entropy, new_chain)?;
        let chain_id = file::check_readable(&connection, &path)?;
        tell_found(&connection, &path, &chain_id)?;
        let restored = file::is_backup(&connection, &path)?;
        if restored {
            let restored = LedgerError::Restored;
            tracing::warn!(code = restored.code(), ledger = %path.display(), "{restored}");
        }
        let place = Arc::new(Place::of(&path));
        let metrics = Metrics::default();
        let writer = Writer::start(connection, Arc::clone(&place), metrics.clone())
            .map_err(|error| SqliteOpenError::Failed(format!("no thread for it: {error}")))?;
        let readers = Readers::new(path, Some(place));
        let ledger = Self {
            writer: Some(writer),
            metrics,
            restored: AtomicBool::new(restored),
            _lock: Some(lock),
            ..Self::reading(readers, chain_id)
        };
        Ok(ledger)
    }

    /// Copies the ledger `from`, which may be in use, into the new file `to`. What was copied is not
    /// proven: open it and [`verify`](super::Ledger::verify) it.
    ///
    /// Blocks for as long as it takes to copy.
    pub fn back_up(from: &Path, to: &Path) -> Result<(), SqliteOpenError> {
        backup::copy(from, to)
    }

    /// Opens the ledger for reading only, also while another process writes it.
    pub fn open_read_only(path: &Path) -> Result<Self, SqliteOpenError> {
        let path = file::resolve(path)?;
        let connection = file::open_reader(&path)?;
        let chain_id = file::check_readable(&connection, &path)?;
        let restored = file::is_backup(&connection, &path)?;
        Ok(Self {
            restored: AtomicBool::new(restored),
            ..Self::reading(Readers::new(path, None), chain_id)
        })
    }

    fn reading(readers: Readers, chain_id: String) -> Self {
        Self {
            readers: Arc::new(readers),
            writer: None,
            reading: Arc::new(Semaphore::new(limits::LEDGER_READERS_MAX)),
            chain_id: chain_id.into(),
            metrics: Metrics::default(),
            restored: AtomicBool::new(false),
            _lock: None,
        }
    }

    /// What is counted of it.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Commits since the ledger was opened; fewer than the appends when appends share them.
    pub fn commits(&self) -> u64 {
        self.writer.as_ref().map_or(0, Writer::commits)
    }

    fn writer(&self) -> Result<&Writer, LedgerError> {
        self.writer.as_ref().ok_or(LedgerError::ReadOnly)
    }

    /// Does `work` in the next commit, on the committer's own connection.
    #[cfg(test)]
    pub(super) async fn append<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.writer()?.append(work).await
    }

    /// What a proof reads by.
    #[cfg(test)]
    pub(super) fn views(&self) -> &dyn Views {
        &*self.readers
    }

    /// Appends that wait to be taken into a commit.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.writer.as_ref().map_or(0, Writer::waiting)
    }
}

/// Fails where the disk has no room for what a commit takes.
fn has_room(folder: &Path) -> Rows<()> {
    let written = tempfile::tempfile_in(folder)
        .and_then(|mut file| file.write_all(&vec![0; limits::LEDGER_ROOM_BYTES]));
    written.map_err(|error| LedgerError::Unavailable(error.to_string()))
}

impl Store for SqliteLedger {
    fn chain_id(&self) -> &Arc<str> {
        &self.chain_id
    }

    fn is_restored(&self) -> bool {
        self.restored.load(Ordering::Relaxed)
    }

    fn is_read_only(&self) -> bool {
        self.writer.is_none()
    }

    fn resumed(&self) {
        self.restored.store(false, Ordering::Relaxed);
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    async fn ready(&self) -> Rows<()> {
        let writer = self.writer()?;
        if writer.is_well() {
            return Ok(());
        }
        // Only a write shows whether the disk takes one: here of what stands there already. That is
        // small, and may have room where a decision has none, as may a commit now and then, where the
        // log begins anew on what it has.
        writer
            .append(|connection| {
                let folder = connection.path().and_then(|path| Path::new(path).parent());
                if let Some(folder) = folder {
                    has_room(folder)?;
                }
                connection.pragma_update(None, "user_version", file::version())?;
                Ok(())
            })
            .await?;
        writer.found_well();
        Ok(())
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Tables) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        let turn = Arc::clone(&self.reading).acquire_owned().await;
        let turn = turn.map_err(|_| LedgerError::Closed)?;
        let readers = Arc::clone(&self.readers);
        let read = move || {
            let _turn = turn;
            readers.read(|connection| work(&SqliteTables(connection)))
        };
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| LedgerError::Closed)?
    }

    async fn read_at_once<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Views) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || work(&*readers))
            .await
            .map_err(|_| LedgerError::Closed)?
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Tables) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        self.writer()?
            .append(move |connection| work(&mut SqliteTables(connection)))
            .await
    }
}

/// Proves the newest records and says what was found.
fn tell_found(
    connection: &rusqlite::Connection,
    path: &Path,
    chain_id: &str,
) -> Result<(), SqliteOpenError> {
    let tables = SqliteTables(connection);
    let found = tail::found(&tables, chain_id).map_err(|error| SqliteOpenError::Damaged {
        path: path.display().to_string(),
        problem: error.to_string(),
    })?;
    let ledger = path.display();
    match found {
        None => tracing::info!(%ledger, chain_id, "the ledger is empty: nothing is recorded in it"),
        Some(found) => tracing::info!(
            %ledger,
            chain_id,
            records = found.records,
            head = %found.head,
            since = %found.since,
            newest = %found.newest,
            "the ledger is there, and its newest records are proven"
        ),
    }
    Ok(())
}

/// Takes the lock that makes this process the only writer; the system gives it up when the
/// process ends, however it ends.
///
/// A file of its own: closing any other descriptor of the database file would give up the locks
/// that SQLite holds on it (POSIX `fcntl`).
fn lock(path: &Path) -> Result<File, SqliteOpenError> {
    let lock = private::file_options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(paths::beside(path, ".lock"))
        .map_err(|error| {
            SqliteOpenError::Failed(format!(
                "cannot open the lock of `{}`: {error}",
                path.display()
            ))
        })?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(SqliteOpenError::InUse {
            path: path.display().to_string(),
        }),
        Err(TryLockError::Error(error)) => Err(SqliteOpenError::Failed(format!(
            "cannot lock `{}`: {error}",
            path.display()
        ))),
    }
}
