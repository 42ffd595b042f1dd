//! From checked expressions to what a program runs.

mod integers;

use std::cell::Cell;

use self::integers::Wholes;
use super::apply::Outside;
use super::ast::CompareOp;
use super::code::{Calculation, Condition, Logic, Operand, OverSubjects, Quick, Test, Tests};
use super::foresight::Foresight;
use super::node::{Aggregate, Node, Site, SlotId};
use super::run::Env;
use super::scalar::{self, Known, Ordered, Scalar};
use super::whole::WholeOp;
use crate::features::{Missing, Type, Value};
use crate::money::Currency;

/// The value of a checked expression that names nothing, as recorded.
pub(super) fn constant(node: &Node, currency: Currency) -> Result<Value, Missing> {
    let mut compiler = Compiler::new(0, Vec::new(), currency);
    let operand = compiler.operand(node, &[]);
    let tests: Vec<Test> = compiler.tests.into_iter().flatten().collect();
    run_constant(&tests, &operand, currency).map(|value| value.to_value(currency))
}

fn run_constant<'a>(tests: &'a [Test], operand: &'a Operand, currency: Currency) -> Known<'a> {
    let env = Env {
        tests,
        slots: &[],
        features: None,
        currency,
        outside: Outside::NOTHING,
        foresight: &Foresight::none(),
        subject: 0,
        mixed_types: &Cell::new(false),
    };
    env.value(operand)
}

/// Compiles the expressions of one rule set.
pub(super) struct Compiler {
    /// By number; `None` for those not compiled yet. What has no number follows.
    tests: Vec<Option<Test>>,
    /// Of the slots.
    types: Vec<Type>,
    currency: Currency,
}

impl Compiler {
    /// For a rule set with so many numbered comparisons.
    pub(super) fn new(comparisons: usize, types: Vec<Type>, currency: Currency) -> Self {
        Self {
            tests: vec![None; comparisons],
            types,
            currency,
        }
    }

    /// A condition; `numbers` are those of its comparisons, by site.
    pub(super) fn condition(&mut self, node: &Node, numbers: &[usize]) -> Condition {
        Condition {
            logic: self.logic(node, numbers),
            comparisons: numbers.to_vec(),
        }
    }

    /// A calculation.
    pub(super) fn calculation(&mut self, node: &Node, numbers: &[usize]) -> Calculation {
        let operand = self.operand(node, numbers);
        // A calculation is rounded to six places wherever one is used.
        let calculated = matches!(
            operand,
            Operand::Arithmetic(..) | Operand::Negate(_) | Operand::Choose(..)
        );
        let whole = calculated.then(|| self.wholes().rounded(&operand));
        Calculation {
            whole: whole.flatten(),
            operand,
            comparisons: numbers.to_vec(),
        }
    }

    /// A function over subjects; the comparisons in it have no numbers.
    pub(super) fn over_subjects(&mut self, aggregate: &Aggregate) -> OverSubjects {
        OverSubjects {
            reduction: aggregate.reduction,
            counted_by: aggregate.counted_by,
            body: self.operand(&aggregate.body, &[]),
            only: aggregate.only.as_ref().map(|only| self.operand(only, &[])),
        }
    }

    /// A forecast; there are no comparisons in it that have numbers.
    pub(super) fn forecast(&mut self, node: &Node) -> Operand {
        self.operand(node, &[])
    }

