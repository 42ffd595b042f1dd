//! What can be answered to a fact, as whole numbers from the first to the last.

use super::course::Courses;
use super::fact::feature;
use crate::features::{self, Range, Type, Value, Whole};
use crate::limits;
use crate::rules::code::{Operand, Test};
use crate::rules::node::{Applied, Node, SlotId, Source};
use crate::rules::program::Program;
use crate::rules::rule_set::DeclaredInput;
use crate::rules::scalar::{self, Scalar};
use crate::rules::table::{Passes, Table};
use crate::rules::values::Values;

/// What can be answered to a fact: whole numbers from the first to the last, each of which stands for an
/// answer.
#[derive(Debug, Clone)]
pub(super) struct Axis<'a> {
    pub(super) least: i64,
    pub(super) most: i64,
    pub(super) means: Means<'a>,
    /// Numbers about which something may change, as far as the rules name them.
    named: Vec<i64>,
    /// Whether every turn is found by looking at ends.
    is_plain: bool,
}

/// What a number of an axis means.
#[derive(Debug, Clone)]
pub(super) enum Means<'a> {
    /// A value of this type, as [`scalar::of_whole`] has it.
    Number(Type),
    /// One of these texts, or where it is behind the last some other.
    Text(Vec<&'a str>),
    /// Refused, or confirmed.
    Stream,
}

/// A text that no rule names.
const OTHER_TEXT: &str = "\u{0}";
/// How far is looked where a value has no end: ten billion in an amount with cents, a million times as
/// much, a count of a trillion.
const FAR: i64 = 1_000_000_000_000;
/// A century, in days: how far days are looked at, and dates before and after the first day of 2000.
/// Far beyond, a calendar has no day.
const CENTURY: i64 = 36_525;
/// The first day of 2000, as days are counted.
const YEAR_2000: i64 = 730_120;
/// The steps of the numbers that are looked at first.
const GROWTH: i64 = 16;
/// So many answers are each looked at.
const FEW: i64 = 16;

impl<'a> Axis<'a> {
    /// Of a stream.
    pub(super) fn of_stream() -> Self {
        Self {
            least: 0,
            most: 1,
            means: Means::Stream,
            named: Vec::new(),
            is_plain: true,
        }
    }

    /// Of a slot; `None` where it can be too many different texts.
    pub(super) fn of_slot(values: &Values<'a>, slot: SlotId) -> Option<Self> {
        let program = values.program;
        let rule_set = program.rule_set();
        let ty = rule_set.slots.get(slot)?.ty;
        if ty == Type::Text {
            let texts = texts(program, slot);
            let closed = texts.closed;
            if texts.words.len() > limits::SETTLE_WORDS_MAX {
                return None;
            }
            let count = i64::try_from(texts.words.len()).ok()?;
            return Some(Self {
                least: 0,
                most: if closed { count.checked_sub(1)? } else { count },
                means: Means::Text(texts.words),
                named: Vec::new(),
                is_plain: true,
            });
        }
        let range = match (feature(program, slot), input(program, slot)) {
            (Some(feature), _) => feature.whole_range(),
            (None, Some(input)) => input.whole_range(),
            (None, None) => Range::ANY,
        };
        let far = match ty {
            Type::Date => (YEAR_2000 - CENTURY, YEAR_2000 + CENTURY),
            Type::Days => (-CENTURY, CENTURY),
            Type::Bool => (0, 1),
            Type::Money | Type::Count | Type::Ratio | Type::Percent | Type::Text => (-FAR, FAR),
        };
        let mut named = Vec::new();
        bounds(values, slot, ty, &mut named);
        let mut courses = Courses::of(program, slot);
        let is_plain = courses.are_plain();
        if !is_plain {
            let turns = courses.turns(ty).into_iter();
            named.extend(turns.take(limits::SETTLE_WORDS_MAX));
        }
        Some(Self {
            least: range.least.unwrap_or(far.0),
            most: range.most.unwrap_or(far.1),
            means: Means::Number(ty),
            named,
            is_plain,
        })
    }

    /// The value that a number stands for.
    pub(super) fn value(&self, at: i64) -> Option<Scalar<'a>> {
        match &self.means {
            Means::Number(ty) => scalar::of_whole(at, *ty),
            Means::Text(words) => {
                let word = usize::try_from(at).ok().and_then(|at| words.get(at));
                Some(Scalar::Text(word.copied().unwrap_or(OTHER_TEXT)))
            }
            Means::Stream => Some(Scalar::Bool(at != 0)),
        }
    }

    /// The numbers that are looked at first, in order: both ends, those that rules name with their
    /// neighbours, and some between, ever farther from zero.
    pub(super) fn first_looks(&self) -> Vec<i64> {
        let inside = |at: &i64| (self.least..=self.most).contains(at);
        if self.is_looked_through() {
            return (self.least..=self.most).collect();
        }
        let beside = |at: i64| [at.saturating_sub(1), at, at.saturating_add(1)];
        let mut looks: Vec<i64> = self.named.iter().flat_map(|at| beside(*at)).collect();
        looks.extend([self.least, 0, self.most]);
        let mut step = 1_i64;
        while step < FAR {
            looks.extend([step, -step]);
            step = step.saturating_mul(GROWTH);
        }
        looks.retain(inside);
        looks.sort_unstable();
        looks.dedup();
        looks
    }

    /// Whether every answer is looked at by itself.
    fn is_looked_through(&self) -> bool {
        !self.is_in_order() || self.most.saturating_sub(self.least) < FEW
    }

    /// Whether answers may be missed that come out otherwise than those beside them.
    pub(super) fn may_miss(&self) -> bool {
        !self.is_plain && !self.is_looked_through()
    }

    /// Whether numbers that follow each other are like each other: of texts none are.
    pub(super) fn is_in_order(&self) -> bool {
        matches!(self.means, Means::Number(_))
    }
}

