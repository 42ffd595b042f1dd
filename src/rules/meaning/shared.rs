//! Conditions of two programs over the values that both look at: comparisons of one value with
//! constants, so that it shows by a few of its values when they hold.
//!
//! A value that is calculated is a value of its own, known by what it means: the same calculation in
//! both programs is the same value. Values are taken to have nothing to do with each other, so what
//! holds for all of them holds for every applicant, and not every difference has an applicant.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::Axis;
use super::side::Side;
use crate::features::{self, FeatureId, Missing, Type, Value};
use crate::limits;
use crate::rules::ast::CompareOp;
use crate::rules::code::{Logic, Operand, Test};
use crate::rules::node::{Applied, Choice, SlotId, Source};
use crate::rules::program::Program;

/// The values that conditions look at, and their comparisons.
#[derive(Debug, Clone, Default)]
pub(super) struct Shared {
    pub(super) axes: Vec<Axis>,
    by_key: BTreeMap<String, usize>,
    /// The slot of an operand is the position of its axis.
    pub(super) tests: Vec<Test>,
    /// For each of them the axes that it reads.
    pub(super) reads: Vec<BTreeSet<usize>>,
}

impl Shared {
    /// A condition of a program over the axes.
    pub(super) fn condition(&mut self, side: &Side<'_>, logic: &Logic) -> Logic {
        Rewriter {
            shared: self,
            side,
            read: BTreeSet::new(),
            constants: Vec::new(),
            depth: 0,
            parts: 0,
        }
        .logic(logic)
    }

    /// The axes that a condition reads.
    pub(super) fn read_by(&self, logic: &Logic) -> BTreeSet<usize> {
        let mut read = BTreeSet::new();
        logic.comparisons(&mut |number| {
            read.extend(self.reads.get(number).into_iter().flatten());
        });
        read
    }

    /// A rule that reads these axes lets a value be missing for a cause. Where the name is of none of
    /// them, it may stand for any.
    pub(super) fn tell_apart(&mut self, read: &BTreeSet<usize>, name: &str, cause: Missing) {
        let is_named = |axis: &Axis| axis.name == name;
        let known = read
            .iter()
            .filter_map(|at| self.axes.get(*at))
            .any(is_named);
        for at in read {
            if let Some(axis) = self.axes.get_mut(*at)
                && (!known || is_named(axis))
            {
                axis.may_miss_for(cause);
            }
        }
    }

    /// Forgets the comparisons from a number on.
    fn forget_tests(&mut self, from: usize) {
        self.tests.truncate(from);
        self.reads.truncate(from);
    }

    fn axis(&mut self, key: String, axis: impl FnOnce(String) -> Axis) -> usize {
        if let Some(at) = self.by_key.get(&key) {
            return *at;
        }
        let at = self.axes.len();
        self.axes.push(axis(key.clone()));
        self.by_key.insert(key, at);
        at
    }
}

struct Rewriter<'s, 'p> {
    shared: &'s mut Shared,
    side: &'s Side<'p>,
    /// The axes that the comparison at hand reads, with those of comparisons in it.
    read: BTreeSet<usize>,
    /// What it compares them with.
    constants: Vec<Value>,
    /// How deep in derived values.
    depth: usize,
    /// How many comparisons and derived values of the condition were looked into.
    parts: usize,
}

