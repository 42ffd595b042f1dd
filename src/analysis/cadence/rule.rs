//! Rules that name dates.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::calendar::{
    add_business_days, business_day_on_or_after, business_day_on_or_before, days_in_month,
};

/// How often somebody is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// Every seven days: 52 a year.
    Weekly,
    /// Every fourteen days: 26 a year.
    Biweekly,
    /// Twice a month: 24 a year.
    SemiMonthly,
    /// Once a month: 12 a year.
    Monthly,
    /// Every 28 days: 13 a year.
    FourWeekly,
    /// No schedule explains the dates.
    Irregular,
}

impl Cadence {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Weekly,
        Self::Biweekly,
        Self::SemiMonthly,
        Self::Monthly,
        Self::FourWeekly,
        Self::Irregular,
    ];

    /// The word for it in features: `semi_monthly`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::Biweekly => "biweekly",
            Self::SemiMonthly => "semi_monthly",
            Self::Monthly => "monthly",
            Self::FourWeekly => "four_weekly",
            Self::Irregular => "irregular",
        }
    }

    /// Payments a month as a fraction: `(52, 12)` for weekly; `None` without a schedule.
    pub fn per_month(self) -> Option<(i64, i64)> {
        match self {
            Self::Weekly => Some((52, 12)),
            Self::Biweekly => Some((26, 12)),
            Self::SemiMonthly => Some((2, 1)),
            Self::Monthly => Some((1, 1)),
            Self::FourWeekly => Some((13, 12)),
            Self::Irregular => None,
        }
    }

    /// The longest regular distance between two payments, in days.
    pub(in crate::analysis) fn cycle_days(self) -> Option<u64> {
        match self {
            Self::Weekly => Some(7),
            Self::Biweekly => Some(14),
            Self::SemiMonthly => Some(16),
            Self::Monthly => Some(31),
            Self::FourWeekly => Some(28),
            Self::Irregular => None,
        }
    }

    /// A deposit further from its date than this, in days, is not that payment. A judgement: a long
    /// weekend and a day of posting are four days; a week is too short for that, and a month leaves
    /// room for employers that pay by hand.
    pub(super) fn tolerance(self) -> i64 {
        match self {
            Self::Weekly => 2,
            Self::Biweekly | Self::SemiMonthly | Self::FourWeekly => 4,
            Self::Monthly | Self::Irregular => 6,
        }
    }

    /// How much likelier a deposit on its date is than by chance, in thousandths of a nat: by chance
    /// it comes on any business day of the cycle at the same mean rate, `ln(days) + 1`; by schedule it
    /// keeps its date with the likelihood that a scale of 0.7 days gives it, `ln 0.613`.
    pub(super) fn gain(self) -> i64 {
        match self {
            Self::Weekly => 2_120,
            Self::Biweekly => 2_813,
            Self::SemiMonthly => 2_909,
            Self::FourWeekly => 3_507,
            Self::Monthly => 3_556,
            Self::Irregular => 0,
        }
    }

    /// The largest mean distance, in tenths of a day, at which a schedule still is one. A judgement:
    /// half of the tolerance or less. Two dates a month fit jitter more easily than one every two
    /// weeks, so that they have to fit better.
    pub(super) fn residual_tenths_max(self) -> i64 {
        match self {
            Self::Weekly => 10,
            Self::Biweekly | Self::FourWeekly => 15,
            Self::SemiMonthly => 12,
            Self::Monthly | Self::Irregular => 25,
        }
    }
}

/// A rule that names dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Every so many days, counted from a day.
    Every { days: u64, anchor: NaiveDate },
    /// A day of each month, the last one where the month is shorter.
    DayOfMonth(u32),
    /// Two days of each month.
    TwoDaysOfMonth(u32, u32),
    /// The nth weekday of each month; the fifth is the last.
    NthWeekday(u32, Weekday),
}

impl Rule {
    /// How many free parameters it has.
    pub(super) fn parameters(self) -> i64 {
        match self {
            Self::Every { .. } | Self::DayOfMonth(_) => 1,
            Self::TwoDaysOfMonth(..) | Self::NthWeekday(..) => 2,
        }
    }
}

/// Where a date moves that is no business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    /// It stays.
    None,
    /// To the business day before: payrolls and benefits.
    Before,
    /// To the business day after.
    After,
    /// To the business day before, and from there so many more: banks that show a deposit as soon as
    /// they hear of it.
    Early(u32),
    /// So many days before, whatever days they are.
    Ahead(u32),
}

