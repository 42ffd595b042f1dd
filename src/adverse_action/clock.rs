//! Until when a notice has to be sent, and for how long what it rests on is kept.

use chrono::{Days, Months, NaiveDate};

use super::NoticeKind;

/// Days from the completed application within which a notice has to be sent.
const DAYS: u64 = 30;

/// Months from the notice for which the application and all that was used is kept.
const RETENTION_MONTHS: u32 = 25;

/// Until when a notice has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The last day.
    pub due: NaiveDate,
    /// Where the law says so.
    pub law: &'static str,
}

/// Until when the notice of a kind has to be sent of an application that was complete on a day. That is
/// taken to be the day for which it was decided: nothing more was asked of the applicant then. Of an
/// incomplete one it is counted from the same day, on which it had been received.
///
/// A counteroffer has no second clock of 90 days (12 CFR 1002.9(a)(1)(iv)): its notice is that of adverse
/// action too.
pub fn clock(kind: NoticeKind, completed_on: NaiveDate) -> Clock {
    Clock {
        due: due_on(completed_on),
        law: match kind {
            NoticeKind::AdverseAction | NoticeKind::Counteroffer => "12 CFR 1002.9(a)(1)(i)",
            NoticeKind::Incompleteness => "12 CFR 1002.9(c)(1)",
        },
    }
}

/// The last day for a notice of an application that was complete on a day: the same for each kind.
pub fn due_on(completed_on: NaiveDate) -> NaiveDate {
    let due = completed_on.checked_add_days(Days::new(DAYS));
    due.unwrap_or(NaiveDate::MAX)
}

/// The last day on which what a notice of that day rests on has to be kept: 12 CFR 1002.12(b)(1) and (2).
pub fn retained_until(sent_on: NaiveDate) -> NaiveDate {
    let end = sent_on.checked_add_months(Months::new(RETENTION_MONTHS));
    end.unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn notices_are_due_in_thirty_days_and_kept_for_twenty_five_months() {
        for (kind, completed, due, law) in [
            (
                NoticeKind::AdverseAction,
                "2026-01-31",
                "2026-03-02",
                "12 CFR 1002.9(a)(1)(i)",
            ),
            (
                NoticeKind::Counteroffer,
                "2028-02-01",
                "2028-03-02",
                "12 CFR 1002.9(a)(1)(i)",
            ),
            (
                NoticeKind::Incompleteness,
                "2026-12-15",
                "2027-01-14",
                "12 CFR 1002.9(c)(1)",
            ),
        ] {
            let found = clock(kind, day(completed));
            assert_eq!((found.due, found.law), (day(due), law), "{completed}");
        }
        assert_eq!(retained_until(day("2026-01-31")), day("2028-02-29"));
        assert_eq!(retained_until(day("2026-03-15")), day("2028-04-15"));
        assert_eq!(retained_until(NaiveDate::MAX), NaiveDate::MAX);
    }
}