/// The declared input that a slot holds.
fn input(program: &Program, slot: SlotId) -> Option<&DeclaredInput> {
    let rule_set = program.rule_set();
    let Some(Source::Input(index)) = rule_set.slots.get(slot).map(|slot| slot.source) else {
        return None;
    };
    rule_set.inputs.get(index)
}

/// The texts that a slot is compared with or can be, and whether it can be no other.
struct Texts<'a> {
    words: Vec<&'a str>,
    closed: bool,
}

fn texts(program: &Program, slot: SlotId) -> Texts<'_> {
    if let Some(input) = input(program, slot).filter(|input| !input.values.is_empty()) {
        return Texts {
            words: input.values.iter().map(String::as_str).collect(),
            closed: true,
        };
    }
    let own = feature(program, slot).map(|feature| feature.words);
    if let Some(features::Words::Only(words)) = own {
        return Texts {
            words: words.to_vec(),
            closed: true,
        };
    }
    let mut words: Vec<&str> = own.map_or_else(Vec::new, |own| own.list().to_vec());
    for test in &program.tests.tests {
        let operands = test.operands();
        if operands.iter().any(|part| reads_alone(part, slot)) {
            words.extend(operands.iter().flat_map(|part| constants(part)));
        }
        for value in operands
            .iter()
            .filter_map(|part| listed(program, part, slot))
            .flatten()
        {
            if let Value::Text(text) = value {
                words.push(text);
            }
        }
    }
    for (tests, alone) in table_tests(program, slot) {
        for test in tests {
            if let (true, Passes::Texts(texts)) = (alone, &test.passes) {
                words.extend(texts.iter().map(String::as_str));
            }
        }
    }
    words.sort_unstable();
    words.dedup();
    Texts {
        words,
        closed: false,
    }
}

/// The values of the list in which an operand looks for the slot, where it does.
fn listed<'a>(program: &'a Program, operand: &Operand, slot: SlotId) -> Option<&'a [Value]> {
    let Operand::Apply(Applied::Listed { list, .. }, looked_for) = operand else {
        return None;
    };
    let own = looked_for.iter().any(|part| reads_alone(part, slot));
    let list = program.rule_set().slots.lists.get(*list)?;
    own.then_some(list.values())
}

/// Whether an operand is the slot, or a function of single values over it.
fn reads_alone(operand: &Operand, slot: SlotId) -> bool {
    match operand {
        Operand::Slot(own) => *own == slot,
        Operand::Apply(_, list) => list.iter().any(|part| reads_alone(part, slot)),
        Operand::Constant(_)
        | Operand::Subject(_)
        | Operand::Negate(_)
        | Operand::Round(_)
        | Operand::Abs(_)
        | Operand::Arithmetic(..)
        | Operand::Choose(..)
        | Operand::Condition(_)
        | Operand::Forecast { .. } => false,
    }
}

/// The texts that stand in an operand.
fn constants(operand: &Operand) -> Vec<&str> {
    if let Operand::Constant(Value::Text(text)) = operand {
        return vec![text];
    }
    operand.parts().into_iter().flat_map(constants).collect()
}

/// The tests of tables by what is chosen by, and whether that is the slot alone.
fn table_tests(
    program: &Program,
    slot: SlotId,
) -> impl Iterator<Item = (Vec<&crate::rules::table::Test>, bool)> {
    let tables = program.rule_set().tables.iter();
    tables.flat_map(move |table: &Table| {
        let inputs = table.inputs.iter().enumerate();
        inputs.map(move |(at, input)| {
            let alone = matches!(input.formula.node, Node::Slot(own) if own == slot);
            let tests = table.tests_of_input(at).collect();
            (tests, alone)
        })
    })
}

/// The numbers with which a slot is compared, as far as they are known now.
fn bounds(values: &Values<'_>, slot: SlotId, ty: Type, into: &mut Vec<i64>) {
    let program = values.program;
    let is_slot = |operand: &Operand| matches!(operand, Operand::Slot(own) if *own == slot);
    let mut pairs: Vec<(&Operand, &Operand)> = Vec::new();
    for test in &program.tests.tests {
        match test {
            Test::Order(_, left, right) => pairs.extend([(left, right), (right, left)]),
            Test::Between(value, low, high) => pairs.extend([(value, low), (value, high)]),
            Test::In { value, list, .. } => pairs.extend(list.iter().map(|item| (value, item))),
            Test::Truth(value) => {
                let values = listed(program, value, slot).unwrap_or_default();
                let bounds = values.iter().filter_map(Whole::of_value);
                into.extend(bounds.take(limits::SETTLE_WORDS_MAX));
            }
            Test::IsMissing { .. } => {}
        }
    }
    let own = pairs.into_iter().filter(|(value, _)| is_slot(value));
    let known = own.filter_map(|(_, bound)| values.env().value(bound).ok());
    into.extend(known.filter_map(|bound| scalar::in_unit(bound, ty)));
    for (tests, alone) in table_tests(program, slot) {
        for test in tests {
            if let (true, Passes::Ranges(ranges)) = (alone, &test.passes) {
                into.extend(ranges.iter().flat_map(|(low, high)| [*low, *high]));
            }
        }
    }
}
