//! What is tried one after the other: bins of a characteristic, tiers of an offer, retries of a debit. Those that are
//! never reached, points that go up and down again, a dearer tier before a cheaper one.

use std::ops::Range;

use rust_decimal::Decimal;

use super::logic::{Alternative, alternatives, both};
use super::read::Reader;
use super::span::Span;
use crate::features::Value;
use crate::rules::ast::{Expr, ExprKind};
use crate::rules::diagnostic::{Code, Report};

/// One of those that are tried.
pub(super) struct Step<'f> {
    /// Where a finding about it stands.
    pub(super) span: Range<usize>,
    /// `None` for all other values.
    pub(super) when: Option<&'f Expr>,
    /// What it is worth: points, or a rate.
    pub(super) worth: Option<Decimal>,
}

/// What each is left by those before it; `None` from the first on that has too many alternatives.
fn reached(reader: &Reader<'_>, steps: &[Step<'_>]) -> Vec<Option<Vec<Alternative>>> {
    let mut rest = Some(vec![Alternative::new()]);
    let mut found = Vec::with_capacity(steps.len());
    for step in steps {
        let own = match step.when {
            Some(when) => alternatives(reader, when, true),
            None => Some(vec![Alternative::new()]),
        };
        let left = rest
            .as_ref()
            .zip(own)
            .and_then(|(rest, own)| both(rest, &own));
        found.push(left);
        let others = match step.when {
            Some(when) => alternatives(reader, when, false),
            None => Some(Vec::new()),
        };
        rest = rest
            .zip(others)
            .and_then(|(rest, others)| both(&rest, &others));
    }
    found
}

/// Reports what is never reached, though it could be if it stood alone.
pub(super) fn shadowed(
    reader: &Reader<'_>,
    report: &mut Report<'_>,
    steps: &[Step<'_>],
    what: &str,
) -> bool {
    let mut any = false;
    for (step, left) in steps.iter().zip(reached(reader, steps)) {
        // What comes after all values was said where the parts were read.
        let always = |when: &Expr| matches!(when.kind, ExprKind::Literal(Value::Bool(true)));
        if step.when.is_none_or(always) {
            break;
        }
        let never = left.is_some_and(|left| left.is_empty());
        if never {
            let message = format!("this {what} never applies: those before it take all its values");
            let help =
                format!("put it before them, or look at its threshold; the first {what} wins");
            report.warning(Code::Unreachable, &step.span, message, help);
            any = true;
        }
    }
    any
}

/// Reports points that rise and fall again along the values that are scored.
pub(super) fn not_monotone(reader: &Reader<'_>, report: &mut Report<'_>, steps: &[Step<'_>]) {
    let mut along: Vec<(Span, Decimal, &Step<'_>)> = Vec::new();
    for (step, left) in steps.iter().zip(reached(reader, steps)) {
        let Some(points) = step.worth else { return };
        match left.as_deref() {
            Some([]) => {}
            Some([one]) if one.len() == 1 => {
                let spans = one.values().next().map(super::region::Region::spans);
                let Some([span]) = spans else { return };
                along.push((*span, points, step));
            }
            // Bins in several pieces have no order.
            Some(_) | None => return,
        }
    }
    along.sort_by_key(|(span, ..)| span.low);
    let turn = |pair: &[(Span, Decimal, &Step<'_>)]| match pair {
        [(_, a, _), (_, b, _)] => Some(b.cmp(a)).filter(|turn| turn.is_ne()),
        _ => None,
    };
    let mut direction = None;
    for pair in along.windows(2) {
        let Some(turn) = turn(pair) else { continue };
        if *direction.get_or_insert(turn) == turn {
            continue;
        }
        if let Some((.., step)) = pair.first() {
            let message = "the points go up and down again along the values";
            let help = "give the bins points in the order of their values, unless the middle is \
                        meant to be best or worst";
            report.warning(
                Code::PointsNotMonotone,
                &step.span,
                message,
                help.to_owned(),
            );
        }
        return;
    }
}

/// Reports tiers that are tried before a cheaper one that would do.
pub(super) fn dearer_first(reader: &Reader<'_>, report: &mut Report<'_>, tiers: &[Step<'_>]) {
    let overlap = |first: &Step<'_>, second: &Step<'_>| {
        let both_hold = first.when.zip(second.when).and_then(|(first, second)| {
            let first = alternatives(reader, first, true)?;
            both(&first, &alternatives(reader, second, true)?)
        });
        both_hold.is_some_and(|both| !both.is_empty())
    };
    for (at, pair) in tiers.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        let (Some(dear), Some(cheap)) = (first.worth, second.worth) else {
            continue;
        };
        if dear <= cheap || !overlap(first, second) {
            continue;
        }
        // The one that is out of the row of the others.
        let before = at.checked_sub(1).and_then(|at| tiers.get(at)?.worth);
        let second_is_off = before.is_some_and(|before| before > cheap);
        let tier = if second_is_off { second } else { first };
        let message = "a dearer tier comes before a cheaper one that would do as well";
        let help = "put the cheaper one first, or look at both rates; the first tier that applies \
                    is offered";
        report.warning(Code::DearerTierFirst, &tier.span, message, help.to_owned());
    }
}
