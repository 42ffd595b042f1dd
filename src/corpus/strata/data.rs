//! What goes wrong with the data itself, and whose it is.

use crate::corpus::dates::{Schedule, minus, plus};
use crate::corpus::life::{BROKEN, Life, MAIN, Mark, Row, State};
use crate::corpus::names::Person;

use super::irregular::somebody;
use super::pay::salaried;

/// Every row twice: what a month brings is there once.
pub(super) fn twice(life: &mut Life) {
    salaried(life);
    let copies: Vec<Row> = life
        .rows
        .iter()
        .map(|row| Row {
            state: State::Copy,
            ..row.clone()
        })
        .collect();
    life.rows.extend(copies);
}

/// Texts that lost characters on their way: in place of some stands U+FFFD, or a part is gone.
pub(super) fn damaged(life: &mut Life) {
    salaried(life);
    let mut random = life.random.clone();
    for row in &mut life.rows {
        if !random.chance(40) {
            continue;
        }
        let length = row.text.chars().count();
        let at = random.below(length);
        let lost = |(position, c)| if position == at { '\u{fffd}' } else { c };
        row.text = match random.below(3) {
            0 => format!("{} \u{fffd}\u{fffd}", row.text),
            1 => format!("{} \u{1f4b8}\u{200b}", row.text),
            _ => row.text.chars().enumerate().map(lost).collect(),
        };
    }
}

/// One text ends in the middle of a character: the rows beside it are whole.
pub(super) fn broken(life: &mut Life) {
    salaried(life);
    let (start, as_of) = (life.start, life.as_of);
    let count = life.rows.len();
    let first = life.random.below(count / 2);
    let seen = |row: &&mut Row| row.made >= start && row.posted <= as_of;
    if let Some(row) = life.rows.iter_mut().skip(first).find(seen) {
        row.text.push(BROKEN);
    }
}

/// Ten weeks of history: enough for a few pays.
pub(super) fn short(life: &mut Life) {
    life.start = minus(life.as_of, life.random.between(62, 85).unsigned_abs());
    let payer = crate::corpus::names::employer(&mut life.random);
    let anchor = crate::calendar::business_day_on_or_before(minus(life.start, 1));
    let step = life.random.pick(&[7, 14, 14]);
    let job = life.job_by(payer, Schedule::Every(step, anchor));
    life.work(&job);
    life.live(job.schedule.cadence().monthly(job.pay).unwrap_or(0));
}

/// A pay that is still pending, authorisations that vanished, and a pay that was announced, vanished
/// and came again under another id.
pub(super) fn pending(life: &mut Life) {
    salaried(life);
    let (start, as_of) = (life.start, life.as_of);
    let mut added: Vec<Row> = Vec::new();
    for row in &life.rows {
        let paid = matches!(row.mark, Mark::Income(_));
        if row.made > start
            && row.made < minus(as_of, 8)
            && life.random.chance(if paid { 30 } else { 10 })
        {
            added.push(Row {
                state: State::Void,
                made: minus(row.made, 1),
                posted: minus(row.made, 1),
                ..row.clone()
            });
        }
    }
    let last = life.rows.iter().rfind(|row| row.amount < 0).cloned();
    added.extend(last.map(|row| Row {
        state: State::Pending,
        made: as_of,
        posted: as_of,
        ..row
    }));
    // What comes in today has not come in yet.
    let next = life
        .streams
        .first()
        .and_then(|stream| stream.next.first().copied());
    let paid = life
        .rows
        .iter()
        .find(|row| matches!(row.mark, Mark::Income(_)))
        .cloned();
    if next.is_some_and(|day| day <= plus(as_of, 2)) {
        added.extend(paid.map(|row| Row {
            state: State::Pending,
            made: as_of,
            posted: as_of,
            ..row
        }));
    }
    life.rows.extend(added);
}

/// Two owners, both paid into the account; one applies.
pub(super) fn joint(life: &mut Life) {
    let applicant: Person = life.person.clone();
    let other = Person {
        last: if life.random.chance(60) {
            applicant.last.clone()
        } else {
            somebody(life).last
        },
        ..somebody(life)
    };
    let owner = other.clone();
    life.account_mut(MAIN, |account| account.owners.push(owner));
    salaried(life);
    let mut job = life.salaried();
    job.ach.name = other.last_first();
    for day in life.paydays(&job, MAIN) {
        let amount = life.random.around(job.pay, job.varies);
        let text = life.ach(MAIN, &job.ach, day);
        // Whether the other owner's pay counts is for the lender to say, not for the rows.
        life.row(MAIN, day, amount, text, (Mark::Either, "co_owner"));
    }
    life.income = Some((crate::corpus::Standing::Known, None));
}
