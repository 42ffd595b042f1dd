//! What a stream is worth: its level, its month, how steady and how sure it is.

use chrono::{Days, NaiveDate};

use super::stream::{Confidence, Event, Span, Stream, StreamStatus};
use crate::analysis::amounts::scale;
use crate::analysis::cadence::{Cadence, Fit, exp_permille};
use crate::analysis::entry::EntryKind;
use crate::analysis::statistics::{mad, median};
use crate::calendar::add_business_days;

/// Whether deposits are a stream of income: with the words of one any pattern will do, without
/// them only a steady one.
pub(super) fn qualifies(kind: EntryKind, events: usize, scheduled: bool, stability: i64) -> bool {
    if kind == EntryKind::Other {
        events >= 3 && scheduled && stability >= 500
    } else if kind == EntryKind::CheckDeposit {
        events >= 4 && scheduled && stability >= 800
    } else {
        events >= 2
    }
}

pub(super) fn regular_monthly(level: i128, fit: &Fit) -> Option<i128> {
    let cadence = if fit.ambiguous && fit.cadence == Cadence::Biweekly {
        Cadence::SemiMonthly
    } else {
        fit.cadence
    };
    let (times, of) = cadence.per_month()?;
    scale(level, times.into(), of.into())
}

/// The next payday that is not past, or the overdue one.
pub(super) fn upcoming(fit: &Fit, today: NaiveDate) -> Option<NaiveDate> {
    let next = fit.next()?;
    if add_business_days(next, 3) >= today {
        return Some(next);
    }
    fit.next_after(today)
}

pub(super) fn status(
    dates: &[NaiveDate],
    fit: Option<&Fit>,
    events: usize,
    today: NaiveDate,
) -> StreamStatus {
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
pub(super) fn level(amounts: &[i128]) -> Option<i128> {
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
pub(super) fn irregular_monthly(
    events: &[Event],
    last: NaiveDate,
    status: StreamStatus,
    span: Span,
) -> i128 {
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

pub(super) fn stability(amounts: &[i128]) -> i64 {
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

pub(super) fn regularity(fit: &Fit) -> i64 {
    let matched = i64::try_from(fit.matched.len()).unwrap_or(1).max(1);
    let kept = matched * 1_000 / (matched + i64::from(fit.missed));
    kept * exp_permille(fit.residual_days * 1_000 / (3 * matched)) / 1_000
}

pub(super) fn confidence(
    stream: &Stream,
    fit: Option<&Fit>,
    named: bool,
    span: Span,
) -> Confidence {
    let evidence = evidence(stream.kind);
    let events = i64::try_from(stream.events.min(6)).unwrap_or(0);
    let history = span.last.signed_duration_since(span.first).num_days();
    let cap = if stream.kind == EntryKind::CheckDeposit {
        450
    } else if history < 45 {
        600
    } else if stream.kind == EntryKind::Other {
        700
    } else {
        1_000
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
        counterparty: if named { 100 } else { 30 },
        consistency: if evidence == 300 && clear >= 700 {
            50
        } else {
            0
        },
        cap,
    }
}

/// What the words alone are worth.
fn evidence(kind: EntryKind) -> i64 {
    if matches!(
        kind,
        EntryKind::Wages | EntryKind::Benefit | EntryKind::Retirement
    ) {
        300
    } else if matches!(
        kind,
        EntryKind::Unemployment | EntryKind::Disability | EntryKind::Support
    ) {
        260
    } else if matches!(
        kind,
        EntryKind::Gig | EntryKind::SelfEmployment | EntryKind::Rental
    ) {
        220
    } else {
        60
    }
}
