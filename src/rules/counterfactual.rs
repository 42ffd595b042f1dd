//! What would have had to be otherwise: changes of one value each of which alone turns a
//! condition round. A change is proposed from a comparison and told only if running the whole
//! condition with it proves it.

use std::collections::BTreeSet;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::ast::CompareOp;
use super::evaluate::{environment, settle};
use super::evaluation::Counterfactual;
use super::interpret;
use super::node::{Node, SlotId, Source};
use super::program::Program;
use super::scalar::{self, Known, Scalar};
use super::trace::NoTrace;
use crate::features::{self, DECIMAL_PLACES, Features};

/// Changes each of which alone makes a condition that holds false.
pub(super) fn find<'a>(
    program: &'a Program,
    features: &'a Features,
    slots: &[Known<'a>],
    condition: &'a Node,
) -> Vec<Counterfactual> {
    search(program, features, slots, condition, false)
}

/// Changes each of which alone makes a condition that does not hold true.
pub(super) fn find_for_false<'a>(
    program: &'a Program,
    features: &'a Features,
    slots: &[Known<'a>],
    condition: &'a Node,
) -> Vec<Counterfactual> {
    search(program, features, slots, condition, true)
}

fn search<'a>(
    program: &'a Program,
    features: &'a Features,
    slots: &[Known<'a>],
    condition: &'a Node,
    wanted: bool,
) -> Vec<Counterfactual> {
    let rule_set = program.rule_set();
    let currency = rule_set.currency;
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    let proposals = proposals(program, features, slots, condition);
    for proposal in proposals.into_iter().filter(|one| can_be(program, one)) {
        let mut changed = slots.to_vec();
        if let Some(place) = changed.get_mut(proposal.slot.0) {
            *place = Ok(proposal.value);
        }
        let changed = settle(program, features, changed, Some(proposal.slot));
        let env = environment(program, features, &changed, 0);
        let proven = interpret::run(condition, env, &mut NoTrace) == Ok(Scalar::Bool(wanted));
        let name = rule_set.slots.get(proposal.slot).map(|slot| &slot.name);
        let observed = slots.get(proposal.slot.0);
        if let (true, Some(name), Some(Ok(observed))) = (proven, name, observed)
            && told.insert((name.clone(), proposal.needed.clone()))
        {
            found.push(Counterfactual {
                name: name.clone(),
                observed: observed.to_value(currency),
                needed: proposal.needed,
            });
        }
    }
    found
}

/// Whether any application can have the value. There is no loan of nothing, and no feature that
/// counts things or days, or is a share, is below zero.
fn can_be(program: &Program, proposal: &Proposal<'_>) -> bool {
    let slots = &program.rule_set().slots;
    let feature = match slots.get(proposal.slot).map(|slot| slot.source) {
        Some(Source::Feature(id)) => Some(id),
        Some(Source::Aggregate(index)) => match slots.aggregates.get(index).map(|one| &one.body) {
            Some(Node::Subject(id)) => Some(*id),
            Some(_) | None => None,
        },
        Some(Source::Input(_) | Source::Derive(_) | Source::Score | Source::BinValue) | None => {
            None
        }
    };
    let Some(feature) = feature.and_then(|id| features::table().get(id.index())) else {
        return true;
    };
    // An amount, a term, payments, applicants and accounts: there is some of each.
    let least = match feature.name {
        "application.days_to_first_payment" => 0,
        name if name.starts_with("application.") => 1,
        _ => 0,
    };
    match proposal.value {
        Scalar::Money(minor) => least == 0 || minor >= least,
        Scalar::Count(number) | Scalar::Days(number) => number >= least,
        Scalar::Ratio(share) | Scalar::Percent(share) => !share.is_sign_negative(),
        Scalar::Date(_) | Scalar::Text(_) | Scalar::Bool(_) => true,
    }
}

/// A change that may turn the condition round.
struct Proposal<'a> {
    slot: SlotId,
    /// A value that the change allows, the nearest to the boundary.
    value: Scalar<'a>,
    /// The change in words: `below 3`.
    needed: String,
}

struct Proposer<'a, 's> {
    program: &'a Program,
    features: &'a Features,
    slots: &'s [Known<'a>],
    found: Vec<Proposal<'a>>,
}

