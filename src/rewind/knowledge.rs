//! What was known at a moment.

use chrono::{DateTime, NaiveTime, Utc};

use crate::calendar::{AsOf, civil_date};

/// What is taken for known at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knowledge {
    /// What the source said by then, and nothing else. Where it does not say when it said something,
    /// that is when it happened.
    Proven,
    /// That, and of what was said later whatever had happened by then.
    Assumed,
}

/// Whether an instant in bank data is later than a moment: by the day where it is but a date.
pub(super) fn is_after(instant: DateTime<Utc>, moment: AsOf) -> bool {
    let (day, today) = (civil_date(instant, moment.zone), moment.date());
    day > today || (day == today && instant.time() != NaiveTime::MIN && instant > moment.instant)
}
