//! Compares what rules do for all values that they look at: for a few that stand for all.

use std::cell::Cell as Flag;
use std::collections::BTreeSet;

use super::axis::Base;
use super::effect::Effect;
use super::shared::Shared;
use super::side::Side;
use crate::features::{Missing, Value};
use crate::limits;
use crate::money::Currency;
use crate::rules::apply::Outside;
use crate::rules::code::Logic;
use crate::rules::foresight::Foresight;
use crate::rules::run::Env;
use crate::rules::scalar::{Known, Scalar};
use crate::rules::slot_value::SlotValue;
use crate::rules::verdict::Verdict;

/// So many of the values for which rules differ are kept for each way.
const POINTS_MAX: usize = 8;

/// A rule, or the condition of approval, over the axes that are shared.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) what: What,
    pub(super) logic: Logic,
}

/// What a condition is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A rule, by its position.
    Rule(usize),
    /// The condition of approval: where it does not hold, this; where it cannot be known, a person.
    Approval(Effect),
}

/// Values, by axis.
pub(super) type Point = Vec<(usize, Result<Value, Missing>)>;

/// How two groups of rules differ over all values.
#[derive(Debug, Clone, Default)]
pub(super) struct Relation {
    /// Whether the second may do more somewhere.
    pub(super) may_be_stricter: bool,
    /// Whether it may do less somewhere.
    pub(super) may_be_looser: bool,
    /// Some of the values for which they differ.
    pub(super) points: Vec<Point>,
}

/// By what is told which does more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// What the rules do.
    Effects,
    /// What becomes of the application, flags aside.
    Outcome {
        /// Whether an application that no rule stops may be declined at the end: to refer it is then
        /// not always stricter.
        end_declines: bool,
    },
}

impl Scale {
    fn of(self, effect: Effect) -> Effect {
        match self {
            Self::Effects => effect,
            Self::Outcome { .. } => effect.on_the_outcome(),
        }
    }

    /// Whether doing `after` may be stricter than doing `before`, and whether it may be looser.
    fn differs(self, before: Effect, after: Effect) -> (bool, bool) {
        let turns = matches!(self, Self::Outcome { end_declines: true })
            && before != after
            && before.max(after) == Effect::Refers;
        (after > before || turns, after < before || turns)
    }

    /// The same of what is known to lie between two: either end may tell of either way.
    fn may_differ(self, before: Between, after: Between) -> (bool, bool) {
        let (stricter, looser) = self.differs(before.least, after.most);
        let (also_stricter, also_looser) = self.differs(before.most, after.least);
        (stricter || also_stricter, looser || also_looser)
    }
}

/// What is known to lie between two.
///
/// INVARIANT: where both ends are not the same, the greater is to refer at most: a rule that cannot be
/// known does no more. So nothing lies between the ends that neither tells of.
#[derive(Debug, Clone, Copy)]
struct Between {
    least: Effect,
    most: Effect,
}

