//! Conditions and calculations as a program runs them: names are slots, and each comparison has
//! a number under which its verdict is recorded.

use std::collections::BTreeSet;

use super::ast::{ArithmeticOp, CompareOp, ForecastFunction};
use super::node::{Applied, Choice, Reduction, SlotId};
use super::scalar::Ordered;
use super::verdict::{self, Kleene};
use super::whole::WholeOp;
use crate::features::{FeatureId, Missing, Type, Value};

/// What has a value.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Constant(Value),
    Slot(SlotId),
    /// A feature of the subject that a reduction is looking at.
    Subject(FeatureId),
    Negate(Box<Operand>),
    Round(Box<Operand>),
    Abs(Box<Operand>),
    Arithmetic(ArithmeticOp, Box<Operand>, Box<Operand>),
    /// The type is that of the result.
    Choose(Choice, Vec<Operand>, Type),
    /// True or false.
    Condition(Box<Logic>),
    /// A function of single values.
    Apply(Applied, Vec<Operand>),
    /// A forecast of the account to be debited, or of the subject's account.
    Forecast {
        function: ForecastFunction,
        per_account: bool,
        arguments: Vec<Operand>,
    },
}

/// A condition over comparisons.
#[derive(Debug, Clone)]
pub(super) enum Logic {
    /// Whatever the application is.
    Constant(Result<bool, Missing>),
    /// A comparison by its number.
    Comparison(usize),
    Not(Box<Logic>),
    All(Vec<Logic>),
    Any(Vec<Logic>),
}

impl Logic {
    /// What the verdicts of its comparisons make of it. Nothing is cut short.
    #[inline]
    pub(super) fn of<T: Kleene>(&self, comparison: &impl Fn(usize) -> T) -> T {
        // Most conditions are one comparison.
        if let Self::Comparison(number) = self {
            return comparison(*number);
        }
        self.of_parts(comparison)
    }

    #[inline(never)]
    fn of_parts<T: Kleene>(&self, comparison: &impl Fn(usize) -> T) -> T {
        match self {
            Self::Constant(known) => T::holds(*known),
            Self::Comparison(number) => comparison(*number),
            Self::Not(inner) => inner.of(comparison).opposite(),
            Self::All(parts) => verdict::all(parts.iter().map(|part| part.of(comparison))),
            Self::Any(parts) => verdict::any(parts.iter().map(|part| part.of(comparison))),
        }
    }

    /// Calls `visit` with the number of every comparison, in the order written.
    pub(super) fn comparisons(&self, visit: &mut impl FnMut(usize)) {
        match self {
            Self::Constant(_) => {}
            Self::Comparison(number) => visit(*number),
            Self::Not(inner) => inner.comparisons(visit),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.comparisons(visit));
            }
        }
    }
}

/// What a comparison compares.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Order(CompareOp, Operand, Operand),
    /// Value, low, high; both ends included.
    Between(Operand, Operand, Operand),
    In {
        value: Operand,
        list: Vec<Operand>,
        negated: bool,
    },
    IsMissing {
        value: Operand,
        negated: bool,
    },
    /// A value that is a condition by itself.
    Truth(Operand),
}

impl Test {
    /// The values compared that a trace shows, in the order written.
    pub(super) fn shown(&self) -> Vec<&Operand> {
        match self {
            Self::Order(_, left, right) => vec![left, right],
            Self::Between(value, low, high) => vec![value, low, high],
            // Of a question about a value, the value.
            Self::Truth(Operand::Apply(Applied::Listed { .. } | Applied::StartsWith, list)) => {
                list.iter().take(1).collect()
            }
            Self::In { value, .. } | Self::IsMissing { value, .. } | Self::Truth(value) => {
                vec![value]
            }
        }
    }

    /// Everything that it is made of.
    pub(super) fn operands(&self) -> Vec<&Operand> {
        match self {
            Self::In { value, list, .. } => std::iter::once(value).chain(list).collect(),
            Self::Truth(value) => vec![value],
            Self::Order(..) | Self::Between(..) | Self::IsMissing { .. } => self.shown(),
        }
    }
}

