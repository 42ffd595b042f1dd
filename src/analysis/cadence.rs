//! How often somebody is paid, found by trying schedules and keeping the one that explains the
//! dates best.
//!
//! Mean gaps fail on a single missed payday and on weekends. A schedule is a rule that names
//! dates; each is moved to a business day of the Federal Reserve where it would fall on another,
//! and the deposits are matched with it one to one. The score is a log-likelihood in thousandths:
//! Laplace-distributed residuals, and a price for each missed payday and each extra deposit.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

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
    pub(super) fn cycle_days(self) -> Option<u64> {
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
    fn tolerance(self) -> i64 {
        match self {
            Self::Weekly => 2,
            Self::Biweekly | Self::SemiMonthly | Self::FourWeekly => 4,
            Self::Monthly | Self::Irregular => 6,
        }
    }

    /// How much likelier a deposit on its date is than by chance, in thousandths of a nat: by chance
    /// it comes on any business day of the cycle at the same mean rate, `ln(days) + 1`; by schedule it
    /// keeps its date with the likelihood that a scale of 0.7 days gives it, `ln 0.613`.
    fn gain(self) -> i64 {
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
    fn residual_tenths_max(self) -> i64 {
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
enum Rule {
    /// Every so many days, counted from a day.
    Every { days: u64, anchor: NaiveDate },
    /// A day of each month, the last one where the month is shorter.
    DayOfMonth(u32),
    /// Two days of each month.
    TwoDaysOfMonth(u32, u32),
    /// The nth weekday of each month; the fifth is the last.
    NthWeekday(u32, Weekday),
}

/// Where a date moves that is no business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
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

/// Banks pay out up to so many business days early: an ACH entry is sent that long before it settles.
const EARLY_DAYS_MAX: u32 = 2;

/// Dates of one fit are not generated beyond this many: bounds the work. So many weeks are over
/// seven years, more than any history.
const SLOTS_MAX: usize = 400;
/// Deposits that a fit looks at, the latest ones: over two years of weekly pay. Bounds the work, and
/// what was longer ago says little of now.
pub(super) const EVENTS_MAX: usize = 120;
/// Fewer dates show no schedule: two have one gap, and one gap is any schedule. Commonly asked for.
pub(super) const SCHEDULE_EVENTS_MIN: usize = 3;
/// Price of a day between a deposit and its date, in thousandths of a nat: 1/0.7, for distances that
/// are Laplace-distributed with a scale of 0.7 days. A judgement: most pay comes to the day.
const DAY: i64 = 1_430;
/// Price of a missed date: -ln 0.05, as if one payday in twenty were missed. A judgement.
const MISS: i64 = 2_996;
/// Price of an extra deposit: -ln 0.03. A judgement: one that a schedule cannot explain speaks
/// somewhat more against it than one that did not come.
const EXTRA: i64 = 3_507;
/// Price of a free parameter for each doubling of the dates: half of ln 2, as the Bayesian
/// information criterion has it.
const PARAMETER: i64 = 347;

/// A schedule has to be so much likelier than chance, in thousandths of a nat: twenty times. A
/// judgement; with less, payouts that come as they like are given a schedule.
const EVIDENCE_MIN: i64 = 2_996;
/// What the schedules tried beside the best one cost, in thousandths of a nat: of ten, one fits by
/// chance ten times as often as a single one.
const TRIED: i64 = 2_303;

/// A schedule with how well it explains the dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fit {
    /// How often.
    pub(super) cadence: Cadence,
    rule: Rule,
    shift: Shift,
    /// Positions of the deposits that fall on a date of it.
    pub(super) matched: Vec<usize>,
    /// Dates without a deposit.
    pub(super) missed: u32,
    /// The sum of the distances, in days.
    pub(super) residual_days: i64,
    score: i64,
    /// The date of the last payment, by the schedule.
    last_slot: NaiveDate,
    /// The share of the likelihood that this cadence has among all, in thousandths.
    pub(super) posterior: i64,
    /// Whether biweekly and semi-monthly explain the dates about equally well.
    pub(super) ambiguous: bool,
}

/// A rival within this score, in thousandths of a nat, cannot be told apart: it is more than a third
/// as likely (1/e).
const AMBIGUOUS_WITHIN: i64 = 1_000;

/// The next date is looked for within so many days: two of the longest cycles, moved to business
/// days.
const AHEAD_DAYS: u64 = 70;

impl Fit {
    /// How much likelier than chance the schedule makes the dates, in thousandths of a nat.
    pub(super) fn evidence(&self) -> i64 {
        let matched = i64::try_from(self.matched.len()).unwrap_or(i64::MAX);
        self.score
            .saturating_add(matched.saturating_mul(self.cadence.gain()))
            .saturating_sub(TRIED)
    }

    /// The next date of the schedule after the last payment.
    pub(super) fn next(&self) -> Option<NaiveDate> {
        self.next_after(self.last_slot)
    }

    /// The dates of the schedule after the last payment up to `to`, in order.
    pub(super) fn coming(&self, to: NaiveDate) -> Vec<NaiveDate> {
        let mut coming = self.between(self.last_slot, to);
        // A payment that came early must not be awaited again.
        coming.retain(|slot| *slot > self.last_slot);
        coming
    }

    /// The dates of the schedule from `from` to `to`, both included, in order.
    pub(super) fn between(&self, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
        slots(self.rule, self.shift, from, to)
    }

    /// The first date of the schedule after `date`.
    pub(super) fn next_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        let to = date.checked_add_days(Days::new(AHEAD_DAYS))?;
        // A payment that came early must not be awaited again.
        slots(self.rule, self.shift, date, to)
            .into_iter()
            .find(|slot| *slot > date)
    }
}

/// So many business days before a business day.
fn business_days_before(date: NaiveDate, days: u32) -> NaiveDate {
    (0..days).fold(date, |day, _| {
        day.pred_opt().map_or(day, business_day_on_or_before)
    })
}

/// The schedule that explains the dates, which are sorted and distinct; `None` where none does.
pub(super) fn fit(dates: &[NaiveDate]) -> Option<Fit> {
    if dates.len() < SCHEDULE_EVENTS_MIN {
        return None;
    }
    let mut fits: Vec<Fit> = Vec::new();
    for (cadence, rule) in hypotheses(dates) {
        for shift in [Shift::None, Shift::Before, Shift::After] {
            let Some(fit) = judge(dates, cadence, rule, shift) else {
                continue;
            };
            keep_better(&mut fits, fit);
        }
    }
    if fits
        .iter()
        .all(|fit| fit.residual_days > 0 || fit.missed > 0)
        && let Some(fit) = early(dates)
    {
        keep_better(&mut fits, fit);
    }
    let best_score = fits.iter().map(|fit| fit.score).max()?;
    let weight: i64 = fits
        .iter()
        .map(|fit| exp_permille(best_score - fit.score))
        .sum();
    let rival = |a: Cadence| match a {
        Cadence::Biweekly => Some(Cadence::SemiMonthly),
        Cadence::SemiMonthly => Some(Cadence::Biweekly),
        Cadence::Weekly | Cadence::Monthly | Cadence::FourWeekly | Cadence::Irregular => None,
    };
    let mut best = fits.iter().find(|fit| fit.score == best_score)?.clone();
    best.ambiguous = fits.iter().any(|fit| {
        Some(fit.cadence) == rival(best.cadence) && best_score - fit.score < AMBIGUOUS_WITHIN
    });
    best.posterior = 1_000_000_i64
        .checked_div(weight.max(1))
        .unwrap_or(0)
        .min(1_000);
    acceptable(&best, dates.len()).then_some(best)
}

/// Keeps the best fit of each cadence. The earlier hypothesis wins a tie: the order of hypotheses is by
/// plausibility.
fn keep_better(fits: &mut Vec<Fit>, fit: Fit) {
    match fits.iter_mut().find(|other| other.cadence == fit.cadence) {
        Some(best) if fit.score > best.score => *best = fit,
        Some(_) => {}
        None => fits.push(fit),
    }
}

/// The day that was due where it is paid early on `date`.
fn due(shift: Shift, date: NaiveDate) -> NaiveDate {
    match shift {
        Shift::None | Shift::Before | Shift::After => date,
        Shift::Early(days) => add_business_days(date, days),
        Shift::Ahead(days) => date
            .checked_add_days(Days::new(days.into()))
            .unwrap_or(date),
    }
}

/// The best schedule by the day or the weekday of a month that is always paid early.
fn early(dates: &[NaiveDate]) -> Option<Fit> {
    let gap = typical_gap(dates);
    let mut best: Option<Fit> = None;
    let shifts = (1..=EARLY_DAYS_MAX).flat_map(|days| [Shift::Early(days), Shift::Ahead(days)]);
    for shift in shifts {
        let due: Vec<NaiveDate> = dates.iter().map(|date| due(shift, *date)).collect();
        let rules = if MONTHLY_GAP_DAYS.contains(&gap) {
            monthly(&due)
                .into_iter()
                .map(|rule| (Cadence::Monthly, rule))
                .collect()
        } else if TWO_WEEKS_GAP_DAYS.contains(&gap) {
            two_days(&due)
                .into_iter()
                .map(|rule| (Cadence::SemiMonthly, rule))
                .collect()
        } else {
            Vec::new()
        };
        for (cadence, rule) in rules {
            let Some(mut fit) = judge(dates, cadence, rule, shift) else {
                continue;
            };
            // That it is early is one more parameter.
            fit.score -= PARAMETER * i64::from(dates.len().ilog2());
            if best.as_ref().is_none_or(|best| fit.score > best.score) {
                best = Some(fit);
            }
        }
    }
    best
}

/// Days of the month on which employers that pay twice usually do; 31 is the last day.
const USUAL_PAIRS: [(u32, u32); 6] = [(1, 15), (15, 31), (5, 20), (7, 22), (10, 25), (1, 16)];

/// With fewer payments on its dates a schedule has to fit twice as well: three or four dates fit
/// almost any. A judgement.
const MATCHED_PLENTY: i64 = 5;
/// Two free days of a month fit any three dates, so they need one more.
const FREE_PAIR_MATCHED_MIN: i64 = 4;
/// The largest share of missed dates, in percent. A judgement: unpaid leave and gaps in the data are
/// passed over, while a schedule that misses every third date is another one.
const MISSED_PERCENT_MAX: i64 = 30;
/// The largest share of deposits beside the schedule, in percent: bonuses and corrections. A
/// judgement; with more of them it is not what explains the deposits.
const EXTRA_PERCENT_MAX: i64 = 25;

fn acceptable(fit: &Fit, events: usize) -> bool {
    let matched = i64::try_from(fit.matched.len()).unwrap_or(i64::MAX);
    let extras = i64::try_from(events).unwrap_or(i64::MAX) - matched;
    let missed = i64::from(fit.missed);
    let limit = fit.cadence.residual_tenths_max();
    let limit = if matched < MATCHED_PLENTY {
        (limit + 1) / 2
    } else {
        limit
    };
    let needed = match fit.rule {
        Rule::TwoDaysOfMonth(a, b) if !USUAL_PAIRS.contains(&(a, b)) => FREE_PAIR_MATCHED_MIN,
        Rule::TwoDaysOfMonth(..)
        | Rule::Every { .. }
        | Rule::DayOfMonth(_)
        | Rule::NthWeekday(..) => i64::try_from(SCHEDULE_EVENTS_MIN).unwrap_or(i64::MAX),
    };
    matched >= needed
        && fit.evidence() >= EVIDENCE_MIN
        && missed * 100 <= (matched + missed) * MISSED_PERCENT_MAX
        && extras * 100 <= (matched + extras) * EXTRA_PERCENT_MAX
        && fit.residual_days * 10 <= matched * limit
}

/// `exp(-x)` in thousandths for `x` in thousandths: halvings with a straight line between them.
pub(super) fn exp_permille(x: i64) -> i64 {
    const LN2: i64 = 693;
    /// A million has no more halvings.
    const HALVINGS_MAX: i64 = 20;
    let x = x.max(0);
    let halvings = x / LN2;
    if halvings >= HALVINGS_MAX {
        return 0;
    }
    let value = 1_000_000_i64 >> halvings;
    (value - value / 2 * (x % LN2) / LN2) / 1_000
}

// The typical gaps, in days, at which a schedule is worth trying: its own gaps, and as much as
// weekends, holidays and late payments move the middle one. They only save work, since a schedule
// that is tried still has to fit; gaps that no range holds are no schedule of pay.

/// Seven days, and two.
const WEEKLY_GAP_DAYS: RangeInclusive<i64> = 5..=9;
/// Fourteen days, or thirteen to sixteen twice a month, and a little.
const TWO_WEEKS_GAP_DAYS: RangeInclusive<i64> = 10..=18;
/// 28 to 31 days, and a week for days that a person chooses.
const MONTHLY_GAP_DAYS: RangeInclusive<i64> = 23..=38;

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
/// A date moves back by fewer days than this: a weekend and a holiday to a business day, and two
/// business days more over another weekend and a holiday.
const SHIFT_DAYS_MAX: u64 = 9;

/// The schedules worth trying, from the typical gap and the days on which deposits came.
fn hypotheses(dates: &[NaiveDate]) -> Vec<(Cadence, Rule)> {
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
fn typical_gap(dates: &[NaiveDate]) -> i64 {
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

fn monthly(dates: &[NaiveDate]) -> Vec<Rule> {
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

fn two_days(dates: &[NaiveDate]) -> Vec<Rule> {
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

/// The dates of a schedule from `from` to `to`, both included, in order.
fn slots(rule: Rule, shift: Shift, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let moved = |date: NaiveDate| match shift {
        Shift::None => date,
        Shift::Before => business_day_on_or_before(date),
        Shift::After => business_day_on_or_after(date),
        Shift::Early(days) => business_days_before(business_day_on_or_before(date), days),
        Shift::Ahead(days) => date
            .checked_sub_days(Days::new(days.into()))
            .unwrap_or(date),
    };
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
            // A date after the end can move back before it.
            let end = to.checked_add_days(Days::new(SHIFT_DAYS_MAX)).unwrap_or(to);
            while let Some(day) = date.filter(|day| *day <= end && out.len() < SLOTS_MAX) {
                out.extend(Some(moved(day)).filter(|day| *day >= from && *day <= to));
                date = day.checked_add_days(Days::new(days));
            }
        }
        Rule::DayOfMonth(_) | Rule::TwoDaysOfMonth(..) | Rule::NthWeekday(..) => {
            // A day early in a month can move back into the month before.
            let mut month = from.with_day(1);
            let end = to.checked_add_days(Days::new(SHIFT_DAYS_MAX)).unwrap_or(to);
            while let Some(first) = month.filter(|day| *day <= end && out.len() < SLOTS_MAX) {
                let days = days_of(rule, first);
                out.extend(
                    days.into_iter()
                        .flatten()
                        .map(moved)
                        .filter(|day| *day >= from && *day <= to),
                );
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

fn judge(dates: &[NaiveDate], cadence: Cadence, rule: Rule, shift: Shift) -> Option<Fit> {
    let tolerance = cadence.tolerance();
    let margin = Days::new(tolerance.unsigned_abs());
    let from = dates.first()?.checked_sub_days(margin)?;
    let to = dates.last()?.checked_add_days(margin)?;
    let slots = slots(rule, shift, from, to);
    let distance = |event: NaiveDate, slot: NaiveDate| event.signed_duration_since(slot).num_days();
    let mut matched = Vec::with_capacity(dates.len());
    let (mut missed, mut extras, mut residual) = (0_u32, 0_i64, 0_i64);
    let (mut last_slot, mut event) = (None, 0_usize);
    for (index, slot) in slots.iter().enumerate() {
        let mut best: Option<(usize, i64)> = None;
        while let Some(date) = dates.get(event) {
            let away = distance(*date, *slot);
            if away > tolerance {
                break;
            }
            // Nearer to the next date: it is that one's.
            let next = slots
                .get(index + 1)
                .map(|next| distance(*date, *next).abs());
            if next.is_some_and(|next| next < away.abs()) {
                break;
            }
            if away >= -tolerance && best.is_none_or(|(_, nearest)| away.abs() < nearest) {
                extras += i64::from(best.is_some());
                best = Some((event, away.abs()));
            } else {
                extras += 1;
            }
            event += 1;
        }
        match best {
            Some((position, away)) => {
                matched.push(position);
                residual += away;
                last_slot = Some(*slot);
            }
            // Outside the span of the deposits nothing is missed.
            None if *slot > *dates.first()? && *slot < *dates.last()? => missed += 1,
            None => {}
        }
    }
    extras += i64::try_from(dates.len().saturating_sub(event)).ok()?;
    let parameters = match rule {
        Rule::Every { .. } | Rule::DayOfMonth(_) => 1,
        Rule::TwoDaysOfMonth(..) | Rule::NthWeekday(..) => 2,
    };
    let penalty = parameters * PARAMETER * i64::from(dates.len().ilog2());
    Some(Fit {
        cadence,
        rule,
        shift,
        score: -(DAY * residual + MISS * i64::from(missed) + EXTRA * extras + penalty),
        matched,
        missed,
        residual_days: residual,
        last_slot: last_slot?,
        posterior: 0,
        ambiguous: false,
    })
}

#[cfg(test)]
mod tests;
