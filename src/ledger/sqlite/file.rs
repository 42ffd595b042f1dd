//! The file: how it is recognised, opened and brought to the present schema.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::error::SqliteOpenError;
use super::marker;
use super::paths::{beside, sync_directory};
use crate::id::Entropy;
use crate::{limits, private};

/// What the header of the file says that it is. It is in the file itself, so that a backup is known for
/// one wherever it is copied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// `UWLR`: a ledger.
    Ledger,
    /// `UWLB`: a backup of one. Where it is opened as a ledger, it was restored: what was recorded
    /// since is not in it, and it takes nothing until it is resumed.
    Backup,
}

impl Mark {
    const ALL: [Self; 2] = [Self::Ledger, Self::Backup];

    fn application_id(self) -> i32 {
        match self {
            Self::Ledger => 0x5557_4C52,
            Self::Backup => 0x5557_4C42,
        }
    }
}

/// Says in the header what the file is; in a transaction, if there is one.
pub(super) fn mark(connection: &Connection, mark: Mark) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", mark.application_id())
}

/// Whether what is open is a backup.
pub(super) fn is_backup(connection: &Connection, path: &Path) -> Result<bool, SqliteOpenError> {
    let found = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0));
    let found = found.map_err(|error| cannot_open(path, &error))?;
    Ok(found == Mark::Backup.application_id())
}

/// `UWLG`: what it said before the first release, under other tables.
const UNRELEASED_APPLICATION_ID: i64 = 0x5557_4C47;

/// Statements that a connection keeps prepared: all of them.
const STATEMENTS_MAX: usize = 128;

/// Pages of the write-ahead log (16 MiB) after which they are put into the ledger. A page that many
/// decisions change is then put there once: with SQLite's own 1,000 that is a twentieth of what a
/// decision costs. A judgement: more would make a start after a crash slower.
const CHECKPOINT_PAGES: i64 = 4_000;
/// What `PRAGMA synchronous` gives for FULL.
const FULL: i64 = 2;

/// Entry `n` takes a ledger from schema version `n` to `n + 1`.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
    include_str!("schema/5.sql"),
    include_str!("schema/6.sql"),
];

/// Tables that a later schema version added, each with the first that has it, and what a reader of an
/// older ledger has in its place: it cannot make the table, and nothing would be in it.
const EMPTY_TABLES: [(i64, &str); 4] = [
    (
        3,
        "PRAGMA temp_store = MEMORY;
        CREATE TEMP TABLE audit (seq, tenant, at, who, action, object);
        CREATE INDEX temp.audit_by_time ON audit (tenant, at);",
    ),
    (
        4,
        "PRAGMA temp_store = MEMORY;
        CREATE TEMP TABLE resolutions (seq INTEGER PRIMARY KEY, tenant, resolves);",
    ),
    (
        5,
        "PRAGMA temp_store = MEMORY;
        CREATE TEMP TABLE shadow_decisions (
            seq, tenant, decision, name, live, live_outcome, bundle, result);",
    ),
    (
        6,
        "PRAGMA temp_store = MEMORY;
        CREATE TEMP TABLE follow_ups (seq, tenant, kind, decision, key);",
    ),
];

