//! The file that keeps the key under which tokens are hashed. It lies beside the ledger and is never
//! in a copy of it: whoever has one of the two has nothing.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::TokenKey;
use crate::id::{Entropy, EntropyError};
use crate::private::{self, Exposed};

/// The key cannot be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// There are tokens, and nothing to know them by.
    #[error(
        "there are tokens, and the key under which they are hashed is missing: put `{}` back from \
         where it is kept, or revoke the tokens with `underwrite tokens revoke` and create new ones",
        .0.display()
    )]
    Missing(PathBuf),
    /// It is the key of other tokens.
    #[error(
        "the tokens in the ledger are hashed under another key than the one in `{}`: put the right \
         one back from where it is kept, or revoke those tokens with `underwrite tokens revoke` and \
         create new ones",
        .0.display()
    )]
    Other(PathBuf),
    /// The file holds something else.
    #[error("`{}` does not hold the key of the tokens: put it back from where it is kept", .0.display())]
    Damaged(PathBuf),
    /// Others can read it.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The system failed.
    #[error("the key of the tokens `{}`: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// There was no randomness for a new one.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

impl TokenKey {
    /// Reads the key; `None` where there is no such file.
    ///
    /// # Errors
    ///
    /// Where the file holds something else, or others than its owner can read it.
    pub fn load(path: &Path) -> Result<Option<Self>, KeyFileError> {
        private::check([path])?;
        let text = match fs::read_to_string(path) {
            Ok(text) => secrecy::zeroize::Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error(path, error)),
        };
        let key = Self::parse(&text);
        key.map(Some)
            .ok_or_else(|| KeyFileError::Damaged(path.to_owned()))
    }

    /// Makes a key and keeps it in a new file, durably.
    ///
    /// # Errors
    ///
    /// Where there is such a file.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeyFileError> {
        let key = Self::generate(entropy)?;
        // Beside it first: a file of this name is whole, or is not there.
        let unfinished = path.with_extension("key.new");
        write(&unfinished, &key)
            .and_then(|()| fs::hard_link(&unfinished, path))
            .and_then(|()| fs::remove_file(&unfinished))
            .and_then(|()| match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
                Some(_) | None => Ok(()),
            })
            .map_err(|error| io_error(path, error))?;
        Ok(key)
    }
}

fn write(path: &Path, key: &TokenKey) -> io::Result<()> {
    let mut file = private::file_options()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    file.write_all(key.to_hex().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn io_error(path: &Path, error: io::Error) -> KeyFileError {
    KeyFileError::Io {
        path: path.to_owned(),
        error,
    }
}
