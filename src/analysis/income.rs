//! Income: streams of deposits by payer, over all accounts.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::cadence::{self, Cadence, EVENTS_MAX, Fit, exp_permille};
use super::entry::{Entry, Exclusion, Kind};
use super::names::similarity;
use super::statistics::{mad, median};
use super::{Payer, scale};
use crate::calendar::add_business_days;
use crate::snapshot::Rows;

/// Who pays, how much and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The payer's name, as people read it.
    pub payer: String,
    /// What kind of income it is.
    pub kind: Kind,
    /// How often it comes.
    pub cadence: Cadence,
    /// Whether biweekly and semi-monthly explain the dates equally well; the lower factor is used.
    pub ambiguous: bool,
    /// Whether it still runs.
    pub status: StreamStatus,
    /// The usual payment now, in minor units: the median of the latest ones, after the last
    /// lasting change.
    pub level: i128,
    /// What it brings in a month, in minor units; for a stopped stream what it brought.
    pub monthly: i128,
    /// How many pay events there are.
    pub events: usize,
    /// The first.
    pub first: NaiveDate,
    /// The last.
    pub last: NaiveDate,
    /// When the next is due; `None` without a schedule or once it stopped.
    pub next_payday: Option<NaiveDate>,
    /// How steady the amounts are, in thousandths.
    pub stability: i64,
    /// How well the dates keep to the schedule, in thousandths.
    pub regularity: i64,
    /// How sure it is that this is income that goes on, in thousandths.
    pub confidence: Confidence,
    /// The deposits.
    pub rows: Rows,
}

impl Stream {
    /// Whether it counts towards monthly income.
    pub fn counts(&self) -> bool {
        matches!(self.status, StreamStatus::Active | StreamStatus::Late)
    }

    /// Whether it keeps to a schedule.
    pub fn recurring(&self) -> bool {
        self.cadence != Cadence::Irregular
    }
}

/// Whether a stream still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamStatus {
    /// The next payment is not yet overdue by more than three business days.
    Active,
    /// Overdue, by less than two cycles.
    Late,
    /// Nothing for two cycles: it stopped.
    Inactive,
    /// Fewer than three payments: too early to say.
    New,
}

/// An additive score: each part is a reason. All in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confidence {
    /// Words of a payroll or a benefit: at most 300.
    pub evidence: i64,
    /// How clearly the schedule wins: at most 200.
    pub schedule: i64,
    /// How many payments: at most 150.
    pub events: i64,
    /// How steady the amounts: at most 100.
    pub stability: i64,
    /// How recent: at most 100.
    pub recency: i64,
    /// How clearly the payer is named: at most 100.
    pub payer: i64,
    /// Room above the other parts, given with strong evidence on a clear schedule: at most 50.
    pub consistency: i64,
    /// No more than this in all, whatever the parts.
    pub cap: i64,
}

impl Confidence {
    /// The score.
    pub fn total(&self) -> i64 {
        let parts = self.evidence
            + self.schedule
            + self.events
            + self.stability
            + self.recency
            + self.payer
            + self.consistency;
        parts.min(self.cap)
    }
}

/// What is known of the household's income.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Income {
    /// Streams, the largest monthly amount first.
    pub streams: Vec<Stream>,
    /// Monthly income of the running streams, in minor units.
    pub monthly: i128,
    /// Of it, what keeps to a schedule.
    pub monthly_recurring: i128,
    /// All deposits of streams of the last 90 days, in minor units.
    pub deposits_90d: i128,
    /// Their rows.
    pub deposits_90d_rows: Rows,
    /// The last deposit of any stream.
    pub last: Option<NaiveDate>,
    /// The earliest payday to come among running streams.
    pub next_payday: Option<NaiveDate>,
    /// Calendar months with a deposit of a stream.
    pub months_observed: usize,
    /// The recurring stream that made up the largest part of income has stopped, and nothing of
    /// similar size came after it.
    pub stopped: bool,
}

/// One payday of one payer: what it paid on one day, wherever it went.
#[derive(Debug, Clone)]
struct Event {
    date: NaiveDate,
    amount: i128,
    rows: Vec<(u16, u32)>,
}

/// The days that the analysis looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The first day that any cash account covers.
    pub(super) first: NaiveDate,
    /// The last day that any cash account covers.
    pub(super) last: NaiveDate,
}

