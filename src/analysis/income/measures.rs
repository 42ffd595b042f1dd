//! What a stream is worth: its level, its month, how steady and how sure it is.

use chrono::{Days, NaiveDate};

use super::stream::{Confidence, Event, Source, Span, Stream, StreamStatus};
use crate::analysis::amounts::scale;
use crate::analysis::cadence::{Cadence, Fit, SCHEDULE_EVENTS_MIN, exp_permille};
use crate::analysis::entry::EntryKind;
use crate::analysis::statistics::{mad, median};
use crate::calendar::add_business_days;

/// Without words of income only so many deposits are a stream: three are what is commonly asked
/// for, since two have one gap, and one gap is any schedule.
const UNNAMED_EVENTS_MIN: usize = SCHEDULE_EVENTS_MIN;
/// ... and as steady as this, in thousandths. A judgement: pay by the hour varies by a third, what a
/// household moves about varies by more.
const UNNAMED_STABILITY_MIN: i64 = 500;
/// A payer that takes money as well may be a lender that pays out in parts, so it has to pay so often.
const PAID_EVENTS_MIN: usize = 6;
/// Less than this, in major units, is no pay without words that say so: interest, cash back. A
/// judgement.
const UNNAMED_MAJOR_MIN: i128 = 40;
/// Without a schedule a firm that is not paid itself pays for work where it paid so often ...
const KEPT_UP_EVENTS_MIN: usize = 4;
/// ... in so many months ...
const KEPT_UP_MONTHS_MIN: usize = 3;
/// ... so much a month, in major units. Judgements: invoices are paid some weeks apart, and what shops
/// give back is less.
const KEPT_UP_MAJOR_MIN: i128 = 150;
/// Cheques say nothing of who paid, so they need one deposit more ...
const CHECK_EVENTS_MIN: usize = 4;
/// ... and steadier amounts, in thousandths. A judgement: wages paid by cheque stay within a fifth,
/// cheques of all sorts do not.
const CHECK_STABILITY_MIN: i64 = 800;
/// With the words of income one deposit is a stream, though a new one.
const NAMED_EVENTS_MIN: usize = 1;

/// Fewer payments are a new stream, of which it is too early to say that it runs.
const ESTABLISHED_EVENTS_MIN: usize = 3;
/// Without a schedule payments have to come over so many days as well: of three in one week nobody can say
/// how often they come. Four weeks, a judgement.
pub(super) const ESTABLISHED_DAYS_MIN: i64 = 28;
/// A payment is overdue after so many business days: a bank holiday, a late payroll file and a day
/// to post. A judgement.
pub(super) const GRACE_BUSINESS_DAYS: u32 = 3;
/// After so many cycles without a payment a stream has stopped: one can be missed or come
/// otherwise, two in a row hardly. What income reports commonly take.
const STOPPED_CYCLES: u64 = 2;
/// Without a schedule the usual gap stands for the cycle, and payments come as they like: so many
/// gaps of silence are late ...
const IRREGULAR_LATE_GAPS: i64 = 2;
/// ... but not fewer days than two weeks, so that a driver's free week is not; a judgement.
const IRREGULAR_LATE_DAYS_MIN: i64 = 14;
/// So many gaps of silence are the end: one more than with a schedule ...
const IRREGULAR_STOPPED_GAPS: i64 = 3;
/// ... but not fewer days than five weeks, so that a whole month off is not; a judgement.
const IRREGULAR_STOPPED_DAYS_MIN: i64 = 35;

/// The latest payments that say what is usual: six weeks of weekly pay, half a year of monthly. A
/// judgement: more are steadier and slower to follow a change, fewer let one odd payment through.
const LATEST: usize = 6;
/// Of what came before a change at least so many payments are needed, to be compared with.
const EARLIER_MIN: usize = 2;
/// Payments below this share of those before, in percent, are a deep cut (fewer hours, another
/// job): it is believed early, because a lender relies on what is paid now. A judgement.
const DEEP_CUT_PERCENT: i128 = 80;
/// A deep cut is believed after so many payments: one alone may be a short pay period.
const DEEP_CUT_PAYMENTS: usize = 2;
/// Below this share, in percent, it is a cut; within five percent it is the hours of one period.
const CUT_PERCENT: i128 = 95;
/// Above this share, in percent, it is a raise.
const RAISE_PERCENT: i128 = 105;
/// Small cuts and raises are believed after so many payments; two may be a bonus and its rest.
const SHIFT_PAYMENTS: usize = 3;

