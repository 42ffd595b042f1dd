//! A checked rule set made ready to run: names are slots, comparisons have numbers, and what each
//! part rests on is known.

mod approve;
mod changing;
mod finder;
mod offer;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use self::finder::{Finder, in_the_end};
use super::asked::{AskedFor, OfferValue};
use super::basis::Basis;
use super::code::{Calculation, Condition, Direct, Logic, Operand, OverSubjects, Tests};
use super::compile::Compiler;
use super::compiled_approve::CompiledApprove;
use super::compiled_offer::{Based, CompiledOffer};
use super::evaluation::Action;
use super::node::{Node, SlotId, Slots, Source};
use super::numbering::{self, Numbers};
use super::rule_set::{
    BANK_DATA_NOT_READY, Computed, End, Formula, INFORMATION_MISSING, Rule, RuleSet,
};
use super::slot_value::SlotValue;
use super::table::Table;
use crate::features::{self, FeatureId, Missing, Type};

/// A rule set ready to run. Made from a checked rule set only.
#[derive(Debug, Clone)]
pub struct Program {
    rule_set: RuleSet,
    /// How many comparisons have a number, from 0.
    pub(super) comparisons: usize,
    /// The comparisons that are always looked at, as ranges of their numbers.
    pub(super) always: Vec<Range<usize>>,
    pub(super) tests: Tests,
    /// The type of each slot.
    pub(super) types: Vec<Type>,
    /// What stands in each slot before anything is read or computed: which feature it is of.
    pub(super) slots: Vec<SlotValue<'static>>,
    /// The slots of inputs, each with the input's position.
    pub(super) inputs: Vec<(SlotId, usize)>,
    /// Every slot that is computed from others and does not rest on the score, each after those that
    /// it reads.
    pub(super) computed: Vec<Dependent>,
    /// The same of those that rest on the score.
    pub(super) late: Vec<Dependent>,
    /// For each slot, those of them that depend on it, in the same order.
    pub(super) dependents: Vec<Vec<Dependent>>,
    pub(super) aggregates: Vec<OverSubjects>,
    pub(super) forecasts: Vec<Operand>,
    /// The slots of aggregates, in the order in which the rule file first names them.
    pub(super) aggregates_as_written: Vec<SlotId>,
    /// By their position in the file.
    pub(super) derived: Vec<Calculation>,
    /// What the rows of each table are chosen by.
    pub(super) tables: Vec<Vec<Calculation>>,
    pub(super) rules: Vec<CompiledRule>,
    /// The rules that let some missing values pass, and otherwise not.
    pub(super) forgiving: Vec<usize>,
    pub(super) characteristics: Vec<CompiledCharacteristic>,
    pub(super) end: CompiledEnd,
    /// The values of the offer that is looked at.
    pub(super) offered: Changing<OfferValue>,
    /// What was asked for.
    pub(super) asked: Changing<AskedFor>,
    /// The rules that decline or refer and rest on what was asked for.
    pub(super) rules_on_asked: Vec<usize>,
    /// The rank of each reason.
    pub(super) ranks: Vec<i64>,
    /// The rules by the ranks of their reasons, those of one rank as written.
    pub(super) by_rank: Vec<RankedRule>,
    /// For each derived value and table the slots that it rests on in the end.
    rests_on: BTreeMap<Computed, BTreeSet<SlotId>>,
    /// The position of the reason for missing information.
    pub(super) information_missing: usize,
    /// The position of the reason for bank data that did not come in time.
    pub(super) bank_data_not_ready: usize,
}

#[derive(Debug, Clone)]
pub(super) struct CompiledRule {
    pub(super) action: Action,
    /// The position of its reason.
    pub(super) reason: usize,
    /// Whether it matters that it cannot be known, whatever it lacks. One that rests on nothing lacks
    /// nothing; one that lets some missing values pass is looked at more closely.
    pub(super) may_lack: bool,
    pub(super) when: Condition,
    pub(super) basis: Basis,
    /// Whether it rests on the score.
    pub(super) scored: bool,
}

/// What the pass over all rules reads of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct RankedRule {
    /// Its position in the file.
    pub(super) rule: usize,
    /// The position of its reason.
    pub(super) reason: usize,
    pub(super) action: Action,
    pub(super) may_lack: bool,
    pub(super) logic: ShortLogic,
}