fn proposals<'a>(
    program: &'a Program,
    features: &'a Features,
    slots: &[Known<'a>],
    condition: &'a Node,
) -> Vec<Proposal<'a>> {
    let mut proposer = Proposer {
        program,
        features,
        slots,
        found: Vec::new(),
    };
    proposer.visit(condition);
    proposer.found
}

impl<'a> Proposer<'a, '_> {
    fn run(&self, node: &'a Node) -> Known<'a> {
        let env = environment(self.program, self.features, self.slots, 0);
        interpret::run(node, env, &mut NoTrace)
    }

    /// Proposes a turn of every comparison.
    fn visit(&mut self, node: &'a Node) {
        match node {
            Node::Not(inner) => self.visit(inner),
            Node::And(list) | Node::Or(list) => list.iter().for_each(|part| self.visit(part)),
            Node::Truth(inner, _) => self.truth(inner),
            Node::Compare(op, left, right, _) => {
                self.compare(*op, left, right);
                self.compare(op.mirrored(), right, left);
            }
            Node::Between(value, low, high, _) => {
                self.compare(CompareOp::GreaterEqual, value, low);
                self.compare(CompareOp::LessEqual, value, high);
            }
            Node::In { value, list, .. } => self.membership(value, list),
            // Nothing to propose a boundary of.
            Node::IsMissing { .. }
            | Node::Constant(_)
            | Node::Slot(_)
            | Node::Subject(_)
            | Node::Negate(_)
            | Node::Arithmetic(..)
            | Node::Call(..) => {}
        }
    }

    /// The slot of a value that may be changed, with what it is now.
    fn slot(&self, node: &Node) -> Option<(SlotId, Scalar<'a>)> {
        let Node::Slot(slot) = node else {
            return None;
        };
        let source = self.program.rule_set().slots.get(*slot)?.source;
        match source {
            Source::Feature(_) | Source::Input(_) | Source::Aggregate(_) | Source::Derive(_) => {
                Some((*slot, self.slots.get(slot.0)?.ok()?))
            }
            Source::Score | Source::BinValue => None,
        }
    }

    fn truth(&mut self, inner: &'a Node) {
        if let Some((slot, Scalar::Bool(truth))) = self.slot(inner) {
            self.found.push(Proposal {
                slot,
                value: Scalar::Bool(!truth),
                needed: (!truth).to_string(),
            });
        }
    }

    fn compare(&mut self, op: CompareOp, left: &'a Node, right: &'a Node) {
        let Some((slot, observed)) = self.slot(left) else {
            return;
        };
        let (Ok(bound), Some(Ok(ordering))) = (
            self.run(right),
            self.run(right)
                .ok()
                .and_then(|bound| scalar::order(observed, bound)),
        ) else {
            return;
        };
        // The operator that has to hold for the comparison to turn.
        let turned = if scalar::holds(op, ordering) {
            op.negated()
        } else {
            op
        };
        let proposal = boundary(turned, observed, bound);
        if let Some((value, words, shown)) = proposal {
            let shown = shown.to_value(self.program.rule_set().currency);
            self.found.push(Proposal {
                slot,
                value,
                needed: format!("{words} {shown}"),
            });
        }
    }

    fn membership(&mut self, value: &'a Node, list: &'a [Node]) {
        let Some((slot, observed)) = self.slot(value) else {
            return;
        };
        let currency = self.program.rule_set().currency;
        let items: Vec<Scalar<'a>> = list.iter().filter_map(|item| self.run(item).ok()).collect();
        let shown: Vec<String> = items
            .iter()
            .map(|item| item.to_value(currency).to_string())
            .collect();
        let is_in = items
            .iter()
            .any(|item| matches!(scalar::order(observed, *item), Some(Ok(order)) if order.is_eq()));
        let change = if is_in {
            // Any text that is not in the list will do to prove it.
            matches!(observed, Scalar::Text(_)).then_some((Scalar::Text(""), "other than"))
        } else {
            items.first().map(|first| (*first, "one of"))
        };
        if let Some((value, words)) = change {
            self.found.push(Proposal {
                slot,
                value,
                needed: format!("{words} {}", shown.join(", ")),
            });
        }
    }
}

