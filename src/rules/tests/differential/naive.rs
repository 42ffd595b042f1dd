//! The naive evaluator.

use std::cmp::Ordering;

use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use rust_decimal::prelude::ToPrimitive;

use super::generate::Facts;
use crate::features::Type;
use crate::rules::Outcome;
use crate::rules::ast::{ArithmeticOp, CompareOp, Expr, ExprKind, ForecastFunction, Function};
use crate::rules::tests::*;

/// A naive value: a number with its unit, or something else.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::rules::tests) enum Naive {
    Number(Type, Decimal),
    Date(NaiveDate),
    Text(String),
    Bool(bool),
}

/// `None` is missing.
pub(in crate::rules::tests) type Maybe = Option<Naive>;

fn whole(ty: Type, value: Decimal) -> Maybe {
    let rounded = value.round_dp_with_strategy(0, MidpointAwayFromZero);
    rounded.to_i64()?;
    Some(Naive::Number(ty, rounded))
}

fn number(ty: Type, value: Option<Decimal>) -> Maybe {
    match ty {
        Type::Money | Type::Count | Type::Days => whole(ty, value?),
        Type::Ratio | Type::Percent => Some(Naive::Number(ty, value?)),
        Type::Date | Type::Text | Type::Bool => panic!("{ty} is no number"),
    }
}

pub(super) fn naive(value: &Value) -> Naive {
    match value {
        Value::Money(money) => Naive::Number(Type::Money, Decimal::from(money.minor())),
        Value::Count(count) => Naive::Number(Type::Count, Decimal::from(*count)),
        Value::Days(days) => Naive::Number(Type::Days, Decimal::from(*days)),
        Value::Ratio(ratio) => Naive::Number(Type::Ratio, *ratio),
        Value::Percent(percent) => Naive::Number(Type::Percent, *percent),
        Value::Date(date) => Naive::Date(*date),
        Value::Text(text) => Naive::Text(text.clone()),
        Value::Bool(truth) => Naive::Bool(*truth),
    }
}

pub(super) fn six(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(6, MidpointAwayFromZero)
}

fn calculate(op: ArithmeticOp, left: Naive, right: Naive) -> Maybe {
    use ArithmeticOp::{Add, Divide, Multiply, Subtract};
    let days = |date: NaiveDate, days: Decimal| {
        let days = chrono::TimeDelta::try_days(days.to_i64()?)?;
        date.checked_add_signed(days).map(Naive::Date)
    };
    match (op, left, right) {
        (Subtract, Naive::Date(a), Naive::Date(b)) => {
            whole(Type::Days, Decimal::from((a - b).num_days()))
        }
        (Add, Naive::Date(date), Naive::Number(_, count))
        | (Add, Naive::Number(_, count), Naive::Date(date)) => days(date, count),
        (Subtract, Naive::Date(date), Naive::Number(_, count)) => days(date, -count),
        (op, Naive::Number(a_ty, a), Naive::Number(b_ty, b)) => {
            let numeric = |ty| matches!(ty, Type::Count | Type::Ratio);
            let share = |ty, value: Decimal| {
                if ty == Type::Percent {
                    value.checked_mul(Decimal::new(1, 2))
                } else {
                    Some(value)
                }
            };
            match op {
                Add | Subtract => {
                    let ty = if a_ty == b_ty { a_ty } else { Type::Ratio };
                    let b = if op == Add { b } else { -b };
                    number(ty, a.checked_add(b))
                }
                Multiply => match (a_ty, b_ty) {
                    (Type::Money, other) => number(Type::Money, a.checked_mul(share(other, b)?)),
                    (other, Type::Money) => number(Type::Money, b.checked_mul(share(other, a)?)),
                    (Type::Percent, _) | (_, Type::Percent) => {
                        number(Type::Percent, a.checked_mul(b))
                    }
                    (Type::Days, _) | (_, Type::Days) => number(Type::Days, a.checked_mul(b)),
                    (Type::Count, Type::Count) => number(Type::Count, a.checked_mul(b)),
                    _ => number(Type::Ratio, a.checked_mul(b)),
                },
                Divide if b.is_zero() => None,
                Divide => match (a_ty, b_ty) {
                    (a_ty, b_ty) if a_ty == b_ty => number(Type::Ratio, a.checked_div(b)),
                    (Type::Money, other) => number(Type::Money, a.checked_div(share(other, b)?)),
                    (Type::Percent, _) => number(Type::Percent, a.checked_div(b)),
                    (a_ty, b_ty) if numeric(a_ty) && numeric(b_ty) => {
                        number(Type::Ratio, a.checked_div(b))
                    }
                    other => panic!("divided {other:?}"),
                },
            }
        }
        other => panic!("calculated {other:?}"),
    }
}

