//! Which values belong together in the rules, and which say something by being missing.

use std::collections::BTreeSet;

use crate::rules::code::Direct;
use crate::rules::node::{Choice, Node, SlotId};
use crate::rules::numbering;
use crate::rules::program::Program;

/// For each comparison, calculation and table that more than one slot goes into, those slots. Points of
/// a scorecard are added up, so that slots do not come together in the score.
pub(super) fn together(program: &Program) -> Vec<BTreeSet<SlotId>> {
    let tests = &program.tests;
    let mut all: Vec<Direct> = Vec::new();
    for test in &tests.tests {
        let mut direct = Direct::default();
        let operands = test.operands();
        operands
            .iter()
            .for_each(|part| tests.direct(part, &mut direct));
        all.push(direct);
    }
    let scored = program.characteristics.iter().map(|one| &one.value);
    let chosen = program.tables.iter().flatten();
    for calculation in scored.chain(chosen) {
        let mut direct = Direct::default();
        tests.direct(&calculation.operand, &mut direct);
        all.push(direct);
    }
    let mut sets: Vec<BTreeSet<SlotId>> = all
        .into_iter()
        .map(|direct| program.in_the_end_beside_the_score(&direct.slots))
        .filter(|set| set.len() > 1)
        .collect();
    sets.sort();
    sets.dedup();
    sets
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
