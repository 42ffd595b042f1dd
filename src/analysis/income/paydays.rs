//! The calendar of a stream: which paydays came and which did not. It is worked out again from the
//! stream's rows where somebody wants to see it; no decision does.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::draft::{events, latest, schedule};
use super::stream::{Event, Stream};
use crate::analysis::cadence::Fit;
use crate::analysis::entry::Entry;
use crate::lexicon::Term;
use crate::snapshot::Rows;

/// A payday of a stream: one that came, or one that the schedule names and that did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payday {
    /// The day by the schedule; `None` for what came beside it, or where there is none.
    pub due: Option<NaiveDate>,
    /// The day on which it came; `None` where it did not.
    pub came: Option<NaiveDate>,
    /// What came, in minor units.
    pub amount: i128,
    /// The deposits.
    pub rows: Rows,
}

impl Payday {
    /// The day that it stands for.
    fn day(&self) -> Option<NaiveDate> {
        self.came.or(self.due)
    }
}

/// A stream that stopped is missed on so many of its days; the others are those after it ended.
const MISSED_AFTER_END: usize = 2;
/// A payday that came early stands before the first date that is asked for by no more than this.
const MARGIN_DAYS: u64 = 7;

/// The payments of a stream by the day on which they came, in order. `entries` are all.
pub(in crate::analysis) fn came(stream: &Stream, entries: &[Entry]) -> Vec<Event> {
    let rows: Vec<&Entry> = stream
        .rows
        .pairs()
        .filter_map(|at| {
            // INVARIANT: entries are in the order of snapshots and rows.
            let place = entries.binary_search_by_key(&at, Entry::at).ok()?;
            entries.get(place)
        })
        .collect();
    // What was drawn early is part of the pay that it was drawn from.
    let early = |entry: &&&Entry| entry.terms.has(Term::WageAccess);
    let mut pays: Vec<&Entry> = rows.iter().filter(|row| !early(row)).copied().collect();
    if pays.is_empty() {
        pays = rows;
    }
    pays.sort_unstable_by_key(|entry| (entry.made, entry.at()));
    events(&pays)
}

/// The paydays of a stream up to `last`, the last day of the history, in order. `entries` are all.
pub(in crate::analysis) fn paydays(
    stream: &Stream,
    entries: &[Entry],
    last: Option<NaiveDate>,
) -> Vec<Payday> {
    let events = came(stream, entries);
    let fit = match latest(&events, schedule(&events)) {
        Some((recent, Some(fit))) if fit.cadence == stream.cadence => Some((recent, fit)),
        _ => None,
    };
    let due = fit
        .as_ref()
        .map_or_else(BTreeMap::new, |(recent, fit)| due_days(recent, fit, last));
    let mut paydays: Vec<Payday> = events
        .iter()
        .map(|event| Payday {
            due: due
                .get(&Some(event.date))
                .and_then(|days| days.first().copied()),
            came: Some(event.date),
            amount: event.amount,
            rows: Rows::from_pairs(event.rows.iter().copied()),
        })
        .collect();
    let missed = due.get(&None).into_iter().flatten();
    let after_end = |day: &NaiveDate| stream.has_ended() && *day > stream.last;
    let (ended, running): (Vec<NaiveDate>, Vec<NaiveDate>) = missed.copied().partition(after_end);
    let missed = running
        .into_iter()
        .chain(ended.into_iter().take(MISSED_AFTER_END));
    // The one that may still come is not missed.
    let missed = missed.filter(|day| stream.next_payday.is_none_or(|next| *day < next));
    paydays.extend(missed.map(|day| Payday {
        due: Some(day),
        came: None,
        amount: 0,
        rows: Rows::none(),
    }));
    paydays.sort_by_key(Payday::day);
    paydays
}

/// The dates of a schedule by the day on which the payment came; under `None` those of which none did.
fn due_days(
    recent: &[Event],
    fit: &Fit,
    last: Option<NaiveDate>,
) -> BTreeMap<Option<NaiveDate>, Vec<NaiveDate>> {
    let matched = fit.matched.iter().filter_map(|place| recent.get(*place));
    let mut came: Vec<NaiveDate> = matched.map(|event| event.date).collect();
    let mut due: BTreeMap<Option<NaiveDate>, Vec<NaiveDate>> = BTreeMap::new();
    let (Some(first), Some(end)) = (came.first().copied(), came.last().copied()) else {
        return due;
    };
    let margin = Days::new(MARGIN_DAYS);
    let from = first.checked_sub_days(margin).unwrap_or(first);
    let to = end.checked_add_days(margin).unwrap_or(end);
    let mut slots = fit.dates(from, last.map_or(to, |last| last.max(to)));
    // Each payment belongs to the nearest date, which is then taken.
    for day in came.drain(..) {
        let away = |slot: &NaiveDate| slot.signed_duration_since(day).num_days().abs();
        let nearest = slots.iter().enumerate().min_by_key(|(_, slot)| away(slot));
        if let Some(place) = nearest.map(|(place, _)| place) {
            let slot = slots.remove(place);
            due.entry(Some(day)).or_default().push(slot);
        }
    }
    slots.retain(|slot| *slot > first && last.is_none_or(|last| *slot <= last));
    due.insert(None, slots);
    due
}