fn compare(left: &Naive, right: &Naive) -> Option<Ordering> {
    Some(match (left, right) {
        (Naive::Number(Type::Ratio, a), Naive::Number(Type::Percent, b)) => {
            six(*a).checked_mul(Decimal::ONE_HUNDRED)?.cmp(&six(*b))
        }
        (Naive::Number(Type::Percent, _), Naive::Number(Type::Ratio, _)) => {
            compare(right, left)?.reverse()
        }
        (Naive::Number(_, a), Naive::Number(_, b)) => six(*a).cmp(&six(*b)),
        (Naive::Date(a), Naive::Date(b)) => a.cmp(b),
        (Naive::Text(a), Naive::Text(b)) => a.cmp(b),
        (Naive::Bool(a), Naive::Bool(b)) => a.cmp(b),
        other => panic!("compared {other:?}"),
    })
}

fn truth(value: Maybe) -> Option<bool> {
    let Naive::Bool(truth) = value? else {
        panic!("no truth");
    };
    Some(truth)
}

/// False if any is, else unknown if any is, else true.
fn all(parts: &[Option<bool>]) -> Option<bool> {
    if parts.contains(&Some(false)) {
        Some(false)
    } else if parts.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn any_of(parts: &[Option<bool>]) -> Option<bool> {
    let none: Vec<_> = parts.iter().map(|part| part.map(|truth| !truth)).collect();
    all(&none).map(|none| !none)
}

/// What rules lead to, each with what it does, where an approval asks for nothing else.
pub(super) fn outcome(rules: &[(Expr, &str)], facts: &Facts, readiness: Readiness) -> Outcome {
    if readiness == Readiness::NotReady {
        return Outcome::Refer;
    }
    let verdicts: Vec<_> = rules
        .iter()
        .map(|(when, then)| (*then, truth(walk(when, facts, None))))
        .collect();
    let any = |wanted: &[_]| verdicts.iter().any(|verdict| wanted.contains(verdict));
    if any(&[("decline", Some(true))]) {
        Outcome::Decline
    } else if any(&[("refer", Some(true)), ("refer", None), ("decline", None)]) {
        Outcome::Refer
    } else {
        Outcome::Approve
    }
}

/// What an unknown expression over household features lacks: the features that are missing, and
/// `None` where it failed though nothing of it is.
pub(super) fn lacking(expr: &Expr, facts: &Facts, found: &mut Vec<Option<String>>) {
    if walk(expr, facts, None).is_some() {
        return;
    }
    if let ExprKind::Name(name) = &expr.kind {
        found.push(Some(name.clone()));
        return;
    }
    let parts: Vec<&Expr> = expr.kind.children().collect();
    let unknown = parts.iter().any(|part| walk(part, facts, None).is_none());
    if !unknown && names_something(expr) {
        found.push(None);
    }
    for part in parts {
        lacking(part, facts, found);
    }
}

/// The comparisons that have a verdict of their own, in the order written: not those inside of a
/// function over subjects.
pub(super) fn comparisons<'e>(condition: &'e Expr, found: &mut Vec<&'e Expr>) {
    match &condition.kind {
        ExprKind::And(list) | ExprKind::Or(list) => {
            list.iter().for_each(|part| comparisons(part, found));
        }
        ExprKind::Not(inner) => comparisons(inner, found),
        ExprKind::Compare(..)
        | ExprKind::In { .. }
        | ExprKind::Between(..)
        | ExprKind::IsMissing { .. } => {
            found.push(condition);
            within(condition, found);
        }
        ExprKind::Literal(_)
        | ExprKind::Name(_)
        | ExprKind::Negate(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Call(..) => {
            if names_something(condition) {
                found.push(condition);
                within(condition, found);
            }
        }
    }
}

/// The comparisons inside of a value.
fn within<'e>(value: &'e Expr, found: &mut Vec<&'e Expr>) {
    if let ExprKind::Call(Function::Any | Function::All | Function::Min | Function::Max, list) =
        &value.kind
        && list.len() == 1
    {
        return;
    }
    for part in value.kind.children() {
        match &part.kind {
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Negate(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Call(..) => within(part, found),
            ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Not(_)
            | ExprKind::Compare(..)
            | ExprKind::In { .. }
            | ExprKind::Between(..)
            | ExprKind::IsMissing { .. } => comparisons(part, found),
        }
    }
}

fn names_something(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Name(_) | ExprKind::Call(Function::Forecast(_), _)
    ) || expr.kind.children().into_iter().any(names_something)
}