/// A condition of one or two comparisons, by their numbers, or what stands for a longer one. One
/// comparison is both of itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum ShortLogic {
    Both(usize, usize),
    Either(usize, usize),
    Longer,
}

impl ShortLogic {
    fn of(logic: &Logic) -> Self {
        match logic {
            Logic::Comparison(number) => Self::Both(*number, *number),
            Logic::All(parts) => match parts.as_slice() {
                [Logic::Comparison(left), Logic::Comparison(right)] => Self::Both(*left, *right),
                _ => Self::Longer,
            },
            Logic::Any(parts) => match parts.as_slice() {
                [Logic::Comparison(left), Logic::Comparison(right)] => Self::Either(*left, *right),
                _ => Self::Longer,
            },
            Logic::Constant(_) | Logic::Not(_) => Self::Longer,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct CompiledCharacteristic {
    pub(super) value: Calculation,
    /// `None` for `otherwise`.
    pub(super) bins: Vec<Option<Condition>>,
    pub(super) basis: Basis,
}

#[derive(Debug, Clone)]
pub(super) enum CompiledEnd {
    Offer(Box<CompiledOffer>),
    Approve(Box<CompiledApprove>),
}

/// What an offer changes to see what would then be: slots, each with what it stands for, and what
/// is computed from any of them, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Changing<T> {
    pub(super) slots: Vec<(SlotId, T)>,
    pub(super) dependents: Vec<Dependent>,
}

/// A slot that is computed from others, and by which aggregate, forecast or derived value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dependent {
    Aggregate(SlotId, usize),
    Forecast(SlotId, usize),
    Derived(SlotId, usize),
    /// Which row of a table is chosen.
    Row(SlotId, usize),
    /// What a table gives, by the positions of the table and of the output.
    Cell(SlotId, usize, usize),
}

impl Dependent {
    pub(super) fn slot(self) -> SlotId {
        match self {
            Self::Aggregate(slot, _)
            | Self::Forecast(slot, _)
            | Self::Derived(slot, _)
            | Self::Row(slot, _)
            | Self::Cell(slot, ..) => slot,
        }
    }
}

impl Program {
    /// Makes a rule set ready to run.
    pub fn new(rule_set: RuleSet) -> Self {
        let finder = Finder::new(&rule_set);
        let numbers = numbering::number(&rule_set);
        let types: Vec<Type> = rule_set.slots.list.iter().map(|slot| slot.ty).collect();
        let mut parts = Parts {
            compiler: Compiler::new(numbers.count, types.clone(), rule_set.currency),
            numbers,
        };
        let always = parts.numbers.always.clone();
        let derived = rule_set.derive.iter().map(|one| &one.formula);
        let derived = derived.map(|formula| parts.calculation(formula)).collect();
        let tables = rule_set.tables.iter().map(|table| {
            let inputs = table.inputs.iter().map(|input| &input.formula);
            inputs.map(|formula| parts.calculation(formula)).collect()
        });
        let tables = tables.collect();
        let mut rules = parts.rules(&rule_set, &finder);
        let characteristics = parts.characteristics(&rule_set, &finder);
        let end = parts.end(&rule_set, &finder);
        let aggregates = rule_set.slots.aggregates.iter();
        let aggregates = aggregates.map(|one| parts.compiler.over_subjects(one));
        let aggregates = aggregates.collect();
        let forecasts = rule_set.slots.forecasts.iter();
        let forecasts = forecasts.map(|one| parts.compiler.forecast(one)).collect();
        let (computed, dependents) = dependents(&rule_set);
        let depends = (computed.as_slice(), dependents.as_slice());
        let offered = Changing::of(&rule_set, depends, Source::offered);
        let asked = Changing::of(&rule_set, depends, Source::asked);
        let rules_on_asked = asked.rules(&rule_set, &rules);
        let (computed, late) = parted_by_the_score(&rule_set, computed, &dependents);
        mark_scored(&rule_set, &late, &mut rules);
        // Every rule set has the built-in reasons.
        let built_in = |code| {
            let mut reasons = rule_set.reasons.iter();
            reasons.position(|reason| reason.code == code).unwrap_or(0)
        };
        Self {
            comparisons: parts.numbers.count,
            always,
            tests: parts.compiler.finish(),
            types,
            computed,
            late,
            dependents,
            aggregates,
            forecasts,
            aggregates_as_written: rule_set.slots.aggregates_as_written(),
            derived,
            tables,
            by_rank: by_rank(&rule_set, &rules),
            forgiving: forgiving(&rule_set),
            rules,
            characteristics,
            end,
            offered,
            asked,
            rules_on_asked,
            ranks: rule_set.reasons.iter().map(|reason| reason.rank).collect(),
            slots: slots(&rule_set),
            inputs: inputs(&rule_set),
            rests_on: finder.derived,
            information_missing: built_in(INFORMATION_MISSING),
            bank_data_not_ready: built_in(BANK_DATA_NOT_READY),
            rule_set,
        }
    }

