//! Files and folders for their owner alone: what the ledger and the cache hold is personal data.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A file with a secret that others than its owner can read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{path}` has mode {mode:04o}, and others than the owner can get at the secret in it: run \
     `chmod 600 {path}`",
    path = path.display()
)]
pub struct ExposedSecret {
    path: PathBuf,
    mode: u32,
}

/// Files or folders that others than their owner can look into.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: what is in them is personal data, so run {}", found(.0), commands(.0))]
pub struct Exposed(Vec<Loose>);

/// One file or folder with a mode that is too loose.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Loose {
    path: PathBuf,
    mode: u32,
    is_folder: bool,
}

/// Creates a folder with mode 0700, and those above it that are missing. One that exists is left as
/// it is.
///
/// # Errors
///
/// What the system says.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Options under which a file that is created has mode 0600.
pub fn file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What tells a file from every other that is there at the same time: its device and number.
pub(crate) type Identity = (u64, u64);

/// Which file is at a path; `None` where there is none.
#[cfg(unix)]
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Other systems do not let an open file be deleted.
#[cfg(not(unix))]
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|_| (0, 0))
}

/// Creates a file with mode 0600; one that exists is not opened.
///
/// # Errors
///
/// What the system says.
pub fn create_new(path: &Path) -> io::Result<File> {
    file_options().write(true).create_new(true).open(path)
}

/// Writes a new file with mode 0600, durably; one that exists is not overwritten.
///
/// # Errors
///
/// What the system says.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Fails where one of these, as far as they exist, gives its group or others any right.
///
/// # Errors
///
/// All that do.
pub fn check<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), Exposed> {
    let loose: Vec<Loose> = paths.into_iter().filter_map(loose).collect();
    if loose.is_empty() {
        Ok(())
    } else {
        Err(Exposed(loose))
    }
}

/// Fails where a file with a secret gives its group or others any right. What belongs to root may be
/// read by its group: so are secrets given to a process that is not root, as by Kubernetes.
///
/// # Errors
///
/// Where it does; a file that cannot be looked at is left to whoever opens it.
pub fn check_secret(path: &Path) -> Result<(), ExposedSecret> {
    match loose(path) {
        Some(Loose { mode, .. }) if mode & 0o037 != 0 || !is_roots(path) => {
            let path = path.to_owned();
            Err(ExposedSecret { path, mode })
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(unix)]
fn is_roots(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.uid() == 0)
}

/// Other systems have no such owner.
#[cfg(not(unix))]
fn is_roots(_: &Path) -> bool {
    false
}

#[cfg(unix)]
fn loose(path: &Path) -> Option<Loose> {
    use std::os::unix::fs::PermissionsExt;
    // What cannot be looked at, whoever opens it will tell.
    let metadata = std::fs::metadata(path).ok()?;
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then(|| Loose {
        path: path.to_owned(),
        mode,
        is_folder: metadata.is_dir(),
    })
}

/// Other systems have no such modes.
#[cfg(not(unix))]
fn loose(_: &Path) -> Option<Loose> {
    None
}

fn found(loose: &[Loose]) -> String {
    let one = |one: &Loose| format!("`{}` has mode {:04o}", one.path.display(), one.mode);
    let all: Vec<String> = loose.iter().map(one).collect();
    format!("{}, and others than the owner can look in", all.join(", "))
}

fn commands(loose: &[Loose]) -> String {
    let kinds = [(true, "`chmod 700"), (false, "`chmod 600")];
    let commands = kinds.into_iter().filter_map(|(folders, command)| {
        let of_kind = loose.iter().filter(|one| one.is_folder == folders);
        let paths: Vec<String> = of_kind.map(|one| one.path.display().to_string()).collect();
        (!paths.is_empty()).then(|| format!("{command} {}`", paths.join(" ")))
    });
    commands.collect::<Vec<_>>().join(" and ")
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_can_look_into_is_named_with_what_to_do() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("folder");
        create_folder(&folder).unwrap();
        let file = folder.join("file");
        file_options()
            .write(true)
            .create_new(true)
            .open(&file)
            .unwrap();
        let inner = folder.join("a").join("b");
        create_folder(&inner).unwrap();
        let missing = folder.join("missing");
        let all = || check([folder.as_path(), &file, &inner, &missing]);
        assert_eq!(all(), Ok(()));
        let permit = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        for (mode, good) in [
            (0o400, true),
            (0o601, false),
            (0o640, false),
            (0o644, false),
        ] {
            permit(&file, mode);
            assert_eq!(all().is_ok(), good, "{mode:o}");
        }
        permit(&inner, 0o755);
        let (file, inner) = (file.display(), inner.display());
        assert_eq!(
            all().unwrap_err().to_string(),
            format!(
                "`{file}` has mode 0644, `{inner}` has mode 0755, and others than the owner can \
                 look in: what is in them is personal data, so run `chmod 700 {inner}` and \
                 `chmod 600 {file}`"
            )
        );
    }
}
