//! What comes and goes by a schedule: pay, bills.

use chrono::{Days, NaiveDate};

use super::book::{Book, narrow};
use crate::analysis::cadence::{self, EVENTS_MAX, Fit, SCHEDULE_EVENTS_MIN};
use crate::analysis::entry::{Entry, Exclusion};
use crate::analysis::income::stream::{Income, StreamStatus};

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
/// A bill that was not seen for so many of its cycles, in tenths, has ended.
const ENDED_TENTHS: i64 = 15;
/// A payee who is paid more often than once in so many days is a shop: no schedule is looked for.
const DAYS_APART_MIN: usize = 5;
/// Parts of the debits of which a schedule is looked for, the largest first: bounds the work.
const PARTS_MAX: usize = 48;

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
    bills(book, days, &mut found);
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
        let Some((flow, matched, own)) = scheduled(book, &rows, days) else {
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

fn take(taken: &mut [bool], rows: &[usize]) {
    for row in rows {
        if let Some(taken) = taken.get_mut(*row) {
            *taken = true;
        }
    }
}

/// By payee and amount, then by payee, then by amount, each of what is left over.
fn bills(book: &Book<'_>, days: i64, found: &mut Flows) {
    let keys: [fn(&Entry) -> (Option<u32>, Option<i64>); 3] = [
        |entry| (Some(entry.counterparty), Some(entry.amount)),
        |entry| (Some(entry.counterparty), None),
        |entry| (None, Some(entry.amount)),
    ];
    let most = book.days() / DAYS_APART_MIN;
    for key in keys {
        let mut rows: Vec<(_, usize)> = book
            .entries
            .iter()
            .enumerate()
            .filter(|(at, entry)| entry.amount < 0 && found.taken.get(*at) == Some(&false))
            .map(|(at, entry)| (key(entry), at))
            .collect();
        rows.sort_unstable();
        let parts = rows.chunk_by(|(a, _), (b, _)| a == b);
        let mut parts: Vec<(i128, Vec<usize>)> = parts
            .filter(|part| (SCHEDULE_EVENTS_MIN..=most).contains(&part.len()))
            .map(|part| {
                let rows: Vec<usize> = part.iter().map(|(_, at)| *at).collect();
                let amounts = rows.iter().filter_map(|at| book.entries.get(*at));
                (amounts.map(|entry| i128::from(entry.amount)).sum(), rows)
            })
            .collect();
        parts.sort_unstable();
        for (_, rows) in parts.into_iter().take(PARTS_MAX) {
            if let Some((flow, matched, _)) = scheduled(book, &rows, days) {
                take(&mut found.taken, &matched);
                if !flow.dates.is_empty() {
                    found.flows.push(flow);
                }
            }
        }
    }
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
/// schedule. One that has ended has no dates.
fn scheduled(book: &Book<'_>, rows: &[usize], days: i64) -> Option<(Flow, Vec<usize>, Vec<i64>)> {
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
        dates: coming(book, &fit, is_in, days),
        late: late(&fit, &matched),
        amounts,
        comes,
    };
    let rows = matched.iter().flat_map(|event| event.rows.iter().copied());
    let own = matched.iter().map(|event| book.day(event.date)).collect();
    Some((flow, rows.collect(), own))
}

/// The dates to come; none of what has ended.
fn coming(book: &Book<'_>, fit: &Fit, is_in: bool, days: i64) -> Vec<i64> {
    let Some(to) = book.last.checked_add_days(Days::new(days.unsigned_abs())) else {
        return Vec::new();
    };
    let dates = fit.coming(to);
    let cycle = fit.cadence.cycle_days().unwrap_or(0);
    let overdue = dates.first().map_or(0, |first| -book.day(*first));
    let cycle = i64::try_from(cycle).unwrap_or(i64::MAX);
    // Whether pay has ended, income knows better.
    if !is_in && overdue.saturating_mul(10) > cycle.saturating_mul(ENDED_TENTHS - 10) {
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
    let dates = ends.map_or_else(Vec::new, |(from, to)| fit.between(from, to));
    matched
        .iter()
        .filter_map(|event| {
            let after = |date: &NaiveDate| event.date.signed_duration_since(*date).num_days();
            dates.iter().map(after).min_by_key(|days| days.abs())
        })
        .collect()
}