/// The value nearest to a bound for which `value op bound` holds, in the type of `like`, with
/// the words for it and the bound that they name.
fn boundary<'a>(
    op: CompareOp,
    like: Scalar<'a>,
    bound: Scalar<'a>,
) -> Option<(Scalar<'a>, &'static str, Scalar<'a>)> {
    match op {
        CompareOp::Equal => {
            let value = in_type_of(like, bound, RoundingStrategy::ToZero)?;
            let exact = matches!(scalar::order(value, bound), Some(Ok(order)) if order.is_eq());
            exact.then_some((value, "equal to", value))
        }
        CompareOp::NotEqual => match bound {
            Scalar::Text(_) => Some((Scalar::Text(""), "other than", bound)),
            Scalar::Bool(truth) => Some((Scalar::Bool(!truth), "other than", bound)),
            Scalar::Money(_)
            | Scalar::Count(_)
            | Scalar::Days(_)
            | Scalar::Ratio(_)
            | Scalar::Percent(_)
            | Scalar::Date(_) => Some((next(like_bound(like, bound)?, 1)?, "other than", bound)),
        },
        CompareOp::GreaterEqual => {
            let value = in_type_of(like, bound, RoundingStrategy::ToPositiveInfinity)?;
            Some((value, "at least", value))
        }
        CompareOp::LessEqual => {
            let value = in_type_of(like, bound, RoundingStrategy::ToNegativeInfinity)?;
            Some((value, "at most", value))
        }
        CompareOp::Greater => {
            let floor = in_type_of(like, bound, RoundingStrategy::ToNegativeInfinity)?;
            Some((next(floor, 1)?, "above", floor))
        }
        CompareOp::Less => {
            let ceiling = in_type_of(like, bound, RoundingStrategy::ToPositiveInfinity)?;
            Some((next(ceiling, -1)?, "below", ceiling))
        }
    }
}

fn like_bound<'a>(like: Scalar<'a>, bound: Scalar<'a>) -> Option<Scalar<'a>> {
    in_type_of(like, bound, RoundingStrategy::ToZero)
}

/// A bound in the type of the value that is compared with it, rounded to what that type holds.
fn in_type_of<'a>(
    like: Scalar<'a>,
    bound: Scalar<'a>,
    rounding: RoundingStrategy,
) -> Option<Scalar<'a>> {
    let kept = |value: Decimal| value.round_dp_with_strategy(DECIMAL_PLACES, rounding);
    match (like, bound) {
        (Scalar::Count(_), Scalar::Ratio(ratio)) => ratio
            .round_dp_with_strategy(0, rounding)
            .to_i64()
            .map(Scalar::Count),
        (Scalar::Ratio(_), Scalar::Count(count)) => Some(Scalar::Ratio(Decimal::from(count))),
        (Scalar::Ratio(_), Scalar::Percent(percent)) => Some(Scalar::Ratio(kept(
            percent.checked_mul(Decimal::new(1, 2))?,
        ))),
        (Scalar::Percent(_), Scalar::Ratio(ratio)) => Some(Scalar::Percent(kept(
            ratio.checked_mul(Decimal::ONE_HUNDRED)?,
        ))),
        (Scalar::Ratio(_), Scalar::Ratio(ratio)) => Some(Scalar::Ratio(kept(ratio))),
        (Scalar::Percent(_), Scalar::Percent(percent)) => Some(Scalar::Percent(kept(percent))),
        (_, same) => Some(same),
    }
}

/// The next value of the type, upwards or downwards.
fn next(value: Scalar<'_>, step: i64) -> Option<Scalar<'_>> {
    let smallest = Decimal::new(step, DECIMAL_PLACES);
    match value {
        Scalar::Money(minor) => minor.checked_add(step).map(Scalar::Money),
        Scalar::Count(count) => count.checked_add(step).map(Scalar::Count),
        Scalar::Days(days) => days.checked_add(step).map(Scalar::Days),
        Scalar::Ratio(ratio) => ratio.checked_add(smallest).map(Scalar::Ratio),
        Scalar::Percent(percent) => percent.checked_add(smallest).map(Scalar::Percent),
        Scalar::Date(date) => if step > 0 {
            date.succ_opt()
        } else {
            date.pred_opt()
        }
        .map(Scalar::Date),
        Scalar::Text(_) | Scalar::Bool(_) => None,
    }
}
