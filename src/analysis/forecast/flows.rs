//! What comes and goes by a schedule: pay, bills.

use chrono::{Days, NaiveDate};

use super::book::{Book, narrow};
use crate::analysis::cadence::{self, EVENTS_MAX, Fit, SCHEDULE_EVENTS_MIN};
use crate::analysis::entry::{Entry, Exclusion};
use crate::analysis::income::stream::{Income, Stream, StreamStatus};

/// What comes or goes again and again.
#[derive(Debug)]
pub(super) struct Flow {
    /// Whether it is money in.
    pub(super) is_in: bool,
    /// The dates to come, as days from the last of the history; those that are not positive are
    /// overdue.
    pub(super) dates: Vec<i64>,
    /// How many days after its date it came, each as often as it did.
    pub(super) late: Vec<i64>,
    /// What it may bring or take, in minor units, each as likely; not negative.
    pub(super) amounts: Vec<i64>,
    /// How likely each comes at all, in thousandths.
    pub(super) comes: i64,
}

/// Everything that keeps to a schedule.
#[derive(Debug, Default)]
pub(super) struct Flows {
    pub(super) flows: Vec<Flow>,
    /// Of each entry of the book, whether a flow explains it, or it is of one that has ended: it is
    /// not spending of every day.
    pub(super) taken: Vec<bool>,
    /// Days on which pay came, and those on which it is to come, as days from the last of the
    /// history, in order.
    pub(super) paydays: Vec<i64>,
    /// The next payday.
    pub(super) next_payday: Option<NaiveDate>,
}

/// Something that posted on one day.
struct Event {
    date: NaiveDate,
    amount: i128,
    rows: Vec<usize>,
}

/// The latest amounts that say what is usual: half a year of monthly ones. A judgement, as in
/// income.
const LATEST: usize = 6;
/// As if one more date had been seen, and had been kept by so many thousandths. A judgement: a
/// schedule that was always kept will be kept with a likelihood of 96 to 99 %.
const KEPT_BEFORE: i64 = 950;
/// A date is over after so many days without what should have come.
const OVERDUE_DAYS: i64 = 4;
/// A bill that is overdue by so many of its cycles has ended: one missed is no end. A judgement.
const ENDED_CYCLES: i64 = 1;
/// A payee who is paid more often than once in so many days is a shop: no schedule is looked for.
const DAYS_APART_MIN: usize = 5;
/// Of the gaps between payments so many percent have to be near the middle one, before a schedule is
/// looked for: that is far cheaper.
const LIKE_GAPS_PERCENT: usize = 60;
/// Parts of the rows of which a schedule is looked for, the largest first: bounds the work.
const PARTS_MAX: usize = 12;

/// New pay comes so many days apart, where nothing says otherwise: two weeks, as most pay in the
/// United States.
const STEP_PRESUMED: u64 = 14;
/// Two payments so many days apart say how it goes on.
const STEPS_PRESUMED: std::ops::RangeInclusive<i64> = 6..=35;
/// ... and comes so surely, in thousandths. A judgement.
const PRESUMED_COMES: i64 = 900;

/// Finds what keeps to a schedule, with its dates on the next `days` days.
pub(super) fn find(book: &Book<'_>, income: &Income, days: i64) -> Flows {
    let mut found = Flows {
        taken: book
            .entries
            .iter()
            .map(|entry| entry.excluded == Some(Exclusion::Reversed))
            .collect(),
        ..Flows::default()
    };
    pay(book, income, days, &mut found);
    others(book, days, &mut found);
    found
}

fn pay(book: &Book<'_>, income: &Income, days: i64, found: &mut Flows) {
    // The stream that brings most says where in a pay cycle a day is; streams are in that order.
    let mut main: Option<Vec<i64>> = None;
    for stream in &income.streams {
        let rows: Vec<usize> = stream
            .rows
            .pairs()
            .filter_map(|at| {
                // INVARIANT: entries are in the order of snapshots and rows.
                let place = book.entries.binary_search_by_key(&at, |entry| entry.at());
                place.ok()
            })
            .collect();
        if stream.status == StreamStatus::Inactive {
            take(&mut found.taken, &rows);
            continue;
        }
        // Pay that went to another account since does not come to this one.
        let own_last = rows.iter().filter_map(|at| book.entries.get(*at));
        let own_last = own_last.map(|entry| entry.made).max();
        if own_last.is_none_or(|last| moved_away(stream, last)) {
            take(&mut found.taken, &rows);
            continue;
        }
        let paid = scheduled(book, &rows, false, days);
        let paid = paid.or_else(|| presumed(book, stream, &rows, days));
        let Some((flow, matched, own)) = paid else {
            continue;
        };
        take(&mut found.taken, &matched);
        let coming = flow.dates.iter().copied().filter(|day| *day > 0);
        let next = coming.clone().min();
        let date = next.and_then(|day| book.last.checked_add_days(Days::new(day.unsigned_abs())));
        found.next_payday = match (found.next_payday, date) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        main.get_or_insert_with(|| own.into_iter().chain(coming).collect());
        found.flows.push(flow);
    }
    found.paydays = main.unwrap_or_default();
}

