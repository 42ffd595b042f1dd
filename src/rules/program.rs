//! A checked rule set made ready to run: names are slots, and what each part rests on is known.

use std::collections::{BTreeMap, BTreeSet};

use super::node::{Node, SlotId, Source};
use super::rule_set::{BANK_DATA_NOT_READY, End, INFORMATION_MISSING, RuleSet};

/// A rule set ready to run. Made from a checked rule set only.
#[derive(Debug, Clone)]
pub struct Program {
    rule_set: RuleSet,
    /// For each rule, what it rests on.
    pub(super) rules: Vec<Basis>,
    /// For each characteristic.
    pub(super) characteristics: Vec<Basis>,
    /// For each tier; one entry, the condition's, where there is no offer.
    pub(super) tiers: Vec<Basis>,
    pub(super) affordable_payment: Basis,
    /// For each derived value, by its position.
    derived: BTreeMap<usize, BTreeSet<SlotId>>,
    /// The position of the reason for missing information.
    pub(super) information_missing: usize,
    /// The position of the reason for bank data that did not come in time.
    pub(super) bank_data_not_ready: usize,
}

/// The slots that a part rests on, in the end: features, inputs and functions over subjects.
#[derive(Debug, Clone, Default)]
pub(super) struct Basis {
    pub(super) slots: BTreeSet<SlotId>,
    /// The features among them, by name.
    pub(super) features: Vec<String>,
}

impl Program {
    /// Makes a rule set ready to run.
    pub fn new(rule_set: RuleSet) -> Self {
        let finder = Finder::new(&rule_set);
        let rules = rule_set.rules.iter();
        let rules = rules.map(|rule| finder.basis([&rule.when.node])).collect();
        let characteristics = finder.characteristics.clone();
        let (tiers, affordable_payment) = match &rule_set.end {
            End::Offer(offer) => (
                offer
                    .tiers
                    .iter()
                    .map(|tier| finder.basis([&tier.when.node]))
                    .collect(),
                finder.basis([&offer.affordable_payment.node]),
            ),
            End::Approve(approve) => (vec![finder.basis([&approve.when.node])], Basis::default()),
        };
        // Every rule set has the built-in reasons.
        let built_in = |code| {
            let mut reasons = rule_set.reasons.iter();
            reasons.position(|reason| reason.code == code).unwrap_or(0)
        };
        Self {
            rules,
            characteristics,
            tiers,
            affordable_payment,
            derived: finder.derived,
            information_missing: built_in(INFORMATION_MISSING),
            bank_data_not_ready: built_in(BANK_DATA_NOT_READY),
            rule_set,
        }
    }

    /// The slots that an expression rests on, in the end.
    pub(super) fn rests_on(&self, node: &Node) -> BTreeSet<SlotId> {
        in_the_end(&self.rule_set, &self.derived, &self.characteristics, [node])
    }

    /// The rule set that it was made from.
    pub fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }
}

/// Finds what expressions rest on, through derived values and the score.
struct Finder<'r> {
    rule_set: &'r RuleSet,
    derived: BTreeMap<usize, BTreeSet<SlotId>>,
    characteristics: Vec<Basis>,
}

impl<'r> Finder<'r> {
    fn new(rule_set: &'r RuleSet) -> Self {
        let mut finder = Self {
            rule_set,
            derived: BTreeMap::new(),
            characteristics: Vec::new(),
        };
        for &index in &rule_set.derive_order {
            if let Some(derived) = rule_set.derive.get(index) {
                let slots = finder.slots([&derived.formula.node]);
                finder.derived.insert(index, slots);
            }
        }
        let scorecard = rule_set.scorecard.iter();
        finder.characteristics = scorecard
            .flat_map(|scorecard| &scorecard.characteristics)
            .map(|characteristic| {
                let bins = characteristic.bins.iter();
                let bins = bins.filter_map(|bin| Some(&bin.when.as_ref()?.node));
                finder.basis(bins.chain([&characteristic.value.node]))
            })
            .collect();
        finder
    }

    fn slots<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> BTreeSet<SlotId> {
        in_the_end(self.rule_set, &self.derived, &self.characteristics, nodes)
    }

    fn basis<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> Basis {
        let slots = self.slots(nodes);
        let mut features = BTreeSet::new();
        for slot in &slots {
            self.rule_set.slots.features(*slot, &mut features);
        }
        Basis {
            slots,
            features: features.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The slots that expressions rest on, through derived values and the score.
fn in_the_end<'n>(
    rule_set: &RuleSet,
    derived: &BTreeMap<usize, BTreeSet<SlotId>>,
    characteristics: &[Basis],
    nodes: impl IntoIterator<Item = &'n Node>,
) -> BTreeSet<SlotId> {
    let mut direct = BTreeSet::new();
    for node in nodes {
        node.slots(&mut direct);
    }
    let mut found = BTreeSet::new();
    for slot in direct {
        match rule_set.slots.get(slot).map(|slot| slot.source) {
            Some(Source::Derive(index)) => found.extend(derived.get(&index).into_iter().flatten()),
            Some(Source::Score) => {
                found.extend(characteristics.iter().flat_map(|basis| &basis.slots));
            }
            Some(Source::Feature(_) | Source::Input(_) | Source::Aggregate(_)) => {
                found.insert(slot);
            }
            Some(Source::BinValue) | None => {}
        }
    }
    found
}