/// What an expression comes to; inside of a function over subjects, for one of them.
pub(in crate::rules::tests) fn walk(expr: &Expr, facts: &Facts, subject: Option<usize>) -> Maybe {
    let of = |expr: &Expr| walk(expr, facts, subject);
    match &expr.kind {
        ExprKind::Literal(value) => Some(naive(value)),
        ExprKind::Name(name) => {
            let slots = &facts[name.as_str()];
            let slot = if slots.len() == 1 {
                &slots[0]
            } else {
                &slots[subject.unwrap()]
            };
            slot.as_ref().ok().map(naive)
        }
        ExprKind::Not(inner) => truth(of(inner)).map(|truth| Naive::Bool(!truth)),
        ExprKind::Negate(inner) => {
            let (ty, value) = numeric(of(inner)?);
            number(ty, Some(-value))
        }
        ExprKind::And(list) => {
            let parts: Vec<_> = list.iter().map(|part| truth(of(part))).collect();
            all(&parts).map(Naive::Bool)
        }
        ExprKind::Or(list) => {
            let parts: Vec<_> = list.iter().map(|part| truth(of(part))).collect();
            any_of(&parts).map(Naive::Bool)
        }
        ExprKind::Compare(op, left, right) => {
            let found = compare(&of(left)?, &of(right)?)?;
            Some(Naive::Bool(match op {
                CompareOp::Equal => found == Ordering::Equal,
                CompareOp::NotEqual => found != Ordering::Equal,
                CompareOp::Less => found == Ordering::Less,
                CompareOp::LessEqual => found != Ordering::Greater,
                CompareOp::Greater => found == Ordering::Greater,
                CompareOp::GreaterEqual => found != Ordering::Less,
            }))
        }
        ExprKind::Arithmetic(op, left, right) => calculate(*op, of(left)?, of(right)?),
        ExprKind::In {
            value,
            list,
            negated,
        } => {
            let value = of(value)?;
            let found = list.iter().any(|item| {
                of(item).and_then(|item| compare(&value, &item)) == Some(Ordering::Equal)
            });
            Some(Naive::Bool(found != *negated))
        }
        ExprKind::Between(value, low, high) => {
            let value = of(value);
            let side = |bound: Maybe, wrong: Ordering| {
                compare(value.as_ref()?, &bound?).map(|found| found != wrong)
            };
            let parts = [
                side(of(low), Ordering::Less),
                side(of(high), Ordering::Greater),
            ];
            all(&parts).map(Naive::Bool)
        }
        ExprKind::IsMissing { value, negated } => {
            Some(Naive::Bool(of(value).is_none() != *negated))
        }
        ExprKind::Call(function, list) => call(*function, list, facts, subject),
    }
}