impl Operand {
    /// The operands that this one is made of; none of a condition, which is made of comparisons.
    pub(super) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Constant(_) | Self::Slot(_) | Self::Subject(_) | Self::Condition(_) => Vec::new(),
            Self::Negate(inner) | Self::Round(inner) | Self::Abs(inner) => vec![inner],
            Self::Arithmetic(_, left, right) => vec![left, right],
            Self::Choose(_, list, _)
            | Self::Apply(_, list)
            | Self::Forecast {
                arguments: list, ..
            } => list.iter().collect(),
        }
    }
}

/// The form of a comparison that needs 64-bit integers only: each slot holds one in its own
/// unit (minor units, counts, days, millionths). Where a slot does not, the [`Test`] decides.
#[derive(Debug, Clone, Copy)]
pub(super) enum Quick {
    /// A slot against a constant in the unit of the slot.
    Bound {
        slot: SlotId,
        ordered: Ordered,
        bound: i64,
    },
    /// Two slots of one unit.
    Pair {
        left: SlotId,
        ordered: Ordered,
        right: SlotId,
    },
    /// A slot between two constants.
    Range { slot: SlotId, low: i64, high: i64 },
    /// Whether a slot is missing.
    Missing { slot: SlotId, negated: bool },
    /// Two calculations, by their position in [`Tests::calculated`].
    Calculated(usize),
    /// There is none.
    None,
}

/// The comparisons of a program by number. Those inside of reductions, which have a verdict for
/// each subject and so none that is recorded, come behind the numbered ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Tests {
    pub(super) tests: Vec<Test>,
    pub(super) quick: Vec<Quick>,
    /// Calculations compared with each other, in one unit.
    pub(super) calculated: Vec<(WholeOp, Ordered, WholeOp)>,
}

/// A condition with the numbers of all comparisons that have a verdict once it was looked at.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) logic: Logic,
    pub(super) comparisons: Vec<usize>,
}

/// A calculation with the numbers of the comparisons in it.
#[derive(Debug, Clone)]
pub(super) struct Calculation {
    pub(super) operand: Operand,
    /// The same in integers, and the type of the result, where decimals are not always needed.
    pub(super) whole: Option<(WholeOp, Type)>,
    pub(super) comparisons: Vec<usize>,
}

/// A function over the subjects of one scope.
#[derive(Debug, Clone)]
pub(super) struct OverSubjects {
    pub(super) reduction: Reduction,
    /// One of the features of `body`: it has as many values as there are subjects.
    pub(super) counted_by: FeatureId,
    pub(super) body: Operand,
    /// The condition under which it looks at a subject, where there is one.
    pub(super) only: Option<Operand>,
}

/// What expressions read themselves.
#[derive(Debug, Default)]
pub(super) struct Direct {
    pub(super) slots: BTreeSet<SlotId>,
    pub(super) subjects: Vec<FeatureId>,
}

impl Tests {
    /// What an operand reads itself.
    pub(super) fn direct(&self, operand: &Operand, into: &mut Direct) {
        match operand {
            Operand::Slot(slot) => {
                into.slots.insert(*slot);
            }
            Operand::Subject(id) => into.subjects.push(*id),
            Operand::Condition(logic) => self.direct_of(logic, into),
            Operand::Constant(_)
            | Operand::Negate(_)
            | Operand::Round(_)
            | Operand::Abs(_)
            | Operand::Arithmetic(..)
            | Operand::Choose(..)
            | Operand::Apply(..)
            | Operand::Forecast { .. } => {
                let parts = operand.parts();
                parts.iter().for_each(|part| self.direct(part, into));
            }
        }
    }

    /// What the comparisons of a condition read themselves.
    pub(super) fn direct_of(&self, logic: &Logic, into: &mut Direct) {
        logic.comparisons(&mut |number| {
            let test = self.tests.get(number);
            let operands = test.map(|test| test.operands()).unwrap_or_default();
            operands.iter().for_each(|part| self.direct(part, into));
        });
    }
}
