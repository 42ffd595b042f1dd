//! Whether income is known at all. What comes in without proof is not nothing: whoever was hired a month
//! ago, or is paid in cash, has an income that nobody can tell from the rows.

use std::collections::BTreeMap;

use super::stream::{Span, Standing, Stream};
use crate::analysis::cadence::{self, Cadence};
use crate::analysis::entry::{Entry, EntryKind, Exclusion};

/// What came so long ago is no sign of what comes now: a monthly pay that is a week late and one
/// more week. A judgement.
const RECENT_DAYS: i64 = 45;
/// Cash and cheques are looked at over a quarter of a year ...
const CASH_DAYS: i64 = 90;
/// ... in which so many deposits are a habit: more than one a month. A judgement.
const CASH_DEPOSITS_MIN: usize = 4;
/// Deposits of less than this, in major units, are no sign of income. A judgement.
const DEPOSIT_MAJOR_MIN: i128 = 100;
/// A person who pays so often, by a schedule of weeks, may be an employer.
const PERSON_DEPOSITS_MIN: usize = 4;

/// What is known.
pub(super) fn standing(streams: &[Stream], entries: &[Entry], span: Span) -> Standing {
    if streams.iter().any(Stream::counts) {
        Standing::Known
    } else if unproven(streams, entries, span) {
        Standing::Unproven
    } else {
        Standing::None
    }
}

fn unproven(streams: &[Stream], entries: &[Entry], span: Span) -> bool {
    let ended: std::collections::BTreeSet<(u16, u32)> = streams
        .iter()
        // A reviewer's word for what stopped takes no doubt away.
        .filter(|stream| stream.has_ended() && stream.review.is_none())
        .flat_map(|stream| stream.rows.pairs())
        .collect();
    let ago = |entry: &Entry| span.last.signed_duration_since(entry.made).num_days();
    let large = |entry: &Entry| i128::from(entry.amount) >= DEPOSIT_MAJOR_MIN * span.unit;
    let credits = || {
        let credits = entries
            .iter()
            .filter(|entry| entry.amount > 0 && entry.counts())
            .filter(|entry| entry.excluded != Some(Exclusion::RefusedByReviewer));
        credits.filter(|entry| !ended.contains(&entry.at()))
    };
    let recent = |entry: &&Entry| {
        entry.excluded.is_none()
            && entry.kind != EntryKind::CheckDeposit
            && ago(entry) < RECENT_DAYS
            && (large(entry) || entry.kind != EntryKind::Other)
    };
    let cash = credits().filter(|entry| {
        entry.excluded == Some(Exclusion::CashOrCheck)
            || matches!(entry.kind, EntryKind::CheckDeposit | EntryKind::CashDeposit)
    });
    credits().any(|entry| recent(&entry))
        || cash.filter(|entry| ago(entry) < CASH_DAYS).count() >= CASH_DEPOSITS_MIN
        || any_regular_person(credits(), span)
}

/// Whether a person pays by a schedule of weeks: it may be for work in a household.
fn any_regular_person<'a>(credits: impl Iterator<Item = &'a Entry>, span: Span) -> bool {
    let mut persons: BTreeMap<u32, Vec<chrono::NaiveDate>> = BTreeMap::new();
    for entry in credits {
        let large = i128::from(entry.amount) >= DEPOSIT_MAJOR_MIN * span.unit;
        if entry.excluded == Some(Exclusion::PersonToPerson) && large {
            persons
                .entry(entry.counterparty)
                .or_default()
                .push(entry.made);
        }
    }
    persons.into_values().any(|days| {
        let last = days.iter().max();
        let runs = last
            .is_some_and(|last| span.last.signed_duration_since(*last).num_days() < RECENT_DAYS);
        runs && cadence::fit_of(days.into_iter()).is_some_and(|fit| {
            matches!(fit.cadence, Cadence::Weekly | Cadence::Biweekly)
                && fit.matched.len() >= PERSON_DEPOSITS_MIN
        })
    })
}
