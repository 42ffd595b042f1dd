//! A file that is a JSON list of things that somebody wrote of a person.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::{CliError, limited_file};

/// Reads a file of at most `max` bytes. `form` says what it must be a list of, and how one is written.
///
/// # Errors
///
/// Where it is too large or none of that. Nothing of what stands in it is repeated.
pub(super) fn read<T: DeserializeOwned>(
    path: &Path,
    max: u64,
    form: &str,
) -> Result<Vec<T>, CliError> {
    let unusable = |problem: String| {
        let file = path.display();
        CliError::Usage(format!(
            "`{file}` {problem}: it must be a JSON list of {form}"
        ))
    };
    let bytes = limited_file::read(path, max).map_err(|error| CliError::file(path, &error))?;
    let bytes = bytes.ok_or_else(|| unusable(format!("is larger than {max} bytes")))?;
    // What the reader says of it repeats what stands there.
    serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        unusable(format!("cannot be read at line {line}, column {column}"))
    })
}
