//! The file: how it is made, recognised and opened.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::schema;
use crate::portfolio::columns::ColumnsError;
use crate::portfolio::columns::table::{Table, fingerprint};
use crate::{limits, private};

/// `UWCO`: what the header says that it is.
const APPLICATION_ID: i32 = 0x5557_434F;
/// Bytes of a page. A judgement: with SQLite's own 4,096, the wide rows would leave a quarter of each
/// empty.
const PAGE_BYTES: i64 = 16 * 1024;

/// What is found in the place of the columns.
#[derive(Debug)]
pub(in crate::portfolio::columns) enum Found<T> {
    /// No file, or an empty one.
    Nothing,
    /// Something that was not built in this form.
    OtherForm,
    /// Something that is no database.
    Broken,
    /// Columns.
    Columns(T),
}

pub(super) fn failed(path: &Path, error: &rusqlite::Error) -> ColumnsError {
    ColumnsError::Failed {
        path: path.display().to_string(),
        problem: error.to_string(),
    }
}

/// The file and those that SQLite keeps beside it.
fn files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    })
}

/// Opens the columns of a chain to be written: where there are none, or none in this form or of this
/// chain, empty ones. Says whether what was there is gone.
pub(super) fn open_writable(
    path: &Path,
    chain_id: &str,
) -> Result<(Connection, bool), ColumnsError> {
    private::check(files(path).iter().map(PathBuf::as_path))?;
    let opened = connect(path).and_then(|mut connection| {
        let made = make(&mut connection, chain_id)?;
        Ok((connection, made))
    });
    match opened {
        Ok(opened) => Ok(opened),
        // Whatever it is, it can be built anew, and nothing else can be done with it.
        Err(error) if is_broken(&error) => {
            remove(path)?;
            let again = connect(path).and_then(|mut connection| {
                make(&mut connection, chain_id)?;
                Ok((connection, true))
            });
            again.map_err(|error| failed(path, &error))
        }
        Err(error) => Err(failed(path, &error)),
    }
}

/// Removes the columns, where there are any. Nothing is lost.
///
/// # Errors
///
/// What the system says.
pub fn remove(path: &Path) -> Result<(), ColumnsError> {
    for file in files(path) {
        match std::fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(ColumnsError::Failed {
                    path: file.display().to_string(),
                    problem: format!("cannot be removed: {error}"),
                });
            }
        }
    }
    Ok(())
}

/// Whether the file is no database any more.
fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
    )
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // SQLite gives the files beside it the mode that this one has; where it cannot be made, SQLite says
    // why.
    let _ = private::file_options().append(true).create(true).open(path);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(limits::LEDGER_BUSY_TIMEOUT)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // A commit that a power failure takes back is made again: the ledger has what it is made of.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    harden(&connection)?;
    Ok(connection)
}

/// The file may have been edited by others: its schema gets no special trust.
fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// Makes the tables, unless they are there; whether something else was.
fn make(connection: &mut Connection, chain_id: &str) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_of_this_form(&transaction)? && chain_of(&transaction)? == chain_id {
        return Ok(false);
    }
    let replaced = empty(&transaction)?;
    create(&transaction, chain_id)?;
    transaction.commit()?;
    Ok(replaced)
}

/// Takes all away and makes the tables anew, in a transaction.
pub(super) fn start_anew(connection: &Connection, chain_id: &str) -> rusqlite::Result<()> {
    empty(connection)?;
    create(connection, chain_id)
}

fn create(connection: &Connection, chain_id: &str) -> rusqlite::Result<()> {
    connection.execute_batch(&schema::create())?;
    let mut about = connection.prepare("INSERT INTO about (name, value) VALUES (?1, ?2)")?;
    about.execute(["fingerprint", &fingerprint()])?;
    about.execute(["chain_id", chain_id])?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)
}

/// Drops whatever is there; whether anything was.
fn empty(connection: &Connection) -> rusqlite::Result<bool> {
    let mut found = connection.prepare(
        "SELECT type, name FROM sqlite_schema
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY type DESC",
    )?;
    let found = found.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    });
    let found: Vec<(String, String)> = found?.collect::<rusqlite::Result<_>>()?;
    for (kind, name) in &found {
        let name = name.replace('"', "\"\"");
        connection.execute_batch(&format!("DROP {kind} \"{name}\""))?;
    }
    Ok(!found.is_empty())
}

/// Whether the tables are those that this engine makes.
pub(super) fn is_of_this_form(connection: &Connection) -> rusqlite::Result<bool> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let tables = number("SELECT count(*) FROM sqlite_schema WHERE name = 'about'")?;
    if number("PRAGMA application_id")? != i64::from(APPLICATION_ID) || tables == 0 {
        return Ok(false);
    }
    let found = about(connection, "fingerprint")?;
    Ok(found == fingerprint())
}

/// The chain that is followed.
pub(super) fn chain_of(connection: &Connection) -> rusqlite::Result<String> {
    about(connection, "chain_id")
}

fn about(connection: &Connection, name: &str) -> rusqlite::Result<String> {
    let sql = "SELECT coalesce(max(value), '') FROM about WHERE name = ?1";
    connection.query_row(sql, [name], |row| row.get(0))
}

/// Opens the columns to be read, beside whoever writes them.
pub(super) fn open_reader(path: &Path) -> Result<Found<Connection>, ColumnsError> {
    private::check(files(path).iter().map(PathBuf::as_path))?;
    if std::fs::metadata(path).map_or(true, |file| file.len() == 0) {
        return Ok(Found::Nothing);
    }
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(limits::LEDGER_BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(2 * Table::ALL.len());
        harden(&connection)?;
        let fits = is_of_this_form(&connection)?;
        Ok((connection, fits))
    };
    match open() {
        Ok((connection, true)) => Ok(Found::Columns(connection)),
        Ok((_, false)) => Ok(Found::OtherForm),
        Err(error) if is_broken(&error) => Ok(Found::Broken),
        Err(error) => Err(failed(path, &error)),
    }
}
