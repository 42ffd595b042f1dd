//! Conditions as sets: for every value that a condition reads, what it leaves of it.
//!
//! A condition is taken apart into alternatives, each of which holds where all of its values lie in
//! their regions. Values are told apart by their text, so what two of them have to do with each other
//! is not seen: a condition found to be impossible is, and not every impossible one is found.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::read::{Known, Reader, step};
use super::region::Region;
use super::span::Span;
use crate::features::{self, Type, Value, Words};
use crate::limits;
use crate::rules::ast::{CompareOp, Expr, ExprKind};

/// The values of one alternative, each with what it is left.
pub(super) type Alternative = BTreeMap<String, Region>;

/// The step between truths, texts and whole numbers.
const ONE: Decimal = Decimal::ONE;

/// The alternatives in which a condition is `wanted`, true or false and not unknown; `None` where
/// there are too many to look at.
pub(super) fn alternatives(
    reader: &Reader<'_>,
    expr: &Expr,
    wanted: bool,
) -> Option<Vec<Alternative>> {
    match &expr.kind {
        ExprKind::Literal(Value::Bool(truth)) => Some(certainly(*truth == wanted)),
        ExprKind::Not(inner) => alternatives(reader, inner, !wanted),
        ExprKind::And(list) if wanted => all(reader, list, wanted),
        ExprKind::Or(list) if !wanted => all(reader, list, wanted),
        ExprKind::And(list) | ExprKind::Or(list) => any(reader, list, wanted),
        ExprKind::Compare(op, left, right) => {
            let op = if wanted { *op } else { op.negated() };
            compared(reader, op, left, right)
        }
        ExprKind::Between(value, low, high) => {
            let (above, below) = (CompareOp::GreaterEqual, CompareOp::LessEqual);
            if wanted {
                let from = compared(reader, above, value, low)?;
                both(&from, &compared(reader, below, value, high)?)
            } else {
                let mut either = compared(reader, above.negated(), value, low)?;
                either.extend(compared(reader, below.negated(), value, high)?);
                Some(either)
            }
        }
        ExprKind::In {
            value,
            list,
            negated,
        } => listed(reader, value, list, *negated != wanted),
        ExprKind::IsMissing { value, negated } => {
            let whole = natural(reader, value)?;
            let region = if *negated == wanted {
                whole
            } else {
                whole.only_missing()
            };
            Some(one(value.to_string(), region))
        }
        // It stands in a function over subjects only.
        ExprKind::Where(..) => None,
        ExprKind::Literal(_)
        | ExprKind::Name(_)
        | ExprKind::Negate(_)
        | ExprKind::Arithmetic(..)
        | ExprKind::Call(..) => {
            let truth = Span::point(Decimal::from(u8::from(wanted)));
            Some(one(expr.to_string(), Region::numbers([truth], ONE)))
        }
    }
}

fn certainly(holds: bool) -> Vec<Alternative> {
    if holds {
        vec![Alternative::new()]
    } else {
        Vec::new()
    }
}

/// The one alternative in which a value lies in a region; none where nothing does.
fn one(key: String, region: Region) -> Vec<Alternative> {
    if region.is_empty() {
        return Vec::new();
    }
    vec![Alternative::from([(key, region)])]
}

fn all(reader: &Reader<'_>, list: &[Expr], wanted: bool) -> Option<Vec<Alternative>> {
    list.iter().try_fold(certainly(true), |so_far, part| {
        both(&so_far, &alternatives(reader, part, wanted)?)
    })
}

fn any(reader: &Reader<'_>, list: &[Expr], wanted: bool) -> Option<Vec<Alternative>> {
    let mut found = Vec::new();
    for part in list {
        found.extend(alternatives(reader, part, wanted)?);
        if found.len() > limits::ALTERNATIVES_MAX {
            return None;
        }
    }
    Some(found)
}

/// The alternatives in which both hold.
pub(super) fn both(a: &[Alternative], b: &[Alternative]) -> Option<Vec<Alternative>> {
    if a.len().saturating_mul(b.len()) > limits::ALTERNATIVES_MAX {
        return None;
    }
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    Some(pairs.filter_map(|(a, b)| joined(a, b)).collect())
}

fn joined(a: &Alternative, b: &Alternative) -> Option<Alternative> {
    let mut all = a.clone();
    for (key, region) in b {
        let region = match all.get(key) {
            Some(known) => known.meet(region),
            None => region.clone(),
        };
        if region.is_empty() {
            return None;
        }
        all.insert(key.clone(), region);
    }
    Some(all)
}

/// Whether one holds wherever the other does, as far as can be seen.
pub(super) fn implies(narrow: &[Alternative], wide: &[Alternative]) -> bool {
    let within = |narrow: &Alternative, wide: &Alternative| {
        wide.iter().all(|(key, region)| {
            let own = narrow.get(key);
            own.is_some_and(|own| own.within(region))
        })
    };
    narrow
        .iter()
        .all(|narrow| wide.iter().any(|wide| within(narrow, wide)))
}

