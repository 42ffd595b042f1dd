//! What can be wrong with a line of the lexicon.

use thiserror::Error;

use crate::limits;

/// A file of the lexicon cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {problem}")]
pub struct LexiconError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// It is not of the form that lines have.
    #[error("a line is `term: PHRASE, PHRASE` or `term (Usual Name): PHRASE, PHRASE`")]
    Form,
    /// No term has that word.
    #[error("there is no term `{word}`; did you mean `{nearest}`?")]
    UnknownTerm {
        /// What stands there.
        word: String,
        /// The term that is written most like it.
        nearest: &'static str,
    },
    /// The usual name cannot be one.
    #[error("the name {0}")]
    Name(#[from] NameError),
    /// A phrase cannot be one.
    #[error("`{phrase}` {error}")]
    Phrase {
        /// What stands there.
        phrase: String,
        /// What is wrong with it.
        error: PhraseError,
    },
    /// There are too many phrases to be looked for at once.
    #[error("there are too many phrases")]
    TooMany,
}

/// What is wrong with a phrase, as the end of a sentence about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PhraseError {
    /// Descriptions are compared in their normal form, so that it would never be found.
    #[error("is never found: descriptions are read as upper-case words with single spaces")]
    NotNormal {
        /// What it is in normal form.
        normal: String,
    },
    /// It has characters that the networks of banks do not carry.
    #[error("has other characters than letters A to Z, digits and spaces, with `*` at an end")]
    Characters,
    /// There is nothing in it to be found.
    #[error("has no letter and no digit")]
    Empty,
    /// It is too long.
    #[error("has more than {} characters", limits::PHRASE_BYTES_MAX)]
    TooLong,
}

/// What is wrong with a usual name, as the end of a sentence about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// There is nothing to be read in it.
    #[error("has no letter")]
    Empty,
    /// It begins or ends with a space, has two together, or characters that cannot be seen.
    #[error("has a space at an end, two together, or characters that cannot be seen")]
    Characters,
    /// It is too long.
    #[error("has more than {} bytes", limits::PAYER_NAME_BYTES_MAX)]
    TooLong,
}
