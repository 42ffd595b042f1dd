//! The payments of one payee, parted into streams: two loans at one lender, rent among other
//! cheques, two cards of one issuer.

use chrono::Datelike;

use super::obligation::Purpose;
use super::payment::{By, Payment, Told};

/// The part of payments that belong to no stream of equal amounts.
pub(super) const LEFT_OVER: u32 = u32::MAX;

/// Payments at least so many days apart are of one agreement, whatever their amounts: a month, less a
/// weekend, a holiday and a week by which a person may be early.
const MONTH_APART_DAYS: i64 = 20;
/// Equal amounts closer than this are no agreement: nobody pays a loan twice in one week but for a
/// weekly one.
const CLOSEST_DAYS: i64 = 5;
/// So many equal amounts are an agreement of their own.
const EQUAL_MIN: usize = 3;
/// A level may rise or fall by so much within one agreement, in percent. A judgement: rents and
/// premiums move by less, and another loan mostly differs by more.
const STEP_PERCENT_MAX: i64 = 30;
/// Due dates this many days apart or less are one: a weekend and a holiday.
const DUE_APART_DAYS: u32 = 5;
/// Days of a month, for distances that go on over its end.
const MONTH_DAYS: u32 = 31;
/// Streams of equal amounts of one payee that are told apart: bounds the work.
const PARTS_MAX: usize = 8;

/// Gives a single payment of an amount that another payee is paid each month to that payee: a name that
/// is cut or misspelt once, or rent that was sent another way.
pub(super) fn adopt(payments: &mut [Payment]) {
    /// Payees of one amount that are looked at: bounds the work.
    const PAYMENTS_MAX: usize = 64;
    payments.sort_unstable_by_key(|one| (one.amount, one.payee, one.made));
    for run in payments.chunk_by_mut(|a, b| a.amount == b.amount) {
        if run.len() < EQUAL_MIN || run.len() > PAYMENTS_MAX {
            continue;
        }
        let most = run
            .chunk_by(|a, b| a.payee == b.payee)
            .max_by_key(|same| same.len())
            .filter(|same| same.len() > 1 && same.iter().all(|one| one.by != By::Card));
        let Some(Payment { payee, told, .. }) = most.and_then(|same| same.first()).copied() else {
            continue;
        };
        for at in 0..run.len() {
            let Some(one) = run.get(at).copied() else {
                break;
            };
            let near = |other: &Payment| days(*other, one).abs() < MONTH_APART_DAYS;
            let single = run.iter().filter(|other| other.payee == one.payee).count() == 1;
            let free = !run.iter().any(|other| other.payee == payee && near(other));
            let alike = one.told == Told::Nothing || one.told == told;
            if single
                && free
                && alike
                && one.by != By::Card
                && let Some(one) = run.get_mut(at)
            {
                one.payee = payee;
            }
        }
    }
}

/// Numbers the parts of one payee's payments and sorts by them, left-overs last.
pub(super) fn split(group: &mut [Payment]) {
    if together(group) {
        set_apart(group);
    } else {
        let cards = group
            .iter()
            .filter(|one| one.told == Told::For(Purpose::Card))
            .count();
        if cards * 2 > group.len() {
            by_due_day(group);
        } else {
            by_amount(group);
        }
    }
    group.sort_unstable_by_key(|one| (one.part, one.made, one.at));
}

/// Whether the payments, in order of days, come once a month, or are of one amount.
fn together(group: &[Payment]) -> bool {
    let pairs = || group.iter().zip(group.iter().skip(1));
    pairs().all(|(a, b)| a.amount == b.amount)
        || pairs().all(|(a, b)| days(*a, *b) >= MONTH_APART_DAYS)
}

/// Of payees whom no word tells, such as all whose cheques are paid, sets apart what is far from an
/// amount that recurs.
fn set_apart(group: &mut [Payment]) {
    let silent = |one: &Payment| one.told == Told::Nothing && !one.bank;
    let first = group.first().map(|one| one.amount);
    let one_amount = group.iter().all(|one| Some(one.amount) == first);
    if one_amount || !group.iter().all(silent) {
        return;
    }
    // INVARIANT: of several amounts there is one in three weeks, so that they are few.
    let equal = |amount: i64| group.iter().filter(|one| one.amount == amount).count();
    let usual = group
        .iter()
        .map(|one| (equal(one.amount), one.amount))
        .max();
    let Some((_, usual)) = usual.filter(|(count, _)| *count > 1) else {
        return;
    };
    for one in group.iter_mut() {
        if (one.amount - usual).abs().saturating_mul(100) > usual.saturating_mul(STEP_PERCENT_MAX) {
            one.part = LEFT_OVER;
        }
    }
}

