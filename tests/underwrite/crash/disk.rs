//! Disks that fail while a server writes on them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::process::Server;

/// A disk of its own, in memory, that is full when told so.
pub(super) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// One of so many megabytes; none where this process may not mount.
    pub(super) fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={megabytes}m,mode=0700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self { folder });
        }
        println!("skipped: a disk of its own cannot be mounted here");
        None
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Takes all the room that is left.
    pub(super) fn fill(&self) {
        let mut filler = fs::File::create(self.filler()).unwrap();
        for size in [1 << 16, 1 << 9] {
            while filler.write_all(&vec![1; size]).is_ok() {}
        }
    }

    /// Gives it back.
    pub(super) fn free(&self) {
        let _ = fs::remove_file(self.filler());
    }

    /// Lets it be read only, or written again; nobody may have a file of it open for writing.
    pub(super) fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        let done = Command::new("mount")
            .args(["-o", &options])
            .arg(self.path())
            .status();
        assert!(done.unwrap().success(), "{options}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whoever has a file of it open still may finish.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// What a server writes on.
pub(super) enum Disk {
    /// One that is always well.
    Well,
    /// One that takes nothing beyond the beginning of a file, when told so.
    Limited,
    /// One that is full, when told so.
    Small(SmallDisk),
}

impl Disk {
    pub(super) fn can_fail(&self) -> bool {
        !matches!(self, Self::Well)
    }

    /// From now on it takes nothing more: where files are limited, nothing beyond so many bytes of
    /// any.
    pub(super) fn fail(&self, server: &Server, bytes: u64) {
        match self {
            Self::Well => {}
            Self::Limited => server.limit_files(&bytes.to_string()),
            Self::Small(disk) => disk.fill(),
        }
    }

    /// It takes everything again.
    pub(super) fn mend(&self, server: &Server) {
        match self {
            Self::Well => {}
            Self::Limited => server.limit_files("unlimited"),
            Self::Small(disk) => disk.free(),
        }
    }
}
