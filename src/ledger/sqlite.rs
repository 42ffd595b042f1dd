//! The ledger in one SQLite file: nothing but SQL, and the file.

pub(super) mod error;
mod file;
mod history;
mod list;
mod readers;
mod rows;
mod tables;
mod writer;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;

use self::error::SqliteOpenError;
use self::readers::Readers;
use self::tables::SqliteTables;
use self::writer::Writer;
use super::error::LedgerError;
use super::store::{Rows, Store, Tables};
use crate::id::Entropy;
use crate::limits;

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
    _lock: Option<File>,
}

impl SqliteLedger {
    /// Opens the ledger in the file `path` for writing, creating it where there is none; its
    /// directory must exist. `entropy` names the chain of a new ledger.
    ///
    /// Blocks for a moment. Fails with [`SqliteOpenError::InUse`] while another process writes it.
    pub fn open(path: &Path, entropy: &dyn Entropy) -> Result<Self, SqliteOpenError> {
        let path = file::resolve(path)?;
        let lock = lock(&path)?;
        let connection = file::open_writable(&path, entropy)?;
        let chain_id = file::check_current(&connection, &path)?;
        let writer = Writer::start(connection)
            .map_err(|error| SqliteOpenError::Failed(format!("no thread for it: {error}")))?;
        Ok(Self::new(&path, chain_id, Some(writer), Some(lock)))
    }

    /// Opens the ledger for reading only, also while another process writes it.
    pub fn open_read_only(path: &Path) -> Result<Self, SqliteOpenError> {
        let path = file::resolve(path)?;
        let connection = file::open_reader(&path)?;
        let chain_id = file::check_current(&connection, &path)?;
        Ok(Self::new(&path, chain_id, None, None))
    }

    fn new(path: &Path, chain_id: String, writer: Option<Writer>, lock: Option<File>) -> Self {
        Self {
            readers: Arc::new(Readers::new(path.to_owned())),
            writer,
            reading: Arc::new(Semaphore::new(limits::LEDGER_READERS_MAX)),
            chain_id: chain_id.into(),
            _lock: lock,
        }
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

    /// Appends that wait to be taken into a commit.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.writer.as_ref().map_or(0, Writer::waiting)
    }
}

impl Store for SqliteLedger {
    fn chain_id(&self) -> &Arc<str> {
        &self.chain_id
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

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Tables) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        self.writer()?
            .append(move |connection| work(&mut SqliteTables(connection)))
            .await
    }
}

/// Takes the lock that makes this process the only writer; the system gives it up when the
/// process ends, however it ends.
///
/// A file of its own: closing any other descriptor of the database file would give up the locks
/// that SQLite holds on it (POSIX `fcntl`).
fn lock(path: &Path) -> Result<File, SqliteOpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
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
