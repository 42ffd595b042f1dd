//! What is found wrong while a follow-up is checked.

use chrono::{DateTime, TimeDelta, Utc};

use crate::application::{ApplicationError, text_problem};
use crate::limits;

/// Collects what is wrong while checking goes on.
pub(super) struct Report(pub(super) Vec<ApplicationError>);

impl Report {
    pub(super) fn fail(&mut self, field: impl Into<String>, problem: impl Into<String>) {
        self.0.push(ApplicationError {
            field: field.into(),
            problem: problem.into(),
        });
    }

    /// A text that people read.
    pub(super) fn text(&mut self, field: &str, text: &str, required: bool) {
        if let Some(problem) = text_problem(text, required) {
            self.fail(field, problem);
        }
    }

    /// A time that has to be given, and is over but for what clocks differ.
    pub(super) fn past(
        &mut self,
        field: &str,
        given: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let ahead = TimeDelta::from_std(limits::ANSWER_CLOCK_AHEAD_MAX).unwrap_or_default();
        let last = now.checked_add_signed(ahead).unwrap_or(now);
        match given {
            None => self.fail(field, "is required"),
            Some(at) if at > last => self.fail(field, "is in the future: send when it was"),
            Some(_) => {}
        }
        given
    }

    /// What was checked, where nothing is wrong.
    pub(super) fn into_result<T>(self, checked: Option<T>) -> Result<T, Vec<ApplicationError>> {
        match checked {
            Some(checked) if self.0.is_empty() => Ok(checked),
            Some(_) | None => Err(self.0),
        }
    }
}
