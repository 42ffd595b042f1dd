//! One phrase, and the usual name of whom it names.

use std::ops::Range;
use std::sync::Arc;

use super::error::{NameError, PhraseError};
use super::normalise;
use super::source::Source;
use crate::limits;

/// A phrase in normal form: upper-case words separated by single spaces. It matches on word
/// boundaries; a trailing `*` lets the last word go on (`OVERDRAF*`), a leading `*` lets the first
/// begin earlier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phrase(String);

impl Phrase {
    /// Takes a phrase that is in normal form.
    ///
    /// # Errors
    ///
    /// Where it is not, with what it is in normal form.
    pub fn parse(text: &str) -> Result<Self, PhraseError> {
        if text.len() > limits::PHRASE_BYTES_MAX {
            return Err(PhraseError::TooLong);
        }
        if !text.is_ascii() {
            return Err(PhraseError::Characters);
        }
        let core = normalise(text);
        let core = core.trim_ascii();
        if core.is_empty() {
            return Err(PhraseError::Empty);
        }
        let star = |open: bool| if open { "*" } else { "" };
        let (before, after) = (star(text.starts_with('*')), star(text.ends_with('*')));
        let normal = format!("{before}{core}{after}");
        if normal == text {
            Ok(Self(normal))
        } else {
            Err(PhraseError::NotNormal { normal })
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many letters it has.
    pub fn letters(&self) -> usize {
        self.0.bytes().filter(u8::is_ascii_alphabetic).count()
    }

    /// Whether it is found in the middle of a word.
    pub fn begins_anywhere(&self) -> bool {
        self.0.starts_with('*')
    }

    /// What is looked for in a normalised text.
    pub(super) fn patterns(&self, of: Source) -> impl Iterator<Item = String> {
        [Some(self.pattern()), self.glued(of)].into_iter().flatten()
    }

    /// A boundary is a space: [`normalise`] puts one on either side of every word.
    fn pattern(&self) -> String {
        let edge = |open: bool| if open { "" } else { " " };
        let (before, after) = (edge(self.begins_anywhere()), edge(self.0.ends_with('*')));
        format!("{before}{}{after}", self.0.trim_matches('*'))
    }

    /// A phrase of several words as banks print it that leave the spaces out. Shorter ones would be
    /// found inside of other words.
    fn glued(&self, of: Source) -> Option<String> {
        let core: String = self.0.split(['*', ' ']).collect();
        (self.0.contains(' ') && core.len() >= of.glued_bytes_min()).then_some(core)
    }
}

/// Whether a part of a pattern has something of its first and of its last word.
pub(super) fn spans_words(pattern: &str, part: Range<usize>) -> bool {
    let lead = pattern.len() - pattern.trim_start().len();
    let core = pattern.trim();
    let first_end = lead + core.find(' ').unwrap_or(core.len());
    let last_start = lead + core.rfind(' ').map_or(0, |space| space + 1);
    part.start < first_end && part.end > last_start
}

/// Takes the usual name of somebody, as people read it.
///
/// # Errors
///
/// Where it is none.
pub fn usual_name(text: &str) -> Result<Arc<str>, NameError> {
    if text.len() > limits::PAYER_NAME_BYTES_MAX {
        return Err(NameError::TooLong);
    }
    if !text.chars().any(char::is_alphabetic) {
        return Err(NameError::Empty);
    }
    let unseen = |c: char| c.is_control() || (c.is_whitespace() && c != ' ');
    if text.trim() != text || text.contains("  ") || text.chars().any(unseen) {
        return Err(NameError::Characters);
    }
    Ok(text.into())
}