    fn wholes(&self) -> Wholes<'_> {
        Wholes {
            types: &self.types,
            currency: self.currency,
        }
    }

    /// The comparisons.
    pub(super) fn finish(mut self) -> Tests {
        let tests = std::mem::take(&mut self.tests);
        debug_assert!(
            tests.iter().all(Option::is_some),
            "a comparison was left out"
        );
        // INVARIANT: every numbered comparison is of an expression that was compiled.
        let never = || Test::Truth(Operand::Constant(Value::Bool(false)));
        let tests: Vec<Test> = tests
            .into_iter()
            .map(|test| test.unwrap_or_else(never))
            .collect();
        let mut calculated = Vec::new();
        let mut all = Vec::with_capacity(tests.len());
        for test in &tests {
            let plain = quick(test, &self.types, self.currency);
            let found = plain.or_else(|| {
                calculated.push(self.calculated(test)?);
                Some(Quick::Calculated(calculated.len() - 1))
            });
            all.push(found.unwrap_or(Quick::None));
        }
        Tests {
            tests,
            quick: all,
            calculated,
        }
    }

    /// A comparison of calculations in one unit.
    fn calculated(&self, test: &Test) -> Option<(WholeOp, Ordered, WholeOp)> {
        let Test::Order(op, left, right) = test else {
            return None;
        };
        let ordered = Ordered::of(*op);
        let (left_op, a) = self.wholes().rounded(left)?;
        let (right_op, b) = self.wholes().rounded(right)?;
        let constant = |operand: &Operand, unit| {
            let Operand::Constant(value) = operand else {
                return None;
            };
            let value = Scalar::read(value, self.currency).ok()?;
            scalar::in_unit(value, unit).map(WholeOp::Constant)
        };
        Some(if a == b {
            (left_op, ordered, right_op)
        } else if let Some(right) = constant(right, a) {
            (left_op, ordered, right)
        } else {
            (constant(left, b)?, ordered, right_op)
        })
    }

    fn logic(&mut self, node: &Node, numbers: &[usize]) -> Logic {
        match node {
            Node::Not(inner) => Logic::Not(Box::new(self.logic(inner, numbers))),
            Node::And(list) => Logic::All(self.parts(list, numbers)),
            Node::Or(list) => Logic::Any(self.parts(list, numbers)),
            Node::Compare(op, left, right, site) => {
                let left = self.operand(left, numbers);
                let right = self.operand(right, numbers);
                self.comparison(Test::Order(*op, left, right), *site, numbers)
            }
            Node::Between(value, low, high, site) => {
                let [value, low, high] = [value, low, high].map(|part| self.operand(part, numbers));
                self.comparison(Test::Between(value, low, high), *site, numbers)
            }
            Node::In {
                value,
                list,
                negated,
                site,
            } => {
                let test = Test::In {
                    value: self.operand(value, numbers),
                    list: self.operands(list, numbers),
                    negated: *negated,
                };
                self.comparison(test, *site, numbers)
            }
            Node::IsMissing {
                value,
                negated,
                site,
            } => {
                let test = Test::IsMissing {
                    value: self.operand(value, numbers),
                    negated: *negated,
                };
                self.comparison(test, *site, numbers)
            }
            Node::Truth(inner, site) => {
                let test = Test::Truth(self.operand(inner, numbers));
                self.comparison(test, *site, numbers)
            }
            // INVARIANT: what is not a comparison stands as a condition only where it is constant.
            Node::Constant(_)
            | Node::Slot(_)
            | Node::Subject(_)
            | Node::Negate(_)
            | Node::Arithmetic(..)
            | Node::Choose(..)
            | Node::Round(_)
            | Node::Abs(_)
            | Node::Apply(..)
            | Node::Forecast { .. } => match constant(node, self.currency) {
                Ok(value) => Logic::Constant(Ok(value == Value::Bool(true))),
                Err(missing) => Logic::Constant(Err(missing)),
            },
        }
    }

    fn parts(&mut self, list: &[Node], numbers: &[usize]) -> Vec<Logic> {
        list.iter().map(|part| self.logic(part, numbers)).collect()
    }

    fn comparison(&mut self, test: Test, site: Site, numbers: &[usize]) -> Logic {
        let number = site.and_then(|site| numbers.get(site).copied());
        let place = number.and_then(|number| self.tests.get_mut(number));
        match (number, place) {
            (Some(number), Some(place)) => {
                *place = Some(test);
                Logic::Comparison(number)
            }
            (None, _) | (_, None) => {
                self.tests.push(Some(test));
                Logic::Comparison(self.tests.len() - 1)
            }
        }
    }

    fn operands(&mut self, list: &[Node], numbers: &[usize]) -> Vec<Operand> {
        let parts = list.iter().map(|part| self.operand(part, numbers));
        parts.collect()
    }

    fn operand(&mut self, node: &Node, numbers: &[usize]) -> Operand {
        let mut boxed = |node| Box::new(self.operand(node, numbers));
        let operand = match node {
            Node::Constant(value) => return Operand::Constant(value.clone()),
            Node::Slot(slot) => return Operand::Slot(*slot),
            Node::Subject(id) => return Operand::Subject(*id),
            Node::Negate(inner) => Operand::Negate(boxed(inner)),
            Node::Round(inner) => Operand::Round(boxed(inner)),
            Node::Abs(inner) => Operand::Abs(boxed(inner)),
            Node::Arithmetic(op, left, right) => {
                Operand::Arithmetic(*op, boxed(left), boxed(right))
            }
            Node::Choose(choice, list, ty) => {
                Operand::Choose(*choice, self.operands(list, numbers), *ty)
            }
            Node::Apply(function, list) => Operand::Apply(*function, self.operands(list, numbers)),
            // What it says is not known before it is asked, whatever its arguments.
            Node::Forecast {
                function,
                per_account,
                arguments,
            } => {
                return Operand::Forecast {
                    function: *function,
                    per_account: *per_account,
                    arguments: self.operands(arguments, numbers),
                };
            }
            Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::In { .. }
            | Node::Between(..)
            | Node::IsMissing { .. }
            | Node::Truth(..) => {
                return Operand::Condition(Box::new(self.logic(node, numbers)));
            }
        };
        self.folded(operand)
    }

    /// A calculation with constants only is made now, once.
    fn folded(&self, operand: Operand) -> Operand {
        let constant = |part: &&Operand| matches!(part, Operand::Constant(_));
        if !operand.parts().iter().all(constant) {
            return operand;
        }
        match run_constant(&[], &operand, self.currency) {
            Ok(value) => Operand::Constant(value.exactly(self.currency)),
            Err(_) => operand,
        }
    }
}

