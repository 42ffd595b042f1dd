//! Numbers comparisons by their place in the bytes of the rule file.

use std::cmp::Reverse;
use std::ops::Range;

use super::rule_set::{End, Formula, Offer, RuleSet};

/// Where a formula stands, by positions in the rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Derived(usize),
    /// An input of a table, by the positions of both.
    TableInput(usize, usize),
    Rule(usize),
    /// Where a rule does not hold though its condition does.
    Exception(usize),
    Characteristic(usize),
    Bin(usize, usize),
    /// When a tier applies, or what it offers.
    Tier(usize),
    Fee(usize),
    Cap(usize),
    AffordablePayment,
    Approve,
    /// When a retry applies, or its days.
    Retry(usize),
}

impl Standing {
    fn is_always_looked_at(self) -> bool {
        match self {
            Self::Derived(_) | Self::TableInput(..) | Self::Rule(_) | Self::Exception(_) => true,
            Self::Characteristic(_)
            | Self::Bin(..)
            | Self::Tier(_)
            | Self::Fee(_)
            | Self::Cap(_)
            | Self::AffordablePayment
            | Self::Approve
            | Self::Retry(_) => false,
        }
    }
}

/// Every formula with comparisons that have a number.
pub(super) fn formulas(rule_set: &RuleSet) -> Vec<(Standing, &Formula)> {
    let derived = rule_set.derive.iter().enumerate();
    let mut all: Vec<(Standing, &Formula)> = derived
        .map(|(index, derived)| (Standing::Derived(index), &derived.formula))
        .collect();
    for (index, table) in rule_set.tables.iter().enumerate() {
        let inputs = table.inputs.iter().enumerate();
        all.extend(inputs.map(|(input, one)| (Standing::TableInput(index, input), &one.formula)));
    }
    for (index, rule) in rule_set.rules.iter().enumerate() {
        all.push((Standing::Rule(index), &rule.when));
        let except = rule.except.as_ref();
        all.extend(except.map(|except| (Standing::Exception(index), except)));
    }
    let scorecard = rule_set.scorecard.iter();
    let characteristics = scorecard.flat_map(|scorecard| &scorecard.characteristics);
    for (index, one) in characteristics.enumerate() {
        all.push((Standing::Characteristic(index), &one.value));
        let bins = one.bins.iter().enumerate();
        all.extend(
            bins.filter_map(|(bin, row)| Some((Standing::Bin(index, bin), row.when.as_ref()?))),
        );
    }
    match &rule_set.end {
        End::Offer(offer) => {
            all.extend(offer_formulas(offer));
        }
        End::Approve(approve) => {
            all.push((Standing::Approve, &approve.when));
            for (index, retry) in approve.retries.iter().enumerate() {
                let parts = [&retry.when, &retry.on].into_iter().chain(&retry.every);
                all.extend(parts.map(|formula| (Standing::Retry(index), formula)));
            }
        }
    }
    all
}

fn offer_formulas(offer: &Offer) -> Vec<(Standing, &Formula)> {
    let mut all = Vec::new();
    for (index, tier) in offer.tiers.iter().enumerate() {
        let parts = [&tier.when, &tier.rate, &tier.max_amount].into_iter();
        let parts = parts.chain(&tier.min_amount);
        all.extend(parts.map(|formula| (Standing::Tier(index), formula)));
    }
    all.push((Standing::AffordablePayment, &offer.affordable_payment));
    for (index, fee) in offer.fees.iter().enumerate() {
        let parts = [&fee.share, &fee.flat, &fee.minimum, &fee.maximum];
        let parts = parts.into_iter().flatten();
        all.extend(parts.map(|formula| (Standing::Fee(index), formula)));
    }
    for (index, cap) in offer.caps.iter().enumerate() {
        let parts = std::iter::once(&cap.max).chain(&cap.when);
        all.extend(parts.map(|formula| (Standing::Cap(index), formula)));
    }
    all
}

/// The numbers of the comparisons of each formula, by site.
#[derive(Debug)]
pub(super) struct Numbers {
    /// How many there are.
    pub(super) count: usize,
    /// Those that are always looked at: of whatever is no bin, tier or the like, of which nothing
    /// behind the one that applies is.
    pub(super) always: Vec<Range<usize>>,
    /// In the order of [`formulas`].
    by_formula: std::vec::IntoIter<Vec<usize>>,
}

impl Numbers {
    /// Those of the next formula.
    pub(super) fn take(&mut self) -> Vec<usize> {
        self.by_formula.next().unwrap_or_default()
    }
}

/// Every site of a rule set in the order of the file: the position of its formula among
/// [`formulas`], and its own in the formula.
pub(super) fn sites(rule_set: &RuleSet) -> Vec<(usize, usize)> {
    let mut sites: Vec<_> = formulas(rule_set)
        .into_iter()
        .enumerate()
        .flat_map(|(formula, (_, written))| {
            let sites = written.sites.iter().enumerate();
            sites.map(move |(site, text)| {
                // Of two that begin at one place, the outer one comes first.
                let place = (text.text_at, text.within.start, Reverse(text.within.end));
                (place, formula, site)
            })
        })
        .collect();
    sites.sort();
    let numbered = sites.into_iter();
    numbered.map(|(_, formula, site)| (formula, site)).collect()
}

/// Numbers in ascending order as ranges.
fn ranges(numbers: &[usize]) -> Vec<Range<usize>> {
    let follows = |left: &usize, right: &usize| left + 1 == *right;
    let ranges = numbers.chunk_by(follows);
    ranges
        .filter_map(|range| Some(*range.first()?..range.last()? + 1))
        .collect()
}

/// Numbers the comparisons of a rule set.
pub(super) fn number(rule_set: &RuleSet) -> Numbers {
    let formulas = formulas(rule_set);
    let empty = |(_, formula): &(Standing, &Formula)| vec![0; formula.sites.len()];
    let mut by_formula: Vec<Vec<usize>> = formulas.iter().map(empty).collect();
    let sites = sites(rule_set);
    for (number, (formula, site)) in sites.iter().enumerate() {
        let numbers = by_formula.get_mut(*formula);
        if let Some(place) = numbers.and_then(|numbers| numbers.get_mut(*site)) {
            *place = number;
        }
    }
    let always = formulas.iter().zip(&by_formula);
    let always = always.filter(|((standing, _), _)| standing.is_always_looked_at());
    let mut always: Vec<usize> = always.flat_map(|(_, numbers)| numbers).copied().collect();
    always.sort_unstable();
    Numbers {
        count: sites.len(),
        always: ranges(&always),
        by_formula: by_formula.into_iter(),
    }
}
