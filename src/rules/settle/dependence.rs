//! Which values belong together in the rules, and which say something by being missing.

use std::collections::BTreeSet;

use crate::rules::code::{Direct, Operand};
use crate::rules::node::{Choice, Node, SlotId, Source};
use crate::rules::numbering;
use crate::rules::program::Program;

/// For each comparison, table and characteristic that more than one fact goes into, the slots of those
/// facts. Points of a scorecard are added up, so that facts do not come together in the score; they do
/// with what the score is compared with.
pub(super) fn together(program: &Program) -> Vec<BTreeSet<SlotId>> {
    let tests = &program.tests;
    let read = |operands: &mut dyn Iterator<Item = &Operand>| {
        let mut direct = Direct::default();
        operands.for_each(|part| tests.direct(part, &mut direct));
        direct
    };
    let compared = tests.tests.iter();
    let compared = compared.map(|test| read(&mut test.operands().into_iter()));
    let tables = program.tables.iter();
    let chosen = tables.map(|inputs| read(&mut inputs.iter().map(|input| &input.operand)));
    let scored = program.characteristics.iter().map(|one| {
        let mut direct = read(&mut std::iter::once(&one.value.operand));
        let bins = one.bins.iter().flatten();
        bins.for_each(|bin| tests.direct_of(&bin.logic, &mut direct));
        direct
    });
    let all = compared.chain(chosen).chain(scored);
    let sets = all.map(|direct| facts_behind(program, &direct.slots));
    let sets: BTreeSet<BTreeSet<SlotId>> = sets.filter(|set| set.len() > 1).collect();
    sets.into_iter().collect()
}

/// The slots of facts from which these are computed, through whatever stands between. Those behind a
/// score among them count where there are others.
fn facts_behind(program: &Program, slots: &BTreeSet<SlotId>) -> BTreeSet<SlotId> {
    let (mut facts, mut rests_on_score) = (BTreeSet::new(), false);
    for (slot, computed) in program.dependents.iter().enumerate() {
        let slot = SlotId(slot);
        let mut computed = computed.iter();
        if !slots.contains(&slot) && !computed.any(|one| slots.contains(&one.slot())) {
            continue;
        }
        match program.rule_set().slots.get(slot).map(|slot| slot.source) {
            Some(Source::Feature(_) | Source::Input(_)) => {
                facts.insert(slot);
            }
            Some(Source::Score) => rests_on_score = true,
            Some(
                Source::Aggregate(_)
                | Source::Forecast(_)
                | Source::Derive(_)
                | Source::Row(_)
                | Source::Cell(..)
                | Source::BinValue
                | Source::Offer(_),
            )
            | None => {}
        }
    }
    if rests_on_score && !facts.is_empty() {
        let scored = program.characteristics.iter();
        let scored: BTreeSet<SlotId> = scored
            .flat_map(|one| one.basis.slots.iter().copied())
            .collect();
        facts.extend(facts_behind(program, &scored));
    }
    facts
}

/// The slots behind an `is missing`, a `coalesce`, points for what is missing, and what a rule lets be
/// missing.
pub(super) fn delicate(program: &Program) -> BTreeSet<SlotId> {
    let rule_set = program.rule_set();
    let mut slots = BTreeSet::new();
    let mut all = |node: &Node| node.slots(&mut slots);
    let forgiving = rule_set
        .rules
        .iter()
        .filter(|rule| !rule.ignored.is_empty());
    forgiving.flat_map(|rule| rule.nodes()).for_each(&mut all);
    let scorecard = rule_set
        .scorecard
        .iter()
        .flat_map(|one| &one.characteristics);
    let scored = scorecard.filter(|one| one.missing.is_some());
    scored.for_each(|one| all(&one.value.node));
    for (_, formula) in numbering::formulas(rule_set) {
        formula.node.each(&mut |node| {
            if matches!(
                node,
                Node::IsMissing { .. } | Node::Choose(Choice::Coalesce, ..)
            ) {
                all(node);
            }
        });
    }
    program.in_the_end_beside_the_score(&slots)
}
