//! A rule file on disk and the files that it names, and whether any of them was saved since.
//!
//! They are looked at from time to time: editors replace a file by another one under its name, which events of
//! a file system tell of each in its own way, and shared folders do not tell at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::CliError;
use crate::cli::rule_files::{self, RuleFile};
use crate::limits;

/// When a file was written, and how long it is; `None` where there is none.
pub(super) type Stamp = Option<(Option<SystemTime>, u64)>;

/// Files as they were when they were read.
#[derive(Debug)]
pub(super) struct Watched {
    stamps: BTreeMap<PathBuf, Stamp>,
}

impl Watched {
    /// Reads a rule file. Whatever is saved from then on is a change.
    pub(super) fn look(path: &Path) -> (Self, Result<RuleFile, CliError>) {
        // It is read once for what it names, and again once it is known how those were: so none is
        // missed that is saved between.
        let named = rule_files::read(path).map(|file| named(path, &file));
        let paths = std::iter::once(path.to_owned()).chain(named.unwrap_or_default());
        let stamps = paths.map(|path| (path.clone(), stamp(&path))).collect();
        (Self { stamps }, rule_files::read(path))
    }

    /// Whether any of them is another than it was.
    pub(super) fn is_another(&self) -> bool {
        self.now() != self.stamps
    }

    fn now(&self) -> BTreeMap<PathBuf, Stamp> {
        let paths = self.stamps.keys();
        paths.map(|path| (path.clone(), stamp(path))).collect()
    }

    /// Ready once any of them is another than it was, and stays so for a moment.
    pub(super) async fn changed(&self) {
        while self.settled().await == self.stamps {}
    }

    /// What they are, once they stay so for a moment.
    pub(super) async fn settled(&self) -> BTreeMap<PathBuf, Stamp> {
        let mut last = None;
        loop {
            tokio::time::sleep(limits::WATCH_LOOK_INTERVAL).await;
            let now = self.now();
            if last.as_ref() == Some(&now) {
                return now;
            }
            last = Some(now);
        }
    }
}

/// Where the files are that a rule file names, also those that are not there.
fn named(path: &Path, file: &RuleFile) -> BTreeSet<PathBuf> {
    let source = String::from_utf8_lossy(&file.bytes);
    let absent = file.attachments.still_to_read(&source).into_iter();
    let absent = absent.map(|name| path.with_file_name(name));
    rule_files::parts_of(path, file)
        .into_iter()
        .chain(absent)
        .collect()
}

fn stamp(path: &Path) -> Stamp {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok(), found.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a change is seen, without waiting for one that is not there.
    async fn is_changed(watched: &Watched) -> bool {
        let long = limits::WATCH_LOOK_INTERVAL * 4;
        tokio::time::timeout(long, watched.changed()).await.is_ok()
    }

    #[tokio::test]
    async fn a_save_is_seen_however_it_is_made_and_in_whichever_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs::write(at(name), text).unwrap();
        let look = || Watched::look(&at("main.toml"));
        let (watched, read) = look();
        assert!(read.is_err());
        write("main.toml", "import = ['shared.toml', 'absent.toml']\n");
        assert!(is_changed(&watched).await);
        write("shared.toml", "[lists.watch]\nfile = 'watch.txt'\n");
        write("watch.txt", "Acme\n");
        let changes: [(&str, &dyn Fn()); 5] = [
            ("written", &|| {
                write("shared.toml", "[lists.watch]\nfile = 'watch.txt' \n")
            }),
            ("of a list", &|| write("watch.txt", "Acme Loans\n")),
            ("that was absent", &|| write("absent.toml", "")),
            ("replaced", &|| {
                write("new", "import = ['shared.toml']\n");
                fs::rename(at("new"), at("main.toml")).unwrap();
            }),
            ("removed", &|| fs::remove_file(at("main.toml")).unwrap()),
        ];
        assert!(!is_changed(&look().0).await && !look().0.is_another());
        for (name, change) in changes {
            let (watched, read) = look();
            assert!(read.is_ok(), "{name}");
            change();
            assert!(watched.is_another(), "{name}");
            assert!(is_changed(&watched).await, "{name}");
        }
    }
}
