//! The ledger in one SQLite file.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::append::{self, Prepared, PreparedIntake};
use super::head::{self, Head};
use super::readers::Readers;
use super::verify::{self, ChainReport, Problem};
use super::writer::Writer;
use super::{
    Activation, Cursor, DecisionRecord, Filter, Intake, Ledger, LedgerError, NewDecision, Page,
    PendingIntake, Reservation, StoredBundle, pending, read, schema,
};
use crate::id::{DecisionId, Entropy, IdempotencyKey, RuleSetName, TenantId};
use crate::limits;
use crate::rules::BundleHash;
use crate::snapshot::{Sealed, SnapshotHash};

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
    /// Blocks for a moment. Fails with [`LedgerError::InUse`] while another process writes it.
    pub fn open(path: &Path, entropy: &dyn Entropy) -> Result<Self, LedgerError> {
        let path = schema::resolve(path)?;
        let lock = lock(&path)?;
        let connection = schema::open_writable(&path, entropy)?;
        let chain_id = schema::check_current(&connection, &path)?;
        let writer = Writer::start(connection)?;
        Ok(Self::new(&path, chain_id, Some(writer), Some(lock)))
    }

    /// Opens the ledger for reading only, also while another process writes it.
    pub fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        let path = schema::resolve(path)?;
        let connection = schema::open_reader(&path)?;
        let chain_id = schema::check_current(&connection, &path)?;
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

    /// The name of this ledger's chain.
    pub fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// Commits since the ledger was opened; fewer than the appends when appends share them.
    pub fn commits(&self) -> u64 {
        self.writer.as_ref().map_or(0, Writer::commits)
    }

    /// The newest end of the chain. Blocks: for use outside asynchronous code.
    pub fn head(&self) -> Result<Head, LedgerError> {
        let newest = self.readers.read(read::head)?;
        Ok(Head::new(&self.chain_id, newest))
    }

    /// What is wrong with the chain's newest end, seen from a head that was kept: `None` where the
    /// chain still holds that record. Blocks.
    ///
    /// [`SqliteLedger::verify`] proves what lies before it.
    pub fn against(&self, kept: &Head) -> Result<Option<Problem>, LedgerError> {
        self.readers
            .read(|reader| head::against(reader, &self.chain_id, kept))
    }

    /// Walks the whole chain and proves it, together with all that the decisions of `tenant` (or
    /// of every tenant) rest on. Calls `progress` with the records done and their total.
    ///
    /// Blocks, and uses all processors: for use outside asynchronous code.
    pub fn verify(
        &self,
        tenant: Option<&TenantId>,
        progress: impl Fn(u64, u64),
    ) -> Result<ChainReport, LedgerError> {
        verify::verify(&self.readers, &self.chain_id, tenant, &progress)
    }

    /// How many decisions a tenant has. Blocks.
    pub fn count(&self, tenant: &TenantId) -> Result<u64, LedgerError> {
        self.readers.read(|reader| read::count(reader, tenant))
    }

    /// At most `limit` decisions after the position `after` in the chain, oldest first, each with
    /// its position; a damaged one is an error in its place. Blocks.
    #[expect(
        clippy::type_complexity,
        reason = "a page of results, each with its position"
    )]
    pub fn history(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Result<DecisionRecord, LedgerError>)>, LedgerError> {
        let rows = self
            .readers
            .read(|reader| read::walk(reader, Some(tenant), after, limit))?;
        let checked = rows
            .into_iter()
            .map(|row| (row.seq, row.check(&self.chain_id)));
        Ok(checked.collect())
    }

    /// [`Ledger::snapshot`], blocking.
    pub fn blocking_snapshot(
        &self,
        tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Option<Sealed>, LedgerError> {
        self.readers
            .read(|reader| read::snapshot(reader, tenant, hash))
    }

    /// [`Ledger::bundle`], blocking.
    pub fn blocking_bundle(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Option<StoredBundle>, LedgerError> {
        self.readers
            .read(|reader| read::bundle(reader, tenant, hash))
    }

    /// What was made active when, oldest first. Blocks.
    pub fn activations(&self, tenant: &TenantId) -> Result<Vec<Activation>, LedgerError> {
        self.readers
            .read(|reader| read::activations(reader, tenant))
    }

    fn writer(&self) -> Result<&Writer, LedgerError> {
        self.writer.as_ref().ok_or(LedgerError::ReadOnly)
    }

    /// Does `work` in the next commit, on the committer's own connection.
    #[cfg(test)]
    pub(super) async fn append<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.writer()?.append(work).await
    }

    /// Appends that wait to be taken into a commit.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.writer.as_ref().map_or(0, Writer::waiting)
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &str) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let turn = Arc::clone(&self.reading).acquire_owned().await;
        let turn = turn.map_err(|_| LedgerError::Closed)?;
        let (readers, chain_id) = (Arc::clone(&self.readers), Arc::clone(&self.chain_id));
        blocking(move || {
            let _turn = turn;
            readers.read(|reader| work(reader, &chain_id))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| LedgerError::Closed)?
}

