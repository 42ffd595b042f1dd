//! Runs resolved expressions. Nothing is cut short: every comparison is made and seen by the
//! sink, and a missing value is a third truth (Kleene's logic), never false and never zero.

use std::cmp::Ordering;

use super::ast::Function;
use super::evaluation::Verdict;
use super::node::{Aggregate, Node};
use super::scalar::{self, Known, Scalar};
use super::trace::{NoTrace, Sink};
use crate::features::{Features, Missing, Type, Value};
use crate::money::Currency;

/// What expressions are run over.
#[derive(Clone, Copy)]
pub(super) struct Env<'a, 'e> {
    pub(super) slots: &'e [Known<'a>],
    /// The values of subjects; `None` where there are none to ask for.
    pub(super) features: Option<&'a Features>,
    pub(super) currency: Currency,
    /// The rule that the sink is told of.
    pub(super) rule: usize,
    /// The subject that an aggregate is looking at.
    pub(super) subject: usize,
}

/// The value of an expression that names nothing, as recorded.
pub(super) fn constant(node: &Node, currency: Currency) -> Result<Value, Missing> {
    let env = Env {
        slots: &[],
        features: None,
        currency,
        rule: 0,
        subject: 0,
    };
    run(node, env, &mut NoTrace).map(|value| value.to_value(currency))
}

/// What became of a condition.
pub(super) fn verdict(known: Known<'_>) -> Verdict {
    match known {
        Ok(Scalar::Bool(true)) => Verdict::True,
        Ok(_) => Verdict::False,
        Err(_) => Verdict::Unknown,
    }
}

/// INVARIANT: checked expressions never bring types together that do not go together.
fn sound<T>(result: Option<Result<T, Missing>>) -> Result<T, Missing> {
    debug_assert!(result.is_some(), "a checked expression mixed types");
    result.unwrap_or(Err(Missing::Ambiguous))
}

fn truth(known: Known<'_>) -> Result<bool, Missing> {
    sound(match known {
        Ok(Scalar::Bool(truth)) => Some(Ok(truth)),
        Ok(_) => None,
        Err(missing) => Some(Err(missing)),
    })
}

/// All of them: false where one is, whatever is missing.
fn all(parts: impl Iterator<Item = Result<bool, Missing>>) -> Result<bool, Missing> {
    let mut whole = Ok(true);
    // Every part runs, so that the trace shows all of them.
    for part in parts {
        whole = match (whole, part) {
            (Ok(false), _) | (_, Ok(false)) => Ok(false),
            (Err(missing), _) | (_, Err(missing)) => Err(missing),
            (Ok(true), Ok(true)) => Ok(true),
        };
    }
    whole
}

/// Any of them: true where one is, whatever is missing.
fn any(parts: impl Iterator<Item = Result<bool, Missing>>) -> Result<bool, Missing> {
    all(parts.map(|part| part.map(|truth| !truth))).map(|none| !none)
}

