//! When something happened: it is over, and it did not happen before what it follows.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::application::Report;
use crate::limits;

/// A time that has to be given, and is over but for what clocks differ.
pub(super) fn past(
    report: &mut Report,
    field: &str,
    given: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let ahead = TimeDelta::from_std(limits::ANSWER_CLOCK_AHEAD_MAX).unwrap_or_default();
    let last = now.checked_add_signed(ahead).unwrap_or(now);
    let given = report.required(field, given);
    if given.is_some_and(|at| at > last) {
        report.fail(field, "is in the future: send when it was");
    }
    given
}

/// The day of what happened `from` the day of the decision on, which has to be given: in words, what it
/// is the day of.
pub(super) fn day(
    report: &mut Report,
    (field, of): (&str, &str),
    given: Option<NaiveDate>,
    (from, now): (NaiveDate, DateTime<Utc>),
) -> Option<NaiveDate> {
    let given = report.chosen(field, given, of);
    // Somewhere on earth it is tomorrow already.
    let last = now.date_naive().checked_add_days(Days::new(1));
    match given {
        Some(day) if last.is_some_and(|last| day > last) => {
            report.fail(field, "is in the future: send what has happened");
        }
        Some(day) if day < from => {
            report.fail(field, format!("is before the decision, of {from}"));
        }
        Some(_) | None => {}
    }
    given
}