/// Compares two groups of rules of two programs. `None` where there are too many values to look at.
pub(super) fn compare(
    shared: &Shared,
    sides: [&Side<'_>; 2],
    groups: [&[Part]; 2],
    scale: Scale,
) -> Option<Relation> {
    let currency = sides[0].program.rule_set().currency();
    let read = groups.iter().flat_map(|parts| parts.iter());
    let read: BTreeSet<usize> = read.flat_map(|part| shared.read_by(&part.logic)).collect();
    let grid = Grid::of(shared, &read, currency)?;
    let sides = [(sides[0], groups[0]), (sides[1], groups[1])];
    let mut relation = Relation::default();
    let mut kept = [0_usize; 2];
    grid.each(|point| {
        let [before, after] = sides.map(|(side, parts)| effects(shared, side, parts, point, scale));
        let (stricter, looser) = scale.may_differ(before, after);
        relation.may_be_stricter |= stricter;
        relation.may_be_looser |= looser;
        for (way, kept) in [stricter, looser].into_iter().zip(&mut kept) {
            if way && *kept < POINTS_MAX {
                *kept += 1;
                relation.points.push(point.values(shared));
            }
        }
    });
    Some(relation)
}

/// What a group of rules does at a point.
fn effects(
    shared: &Shared,
    side: &Side<'_>,
    parts: &[Part],
    point: &At<'_>,
    scale: Scale,
) -> Between {
    let mut found = Between {
        least: Effect::Nothing,
        most: Effect::Nothing,
    };
    for part in parts {
        let verdict = part.logic.of(&|number| point.verdict(number));
        let (least, most) = match part.what {
            What::Approval(otherwise) => {
                let effect = match verdict {
                    Verdict::True => Effect::Nothing,
                    Verdict::False => otherwise,
                    Verdict::Unknown => Effect::Refers,
                };
                (effect, effect)
            }
            What::Rule(index) => of_rule(shared, side, index, verdict, point, part),
        };
        found.least = found.least.max(scale.of(least));
        found.most = found.most.max(scale.of(most));
    }
    found
}

fn of_rule(
    shared: &Shared,
    side: &Side<'_>,
    index: usize,
    verdict: Verdict,
    point: &At<'_>,
    part: &Part,
) -> (Effect, Effect) {
    let rules = side.program.rules.get(index);
    let Some((rule, written)) = rules.zip(side.program.rule_set().rules.get(index)) else {
        return (Effect::Nothing, Effect::Refers);
    };
    let lets_pass = !written.ignored.is_empty();
    let with = |passes: bool| Effect::of(rule, lets_pass, verdict, || passes);
    if verdict != Verdict::Unknown || !lets_pass {
        let effect = with(false);
        return (effect, effect);
    }
    let read = shared.read_by(&part.logic);
    let is_read = |at: &usize| {
        let axis = shared.axes.get(*at);
        axis.is_some_and(|axis| axis.base != Base::Calculated)
    };
    if read.iter().all(is_read) {
        let effect = with(side.passes(index, &point.named(shared, &read)));
        (effect, effect)
    } else {
        (with(true), with(false))
    }
}

/// The values of axes, and what each comparison of one axis makes of each.
struct Grid<'s> {
    shared: &'s Shared,
    currency: Currency,
    axes: Vec<usize>,
    /// For each of `axes`.
    values: Vec<Vec<Result<Value, Missing>>>,
    /// For each comparison of one axis alone, the verdict for each of its values.
    alone: Vec<Option<(usize, Vec<Verdict>)>>,
}

/// A point of a grid.
struct At<'g> {
    grid: &'g Grid<'g>,
    /// For each of its axes, which value.
    chosen: Vec<usize>,
}

impl<'s> Grid<'s> {
    fn of(shared: &'s Shared, read: &BTreeSet<usize>, currency: Currency) -> Option<Self> {
        let axes: Vec<usize> = read.iter().copied().collect();
        let values = axes.iter().filter_map(|at| shared.axes.get(*at));
        let values = values.map(|axis| axis.values(currency)).collect();
        let mut grid = Self {
            shared,
            currency,
            axes,
            values,
            alone: vec![None; shared.tests.len()],
        };
        for place in 0..grid.axes.len() {
            grid.narrow(place);
        }
        grid.look_at_each();
        let count = grid.values.iter().try_fold(1_usize, |count, values| {
            count.checked_mul(values.len()).filter(|count| *count > 0)
        });
        count.filter(|count| *count <= limits::MEANING_CELLS_MAX)?;
        Some(grid)
    }

    /// The comparisons of an axis alone; `None` where it stands in one with others.
    fn tests_of(&self, place: usize) -> Option<Vec<usize>> {
        let axis = self.axes.get(place)?;
        let reads = self.shared.reads.iter().enumerate();
        let own = reads.filter(|(_, reads)| reads.contains(axis));
        let own = own.map(|(number, reads)| (reads.len() == 1).then_some(number));
        own.collect()
    }

    /// Keeps one of the known values of which all comparisons say the same.
    fn narrow(&mut self, place: usize) {
        let Some(tests) = self.tests_of(place) else {
            return;
        };
        let mut seen = BTreeSet::new();
        let values = self.values.get(place).cloned().unwrap_or_default();
        let kept = values.into_iter().filter(|value| {
            let verdicts = tests.iter().map(|test| self.look(*test, place, value));
            let verdicts: Vec<Verdict> = verdicts.collect();
            value.is_err() || seen.insert(verdicts)
        });
        let kept: Vec<_> = kept.collect();
        if let Some(values) = self.values.get_mut(place) {
            *values = kept;
        }
    }

