//! Civil dates and the business days of the Federal Reserve.
//!
//! An instant becomes a civil date by one rule, [`civil_date`]; nothing else in the house turns
//! seconds into days.

use std::sync::LazyLock;

use chrono::{
    DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Raised when the holidays or the day rule change; every decision records it.
pub const CALENDAR_VERSION: u32 = 1;

/// The version of the time-zone data that is compiled in; every decision records it.
pub const TIME_ZONE_DATA: &str = chrono_tz::IANA_TZDB_VERSION;

/// A time zone by its IANA name: `America/New_York`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Tz);

/// Not the name of a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a time zone is an IANA name such as `America/New_York`")]
pub struct NotAZone;

impl Zone {
    /// Reads an IANA name.
    pub fn parse(name: &str) -> Result<Self, NotAZone> {
        name.parse().map(Self).map_err(|_| NotAZone)
    }

    /// The IANA name.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The instant of a civil time there: of one that clocks show twice the first, of one that they
    /// pass over none.
    pub fn instant(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let local = local.and_local_timezone(self.0).earliest()?;
        Some(local.to_utc())
    }
}

impl Default for Zone {
    /// `America/New_York`, the zone of the Federal Reserve.
    fn default() -> Self {
        Self(Tz::America__New_York)
    }
}

impl TryFrom<String> for Zone {
    type Error = NotAZone;
    fn try_from(name: String) -> Result<Self, NotAZone> {
        Self::parse(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name().to_owned()
    }
}

/// The moment a decision is made for: an instant, and the zone in which its day is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsOf {
    /// The instant, in whole seconds.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub instant: DateTime<Utc>,
    /// Where its civil date is read.
    pub zone: Zone,
}

impl AsOf {
    /// The civil date of the moment. The instant of a decision always is a real one, so it is
    /// read in the zone even at midnight UTC.
    pub fn date(&self) -> NaiveDate {
        self.instant.with_timezone(&self.zone.0).date_naive()
    }

    /// The hour of the moment there, from 0 to 23.
    pub fn hour(&self) -> u32 {
        self.instant.with_timezone(&self.zone.0).hour()
    }
}

/// The last second of a civil day in a zone.
pub fn end_of_day(day: NaiveDate, zone: Zone) -> DateTime<Utc> {
    let midnight = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    let begins = midnight.and_local_timezone(zone.0).earliest();
    // Where clocks go forward at midnight the next day begins later; as in UTC is near enough.
    let begins = begins.map_or_else(|| midnight.and_utc(), |begins| begins.to_utc());
    begins - Duration::seconds(1)
}

/// The civil date of an instant in bank data: exactly 00:00:00 UTC names that UTC day (banks that
/// know only a date are sent so), any other instant is read in `zone`.
pub fn civil_date(instant: DateTime<Utc>, zone: Zone) -> NaiveDate {
    let utc = instant.naive_utc();
    if utc.time() == NaiveTime::MIN {
        utc.date()
    } else {
        instant.with_timezone(&zone.0).date_naive()
    }
}

/// The Federal Reserve holiday observed on `date`, by name.
///
/// A holiday on a Sunday is observed on Monday; one on a Saturday is not observed
/// (Federal Reserve Banks, "Holiday Schedules").
pub fn federal_holiday(date: NaiveDate) -> Option<&'static str> {
    if date.weekday() == Weekday::Sat || date.weekday() == Weekday::Sun {
        return None;
    }
    holiday_on(date).or_else(|| {
        let sunday = (date.weekday() == Weekday::Mon)
            .then(|| date.pred_opt())
            .flatten()?;
        fixed_holiday(sunday)
    })
}

fn holiday_on(date: NaiveDate) -> Option<&'static str> {
    fixed_holiday(date).or_else(|| floating_holiday(date))
}

fn fixed_holiday(date: NaiveDate) -> Option<&'static str> {
    match (date.month(), date.day()) {
        (1, 1) => Some("New Year's Day"),
        // Public Law 117-17, 17 June 2021; the Reserve Banks observed it from 2022.
        (6, 19) if date.year() >= 2022 => Some("Juneteenth"),
        (7, 4) => Some("Independence Day"),
        (11, 11) => Some("Veterans Day"),
        (12, 25) => Some("Christmas Day"),
        _ => None,
    }
}

fn floating_holiday(date: NaiveDate) -> Option<&'static str> {
    let nth = (date.day() - 1) / 7 + 1;
    let last_week = date.day() + 7 > days_in_month(date);
    match (date.month(), date.weekday(), nth) {
        (1, Weekday::Mon, 3) => Some("Birthday of Martin Luther King, Jr."),
        (2, Weekday::Mon, 3) => Some("Washington's Birthday"),
        (5, Weekday::Mon, _) if last_week => Some("Memorial Day"),
        (9, Weekday::Mon, 1) => Some("Labor Day"),
        (10, Weekday::Mon, 2) => Some("Columbus Day"),
        (11, Weekday::Thu, 4) => Some("Thanksgiving Day"),
        _ => None,
    }
}