    /// The slots that these slots rest on, in the end.
    pub(super) fn in_the_end(&self, direct: &BTreeSet<SlotId>) -> BTreeSet<SlotId> {
        let characteristics = self.characteristics.iter().map(|one| &one.basis);
        in_the_end(&self.rule_set, &self.rests_on, characteristics, direct)
    }

    /// The same, but where the score is one of them, without what is scored. What is computed from the
    /// score rests on that all the same.
    pub(super) fn in_the_end_beside_the_score(
        &self,
        direct: &BTreeSet<SlotId>,
    ) -> BTreeSet<SlotId> {
        in_the_end(&self.rule_set, &self.rests_on, [].into_iter(), direct)
    }

    /// What each part that decides rests on.
    pub(super) fn bases(&self) -> impl Iterator<Item = &Basis> {
        let rules = self.rules.iter().map(|rule| &rule.basis);
        let score = self.characteristics.iter().map(|one| &one.basis);
        let end: Vec<&Basis> = match &self.end {
            CompiledEnd::Offer(offer) => offer.bases(),
            CompiledEnd::Approve(approve) => approve.bases(),
        };
        rules.chain(score).chain(end)
    }

    /// Every feature that an evaluation may read: those that the rule set names, by themselves or over
    /// subjects, and those that the engine looks at by itself.
    pub fn features_read(&self) -> BTreeSet<FeatureId> {
        let of_slots = self.slots.iter().filter_map(|slot| match slot {
            SlotValue::Feature(id) => Some(*id),
            SlotValue::Known(_) => None,
        });
        let mut read: BTreeSet<FeatureId> = of_slots.collect();
        let mut direct = Direct::default();
        for over in &self.aggregates {
            read.insert(over.counted_by);
            self.tests.direct(&over.body, &mut direct);
            let only = over.only.iter();
            only.for_each(|only| self.tests.direct(only, &mut direct));
        }
        read.extend(direct.subjects);
        // The day and the amount of any application, and whether all streams of income were seen.
        let own = [
            features::APPLICATION_DECISION_DATE,
            features::APPLICATION_AMOUNT,
            features::INCOME_STREAMS,
        ];
        let own = own.iter().filter_map(|name| features::find(name));
        read.extend(own.map(|(id, _)| id));
        read
    }

    /// The rule set that it was made from.
    pub fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }
}

/// Compiles formulas with the numbers of their comparisons.
///
/// INVARIANT: formulas are taken in the order of [`numbering::formulas`].
struct Parts {
    compiler: Compiler,
    numbers: Numbers,
}

impl Parts {
    fn calculation(&mut self, formula: &Formula) -> Calculation {
        let numbers = self.numbers.take();
        self.compiler.calculation(&formula.node, &numbers)
    }

    fn condition(&mut self, formula: &Formula) -> Condition {
        let numbers = self.numbers.take();
        self.compiler.condition(&formula.node, &numbers)
    }

    fn based(&mut self, formula: &Formula, finder: &Finder<'_>) -> Based<Calculation> {
        (self.calculation(formula), finder.basis([&formula.node]))
    }

    fn based_condition(&mut self, formula: &Formula, finder: &Finder<'_>) -> Based<Condition> {
        (self.condition(formula), finder.basis([&formula.node]))
    }

    /// When a rule fires: its condition holds, and its exception does not.
    fn rule(&mut self, rule: &Rule) -> Condition {
        let when = self.condition(&rule.when);
        let Some(except) = &rule.except else {
            return when;
        };
        let except = self.condition(except);
        let mut comparisons = when.comparisons;
        comparisons.extend(except.comparisons);
        Condition {
            logic: Logic::All(vec![when.logic, Logic::Not(Box::new(except.logic))]),
            comparisons,
        }
    }

