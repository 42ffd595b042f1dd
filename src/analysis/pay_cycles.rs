//! The paydays of the household's main income, and how fast the pay goes.

use chrono::NaiveDate;

use super::amounts::WINDOW_DAYS;
use super::entry::Entry;
use super::income::paydays::came;
use super::income::stream::{Event, Income, Span};
use super::total::{Sum, Total};
use crate::snapshot::Rows;

/// How fast the pay goes is looked at on the payday and so many days after it. A judgement: rent and
/// what had to wait go out at once, the shopping of a week does not.
const SPENT_WITHIN_DAYS: i64 = 3;

/// One payday of the largest running stream that keeps to a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayCycle {
    /// The day on which it came.
    pub day: NaiveDate,
    /// What came, in minor units.
    pub pay: i128,
    /// The deposits.
    pub deposits: Rows,
    /// What went out that day and in the three days after it, own transfers and what was undone left
    /// out; `None` where they are not over.
    pub spent: Option<Total>,
}

/// The paydays of the last 90 days, in order. `recent` are the rows of those days.
pub(super) fn find(
    entries: &[Entry],
    recent: &[&Entry],
    income: &Income,
    span: Span,
) -> Vec<PayCycle> {
    // Streams that run come first, the largest of them before all.
    let mut streams = income.streams.iter();
    let Some(main) = streams.find(|stream| stream.counts() && stream.recurring()) else {
        return Vec::new();
    };
    let ago = |day: NaiveDate| span.last.signed_duration_since(day).num_days();
    let events = came(main, entries);
    let recently = |event: &Event| (0..WINDOW_DAYS).contains(&ago(event.date));
    let events: Vec<Event> = events.into_iter().filter(recently).collect();
    let mut spent: Vec<Sum> = Vec::new();
    spent.resize_with(events.len(), Sum::default);
    for entry in recent {
        if entry.amount >= 0 || !entry.flows() {
            continue;
        }
        let after = events.partition_point(|event| event.date <= entry.made);
        let Some(at) = after.checked_sub(1) else {
            continue;
        };
        let soon = events.get(at).is_some_and(|event| {
            entry.made.signed_duration_since(event.date).num_days() <= SPENT_WITHIN_DAYS
        });
        if let Some(sum) = spent.get_mut(at).filter(|_| soon) {
            sum.add(entry);
        }
    }
    let cycle = |(event, spent): (Event, Sum)| PayCycle {
        day: event.date,
        pay: event.amount,
        deposits: Rows::from_pairs(event.rows),
        spent: (ago(event.date) >= SPENT_WITHIN_DAYS).then(|| spent.total()),
    };
    events.into_iter().zip(spent).map(cycle).collect()
}
