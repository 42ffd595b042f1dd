//! Who pays: the credits that may be income, by payer.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::counterparty::Counterparty;
use crate::analysis::entry::{Entry, EntryKind};
use crate::analysis::names::similarity;

/// Somebody who pays, with the credits.
pub(super) struct Payer<'a> {
    pub(super) counterparty: &'a Counterparty,
    /// Whether money goes the other way as well.
    pub(super) is_paid: bool,
    pub(super) rows: Vec<&'a Entry>,
}

/// The payers of what is not excluded, in the order of their names.
pub(super) fn payers<'a>(
    entries: &'a [Entry],
    counterparties: &'a [Counterparty],
) -> Vec<Payer<'a>> {
    let mut by_counterparty: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    let mut paid: BTreeSet<u32> = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry.excluded.is_none()) {
        if entry.amount > 0 {
            by_counterparty
                .entry(entry.counterparty)
                .or_default()
                .push(entry);
        } else {
            paid.insert(entry.counterparty);
        }
    }
    let canonical = merge_counterparties(by_counterparty.keys().copied(), counterparties);
    let mut merged: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    let mut is_paid: BTreeSet<u32> = BTreeSet::new();
    for (counterparty, rows) in by_counterparty {
        let into = canonical
            .get(&counterparty)
            .copied()
            .unwrap_or(counterparty);
        if paid.contains(&counterparty) {
            is_paid.insert(into);
        }
        merged.entry(into).or_default().extend(rows);
    }
    merged
        .into_iter()
        .filter_map(|(counterparty, mut rows)| {
            rows.sort_unstable_by_key(|entry| (entry.made, entry.at()));
            Some(Payer {
                counterparty: counterparties.get(usize::try_from(counterparty).ok()?)?,
                is_paid: is_paid.contains(&counterparty),
                rows,
            })
        })
        .collect()
}

/// The kind that most rows have, among those that say something.
pub(super) fn kind_of(rows: &[&Entry]) -> EntryKind {
    let mut counts: BTreeMap<EntryKind, usize> = BTreeMap::new();
    for entry in rows {
        *counts.entry(entry.kind).or_default() += 1;
    }
    let telling = counts
        .iter()
        .filter(|(kind, _)| !matches!(kind, EntryKind::Other | EntryKind::CheckDeposit))
        .max_by_key(|(_, count)| **count)
        .map(|(kind, _)| *kind);
    telling
        .or_else(|| counts.keys().next().copied())
        .unwrap_or(EntryKind::Other)
}

/// Payers whose names differ by spelling only. Names are sorted, so candidates are neighbours.
fn merge_counterparties(
    ids: impl Iterator<Item = u32>,
    counterparties: &[Counterparty],
) -> BTreeMap<u32, u32> {
    /// In thousandths. A judgement: a typing error or a cut end of a long name stays above it, and
    /// two employers of one trade below; to join two of those is worse than to split one.
    const SIMILAR: i64 = 940;
    /// Names before it that a name is compared with: bounds the work, and variants of one name sort
    /// next to each other.
    const NEIGHBOURS: usize = 6;
    /// The start that must be the same, in characters. A judgement: banks cut and misspell names at
    /// the end, and different names that are alike mostly differ at the start.
    const START: usize = 5;
    /// Shorter names, in bytes, are their start only, and one letter makes another of them.
    const LENGTH_MIN: usize = START + 1;
    let mut keys: Vec<(&str, u32)> = ids
        .filter_map(|id| {
            Some((
                counterparties.get(usize::try_from(id).ok()?)?.key.as_str(),
                id,
            ))
        })
        .collect();
    keys.sort_unstable();
    let mut canonical: BTreeMap<u32, u32> = BTreeMap::new();
    let mut heads: Vec<(&str, u32)> = Vec::new();
    for (key, id) in keys {
        let head = heads
            .iter()
            .rev()
            .take(NEIGHBOURS)
            .find(|(head, _)| {
                key.len() >= LENGTH_MIN
                    && head.chars().take(START).eq(key.chars().take(START))
                    && similarity(head, key) >= SIMILAR
            })
            .map(|(_, id)| *id);
        match head {
            Some(head) => {
                canonical.insert(id, head);
            }
            None => heads.push((key, id)),
        }
    }
    canonical
}
