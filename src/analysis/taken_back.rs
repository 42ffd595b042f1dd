//! Pay that was taken back: the employer draws the same amount again within days, and mostly pays the
//! right one beside it. Neither is income, and the debit makes nobody a merchant.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::entry::{Entry, EntryKind, Exclusion};
use crate::lexicon::Term;

/// The ACH rules give a sender five banking days to reverse an entry (Nacha Operating Rules, section
/// 2.9): a week, and one more for a holiday.
const DAYS_MAX: i64 = 8;
/// A payer pays at least so many times as often as it takes back.
const CREDITS_FOR_EACH: usize = 2;

/// Marks deposits that their payer took back, and the debits that did it.
pub(super) fn mark(entries: &mut [Entry]) {
    let mut debits: Vec<usize> = Vec::new();
    let mut counts: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    for (position, entry) in entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.counts())
    {
        let (credits, taken) = counts.entry(entry.counterparty).or_default();
        if entry.amount > 0 {
            *credits += 1;
        } else {
            *taken += 1;
            if entry.kind == EntryKind::Other && !entry.terms.has(Term::CardPurchase) {
                debits.push(position);
            }
        }
    }
    debits.retain(|position| {
        let payer = entries
            .get(*position)
            .and_then(|entry| counts.get(&entry.counterparty));
        payer.is_some_and(|(credits, taken)| *credits >= taken * CREDITS_FOR_EACH)
    });
    if debits.is_empty() {
        return;
    }
    let mut credits: BTreeMap<(u16, u32, i64), Vec<(NaiveDate, usize)>> = BTreeMap::new();
    for (position, entry) in entries.iter().enumerate() {
        if entry.amount > 0 && entry.excluded.is_none() {
            let key = (entry.snapshot, entry.counterparty, entry.amount);
            credits.entry(key).or_default().push((entry.made, position));
        }
    }
    for open in credits.values_mut() {
        open.sort_unstable();
    }
    for position in debits {
        let Some(debit) = entries.get(position).copied() else {
            continue;
        };
        let key = (
            debit.snapshot,
            debit.counterparty,
            debit.amount.saturating_neg(),
        );
        let Some(open) = credits.get_mut(&key) else {
            continue;
        };
        let end = open.partition_point(|(made, _)| *made <= debit.made);
        let near = |made: NaiveDate| debit.made.signed_duration_since(made).num_days();
        let last = end.checked_sub(1).and_then(|place| open.get(place));
        let Some((_, row)) = last.copied().filter(|(made, _)| near(*made) <= DAYS_MAX) else {
            continue;
        };
        open.remove(end - 1);
        for undone in [position, row] {
            if let Some(entry) = entries.get_mut(undone) {
                entry.kind = EntryKind::Reversal;
                entry.excluded = Some(Exclusion::Reversed);
            }
        }
    }
}
