//! Streams in the making.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::expected::expected;
use super::measures::{
    Pattern, confidence, irregular_monthly, level, qualifies, regular_error, regular_monthly,
    regularity, stability, status, trend, upcoming, usual,
};
use super::stream::{Confidence, Event, Source, Span, Stream, StreamOwner, StreamStatus};
use crate::analysis::cadence::{self, Cadence, EVENTS_MAX, Fit, SCHEDULE_EVENTS_MIN};
use crate::analysis::entry::{Entry, EntryKind};
use crate::snapshot::Rows;

/// The pay events of [`Stream::last_rows`]: enough to see the payments keep coming, then end.
const LAST_EVENTS: usize = 3;

/// A stream with what it was made from, so that it can be made again together with another.
pub(super) struct Draft {
    pub(super) stream: Stream,
    pub(super) named: bool,
    pub(super) events: Vec<Event>,
}

/// The paydays of payments, which are in order of date.
pub(super) fn events(rows: &[&Entry]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::with_capacity(rows.len());
    for entry in rows {
        match events.last_mut() {
            Some(event) if event.date == entry.made => {
                event.amount += i128::from(entry.amount);
                event.rows.push(entry.at());
            }
            _ => events.push(Event {
                date: entry.made,
                amount: i128::from(entry.amount),
                rows: vec![entry.at()],
            }),
        }
    }
    events
}

fn rows(events: &[Event]) -> Rows {
    Rows::from_pairs(events.iter().flat_map(|event| event.rows.iter().copied()))
}

/// The account that got most of these rows; the first of several.
fn main_account(rows: &Rows) -> u16 {
    let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
    for run in rows.runs() {
        *counts.entry(run.snapshot).or_default() += run.len;
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(0, |(account, _)| account)
}

/// The events that say how it is now, with the schedule that they keep: all of them, or those since the
/// payday changed. `fit` is the schedule of all of them.
pub(super) fn latest(events: &[Event], fit: Option<Fit>) -> Option<(&[Event], Option<Fit>)> {
    /// The shares of the events that are tried, the latest ones: a payday changes seldom.
    const SHARES: [(usize, usize); 2] = [(2, 3), (1, 2)];
    /// So many dates by a schedule are no chance, also where some before them kept none.
    const EVENTS_MIN: usize = 6;
    let recent = events.get(events.len().saturating_sub(EVENTS_MAX)..)?;
    if fit.is_none() {
        for (times, of) in SHARES {
            let tail = recent.get(recent.len() - recent.len() * times / of..)?;
            if tail.len() < EVENTS_MIN {
                continue;
            }
            let clear = |fit: &Fit| fit.evidence() >= CLEAR_EVIDENCE;
            if let Some(fit) = schedule(tail).filter(clear) {
                return Some((tail, Some(fit)));
            }
        }
    }
    Some((recent, fit))
}

/// The schedule of events, where they keep one.
pub(super) fn schedule(events: &[Event]) -> Option<Fit> {
    cadence::fit_of(events.iter().map(|event| event.date))
}

/// A schedule of a part of the events has to be so much likelier than chance, in thousandths of a nat:
/// a hundred thousand times, since there are many parts. A judgement.
const CLEAR_EVIDENCE: i64 = 11_513;

/// In how many calendar months something came.
fn months(events: &[Event]) -> usize {
    let months: BTreeSet<(i32, u32)> = events
        .iter()
        .map(|event| (event.date.year(), event.date.month()))
        .collect();
    months.len()
}

/// Whether one of two such streams may go on as the other.
fn is_pay(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Wages | EntryKind::Other)
}

impl Draft {
    /// The stream of these events, whose schedule is `fit`, if they are one of income.
    pub(super) fn make(
        source: Source<'_>,
        events: Vec<Event>,
        fit: Option<Fit>,
        span: Span,
    ) -> Option<Self> {
        // The latest events decide; an older past is kept as evidence only.
        let (recent, fit) = latest(&events, fit)?;
        let dates: Vec<NaiveDate> = recent.iter().map(|event| event.date).collect();
        let amounts: Vec<i128> = match &fit {
            Some(fit) => fit
                .matched
                .iter()
                .filter_map(|position| recent.get(*position))
                .map(|event| event.amount)
                .collect(),
            None => recent.iter().map(|event| event.amount).collect(),
        };
        let stability = stability(&amounts);
        let usual = usual(&amounts);
        let level = level(usual)?;
        let pattern = Pattern {
            events: events.len(),
            months: months(&events),
            scheduled: fit.is_some(),
            stability,
            level,
        };
        if !qualifies(&source, &pattern, span.unit) {
            return None;
        }
        let (first, last) = (events.first()?.date, events.last()?.date);
        let status = status(&dates, fit.as_ref(), events.len(), source.kind, span.last);
        let (monthly, error) = match &fit {
            Some(fit) => (
                regular_monthly(level, fit)?,
                regular_error(usual, fit).unwrap_or(0),
            ),
            None => irregular_monthly(&events, last, status, span),
        };
        let next = fit.as_ref().filter(|_| status != StreamStatus::Inactive);
        let mut stream = Stream {
            counterparty: source.label.to_owned(),
            kind: source.kind,
            cadence: fit.as_ref().map_or(Cadence::Irregular, |fit| fit.cadence),
            runner_up: fit.as_ref().and_then(|fit| fit.runner_up),
            ambiguous: fit.as_ref().is_some_and(|fit| fit.ambiguous),
            status,
            level,
            monthly,
            interval: ((monthly - error).max(0), monthly + error),
            events: events.len(),
            first,
            last,
            months: pattern.months,
            next_payday: next.and_then(|fit| upcoming(fit, span.last)),
            paydays: next.map_or_else(Vec::new, |fit| expected(fit, span.today)),
            trend: trend(&amounts),
            account: 0,
            whose: StreamOwner::Unclear,
            review: None,
            stability,
            regularity: fit.as_ref().map_or(0, regularity),
            confidence: Confidence::default(),
            rows: rows(&events),
            last_rows: rows(events.get(events.len().saturating_sub(LAST_EVENTS)..)?),
        };
        stream.account = main_account(&stream.last_rows);
        stream.confidence = confidence(&stream, fit.as_ref(), source.named, span);
        Some(Self {
            stream,
            named: source.named,
            events,
        })
    }
}

