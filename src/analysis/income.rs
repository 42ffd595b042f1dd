//! Income: streams of deposits by counterparty, over all accounts.

mod measures;
pub(super) mod stream;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::amounts::WINDOW_DAYS;
use super::cadence::{self, Cadence, EVENTS_MAX, SCHEDULE_EVENTS_MIN};
use super::counterparty::Counterparty;
use super::entry::{Entry, EntryKind, Exclusion};
use super::names::similarity;
use crate::snapshot::Rows;

use stream::{Confidence, Event, Income, Span, Stream, StreamStatus};

use measures::{
    confidence, irregular_monthly, level, qualifies, regular_monthly, regularity, stability,
    status, upcoming,
};

/// The pay events of [`Stream::last_rows`]: enough to see the payments keep coming, then end.
const LAST_EVENTS: usize = 3;
/// Fewer deposits repeat nothing. Whether two are enough is for the kind of income to say.
const DEPOSITS_MIN: usize = 2;
/// A key of fewer bytes names nobody for certain: it is initials, or what filler left over. A
/// judgement: names such as `UBER` have four.
const NAME_BYTES_MIN: usize = 4;
/// A stream that stopped is missed where it was at least this share of the income beside it, in
/// percent: half, since with less the applicant's main income still runs. A judgement.
const LOST_SHARE_MIN: i128 = 50;
/// What began since replaces it from this share of it on, in percent. A judgement: new work often
/// starts lower, and someone who earns a third less is no longer paid as before.
const REPLACED_SHARE_MIN: i128 = 70;

/// Finds the streams.
pub(super) fn find(
    entries: &[Entry],
    counterparties: &[Counterparty],
    span: Option<Span>,
) -> Income {
    let Some(span) = span else {
        return Income::default();
    };
    let mut streams = Vec::new();
    for group in groups(entries, counterparties) {
        streams.extend(group.streams(span));
    }
    join_successors(&mut streams, span);
    let mut streams: Vec<Stream> = streams.into_iter().map(|draft| draft.stream).collect();
    streams.sort_by(|a, b| {
        b.counts()
            .cmp(&a.counts())
            .then(b.monthly.cmp(&a.monthly))
            .then_with(|| a.counterparty.cmp(&b.counterparty))
            .then(a.first.cmp(&b.first))
    });
    summarise(streams, entries, span)
}

fn summarise(streams: Vec<Stream>, entries: &[Entry], span: Span) -> Income {
    let running = || streams.iter().filter(|stream| stream.counts());
    let mut recent = Vec::new();
    let (mut deposits_90d, mut months) = (0_i128, std::collections::BTreeSet::new());
    for at in streams.iter().flat_map(|stream| stream.rows.pairs()) {
        // INVARIANT: entries are in the order of snapshots and rows.
        let place = entries.binary_search_by_key(&at, Entry::at);
        let Some(entry) = place.ok().and_then(|place| entries.get(place)) else {
            continue;
        };
        months.insert((
            chrono::Datelike::year(&entry.made),
            chrono::Datelike::month(&entry.made),
        ));
        if span.last.signed_duration_since(entry.made).num_days() < WINDOW_DAYS {
            deposits_90d += i128::from(entry.amount);
            recent.push(at);
        }
    }
    let lost = stopped(&streams);
    Income {
        monthly: running().map(|stream| stream.monthly).sum(),
        monthly_recurring: running()
            .filter(|stream| stream.recurring())
            .map(|stream| stream.monthly)
            .sum(),
        deposits_90d,
        deposits_90d_rows: Rows::from_pairs(recent),
        last: streams.iter().map(|stream| stream.last).max(),
        next_payday: running().filter_map(|stream| stream.next_payday).min(),
        months_observed: months.len(),
        stopped: lost.is_some(),
        stopped_rows: lost.map_or_else(Rows::none, |lost| lost.last_rows.clone()),
        streams,
    }
}

/// The stream that was the largest part of income, has stopped and was not replaced.
fn stopped(streams: &[Stream]) -> Option<&Stream> {
    let lost = streams
        .iter()
        .filter(|stream| stream.status == StreamStatus::Inactive && stream.recurring())
        .max_by_key(|stream| (stream.monthly, stream.last))?;
    let beside: i128 = streams
        .iter()
        .filter(|stream| stream.first <= lost.last && stream.last >= lost.last)
        .map(|stream| stream.monthly)
        .sum();
    let since: i128 = streams
        .iter()
        .filter(|stream| stream.counts() && stream.first > lost.first && stream.last > lost.last)
        .map(|stream| stream.monthly)
        .sum();
    let main = lost.monthly > 0 && lost.monthly * 100 >= beside * LOST_SHARE_MIN;
    let replaced = since * 100 >= lost.monthly * REPLACED_SHARE_MIN;
    (main && !replaced).then_some(lost)
}

