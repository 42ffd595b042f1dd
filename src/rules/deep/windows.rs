//! Amounts of windows that do not go together: a sum of 90 days against a month.

use std::collections::BTreeSet;

use super::read::{Flow, Reader, is_constant};
use crate::features::{self, Type};
use crate::rules::ast::{ArithmeticOp, Expr, ExprKind, Function};

/// What is wrong with two amounts side by side, where they add up different numbers of days.
pub(super) fn mismatch(reader: &Reader<'_>, op: &str, left: &Expr, right: &Expr) -> Option<String> {
    let (a, b) = (flow(reader, left)?, flow(reader, right)?);
    (a.days != b.days).then(|| {
        format!(
            "`{op}` stands between amounts of different times: `{}` is of {} days, `{}` of {}",
            a.name, a.days, b.name, b.days
        )
    })
}

/// What an amount adds up; none where a number beside it may say how many windows are meant.
pub(super) fn flow(reader: &Reader<'_>, expr: &Expr) -> Option<Flow> {
    match &expr.kind {
        ExprKind::Name(name) => {
            if let Some(derived) = reader.derived(name) {
                return derived.flow.clone();
            }
            if name == "value" {
                return flow(reader, reader.value_expr?);
            }
            let (_, feature) = features::find(name)?;
            Some(Flow {
                days: feature.adds_up_days()?,
                name: name.clone(),
            })
        }
        ExprKind::Negate(inner) | ExprKind::Where(inner, _) => flow(reader, inner),
        ExprKind::Arithmetic(ArithmeticOp::Add | ArithmeticOp::Subtract, left, right) => {
            let (a, b) = (flow(reader, left), flow(reader, right));
            let whole = |other| is_constant(other);
            match (a, b) {
                (Some(a), Some(_)) => Some(a),
                (Some(a), None) => Some(a).filter(|_| whole(right)),
                (None, b) => b.filter(|_| whole(left)),
            }
        }
        // A share of an amount is of the same days.
        ExprKind::Arithmetic(ArithmeticOp::Multiply, left, right) => [(left, right), (right, left)]
            .into_iter()
            .find_map(|(of, by)| {
                let share = reader.known(by)?.ty == Type::Percent && is_constant(by);
                share.then(|| flow(reader, of)).flatten()
            }),
        ExprKind::Call(Function::Min | Function::Max | Function::Coalesce, list) => {
            list.iter().find_map(|one| flow(reader, one))
        }
        ExprKind::Call(Function::Abs | Function::Round, list) => flow(reader, list.first()?),
        ExprKind::Arithmetic(ArithmeticOp::Divide, ..)
        | ExprKind::Literal(_)
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare(..)
        | ExprKind::In { .. }
        | ExprKind::Between(..)
        | ExprKind::IsMissing { .. }
        | ExprKind::Call(
            Function::Any
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
        ) => None,
    }
}

/// The windows of the values that an expression reads, in days.
pub(super) fn of(reader: &Reader<'_>, expr: &Expr, into: &mut BTreeSet<u32>) {
    if let ExprKind::Name(name) = &expr.kind {
        if let Some(derived) = reader.derived(name) {
            into.extend(&derived.windows);
        } else if let Some(table) = reader.table(name) {
            into.extend(&table.windows);
        } else if let Some((_, feature)) = features::find(name) {
            into.extend(feature.window_days());
        }
    }
    for child in expr.kind.children() {
        of(reader, child, into);
    }
}
