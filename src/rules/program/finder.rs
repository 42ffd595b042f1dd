//! Finds what the parts of a rule set rest on.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::basis::Basis;
use crate::rules::node::{Aggregate, Node, SlotId, Source};
use crate::rules::rule_set::{Computed, RuleSet};
use crate::rules::table::Table;

/// Finds what expressions rest on, through derived values and the score.
pub(super) struct Finder<'r> {
    rule_set: &'r RuleSet,
    pub(super) derived: BTreeMap<Computed, BTreeSet<SlotId>>,
    pub(super) characteristics: Vec<Basis>,
}

impl<'r> Finder<'r> {
    pub(super) fn new(rule_set: &'r RuleSet) -> Self {
        let mut finder = Self {
            rule_set,
            derived: BTreeMap::new(),
            characteristics: Vec::new(),
        };
        // What the score rests on does not rest on the score, so it is known before what does.
        finder.find();
        let scorecard = rule_set.scorecard.iter();
        let characteristics = scorecard.flat_map(|scorecard| &scorecard.characteristics);
        let bases = characteristics.map(|one| {
            let bins = one.bins.iter();
            let nodes = bins.filter_map(|bin| Some(&bin.when.as_ref()?.node));
            finder.basis(nodes.chain([&one.value.node]))
        });
        finder.characteristics = bases.collect();
        if !finder.characteristics.is_empty() {
            finder.find();
        }
        finder
    }

    /// Finds what each computed value rests on.
    fn find(&mut self) {
        for &computed in &self.rule_set.order {
            let slots = match computed {
                Computed::Derive(index) => {
                    let derived = self.rule_set.derive.get(index);
                    self.slots(derived.map(|derived| &derived.formula.node))
                }
                Computed::Table(index) => {
                    let table = self.rule_set.tables.get(index);
                    self.slots(table.into_iter().flat_map(Table::nodes))
                }
            };
            self.derived.insert(computed, slots);
        }
    }

    fn slots<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> BTreeSet<SlotId> {
        let mut direct = BTreeSet::new();
        for node in nodes {
            node.slots(&mut direct);
        }
        let characteristics = self.characteristics.iter();
        in_the_end(self.rule_set, &self.derived, characteristics, &direct)
    }

    /// The slots that a node reads, and those that stand in functions over subjects and forecasts
    /// among them.
    pub(super) fn with_what_it_reads(&self, node: &Node) -> BTreeSet<SlotId> {
        let mut found = BTreeSet::new();
        node.slots(&mut found);
        let slots = &self.rule_set.slots;
        for slot in found.clone() {
            let source = slots.get(slot).map(|slot| slot.source);
            let inner: Vec<&Node> = if let Some(Source::Aggregate(index)) = source {
                let aggregate = slots.aggregates.get(index);
                aggregate.into_iter().flat_map(Aggregate::nodes).collect()
            } else if let Some(Source::Forecast(index)) = source {
                slots.forecasts.get(index).into_iter().collect()
            } else {
                Vec::new()
            };
            found.extend(
                inner
                    .into_iter()
                    .flat_map(|node| self.with_what_it_reads(node)),
            );
        }
        found
    }

    pub(super) fn basis<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> Basis {
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

/// The slots that these rest on, through derived values and the score.
pub(super) fn in_the_end<'b>(
    rule_set: &RuleSet,
    derived: &BTreeMap<Computed, BTreeSet<SlotId>>,
    characteristics: impl Iterator<Item = &'b Basis>,
    direct: &BTreeSet<SlotId>,
) -> BTreeSet<SlotId> {
    let mut found = BTreeSet::new();
    let mut score = false;
    for slot in direct {
        match rule_set.slots.get(*slot).map(|slot| slot.source) {
            Some(Source::Derive(index)) => {
                let rests_on = derived.get(&Computed::Derive(index));
                found.extend(rests_on.into_iter().flatten());
            }
            Some(Source::Row(table) | Source::Cell(table, _)) => {
                let rests_on = derived.get(&Computed::Table(table));
                found.extend(rests_on.into_iter().flatten());
            }
            Some(Source::Score) => score = true,
            Some(
                Source::Feature(_) | Source::Input(_) | Source::Aggregate(_) | Source::Forecast(_),
            ) => {
                found.insert(*slot);
            }
            Some(Source::BinValue | Source::Offer(_)) | None => {}
        }
    }
    if score {
        found.extend(characteristics.flat_map(|basis| &basis.slots));
    }
    found
}
