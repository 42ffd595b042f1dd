//! Columns that were brought up to date, for whoever reads them after that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::build::Build;
use super::error::ColumnsError;
use super::load::Columns;
use super::sqlite::Followed;

/// Which columns were brought up to date, and how far. Somebody else can build them anew at any time, and they
/// are short until they are filled again: only what is held against this is all there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpToDate {
    path: PathBuf,
    build: Build,
    /// The position in the chain up to which each tenant was followed.
    followed: BTreeMap<String, u64>,
}

impl UpToDate {
    pub(super) fn new(path: &Path, build: Build, followed: &[Followed]) -> Self {
        Self {
            path: path.to_owned(),
            build,
            followed: positions(followed),
        }
    }

    /// Opens them, with all that was in them then.
    ///
    /// # Errors
    ///
    /// [`ColumnsError::Rebuilt`], and a file that cannot be read.
    pub fn open(&self) -> Result<Columns, ColumnsError> {
        let columns = Columns::open(&self.path)?.ok_or_else(|| self.rebuilt())?;
        self.check(&columns)?;
        // A new file can have the number of one that was deleted.
        let now = positions(&columns.followed()?);
        let holds =
            |(tenant, then): (&String, &u64)| now.get(tenant).is_some_and(|now| now >= then);
        match self.followed.iter().all(holds) {
            true => Ok(columns),
            false => Err(self.rebuilt()),
        }
    }

    /// Fails where columns that [`Self::open`] gave have been built anew since. Builds only follow one another:
    /// where it does not fail, all that was read of them until now was of one build.
    ///
    /// # Errors
    ///
    /// [`ColumnsError::Rebuilt`], and a file that cannot be read.
    pub fn check(&self, columns: &Columns) -> Result<(), ColumnsError> {
        match columns.build()? == self.build {
            true => Ok(()),
            false => Err(self.rebuilt()),
        }
    }

    fn rebuilt(&self) -> ColumnsError {
        ColumnsError::Rebuilt {
            path: self.path.display().to_string(),
        }
    }
}

fn positions(followed: &[Followed]) -> BTreeMap<String, u64> {
    let positions = followed.iter().map(|one| (one.tenant.clone(), one.seq));
    positions.collect()
}