/// Takes the lock that makes this process the only writer; the system gives it up when the
/// process ends, however it ends.
///
/// A file of its own: closing any other descriptor of the database file would give up the locks
/// that SQLite holds on it (POSIX `fcntl`).
fn lock(path: &Path) -> Result<File, LedgerError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| {
            LedgerError::Store(format!(
                "cannot open the lock of `{}`: {error}",
                path.display()
            ))
        })?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse {
            path: path.display().to_string(),
        }),
        Err(TryLockError::Error(error)) => Err(LedgerError::Store(format!(
            "cannot lock `{}`: {error}",
            path.display()
        ))),
    }
}

#[async_trait]
impl Ledger for SqliteLedger {
    async fn reserve(&self, intake: Intake) -> Result<Reservation, LedgerError> {
        let prepared = PreparedIntake::new(intake)?;
        let chain_id = Arc::clone(&self.chain_id);
        self.writer()?
            .append(move |writer| append::reserve(writer, &chain_id, &prepared))
            .await
    }

    async fn release(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<(), LedgerError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        self.writer()?
            .append(move |writer| append::release(writer, &tenant, &key))
            .await
    }

    async fn pend(&self, pending: PendingIntake) -> Result<(), LedgerError> {
        self.writer()?
            .append(move |writer| pending::pend(writer, &pending))
            .await
    }

    async fn pending(&self) -> Result<Vec<Result<PendingIntake, LedgerError>>, LedgerError> {
        self.read(|reader, _| pending::all(reader)).await
    }

    async fn pending_decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<PendingIntake>, LedgerError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |reader, _| pending::one(reader, &tenant, &id))
            .await
    }

    async fn record(&self, decision: NewDecision) -> Result<DecisionRecord, LedgerError> {
        let writer = self.writer()?;
        // Encoding is done here, by many at once, not by the one committer.
        let prepared = blocking(move || Prepared::new(decision)).await?;
        let chain_id = Arc::clone(&self.chain_id);
        writer
            .append(move |writer| append::record(writer, &chain_id, prepared))
            .await
    }

    async fn decision(
        &self,
        tenant: &TenantId,
        id: &DecisionId,
    ) -> Result<Option<DecisionRecord>, LedgerError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |reader, chain_id| read::decision(reader, chain_id, &tenant, &id))
            .await
    }

    async fn list(
        &self,
        tenant: &TenantId,
        filter: &Filter,
        after: Option<Cursor>,
        page_size: usize,
    ) -> Result<Page, LedgerError> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.read(move |reader, chain_id| {
            read::list(reader, chain_id, &tenant, &filter, after, page_size)
        })
        .await
    }

    async fn snapshot(
        &self,
        tenant: &TenantId,
        hash: SnapshotHash,
    ) -> Result<Option<Sealed>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |reader, _| read::snapshot(reader, &tenant, hash))
            .await
    }

    async fn activate(
        &self,
        tenant: &TenantId,
        bundle: StoredBundle,
        at: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        append::check_bundle(&bundle)?;
        let tenant = tenant.clone();
        self.writer()?
            .append(move |writer| append::activate(writer, &tenant, &bundle, at))
            .await
    }

    async fn bundle(
        &self,
        tenant: &TenantId,
        hash: BundleHash,
    ) -> Result<Option<StoredBundle>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |reader, _| read::bundle(reader, &tenant, hash))
            .await
    }

    async fn active(
        &self,
        tenant: &TenantId,
    ) -> Result<Vec<(RuleSetName, BundleHash)>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |reader, _| read::active(reader, &tenant))
            .await
    }
}