/// Whether so much of a stream came since `last`, elsewhere, that it does not come here any more.
fn moved_away(stream: &Stream, last: NaiveDate) -> bool {
    let cycle = stream.cadence.cycle_days().unwrap_or(STEP_PRESUMED);
    let since = stream.last.signed_duration_since(last).num_days();
    since > i64::try_from(cycle).unwrap_or(i64::MAX)
}

/// The pay of a new job, of which one or two payments are seen: it goes on as far apart as they
/// are, or every two weeks, as most do.
fn presumed(
    book: &Book<'_>,
    stream: &Stream,
    rows: &[usize],
    days: i64,
) -> Option<(Flow, Vec<usize>, Vec<i64>)> {
    if stream.status != StreamStatus::New {
        return None;
    }
    let events = events(book, rows);
    let (first, last) = (events.first()?, events.last()?);
    let apart = last.date.signed_duration_since(first.date).num_days();
    let two_weeks = i64::try_from(STEP_PRESUMED).unwrap_or(i64::MAX);
    let step = match events.len() {
        2 if STEPS_PRESUMED.contains(&apart) => apart,
        _ => two_weeks,
    };
    let own: Vec<i64> = events.iter().map(|event| book.day(event.date)).collect();
    let next = book.day(last.date).saturating_add(step);
    let dates = (0..=days / step).map(|more| next.saturating_add(more.saturating_mul(step)));
    let flow = Flow {
        is_in: true,
        dates: dates
            .filter(|day| *day > -OVERDUE_DAYS && *day <= days)
            .collect(),
        late: vec![0],
        amounts: events
            .iter()
            .map(|event| narrow(event.amount.abs()))
            .collect(),
        comes: PRESUMED_COMES,
    };
    let rows = events.iter().flat_map(|event| event.rows.iter().copied());
    Some((flow, rows.collect(), own))
}

fn take(taken: &mut [bool], rows: &[usize]) {
    for row in rows {
        if let Some(taken) = taken.get_mut(*row) {
            *taken = true;
        }
    }
}

/// Whether it is money in, of whom, and how much: what rows have in common.
type Key = (bool, Option<u32>, Option<i64>);

/// By counterparty and amount, then by counterparty, then by amount, each of what is left over.
/// Money in that is no income may keep to a schedule too: from the holder's other account, say.
fn others(book: &Book<'_>, days: i64, found: &mut Flows) {
    let keys: [fn(&Entry) -> Key; 3] = [
        |entry| {
            (
                entry.amount > 0,
                Some(entry.counterparty),
                Some(entry.amount),
            )
        },
        |entry| (entry.amount > 0, Some(entry.counterparty), None),
        |entry| (entry.amount > 0, None, Some(entry.amount)),
    ];
    let most = book.days() / DAYS_APART_MIN;
    for key in keys {
        let mut rows: Vec<(_, usize)> = book
            .entries
            .iter()
            .enumerate()
            .filter(|(at, _)| found.taken.get(*at) == Some(&false))
            .map(|(at, entry)| (key(entry), at))
            .collect();
        rows.sort_unstable();
        let parts = rows.chunk_by(|(a, _), (b, _)| a == b);
        let mut parts: Vec<(i128, Vec<usize>)> = parts
            .filter(|part| (SCHEDULE_EVENTS_MIN..=most).contains(&part.len()))
            .map(|part| {
                let rows: Vec<usize> = part.iter().map(|(_, at)| *at).collect();
                let amounts = rows.iter().filter_map(|at| book.entries.get(*at));
                (
                    -amounts
                        .map(|entry| i128::from(entry.amount).abs())
                        .sum::<i128>(),
                    rows,
                )
            })
            .collect();
        parts.sort_unstable();
        for (_, rows) in parts.into_iter().take(PARTS_MAX) {
            if !may_keep_dates(book, &rows) {
                continue;
            }
            if let Some((flow, matched, _)) = scheduled(book, &rows, true, days) {
                take(&mut found.taken, &matched);
                if !flow.dates.is_empty() {
                    found.flows.push(flow);
                }
            }
        }
    }
}