/// One employer that changes its payroll processor is one stream: where a stream of wages stops
/// and another of the same cadence and a similar amount begins within a cycle, they are joined.
pub(super) fn join_successors(drafts: &mut Vec<Draft>, span: Span) {
    /// Bounds the work, which grows with the square: nobody has so many employers.
    const STREAMS_MAX: usize = 64;
    /// Days over a cycle within which the other's payments begin: a weekend and a holiday, and a day
    /// for the change itself. A judgement; with more a new job after a break would be the old one.
    const GAP_DAYS: u64 = 4;
    /// The levels differ by so much at most, in percent: a usual raise passes, another job mostly
    /// does not. A judgement.
    const LEVEL_CHANGE_MAX: i128 = 15;
    if drafts.len() > STREAMS_MAX {
        return;
    }
    let follows = |a: &Stream, b: &Stream| {
        let gap = b.first.signed_duration_since(a.last).num_days();
        let cycle = a.cadence.cycle_days().unwrap_or(0);
        is_pay(a.kind)
            && is_pay(b.kind)
            && a.recurring()
            && (a.cadence == b.cadence || b.events < SCHEDULE_EVENTS_MIN)
            && gap > 0
            && gap.unsigned_abs() <= cycle + GAP_DAYS
            && (a.level - b.level).abs() * 100 <= a.level * LEVEL_CHANGE_MAX
    };
    let pairs = drafts.iter().enumerate().flat_map(|(i, a)| {
        let others = drafts.iter().enumerate();
        others
            .filter(|(_, b)| follows(&a.stream, &b.stream))
            .map(move |(j, b)| (i, a, j, b))
    });
    let joined = pairs.take(STREAMS_MAX).find_map(|(i, a, j, b)| {
        let joined = join(a, b, span)?;
        joined.stream.recurring().then_some((i, j, joined))
    });
    if let Some((i, j, joined)) = joined {
        drafts.remove(i.max(j));
        drafts.remove(i.min(j));
        drafts.push(joined);
        join_successors(drafts, span);
    }
}

/// One stream of both.
fn join(a: &Draft, b: &Draft, span: Span) -> Option<Draft> {
    let events: Vec<Event> = a.events.iter().chain(&b.events).cloned().collect();
    let fit = schedule(&events);
    let source = Source {
        label: &b.stream.counterparty,
        kind: if a.stream.kind == EntryKind::Wages {
            a.stream.kind
        } else {
            b.stream.kind
        },
        named: a.named && b.named,
        is_paid: false,
        is_beside_pay: false,
        is_confirmed: false,
    };
    Draft::make(source, events, fit, span)
}

/// Pay that was drawn early through the employer belongs to the pay that it was drawn from: the next
/// one of the wages beside it, which is smaller by as much.
pub(super) fn add_advances(drafts: &mut [Draft], advances: &[&Entry], span: Span) -> bool {
    let Some(wages) = drafts
        .iter_mut()
        .filter(|draft| is_pay(draft.stream.kind) && draft.stream.recurring())
        .max_by_key(|draft| (draft.stream.counts(), draft.stream.monthly))
    else {
        return false;
    };
    for advance in advances {
        // INVARIANT: events are in order of date.
        let after = wages
            .events
            .partition_point(|event| event.date <= advance.made);
        let next = Some(after).filter(|place| *place < wages.events.len());
        let event = match next {
            Some(position) => wages.events.get_mut(position),
            None => wages.events.last_mut(),
        };
        let Some(event) = event else {
            continue;
        };
        // What is drawn from a pay to come says nothing of those that came.
        if next.is_some() {
            event.amount += i128::from(advance.amount);
        }
        event.rows.push(advance.at());
    }
    let label = wages.stream.counterparty.clone();
    let source = Source {
        label: &label,
        kind: EntryKind::Wages,
        named: wages.named,
        is_paid: false,
        is_beside_pay: false,
        is_confirmed: false,
    };
    let fit = schedule(&wages.events);
    if let Some(made) = Draft::make(source, wages.events.clone(), fit, span) {
        *wages = made;
    }
    true
}
