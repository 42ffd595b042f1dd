//! The sled database, fenced.
//!
//! What sled 0.34 is known to do, and what is done about it here:
//! - a crash while it writes its recovery snapshot leaves `snap.*.generating` behind, which makes
//!   every later open fail: such files are deleted first, under a lock of our own;
//! - messages over a quarter of a segment go to files that are never synced: segments are 4 MiB,
//!   and values are limited far below;
//! - it may panic or hang on a damaged directory: it is opened on a thread of its own, given a
//!   time limit, and a directory that does not open is cleared;
//! - after an error its state is not to be trusted: the first one turns the cache off.

use std::fs::{self, File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sled::Transactional;
use sled::transaction::{ConflictableTransactionResult, TransactionError};

use super::entry;
use super::error::CacheError;
use crate::{limits, private};

/// What sled says where its own lock is held. Ours is held then, so nobody else uses the database:
/// the threads of one that was closed just now have not let go of it yet.
const LOCKED: &str = "could not acquire lock";
const LOCKED_PAUSE: Duration = Duration::from_millis(20);
const LOCKED_TRIES: u32 = 250;

const SEGMENT_BYTES: usize = 4 * 1024 * 1024;

pub(super) struct Store {
    /// Absent only while it is being dropped.
    trees: Option<Trees>,
    /// The number of entries; its lock is held over every change, so that there is one writer.
    entries: Mutex<usize>,
    pub(super) entries_max: usize,
    poisoned: AtomicBool,
    /// Held for as long as the store is open.
    _lock: File,
}

struct Trees {
    db: sled::Db,
    /// Key to value.
    values: sled::Tree,
    /// Every key once more, in the order of time.
    order: sled::Tree,
}

impl Store {
    pub(super) fn open(path: &Path, entries_max: usize) -> Result<Self, CacheError> {
        let unusable = |problem: String| CacheError::Unusable {
            path: path.to_owned(),
            problem,
        };
        private::create_folder(path).map_err(|error| unusable(error.to_string()))?;
        let lock = lock(path)?;
        let directory = path.join("db");
        let (trees, entries) = open_or_clear(&directory).map_err(unusable)?;
        let store = Self {
            trees: Some(trees),
            entries: Mutex::new(entries),
            entries_max,
            poisoned: AtomicBool::new(false),
            _lock: lock,
        };
        store.change(|trees, entries| make_room(trees, entries, entries_max));
        Ok(store)
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<sled::IVec> {
        self.guarded(|trees| trees.values.get(key)).flatten()
    }

    pub(super) fn put(&self, key: &[u8], at: DateTime<Utc>, value: &[u8]) -> bool {
        let kept = self.change(|trees, entries| {
            let old = place_of(trees, key)?;
            let place = entry::place(at, key);
            (&trees.values, &trees.order)
                .transaction(|(values, order)| {
                    if let Some(old) = &old {
                        order.remove(old.as_slice())?;
                    }
                    values.insert(key, value)?;
                    order.insert(place.as_slice(), &[])?;
                    ConflictableTransactionResult::<(), ()>::Ok(())
                })
                .or_else(storage_error)?;
            *entries += usize::from(old.is_none());
            make_room(trees, entries, self.entries_max)?;
            trees.values.contains_key(key)
        });
        kept.unwrap_or(false)
    }

    pub(super) fn remove(&self, key: &[u8]) {
        self.change(|trees, entries| {
            if let Some(place) = place_of(trees, key)? {
                remove_place(trees, entries, &place)?;
            }
            Ok(())
        });
    }

    /// Removes every entry from `until` or before, and gives how many there were.
    pub(super) fn remove_until(&self, until: DateTime<Utc>) -> usize {
        let last = entry::ordered(until);
        let removed = self.change(|trees, entries| {
            let mut removed = 0;
            while let Some((place, _)) = trees.order.first()? {
                if place
                    .split_first_chunk::<8>()
                    .is_some_and(|(at, _)| *at > last)
                {
                    break;
                }
                remove_place(trees, entries, &place)?;
                removed += 1;
            }
            Ok(removed)
        });
        removed.unwrap_or(0)
    }

    pub(super) fn len(&self) -> usize {
        if self.is_poisoned() {
            0
        } else {
            *self.entries()
        }
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.poisoned.load(Ordering::Acquire)
    }

    fn entries(&self) -> MutexGuard<'_, usize> {
        // A panic in a change turns the store off, so what the lock guards is not read again.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, f: impl FnOnce(&Trees, &mut usize) -> sled::Result<T>) -> Option<T> {
        let mut entries = self.entries();
        self.guarded(|trees| f(trees, &mut entries))
    }

    /// Runs `f` unless the store has failed before; an error or a panic in it is a failure.
    ///
    /// Catching a panic is safe here because nothing that it may have left half-done is used
    /// again: the store is off from then on, and what is on disk proves itself by checksums.
    fn guarded<T>(&self, f: impl FnOnce(&Trees) -> sled::Result<T>) -> Option<T> {
        if self.is_poisoned() {
            return None;
        }
        let trees = self.trees.as_ref()?;
        let problem = match catch_unwind(AssertUnwindSafe(|| f(trees))) {
            Ok(Ok(value)) => return Some(value),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it panicked".to_owned(),
        };
        self.poisoned.store(true, Ordering::Release);
        tracing::warn!(problem, "the cache failed and is bypassed from now on");
        None
    }
}

#[cfg(test)]
impl Store {
    /// Turns the last byte of a value over.
    pub(super) fn damage(&self, key: &[u8]) {
        self.change(|trees, _| {
            let mut value = trees.values.get(key)?.unwrap().to_vec();
            *value.last_mut().unwrap() ^= 0xFF;
            trees.values.insert(key, value)
        });
    }

    /// Fails as a panic inside sled would.
    pub(super) fn fail(&self) {
        self.change(|_, _| -> sled::Result<()> { panic!("a panic inside sled") });
    }
}

impl Drop for Store {
    /// Closes the database on a thread of its own: closing waits for sled's own threads, which
    /// may be gone.
    fn drop(&mut self) {
        let Some(trees) = self.trees.take() else {
            return;
        };
        let closed = on_own_thread("cache-close", limits::CACHE_OPEN_TIMEOUT, move || {
            let flushed = trees
                .db
                .flush()
                .map(|_| ())
                .map_err(|error| error.to_string());
            drop(trees);
            flushed
        });
        if let Err(problem) = closed {
            tracing::warn!(problem, "the cache did not close well");
        }
    }
}

/// Takes the directory for this process; the system gives it back, however the process ends.
fn lock(path: &Path) -> Result<File, CacheError> {
    let unusable = |error: std::io::Error| CacheError::Unusable {
        path: path.to_owned(),
        problem: error.to_string(),
    };
    let file = private::file_options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.join("lock"))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CacheError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Opens the database; one that does not open is deleted, for it can be filled again.
fn open_or_clear(directory: &Path) -> Result<(Trees, usize), String> {
    let mut tries = LOCKED_TRIES;
    let problem = loop {
        match open_guarded(directory) {
            Ok(opened) => return Ok(opened),
            Err(problem) if problem.contains(LOCKED) && tries > 0 => tries -= 1,
            Err(problem) => break problem,
        }
        std::thread::sleep(LOCKED_PAUSE);
    };
    tracing::warn!(problem, "the cache is damaged and starts empty");
    clear(directory).map_err(|error| error.to_string())?;
    open_guarded(directory)
}

fn clear(directory: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(directory),
        Ok(_) => fs::remove_file(directory),
    }
}

