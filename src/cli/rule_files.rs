//! Reads rule files from folders, with the files beside them that they name.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{CliError, limited_file};
use crate::limits;
use crate::rules::{Attachments, CaseFile};

/// A rule file that was read.
#[derive(Debug)]
pub(super) struct RuleFile {
    /// Where it is from, for messages.
    pub(super) name: String,
    /// What is in it.
    pub(super) bytes: Vec<u8>,
    /// The files beside it that it names.
    pub(super) attachments: Attachments,
    /// Files of tests that were read with it.
    pub(super) case_files: Vec<CaseFile>,
}

impl RuleFile {
    /// A file that names no others.
    pub(super) fn alone(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            bytes: bytes.into(),
            attachments: Attachments::none(),
            case_files: Vec::new(),
        }
    }

    /// The name and the text of the file in which something was found: its own, or that of one
    /// beside it.
    pub(super) fn part(&self, file: Option<&str>) -> (String, String) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut case_files = self.case_files.iter();
        if let Some(case_file) = case_files.find(|one| Some(one.name.as_str()) == file) {
            return (case_file.name.clone(), text(&case_file.bytes));
        }
        match file {
            Some(name) => {
                let path = Path::new(&self.name).with_file_name(name);
                let bytes = self.attachments.get(name).unwrap_or_default();
                (path.display().to_string(), text(bytes))
            }
            None => (self.name.clone(), text(&self.bytes)),
        }
    }
}

/// The rule files of a folder in the order of their names. What others import is a part of them, and
/// none itself.
pub(super) fn read_folder(folder: &Path) -> Result<Vec<RuleFile>, CliError> {
    let failed = |error: std::io::Error| {
        let message = format!("the folder of rules `{}`: {error}", folder.display());
        CliError::other("rules", message)
    };
    let mut paths = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    paths.sort();
    let files = paths.iter().map(|path| Ok((path, read(path)?)));
    let files: Vec<(&PathBuf, RuleFile)> = files.collect::<Result<_, CliError>>()?;
    let parts: BTreeSet<PathBuf> = files
        .iter()
        .flat_map(|(path, file)| parts_of(path, file))
        .collect();
    let own = files.into_iter().filter(|(path, _)| !parts.contains(*path));
    Ok(own.map(|(_, file)| file).collect())
}

/// Where the files are that a rule file names.
pub(super) fn parts_of(path: &Path, file: &RuleFile) -> Vec<PathBuf> {
    let names = file.attachments.iter();
    names.map(|(name, _)| path.with_file_name(name)).collect()
}

/// Reads one rule file, if it is not too large to be one, with the files beside it that it names. One
/// that is not there is found missing by whoever checks the rules.
pub(super) fn read(path: &Path) -> Result<RuleFile, CliError> {
    with_parts(read_alone(path)?, |name| {
        read_part(&path.with_file_name(name))
    })
}

/// Reads a file that a rule file names; `None` where it is not there.
pub(super) fn read_part(path: &Path) -> Result<Option<Vec<u8>>, CliError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => read_whole(path, limits::ATTACHMENT_BYTES_MAX).map(Some),
    }
}

/// A rule file with the files that it names, each read by its name; `None` of one that is not there.
pub(super) fn with_parts(
    mut file: RuleFile,
    mut read: impl FnMut(&str) -> Result<Option<Vec<u8>>, CliError>,
) -> Result<RuleFile, CliError> {
    let source = String::from_utf8_lossy(&file.bytes).into_owned();
    let mut absent = BTreeSet::new();
    loop {
        let mut names = file.attachments.still_to_read(&source);
        names.retain(|name| !absent.contains(name));
        if names.is_empty() || file.attachments.iter().count() > limits::ATTACHMENTS_MAX {
            return Ok(file);
        }
        for name in names {
            match read(&name)? {
                Some(bytes) => file.attachments.insert(name, bytes),
                None => {
                    absent.insert(name);
                }
            }
        }
    }
}

/// Reads one file without what it names.
pub(super) fn read_alone(path: &Path) -> Result<RuleFile, CliError> {
    let bytes = read_whole(path, limits::RULE_FILE_BYTES_MAX)?;
    Ok(RuleFile::alone(path.display().to_string(), bytes))
}

/// Reads files of tests, if they are not too many to be run together.
pub(super) fn read_case_files(paths: &[PathBuf]) -> Result<Vec<CaseFile>, CliError> {
    if paths.len() > limits::CASE_FILES_MAX {
        let max = limits::CASE_FILES_MAX;
        let message = format!("`--cases` is given at most {max} times");
        return Err(CliError::Usage(message));
    }
    paths.iter().map(|path| read_case_file(path)).collect()
}

/// Reads a file of tests, if it is not too large to be one.
fn read_case_file(path: &Path) -> Result<CaseFile, CliError> {
    Ok(CaseFile {
        name: path.display().to_string(),
        bytes: read_whole(path, limits::CASE_FILE_BYTES_MAX)?,
    })
}

fn read_whole(path: &Path, max: usize) -> Result<Vec<u8>, CliError> {
    let bytes = limited_file::read(path, u64::try_from(max).unwrap_or(u64::MAX))
        .map_err(|error| CliError::file(path, &error))?;
    bytes.ok_or_else(|| {
        let message = format!("`{}` is larger than {max} bytes", path.display());
        CliError::other("rule_file_too_large", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_file_is_read_with_what_it_names() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        let rules = "import = ['shared.toml', 'common/a.toml']\n[lists.gone]\nfile = 'gone.txt'\n";
        let path = write("main.toml", rules);
        write("shared.toml", "[lists.watch]\nfile = 'common/watch.txt'\n");
        write("common/a.toml", "");
        write("common/watch.txt", "Acme\n");
        let file = read(&path).unwrap();
        let names: Vec<&str> = file.attachments.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["common/a.toml", "common/watch.txt", "shared.toml"]);
        let (name, text) = file.part(Some("common/watch.txt"));
        assert!(name.ends_with("common/watch.txt"), "{name}");
        assert_eq!(text, "Acme\n");
        assert_eq!(file.part(None).1, rules);
        // What it imports is no rule file.
        let files = read_folder(folder.path()).unwrap();
        assert_eq!(files.len(), 1);
        fs::write(
            folder.path().join("shared.toml"),
            vec![b' '; limits::ATTACHMENT_BYTES_MAX + 1],
        )
        .unwrap();
        assert_eq!(read(&path).unwrap_err().code(), "rule_file_too_large");
    }
}