/// Finds the streams.
pub(super) fn find(entries: &[Entry], payers: &[Payer], span: Option<Span>) -> Income {
    let Some(span) = span else {
        return Income::default();
    };
    let mut streams = Vec::new();
    for group in groups(entries, payers) {
        streams.extend(group.streams(span));
    }
    join_successors(&mut streams, span);
    let mut streams: Vec<Stream> = streams.into_iter().map(|draft| draft.stream).collect();
    streams.sort_by(|a, b| {
        b.counts()
            .cmp(&a.counts())
            .then(b.monthly.cmp(&a.monthly))
            .then_with(|| a.payer.cmp(&b.payer))
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
        if span.last.signed_duration_since(entry.made).num_days() < 90 {
            deposits_90d += i128::from(entry.amount);
            recent.push(at);
        }
    }
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
        stopped: stopped(&streams),
        streams,
    }
}

fn stopped(streams: &[Stream]) -> bool {
    let Some(lost) = streams
        .iter()
        .filter(|stream| stream.status == StreamStatus::Inactive && stream.recurring())
        .max_by_key(|stream| (stream.monthly, stream.last))
    else {
        return false;
    };
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
    lost.monthly > 0 && lost.monthly * 2 >= beside && since * 10 < lost.monthly * 7
}

/// The deposits of one payer.
struct Group<'a> {
    payer: &'a Payer,
    kind: Kind,
    named: bool,
    events: Vec<Event>,
}

/// A stream with what it was made from, so that it can be made again together with another.
struct Draft {
    stream: Stream,
    named: bool,
    events: Vec<Event>,
}

fn groups<'a>(entries: &[Entry], payers: &'a [Payer]) -> Vec<Group<'a>> {
    let mut by_payer: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for entry in entries
        .iter()
        .filter(|entry| entry.excluded.is_none() && entry.amount > 0)
    {
        by_payer.entry(entry.payer).or_default().push(entry);
    }
    let canonical = merge_payers(by_payer.keys().copied(), payers);
    let mut merged: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for (payer, rows) in by_payer {
        let into = canonical.get(&payer).copied().unwrap_or(payer);
        merged.entry(into).or_default().extend(rows);
    }
    merged
        .into_iter()
        .filter(|(_, rows)| rows.len() >= 2)
        .filter_map(|(payer, rows)| {
            let payer = payers.get(usize::try_from(payer).ok()?)?;
            Some(Group {
                payer,
                kind: kind_of(&rows),
                named: payer.key.len() > 3,
                events: events(rows),
            })
        })
        .collect()
}

/// The kind that most rows have, among those that say something.
fn kind_of(rows: &[&Entry]) -> Kind {
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for entry in rows {
        *counts.entry(entry.kind).or_default() += 1;
    }
    let telling = counts
        .iter()
        .filter(|(kind, _)| !matches!(kind, Kind::Other | Kind::CheckDeposit))
        .max_by_key(|(_, count)| **count)
        .map(|(kind, _)| *kind);
    telling
        .or_else(|| counts.keys().next().copied())
        .unwrap_or(Kind::Other)
}

/// Payers whose names differ by spelling only. Names are sorted, so candidates are neighbours.
fn merge_payers(ids: impl Iterator<Item = u32>, payers: &[Payer]) -> BTreeMap<u32, u32> {
    const SIMILAR: i64 = 940;
    const NEIGHBOURS: usize = 6;
    let mut keys: Vec<(&str, u32)> = ids
        .filter_map(|id| Some((payers.get(usize::try_from(id).ok()?)?.key.as_str(), id)))
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
                key.len() >= 6
                    && head.chars().take(5).eq(key.chars().take(5))
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

impl Group<'_> {
    /// The streams of one payer: one, or two where two kinds of payment are mixed.
    fn streams(self, span: Span) -> Vec<Draft> {
        let whole = Draft::make(
            &self.payer.label,
            self.kind,
            self.named,
            self.events.clone(),
            span,
        );
        if whole.as_ref().is_some_and(|draft| draft.stream.recurring()) {
            return whole.into_iter().collect();
        }
        if let Some((small, large)) = split_by_amount(&self.events) {
            let large = Draft::make(&self.payer.label, self.kind, self.named, large, span)
                .filter(|draft| draft.stream.recurring());
            if let Some(large) = large {
                let small = Draft::make(&self.payer.label, self.kind, self.named, small, span)
                    .filter(|draft| draft.stream.recurring());
                return std::iter::once(large).chain(small).collect();
            }
        }
        whole.into_iter().collect()
    }
}