/// Runs an expression.
pub(super) fn run<'a, S: Sink<'a>>(node: &'a Node, env: Env<'a, '_>, sink: &mut S) -> Known<'a> {
    match node {
        Node::Constant(value) => Scalar::read(value, env.currency),
        Node::Slot(slot) => match env.slots.get(slot.0) {
            Some(known) => *known,
            None => Err(Missing::NotProvided),
        },
        Node::Subject(id) => {
            let slots = env.features.map_or(&[][..], |features| features.slots(*id));
            match slots.get(env.subject).map(|slot| &slot.value) {
                Some(Ok(value)) => Scalar::read(value, env.currency),
                Some(Err(missing)) => Err(*missing),
                None => Err(Missing::NoSuchAccount),
            }
        }
        Node::Not(inner) => truth(run(inner, env, sink)).map(|truth| Scalar::Bool(!truth)),
        Node::And(list) => {
            all(list.iter().map(|part| truth(run(part, env, sink)))).map(Scalar::Bool)
        }
        Node::Or(list) => {
            any(list.iter().map(|part| truth(run(part, env, sink)))).map(Scalar::Bool)
        }
        Node::Negate(inner) => sound(run(inner, env, sink)?.negate()),
        Node::Arithmetic(op, left, right) => {
            let (left, right) = (run(left, env, sink), run(right, env, sink));
            sound(scalar::arithmetic(*op, left?, right?))
        }
        Node::Compare(op, left, right, site) => {
            let operands = [run(left, env, sink), run(right, env, sink)];
            let [left, right] = operands;
            let held = ordering(left, right).map(|found| scalar::holds(*op, found));
            observed(env, sink, *site, &operands, held)
        }
        Node::Between(value, low, high, site) => {
            let operands = [value, low, high].map(|part| run(part, env, sink));
            let [value, low, high] = operands;
            let above = ordering(value, low).map(Ordering::is_ge);
            let below = ordering(value, high).map(Ordering::is_le);
            observed(env, sink, *site, &operands, all([above, below].into_iter()))
        }
        Node::In {
            value,
            list,
            negated,
            site,
        } => {
            let value = run(value, env, sink);
            let matches = list
                .iter()
                .map(|item| ordering(value, run(item, env, sink)).map(Ordering::is_eq));
            let held = any(matches).map(|found| found != *negated);
            observed(env, sink, *site, &[value], held)
        }
        Node::IsMissing {
            value,
            negated,
            site,
        } => {
            let value = run(value, env, sink);
            observed(env, sink, *site, &[value], Ok(value.is_err() != *negated))
        }
        Node::Truth(inner, site) => {
            let value = run(inner, env, sink);
            observed(env, sink, *site, &[value], truth(value))
        }
        Node::Call(function, list, ty) => call(*function, list, *ty, env, sink),
    }
}

fn ordering(left: Known<'_>, right: Known<'_>) -> Result<Ordering, Missing> {
    sound(scalar::order(left?, right?))
}

fn observed<'a, S: Sink<'a>>(
    env: Env<'a, '_>,
    sink: &mut S,
    site: Option<usize>,
    operands: &[Known<'a>],
    held: Result<bool, Missing>,
) -> Known<'a> {
    let known = held.map(Scalar::Bool);
    if let Some(site) = site {
        sink.comparison(env.rule, site, operands, verdict(known));
    }
    known
}

fn call<'a, S: Sink<'a>>(
    function: Function,
    list: &'a [Node],
    ty: Type,
    env: Env<'a, '_>,
    sink: &mut S,
) -> Known<'a> {
    let mut parts = list.iter().map(|part| run(part, env, sink));
    let first = parts.next().unwrap_or(Err(Missing::NotProvided));
    let chosen = match function {
        Function::Min => best_of(first, parts, Ordering::Less),
        Function::Max => best_of(first, parts, Ordering::Greater),
        Function::Coalesce => {
            let mut found = first;
            for part in parts {
                found = found.or(part);
            }
            found
        }
        Function::Round => return sound(first?.round(env.currency)),
        Function::Abs => return sound(first?.abs()),
        // Resolved to slots.
        Function::Any | Function::All => first,
    };
    if ty == Type::Ratio {
        chosen?.as_ratio()
    } else {
        chosen
    }
}

/// The first of the values that is `wanted` of all others; missing where any is.
fn best_of<'a>(
    first: Known<'a>,
    rest: impl Iterator<Item = Known<'a>>,
    wanted: Ordering,
) -> Known<'a> {
    let mut best = first;
    for next in rest {
        best = match (best, next) {
            (Ok(held), Ok(next)) => match sound(scalar::order(next, held)) {
                Ok(found) if found == wanted => Ok(next),
                Ok(_) => Ok(held),
                Err(missing) => Err(missing),
            },
            (Err(missing), _) | (_, Err(missing)) => Err(missing),
        };
    }
    best
}

/// Runs a function over subjects. Of no subjects there is no value, not even for `all`.
pub(super) fn aggregate<'a>(aggregate: &'a Aggregate, env: Env<'a, '_>) -> Known<'a> {
    let subjects = env
        .features
        .map_or(0, |features| features.slots(aggregate.counted_by).len());
    let mut values = (0..subjects).map(|subject| {
        let env = Env { subject, ..env };
        run(&aggregate.body, env, &mut NoTrace)
    });
    let Some(first) = values.next() else {
        return Err(Missing::NoSuchAccount);
    };
    let truths = std::iter::once(first);
    match aggregate.function {
        Function::Any => any(truths.chain(values).map(truth)).map(Scalar::Bool),
        Function::All => all(truths.chain(values).map(truth)).map(Scalar::Bool),
        Function::Max => best_of(first, values, Ordering::Greater),
        Function::Min | Function::Coalesce | Function::Round | Function::Abs => {
            best_of(first, values, Ordering::Less)
        }
    }
}
