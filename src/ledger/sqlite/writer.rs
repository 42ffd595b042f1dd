//! The one committer: a thread that owns the writing connection and lets appends share commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::place::Place;
use crate::clock::Stopwatch;
use crate::ledger::error::LedgerError;
use crate::ledger::metrics::Metrics;
use crate::limits;

/// The queue into the committer. Dropping it finishes what waits and joins the thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Append>>>,
    thread: Option<JoinHandle<()>>,
    commits: Arc<AtomicU64>,
    /// Whether the newest commit succeeded.
    well: Arc<AtomicBool>,
    place: Arc<Place>,
    metrics: Metrics,
}

impl Writer {
    /// Starts the committer.
    pub(super) fn start(
        connection: Connection,
        place: Arc<Place>,
        metrics: Metrics,
    ) -> Result<Self, LedgerError> {
        let (queue, waiting) = mpsc::channel(limits::LEDGER_QUEUE_MAX);
        let commits = Arc::new(AtomicU64::new(0));
        let well = Arc::new(AtomicBool::new(true));
        let run = Run {
            connection,
            place: Arc::clone(&place),
            commits: Arc::clone(&commits),
            well: Arc::clone(&well),
            metrics: metrics.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || run.all(waiting))
            .map_err(|error| LedgerError::Store(format!("no thread for the writer: {error}")))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
            commits,
            well,
            place,
            metrics,
        })
    }

    /// Commits so far.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Whether no commit failed since it was found well, and the next one would go into the same file.
    pub(super) fn is_well(&self) -> bool {
        self.well.load(Ordering::Relaxed) && self.place.check().is_ok()
    }

    /// It was tried, and takes what it has to.
    pub(super) fn found_well(&self) {
        self.well.store(true, Ordering::Relaxed);
    }

    /// Appends that wait to be taken into a commit.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.queue
            .as_ref()
            .map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    /// Does `work` in the next commit; returns once it is synced. What an error of `work` leaves
    /// behind is rolled back, and the other appends of the commit are none the wiser.
    ///
    /// Work that was queued is done even if the caller stops waiting for it.
    pub(super) async fn append<T, W>(&self, work: W) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(LedgerError::Closed)?;
        let job = Box::new(Job {
            work: Some(work),
            done: None,
            reply,
        });
        self.metrics.waits();
        queue.try_send(job).map_err(|error| {
            self.metrics.taken(1);
            match error {
                mpsc::error::TrySendError::Full(_) => LedgerError::Overloaded,
                mpsc::error::TrySendError::Closed(_) => LedgerError::Closed,
            }
        })?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's writer ended by a panic");
        }
    }
}

trait Append: Send {
    /// Does the work; whether it is to be kept.
    fn run(&mut self, connection: &Connection) -> bool;

    /// Tells the caller, after the fate of the commit is known.
    fn answer(self: Box<Self>, fate: Result<(), LedgerError>);
}

struct Job<T, W> {
    work: Option<W>,
    done: Option<Result<T, LedgerError>>,
    reply: oneshot::Sender<Result<T, LedgerError>>,
}

impl<T, W> Append for Job<T, W>
where
    T: Send,
    W: FnOnce(&Connection) -> Result<T, LedgerError> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        self.done = self.work.take().map(|work| work(connection));
        matches!(self.done, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, fate: Result<(), LedgerError>) {
        let answer = match (self.done, fate) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(own)), _) => Err(own),
            (Some(Ok(_)) | None, Err(fate)) => Err(fate),
            (None, Ok(())) => Err(LedgerError::Closed),
        };
        // The caller may have stopped waiting.
        reply_if_awaited(self.reply, answer);
    }
}

fn reply_if_awaited<T>(reply: oneshot::Sender<T>, answer: T) {
    drop(reply.send(answer));
}

/// What the committer works with.
struct Run {
    connection: Connection,
    place: Arc<Place>,
    commits: Arc<AtomicU64>,
    well: Arc<AtomicBool>,
    metrics: Metrics,
}

impl Run {
    /// Commits what comes until nobody can send any more.
    fn all(self, mut waiting: mpsc::Receiver<Box<dyn Append>>) {
        let mut batch: Vec<Box<dyn Append>> = Vec::with_capacity(limits::LEDGER_BATCH_MAX);
        while waiting.blocking_recv_many(&mut batch, limits::LEDGER_BATCH_MAX) > 0 {
            self.metrics.taken(batch.len());
            let stopwatch = Stopwatch::start();
            let fate = self.commit(&mut batch);
            self.metrics
                .committed(batch.len(), stopwatch.elapsed(), fate.is_ok());
            if fate.is_err() {
                self.well.store(false, Ordering::Relaxed);
            }
            match &fate {
                Ok(()) => {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    tracing::error!(%error, appends = batch.len(), "nothing was recorded");
                }
            }
            for append in batch.drain(..) {
                append.answer(fate.clone());
            }
        }
    }

    /// Nobody is told of what went into a file that is gone: where it is is looked at before the
    /// commit, and once more before it is answered.
    fn commit(&self, batch: &mut [Box<dyn Append>]) -> Result<(), LedgerError> {
        self.place.check()?;
        commit(&self.connection, batch)?;
        #[cfg(debug_assertions)]
        checkpoint(&self.connection)?;
        step!(GroupCommitted);
        self.place.check()
    }
}

/// Runs every append in a savepoint of one transaction, and commits. On an error nothing of the
/// whole batch is recorded.
fn commit(connection: &Connection, batch: &mut [Box<dyn Append>]) -> Result<(), LedgerError> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    run("BEGIN IMMEDIATE")?;
    let done = work(connection, batch).and_then(|()| {
        step!(GroupWritten);
        Ok(run("COMMIT").map(drop)?)
    });
    if done.is_err() && !connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    done
}

/// Where failpoints are on, the log is put into the file after every commit: otherwise SQLite does
/// that by itself, at some commit or other.
#[cfg(debug_assertions)]
fn checkpoint(connection: &Connection) -> Result<(), LedgerError> {
    if !crate::ledger::failpoint::is_on() {
        return Ok(());
    }
    step!(CheckpointDue);
    // Whether it succeeds is nothing to those who wait, as with SQLite's own.
    drop(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())));
    step!(Checkpointed);
    Ok(())
}

fn work(connection: &Connection, batch: &mut [Box<dyn Append>]) -> Result<(), LedgerError> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    for append in batch {
        run("SAVEPOINT append")?;
        let keep = append.run(connection);
        // On a full disk and some other errors SQLite gives up the whole transaction. What came
        // after would be committed each by itself, so the batch ends here.
        if connection.is_autocommit() {
            return Err(LedgerError::Unavailable(
                "the database gave up the transaction, as it does on a full disk".to_owned(),
            ));
        }
        if !keep {
            run("ROLLBACK TO append")?;
        }
        run("RELEASE append")?;
    }
    Ok(())
}
