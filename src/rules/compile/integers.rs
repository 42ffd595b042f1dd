//! Finds the integer form of calculations.

use crate::features::Type;
use crate::money::Currency;
use crate::rules::ast::ArithmeticOp;
use crate::rules::code::Operand;
use crate::rules::node::Choice;
use crate::rules::scalar::{Scalar, whole_of};
use crate::rules::types;
use crate::rules::whole::WholeOp;

/// Millionths of one.
const ONE: i64 = 1_000_000;

/// Finds the integer form of calculations.
pub(super) struct Wholes<'t> {
    /// Of the slots.
    pub(super) types: &'t [Type],
    pub(super) currency: Currency,
}

impl Wholes<'_> {
    /// The integer form of an operand whose value is rounded to six places and not calculated
    /// with any further, and its type.
    pub(super) fn rounded(&self, operand: &Operand) -> Option<(WholeOp, Type)> {
        if let Operand::Arithmetic(op, left, right) = operand {
            let (left, a) = self.exact(left)?;
            let (right, b) = self.exact(right)?;
            let ty = types::arithmetic(*op, a, b)?;
            return Some((arithmetic(*op, (left, a), (right, b), true)?, ty));
        }
        self.exact(operand)
    }

    /// The integer form of an operand, with all its digits.
    fn exact(&self, operand: &Operand) -> Option<(WholeOp, Type)> {
        match operand {
            Operand::Constant(value) => {
                let scalar = Scalar::read(value, self.currency).ok()?;
                let ty = scalar.ty();
                value_is_number(ty).then_some((WholeOp::Constant(whole_of(scalar)?), ty))
            }
            Operand::Slot(slot) => {
                let ty = *self.types.get(slot.0)?;
                value_is_number(ty).then_some((WholeOp::Slot(*slot), ty))
            }
            Operand::Negate(inner) => {
                let (inner, ty) = self.exact(inner)?;
                Some((WholeOp::Negate(Box::new(inner)), ty))
            }
            Operand::Arithmetic(op, left, right) => {
                let (left, a) = self.exact(left)?;
                let (right, b) = self.exact(right)?;
                let ty = types::arithmetic(*op, a, b)?;
                Some((arithmetic(*op, (left, a), (right, b), false)?, ty))
            }
            Operand::Choose(choice, list, ty) => {
                let make = match choice {
                    Choice::Min => WholeOp::Least,
                    Choice::Max => WholeOp::Greatest,
                    Choice::Coalesce | Choice::Case => return None,
                };
                let parts = list.iter().map(|part| self.exact(part));
                let parts: Vec<(WholeOp, Type)> = parts.collect::<Option<_>>()?;
                let same = parts.iter().all(|(_, of)| of == ty);
                let parts = parts.into_iter().map(|(part, _)| part);
                let all = parts.reduce(|all, next| make(Box::new(all), Box::new(next)));
                all.filter(|_| same).map(|all| (all, *ty))
            }
            Operand::Subject(_)
            | Operand::Round(_)
            | Operand::Abs(_)
            | Operand::Condition(_)
            | Operand::Apply(..)
            | Operand::Forecast { .. } => None,
        }
    }
}

fn value_is_number(ty: Type) -> bool {
    !matches!(ty, Type::Date | Type::Text | Type::Bool)
}

/// The integer form of one operation. A ratio or percentage that has to be rounded is only there
/// where it is the `last` one.
fn arithmetic(
    op: ArithmeticOp,
    (left, a): (WholeOp, Type),
    (right, b): (WholeOp, Type),
    last: bool,
) -> Option<WholeOp> {
    use Type::{Count, Days, Money, Percent, Ratio};
    // Counts meet ratios as such.
    let (left, a, right, b) = match (op, a, b) {
        (ArithmeticOp::Add | ArithmeticOp::Subtract, Count, Ratio) => {
            (millionths(left), b, right, b)
        }
        (ArithmeticOp::Add | ArithmeticOp::Subtract, Ratio, Count) => {
            (left, a, millionths(right), a)
        }
        _ => (left, a, right, b),
    };
    let (left, right) = (Box::new(left), Box::new(right));
    Some(match (op, a, b) {
        (ArithmeticOp::Add, a, b) if a == b => WholeOp::Add(left, right),
        (ArithmeticOp::Subtract, a, b) if a == b => WholeOp::Subtract(left, right),
        (ArithmeticOp::Add | ArithmeticOp::Subtract, ..) => return None,
        (ArithmeticOp::Multiply, Money | Count | Days, Count)
        | (ArithmeticOp::Multiply, Count, Money | Days)
        | (ArithmeticOp::Multiply, Ratio | Percent, Count)
        | (ArithmeticOp::Multiply, Count, Ratio | Percent) => WholeOp::Multiply(left, right),
        (ArithmeticOp::Multiply, Money, Ratio) | (ArithmeticOp::Multiply, Ratio, Money) => {
            WholeOp::Scale(left, right, ONE)
        }
        (ArithmeticOp::Multiply, Money, Percent) | (ArithmeticOp::Multiply, Percent, Money) => {
            WholeOp::Scale(left, right, ONE * 100)
        }
        (ArithmeticOp::Multiply, Ratio, Ratio | Percent)
        | (ArithmeticOp::Multiply, Percent, Ratio)
            if last =>
        {
            WholeOp::Scale(left, right, ONE)
        }
        (ArithmeticOp::Divide, Money, Count) => WholeOp::Divide(left, right, 1),
        (ArithmeticOp::Divide, Money, Ratio) => WholeOp::Divide(left, right, ONE),
        (ArithmeticOp::Divide, Money, Percent) => WholeOp::Divide(left, right, ONE * 100),
        (ArithmeticOp::Divide, a, b) if a == b && last => WholeOp::Divide(left, right, ONE),
        (ArithmeticOp::Divide, Ratio | Percent, Count) if last => WholeOp::Divide(left, right, 1),
        (ArithmeticOp::Multiply | ArithmeticOp::Divide, ..) => return None,
    })
}

/// Things as millionths of them.
fn millionths(things: WholeOp) -> WholeOp {
    WholeOp::Multiply(Box::new(things), Box::new(WholeOp::Constant(ONE)))
}
