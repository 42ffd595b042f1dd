//! A copy of a ledger, made while it is written.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::error::SqliteOpenError;
use super::file::{self, Mark};
use super::paths::sync_directory;
use crate::private;

/// Copies the ledger `from`, which may be in use, into the new file `to`: all that was committed when
/// the copy began, in one file that needs no log beside it and is marked as a backup.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), SqliteOpenError> {
    let from = file::resolve(from)?;
    let source = file::open_reader(&from)?;
    file::check_readable(&source, &from)?;
    let cannot = |problem: &dyn std::fmt::Display| {
        let to = to.display();
        SqliteOpenError::Failed(format!("cannot copy it to `{to}`: {problem}"))
    };
    let created = private::create_new(to);
    let created = created.map_err(|error| cannot(&error))?;
    let mut target = Connection::open(to).map_err(|error| cannot(&error))?;
    // In one step, which reads one state: a copy in parts begins again whenever somebody writes.
    let step = Backup::new(&source, &mut target).and_then(|backup| backup.step(-1));
    let step = step.map_err(|error| cannot(&error))?;
    if step != StepResult::Done {
        return Err(cannot(&format!("the copy ended with {step:?}")));
    }
    target
        .query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .and_then(|()| file::mark(&target, Mark::Backup))
        .map_err(|error| cannot(&error))?;
    target.close().map_err(|(_, error)| cannot(&error))?;
    step!(BackupCopied);
    created.sync_all().map_err(|error| cannot(&error))?;
    sync_directory(&file::resolve(to)?)
}