/// The deposits of one counterparty.
struct Group<'a> {
    counterparty: &'a Counterparty,
    kind: EntryKind,
    named: bool,
    events: Vec<Event>,
}

/// A stream with what it was made from, so that it can be made again together with another.
struct Draft {
    stream: Stream,
    named: bool,
    events: Vec<Event>,
}

fn groups<'a>(entries: &[Entry], counterparties: &'a [Counterparty]) -> Vec<Group<'a>> {
    let mut by_counterparty: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for entry in entries
        .iter()
        .filter(|entry| entry.excluded.is_none() && entry.amount > 0)
    {
        by_counterparty
            .entry(entry.counterparty)
            .or_default()
            .push(entry);
    }
    let canonical = merge_counterparties(by_counterparty.keys().copied(), counterparties);
    let mut merged: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for (counterparty, rows) in by_counterparty {
        let into = canonical
            .get(&counterparty)
            .copied()
            .unwrap_or(counterparty);
        merged.entry(into).or_default().extend(rows);
    }
    merged
        .into_iter()
        .filter(|(_, rows)| rows.len() >= DEPOSITS_MIN)
        .filter_map(|(counterparty, rows)| {
            let counterparty = counterparties.get(usize::try_from(counterparty).ok()?)?;
            Some(Group {
                counterparty,
                kind: kind_of(&rows),
                named: counterparty.key.len() >= NAME_BYTES_MIN,
                events: events(rows),
            })
        })
        .collect()
}

/// The kind that most rows have, among those that say something.
fn kind_of(rows: &[&Entry]) -> EntryKind {
    let mut counts: BTreeMap<EntryKind, usize> = BTreeMap::new();
    for entry in rows {
        *counts.entry(entry.kind).or_default() += 1;
    }
    let telling = counts
        .iter()
        .filter(|(kind, _)| !matches!(kind, EntryKind::Other | EntryKind::CheckDeposit))
        .max_by_key(|(_, count)| **count)
        .map(|(kind, _)| *kind);
    telling
        .or_else(|| counts.keys().next().copied())
        .unwrap_or(EntryKind::Other)
}

/// Payers whose names differ by spelling only. Names are sorted, so candidates are neighbours.
fn merge_counterparties(
    ids: impl Iterator<Item = u32>,
    counterparties: &[Counterparty],
) -> BTreeMap<u32, u32> {
    /// In thousandths. A judgement: a typing error or a cut end of a long name stays above it, and
    /// two employers of one trade below; to join two of those is worse than to split one.
    const SIMILAR: i64 = 940;
    /// Names before it that a name is compared with: bounds the work, and variants of one name sort
    /// next to each other.
    const NEIGHBOURS: usize = 6;
    /// The start that must be the same, in characters. A judgement: banks cut and misspell names at
    /// the end, and different names that are alike mostly differ at the start.
    const START: usize = 5;
    /// Shorter names, in bytes, are their start only, and one letter makes another of them.
    const LENGTH_MIN: usize = START + 1;
    let mut keys: Vec<(&str, u32)> = ids
        .filter_map(|id| {
            Some((
                counterparties.get(usize::try_from(id).ok()?)?.key.as_str(),
                id,
            ))
        })
        .collect();
    keys.sort_unstable();
    let mut canonical: BTreeMap<u32, u32> = BTreeMap::new();
    let mut heads: Vec<(&str, u32)> = Vec::new();
    for (key, id) in keys {
        let head = heads
            .iter()
            .rev()
            .take(NEIGHBOURS)
            .find(|(head, _)| {
                key.len() >= LENGTH_MIN
                    && head.chars().take(START).eq(key.chars().take(START))
                    && similarity(head, key) >= SIMILAR
            })
            .map(|(_, id)| *id);
        match head {
            Some(head) => {
                canonical.insert(id, head);
            }
            None => heads.push((key, id)),
        }
    }
    canonical
}

fn events(mut rows: Vec<&Entry>) -> Vec<Event> {
    rows.sort_unstable_by_key(|entry| (entry.made, entry.at()));
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

impl Group<'_> {
    /// The streams of one counterparty: one, or two where two kinds of payment are mixed.
    fn streams(self, span: Span) -> Vec<Draft> {
        let whole = Draft::make(
            &self.counterparty.label,
            self.kind,
            self.named,
            self.events.clone(),
            span,
        );
        if whole.as_ref().is_some_and(|draft| draft.stream.recurring()) {
            return whole.into_iter().collect();
        }
        if let Some((small, large)) = split_by_amount(&self.events) {
            let large = Draft::make(&self.counterparty.label, self.kind, self.named, large, span)
                .filter(|draft| draft.stream.recurring());
            if let Some(large) = large {
                let small =
                    Draft::make(&self.counterparty.label, self.kind, self.named, small, span)
                        .filter(|draft| draft.stream.recurring());
                return std::iter::once(large).chain(small).collect();
            }
        }
        whole.into_iter().collect()
    }
}