    fn rules(&mut self, rule_set: &RuleSet, finder: &Finder<'_>) -> Vec<CompiledRule> {
        let rules = rule_set.rules.iter().map(|rule| {
            let basis = finder.basis(rule.nodes());
            let matters = rule.ignored.is_empty() && rule.action != Action::Flag;
            CompiledRule {
                action: rule.action,
                reason: rule.reason,
                may_lack: matters && !basis.slots.is_empty(),
                when: self.rule(rule),
                basis,
                scored: false,
            }
        });
        rules.collect()
    }

    fn characteristics(
        &mut self,
        rule_set: &RuleSet,
        finder: &Finder<'_>,
    ) -> Vec<CompiledCharacteristic> {
        let scorecard = rule_set.scorecard.iter();
        let all = scorecard.flat_map(|scorecard| &scorecard.characteristics);
        all.zip(&finder.characteristics)
            .map(|(one, basis)| CompiledCharacteristic {
                basis: basis.clone(),
                value: self.calculation(&one.value),
                bins: one
                    .bins
                    .iter()
                    .map(|bin| Some(self.condition(bin.when.as_ref()?)))
                    .collect(),
            })
            .collect()
    }

    fn end(&mut self, rule_set: &RuleSet, finder: &Finder<'_>) -> CompiledEnd {
        match &rule_set.end {
            End::Offer(offer) => CompiledEnd::Offer(Box::new(self.offer(rule_set, offer, finder))),
            End::Approve(approve) => CompiledEnd::Approve(Box::new(self.approve(approve, finder))),
        }
    }
}

/// What is computed: what does not rest on the score, and what does, each in order.
fn parted_by_the_score(
    rule_set: &RuleSet,
    computed: Vec<Dependent>,
    dependents: &[Vec<Dependent>],
) -> (Vec<Dependent>, Vec<Dependent>) {
    let score = rule_set.scorecard.as_ref().and_then(|one| one.score);
    let late = score.and_then(|slot| dependents.get(slot.0)).cloned();
    let late: Vec<Dependent> = late.unwrap_or_default();
    let scored: BTreeSet<SlotId> = late.iter().map(|one| one.slot()).collect();
    let early = computed.into_iter();
    let early = early.filter(|one| !scored.contains(&one.slot()));
    (early.collect(), late)
}

/// Marks the rules that read the score or what rests on it.
fn mark_scored(rule_set: &RuleSet, late: &[Dependent], rules: &mut [CompiledRule]) {
    let score = rule_set.scorecard.as_ref().and_then(|one| one.score);
    let scored: BTreeSet<SlotId> = late.iter().map(|one| one.slot()).chain(score).collect();
    for (rule, written) in rules.iter_mut().zip(&rule_set.rules) {
        let mut direct = BTreeSet::new();
        written.nodes().for_each(|node| node.slots(&mut direct));
        rule.scored = !direct.is_disjoint(&scored);
    }
}

fn slots(rule_set: &RuleSet) -> Vec<SlotValue<'static>> {
    let value = |source: &Source| match source {
        Source::Feature(id) => SlotValue::Feature(*id),
        Source::Input(_)
        | Source::Aggregate(_)
        | Source::Forecast(_)
        | Source::Derive(_)
        | Source::Row(_)
        | Source::Cell(..)
        | Source::Score
        | Source::BinValue
        | Source::Offer(_) => SlotValue::Known(Err(Missing::NotProvided)),
    };
    let slots = rule_set.slots.list.iter();
    slots.map(|slot| value(&slot.source)).collect()
}

fn inputs(rule_set: &RuleSet) -> Vec<(SlotId, usize)> {
    let slots = rule_set.slots.list.iter().enumerate();
    let input = |(index, source): (usize, &Source)| match source {
        Source::Input(input) => Some((SlotId(index), *input)),
        Source::Feature(_)
        | Source::Aggregate(_)
        | Source::Forecast(_)
        | Source::Derive(_)
        | Source::Row(_)
        | Source::Cell(..)
        | Source::Score
        | Source::BinValue
        | Source::Offer(_) => None,
    };
    slots
        .filter_map(|(index, slot)| input((index, &slot.source)))
        .collect()
}

