//! The files of a folder, in order and within the limits.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::problems::{Location, Problems};
use crate::limits;

/// Hands each `*.json` under `folder` to `take`, with its path relative to the folder.
pub(super) fn read(
    folder: &Path,
    problems: &mut Problems,
    mut take: impl FnMut(&str, Value, &mut Problems),
) {
    let mut paths = Vec::new();
    find(folder, folder, 0, &mut paths, problems);
    paths.sort();
    if paths.len() > limits::SANDBOX_LOAD_FILES_MAX {
        let max = limits::SANDBOX_LOAD_FILES_MAX;
        let problem = format!("the folder has more than {max} JSON files: put objects in arrays");
        problems.add(&Location::default(), problem);
        return;
    }
    for path in paths {
        let name = relative(folder, &path);
        match read_file(&path) {
            Ok(value) => take(&name, value, problems),
            Err(problem) => problems.add(&Location::file(&name), problem),
        }
    }
}

fn relative(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

fn find(root: &Path, folder: &Path, depth: usize, into: &mut Vec<PathBuf>, out: &mut Problems) {
    let place = Location::file(&relative(root, folder));
    if depth > limits::SANDBOX_LOAD_DEPTH_MAX {
        out.add(
            &place,
            "folders are nested too deeply: at most 8 levels are read",
        );
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let problem = format!("`{}` cannot be read as a folder: {error}", folder.display());
            out.add(&place, problem);
            return;
        }
    };
    for entry in entries {
        // One more than the limit is enough to know.
        if into.len() > limits::SANDBOX_LOAD_FILES_MAX {
            return;
        }
        match entry {
            Ok(entry) if entry.path().is_dir() => {
                find(root, &entry.path(), depth.saturating_add(1), into, out);
            }
            Ok(entry) if entry.path().extension().is_some_and(|kind| kind == "json") => {
                into.push(entry.path());
            }
            Ok(_) => {}
            Err(error) => out.add(&place, format!("the folder cannot be read: {error}")),
        }
    }
}

/// Reads at most the limit, whatever size the file claims to have.
fn read_file(path: &Path) -> Result<Value, String> {
    let max = limits::SANDBOX_LOAD_FILE_BYTES_MAX;
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() > max {
        return Err(format!("the file is larger than {max} bytes: split it"));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("is not JSON: look at line {line}, column {column}")
    })
}
