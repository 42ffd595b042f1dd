//! The naive evaluator.

mod of_one;

use std::cmp::Ordering;

use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
use rust_decimal::prelude::ToPrimitive;

use self::of_one::of_one;
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
        | ExprKind::Where(..)
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
    if let ExprKind::Call(function, list) = &value.kind
        && (matches!(function, Function::Forecast(_))
            || function.is_over_subjects() && list.len() == 1)
    {
        return;
    }
    for part in value.kind.children() {
        match &part.kind {
            ExprKind::Literal(_)
            | ExprKind::Name(_)
            | ExprKind::Negate(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Where(..)
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

pub(super) fn names_something(expr: &Expr) -> bool {
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
        ExprKind::Arithmetic(op, left, right) => {
            if let ExprKind::Call(Function::Months, list) = &right.kind {
                return months(*op, of(left)?, of(&list[0])?);
            }
            calculate(*op, of(left)?, of(right)?)
        }
        ExprKind::Where(..) => panic!("it stands in a function over subjects"),
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
        ExprKind::Between(value, low, high) => between(&of(value), of(low), of(high)),
        ExprKind::IsMissing { value, negated } => {
            Some(Naive::Bool(of(value).is_none() != *negated))
        }
        ExprKind::Call(Function::Case, list) => case(list, &of),
        ExprKind::Call(function, list) if function.is_over_subjects() && list.len() == 1 => {
            over_subjects(*function, &list[0], facts)
        }
        ExprKind::Call(function, list) => call(*function, list, facts, subject),
    }
}

fn names_a_stream(expr: &Expr) -> bool {
    let of_stream = |name: &String| name.starts_with("stream.");
    matches!(&expr.kind, ExprKind::Name(name) if of_stream(name))
        || expr.kind.children().into_iter().any(names_a_stream)
}

/// The value of the first condition that holds.
fn case(list: &[Expr], of: &dyn Fn(&Expr) -> Maybe) -> Maybe {
    let (otherwise, arms) = list.split_last().unwrap();
    for arm in arms.chunks(2) {
        if truth(of(&arm[0]))? {
            return of(&arm[1]);
        }
    }
    of(otherwise)
}

fn between(value: &Maybe, low: Maybe, high: Maybe) -> Maybe {
    let side = |bound: Maybe, wrong: Ordering| {
        compare(value.as_ref()?, &bound?).map(|found| found != wrong)
    };
    let parts = [side(low, Ordering::Less), side(high, Ordering::Greater)];
    all(&parts).map(Naive::Bool)
}

/// So many months later or before, on the same day or the last of the month.
fn months(op: ArithmeticOp, date: Naive, count: Naive) -> Maybe {
    use chrono::Datelike;
    let Naive::Date(date) = date else {
        panic!("{date:?} is no date");
    };
    let (_, count) = numeric(count);
    let count = if op == ArithmeticOp::Add {
        count
    } else {
        -count
    };
    let months = i128::from(date.year()) * 12 + i128::from(date.month0());
    let months = months + count.to_i128()?;
    let year = i32::try_from(months.div_euclid(12)).ok()?;
    let month = u32::try_from(months.rem_euclid(12)).unwrap() + 1;
    let last = (1..=date.day()).rev();
    let mut days = last.filter_map(|day| NaiveDate::from_ymd_opt(year, month, day));
    days.next().map(Naive::Date)
}

fn over_subjects(function: Function, body: &Expr, facts: &Facts) -> Maybe {
    let of_streams = names_a_stream(body);
    let subjects = if of_streams {
        facts["stream.confidence"].len()
    } else {
        2
    };
    let (body, only) = if let ExprKind::Where(body, only) = &body.kind {
        (&**body, Some(&**only))
    } else {
        (body, None)
    };
    let mut each = looked_at(body, only, subjects, facts);
    // It was looked for all streams where it is known how many run; otherwise there may be more.
    if of_streams && facts["income.streams"][0].is_err() {
        each.push((None, None));
    }
    let zero = || Some(Naive::Number(type_of(body)?, Decimal::ZERO));
    let chosen: Vec<&Maybe> = each
        .iter()
        .filter(|one| one.0 != Some(false))
        .map(|one| &one.1)
        .collect();
    let known = each.iter().all(|(looks, _)| looks.is_some());
    let values = || -> Option<Vec<Naive>> {
        chosen
            .iter()
            .map(|one| (*one).clone())
            .collect::<Option<Vec<_>>>()
            .filter(|_| known)
    };
    let truths = |if_not: Option<bool>| -> Vec<Option<bool>> {
        let one = |(looks, value): &(Option<bool>, Maybe)| match if_not {
            // Not looked at, or true.
            Some(true) => any_of(&[looks.map(|looks| !looks), truth(value.clone())]),
            _ => all(&[*looks, truth(value.clone())]),
        };
        each.iter().map(one).collect()
    };
    match function {
        Function::Any => any_of(&truths(None)).map(Naive::Bool),
        Function::All if chosen.is_empty() => None,
        Function::All => all(&truths(Some(true))).map(Naive::Bool),
        Function::Count => {
            let truths: Vec<bool> = truths(None).into_iter().collect::<Option<_>>()?;
            let holds = truths.into_iter().filter(|truth| *truth).count();
            Some(Naive::Number(Type::Count, Decimal::from(holds)))
        }
        Function::Min => extreme(values()?.into_iter().map(Some).collect(), Ordering::Less),
        Function::Max => extreme(values()?.into_iter().map(Some).collect(), Ordering::Greater),
        Function::Sum => values()?
            .into_iter()
            .try_fold(zero()?, |sum, next| calculate(ArithmeticOp::Add, sum, next)),
        Function::Avg => mean(zero()?, values()?),
        Function::Coalesce
        | Function::Round
        | Function::Abs
        | Function::Case
        | Function::Months
        | Function::Weekday
        | Function::Day
        | Function::BusinessDay
        | Function::StartsWith
        | Function::Share
        | Function::Forecast(_) => panic!("{function:?} is of no subjects"),
    }
}

fn mean(zero: Naive, values: Vec<Naive>) -> Maybe {
    let count = Decimal::from(values.len());
    let sum = values
        .into_iter()
        .try_fold(zero, |sum, next| calculate(ArithmeticOp::Add, sum, next));
    let (ty, sum) = numeric(sum?);
    number(ty, sum.checked_div(count))
}

/// For each subject whether it is looked at, and its value.
fn looked_at(
    body: &Expr,
    only: Option<&Expr>,
    subjects: usize,
    facts: &Facts,
) -> Vec<(Option<bool>, Maybe)> {
    (0..subjects)
        .map(|subject| {
            let looks = only.map_or(Some(true), |only| truth(walk(only, facts, Some(subject))));
            (looks, walk(body, facts, Some(subject)))
        })
        .collect()
}

/// The type of a value over subjects: that of the feature that it names first.
fn type_of(body: &Expr) -> Option<Type> {
    let mut name = body;
    while let Some(first) = name.kind.children().next() {
        name = first;
    }
    let ExprKind::Name(name) = &name.kind else {
        panic!("{name} names nothing");
    };
    crate::features::find(name).map(|(_, feature)| feature.ty)
}

fn call(function: Function, list: &[Expr], facts: &Facts, subject: Option<usize>) -> Maybe {
    let values: Vec<Maybe> = list.iter().map(|one| walk(one, facts, subject)).collect();
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
        Function::Any
        | Function::All
        | Function::Count
        | Function::Sum
        | Function::Avg
        | Function::Case
        | Function::Months
        | Function::Share => panic!("{function:?} is walked elsewhere"),
        Function::Weekday | Function::Day | Function::BusinessDay | Function::StartsWith => {
            of_one(function, &values)
        }
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
    let mut best = values.first()?.clone();
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
