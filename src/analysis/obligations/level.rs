//! How often, how much, and whether it still runs: one stream of payments, measured.

use chrono::{Datelike, NaiveDate};

use super::obligation::{Obligation, ObligationStatus, Purpose};
use super::payment::{By, Facts, Found, Known, Measure, Payment, Told};
use super::purpose;
use crate::analysis::amounts::{MONTH_DAYS, WINDOW_DAYS, scale};
use crate::analysis::cadence::{self, Cadence, SCHEDULE_EVENTS_MIN};
use crate::analysis::counterparty::Counterparty;
use crate::analysis::exclusion::REPAYMENT_DAYS_MAX;
use crate::snapshot::Rows;

/// The payments of which the level is told.
const LATEST: usize = 3;
/// The payments by which it is told whether amounts are the same.
const LATEST_COMPARED: usize = 7;
/// Amounts within one part in so many are the same: banks and servicers round.
const SAME_PART: i128 = 200;
/// Of the latest amounts at least so many in a hundred are the same as the one before.
const SAME_PERCENT_MIN: usize = 60;
/// A last payment further than this from the usual one, in percent, is a part or an extra payment
/// and no new level. A judgement: rents and rates move by less.
const LEVEL_CHANGE_MAX: i128 = 25;
/// Rent is due up to this day of the month, a weekend included ...
const FIRST_DAYS_UNTIL: u32 = 5;
/// ... or from this one on, for the month to come.
const FIRST_DAYS_FROM: u32 = 28;
/// More payments a month than this, on average, are shopping.
const PAYMENTS_A_MONTH_MAX: i64 = 5;

/// Measures one stream, in the order of days; `None` where it is no obligation. `beside`: whether
/// the payee has another stream, of which these may be extra payments.
pub(super) fn stream(
    part: &[Payment],
    known: &Known,
    counterparties: &[Counterparty],
    measure: Measure,
    beside: bool,
) -> Option<Found> {
    let (first, last) = (part.first()?, part.last()?);
    let events = events(part);
    let mut facts = facts(part, &events, measure.today)?;
    facts.lent = facts.told == Told::Nothing
        && facts.regular
        && facts.steady
        && facts.by == By::Account
        && lent(first, facts.level, known, counterparties);
    if beside && (!facts.regular || facts.payments < 2) {
        return None;
    }
    let (purpose, told) = purpose::judge(&facts, measure)?;
    let seen = last_attempt(part, known).map_or(last.made, |day| day.max(last.made));
    let silent = measure.today.signed_duration_since(seen).num_days();
    let runs = silent <= silence_max(purpose, facts.cadence);
    let end = if runs { measure.today } else { last.made };
    let obligation = Obligation {
        payee: last.payee,
        purpose,
        told,
        cadence: facts.cadence,
        level: facts.level,
        monthly: monthly(&events, purpose, &facts, end)?,
        payments: events.len(),
        since: first.made,
        last: last.made,
        status: if runs {
            ObligationStatus::Running
        } else {
            ObligationStatus::Ended
        },
        rows: Rows::from_pairs(part.iter().map(|one| one.at)),
    };
    Some(Found {
        obligation,
        or_loan: purpose::is_loan(&facts, measure),
    })
}

/// What went out on one day, in minor units.
#[derive(Clone, Copy)]
struct Event {
    made: NaiveDate,
    amount: i128,
}

/// What was sent in parts on one day is one payment.
fn events(part: &[Payment]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::with_capacity(part.len());
    for one in part {
        let amount = i128::from(one.amount);
        match events.last_mut() {
            Some(event) if event.made == one.made => event.amount += amount,
            _ => events.push(Event {
                made: one.made,
                amount,
            }),
        }
    }
    events
}