fn open_guarded(directory: &Path) -> Result<(Trees, usize), String> {
    delete_half_written(directory)
        .and_then(|()| create_private(directory))
        .map_err(|error| error.to_string())?;
    let directory = directory.to_owned();
    on_own_thread("cache-open", limits::CACHE_OPEN_TIMEOUT, move || {
        open(&directory).map_err(|error| error.to_string())
    })
}

/// Runs `f` on a thread of its own, so that neither a panic nor a hang in it reaches the caller.
/// A thread that hangs is left behind.
fn on_own_thread<T: Send + 'static>(
    name: &str,
    time: Duration,
    f: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || drop(sender.send(f())))
        .map_err(|error| error.to_string())?;
    match receiver.recv_timeout(time) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err("sled did not answer in time".to_owned()),
        Err(RecvTimeoutError::Disconnected) => Err("sled panicked".to_owned()),
    }
}

/// Creates a directory that only its owner can look into: there is bank data in it.
fn create_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

/// Deletes the recovery snapshots that sled was writing when the process died.
fn delete_half_written(directory: &Path) -> std::io::Result<()> {
    let files = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    for file in files {
        let path: PathBuf = file?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with("snap.") && name.ends_with(".generating")) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn settings(directory: &Path) -> sled::Config {
    sled::Config::new()
        .path(directory)
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(limits::CACHE_MEMORY_BYTES)
}

fn open(directory: &Path) -> sled::Result<(Trees, usize)> {
    let db = settings(directory).open()?;
    let trees = Trees {
        values: db.open_tree("values")?,
        order: db.open_tree("order")?,
        db,
    };
    let (values, order) = (trees.values.len(), trees.order.len());
    if values != order {
        return Err(sled::Error::ReportableBug(
            "the values and their order differ in number".to_owned(),
        ));
    }
    Ok((trees, order))
}

/// Where a key stands in the order of time, if it is there. The value's own time is not trusted
/// to be whole: only the checksum proves it, and a value that fails is found by its key.
fn place_of(trees: &Trees, key: &[u8]) -> sled::Result<Option<Vec<u8>>> {
    let Some(value) = trees.values.get(key)? else {
        return Ok(None);
    };
    match entry::open(key, &value) {
        Some((at, _)) => Ok(Some(entry::place(at, key))),
        None => {
            for place in trees.order.iter().keys() {
                let place = place?;
                if entry::key_of(&place) == Some(key) {
                    return Ok(Some(place.to_vec()));
                }
            }
            Ok(None)
        }
    }
}

fn remove_place(trees: &Trees, entries: &mut usize, place: &[u8]) -> sled::Result<()> {
    (&trees.values, &trees.order)
        .transaction(|(values, order)| {
            if let Some(key) = entry::key_of(place) {
                values.remove(key)?;
            }
            order.remove(place)?;
            ConflictableTransactionResult::<(), ()>::Ok(())
        })
        .or_else(storage_error)?;
    *entries = entries.saturating_sub(1);
    Ok(())
}

/// Drops the oldest entries over the limit.
fn make_room(trees: &Trees, entries: &mut usize, entries_max: usize) -> sled::Result<()> {
    while *entries > entries_max {
        match trees.order.first()? {
            Some((place, _)) => remove_place(trees, entries, &place)?,
            None => break,
        }
    }
    Ok(())
}

/// No transaction here aborts by itself, so an error is one of the store.
fn storage_error(error: TransactionError<()>) -> sled::Result<()> {
    match error {
        TransactionError::Storage(error) => Err(error),
        TransactionError::Abort(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_given_its_memory() {
        let settings = settings(Path::new("anywhere"));
        assert_eq!(settings.cache_capacity, limits::CACHE_MEMORY_BYTES);
    }

    #[test]
    fn the_time_to_open_is_limited_below_and_above() {
        let at_once = on_own_thread("test", limits::CACHE_OPEN_TIMEOUT, || Ok(1));
        assert_eq!(at_once, Ok(1));
        let (hold, held) = mpsc::channel::<()>();
        let hangs = on_own_thread("test", Duration::from_millis(20), move || {
            // Hangs until the test is over.
            let _ = held.recv();
            Ok(())
        });
        assert_eq!(hangs, Err("sled did not answer in time".to_owned()));
        drop(hold);
        let panics = on_own_thread::<()>("test", limits::CACHE_OPEN_TIMEOUT, || panic!("as sled"));
        assert_eq!(panics, Err("sled panicked".to_owned()));
    }
}
