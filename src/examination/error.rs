//! Why a corpus cannot be examined.

use std::io;

use thiserror::Error;

/// Why a corpus cannot be examined. Nothing that stands in its files is quoted.
#[derive(Debug, Error)]
pub enum ExaminationError {
    /// A file cannot be read.
    #[error("`{file}` cannot be read: {error}")]
    File {
        /// The file, relative to the folder of the corpus.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A line of the labels is not as documented.
    #[error(
        "`labels.jsonl`, line {line}: {problem}; `docs/corpus.md` documents what labels look like"
    )]
    Labels {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// There is nobody to examine.
    #[error("there is no applicant in `labels.jsonl`")]
    Empty,
    /// More applicants than are examined at once.
    #[error("there are more than {max} applicants: split the corpus")]
    TooMany {
        /// The limit.
        max: usize,
    },
}