/// The rules that matter and let some missing values pass.
fn forgiving(rule_set: &RuleSet) -> Vec<usize> {
    let rules = rule_set.rules.iter().enumerate();
    let forgiving =
        rules.filter(|(_, rule)| !rule.ignored.is_empty() && rule.action != Action::Flag);
    forgiving.map(|(index, _)| index).collect()
}

/// The rules in the order in which their reasons are told.
fn by_rank(rule_set: &RuleSet, rules: &[CompiledRule]) -> Vec<RankedRule> {
    let ranked = rules.iter().enumerate().map(|(index, rule)| RankedRule {
        rule: index,
        reason: rule.reason,
        action: rule.action,
        may_lack: rule.may_lack,
        logic: ShortLogic::of(&rule.when.logic),
    });
    let mut ranked: Vec<RankedRule> = ranked.collect();
    ranked.sort_by_key(|rule| rule_set.reasons.get(rule.reason).map(|reason| reason.rank));
    ranked
}

/// What is computed from other slots, in order, and for each slot what of that depends on it.
fn dependents(rule_set: &RuleSet) -> (Vec<Dependent>, Vec<Vec<Dependent>>) {
    let slots = &rule_set.slots;
    let mut reads = Reads::default();
    for (index, slot) in slots.list.iter().enumerate() {
        if let Source::Aggregate(aggregate) = slot.source
            && let Some(body) = slots.aggregates.get(aggregate)
        {
            reads.add(Dependent::Aggregate(SlotId(index), aggregate), body.nodes());
        }
    }
    for &computed in &rule_set.order {
        match computed {
            Computed::Derive(index) => {
                if let Some(derived) = rule_set.derive.get(index) {
                    let node = &derived.formula.node;
                    reads.forecasts_in(node, slots);
                    reads.add(Dependent::Derived(derived.slot, index), [node]);
                }
            }
            Computed::Table(index) => {
                if let Some(table) = rule_set.tables.get(index) {
                    reads.table(table, index, slots);
                }
            }
        }
    }
    let all = 0..slots.list.len();
    all.for_each(|slot| reads.forecasts_in(&Node::Slot(SlotId(slot)), slots));
    let reads = reads.0;
    let of_slot = |index| {
        let mut changed = BTreeSet::from([SlotId(index)]);
        let mut found = Vec::new();
        for (dependent, direct) in &reads {
            if !direct.is_disjoint(&changed) && changed.insert(dependent.slot()) {
                found.push(*dependent);
            }
        }
        found
    };
    let dependents = (0..slots.list.len()).map(of_slot).collect();
    let computed = reads.iter().map(|(dependent, _)| *dependent).collect();
    (computed, dependents)
}

/// What is computed from other slots, in order, with those that it reads itself.
#[derive(Default)]
struct Reads(Vec<(Dependent, BTreeSet<SlotId>)>);

impl Reads {
    fn add<'n>(&mut self, dependent: Dependent, nodes: impl IntoIterator<Item = &'n Node>) {
        let mut direct = BTreeSet::new();
        nodes.into_iter().for_each(|node| node.slots(&mut direct));
        self.0.push((dependent, direct));
    }

    /// Adds what a table chooses, and then what it gives.
    fn table(&mut self, table: &Table, index: usize, slots: &Slots) {
        table
            .nodes()
            .for_each(|node| self.forecasts_in(node, slots));
        self.add(Dependent::Row(table.slot, index), table.nodes());
        for (slot, one) in slots.list.iter().enumerate() {
            if let Source::Cell(of, output) = one.source
                && of == index
            {
                let cell = Dependent::Cell(SlotId(slot), index, output);
                self.add(cell, [&Node::Slot(table.slot)]);
            }
        }
    }

    /// Adds the forecasts that a node reads and that are not there yet, each after those that stand
    /// in it. INVARIANT: what else they read is there: derived values are in order.
    fn forecasts_in(&mut self, node: &Node, slots: &Slots) {
        let mut direct = BTreeSet::new();
        node.slots(&mut direct);
        for slot in direct {
            let known = |(dependent, _): &(Dependent, _)| dependent.slot() == slot;
            if let Some(Source::Forecast(index)) = slots.get(slot).map(|slot| slot.source)
                && let Some(forecast) = slots.forecasts.get(index)
                && !self.0.iter().any(known)
            {
                self.forecasts_in(forecast, slots);
                self.add(Dependent::Forecast(slot, index), [forecast]);
            }
        }
    }
}