/// Whether the days of some rows are about as far apart as those of a schedule.
fn may_keep_dates(book: &Book<'_>, rows: &[usize]) -> bool {
    let posted = rows.iter().filter_map(|at| book.entries.get(*at));
    let mut days: Vec<i64> = posted.map(|entry| book.day(entry.posted)).collect();
    days.sort_unstable();
    days.dedup();
    let pairs = days.iter().zip(days.iter().skip(1));
    let mut gaps: Vec<i64> = pairs.map(|(a, b)| b.saturating_sub(*a)).collect();
    gaps.sort_unstable();
    let Some(middle) = gaps.get(gaps.len() / 2).copied() else {
        return false;
    };
    let near = (middle / 5).max(2);
    let alike = gaps
        .iter()
        .filter(|gap| gap.abs_diff(middle) <= near.unsigned_abs());
    gaps.len() + 1 >= SCHEDULE_EVENTS_MIN && alike.count() * 100 >= gaps.len() * LIKE_GAPS_PERCENT
}

/// The rows of one day are one event.
fn events(book: &Book<'_>, rows: &[usize]) -> Vec<Event> {
    let mut rows: Vec<(NaiveDate, usize, i64)> = rows
        .iter()
        .filter_map(|at| {
            let entry = book.entries.get(*at)?;
            Some((entry.posted, *at, entry.amount))
        })
        .collect();
    rows.sort_unstable();
    let mut events: Vec<Event> = Vec::with_capacity(rows.len());
    for (date, at, amount) in rows {
        match events.last_mut() {
            Some(event) if event.date == date => {
                event.amount += i128::from(amount);
                event.rows.push(at);
            }
            _ => events.push(Event {
                date,
                amount: i128::from(amount),
                rows: vec![at],
            }),
        }
    }
    events
}

/// The flow of some rows, the rows that keep to its schedule, and their days; `None` without a
/// schedule. One that has ended has no dates; of pay income says whether it did.
fn scheduled(
    book: &Book<'_>,
    rows: &[usize],
    may_end: bool,
    days: i64,
) -> Option<(Flow, Vec<usize>, Vec<i64>)> {
    let events = events(book, rows);
    let recent = events.get(events.len().saturating_sub(EVENTS_MAX)..)?;
    let dates: Vec<NaiveDate> = recent.iter().map(|event| event.date).collect();
    let fit = cadence::fit(&dates)?;
    let matched: Vec<&Event> = fit
        .matched
        .iter()
        .filter_map(|at| recent.get(*at))
        .collect();
    let amounts: Vec<i64> = matched
        .iter()
        .rev()
        .take(LATEST)
        .map(|event| narrow(event.amount.abs()))
        .collect();
    let is_in = matched.last()?.amount > 0;
    let kept = i64::try_from(matched.len()).unwrap_or(i64::MAX);
    let due = kept.saturating_add(i64::from(fit.missed)).saturating_add(1);
    let comes = kept.saturating_mul(1_000).saturating_add(KEPT_BEFORE) / due;
    let flow = Flow {
        is_in,
        dates: coming(book, &fit, may_end, days),
        late: late(&fit, &matched),
        amounts,
        comes,
    };
    let rows = matched.iter().flat_map(|event| event.rows.iter().copied());
    let own = matched.iter().map(|event| book.day(event.date)).collect();
    Some((flow, rows.collect(), own))
}

/// The dates to come; none of what has ended.
fn coming(book: &Book<'_>, fit: &Fit, may_end: bool, days: i64) -> Vec<i64> {
    let Some(to) = book.last.checked_add_days(Days::new(days.unsigned_abs())) else {
        return Vec::new();
    };
    let dates = fit.coming(to);
    let cycle = fit.cadence.cycle_days().unwrap_or(0);
    let overdue = dates.first().map_or(0, |first| -book.day(*first));
    let cycle = i64::try_from(cycle).unwrap_or(i64::MAX);
    if may_end && overdue > cycle.saturating_mul(ENDED_CYCLES) {
        return Vec::new();
    }
    let dates = dates.into_iter().map(|date| book.day(date));
    dates.filter(|day| *day > -OVERDUE_DAYS).collect()
}

/// How many days after its date each came.
fn late(fit: &Fit, matched: &[&Event]) -> Vec<i64> {
    let margin = Days::new(7);
    let ends = matched
        .first()
        .zip(matched.last())
        .and_then(|(first, last)| {
            Some((
                first.date.checked_sub_days(margin)?,
                last.date.checked_add_days(margin)?,
            ))
        });
    let dates = ends.map_or_else(Vec::new, |(from, to)| fit.dates(from, to));
    matched
        .iter()
        .filter_map(|event| {
            let after = |date: &NaiveDate| event.date.signed_duration_since(*date).num_days();
            dates.iter().map(after).min_by_key(|days| days.abs())
        })
        .collect()
}