/// Days of irregular income that count: half a year, which evens out good and bad weeks and is still
/// about now.
const IRREGULAR_DAYS: u64 = 182;
/// The days of 48 months.
const DAYS_OF_4_YEARS: i128 = 1_461;

/// 1.4826 times the median deviation estimates a standard deviation (of normally distributed
/// amounts); in thousandths.
const DEVIATION_OF_MAD: i128 = 1_483;
/// A mean distance of so many days from the schedule takes regularity down to 1/e: as late as a
/// payment may be before it is overdue.
const REGULARITY_DAYS: i64 = 3;

/// What payments look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    /// How many paydays.
    pub(super) events: usize,
    /// In how many calendar months.
    pub(super) months: usize,
    /// Whether they keep to a schedule.
    pub(super) scheduled: bool,
    /// How steady the amounts are, in thousandths.
    pub(super) stability: i64,
    /// The usual amount, in minor units.
    pub(super) level: i128,
}

/// Whether payments are a stream of income: with the words of one any pattern will do, without
/// them only a steady one, or one that a firm keeps up for months.
pub(super) fn qualifies(source: &Source<'_>, pattern: &Pattern, unit: i128) -> bool {
    let steady = |events_min: usize, stability_min: i64| {
        pattern.events >= events_min && pattern.scheduled && pattern.stability >= stability_min
    };
    if source.is_confirmed {
        true
    } else if source.is_beside_pay {
        pattern.events >= UNNAMED_EVENTS_MIN
    } else if source.kind == EntryKind::Other {
        let large = |major: i128| pattern.level >= major * unit;
        let payments = i128::try_from(pattern.events).unwrap_or(1);
        let months = i128::try_from(pattern.months).unwrap_or(1);
        let a_month = scale(pattern.level, payments, months.max(1)).unwrap_or(0);
        let kept_up = source.named
            && !source.is_paid
            && pattern.events >= KEPT_UP_EVENTS_MIN
            && pattern.months >= KEPT_UP_MONTHS_MIN
            && a_month >= KEPT_UP_MAJOR_MIN * unit;
        large(UNNAMED_MAJOR_MIN)
            && (kept_up
                || (steady(UNNAMED_EVENTS_MIN, UNNAMED_STABILITY_MIN)
                    && (!source.is_paid || pattern.events >= PAID_EVENTS_MIN)))
    } else if source.kind == EntryKind::CheckDeposit {
        steady(CHECK_EVENTS_MIN, CHECK_STABILITY_MIN)
    } else {
        pattern.events >= NAMED_EVENTS_MIN
    }
}

/// Payments a month by a schedule, as a fraction; of two that explain the dates equally well, the lower.
fn per_month(fit: &Fit) -> Option<(i64, i64)> {
    let ambiguous = fit.ambiguous && fit.cadence == Cadence::Biweekly;
    let cadence = if ambiguous {
        Cadence::SemiMonthly
    } else {
        fit.cadence
    };
    cadence.per_month()
}

pub(super) fn regular_monthly(level: i128, fit: &Fit) -> Option<i128> {
    let (times, of) = per_month(fit)?;
    scale(level, times.into(), of.into())
}

/// The next payday that is not past, or the overdue one.
pub(super) fn upcoming(fit: &Fit, today: NaiveDate) -> Option<NaiveDate> {
    let next = fit.next()?;
    if add_business_days(next, GRACE_BUSINESS_DAYS) >= today {
        return Some(next);
    }
    fit.next_after(today)
}

