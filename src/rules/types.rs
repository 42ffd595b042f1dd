//! Which types go together, and what comes of them: [`super::scalar`] before anything runs.

use super::ast::{ArithmeticOp, CompareOp};
use crate::features::Type;

/// The type of a calculation; `None` where the operands do not go together.
pub(super) fn arithmetic(op: ArithmeticOp, left: Type, right: Type) -> Option<Type> {
    use Type::{Count, Date, Days, Money, Percent, Ratio};
    let numbers = is_number(left) && is_number(right);
    match (op, left, right) {
        (ArithmeticOp::Add | ArithmeticOp::Subtract, a, b)
            if a == b && matches!(a, Money | Count | Days | Percent) =>
        {
            Some(a)
        }
        (ArithmeticOp::Add, Date, Days) | (ArithmeticOp::Add, Days, Date) => Some(Date),
        (ArithmeticOp::Subtract, Date, Days) => Some(Date),
        (ArithmeticOp::Subtract, Date, Date) => Some(Days),
        (ArithmeticOp::Multiply, Count, Count) => Some(Count),
        (ArithmeticOp::Multiply, Days, Count) | (ArithmeticOp::Multiply, Count, Days) => Some(Days),
        (ArithmeticOp::Multiply, Money, other) | (ArithmeticOp::Multiply, other, Money)
            if is_factor(other) =>
        {
            Some(Money)
        }
        (ArithmeticOp::Multiply, Percent, other) | (ArithmeticOp::Multiply, other, Percent)
            if is_number(other) =>
        {
            Some(Percent)
        }
        (ArithmeticOp::Divide, a, b) if a == b && matches!(a, Money | Days | Percent) => {
            Some(Ratio)
        }
        (ArithmeticOp::Divide, Money, other) if is_factor(other) => Some(Money),
        (ArithmeticOp::Divide, Percent, other) if is_number(other) => Some(Percent),
        _ if numbers => Some(Ratio),
        _ => None,
    }
}

fn is_number(ty: Type) -> bool {
    matches!(ty, Type::Count | Type::Ratio)
}

fn is_factor(ty: Type) -> bool {
    is_number(ty) || ty == Type::Percent
}

/// The type that two values have in common when they are compared or chosen between: a count and
/// a ratio meet as ratios, and so do a ratio and a percent, 36% being 0.36.
pub(super) fn common(left: Type, right: Type) -> Option<Type> {
    use Type::{Count, Percent, Ratio};
    match (left, right) {
        (a, b) if a == b => Some(a),
        (Count, Ratio) | (Ratio, Count) | (Ratio, Percent) | (Percent, Ratio) => Some(Ratio),
        _ => None,
    }
}

/// Whether values of the type have an order.
pub(super) fn is_ordered(ty: Type) -> bool {
    !matches!(ty, Type::Text | Type::Bool)
}

/// Whether values of the type have a sign.
pub(super) fn is_signed(ty: Type) -> bool {
    !matches!(ty, Type::Text | Type::Bool | Type::Date)
}

/// The type of a rounded value.
pub(super) fn rounded(ty: Type) -> Option<Type> {
    match ty {
        Type::Ratio | Type::Count => Some(Type::Count),
        Type::Percent | Type::Money => Some(ty),
        Type::Days | Type::Date | Type::Text | Type::Bool => None,
    }
}

/// Whether the operator asks for an order.
pub(super) fn asks_order(op: CompareOp) -> bool {
    !matches!(op, CompareOp::Equal | CompareOp::NotEqual)
}
