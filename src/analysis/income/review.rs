//! What reviewers say of streams. A review names a stream by one of its transactions; where no stream
//! holds that one, it is about what the same payer sent in the same way, as cash or between persons.

use crate::analysis::account::AccountInput;
use crate::analysis::counterparty::Counterparty;
use crate::analysis::entry::{Entry, EntryKind, Exclusion};
use crate::application::{ReviewVerdict, StreamReview};
use crate::snapshot::Rows;

use super::draft::{Draft, events};
use super::measures::ESTABLISHED_DAYS_MIN;
use super::payers::kind_of;
use super::stream::{Income, ReviewEffect, Reviewed, Source, Span, Stream, StreamStatus};
use super::{in_order, strands, summarise};

/// The income, and what each review did.
pub(in crate::analysis) fn apply(
    reviews: &[StreamReview],
    inputs: &[AccountInput<'_>],
    entries: &mut [Entry],
    counterparties: &[Counterparty],
    span: Option<Span>,
    found: Income,
) -> (Income, Vec<Reviewed>) {
    let subjects: Vec<Result<Subject, ReviewEffect>> = reviews
        .iter()
        .map(|review| subject(review, inputs, entries, &found.streams))
        .collect();
    let subjects: Vec<Result<&Subject, ReviewEffect>> = subjects
        .iter()
        .zip(reviews)
        .map(|(own, review)| {
            let own = own.as_ref().map_err(|effect| *effect)?;
            let mut others = subjects.iter().zip(reviews);
            let contradicted = others.any(|(other, said)| {
                said.verdict != review.verdict
                    && other
                        .as_ref()
                        .is_ok_and(|other| overlap(&own.rows, &other.rows))
            });
            if contradicted {
                Err(ReviewEffect::Contradicted)
            } else {
                Ok(own)
            }
        })
        .collect();
    let Some(span) = span else {
        let effects = subjects.into_iter();
        let none = |subject: Result<&Subject, ReviewEffect>| Reviewed {
            effect: subject.err().unwrap_or(ReviewEffect::CannotBeIncome),
            rows: Rows::none(),
        };
        return (found, effects.map(none).collect());
    };
    let of = |verdict: ReviewVerdict| {
        let all = subjects.iter().zip(reviews).enumerate();
        all.filter_map(move |(index, (subject, review))| {
            let subject = subject.as_ref().ok()?;
            (review.verdict == verdict).then_some((index, *subject))
        })
    };
    let mut all = found.streams;
    for (_, subject) in of(ReviewVerdict::Refused) {
        mark(entries, &subject.rows, Some(Exclusion::RefusedByReviewer));
        // A refusal only takes away: what was not income beside it is none now.
        all.retain(|stream| !overlap(&stream.rows, &subject.rows));
    }
    for (index, subject) in of(ReviewVerdict::Confirmed) {
        confirm(&mut all, index, subject, entries, counterparties, span);
    }
    in_order(&mut all);
    let confirmed = |subject: &Subject| match holder(&all, subject.at) {
        Some(stream) if stream.has_ended() => ReviewEffect::ConfirmedButStopped,
        Some(_) => ReviewEffect::Confirmed,
        None => ReviewEffect::CannotBeIncome,
    };
    let effects = subjects
        .iter()
        .zip(reviews)
        .map(|(subject, review)| match subject {
            Ok(subject) => Reviewed {
                effect: match review.verdict {
                    ReviewVerdict::Confirmed => confirmed(subject),
                    ReviewVerdict::Refused => ReviewEffect::Refused,
                },
                rows: subject.rows.clone(),
            },
            Err(effect) => Reviewed {
                effect: *effect,
                rows: Rows::none(),
            },
        });
    let effects: Vec<Reviewed> = effects.collect();
    (summarise(all, entries, span), effects)
}

/// What a review is about.
struct Subject {
    /// The transaction that it names.
    at: (u16, u32),
    /// The rows that belong together with it.
    rows: Rows,
}

/// What a review is about, or why it is about nothing.
fn subject(
    review: &StreamReview,
    inputs: &[AccountInput<'_>],
    entries: &[Entry],
    streams: &[Stream],
) -> Result<Subject, ReviewEffect> {
    let entry = named(review, inputs, entries).ok_or(ReviewEffect::UnknownTransaction)?;
    let at = entry.at();
    if let Some(stream) = holder(streams, at) {
        return Ok(Subject {
            at,
            rows: stream.rows.clone(),
        });
    }
    if !may_be_income(entry) {
        return Err(ReviewEffect::CannotBeIncome);
    }
    let alike = |other: &&Entry| {
        other.amount > 0
            && other.counterparty == entry.counterparty
            && other.excluded == entry.excluded
            && may_be_income(other)
            && holder(streams, other.at()).is_none()
    };
    let mut rows: Vec<&Entry> = entries.iter().filter(alike).collect();
    rows.sort_unstable_by_key(|entry| (entry.made, entry.at()));
    let mut strands = strands::strands(rows).into_iter();
    let own = strands.find(|strand| strand.rows.iter().any(|row| row.at() == at));
    let rows = own.map(|own| Rows::from_pairs(own.rows.iter().map(|row| row.at())));
    rows.map(|rows| Subject { at, rows })
        .ok_or(ReviewEffect::CannotBeIncome)
}

/// The entry of the transaction that a review names.
fn named<'e>(
    review: &StreamReview,
    inputs: &[AccountInput<'_>],
    entries: &'e [Entry],
) -> Option<&'e Entry> {
    let account = inputs
        .iter()
        .position(|input| *input.account == review.account)?;
    let rows = inputs.get(account)?.snapshot.transactions.known().ok()?;
    let row = rows
        .iter()
        .position(|row| *row.id == *review.transaction.as_str())?;
    let at = (u16::try_from(account).ok()?, u32::try_from(row).ok()?);
    entry_at(entries, at).and_then(|place| entries.get(place))
}

fn entry_at(entries: &[Entry], at: (u16, u32)) -> Option<usize> {
    // INVARIANT: entries are in the order of snapshots and rows.
    entries.binary_search_by_key(&at, Entry::at).ok()
}

/// Whether a person may say of a deposit that it is income: what is not counted at all, was undone or
/// moved between the accounts seen, or was lent or given back, is none whatever somebody says.
fn may_be_income(entry: &Entry) -> bool {
    let judged = matches!(
        entry.excluded,
        None | Some(
            Exclusion::PersonToPerson
                | Exclusion::CashOrCheck
                | Exclusion::TransferWords
                | Exclusion::OneOff
        )
    );
    entry.amount > 0 && judged && EntryKind::OF_STREAMS.contains(&entry.kind)
}

fn holder(streams: &[Stream], at: (u16, u32)) -> Option<&Stream> {
    streams.iter().find(|stream| stream.rows.contains(at))
}

fn overlap(a: &Rows, b: &Rows) -> bool {
    a.pairs().any(|at| b.contains(at))
}

fn mark(entries: &mut [Entry], rows: &Rows, excluded: Option<Exclusion>) {
    for at in rows.pairs() {
        let entry = entry_at(entries, at).and_then(|place| entries.get_mut(place));
        if let Some(entry) = entry {
            entry.excluded = excluded;
        }
    }
}

/// Has the stream of a transaction count as proven, and makes it where there is none.
fn confirm(
    all: &mut Vec<Stream>,
    review: usize,
    subject: &Subject,
    entries: &mut [Entry],
    counterparties: &[Counterparty],
    span: Span,
) {
    if !all.iter().any(|stream| stream.rows.contains(subject.at)) {
        mark(entries, &subject.rows, None);
        all.extend(made(&subject.rows, entries, counterparties, span));
    }
    let own = all
        .iter_mut()
        .find(|stream| stream.rows.contains(subject.at));
    if let Some(stream) = own.filter(|stream| stream.review.is_none()) {
        stream.review = Some(review);
        stream.confidence = stream.confidence.confirmed();
        if stream.status == StreamStatus::New {
            limit_to_what_came(stream);
        }
    }
}

/// The stream of these rows, whatever they look like.
fn made(
    rows: &Rows,
    entries: &[Entry],
    counterparties: &[Counterparty],
    span: Span,
) -> Option<Stream> {
    let places = rows.pairs().filter_map(|at| entry_at(entries, at));
    let mut own: Vec<&Entry> = places.filter_map(|place| entries.get(place)).collect();
    own.sort_unstable_by_key(|entry| (entry.made, entry.at()));
    let payer = usize::try_from(own.first()?.counterparty).ok()?;
    let payer = counterparties.get(payer)?;
    let source = Source {
        label: &payer.label,
        kind: kind_of(&own),
        named: payer.named,
        is_paid: false,
        is_beside_pay: false,
        is_confirmed: true,
    };
    let events = events(&own);
    let fit = super::draft::schedule(&events);
    Some(Draft::make(source, events, fit, span)?.stream)
}

/// Of payments within less than four weeks nobody can say how often they come: a month then is what came.
fn limit_to_what_came(stream: &mut Stream) {
    let between = stream.last.signed_duration_since(stream.first).num_days();
    if between >= ESTABLISHED_DAYS_MIN {
        return;
    }
    let events = i128::try_from(stream.events).unwrap_or(1);
    let came = stream.level.saturating_mul(events);
    stream.monthly = stream.monthly.min(came);
    let (low, high) = stream.interval;
    stream.interval = (low.min(stream.monthly), high.max(stream.monthly));
}
