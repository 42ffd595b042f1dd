//! What the household pays again and again: whom, what for, how much a month, and whether it still
//! runs.
//!
//! Debits of one payee are parted into streams by equal amounts and by the days on which they go
//! out, before a schedule is looked for. What a stream is for is told by recurring amounts and their
//! size first, and by words second.

mod level;
mod obligation;
mod parts;
mod payment;
mod purpose;

use chrono::NaiveDate;

use super::counterparty::Counterparty;
use super::entry::{Entry, EntryKind, Exclusion};
use crate::lexicon::{Term, TermSet};

pub use obligation::{Obligation, ObligationStatus, Purpose};
use payment::{By, Known, Measure, Payment, Told};

/// Finds the obligations, the largest monthly amount first. `month` is what comes in, or goes out,
/// in a month.
pub(super) fn find(
    entries: &[Entry],
    counterparties: &[Counterparty],
    month: i128,
    today: NaiveDate,
) -> Vec<Obligation> {
    let measure = Measure { month, today };
    let (mut payments, known) = payments(entries, measure);
    parts::adopt(&mut payments);
    payments.sort_unstable_by_key(|one| (one.payee, one.made, one.amount, one.at));
    // The same amount twice on one day is mostly one payment that the bank sent twice. A person is
    // sent a large sum in parts, since apps have limits.
    payments.dedup_by(|b, a| {
        (a.payee, a.made, a.amount) == (b.payee, b.made, b.amount) && a.by != By::Person
    });
    let mut found = Vec::new();
    let mut loose = Vec::new();
    for group in payments.chunk_by_mut(|a, b| a.payee == b.payee) {
        // Texts that carry a reference name another payee each time.
        if let [one] = group
            && one.told == Told::Nothing
        {
            loose.push(*one);
            continue;
        }
        parts::split(group);
        let parts = group.chunk_by(|a, b| a.part == b.part);
        let mut fixed = false;
        for part in parts {
            let beside = fixed && part.first().is_some_and(|one| one.part == parts::LEFT_OVER);
            let stream = level::stream(part, &known, counterparties, measure, beside);
            fixed |= stream.is_some();
            found.extend(stream);
        }
    }
    loose.sort_unstable_by_key(|one| (one.amount, one.made, one.at));
    for part in loose.chunk_by(|a, b| a.amount == b.amount) {
        let persons = part.iter().all(|one| one.by == By::Person);
        if part.len() >= LOOSE_MIN || (persons && part.len() + 1 == LOOSE_MIN) {
            found.extend(level::stream(part, &known, counterparties, measure, false));
        }
    }
    let mut found = purpose::one_home(found);
    purpose::replaced(&mut found, today);
    found.sort_by_key(|one| {
        let large = std::cmp::Reverse((one.runs(), one.monthly));
        (large, one.since, one.rows.pairs().next())
    });
    found
}

/// Payments to nobody in particular that are of one amount are one stream from so many on: two equal
/// amounts happen by chance, but seldom from person to person.
const LOOSE_MIN: usize = 3;

/// Payments in that may be loans, of those that are looked at: bounds the work.
const PAID_OUT_MAX: usize = 512;

/// The debits that may be of an obligation.
fn payments(entries: &[Entry], measure: Measure) -> (Vec<Payment>, Known) {
    let mut payments = Vec::with_capacity(entries.len() / 4);
    let mut known = Known::default();
    for entry in entries {
        if entry.amount >= 0 || entry.made > measure.today {
            if known.paid_out.len() < PAID_OUT_MAX && may_be_loan(entry, measure) {
                let paid_out = (entry.counterparty, entry.made, entry.amount);
                known.paid_out.push(paid_out);
            }
            continue;
        }
        match entry.excluded {
            None => {}
            Some(Exclusion::Reversed) => {
                known.attempts.push((entry.counterparty, entry.made));
                continue;
            }
            Some(_) => continue,
        }
        let told = purpose::told(entry);
        let by = by(entry);
        let bank = entry.terms.has(Term::Bank) && by == By::Account;
        let amount = entry.amount.saturating_neg();
        let silent = told == Told::Nothing;
        // Many billers call an ordinary debit a collection.
        let untellable = !matches!(
            entry.kind,
            EntryKind::Other | EntryKind::PersonToPerson | EntryKind::Collections
        );
        if told == Told::No
            || (silent && (untellable || (!bank && !purpose::may_tell(amount, measure))))
        {
            continue;
        }
        payments.push(Payment {
            payee: entry.counterparty,
            part: 0,
            made: entry.made,
            amount,
            told,
            by,
            bank,
            at: entry.at(),
        });
    }
    known.attempts.sort_unstable();
    (payments, known)
}

/// Whether money in may be a loan that is paid out: nothing says that it is anything else.
fn may_be_loan(entry: &Entry, measure: Measure) -> bool {
    purpose::may_tell(entry.amount, measure)
        && matches!(entry.kind, EntryKind::Other | EntryKind::Loan(_))
        && matches!(entry.excluded, None | Some(Exclusion::LoanProceeds))
}

fn by(entry: &Entry) -> By {
    let person = TermSet::of(Term::PersonToPerson);
    if entry.terms.has(Term::CardPurchase) {
        By::Card
    } else if entry.terms.meets(person) {
        By::Person
    } else {
        By::Account
    }
}