pub(super) fn status(
    dates: &[NaiveDate],
    fit: Option<&Fit>,
    events: usize,
    kind: EntryKind,
    today: NaiveDate,
) -> StreamStatus {
    let Some(last) = dates.last() else {
        return StreamStatus::Inactive;
    };
    let silent = today.signed_duration_since(*last).num_days();
    let spanned = dates
        .first()
        .map_or(0, |first| last.signed_duration_since(*first).num_days());
    let Some((fit, cycle)) = fit.and_then(|fit| Some((fit, fit.cadence.cycle_days()?))) else {
        let mut gaps: Vec<i128> = dates
            .iter()
            .zip(dates.iter().skip(1))
            .map(|(a, b)| i128::from(b.signed_duration_since(*a).num_days()))
            .collect();
        let gap = i64::try_from(median(&mut gaps).unwrap_or(0)).unwrap_or(i64::MAX);
        let over = |gaps: i64, days_min: i64| silent > gap.saturating_mul(gaps).max(days_min);
        return if over(IRREGULAR_STOPPED_GAPS, IRREGULAR_STOPPED_DAYS_MIN) {
            StreamStatus::Inactive
        } else if events < ESTABLISHED_EVENTS_MIN || spanned < ESTABLISHED_DAYS_MIN {
            StreamStatus::New
        } else if over(IRREGULAR_LATE_GAPS, IRREGULAR_LATE_DAYS_MIN) {
            StreamStatus::Late
        } else {
            StreamStatus::Active
        };
    };
    let due = fit
        .next()
        .map(|next| add_business_days(next, GRACE_BUSINESS_DAYS));
    // Those who drive for a platform choose their weeks: its day of payment is a schedule, their work
    // keeps to none.
    let at_will = if kind == EntryKind::Gig {
        IRREGULAR_STOPPED_DAYS_MIN.unsigned_abs()
    } else {
        0
    };
    let days = (cycle * STOPPED_CYCLES).max(at_will);
    let dead = last
        .checked_add_days(Days::new(days))
        .map(|day| add_business_days(day, GRACE_BUSINESS_DAYS));
    if due.is_none_or(|due| today <= due) {
        StreamStatus::Active
    } else if dead.is_none_or(|dead| today <= dead) {
        StreamStatus::Late
    } else {
        StreamStatus::Inactive
    }
}

/// The payments that say what is usual now: the latest, or those since the last change that lasted.
/// Their median is the usual amount.
pub(super) fn usual(amounts: &[i128]) -> &[i128] {
    let tail = |count: usize| {
        amounts
            .get(amounts.len().saturating_sub(count)..)
            .unwrap_or_default()
    };
    let earlier = |count: usize| {
        let end = amounts.len().saturating_sub(count);
        amounts
            .get(end.saturating_sub(LATEST)..end)
            .unwrap_or_default()
    };
    let shifted = |count: usize, test: &dyn Fn(i128, i128) -> bool| {
        let before = earlier(count);
        let before = median(&mut before.to_vec()).filter(|_| before.len() >= EARLIER_MIN)?;
        let now = tail(count);
        (now.len() == count && now.iter().all(|amount| test(*amount, before))).then_some(now)
    };
    let below = |percent| move |now: i128, before: i128| now * 100 < before * percent;
    let above = |percent| move |now: i128, before: i128| now * 100 > before * percent;
    shifted(DEEP_CUT_PAYMENTS, &below(DEEP_CUT_PERCENT))
        .or_else(|| shifted(SHIFT_PAYMENTS, &below(CUT_PERCENT)))
        .or_else(|| shifted(SHIFT_PAYMENTS, &above(RAISE_PERCENT)))
        .unwrap_or_else(|| tail(LATEST))
}

/// The usual amount of payments that say it.
pub(super) fn level(usual: &[i128]) -> Option<i128> {
    median(&mut usual.to_vec())
}

/// How far a month by a schedule may be off at 80 %: the error of the median of so many payments,
/// `1.2533 s / sqrt(n)` (the asymptotic one of a normal distribution), times the quantile of Student's
/// distribution.
pub(super) fn regular_error(usual: &[i128], fit: &Fit) -> Option<i128> {
    let count = i128::try_from(usual.len()).ok()?;
    let mean = usual.iter().sum::<i128>().checked_div(count)?;
    let squares = squares(usual, mean)?;
    let deviation = squares
        .checked_mul(1_000_000)?
        .checked_div((count - 1).max(1))?
        .isqrt();
    let error = deviation
        .checked_mul(i128::from(student(usual.len())))?
        .checked_mul(1_253)?;
    // Thousandths of the deviation, of 1.2533 and of the quantile; root of the count in thousandths.
    let root = count.checked_mul(1_000_000)?.isqrt().max(1);
    let (times, of) = per_month(fit)?;
    let each = scale(error, 1, 1_000_000_i128.checked_mul(root)?)?;
    scale(each, times.into(), of.into())
}

/// The 90th percentile of Student's distribution with one degree of freedom less than so many values,
/// in thousandths: 80 % lie within it on either side.
fn student(values: usize) -> i64 {
    const QUANTILES: [i64; 8] = [3_078, 3_078, 3_078, 1_886, 1_638, 1_533, 1_476, 1_440];
    QUANTILES.get(values).copied().unwrap_or(1_310)
}