/// The schema version that this engine writes.
pub(super) fn version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Opens the file for its one writer, creating or migrating it. Where there was another ledger than
/// the one that is found, and where there was none, `new_chain` has to say so.
pub(super) fn open_writable(
    path: &Path,
    entropy: &dyn Entropy,
    new_chain: bool,
) -> Result<Connection, SqliteOpenError> {
    let marked = marker::read(path)?;
    let lost = marked.as_deref().filter(|_| !new_chain);
    if let Some(problem) = missing(path)
        && let Some(chain_id) = lost
    {
        return Err(marker::refuse(path, chain_id, problem));
    }
    // SQLite gives the files beside it the mode that this one has.
    private::file_options()
        .append(true)
        .create(true)
        .open(path)
        .map_err(|error| {
            SqliteOpenError::Failed(format!("cannot open `{}`: {error}", path.display()))
        })?;
    step!(FileCreated);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, &error))?;
    let open_error = |error: rusqlite::Error| cannot_open(path, &error);
    connection
        .busy_timeout(limits::LEDGER_BUSY_TIMEOUT)
        .map_err(open_error)?;
    // Before anything is changed: a database that is not ours stays as it is.
    let found = recognise(&connection, path)?;
    let chain_id = match found {
        0 => None,
        _ => Some(chain_id(&connection, path)?),
    };
    match (&chain_id, lost) {
        (None, Some(lost)) => return Err(marker::refuse(path, lost, "is empty".to_owned())),
        (Some(found), Some(lost)) if found != lost => {
            let problem = format!("holds another chain, `{found}`");
            return Err(marker::refuse(path, lost, problem));
        }
        (Some(found), None) if new_chain && marked.as_ref().is_none_or(|lost| lost == found) => {
            return Err(SqliteOpenError::NotLost {
                path: path.display().to_string(),
                chain_id: found.clone(),
            });
        }
        (None | Some(_), _) => {}
    }
    configure_writer(&connection).map_err(open_error)?;
    check_synced(&connection, path)?;
    migrate(&mut connection, found, entropy, path)?;
    sync_directory(path)?;
    step!(SchemaCommitted);
    marker::write(path, &self::chain_id(&connection, path)?)?;
    Ok(connection)
}

/// What is there in place of a ledger, if none is.
pub(super) fn missing(path: &Path) -> Option<String> {
    match std::fs::metadata(path) {
        Ok(file) if file.len() == 0 => Some("is empty".to_owned()),
        Ok(_) => None,
        Err(_) => Some("is missing".to_owned()),
    }
}

/// Opens the file for reading only, beside whoever writes it.
pub(super) fn open_reader(path: &Path) -> Result<Connection, SqliteOpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| cannot_open(path, &error))?;
    match configure_reader(&connection) {
        Ok(()) => Ok(connection),
        // In a directory that cannot be written, a ledger that was closed cleanly is read as a
        // file that nobody changes.
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
            ) && !has_log(path) =>
        {
            open_immutable(path).map_err(|error| cannot_open(path, &error))
        }
        Err(error) => Err(cannot_open(path, &error)),
    }
}

/// Fails unless the file is a ledger of a schema that can be read; returns the id of its chain.
pub(super) fn check_readable(
    connection: &Connection,
    path: &Path,
) -> Result<String, SqliteOpenError> {
    if recognise(connection, path)? == 0 {
        return Err(not_a_ledger(path, "it is empty"));
    }
    chain_id(connection, path)
}

fn chain_id(connection: &Connection, path: &Path) -> Result<String, SqliteOpenError> {
    connection
        .query_row("SELECT chain_id FROM chain", [], |row| row.get(0))
        .map_err(|error| cannot_open(path, &error))
}

/// The file with every link resolved: one ledger has one name, and no name is special to SQLite.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, SqliteOpenError> {
    let failed = |error: std::io::Error| {
        SqliteOpenError::Failed(format!("cannot open `{}`: {error}", path.display()))
    };
    if path.exists() {
        return path.canonicalize().map_err(failed);
    }
    let Some(name) = path.file_name() else {
        return Err(not_a_ledger(path, "it is not the name of a file"));
    };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    Ok(directory.canonicalize().map_err(failed)?.join(name))
}

/// The schema version found; 0 for a new file.
fn recognise(connection: &Connection, path: &Path) -> Result<u32, SqliteOpenError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let read = || {
        Ok((
            number("PRAGMA application_id")?,
            number("PRAGMA user_version")?,
            number("SELECT count(*) FROM sqlite_schema")?,
        ))
    };
    let (application, found, objects) = read().map_err(|error| cannot_open(path, &error))?;
    match (application, found, objects) {
        (0, 0, 0) => Ok(0),
        (UNRELEASED_APPLICATION_ID, ..) => Err(not_a_ledger(
            path,
            "it was written before the first release, in a form that is read no more: start a new \
             one",
        )),
        (application, ..)
            if Mark::ALL
                .iter()
                .all(|mark| i64::from(mark.application_id()) != application) =>
        {
            Err(not_a_ledger(path, "it is a database of another kind"))
        }
        (_, found, _) => match u32::try_from(found) {
            Ok(found) if found > version() => Err(SqliteOpenError::NewerSchema {
                found,
                supported: version(),
            }),
            Ok(0) | Err(_) => Err(not_a_ledger(path, "it has no schema version")),
            Ok(found) => Ok(found),
        },
    }
}