impl<'p> Rewriter<'_, 'p> {
    fn logic(&mut self, logic: &Logic) -> Logic {
        match logic {
            Logic::Constant(known) => Logic::Constant(*known),
            Logic::Comparison(number) => self.comparison(*number),
            Logic::Not(inner) => Logic::Not(Box::new(self.logic(inner))),
            Logic::All(parts) => Logic::All(parts.iter().map(|part| self.logic(part)).collect()),
            Logic::Any(parts) => Logic::Any(parts.iter().map(|part| self.logic(part)).collect()),
        }
    }

    fn comparison(&mut self, number: usize) -> Logic {
        let program = self.side.program;
        let Some(test) = program.tests.tests.get(number) else {
            return Logic::Constant(Err(Missing::Ambiguous));
        };
        let outer = (
            std::mem::take(&mut self.read),
            std::mem::take(&mut self.constants),
        );
        let first = self.shared.tests.len();
        let mut logic = self.test(test);
        if !self.fits() {
            self.shared.forget_tests(first);
            self.read.clear();
            self.constants.clear();
            logic = self.whole(test);
        }
        for reads in self.shared.reads.iter_mut().skip(first) {
            // Those inside of others have theirs.
            if reads.is_empty() {
                reads.clone_from(&self.read);
            }
        }
        for at in &self.read {
            if let Some(axis) = self.shared.axes.get_mut(*at) {
                self.constants.iter().for_each(|one| axis.split(one));
            }
        }
        self.read.extend(outer.0);
        self.constants.extend(outer.1);
        logic
    }

    /// Whether whole numbers tell how what is read stands to what it is compared with.
    fn fits(&self) -> bool {
        let mut axes = self.read.iter().filter_map(|at| self.shared.axes.get(*at));
        axes.all(|axis| self.constants.iter().all(|one| axis.fits(one)))
    }

    fn test(&mut self, test: &Test) -> Logic {
        match test {
            Test::Truth(value) => self.truth(test, value),
            Test::Order(op, left, right) => {
                if is_constant(left) || is_constant(right) {
                    let test = Test::Order(*op, self.operand(left), self.operand(right));
                    self.push(test)
                } else {
                    self.order(*op, left, right)
                }
            }
            Test::Between(value, low, high) => {
                if is_constant(low) && is_constant(high) {
                    let [value, low, high] = [value, low, high].map(|part| self.operand(part));
                    self.push(Test::Between(value, low, high))
                } else {
                    self.whole(test)
                }
            }
            Test::In {
                value,
                list,
                negated,
            } => {
                if !list.iter().all(is_constant) {
                    return self.whole(test);
                }
                let test = Test::In {
                    value: self.operand(value),
                    list: list.iter().map(|item| self.operand(item)).collect(),
                    negated: *negated,
                };
                self.push(test)
            }
            Test::IsMissing { value, negated } => {
                let test = Test::IsMissing {
                    value: self.operand(value),
                    negated: *negated,
                };
                self.push(test)
            }
        }
    }

    fn truth(&mut self, test: &Test, value: &Operand) -> Logic {
        if let Some(logic) = self.condition_of(value) {
            return self.inside(|inner| inner.logic(logic));
        }
        if let Operand::Apply(Applied::Listed { list, negated }, looked_for) = value
            && let [one] = looked_for.as_slice()
            && let Some(list) = self.side.program.rule_set().slots.lists.get(*list)
        {
            if list.values().len() > limits::MEANING_WORDS_MAX {
                return self.whole(test);
            }
            let items = list.values().iter().cloned().map(Operand::Constant);
            let items: Vec<Operand> = items.collect();
            let test = Test::In {
                value: self.operand(one),
                list: items.iter().map(|item| self.operand(item)).collect(),
                negated: *negated,
            };
            return self.push(test);
        }
        let value = self.operand(value);
        self.push(Test::Truth(value))
    }

    /// The condition that a yes or no is.
    fn condition_of<'o>(&self, value: &'o Operand) -> Option<&'o Logic>
    where
        'p: 'o,
    {
        if let Operand::Condition(logic) = value {
            return Some(logic);
        }
        let Operand::Slot(slot) = value else {
            return None;
        };
        match self.derived(*slot) {
            Some(Operand::Condition(logic)) => Some(logic),
            Some(_) | None => None,
        }
    }

    /// Looks into a derived value.
    fn inside<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        self.parts += 1;
        let found = look(self);
        self.depth -= 1;
        found
    }

    fn push(&mut self, test: Test) -> Logic {
        self.parts += 1;
        let number = self.shared.tests.len();
        self.shared.tests.push(test);
        self.shared.reads.push(BTreeSet::new());
        Logic::Comparison(number)
    }

    /// A comparison of two values that vary: how they stand to each other is a value.
    fn order(&mut self, op: CompareOp, left: &Operand, right: &Operand) -> Logic {
        let canon = &self.side.canon;
        let (a, b) = (canon.operand(left), canon.operand(right));
        let (op, key) = if a <= b {
            (op, format!("{a} ~ {b}"))
        } else {
            (op.mirrored(), format!("{b} ~ {a}"))
        };
        let at = self.shared.axis(key, Axis::order);
        self.read.insert(at);
        let zero = Operand::Constant(Value::Count(0));
        self.push(Test::Order(op, Operand::Slot(SlotId(at)), zero))
    }

    /// A comparison that is a yes or no by itself.
    fn whole(&mut self, test: &Test) -> Logic {
        let key = format!("whether {}", self.side.canon.test(test, false));
        let at = self
            .shared
            .axis(key, |key| Axis::calculated(key, Type::Bool));
        self.read.insert(at);
        self.push(Test::Truth(Operand::Slot(SlotId(at))))
    }

    fn operand(&mut self, operand: &Operand) -> Operand {
        match operand {
            Operand::Constant(value) => {
                self.constants.push(value.clone());
                operand.clone()
            }
            Operand::Slot(slot) => self.slot(*slot),
            Operand::Choose(choice, list, ty) if self.may_split(list, *ty) => {
                let list = list.iter().map(|part| self.operand(part)).collect();
                Operand::Choose(*choice, list, *ty)
            }
            Operand::Condition(logic) => Operand::Condition(Box::new(self.logic(logic))),
            other @ (Operand::Subject(_)
            | Operand::Negate(_)
            | Operand::Round(_)
            | Operand::Abs(_)
            | Operand::Arithmetic(..)
            | Operand::Choose(..)
            | Operand::Apply(..)
            | Operand::Forecast { .. }) => {
                let ty = self.side.ty(other);
                self.calculated(self.side.canon.operand(other), ty)
            }
        }
    }

    /// Whether a choice between values shows by their values beside constants. A percent taken for a
    /// ratio is rounded, and turns a little beside.
    fn may_split(&self, list: &[Operand], ty: Type) -> bool {
        let mut parts = list.iter().map(|part| self.side.ty(part));
        ty != Type::Ratio || parts.all(|part| part != Type::Percent)
    }

    /// What a value is derived from, where it is looked into.
    fn derived(&self, slot: SlotId) -> Option<&'p Operand> {
        let is_too_much =
            self.depth >= limits::MEANING_DEPTH_MAX || self.parts >= limits::MEANING_PARTS_MAX;
        let program = self.side.program;
        match source(program, slot) {
            Some(Source::Derive(index)) if !is_too_much => {
                program.derived.get(index).map(|one| &one.operand)
            }
            Some(_) | None => None,
        }
    }

    fn slot(&mut self, slot: SlotId) -> Operand {
        let program = self.side.program;
        match source(program, slot) {
            Some(Source::Feature(id)) => self.feature(id),
            Some(Source::Input(index)) => self.input(index),
            _ => match self.derived(slot) {
                Some(
                    chosen @ (Operand::Slot(_)
                    | Operand::Constant(_)
                    | Operand::Choose(..)
                    | Operand::Condition(_)),
                ) => self.inside(|inner| inner.operand(chosen)),
                Some(_) | None => self.computed(slot),
            },
        }
    }

    fn computed(&mut self, slot: SlotId) -> Operand {
        let ty = self.side.program.types.get(slot.0).copied();
        self.calculated(self.side.canon.slot(slot), ty.unwrap_or(Type::Bool))
    }

    fn calculated(&mut self, key: String, ty: Type) -> Operand {
        let at = self.shared.axis(key, |key| Axis::calculated(key, ty));
        self.read.insert(at);
        Operand::Slot(SlotId(at))
    }

    fn feature(&mut self, id: FeatureId) -> Operand {
        let Some(feature) = features::table().get(id.index()) else {
            return Operand::Condition(Box::new(Logic::Constant(Ok(false))));
        };
        let key = feature.name.to_owned();
        let at = self.shared.axis(key, |_| Axis::feature(id, feature));
        self.read.insert(at);
        Operand::Slot(SlotId(at))
    }

    /// What is sent; where it is not, its default stands for it.
    fn input(&mut self, index: usize) -> Operand {
        let Some(declared) = self.side.program.rule_set().inputs.get(index) else {
            return Operand::Condition(Box::new(Logic::Constant(Ok(false))));
        };
        let key = format!("inputs.{} {}", declared.name, declared.ty);
        let name = format!("inputs.{}", declared.name);
        let at = self.shared.axis(key, |_| Axis::input(name, declared.ty));
        if let Some(axis) = self.shared.axes.get_mut(at) {
            axis.declare(declared);
        }
        self.read.insert(at);
        let sent = Operand::Slot(SlotId(at));
        match &declared.default {
            Some(default) => {
                self.constants.push(default.clone());
                let list = vec![sent, Operand::Constant(default.clone())];
                Operand::Choose(Choice::Coalesce, list, declared.ty)
            }
            None => sent,
        }
    }
}

/// Whether a value rests on nothing. What could be calculated of constants was, by the compiler.
fn is_constant(operand: &Operand) -> bool {
    matches!(operand, Operand::Constant(_))
}

/// Where the value of a slot comes from.
fn source(program: &Program, slot: SlotId) -> Option<Source> {
    program.rule_set().slots.get(slot).map(|slot| slot.source)
}