/// Splits at the widest relative gap between amounts, where the larger is over twice the smaller:
/// salary and expenses from one payer.
fn split_by_amount(events: &[Event]) -> Option<(Vec<Event>, Vec<Event>)> {
    let mut amounts: Vec<i128> = events.iter().map(|event| event.amount).collect();
    amounts.sort_unstable();
    let (low, high) = amounts
        .iter()
        .zip(amounts.iter().skip(1))
        .filter(|(low, high)| **high > **low * 2)
        .max_by_key(|(low, high)| **high * 1_000 / (**low).max(1))?;
    let (small, large): (Vec<Event>, Vec<Event>) = events
        .iter()
        .cloned()
        .partition(|event| event.amount <= *low && event.amount < *high);
    (large.len() >= 3).then_some((small, large))
}

impl Draft {
    fn make(label: &str, kind: Kind, named: bool, events: Vec<Event>, span: Span) -> Option<Self> {
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
            payer: label.to_owned(),
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
            rows: Rows::from_pairs(events.iter().flat_map(|event| event.rows.iter().copied())),
        };
        stream.confidence = confidence(&stream, fit.as_ref(), named, span);
        Some(Self {
            stream,
            named,
            events,
        })
    }
}

/// Whether deposits are a stream of income: with the words of one any pattern will do, without
/// them only a steady one.
fn qualifies(kind: Kind, events: usize, scheduled: bool, stability: i64) -> bool {
    match kind {
        Kind::Other => events >= 3 && scheduled && stability >= 500,
        Kind::CheckDeposit => events >= 4 && scheduled && stability >= 800,
        _told => events >= 2,
    }
}

fn regular_monthly(level: i128, fit: &Fit) -> Option<i128> {
    let cadence = if fit.ambiguous && fit.cadence == Cadence::Biweekly {
        Cadence::SemiMonthly
    } else {
        fit.cadence
    };
    let (times, of) = cadence.per_month()?;
    scale(level, times.into(), of.into())
}

/// The next payday that is not past, or the overdue one.
fn upcoming(fit: &Fit, today: NaiveDate) -> Option<NaiveDate> {
    let next = fit.next()?;
    if add_business_days(next, 3) >= today {
        return Some(next);
    }
    fit.next_after(today)
}

fn status(dates: &[NaiveDate], fit: Option<&Fit>, events: usize, today: NaiveDate) -> StreamStatus {
    let Some(last) = dates.last() else {
        return StreamStatus::Inactive;
    };
    let silent = today.signed_duration_since(*last).num_days();
    let Some((fit, cycle)) = fit.and_then(|fit| Some((fit, fit.cadence.cycle_days()?))) else {
        let mut gaps: Vec<i128> = dates
            .iter()
            .zip(dates.iter().skip(1))
            .map(|(a, b)| i128::from(b.signed_duration_since(*a).num_days()))
            .collect();
        let gap = i64::try_from(median(&mut gaps).unwrap_or(0)).unwrap_or(i64::MAX);
        return match silent {
            silent if silent > gap.saturating_mul(3).max(35) => StreamStatus::Inactive,
            _few if events < 3 => StreamStatus::New,
            silent if silent > gap.saturating_mul(2).max(14) => StreamStatus::Late,
            _recent => StreamStatus::Active,
        };
    };
    let due = fit.next().map(|next| add_business_days(next, 3));
    let dead = last
        .checked_add_days(Days::new(cycle * 2))
        .map(|day| add_business_days(day, 3));
    if due.is_none_or(|due| today <= due) {
        StreamStatus::Active
    } else if dead.is_none_or(|dead| today <= dead) {
        StreamStatus::Late
    } else {
        StreamStatus::Inactive
    }
}

/// The usual amount now: the median of the latest six, or of the payments since the last change
/// that lasted. A cut is believed after two payments, a raise after three.
fn level(amounts: &[i128]) -> Option<i128> {
    let tail = |count: usize| {
        amounts
            .get(amounts.len().saturating_sub(count)..)
            .unwrap_or_default()
    };
    let earlier = |count: usize| {
        let end = amounts.len().saturating_sub(count);
        amounts.get(end.saturating_sub(6)..end).unwrap_or_default()
    };
    let of = |slice: &[i128]| median(&mut slice.to_vec());
    let shifted = |count: usize, test: &dyn Fn(i128, i128) -> bool| {
        let before = of(earlier(count)).filter(|_| earlier(count).len() >= 2)?;
        let now = tail(count);
        (now.len() == count && now.iter().all(|amount| test(*amount, before)))
            .then(|| of(now))
            .flatten()
    };
    shifted(2, &|now, before| now * 10 < before * 8)
        .or_else(|| shifted(3, &|now, before| now * 20 < before * 19))
        .or_else(|| shifted(3, &|now, before| now * 20 > before * 21))
        .or_else(|| of(tail(6)))
}

