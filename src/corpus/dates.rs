//! Paydays: the dates that a schedule names, and the days on which the money comes.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::labels::Cadence;
use crate::calendar::{business_day_on_or_after, business_day_on_or_before, days_in_month};

/// A rule that names dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schedule {
    /// Every so many days, through this date.
    Every(u64, NaiveDate),
    /// On two days of each month; 31 is its last.
    TwiceMonthly(u32, u32),
    /// On a day of each month; 31 is its last.
    Monthly(u32),
    /// On the last business day of each month.
    LastBusinessDay,
    /// On the nth such weekday of each month.
    Nth(u32, Weekday),
}

/// Where the money goes that would come on a day without settlement, and how much earlier a bank
/// pays out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shift {
    /// To the next business day in place of the one before.
    pub(super) after: bool,
    /// Business days before.
    pub(super) early: u32,
}

impl Schedule {
    pub(super) fn cadence(self) -> Cadence {
        match self {
            Self::Every(0..=7, _) => Cadence::Weekly,
            Self::Every(8..=14, _) => Cadence::Biweekly,
            Self::Every(..) => Cadence::FourWeekly,
            Self::TwiceMonthly(..) => Cadence::SemiMonthly,
            Self::Monthly(_) | Self::LastBusinessDay | Self::Nth(..) => Cadence::Monthly,
        }
    }

    /// Whether it names this date.
    fn names(self, day: NaiveDate) -> bool {
        let last = days_in_month(day);
        let on = |wanted: u32| day.day() == wanted.min(last);
        match self {
            Self::Every(step, anchor) => {
                let step = i64::try_from(step).unwrap_or(1).max(1);
                day.signed_duration_since(anchor)
                    .num_days()
                    .rem_euclid(step)
                    == 0
            }
            Self::TwiceMonthly(first, second) => on(first) || on(second),
            Self::Monthly(wanted) => on(wanted),
            Self::LastBusinessDay => day
                .with_day(last)
                .is_some_and(|end| day == business_day_on_or_before(end)),
            Self::Nth(nth, weekday) => day.weekday() == weekday && (day.day() - 1) / 7 + 1 == nth,
        }
    }

    /// The dates named from `first` to `last`.
    pub(super) fn nominal(self, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
        first
            .iter_days()
            .take_while(|day| *day <= last)
            .filter(|day| self.names(*day))
            .collect()
    }

    /// The days from `first` to `last` on which its money comes.
    pub(super) fn paid(self, first: NaiveDate, last: NaiveDate, shift: Shift) -> Vec<NaiveDate> {
        let (before, after) = (minus(first, 10), plus(last, 10));
        self.nominal(before, after)
            .into_iter()
            .map(|day| shift.apply(day))
            .filter(|day| (first..=last).contains(day))
            .collect()
    }

    /// The next two days after `today` on which its money comes.
    pub(super) fn next(self, today: NaiveDate, shift: Shift) -> Vec<NaiveDate> {
        let mut days = self.paid(plus(today, 1), plus(today, 75), shift);
        days.truncate(2);
        days
    }
}

impl Shift {
    /// When the money of a nominal date comes.
    pub(super) fn apply(self, nominal: NaiveDate) -> NaiveDate {
        let settles = if self.after {
            business_day_on_or_after(nominal)
        } else {
            business_day_on_or_before(nominal)
        };
        (0..self.early).fold(settles, |day, _| business_day_on_or_before(minus(day, 1)))
    }
}

/// So many days later.
pub(super) fn plus(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

/// So many days before.
pub(super) fn minus(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn money_comes_before_a_holiday_or_after_it_or_early() {
        // Thursday, 26 November 2026 is Thanksgiving.
        let thursdays = Schedule::Every(7, date("2026-11-26"));
        let paid = |shift| thursdays.paid(date("2026-11-23"), date("2026-11-28"), shift);
        let (after, early) = (true, 2);
        assert_eq!(paid(Shift::default()), [date("2026-11-25")]);
        assert_eq!(paid(Shift { after, early: 0 }), [date("2026-11-27")]);
        assert_eq!(
            paid(Shift {
                after: false,
                early
            }),
            [date("2026-11-23")]
        );
        assert_eq!(thursdays.cadence(), Cadence::Weekly);
    }

    #[test]
    fn months_end_where_they_end() {
        let ends = Schedule::TwiceMonthly(15, 31);
        let named = ends.nominal(date("2027-02-01"), date("2027-02-28"));
        assert_eq!(named, [date("2027-02-15"), date("2027-02-28")]);
        let last = Schedule::LastBusinessDay;
        assert_eq!(
            last.nominal(date("2027-02-01"), date("2027-02-28")),
            [date("2027-02-26")]
        );
        let second = Schedule::Nth(2, Weekday::Wed);
        assert_eq!(
            second.next(
                date("2026-10-14"),
                Shift {
                    after: false,
                    early: 2
                }
            ),
            // The eleventh is Veterans Day.
            [date("2026-11-06"), date("2026-12-07")]
        );
    }
}