fn facts(part: &[Payment], events: &[Event], today: NaiveDate) -> Option<Facts> {
    let (mut bank, mut card, mut person, mut first_days) = (0_usize, 0_usize, 0_usize, 0_usize);
    for one in part {
        let day = one.made.day();
        bank += usize::from(one.bank);
        card += usize::from(one.by == By::Card);
        person += usize::from(one.by == By::Person);
        first_days += usize::from(day <= FIRST_DAYS_UNTIL || day >= FIRST_DAYS_FROM);
    }
    let most = |count: usize| count * 2 > part.len();
    let (told, bank, steady) = (told(part), most(bank), is_steady(events));
    let days = today.signed_duration_since(part.first()?.made).num_days();
    let rare =
        i64::try_from(events.len()).ok()? <= (days / 30 + 1).saturating_mul(PAYMENTS_A_MONTH_MAX);
    // Shopping, which need not be fitted.
    if told == Told::Nothing && (!rare || !(steady || bank)) {
        return None;
    }
    let (cadence, regular) = rhythm(events);
    let level = level(events, steady)?;
    let (times, of) = cadence.per_month().unwrap_or((1, 1));
    Some(Facts {
        told,
        payments: events.len(),
        cadence,
        regular,
        steady,
        level,
        monthly: scale(level, times.into(), of.into())?,
        rare,
        bank,
        lent: false,
        by: if most(card) {
            By::Card
        } else if most(person) {
            By::Person
        } else {
            By::Account
        },
        first_days: most(first_days),
    })
}

/// What most of the words say, where at least half of the payments say something.
fn told(part: &[Payment]) -> Told {
    let Some(first) = part.first().map(|one| one.told) else {
        return Told::Nothing;
    };
    if part.iter().all(|one| one.told == first) {
        return first;
    }
    let mut counts = Purpose::ALL.map(|purpose| (0_usize, std::cmp::Reverse(purpose)));
    for one in part {
        for (count, purpose) in &mut counts {
            *count += usize::from(one.told == Told::For(purpose.0));
        }
    }
    let most = counts.into_iter().max();
    most.filter(|(count, _)| *count > 0 && *count * 2 >= part.len())
        .map_or(Told::Nothing, |(_, purpose)| Told::For(purpose.0))
}

/// How often, and whether the days keep to it. Bills move to the next business day and by no more,
/// so that most are told by the distances alone; only others are fitted.
fn rhythm(events: &[Event]) -> (Cadence, bool) {
    let gaps = || {
        events
            .iter()
            .zip(events.iter().skip(1))
            .map(|(a, b)| b.made.signed_duration_since(a.made).num_days())
    };
    let all = |from: i64, to: i64| gaps().all(|gap| (from..=to).contains(&gap));
    let count = events.len().saturating_sub(1);
    if count == 0 {
        return (Cadence::Monthly, false);
    }
    let of_month = |gap: &i64| (24..=38).contains(gap);
    let of_two = |gap: &i64| (52..=69).contains(gap);
    let months = gaps().filter(of_month).count();
    if months == count && !(count > 3 && all(28, 28)) {
        return (Cadence::Monthly, true);
    }
    if gaps().all(|gap| of_month(&gap) || of_two(&gap)) && months * 3 >= count * 2 {
        return (Cadence::Monthly, true);
    }
    if events.len() < SCHEDULE_EVENTS_MIN {
        return if all(12, 16) {
            (Cadence::Biweekly, true)
        } else if all(5, 9) {
            (Cadence::Weekly, true)
        } else if all(17, 50) {
            (Cadence::Monthly, false)
        } else {
            (Cadence::Irregular, false)
        };
    }
    if let Some(fit) = cadence::fit_of(events.iter().map(|one| one.made)) {
        return (fit.cadence, true);
    }
    let mut gaps: Vec<i64> = gaps().collect();
    gaps.sort_unstable();
    // People who pay by hand keep to no day.
    let by_hand = gaps.first().is_some_and(|gap| *gap >= 14)
        && gaps.last().is_some_and(|gap| *gap <= 50)
        && gaps.len() >= SCHEDULE_EVENTS_MIN;
    match gaps.get(gaps.len() / 2) {
        Some(25..=36) => (Cadence::Monthly, by_hand),
        _ => (Cadence::Irregular, false),
    }
}

fn is_steady(events: &[Event]) -> bool {
    let latest = events
        .get(events.len().saturating_sub(LATEST_COMPARED)..)
        .unwrap_or_default();
    let pairs = latest.iter().zip(latest.iter().skip(1));
    let same = pairs
        .filter(|(a, b)| (a.amount - b.amount).abs().saturating_mul(SAME_PART) <= a.amount)
        .count();
    same * 100 >= latest.len().saturating_sub(1) * SAME_PERCENT_MIN
}