/// A month of irregular income: the median of the sums of four weeks on end, over the last
/// thirteen weeks and with the weeks in which nothing came, for 13/12 of four weeks.
fn irregular_monthly(events: &[Event], last: NaiveDate, status: StreamStatus, span: Span) -> i128 {
    // Of a stopped stream what counts is what it was when it ran.
    let end = if status == StreamStatus::Inactive {
        last
    } else {
        span.last
    };
    let covered = (end.signed_duration_since(span.first).num_days() + 1) / 7;
    let weeks = usize::try_from(covered.clamp(0, 13)).unwrap_or(0);
    let mut buckets = vec![0_i128; weeks];
    for event in events {
        let back = end.signed_duration_since(event.date).num_days();
        if let Ok(week) = usize::try_from(back / 7)
            && back >= 0
            && let Some(bucket) = buckets.get_mut(week)
        {
            *bucket += event.amount;
        }
    }
    let mut sums: Vec<i128> = buckets.windows(4).map(|four| four.iter().sum()).collect();
    let month = match median(&mut sums) {
        Some(sum) => scale(sum, 13, 12),
        None => scale(buckets.iter().sum(), 52, 12 * i128::from(covered.max(1))),
    };
    month.unwrap_or(0)
}

fn stability(amounts: &[i128]) -> i64 {
    let tail = amounts
        .get(amounts.len().saturating_sub(6)..)
        .unwrap_or_default();
    let Some(middle) = median(&mut tail.to_vec()).filter(|middle| *middle > 0) else {
        return 0;
    };
    // 1.4826 times the median deviation estimates a standard deviation.
    let spread = mad(tail, middle) * 1_483;
    let share = spread.checked_div(middle).unwrap_or(1_000);
    i64::try_from((1_000 - share).clamp(0, 1_000)).unwrap_or(0)
}

fn regularity(fit: &Fit) -> i64 {
    let matched = i64::try_from(fit.matched.len()).unwrap_or(1).max(1);
    let kept = matched * 1_000 / (matched + i64::from(fit.missed));
    kept * exp_permille(fit.residual_days * 1_000 / (3 * matched)) / 1_000
}

fn confidence(stream: &Stream, fit: Option<&Fit>, named: bool, span: Span) -> Confidence {
    let evidence = match stream.kind {
        Kind::Wages | Kind::Benefit | Kind::Retirement => 300,
        Kind::Unemployment | Kind::Disability | Kind::Support => 260,
        Kind::Gig | Kind::SelfEmployment | Kind::Rental => 220,
        _unproven => 60,
    };
    let events = i64::try_from(stream.events.min(6)).unwrap_or(0);
    let history = span.last.signed_duration_since(span.first).num_days();
    let cap = match stream.kind {
        Kind::CheckDeposit => 450,
        _short if history < 45 => 600,
        Kind::Other => 700,
        _proven => 1_000,
    };
    let clear = fit.map_or(0, |fit| fit.posterior);
    Confidence {
        evidence,
        schedule: if fit.is_some() { clear / 5 } else { 60 },
        events: events * 25,
        stability: stream.stability / 10,
        recency: match stream.status {
            StreamStatus::Active => 100,
            StreamStatus::Late => 40,
            StreamStatus::Inactive | StreamStatus::New => 0,
        },
        payer: if named { 100 } else { 30 },
        consistency: if evidence == 300 && clear >= 700 {
            50
        } else {
            0
        },
        cap,
    }
}

/// One employer that changes its payroll processor is one stream: where a stream of wages stops
/// and another of the same cadence and a similar amount begins within a cycle, they are joined.
fn join_successors(drafts: &mut Vec<Draft>, span: Span) {
    const STREAMS_MAX: usize = 64;
    if drafts.len() > STREAMS_MAX {
        return;
    }
    let follows = |a: &Stream, b: &Stream| {
        let gap = b.first.signed_duration_since(a.last).num_days();
        let cycle = a.cadence.cycle_days().unwrap_or(0);
        a.kind == Kind::Wages
            && b.kind == Kind::Wages
            && a.recurring()
            && a.cadence == b.cadence
            && gap > 0
            && gap.unsigned_abs() <= cycle + 4
            && (a.level - b.level).abs() * 100 <= a.level * 15
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
            &b.stream.payer,
            Kind::Wages,
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
            && entry.kind == Kind::CheckDeposit
            && !used.contains(&entry.at())
        {
            entry.excluded = Some(Exclusion::CashOrCheck);
        }
    }
}
