//! Thresholds of shares: a `%` that was lost.
//!
//! A quotient of two amounts can be any number, so a range finds nothing in `share > 45`, which reads
//! like 45 % and means 45 times as much. Thresholds of such quotients are therefore written in
//! percent; a plain number is let be up to three, where it cannot be a percentage that is meant.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::found::{Finding, Found, param, shown};
use super::read::{Reader, is_constant};
use crate::features::Type;
use crate::rules::ast::{ArithmeticOp, Expr, ExprKind, Function};
use crate::rules::diagnostic::Code;
use crate::rules::toml_reader::Text;

/// Up to here a plain number is a likely threshold of a quotient of amounts: three times as much. A
/// judgement: shares that lenders ask about begin at 5 %.
const PLAIN_MAX: i64 = 3;
/// How many payments or months a year has, and its days: a factor of an amount that is no share.
const OF_A_YEAR: [i64; 5] = [12, 24, 26, 52, 365];

/// Whether a plain number is too large to be a threshold of this quotient of amounts.
pub(super) fn is_above(reader: &Reader<'_>, value: &Expr, threshold: Decimal) -> bool {
    threshold.abs() > Decimal::from(PLAIN_MAX) && of_amounts(reader, value)
}

/// Whether it is a quotient of two amounts, wherever that is written.
pub(super) fn of_amounts(reader: &Reader<'_>, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(name) if name == "value" => reader
            .value_expr
            .is_some_and(|value| of_amounts(reader, value)),
        ExprKind::Name(name) => reader
            .derived(name)
            .is_some_and(|derived| derived.of_amounts),
        ExprKind::Arithmetic(ArithmeticOp::Divide, left, right) => {
            let amount = |side| {
                reader
                    .known(side)
                    .is_some_and(|side| side.ty == Type::Money)
            };
            amount(left) && amount(right)
        }
        ExprKind::Arithmetic(ArithmeticOp::Add | ArithmeticOp::Subtract, left, right) => {
            of_amounts(reader, left) || of_amounts(reader, right)
        }
        ExprKind::Call(
            Function::Min | Function::Max | Function::Coalesce | Function::Abs,
            list,
        ) => list.iter().any(|one| of_amounts(reader, one)),
        ExprKind::Negate(inner) | ExprKind::Where(inner, _) => of_amounts(reader, inner),
        ExprKind::Arithmetic(ArithmeticOp::Multiply, ..)
        | ExprKind::Literal(_)
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare(..)
        | ExprKind::In { .. }
        | ExprKind::Between(..)
        | ExprKind::IsMissing { .. }
        | ExprKind::Call(
            Function::Round
            | Function::Any
            | Function::All
            | Function::Case
            | Function::Count
            | Function::Sum
            | Function::Avg
            | Function::Months
            | Function::Weekday
            | Function::Day
            | Function::BusinessDay
            | Function::StartsWith
            | Function::Share
            | Function::Forecast(_),
            _,
        ) => false,
    }
}

/// Looks at what a payment may be: no share of an amount is more than all of it.
pub(super) fn of_payment(reader: &Reader<'_>, found: &mut Found, text: &Text, expr: &Expr) {
    let mut seen = BTreeSet::new();
    let mut left = vec![(text, expr)];
    while let Some((text, expr)) = left.pop() {
        if let ExprKind::Name(name) = &expr.kind
            && let Some(derived) = reader.derived(name)
            && seen.insert(name)
        {
            left.push((derived.text, derived.expr));
        }
        if let ExprKind::Arithmetic(ArithmeticOp::Multiply, left, right) = &expr.kind {
            for (amount, factor) in [(left, right), (right, left)] {
                too_much(reader, found, text, (expr, amount, factor));
            }
        }
        left.extend(expr.kind.children().map(|child| (text, child)));
    }
}

fn too_much(
    reader: &Reader<'_>,
    found: &mut Found,
    text: &Text,
    (expr, amount, factor): (&Expr, &Expr, &Expr),
) {
    let known = (reader.known(amount), reader.known(factor));
    let (Some(of), Some(by)) = known else {
        return;
    };
    let plain = matches!(by.ty, Type::Count | Type::Ratio);
    if of.ty != Type::Money || !plain || is_constant(amount) {
        return;
    }
    let Some(number) = reader.constant(factor) else {
        return;
    };
    let year = OF_A_YEAR
        .iter()
        .any(|of_a_year| Decimal::from(*of_a_year) == number);
    if number <= Decimal::ONE || year {
        return;
    }
    found.used(factor);
    let written = |part: &Expr| shown(text.value.get(part.span.clone()).unwrap_or(""));
    let (share, amount) = (number.normalize(), written(amount));
    let help = match param(factor) {
        Some(name) => format!("did you mean `{name} = '{share}%'`?"),
        None => format!("did you mean `{share}%`?"),
    };
    found.add(Finding {
        code: Code::OutOfNaturalRange,
        span: text.at(&expr.span),
        message: format!(
            "`{}` lets a payment be {share} times `{amount}`, which is more than all of it",
            written(expr)
        ),
        help: Some(help),
        param: param(factor).map(str::to_owned),
    });
}
