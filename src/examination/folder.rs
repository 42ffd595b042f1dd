//! A corpus on disk: `labels.jsonl` with a line for each applicant, and the files of bank data that
//! the lines name.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use super::error::ExaminationError;
use crate::corpus::{Case, Labels};
use crate::limits;

/// The file of labels in a folder.
pub const LABELS_FILE: &str = "labels.jsonl";

/// The applicants of a folder, in the order of its labels.
pub struct Folder {
    root: PathBuf,
    lines: BufReader<File>,
    line: usize,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// Where it has no file of labels.
    pub fn open(root: &Path) -> Result<Self, ExaminationError> {
        let file =
            File::open(root.join(LABELS_FILE)).map_err(|error| failed(LABELS_FILE, error))?;
        Ok(Self {
            root: root.to_owned(),
            lines: BufReader::new(file),
            line: 0,
        })
    }

    fn next_case(&mut self) -> Result<Option<Case>, ExaminationError> {
        let Some(text) = self.next_line()? else {
            return Ok(None);
        };
        let labels: Labels = serde_json::from_slice(&text)
            .map_err(|error| self.wrong(format!("not a label (column {})", error.column())))?;
        if !is_inside(&labels.bank) {
            return Err(self.wrong("`bank` must be a path inside of the folder"));
        }
        let bank = self.read(&labels.bank)?;
        Ok(Some(Case { labels, bank }))
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, ExaminationError> {
        loop {
            let max = limits::CORPUS_LABEL_BYTES_MAX;
            let mut text = Vec::new();
            let most = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
            let mut limited = (&mut self.lines).take(most);
            let read = limited.read_until(b'\n', &mut text);
            let read = read.map_err(|error| failed(LABELS_FILE, error))?;
            self.line = self.line.saturating_add(1);
            if read == 0 {
                return Ok(None);
            }
            if text.trim_ascii().len() > max {
                return Err(self.wrong(format!("longer than {max} bytes")));
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Some(text));
            }
        }
    }

    fn read(&self, file: &str) -> Result<Vec<u8>, ExaminationError> {
        let max = limits::CORPUS_BANK_BYTES_MAX;
        let opened = File::open(self.root.join(file)).map_err(|error| failed(file, error))?;
        let mut bytes = Vec::new();
        opened
            .take(max.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| failed(file, error))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
            return Err(self.wrong(format!("`bank` is larger than {max} bytes")));
        }
        Ok(bytes)
    }

    fn wrong(&self, problem: impl Into<String>) -> ExaminationError {
        ExaminationError::Labels {
            line: self.line,
            problem: problem.into(),
        }
    }
}

impl Iterator for Folder {
    type Item = Result<Case, ExaminationError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_case().transpose()
    }
}

fn failed(file: &str, error: std::io::Error) -> ExaminationError {
    ExaminationError::File {
        file: file.to_owned(),
        error,
    }
}

/// Whether a path stays in the folder that it is relative to.
pub fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}