/// A month of irregular income and how far it may be off at 80 %: what came over half a year, or since
/// it began, by the length of a month. Payers that pay as work comes keep a rate and no amount, and the
/// mean of all payments is what says most about it. The error is that of a mean of weeks.
pub(super) fn irregular_monthly(
    events: &[Event],
    last: NaiveDate,
    status: StreamStatus,
    span: Span,
) -> (i128, i128) {
    // Of a stopped stream what counts is what it was when it ran.
    let end = if status == StreamStatus::Inactive {
        last
    } else {
        span.last
    };
    let earliest = end
        .checked_sub_days(Days::new(IRREGULAR_DAYS - 1))
        .map_or(span.first, |day| day.max(span.first));
    let days_to = |day: NaiveDate| end.signed_duration_since(day).num_days() + 1;
    let first = events.first().map_or(earliest, |event| event.date);
    // What began later has been paid for one more gap than there are gaps.
    let gaps = i64::try_from(events.len().saturating_sub(1))
        .unwrap_or(0)
        .max(1);
    let gap = last.signed_duration_since(first).num_days() / gaps;
    let days = days_to(earliest).min(days_to(first) + gap).max(1);
    let mut weeks = vec![0_i128; usize::try_from((days / 7).max(1)).unwrap_or(1)];
    let mut sum = 0_i128;
    for event in events.iter().filter(|event| event.date >= earliest) {
        let back = end.signed_duration_since(event.date).num_days();
        if back < 0 {
            continue;
        }
        sum += event.amount;
        if let Some(week) = usize::try_from(back / 7)
            .ok()
            .and_then(|week| weeks.get_mut(week))
        {
            *week += event.amount;
        }
    }
    let month = |amount: i128| scale(amount, DAYS_OF_4_YEARS, 48 * i128::from(days));
    let error = error_of_sum(&weeks).and_then(month);
    (month(sum).unwrap_or(0), error.unwrap_or(0))
}

/// The sum of the squared distances from `mean`; `None` where it does not fit.
fn squares(values: &[i128], mean: i128) -> Option<i128> {
    values.iter().try_fold(0_i128, |sum, value| {
        let off = value.checked_sub(mean)?;
        sum.checked_add(off.checked_mul(off)?)
    })
}

/// How far the sum of weeks may be from what so many weeks bring, at 80 %.
fn error_of_sum(weeks: &[i128]) -> Option<i128> {
    let count = i128::try_from(weeks.len()).ok()?;
    let mean = weeks.iter().sum::<i128>().checked_div(count)?;
    let squares = squares(weeks, mean)?;
    let variance = squares
        .checked_mul(count)?
        .checked_div((count - 1).max(1))?;
    scale(variance.isqrt(), i128::from(student(weeks.len())), 1_000)
}

pub(super) fn stability(amounts: &[i128]) -> i64 {
    let tail = amounts
        .get(amounts.len().saturating_sub(LATEST)..)
        .unwrap_or_default();
    let Some(middle) = median(&mut tail.to_vec()).filter(|middle| *middle > 0) else {
        return 0;
    };
    let spread = mad(tail, middle) * DEVIATION_OF_MAD;
    let share = spread.checked_div(middle).unwrap_or(1_000);
    i64::try_from((1_000 - share).clamp(0, 1_000)).unwrap_or(0)
}

/// How much more the later half of the latest payments is than the earlier half, by their medians, in
/// thousandths.
pub(super) fn trend(amounts: &[i128]) -> Option<i64> {
    /// Two and two: one payment alone is no trend.
    const PAYMENTS_MIN: usize = 4;
    let latest = amounts.get(amounts.len().saturating_sub(2 * LATEST)..)?;
    if latest.len() < PAYMENTS_MIN {
        return None;
    }
    let (earlier, later) = latest.split_at_checked(latest.len() / 2)?;
    let before = median(&mut earlier.to_vec()).filter(|before| *before > 0)?;
    let more = median(&mut later.to_vec())?.checked_sub(before)?;
    i64::try_from(scale(more, 1_000, before)?).ok()
}

pub(super) fn regularity(fit: &Fit) -> i64 {
    let matched = i64::try_from(fit.matched.len()).unwrap_or(1).max(1);
    let kept = matched * 1_000 / (matched + i64::from(fit.missed));
    kept * exp_permille(fit.residual_days * 1_000 / (REGULARITY_DAYS * matched)) / 1_000
}

// The parts of confidence, in thousandths. They add up so that each is a reason. The weights are a
// judgement: words are the best evidence and a clear schedule the next, and the rest tells apart
// what those leave level. Labelled histories would be the ground to move them.