/// Amounts of one payment differ by less than this factor. A judgement: overtime seldom doubles a
/// pay, and expenses are mostly far less than half of one.
const SPLIT_FACTOR: i128 = 2;

/// Splits at the widest relative gap between amounts that is above [`SPLIT_FACTOR`]: salary and
/// expenses from one counterparty.
fn split_by_amount(events: &[Event]) -> Option<(Vec<Event>, Vec<Event>)> {
    let mut amounts: Vec<i128> = events.iter().map(|event| event.amount).collect();
    amounts.sort_unstable();
    let (low, high) = amounts
        .iter()
        .zip(amounts.iter().skip(1))
        .filter(|(low, high)| **high > **low * SPLIT_FACTOR)
        .max_by_key(|(low, high)| **high * 1_000 / (**low).max(1))?;
    let (small, large): (Vec<Event>, Vec<Event>) = events
        .iter()
        .cloned()
        .partition(|event| event.amount <= *low && event.amount < *high);
    (large.len() >= SCHEDULE_EVENTS_MIN).then_some((small, large))
}

impl Draft {
    fn make(
        label: &str,
        kind: EntryKind,
        named: bool,
        events: Vec<Event>,
        span: Span,
    ) -> Option<Self> {
        // The latest events decide; an older past is kept as evidence only.
        let skip = events.len().saturating_sub(EVENTS_MAX);
        let recent = events.get(skip..)?;
        let dates: Vec<NaiveDate> = recent.iter().map(|event| event.date).collect();
        let fit = cadence::fit(&dates);
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
        if !qualifies(kind, events.len(), fit.is_some(), stability) {
            return None;
        }
        let level = level(&amounts)?;
        let (first, last) = (events.first()?.date, events.last()?.date);
        let status = status(&dates, fit.as_ref(), events.len(), span.last);
        let monthly = match &fit {
            Some(fit) => regular_monthly(level, fit)?,
            None => irregular_monthly(&events, last, status, span),
        };
        let next = fit.as_ref().filter(|_| status != StreamStatus::Inactive);
        let mut stream = Stream {
            counterparty: label.to_owned(),
            kind,
            cadence: fit.as_ref().map_or(Cadence::Irregular, |fit| fit.cadence),
            ambiguous: fit.as_ref().is_some_and(|fit| fit.ambiguous),
            status,
            level,
            monthly,
            events: events.len(),
            first,
            last,
            next_payday: next.and_then(|fit| upcoming(fit, span.last)),
            stability,
            regularity: fit.as_ref().map_or(0, regularity),
            confidence: Confidence::default(),
            rows: rows(&events),
            last_rows: rows(events.get(events.len().saturating_sub(LAST_EVENTS)..)?),
        };
        stream.confidence = confidence(&stream, fit.as_ref(), named, span);
        Some(Self {
            stream,
            named,
            events,
        })
    }
}

/// One employer that changes its payroll processor is one stream: where a stream of wages stops
/// and another of the same cadence and a similar amount begins within a cycle, they are joined.
fn join_successors(drafts: &mut Vec<Draft>, span: Span) {
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
        a.kind == EntryKind::Wages
            && b.kind == EntryKind::Wages
            && a.recurring()
            && a.cadence == b.cadence
            && gap > 0
            && gap.unsigned_abs() <= cycle + GAP_DAYS
            && (a.level - b.level).abs() * 100 <= a.level * LEVEL_CHANGE_MAX
    };
    let pair = drafts.iter().enumerate().find_map(|(i, a)| {
        let j = drafts.iter().position(|b| follows(&a.stream, &b.stream))?;
        Some((i, j))
    });
    let Some((i, j)) = pair else {
        return;
    };
    let joined = drafts.get(i).zip(drafts.get(j)).and_then(|(a, b)| {
        let events = a.events.iter().chain(&b.events).cloned().collect();
        Draft::make(
            &b.stream.counterparty,
            EntryKind::Wages,
            a.named && b.named,
            events,
            span,
        )
    });
    if let Some(joined) = joined.filter(|draft| draft.stream.recurring()) {
        drafts.remove(i.max(j));
        drafts.remove(i.min(j));
        drafts.push(joined);
        join_successors(drafts, span);
    }
}

/// Marks cheques that no stream took up.
pub(super) fn mark_leftovers(entries: &mut [Entry], income: &Income) {
    let used: std::collections::BTreeSet<(u16, u32)> = income
        .streams
        .iter()
        .flat_map(|stream| stream.rows.pairs())
        .collect();
    for entry in entries.iter_mut() {
        if entry.excluded.is_none()
            && entry.kind == EntryKind::CheckDeposit
            && !used.contains(&entry.at())
        {
            entry.excluded = Some(Exclusion::CashOrCheck);
        }
    }
}