fn names_a_stream(expr: &Expr) -> bool {
    let of_stream = |name: &String| name.starts_with("stream.");
    matches!(&expr.kind, ExprKind::Name(name) if of_stream(name))
        || expr.kind.children().into_iter().any(names_a_stream)
}

fn call(function: Function, list: &[Expr], facts: &Facts, subject: Option<usize>) -> Maybe {
    let over_subjects = list.len() == 1 && !matches!(function, Function::Round | Function::Abs);
    let values: Vec<Maybe> = if over_subjects {
        let of_streams = names_a_stream(&list[0]);
        let subjects = if of_streams {
            facts["stream.confidence"].len()
        } else {
            2
        };
        let one = |subject| walk(&list[0], facts, Some(subject));
        let mut values: Vec<Maybe> = (0..subjects).map(one).collect();
        // It was looked for all streams where it is known how many run; otherwise there may be more.
        if of_streams && facts["income.streams"][0].is_err() {
            values.push(None);
        }
        values
    } else {
        list.iter().map(|one| walk(one, facts, subject)).collect()
    };
    if over_subjects && values.is_empty() {
        return (function == Function::Any).then_some(Naive::Bool(false));
    }
    let minor = |value: &Maybe| {
        let (ty, minor) = numeric(value.clone()?);
        assert_eq!(ty, Type::Money);
        minor.to_i64()
    };
    match function {
        Function::Forecast(ForecastFunction::PReturn) => {
            let (minor, day) = (minor(&values[0])?, day(&values[1])?);
            let found = RuleOfThumb::p_return(subject, minor, day);
            found.map(|found| Naive::Number(Type::Percent, found))
        }
        Function::Forecast(ForecastFunction::BestPullDate) => {
            let (from, to) = (day(&values[1]), day(&values[2]));
            RuleOfThumb::best_pull_date(minor(&values[0])?, from?, to?).map(Naive::Date)
        }
        Function::Any => {
            any_of(&values.into_iter().map(truth).collect::<Vec<_>>()).map(Naive::Bool)
        }
        Function::All => all(&values.into_iter().map(truth).collect::<Vec<_>>()).map(Naive::Bool),
        Function::Coalesce => values.into_iter().flatten().next(),
        Function::Min => extreme(values, Ordering::Less),
        Function::Max => extreme(values, Ordering::Greater),
        Function::Abs => {
            let (ty, value) = numeric(values[0].clone()?);
            number(ty, Some(value.abs()))
        }
        Function::Round => {
            let nearest = |value: Decimal| value.round_dp_with_strategy(0, MidpointAwayFromZero);
            let (ty, value) = numeric(values[0].clone()?);
            match ty {
                Type::Money => {
                    let major = nearest(value / Decimal::ONE_HUNDRED);
                    whole(ty, major * Decimal::ONE_HUNDRED)
                }
                Type::Percent => Some(Naive::Number(ty, nearest(value))),
                Type::Count | Type::Ratio => whole(Type::Count, value),
                Type::Days | Type::Date | Type::Text | Type::Bool => panic!("round of {ty}"),
            }
        }
    }
}

fn extreme(values: Vec<Maybe>, wanted: Ordering) -> Maybe {
    let values: Vec<Naive> = values.into_iter().collect::<Option<_>>()?;
    let mut best = values[0].clone();
    for next in &values[1..] {
        if compare(next, &best)? == wanted {
            best = next.clone();
        }
    }
    Some(best)
}

fn day(value: &Maybe) -> Option<NaiveDate> {
    match value.as_ref()? {
        Naive::Date(day) => Some(*day),
        other @ (Naive::Number(..) | Naive::Text(_) | Naive::Bool(_)) => {
            panic!("{other:?} is no day")
        }
    }
}

fn numeric(value: Naive) -> (Type, Decimal) {
    let Naive::Number(ty, value) = value else {
        panic!("{value:?} is no number");
    };
    (ty, value)
}