/// For each payment, up to what payments give at most: more add little.
const EACH_EVENT: i64 = 25;
/// Of how clearly the schedule wins (1,000 at most) a fifth counts.
const SCHEDULE_PART: i64 = 1_000 / Confidence::MOST.schedule;
/// Without a schedule: irregular income is income too, with less to show for it.
const NO_SCHEDULE: i64 = 60;
/// Of stability (1,000 at most) a tenth counts.
const STABILITY_PART: i64 = 1_000 / Confidence::MOST.stability;
/// It runs.
const RECENT: i64 = Confidence::MOST.recency;
/// It is late: less than half, since many late streams have ended.
const RECENT_BUT_LATE: i64 = 40;
/// The counterparty has a name.
const NAMED: i64 = Confidence::MOST.counterparty;
/// It has not: the deposits belong together by little.
const UNNAMED: i64 = 30;
/// The strongest words on a clear schedule bear each other out.
const CONSISTENT: i64 = Confidence::MOST.consistency;
/// A schedule is clear from so much of the likelihood on: over twice as likely as all others.
const CLEAR_SCHEDULE_MIN: i64 = 700;

/// Words of wages, benefits and pensions: they are paid to go on.
const WORDS_LASTING: i64 = Confidence::MOST.evidence;
/// Words of unemployment, disability and support: as sure to be income, but made to end or to be
/// looked at again. Less for how long they are likely to last, never for where they come from.
const WORDS_LIMITED: i64 = 260;
/// Words of gig work, self-employment and rent: income before its costs.
const WORDS_OWN_WORK: i64 = 220;
/// No such words: the pattern has to carry it.
const WORDS_NONE: i64 = 60;

/// Cheques stay below 550, where a medium confidence usually begins, however regular: nobody knows
/// what they are for.
const CAP_CHECKS: i64 = 450;
/// A history of fewer days holds one monthly payment or two and cannot show that income lasts ...
const SHORT_HISTORY_DAYS: i64 = 45;
/// ... so that nothing in it is more than just medium.
const CAP_SHORT_HISTORY: i64 = 600;
/// Without words of income a perfect pattern is not a high confidence.
const CAP_UNNAMED: i64 = 700;
/// Everything.
const CAP_NONE: i64 = Confidence::MOST.cap;

pub(super) fn confidence(
    stream: &Stream,
    fit: Option<&Fit>,
    named: bool,
    span: Span,
) -> Confidence {
    let evidence = evidence(stream.kind);
    let events = i64::try_from(stream.events).unwrap_or(i64::MAX);
    let history = span.last.signed_duration_since(span.first).num_days();
    let cap = if stream.kind == EntryKind::CheckDeposit {
        CAP_CHECKS
    } else if history < SHORT_HISTORY_DAYS {
        CAP_SHORT_HISTORY
    } else if stream.kind == EntryKind::Other {
        CAP_UNNAMED
    } else {
        CAP_NONE
    };
    let clear = fit.map_or(0, |fit| fit.posterior);
    Confidence {
        evidence,
        schedule: fit.map_or(NO_SCHEDULE, |_| clear / SCHEDULE_PART),
        events: events
            .saturating_mul(EACH_EVENT)
            .min(Confidence::MOST.events),
        stability: stream.stability / STABILITY_PART,
        recency: match stream.status {
            StreamStatus::Active => RECENT,
            StreamStatus::Late => RECENT_BUT_LATE,
            StreamStatus::Inactive | StreamStatus::New => 0,
        },
        counterparty: if named { NAMED } else { UNNAMED },
        consistency: if evidence == WORDS_LASTING && clear >= CLEAR_SCHEDULE_MIN {
            CONSISTENT
        } else {
            0
        },
        review: 0,
        cap,
    }
}

/// What the words alone are worth.
fn evidence(kind: EntryKind) -> i64 {
    if matches!(
        kind,
        EntryKind::Wages | EntryKind::Benefit | EntryKind::Retirement
    ) {
        WORDS_LASTING
    } else if matches!(
        kind,
        EntryKind::Unemployment | EntryKind::Disability | EntryKind::Support
    ) {
        WORDS_LIMITED
    } else if matches!(
        kind,
        EntryKind::Gig | EntryKind::SelfEmployment | EntryKind::Rental
    ) {
        WORDS_OWN_WORK
    } else {
        WORDS_NONE
    }
}
