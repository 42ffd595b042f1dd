//! Whether the files that are open are still the ones at their paths: what is recorded in a file
//! that was deleted or replaced is gone with the process.

use std::path::{Path, PathBuf};

use super::paths::beside;
use crate::ledger::error::LedgerError;
use crate::private::{Identity, identity};

/// The ledger and its log, as they were when they were opened.
#[derive(Debug)]
pub(super) struct Place(Vec<(PathBuf, Identity)>);

impl Place {
    /// Notes which files are at the paths of an open ledger.
    pub(super) fn of(ledger: &Path) -> Self {
        let files = [ledger.to_owned(), beside(ledger, "-wal")];
        let noted = files.into_iter().filter_map(|path| {
            let identity = identity(&path)?;
            Some((path, identity))
        });
        Self(noted.collect())
    }

    /// Fails where another file is there now, or none.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        for (path, noted) in &self.0 {
            let problem = match identity(path) {
                Some(found) if found == *noted => continue,
                Some(_) => "was replaced",
                None => "was deleted or moved away",
            };
            let path = path.display();
            return Err(LedgerError::Unavailable(format!(
                "`{path}` {problem} while it was open, and what is recorded now would be lost: put \
                 that file back, or stop the process and restore a backup"
            )));
        }
        Ok(())
    }
}
