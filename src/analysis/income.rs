//! Income: streams of deposits by counterparty, over all accounts.

mod draft;
mod expected;
mod measures;
pub(super) mod paydays;
mod payers;
pub(super) mod review;
mod standing;
mod strands;
pub(super) mod stream;
pub(super) mod whose;

use super::amounts::WINDOW_DAYS;
use super::counterparty::Counterparty;
use super::entry::{Entry, EntryKind, Exclusion};
use crate::lexicon::Term;
use crate::snapshot::Rows;

use draft::{Draft, add_advances, events, join_successors, schedule};
use payers::{Payer, kind_of, payers};
use standing::standing;
use strands::Strand;
use stream::{Income, Source, Span, Stream, StreamStatus};

/// A stream that stopped is missed where it was at least this share of the income beside it, in
/// percent: half, since with less the applicant's main income still runs. A judgement.
const LOST_SHARE_MIN: i128 = 50;
/// What began since replaces it from this share of it on, in percent. A judgement: new work often
/// starts lower, and someone who earns a third less is no longer paid as before.
const REPLACED_SHARE_MIN: i128 = 70;

/// Finds the streams.
pub(super) fn find(
    entries: &[Entry],
    counterparties: &[Counterparty],
    span: Option<Span>,
) -> Income {
    let Some(span) = span else {
        return Income::default();
    };
    summarise(streams(entries, counterparties, span), entries, span)
}

/// The streams, in order.
fn streams(entries: &[Entry], counterparties: &[Counterparty], span: Span) -> Vec<Stream> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut advances: Vec<&Entry> = Vec::new();
    for payer in payers(entries, counterparties) {
        let early = |entry: &Entry| entry.terms.has(Term::WageAccess);
        if payer.rows.iter().all(|entry| early(entry)) {
            advances.extend(payer.rows);
            continue;
        }
        drafts.extend(of_payer(payer, span));
    }
    join_successors(&mut drafts, span);
    if !advances.is_empty() && !add_advances(&mut drafts, &advances, span) {
        advances.sort_unstable_by_key(|entry| (entry.made, entry.at()));
        let source = Source {
            label: "Wage access",
            kind: EntryKind::Wages,
            named: true,
            is_paid: false,
            is_beside_pay: false,
            is_confirmed: false,
        };
        let events = events(&advances);
        let fit = schedule(&events);
        drafts.extend(Draft::make(source, events, fit, span));
    }
    let mut streams: Vec<Stream> = drafts.into_iter().map(|draft| draft.stream).collect();
    in_order(&mut streams);
    streams
}

/// Those that count come first, and of them those that bring most.
fn in_order(streams: &mut [Stream]) {
    streams.sort_by(|a, b| {
        b.counts()
            .cmp(&a.counts())
            .then(b.monthly.cmp(&a.monthly))
            .then_with(|| a.counterparty.cmp(&b.counterparty))
            .then(a.first.cmp(&b.first))
            .then_with(|| a.rows.runs().cmp(b.rows.runs()))
    });
}

/// Tips come so many times as often as the pay beside them. A judgement: expenses are given back less
/// often than wages are paid.
const BESIDE_PAY_TIMES: usize = 2;

/// The streams of one payer.
fn of_payer(payer: Payer<'_>, span: Span) -> Vec<Draft> {
    let strands = strands::strands(payer.rows);
    let source = |rows: &[&Entry], is_beside_pay| Source {
        label: &payer.counterparty.label,
        kind: kind_of(rows),
        named: payer.counterparty.named,
        is_paid: payer.is_paid,
        is_beside_pay,
        is_confirmed: false,
    };
    let mut drafts: Vec<Draft> = Vec::with_capacity(strands.len());
    let mut left: Vec<Strand<'_>> = Vec::new();
    for strand in strands {
        let rows = &strand.rows;
        match Draft::make(source(rows, false), events(rows), strand.fit.clone(), span) {
            Some(draft) => drafts.push(draft),
            None => left.push(strand),
        }
    }
    let pays = drafts
        .iter()
        .filter(|draft| draft.stream.recurring())
        .map(|draft| draft.stream.events)
        .max();
    let Some(pays) = pays else {
        return drafts;
    };
    // An employer's invoices paid to its own people are their expenses.
    drafts
        .retain(|draft| draft.stream.recurring() || draft.stream.kind != EntryKind::SelfEmployment);
    let often = |strand: &Strand<'_>| strand.rows.len() >= pays * BESIDE_PAY_TIMES;
    for strand in left.into_iter().filter(often) {
        let rows = &strand.rows;
        drafts.extend(Draft::make(
            source(rows, true),
            events(rows),
            strand.fit,
            span,
        ));
    }
    drafts
}