/// How many days the month of `date` has.
pub fn days_in_month(date: NaiveDate) -> u32 {
    u32::from(date.num_days_in_month())
}

/// Whether payments settle on `date`.
pub fn is_business_day(date: NaiveDate) -> bool {
    let day = i64::from(date.num_days_from_ce()) - FIRST_DAY;
    let word = usize::try_from(day / 64).ok();
    match word.and_then(|word| BUSINESS_DAYS.get(word)) {
        Some(word) if day >= 0 => word >> (day % 64) & 1 == 1,
        Some(_) | None => settles(date),
    }
}

fn settles(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && federal_holiday(date).is_none()
}

/// 1 January 1990, as a day of the common era: no bank's history begins earlier.
const FIRST_DAY: i64 = 726_468;
/// Half a century of days, in words of 64: schedules ask for the same days again and again.
const DAY_WORDS: i64 = 286;

static BUSINESS_DAYS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let word = |word: i64| {
        (0..64).fold(0_u64, |bits, bit| {
            let day = i32::try_from(FIRST_DAY + word * 64 + bit).ok();
            let date = day.and_then(NaiveDate::from_num_days_from_ce_opt);
            bits | u64::from(date.is_some_and(settles)) << bit
        })
    };
    (0..DAY_WORDS).map(word).collect()
});

/// `date`, or the nearest business day before it.
pub fn business_day_on_or_before(date: NaiveDate) -> NaiveDate {
    step_to_business_day(date, NaiveDate::pred_opt)
}

/// `date`, or the nearest business day after it.
pub fn business_day_on_or_after(date: NaiveDate) -> NaiveDate {
    step_to_business_day(date, NaiveDate::succ_opt)
}

fn step_to_business_day(date: NaiveDate, step: fn(&NaiveDate) -> Option<NaiveDate>) -> NaiveDate {
    let mut day = date;
    while !is_business_day(day) {
        match step(&day) {
            Some(next) => day = next,
            None => return day,
        }
    }
    day
}

/// The date `count` business days after `date`.
pub fn add_business_days(date: NaiveDate, count: u32) -> NaiveDate {
    (0..count).fold(date, |day, _| {
        business_day_on_or_after(day.checked_add_days(Days::new(1)).unwrap_or(day))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_that_are_kept_are_those_of_the_rules() {
        let first = date("1989-12-01");
        for day in first.iter_days().take(19_000) {
            assert_eq!(is_business_day(day), settles(day), "{day}");
        }
    }
    use chrono::TimeZone;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn midnight_utc_names_its_own_day() {
        let zone = Zone::default();
        let midnight = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap();
        assert_eq!(civil_date(midnight, zone), date("2026-03-01"));
        let later = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 1).unwrap();
        assert_eq!(civil_date(later, zone), date("2026-02-28"));
    }

    #[test]
    fn a_day_ends_where_its_zone_says() {
        let ends = |day| end_of_day(date(day), Zone::default()).to_string();
        assert_eq!(ends("2026-03-07"), "2026-03-08 04:59:59 UTC");
        assert_eq!(ends("2026-03-08"), "2026-03-09 03:59:59 UTC");
        let utc = Zone::parse("UTC").unwrap();
        assert_eq!(
            end_of_day(date("2026-03-08"), utc).to_string(),
            "2026-03-08 23:59:59 UTC"
        );
    }

    #[test]
    fn sunday_moves_to_monday_and_saturday_does_not_move() {
        assert_eq!(federal_holiday(date("2023-01-02")), Some("New Year's Day"));
        assert_eq!(federal_holiday(date("2026-07-03")), None);
        assert!(is_business_day(date("2026-07-03")));
        assert_eq!(
            business_day_on_or_before(date("2026-07-05")),
            date("2026-07-03")
        );
        assert_eq!(
            business_day_on_or_after(date("2026-12-25")),
            date("2026-12-28")
        );
        assert_eq!(add_business_days(date("2026-11-25"), 1), date("2026-11-27"));
    }

    /// The published holidays of 2000 to 2040, where the file is at hand.
    #[test]
    fn agrees_with_the_published_holidays() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/data/fed_holidays_2000_2040.csv"
        );
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("skipped: no list of published holidays beside the project");
            return;
        };
        let published: std::collections::BTreeSet<NaiveDate> = text
            .lines()
            .skip(1)
            .map(|line| date(line.split(',').next().unwrap()))
            .collect();
        let ours: std::collections::BTreeSet<NaiveDate> = date("2000-01-01")
            .iter_days()
            .take_while(|day| *day < date("2041-01-01"))
            .filter(|day| federal_holiday(*day).is_some())
            .collect();
        assert_eq!(ours, published);
    }
}