/// The quick form of a comparison, where it has one.
fn quick(test: &Test, types: &[Type], currency: Currency) -> Option<Quick> {
    let of_slot = |operand: &Operand| {
        let Operand::Slot(slot) = operand else {
            return None;
        };
        Some((*slot, *types.get(slot.0)?))
    };
    let bound = |operand: &Operand, unit: Type| {
        let Operand::Constant(value) = operand else {
            return None;
        };
        scalar::in_unit(Scalar::read(value, currency).ok()?, unit)
    };
    let order = |op: CompareOp, slot: (SlotId, Type), other: &Operand| {
        let ordered = Ordered::of(op);
        let ((left, unit), right) = (slot, of_slot(other));
        match right {
            Some((right, of)) if of == unit && unit != Type::Text => Some(Quick::Pair {
                left,
                ordered,
                right,
            }),
            Some(_) => None,
            None => Some(Quick::Bound {
                slot: left,
                ordered,
                bound: bound(other, unit)?,
            }),
        }
    };
    match test {
        Test::Order(op, left, right) => match (of_slot(left), of_slot(right)) {
            (Some(slot), _) => order(*op, slot, right),
            (None, Some(slot)) => order(op.mirrored(), slot, left),
            (None, None) => None,
        },
        Test::Between(value, low, high) => {
            let (slot, unit) = of_slot(value)?;
            let (low, high) = (bound(low, unit)?, bound(high, unit)?);
            Some(Quick::Range { slot, low, high })
        }
        Test::IsMissing { value, negated } => Some(Quick::Missing {
            slot: of_slot(value)?.0,
            negated: *negated,
        }),
        Test::Truth(value) => Some(Quick::Bound {
            slot: of_slot(value)?.0,
            ordered: Ordered::of(CompareOp::Equal),
            bound: 1,
        }),
        Test::In { .. } => None,
    }
}
