//! The schedules worth trying, from the typical gap and the days on which deposits came.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, Weekday};

use super::rule::{Cadence, Rule};

/// Days of the month on which employers that pay twice usually do; 31 is the last day.
pub(super) const USUAL_PAIRS: [(u32, u32); 6] =
    [(1, 15), (15, 31), (5, 20), (7, 22), (10, 25), (1, 16)];

// The typical gaps, in days, at which a schedule is worth trying: its own gaps, and as much as
// weekends, holidays and late payments move the middle one. They only save work, since a schedule
// that is tried still has to fit; gaps that no range holds are no schedule of pay.

/// Seven days, and two.
const WEEKLY_GAP_DAYS: RangeInclusive<i64> = 5..=9;
/// Fourteen days, or thirteen to sixteen twice a month, and a little.
pub(super) const TWO_WEEKS_GAP_DAYS: RangeInclusive<i64> = 10..=18;
/// 28 to 31 days, and a week for days that a person chooses.
pub(super) const MONTHLY_GAP_DAYS: RangeInclusive<i64> = 23..=38;

// How many candidates are taken from the dates themselves, the most frequent first. Judgements: the
// true one is among the first few, and each more costs a fit.

/// Days on which a schedule of whole weeks may be anchored: the right one and two of its shifts.
const ANCHORS: usize = 3;
/// Days of the month: a nominal day and where weekends and a holiday move it.
const MONTH_DAYS_TRIED: usize = 5;
/// Nth weekdays of the month.
const NTH_WEEKDAYS_TRIED: usize = 2;
/// From this day on, the last of February, a day of the month may stand for the last one.
const MONTH_ENDS_FROM: u32 = 28;
/// Days between the two of a semi-monthly schedule: half a month, and three for uneven pairs.
const PAIR_APART_DAYS: RangeInclusive<u32> = 12..=18;
/// The schedules worth trying, from the typical gap and the days on which deposits came.
pub(super) fn hypotheses(dates: &[NaiveDate]) -> Vec<(Cadence, Rule)> {
    let gap = typical_gap(dates);
    let mut found = Vec::new();
    if WEEKLY_GAP_DAYS.contains(&gap) {
        found.extend(every(dates, 7).map(|rule| (Cadence::Weekly, rule)));
    }
    if TWO_WEEKS_GAP_DAYS.contains(&gap) {
        found.extend(every(dates, 14).map(|rule| (Cadence::Biweekly, rule)));
        found.extend(
            two_days(dates)
                .into_iter()
                .map(|rule| (Cadence::SemiMonthly, rule)),
        );
    }
    if MONTHLY_GAP_DAYS.contains(&gap) {
        found.extend(
            monthly(dates)
                .into_iter()
                .map(|rule| (Cadence::Monthly, rule)),
        );
        found.extend(every(dates, 28).map(|rule| (Cadence::FourWeekly, rule)));
    }
    found
}

/// The middle distance between two dates, in days.
pub(super) fn typical_gap(dates: &[NaiveDate]) -> i64 {
    let mut gaps: Vec<i64> = dates
        .iter()
        .zip(dates.iter().skip(1))
        .map(|(a, b)| b.signed_duration_since(*a).num_days())
        .collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(0)
}

/// The most frequent values, the larger count first, then the smaller value.
fn most_frequent<T: Ord + Copy>(values: impl Iterator<Item = T>, count: usize) -> Vec<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<(T, usize)> = counts.into_iter().collect();
    counts.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
    counts
        .into_iter()
        .take(count)
        .map(|(value, _)| value)
        .collect()
}

fn every(dates: &[NaiveDate], days: u64) -> impl Iterator<Item = Rule> {
    let period = i32::try_from(days).unwrap_or(i32::MAX);
    let phases = most_frequent(
        dates
            .iter()
            .map(|date| date.num_days_from_ce().rem_euclid(period)),
        ANCHORS,
    );
    let anchors: Vec<NaiveDate> = phases
        .into_iter()
        .filter_map(|phase| {
            dates
                .iter()
                .copied()
                .find(|date| date.num_days_from_ce().rem_euclid(period) == phase)
        })
        .collect();
    anchors
        .into_iter()
        .map(move |anchor| Rule::Every { days, anchor })
}

pub(super) fn monthly(dates: &[NaiveDate]) -> Vec<Rule> {
    let mut days = most_frequent(dates.iter().map(Datelike::day), MONTH_DAYS_TRIED);
    // A nominal day near the end of the month is seen on it in long months only, and a middle
    // day is a better guess than any observed one where the dates jitter.
    let mut sorted: Vec<u32> = dates.iter().map(Datelike::day).collect();
    sorted.sort_unstable();
    days.extend(sorted.get(sorted.len() / 2));
    if sorted.last().is_some_and(|day| *day >= MONTH_ENDS_FROM) {
        days.push(31);
    }
    days.sort_unstable();
    days.dedup();
    let mut rules: Vec<Rule> = days.into_iter().map(Rule::DayOfMonth).collect();
    let nth = |date: &NaiveDate| {
        (
            (date.day() - 1) / 7 + 1,
            date.weekday().num_days_from_monday(),
        )
    };
    for (nth, weekday) in most_frequent(dates.iter().map(nth), NTH_WEEKDAYS_TRIED) {
        if let Some(weekday) = u8::try_from(weekday)
            .ok()
            .and_then(|day| Weekday::try_from(day).ok())
        {
            rules.push(Rule::NthWeekday(nth, weekday));
            if nth == 4 {
                rules.push(Rule::NthWeekday(5, weekday));
            }
        }
    }
    rules
}

pub(super) fn two_days(dates: &[NaiveDate]) -> Vec<Rule> {
    let days = most_frequent(dates.iter().map(Datelike::day), MONTH_DAYS_TRIED);
    let mut pairs: Vec<(u32, u32)> = USUAL_PAIRS.to_vec();
    for a in &days {
        for b in &days {
            if b > a && PAIR_APART_DAYS.contains(&(b - a)) && !pairs.contains(&(*a, *b)) {
                pairs.push((*a, *b));
            }
        }
    }
    pairs
        .into_iter()
        .map(|(a, b)| Rule::TwoDaysOfMonth(a, b))
        .collect()
}