fn configure_writer(connection: &Connection) -> rusqlite::Result<()> {
    // A database in WAL mode syncs each commit only with `synchronous=FULL`.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    harden(connection)
}

/// Fails unless the connection took the settings under which every commit is synced: SQLite keeps
/// another journal mode without a word where a file system has no shared memory.
fn check_synced(connection: &Connection, path: &Path) -> Result<(), SqliteOpenError> {
    let read = || {
        Ok((
            connection.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0))?,
            connection.query_row("PRAGMA synchronous", [], |row| row.get::<_, i64>(0))?,
        ))
    };
    let (mode, synchronous) = read().map_err(|error| cannot_open(path, &error))?;
    if mode == "wal" && synchronous == FULL {
        return Ok(());
    }
    Err(SqliteOpenError::Failed(format!(
        "`{}` cannot be written durably: its journal mode is `{mode}` and `synchronous` is \
         {synchronous}, in place of `wal` and {FULL}",
        path.display()
    )))
}

fn configure_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(limits::LEDGER_BUSY_TIMEOUT)?;
    harden(connection)?;
    // The first read is what opens the file.
    let sql = "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version";
    let found: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    for (since, empty) in EMPTY_TABLES {
        if (1..since).contains(&found) {
            connection.execute_batch(empty)?;
        }
    }
    Ok(())
}

/// The file may have been edited by others: its schema gets no special trust. Statements are
/// prepared once: without the guarantee of stable plans, SQLite prepares them again for other
/// values.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

fn open_immutable(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    configure_reader(&connection)?;
    Ok(connection)
}

fn has_log(path: &Path) -> bool {
    beside(path, "-wal").exists()
}

fn migrate(
    connection: &mut Connection,
    found: u32,
    entropy: &dyn Entropy,
    path: &Path,
) -> Result<(), SqliteOpenError> {
    let failed = |error: rusqlite::Error| cannot_open(path, &error);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    for (step, sql) in (0_u32..).zip(MIGRATIONS) {
        if step >= found {
            transaction.execute_batch(sql).map_err(failed)?;
        }
    }
    if found == 0 {
        let mut random = [0_u8; 16];
        entropy
            .fill(&mut random)
            .map_err(|error| SqliteOpenError::Failed(error.to_string()))?;
        let chain_id = format!("chain_{:032x}", u128::from_be_bytes(random));
        transaction
            .execute(
                "INSERT INTO chain (one, chain_id) VALUES (1, ?1)",
                [chain_id],
            )
            .map_err(failed)?;
        mark(&transaction, Mark::Ledger).map_err(failed)?;
    }
    transaction
        .pragma_update(None, "user_version", version())
        .map_err(failed)?;
    step!(SchemaWritten);
    transaction.commit().map_err(failed)
}

fn not_a_ledger(path: &Path, problem: &str) -> SqliteOpenError {
    SqliteOpenError::NotALedger {
        path: path.display().to_string(),
        problem: problem.to_owned(),
    }
}

fn cannot_open(path: &Path, error: &rusqlite::Error) -> SqliteOpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => not_a_ledger(path, "it is not a database"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => SqliteOpenError::InUse {
            path: path.display().to_string(),
        },
        Some(_) | None => {
            SqliteOpenError::Failed(format!("cannot open `{}`: {error}", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OsEntropy;

    #[test]
    fn another_program_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let wait = limits::LEDGER_BUSY_TIMEOUT.as_millis();
        let writer = open_writable(&path, &OsEntropy, false).unwrap();
        for connection in [writer, open_reader(&path).unwrap()] {
            let set: i64 = connection
                .pragma_query_value(None, "busy_timeout", |row| row.get(0))
                .unwrap();
            assert_eq!(u128::try_from(set).unwrap(), wait);
        }
    }
}
