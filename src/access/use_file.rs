//! The file that keeps when grants were last called with, beyond the process. It tells whoever changes a
//! token whether the old one is still used; it is no record, and may be deleted at any time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use crate::id::TokenId;
use crate::{limits, private};

/// When grants were last called with, in seconds since 1970.
pub type Uses = BTreeMap<TokenId, i64>;

/// Reads what [`store`] wrote: nothing where there is no such file, and no line that is not in its form.
///
/// # Errors
///
/// What the system says.
pub fn load(path: &Path) -> io::Result<Uses> {
    let mut text = String::new();
    match File::open(path) {
        Ok(file) => file
            .take(limits::TOKEN_USES_BYTES_MAX)
            .read_to_string(&mut text)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Uses::new()),
        Err(error) => return Err(error),
    };
    let read = |line: &str| {
        let (id, at) = line.split_once(' ')?;
        Some((TokenId::parse(id).ok()?, at.parse().ok()?))
    };
    Ok(text.lines().filter_map(read).collect())
}

/// Writes them in the place of what was there: one line each, the id and the second.
///
/// # Errors
///
/// What the system says.
pub fn store(path: &Path, uses: &Uses) -> io::Result<()> {
    let lines: String = uses.iter().map(|(id, at)| format!("{id} {at}\n")).collect();
    let unfinished = path.with_extension("uses.new");
    let mut options = private::file_options();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .open(&unfinished)?;
    file.write_all(lines.as_bytes())?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_and_what_is_damaged_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token.uses");
        assert_eq!(load(&path).unwrap(), Uses::new());
        let id = |number: u32| TokenId::parse(&format!("tok_{number}")).unwrap();
        let uses = Uses::from([(id(1), 1_800_000_000), (id(2), 5)]);
        store(&path, &Uses::from([(id(3), 1)])).unwrap();
        store(&path, &uses).unwrap();
        assert_eq!(load(&path).unwrap(), uses);
        fs::write(&path, "tok_1 1800000000\ntok_3\n\nx 5\ntok_4 soon\ntok_2 5").unwrap();
        assert_eq!(load(&path).unwrap(), uses);
        private::check([path.as_path()]).unwrap();
        // As many as there can be are read.
        let line = format!("tok_{} {}\n", "0".repeat(32), i64::MAX);
        let most = line.len() * limits::GRANTS_MAX;
        assert!(u64::try_from(most).unwrap() <= limits::TOKEN_USES_BYTES_MAX);
    }
}
