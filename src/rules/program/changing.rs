//! What depends on what an offer changes.

use std::collections::BTreeSet;

use super::{Changing, CompiledRule, Dependent};
use crate::rules::evaluation::Action;
use crate::rules::node::{SlotId, Source};
use crate::rules::rule_set::RuleSet;

impl<T> Changing<T> {
    /// The slots that stand for something that changes, and what of `computed` depends on them.
    pub(super) fn of(
        rule_set: &RuleSet,
        (computed, dependents): (&[Dependent], &[Vec<Dependent>]),
        stands_for: impl Fn(&Source) -> Option<T>,
    ) -> Self {
        let slots = rule_set.slots.list.iter().enumerate();
        let slots =
            slots.filter_map(|(index, slot)| Some((SlotId(index), stands_for(&slot.source)?)));
        let slots: Vec<(SlotId, T)> = slots.collect();
        let own = slots.iter().filter_map(|(slot, _)| dependents.get(slot.0));
        let own: BTreeSet<SlotId> = own.flatten().map(|one| one.slot()).collect();
        let in_order = computed.iter().filter(|one| own.contains(&one.slot()));
        Self {
            dependents: in_order.copied().collect(),
            slots,
        }
    }

    /// The rules that decline or refer and read any of this, by their positions.
    pub(super) fn rules(&self, rule_set: &RuleSet, rules: &[CompiledRule]) -> Vec<usize> {
        let dependents = self.dependents.iter().map(|one| one.slot());
        let slots = self.slots.iter().map(|(slot, _)| *slot);
        let changed: BTreeSet<SlotId> = slots.chain(dependents).collect();
        let rules = rules.iter().zip(&rule_set.rules).enumerate();
        let on = rules.filter(|(_, (compiled, written))| {
            let mut direct = BTreeSet::new();
            written.nodes().for_each(|node| node.slots(&mut direct));
            compiled.action != Action::Flag && !direct.is_disjoint(&changed)
        });
        on.map(|(index, _)| index).collect()
    }
}
