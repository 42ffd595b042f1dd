//! Writes a rule file the one way: the same tables, keys, values and comments in the same order.
//!
//! What changes is blanks and line breaks, in the file and in its expressions, and the quotes of
//! expressions: literal ones, in which TOML changes nothing. Where an array breaks its lines is left
//! as it is. An expression becomes another text of the very same tokens; one that is not well
//! formed is left alone.

mod expression;
mod read;
mod write;

use super::bundle::text_of;
use super::diagnostic::{Diagnostic, Report};
use super::file;

const BYTE_ORDER_MARK: &str = "\u{feff}";
/// The columns that a line has at most, where it can be broken.
const WIDTH: usize = 100;

/// A rule file, or a fragment, as it should be written.
///
/// # Errors
///
/// The findings where it is no text, or no TOML.
pub fn formatted(source: &[u8]) -> Result<String, Vec<Diagnostic>> {
    let source = text_of(source)?;
    let mut report = Report::new(source);
    if !file::parses(source, &mut report) {
        return Err(report.finish());
    }
    // A mark of the order of bytes is no part of the text; whether it may be there is not for here.
    let (mark, text) = match source.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => (BYTE_ORDER_MARK, text),
        None => ("", source),
    };
    let written = write::file(&read::lines(text));
    // A comment between a key and its value has no place here: such a file is left as it is.
    let is_whole = read::comments(&written) == read::comments(text)
        && file::parses(&written, &mut Report::new(&written));
    let written = if is_whole { &written } else { text };
    Ok(format!("{mark}{written}"))
}