fn summarise(streams: Vec<Stream>, entries: &[Entry], span: Span) -> Income {
    let running = || streams.iter().filter(|stream| stream.counts());
    let mut recent = Vec::new();
    let (mut deposits_90d, mut months) = (0_i128, std::collections::BTreeSet::new());
    for at in streams.iter().flat_map(|stream| stream.rows.pairs()) {
        // INVARIANT: entries are in the order of snapshots and rows.
        let place = entries.binary_search_by_key(&at, Entry::at);
        let Some(entry) = place.ok().and_then(|place| entries.get(place)) else {
            continue;
        };
        months.insert((
            chrono::Datelike::year(&entry.made),
            chrono::Datelike::month(&entry.made),
        ));
        if span.last.signed_duration_since(entry.made).num_days() < WINDOW_DAYS {
            deposits_90d += i128::from(entry.amount);
            recent.push(at);
        }
    }
    let lost = stopped(&streams);
    let (standing, unproven) = standing(&streams, entries, span);
    Income {
        monthly: running().map(|stream| stream.monthly).sum(),
        monthly_recurring: running()
            .filter(|stream| stream.recurring())
            .map(|stream| stream.monthly)
            .sum(),
        deposits_90d,
        deposits_90d_rows: Rows::from_pairs(recent),
        last: streams.iter().map(|stream| stream.last).max(),
        next_payday: running().filter_map(|stream| stream.next_payday).min(),
        months_observed: months.len(),
        stopped: lost.is_some(),
        stopped_rows: lost.map_or_else(Rows::none, |lost| lost.last_rows.clone()),
        standing,
        unproven,
        streams,
    }
}

/// The stream that was the largest part of income, has stopped and was not replaced.
fn stopped(streams: &[Stream]) -> Option<&Stream> {
    let lost = streams
        .iter()
        .filter(|stream| stream.status == StreamStatus::Inactive && stream.recurring())
        .max_by_key(|stream| (stream.monthly, stream.last))?;
    let beside: i128 = streams
        .iter()
        .filter(|stream| stream.first <= lost.last && stream.last >= lost.last)
        .map(|stream| stream.monthly)
        .sum();
    let since: i128 = streams
        .iter()
        .filter(|stream| stream.counts() && stream.first > lost.first && stream.last > lost.last)
        .map(|stream| stream.monthly)
        .sum();
    let main = lost.monthly > 0 && lost.monthly * 100 >= beside * LOST_SHARE_MIN;
    let replaced = since * 100 >= lost.monthly * REPLACED_SHARE_MIN;
    (main && !replaced).then_some(lost)
}

/// Marks cheques that no stream took up.
pub(super) fn mark_leftovers(entries: &mut [Entry], income: &Income) {
    let is_open = |entry: &Entry| entry.excluded.is_none() && entry.kind == EntryKind::CheckDeposit;
    if !entries.iter().any(is_open) {
        return;
    }
    let used: std::collections::BTreeSet<(u16, u32)> = income
        .streams
        .iter()
        .flat_map(|stream| stream.rows.pairs())
        .collect();
    for entry in entries.iter_mut() {
        if is_open(entry) && !used.contains(&entry.at()) {
            entry.excluded = Some(Exclusion::CashOrCheck);
        }
    }
}
