//! Where a page goes: a new file that its owner alone may read, or standard output.

use std::io::ErrorKind;
use std::path::Path;

use super::{CliError, Terminal};
use crate::private;

/// Where the page of a command goes; nowhere where none is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageFile<'a>(Option<&'a Path>);

impl<'a> PageFile<'a> {
    /// What `flag` says: standard output where the path is `-`.
    ///
    /// # Errors
    ///
    /// Where JSON is wanted there too, and where the file is there already: that is said before any work.
    pub(super) fn of(
        path: Option<&'a Path>,
        flag: &str,
        terminal: &Terminal,
    ) -> Result<Self, CliError> {
        let page_file = Self(path);
        if page_file.is_output() && terminal.wants_json() {
            let message = format!(
                "a page and JSON do not both fit on standard output: name a file with `{flag}`"
            );
            return Err(CliError::Usage(message));
        }
        match path {
            Some(path) if !page_file.is_output() && path.symlink_metadata().is_ok() => {
                Err(CliError::file(path, &ErrorKind::AlreadyExists.into()))
            }
            Some(_) | None => Ok(page_file),
        }
    }

    /// Whether there is to be a page.
    pub(super) fn is_wanted(self) -> bool {
        self.0.is_some()
    }

    /// Whether the page goes to standard output, in the place of what is else said there.
    pub(super) fn is_output(self) -> bool {
        self.0 == Some(Path::new("-"))
    }

    /// Writes the page, where one is wanted.
    pub(super) fn write(
        self,
        page: impl FnOnce() -> String,
        terminal: &mut Terminal,
    ) -> Result<(), CliError> {
        let Some(path) = self.0 else {
            return Ok(());
        };
        if self.is_output() {
            return Ok(terminal.print(&page())?);
        }
        let written = private::write_new(path, page().as_bytes());
        written.map_err(|error| CliError::file(path, &error))?;
        terminal.note(&format!("the page is in `{}`", path.display()))?;
        Ok(())
    }
}
