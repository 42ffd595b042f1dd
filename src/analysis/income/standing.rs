//! Whether income is known at all. What comes in without proof is not nothing: whoever was hired a month
//! ago, or is paid in cash, has an income that nobody can tell from the rows.

use std::collections::BTreeMap;

use super::stream::{Span, Standing, Stream, Unproven};
use crate::analysis::amounts::scale;
use crate::analysis::cadence::{self, Cadence};
use crate::analysis::entry::{Entry, EntryKind, Exclusion};
use crate::snapshot::Rows;

/// What came so long ago is no sign of what comes now: a monthly pay that is a week late and one
/// more week. A judgement.
const RECENT_DAYS: i64 = 45;
/// What is added up: a quarter of a year, to be told by the month of 30 days.
const WINDOW_DAYS: i64 = 90;
const MONTH_DAYS: i64 = 30;
/// So many deposits of cash and cheques in that time are a habit: more than one a month. A judgement.
const CASH_DEPOSITS_MIN: usize = 4;
/// Deposits of less than this, in major units, are no sign of income. A judgement.
const DEPOSIT_MAJOR_MIN: i128 = 100;
/// A person who pays so often, by a schedule of weeks, may be an employer.
const PERSON_DEPOSITS_MIN: usize = 4;

/// What is known, and what came in that may be income though nothing proves it.
pub(super) fn standing(streams: &[Stream], entries: &[Entry], span: Span) -> (Standing, Unproven) {
    let doubtful = doubtful(streams, entries, span);
    let standing = if streams.iter().any(Stream::counts) {
        Standing::Known
    } else if doubtful.is_empty() {
        Standing::None
    } else {
        Standing::Unproven
    };
    (standing, unproven(&doubtful, span))
}

/// The deposits that may be income and that nothing proves.
fn doubtful<'e>(streams: &[Stream], entries: &'e [Entry], span: Span) -> Vec<&'e Entry> {
    let judged: std::collections::BTreeSet<(u16, u32)> = streams
        .iter()
        // A reviewer's word for what stopped takes no doubt away.
        .filter(|stream| stream.counts() || stream.has_ended() && stream.review.is_none())
        .flat_map(|stream| stream.rows.pairs())
        .collect();
    let ago = |entry: &Entry| span.last.signed_duration_since(entry.made).num_days();
    let large = |entry: &Entry| i128::from(entry.amount) >= DEPOSIT_MAJOR_MIN * span.unit;
    let credits: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.amount > 0 && entry.counts())
        .filter(|entry| entry.excluded != Some(Exclusion::RefusedByReviewer))
        .filter(|entry| !judged.contains(&entry.at()))
        .collect();
    let plain = |entry: &Entry| {
        entry.excluded.is_none()
            && entry.kind != EntryKind::CheckDeposit
            && (large(entry) || entry.kind != EntryKind::Other)
    };
    let cash = |entry: &Entry| {
        entry.excluded == Some(Exclusion::CashOrCheck)
            || matches!(entry.kind, EntryKind::CheckDeposit | EntryKind::CashDeposit)
    };
    let lately = |entry: &Entry, days: i64| ago(entry) < days;
    let of_cash = credits
        .iter()
        .filter(|one| cash(one) && lately(one, WINDOW_DAYS));
    let habit = of_cash.count() >= CASH_DEPOSITS_MIN;
    let running = credits
        .iter()
        .any(|one| plain(one) && lately(one, RECENT_DAYS));
    let persons = regular_persons(&credits, span);
    let may_be = |entry: &&Entry| {
        lately(entry, WINDOW_DAYS)
            && ((running && plain(entry))
                || (habit && cash(entry))
                || (entry.excluded == Some(Exclusion::PersonToPerson)
                    && persons.contains(&entry.counterparty)))
    };
    credits.into_iter().filter(may_be).collect()
}

/// What these deposits of the last 90 days come to in 30, or in the days since the first of them,
/// where those are fewer than 90.
fn unproven(deposits: &[&Entry], span: Span) -> Unproven {
    let Some(first) = deposits.iter().map(|entry| entry.made).min() else {
        return Unproven::default();
    };
    let total: i128 = deposits.iter().map(|entry| i128::from(entry.amount)).sum();
    let days = span.last.signed_duration_since(first).num_days() + 1;
    let days = days.clamp(MONTH_DAYS, WINDOW_DAYS);
    Unproven {
        monthly: scale(total, MONTH_DAYS.into(), days.into()).unwrap_or(i128::MAX),
        rows: Rows::from_pairs(deposits.iter().map(|entry| entry.at())),
    }
}

/// The persons who pay by a schedule of weeks: it may be for work in a household.
fn regular_persons(credits: &[&Entry], span: Span) -> std::collections::BTreeSet<u32> {
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
    let regular = |days: &Vec<chrono::NaiveDate>| {
        let last = days.iter().max();
        let runs = last
            .is_some_and(|last| span.last.signed_duration_since(*last).num_days() < RECENT_DAYS);
        let enough = days.len() >= PERSON_DEPOSITS_MIN;
        enough
            && runs
            && cadence::fit_of(days.iter().copied()).is_some_and(|fit| {
                matches!(fit.cadence, Cadence::Weekly | Cadence::Biweekly)
                    && fit.matched.len() >= PERSON_DEPOSITS_MIN
            })
    };
    persons.retain(|_, days| regular(days));
    persons.into_keys().collect()
}
