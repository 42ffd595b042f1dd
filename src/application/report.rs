//! What is found wrong while an application is checked, or what follows one.

use super::error::ApplicationError;
use crate::limits;

/// Collects what is wrong while checking goes on.
///
/// INVARIANT: whatever is `None` after a check of [`Self::required`] or [`Self::chosen`] is
/// reported.
pub(crate) struct Report(pub(crate) Vec<ApplicationError>);

impl Report {
    pub(crate) fn fail(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(ApplicationError {
            field: field.into(),
            problem: problem.into(),
        });
    }

    /// Whether a problem of the field, or of a part of it, is known already.
    fn knows(&self, field: &str) -> bool {
        let part = |rest: &str| rest.is_empty() || rest.starts_with('.');
        let mut known = self.0.iter();
        known.any(|error| error.field.strip_prefix(field).is_some_and(part))
    }

    pub(crate) fn missing(&mut self, field: &str, problem: &str) {
        if !self.knows(field) {
            self.fail(field, problem);
        }
    }

    pub(crate) fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.missing(field, "is required");
        }
        value
    }

    pub(crate) fn chosen<T>(&mut self, field: &str, value: Option<T>, choices: &str) -> Option<T> {
        if value.is_none() {
            self.missing(field, &format!("is required: {choices}"));
        }
        value
    }

    /// A text that people read.
    pub(crate) fn text(&mut self, field: impl Into<String>, text: &str, required: bool) {
        if let Some(problem) = text_problem(text, required) {
            self.fail(field, problem);
        }
    }

    /// What was checked, where nothing is wrong.
    pub(crate) fn into_result<T>(self, checked: Option<T>) -> Result<T, Vec<ApplicationError>> {
        match checked {
            Some(checked) if self.0.is_empty() => Ok(checked),
            Some(_) | None => Err(self.0),
        }
    }
}

/// What is wrong with a text that people read, if anything is: at most
/// [`limits::TEXT_BYTES_MAX`] bytes of one line, which no terminal obeys.
pub fn text_problem(text: &str, required: bool) -> Option<&'static str> {
    if required && text.trim().is_empty() {
        Some("is required")
    } else if text.len() > limits::TEXT_BYTES_MAX {
        Some("is longer than 500 bytes")
    } else if text.chars().any(obeyed) {
        Some(
            "has a control character, a line break or a mark that turns the direction of text: send \
             plain text of one line",
        )
    } else {
        None
    }
}

/// Whether a terminal or an editor obeys a character where it should show it: nobody's name has
/// one, and what is shown would not be what was sent.
fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
