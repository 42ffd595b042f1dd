//! Connections that only read.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::file;
use super::place::Place;
use super::tables::SqliteTables;
use crate::ledger::error::LedgerError;
use crate::ledger::store::{Rows, Tables, Views};
use crate::limits;

/// A few open connections that are handed out and taken back.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    /// Which file it has to be.
    place: Option<Arc<Place>>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Readers of the ledger at `path`; where it is written, of that file alone.
    pub(super) fn new(path: PathBuf, place: Option<Arc<Place>>) -> Self {
        Self {
            path,
            place,
            idle: Mutex::default(),
        }
    }

    /// Reads with a connection that nobody else uses meanwhile.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = idle().pop();
        let connection = match reused {
            Some(connection) => connection,
            None => self.open()?,
        };
        let result = work(&connection);
        let mut idle = idle();
        if idle.len() < limits::LEDGER_READERS_MAX {
            idle.push(connection);
        }
        result
    }

    fn open(&self) -> Result<Connection, LedgerError> {
        if let Some(place) = &self.place {
            place.check()?;
        }
        // Where the file is, whoever opened the ledger knows.
        file::open_reader(&self.path)
            .map_err(|_| LedgerError::Unavailable("its file cannot be opened any more".to_owned()))
    }
}

impl Views for Readers {
    fn view(&self, work: &mut dyn FnMut(&dyn Tables)) -> Rows<()> {
        self.read(|connection| {
            work(&SqliteTables(connection));
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::FileLedger;

    #[tokio::test]
    async fn the_idle_connections_are_limited_below_at_and_above() {
        let file = FileLedger::new().await;
        let readers = Readers::new(file.path.clone(), None);
        for depth in 1..=limits::LEDGER_READERS_MAX + 1 {
            read_at_once(&readers, depth);
            let idle = readers.idle.lock().unwrap().len();
            assert_eq!(idle, depth.min(limits::LEDGER_READERS_MAX));
        }
    }

    fn read_at_once(readers: &Readers, depth: usize) {
        let within = readers.read(|_| {
            if depth > 1 {
                read_at_once(readers, depth - 1);
            }
            Ok(())
        });
        within.unwrap();
    }
}
