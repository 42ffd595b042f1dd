//! What an editor asks about a rule file while it is written: what can stand at a place, what stands
//! there, and where that is declared.
//!
//! Texts and places in bytes, no protocol: a language server speaks that. A text may be half written
//! at any moment, so everything here reads as far as it can and fails at nothing. What can be written
//! is in the table of the format, the table of features, the words of the language and the
//! declarations of the rule set; there is no other list.
//!
//! What was recorded of decisions is not known here: whoever asks brings it along ([`Recorded`]).
//!
//! Findings and their fixes are those of `rules`, and so is how a file is formatted.

mod completion;
mod cursor;
mod definition;
mod expression;
mod hover;
mod lines;
mod names;
mod recorded;
mod sources;

pub use completion::{Completion, CompletionKind, Completions, completions};
pub use definition::{Definition, definition};
pub use hover::{Hover, hover};
pub use lines::{Encoding, Lines};
pub use recorded::{Distribution, Recorded};
pub use sources::{Sources, sources};

use crate::rules::{Attachments, Declarations, FileKind, Shape, declarations};

/// The text that is written, with the rule set that it is a part of.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    source: &'a str,
    attachments: &'a Attachments,
    fragment: Option<&'a str>,
}

impl<'a> View<'a> {
    /// A rule file with the files beside it, or a fragment of which it is not known who imports it.
    pub fn of_file(source: &'a str, attachments: &'a Attachments) -> Self {
        Self {
            source,
            attachments,
            fragment: None,
        }
    }

    /// A fragment among the files beside the rule file that imports it.
    pub fn of_fragment(source: &'a str, attachments: &'a Attachments, name: &'a str) -> Self {
        Self {
            source,
            attachments,
            fragment: Some(name),
        }
    }

    /// The text that is written; none where a fragment is no text.
    fn text(&self) -> &'a str {
        match self.fragment {
            Some(name) => {
                let bytes = self.attachments.get(name).unwrap_or_default();
                std::str::from_utf8(bytes).unwrap_or("")
            }
            None => self.source,
        }
    }

    /// A place of the text: where the character begins that it is amid of, or the end of the text.
    fn within(&self, offset: usize) -> usize {
        self.text().floor_char_boundary(offset)
    }

    /// The tables and keys of the file; `None` where it is none of rules.
    fn shape(&self) -> Option<&'static Shape> {
        let kind = match self.fragment {
            Some(_) => Some(FileKind::Fragment),
            None => FileKind::of(self.source),
        };
        kind.map(FileKind::shape)
    }

    fn declarations(&self) -> Declarations {
        declarations(self.source, self.attachments)
    }
}

#[cfg(test)]
mod tests;