/// All that a value can be, missing left out.
pub(super) fn natural(reader: &Reader<'_>, expr: &Expr) -> Option<Region> {
    let known = reader.known(expr)?;
    if known.ty == Type::Text {
        return Some(match vocabulary(reader, expr) {
            Some(words) => Region::words(words, false),
            None => Region::words(BTreeSet::new(), true),
        });
    }
    Some(Region::numbers([known.span], step(known.ty)))
}

/// The texts that it can be, where they are known.
pub(super) fn vocabulary(reader: &Reader<'_>, expr: &Expr) -> Option<BTreeSet<String>> {
    let ExprKind::Name(name) = &expr.kind else {
        return None;
    };
    if let Some(input) = reader.input(name) {
        let values = input.values.iter().cloned();
        return Some(values.collect()).filter(|all: &BTreeSet<String>| !all.is_empty());
    }
    let (_, feature) = features::find(name)?;
    match feature.words {
        Words::Only(words) => Some(words.iter().map(|word| (*word).to_owned()).collect()),
        Words::Any | Words::Known(_) => None,
    }
}

/// What a comparison leaves.
fn compared(
    reader: &Reader<'_>,
    op: CompareOp,
    left: &Expr,
    right: &Expr,
) -> Option<Vec<Alternative>> {
    let (a, b) = (reader.known(left)?, reader.known(right)?);
    for (value, other, constant, op) in [(left, a, right, op), (right, b, left, op.mirrored())] {
        if let Some(text) = reader.constant_text(constant) {
            let words = BTreeSet::from([text.to_owned()]);
            let region = Region::words(words, op == CompareOp::NotEqual);
            return Some(one(
                value.to_string(),
                region.meet(&natural(reader, value)?),
            ));
        }
        if let Some(number) = reader.constant(constant) {
            let region = Region::numbers(satisfying(op, number, other.ty), step(other.ty));
            return Some(one(
                value.to_string(),
                region.meet(&natural(reader, value)?),
            ));
        }
    }
    Some(one_of_two(op, (left, a), (right, b)))
}

/// The numbers that compare so with a constant.
fn satisfying(op: CompareOp, number: Decimal, ty: Type) -> Vec<Span> {
    let step = step(ty);
    // Whole numbers above 2.5 begin at 3.
    let (floor, ceiling) = if step == Decimal::ONE {
        (number.floor(), number.ceil())
    } else {
        (number, number)
    };
    let below = |number: Decimal| number.checked_sub(step).map_or(Span::ANY, Span::up_to);
    let above = |number: Decimal| number.checked_add(step).map_or(Span::ANY, Span::from);
    match op {
        CompareOp::Equal if floor != ceiling => Vec::new(),
        CompareOp::NotEqual if floor != ceiling => vec![Span::ANY],
        CompareOp::Equal => vec![Span::point(number)],
        CompareOp::NotEqual => vec![below(number), above(number)],
        CompareOp::Less => vec![below(ceiling)],
        CompareOp::LessEqual => vec![Span::up_to(floor)],
        CompareOp::Greater => vec![above(floor)],
        CompareOp::GreaterEqual => vec![Span::from(ceiling)],
    }
}

/// What a comparison of two values leaves of the difference between them.
fn one_of_two(op: CompareOp, left: (&Expr, Known), right: (&Expr, Known)) -> Vec<Alternative> {
    let texts = (left.0.to_string(), right.0.to_string());
    let (op, (a, b), (first, second)) = if texts.0 <= texts.1 {
        (op, texts, (left.1, right.1))
    } else {
        (op.mirrored(), (texts.1, texts.0), (right.1, left.1))
    };
    let ty = if step(first.ty) < step(second.ty) {
        first.ty
    } else {
        second.ty
    };
    let region = Region::numbers(satisfying(op, Decimal::ZERO, ty), step(ty));
    let whole = Region::numbers([first.span.subtract(second.span)], step(ty));
    // A difference of texts is nothing; all that matters is whether it is zero.
    let region = if ty == Type::Text {
        region
    } else {
        region.meet(&whole)
    };
    one(format!("{a} ~ {b}"), region)
}

/// What a list leaves.
fn listed(
    reader: &Reader<'_>,
    value: &Expr,
    list: &[Expr],
    within: bool,
) -> Option<Vec<Alternative>> {
    let known = reader.known(value)?;
    let found = if known.ty == Type::Text {
        let words: Option<BTreeSet<String>> = list
            .iter()
            .map(|item| reader.constant_text(item).map(str::to_owned))
            .collect();
        Region::words(words?, false)
    } else {
        let numbers: Option<Vec<Decimal>> = list.iter().map(|item| reader.constant(item)).collect();
        Region::numbers(numbers?.into_iter().map(Span::point), step(known.ty))
    };
    let region = if within {
        found
    } else {
        found.rest(step(known.ty))
    };
    Some(one(
        value.to_string(),
        region.meet(&natural(reader, value)?),
    ))
}
