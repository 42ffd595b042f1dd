//! When things fall due.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::calendar::days_in_month;

/// When something falls due, before weekends and holidays move it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schedule {
    /// Every such weekday.
    Weekly(Weekday),
    /// Every second such weekday; `odd` says which of the two series.
    Biweekly {
        /// The day.
        weekday: Weekday,
        /// Which of the two series.
        odd: bool,
    },
    /// Two days of the month.
    SemiMonthly(u32, u32),
    /// A day of the month; 31 is the last one.
    Monthly(u32),
    /// The n-th such weekday of the month, from 1.
    NthWeekday(u32, Weekday),
}

impl Schedule {
    /// The due dates of `first..=last`.
    pub(super) fn dates(self, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
        let days = first.iter_days().take_while(|day| *day <= last);
        days.filter(|day| self.falls_on(*day)).collect()
    }

    fn falls_on(self, day: NaiveDate) -> bool {
        let is = |wanted: u32| day.day() == wanted.min(days_in_month(day));
        match self {
            Self::Weekly(weekday) => day.weekday() == weekday,
            Self::Biweekly { weekday, odd } => {
                let week = day.num_days_from_ce().div_euclid(7);
                day.weekday() == weekday && (week % 2 != 0) == odd
            }
            Self::SemiMonthly(a, b) => is(a) || is(b),
            Self::Monthly(wanted) => is(wanted),
            Self::NthWeekday(nth, weekday) => {
                day.weekday() == weekday && day.day().div_ceil(7) == nth
            }
        }
    }
}

/// The date `count` days before.
pub(super) fn days_before(date: NaiveDate, count: u64) -> NaiveDate {
    // INVARIANT: the sandbox lives in the years 1990 to 2200; no date of it leaves the calendar.
    date.checked_sub_days(Days::new(count)).unwrap_or(date)
}

/// The date `count` days after.
pub(super) fn days_after(date: NaiveDate, count: u64) -> NaiveDate {
    date.checked_add_days(Days::new(count)).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(schedule: Schedule, first: &str, last: &str) -> Vec<String> {
        let dates = schedule.dates(first.parse().unwrap(), last.parse().unwrap());
        dates.iter().map(NaiveDate::to_string).collect()
    }

    #[test]
    fn due_dates_follow_the_calendar() {
        let february = |schedule| dates(schedule, "2024-02-01", "2024-02-29");
        assert_eq!(february(Schedule::Monthly(31)), ["2024-02-29"]);
        assert_eq!(
            february(Schedule::SemiMonthly(15, 31)),
            ["2024-02-15", "2024-02-29"]
        );
        assert_eq!(
            february(Schedule::NthWeekday(2, Weekday::Wed)),
            ["2024-02-14"]
        );
        assert_eq!(
            february(Schedule::Weekly(Weekday::Thu)),
            [
                "2024-02-01",
                "2024-02-08",
                "2024-02-15",
                "2024-02-22",
                "2024-02-29"
            ]
        );
    }

    #[test]
    fn the_two_biweekly_series_alternate() {
        let series = |odd| Schedule::Biweekly {
            weekday: Weekday::Fri,
            odd,
        };
        let all = |odd| dates(series(odd), "2025-12-01", "2026-02-01");
        let mut both = [all(false), all(true)].concat();
        both.sort();
        assert_eq!(both.len(), 9);
        both.dedup();
        assert_eq!(both.len(), 9);
        assert!(all(false).len().abs_diff(all(true).len()) <= 1);
    }
}