    fn look_at_each(&mut self) {
        for place in 0..self.axes.len() {
            let own = self.axes.get(place).copied();
            let reads = self.shared.reads.iter().enumerate();
            let alone =
                reads.filter(|(_, reads)| reads.len() == 1 && reads.first() == own.as_ref());
            let alone: Vec<usize> = alone.map(|(number, _)| number).collect();
            let values = self.values.get(place).cloned().unwrap_or_default();
            for test in alone {
                let verdicts = values.iter().map(|value| self.look(test, place, value));
                let verdicts = verdicts.collect();
                if let Some(known) = self.alone.get_mut(test) {
                    *known = Some((place, verdicts));
                }
            }
        }
    }

    /// What a comparison makes of a value of its only axis.
    fn look(&self, test: usize, place: usize, value: &Result<Value, Missing>) -> Verdict {
        let mut slots = vec![SlotValue::Known(Err(Missing::NotProvided)); self.shared.axes.len()];
        let axis = self.axes.get(place).copied().unwrap_or(usize::MAX);
        if let Some(slot) = slots.get_mut(axis) {
            *slot = SlotValue::Known(read(value, self.currency));
        }
        self.run(&slots, test)
    }

    fn run(&self, slots: &[SlotValue<'_>], test: usize) -> Verdict {
        let env = Env {
            tests: &self.shared.tests,
            slots,
            features: None,
            currency: self.currency,
            outside: Outside::NOTHING,
            foresight: &Foresight::none(),
            subject: 0,
            mixed_types: &Flag::new(false),
        };
        env.test(test).into()
    }

    /// Looks at every point.
    fn each(&self, mut look: impl FnMut(&At<'_>)) {
        let mut at = At {
            grid: self,
            chosen: vec![0; self.axes.len()],
        };
        loop {
            look(&at);
            if !at.next() {
                return;
            }
        }
    }
}

impl At<'_> {
    /// Goes on to the next point; whether there is one.
    fn next(&mut self) -> bool {
        for (chosen, values) in self.chosen.iter_mut().zip(&self.grid.values) {
            *chosen += 1;
            if *chosen < values.len() {
                return true;
            }
            *chosen = 0;
        }
        false
    }

    fn verdict(&self, test: usize) -> Verdict {
        if let Some(Some((place, verdicts))) = self.grid.alone.get(test) {
            let chosen = self.chosen.get(*place);
            let verdict = chosen.and_then(|chosen| verdicts.get(*chosen));
            return verdict.copied().unwrap_or(Verdict::Unknown);
        }
        let axes = self.grid.shared.axes.len();
        let mut slots = vec![SlotValue::Known(Err(Missing::NotProvided)); axes];
        for (axis, value) in self.known() {
            if let Some(slot) = slots.get_mut(axis) {
                *slot = SlotValue::Known(read(value, self.grid.currency));
            }
        }
        self.grid.run(&slots, test)
    }

    fn known(&self) -> impl Iterator<Item = (usize, &Result<Value, Missing>)> {
        let axes = self.grid.axes.iter().zip(&self.grid.values);
        let chosen = axes.zip(&self.chosen);
        chosen.filter_map(|((axis, values), chosen)| Some((*axis, values.get(*chosen)?)))
    }

    /// The values of what is read.
    fn values(&self, shared: &Shared) -> Point {
        let is_read = |axis: usize| {
            let axis = shared.axes.get(axis);
            axis.is_some_and(|axis| axis.base != Base::Calculated)
        };
        let known = self.known().filter(|(axis, _)| is_read(*axis));
        known.map(|(axis, value)| (axis, value.clone())).collect()
    }

    /// The values of these axes, by name.
    fn named<'v>(
        &'v self,
        shared: &'v Shared,
        of: &BTreeSet<usize>,
    ) -> Vec<(&'v str, &'v Result<Value, Missing>)> {
        let known = self.known().filter(|(axis, _)| of.contains(axis));
        known
            .filter_map(|(axis, value)| Some((shared.axes.get(axis)?.name.as_str(), value)))
            .collect()
    }
}

fn read(value: &Result<Value, Missing>, currency: Currency) -> Known<'_> {
    let value = value.as_ref().map_err(|why| *why)?;
    Scalar::read(value, currency)
}
