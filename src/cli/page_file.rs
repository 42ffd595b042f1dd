//! Where a page goes: a new file that its owner alone may read, or standard output.

use std::path::Path;

use super::{CliError, Terminal};
use crate::private;

/// Where the page of a command goes; nowhere where none is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageFile<'a>(Option<&'a Path>);

impl<'a> PageFile<'a> {
    /// Standard output where the path is `-`.
    ///
    /// # Errors
    ///
    /// Where JSON is wanted there too.
    pub(super) fn of(path: Option<&'a Path>, terminal: &Terminal) -> Result<Self, CliError> {
        if path == Some(Path::new("-")) && terminal.wants_json() {
            let message =
                "a page and JSON do not both fit on standard output: name a file with `--html`";
            return Err(CliError::Usage(message.to_owned()));
        }
        Ok(Self(path))
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
        if path == Path::new("-") {
            return Ok(terminal.print(&page())?);
        }
        let written = private::write_new(path, page().as_bytes());
        written.map_err(|error| CliError::file(path, &error))?;
        terminal.note(&format!("the page is in `{}`", path.display()))?;
        Ok(())
    }
}