/// Dates of one fit are not generated beyond this many: bounds the work. So many weeks are over
/// seven years, more than any history.
const SLOTS_MAX: usize = 400;
/// A date moves back by fewer days than this: a weekend and a holiday to a business day, and two
/// business days more over another weekend and a holiday.
const SHIFT_DAYS_MAX: u64 = 9;

/// So many business days before a business day.
fn business_days_before(date: NaiveDate, days: u32) -> NaiveDate {
    (0..days).fold(date, |day, _| {
        day.pred_opt().map_or(day, business_day_on_or_before)
    })
}

/// The day that was due where it is paid early on `date`.
pub(super) fn due(shift: Shift, date: NaiveDate) -> NaiveDate {
    match shift {
        Shift::None | Shift::Before | Shift::After => date,
        Shift::Early(days) => add_business_days(date, days),
        Shift::Ahead(days) => date
            .checked_add_days(Days::new(days.into()))
            .unwrap_or(date),
    }
}

impl Shift {
    /// Where a date of a rule moves.
    fn moved(self, date: NaiveDate) -> NaiveDate {
        match self {
            Self::None => date,
            Self::Before => business_day_on_or_before(date),
            Self::After => business_day_on_or_after(date),
            Self::Early(days) => business_days_before(business_day_on_or_before(date), days),
            Self::Ahead(days) => date
                .checked_sub_days(Days::new(days.into()))
                .unwrap_or(date),
        }
    }
}

/// The dates of a schedule from `from` to `to`, both included, in order.
pub(super) fn slots(rule: Rule, shift: Shift, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let mut slots = Vec::new();
    shifted(&nominal(rule, from, to), shift, from, to, &mut slots);
    slots
}

/// Puts the dates from `from` to `to` to which nominal ones move in the place of those of `slots`.
pub(super) fn shifted(
    nominal: &[NaiveDate],
    shift: Shift,
    from: NaiveDate,
    to: NaiveDate,
    slots: &mut Vec<NaiveDate>,
) {
    slots.clear();
    let moved = nominal.iter().map(|date| shift.moved(*date));
    slots.extend(moved.filter(|day| *day >= from && *day <= to));
}

/// The dates that a rule names, before any moves, as far as they may move between `from` and `to`.
pub(super) fn nominal(rule: Rule, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    // A date after the end can move back before it.
    let end = to.checked_add_days(Days::new(SHIFT_DAYS_MAX)).unwrap_or(to);
    let mut out = Vec::new();
    match rule {
        Rule::Every { days, anchor } => {
            let period = i64::try_from(days).unwrap_or(i64::MAX);
            let lead = from
                .signed_duration_since(anchor)
                .num_days()
                .rem_euclid(period);
            let ahead = u64::try_from((period - lead) % period).unwrap_or(0);
            let mut date = from.checked_add_days(Days::new(ahead));
            while let Some(day) = date.filter(|day| *day <= end && out.len() < SLOTS_MAX) {
                out.push(day);
                date = day.checked_add_days(Days::new(days));
            }
        }
        Rule::DayOfMonth(_) | Rule::TwoDaysOfMonth(..) | Rule::NthWeekday(..) => {
            // A day early in a month can move back into the month before.
            let mut month = from.with_day(1);
            while let Some(first) = month.filter(|day| *day <= end && out.len() < SLOTS_MAX) {
                out.extend(days_of(rule, first).into_iter().flatten());
                month = first.checked_add_months(Months::new(1));
            }
        }
    }
    out
}

/// The dates of a rule in the month that begins on `first`.
fn days_of(rule: Rule, first: NaiveDate) -> [Option<NaiveDate>; 2] {
    let clamped = |day: u32| first.with_day(day.min(days_in_month(first)));
    match rule {
        Rule::Every { .. } => [None, None],
        Rule::DayOfMonth(day) => [clamped(day), None],
        Rule::TwoDaysOfMonth(a, b) => [clamped(a), clamped(b)],
        Rule::NthWeekday(nth, weekday) => {
            let offset =
                (7 + weekday.num_days_from_monday() - first.weekday().num_days_from_monday()) % 7;
            let day = 1 + offset + 7 * (nth - 1);
            let day = if day > days_in_month(first) {
                day - 7
            } else {
                day
            };
            [first.with_day(day), None]
        }
    }
}