/// The mean of the latest payments; of the same amount each time the last one, unless it is far from
/// the others.
fn level(events: &[Event], steady: bool) -> Option<i128> {
    let latest = events.get(events.len().saturating_sub(LATEST)..)?;
    if !steady {
        return mean(latest);
    }
    let last = latest.last()?.amount;
    let before = latest
        .get(latest.len().saturating_sub(2))
        .map_or(last, |one| one.amount);
    let near = (last - before).abs() * 100 <= before * LEVEL_CHANGE_MAX;
    Some(if near { last } else { before })
}

fn mean(payments: &[Event]) -> Option<i128> {
    let sum: i128 = payments.iter().map(|one| one.amount).sum();
    scale(sum, 1, i128::try_from(payments.len()).ok()?)
}

/// What it takes a month: by its schedule; without one what went out lately, of what is younger than
/// the window in its own time and not in the whole of it.
fn monthly(events: &[Event], purpose: Purpose, facts: &Facts, end: NaiveDate) -> Option<i128> {
    let latest = events.get(events.len().saturating_sub(LATEST)..)?;
    let spread = matches!(purpose, Purpose::BuyNowPayLater | Purpose::ShortTerm) && !facts.regular;
    if let Some((times, of)) = facts.cadence.per_month().filter(|_| !spread) {
        let usual = if purpose == Purpose::Card {
            mean(latest)?
        } else {
            facts.level
        };
        return scale(usual, times.into(), of.into());
    }
    // A payment that is tried again is one of the month.
    let again = facts.payments == 2 && facts.steady && !spread;
    if again {
        return Some(facts.level);
    }
    let ago = |one: &Event| end.signed_duration_since(one.made).num_days();
    let recent = || events.iter().filter(|one| ago(one) < WINDOW_DAYS);
    let sum: i128 = recent().map(|one| one.amount).sum();
    let age = events.first().map_or(0, ago) + 1;
    let days = i128::from(age.clamp(0, WINDOW_DAYS)).max(MONTH_DAYS);
    scale(sum, MONTH_DAYS, days)
}

/// Days of silence after which it has ended: a cycle and a half and a weekend, for a payment that is
/// late but still owed. A card is not paid in a month in which it is not used.
fn silence_max(purpose: Purpose, cadence: Cadence) -> i64 {
    const WEEKEND: i64 = 4;
    const IRREGULAR: i64 = 60;
    let Some(cycle) = cadence.cycle_days() else {
        return IRREGULAR;
    };
    let cycle = i64::try_from(cycle).unwrap_or(0);
    if purpose == Purpose::Card {
        cycle * 2 + WEEKEND
    } else {
        cycle * 3 / 2 + WEEKEND
    }
}

/// Whether who is paid had paid out a multiple of it shortly before the first payment. The two texts
/// often differ in what follows the name.
fn lent(first: &Payment, level: i128, known: &Known, counterparties: &[Counterparty]) -> bool {
    /// A loan is repaid in more parts than this.
    const PARTS_MIN: i128 = 3;
    /// Shorter words begin too many names.
    const LETTERS_MIN: usize = 5;
    let name = |payee: u32| {
        let found = usize::try_from(payee)
            .ok()
            .and_then(|at| counterparties.get(at))?;
        found
            .key
            .split(' ')
            .next()
            .filter(|word| word.len() >= LETTERS_MIN)
    };
    let payee = name(first.payee);
    known.paid_out.iter().any(|(by, day, amount)| {
        let before = first.made.signed_duration_since(*day).num_days();
        (0..=REPAYMENT_DAYS_MAX).contains(&before)
            && i128::from(*amount) >= level * PARTS_MIN
            && (*by == first.payee || (payee.is_some() && name(*by) == payee))
    })
}

/// The last attempt on the payee that came back.
fn last_attempt(part: &[Payment], known: &Known) -> Option<NaiveDate> {
    let payee = part.last()?.payee;
    let end = known.attempts.partition_point(|(other, _)| *other <= payee);
    let (other, day) = known.attempts.get(end.checked_sub(1)?)?;
    (*other == payee).then_some(*day)
}