fn days(a: Payment, b: Payment) -> i64 {
    b.made.signed_duration_since(a.made).num_days()
}

/// A part in the making: the days and the amount that it spans.
#[derive(Clone, Copy)]
struct Part {
    first: Payment,
    last: Payment,
    number: u32,
}

/// Equal amounts that recur are a part each; one that goes on where another ended, at a similar
/// level, is the same part.
fn by_amount(group: &mut [Payment]) {
    group.sort_unstable_by_key(|one| (one.amount, one.made, one.at));
    let mut found: Vec<Part> = Vec::new();
    for run in group.chunk_by_mut(|a, b| a.amount == b.amount) {
        let apart = |close: i64| {
            run.iter()
                .zip(run.iter().skip(1))
                .all(|(a, b)| days(*a, *b) >= close)
        };
        let monthly = run.len() + 1 == EQUAL_MIN && apart(MONTH_APART_DAYS);
        let recurs = (run.len() >= EQUAL_MIN && apart(CLOSEST_DAYS)) || monthly;
        let ends = run.first().copied().zip(run.last().copied());
        if let Some((first, last)) = ends.filter(|_| recurs && found.len() < PARTS_MAX) {
            let number = u32::try_from(found.len()).unwrap_or(0);
            found.push(Part {
                first,
                last,
                number,
            });
            run.iter_mut().for_each(|one| one.part = number);
        } else {
            run.iter_mut().for_each(|one| one.part = LEFT_OVER);
        }
    }
    if found.is_empty() {
        return;
    }
    join_levels(&mut found);
    for one in group.iter_mut() {
        let part = usize::try_from(one.part).ok().and_then(|at| found.get(at));
        if let Some(part) = part {
            one.part = part.number;
        }
    }
}

/// Gives one number to parts of which each begins after the one before it ended.
fn join_levels(parts: &mut [Part]) {
    for later in 1..parts.len() {
        let Some(part) = parts.get(later).copied() else {
            return;
        };
        let follows = |a: &Part, b: &Part| {
            a.last.made < b.first.made
                && (a.last.amount - b.first.amount).abs() * 100 <= a.last.amount * STEP_PERCENT_MAX
        };
        let earlier = parts.get(..later).unwrap_or_default();
        let same = earlier
            .iter()
            .filter(|one| follows(one, &part) || follows(&part, one))
            .map(|one| one.number)
            .next();
        if let (Some(number), Some(part)) = (same, parts.get_mut(later)) {
            part.number = number;
        }
    }
}

/// Payments of varying amounts that are due on two or three days of the month are a part each.
fn by_due_day(group: &mut [Payment]) {
    let mut paid = [false; 32];
    for one in group.iter() {
        let day = usize::try_from(one.made.day()).unwrap_or(0);
        if let Some(paid) = paid.get_mut(day) {
            *paid = true;
        }
    }
    let on = |day: u32| {
        let day = (day - 1) % MONTH_DAYS + 1;
        let at = usize::try_from(day).unwrap_or(0);
        paid.get(at).copied().unwrap_or(false)
    };
    // A due date begins after days without any.
    let begins =
        |day: u32| on(day) && (1..=DUE_APART_DAYS).all(|back| !on(day + MONTH_DAYS - back));
    let starts = || (1..=MONTH_DAYS).filter(|day| begins(*day));
    let count = starts().count();
    if !(2..=3).contains(&count) {
        return;
    }
    for one in group.iter_mut() {
        let day = one.made.day();
        let own = starts().rfind(|start| *start <= day);
        one.part = own.or(starts().next_back()).unwrap_or(0);
    }
    group.sort_unstable_by_key(|one| (one.part, one.made, one.at));
    let monthly = group
        .chunk_by(|a, b| a.part == b.part)
        .all(|part| part.len() > 1 && together_in_months(part));
    if !monthly {
        group.iter_mut().for_each(|one| one.part = 0);
    }
}

fn together_in_months(part: &[Payment]) -> bool {
    let mut pairs = part.iter().zip(part.iter().skip(1));
    pairs.all(|(a, b)| days(*a, *b) >= MONTH_APART_DAYS)
}
