//! What would have had to be otherwise: changes of one value each of which alone turns a
//! condition round. A change is proposed from a comparison and told only if running the whole
//! condition with it proves it.

use std::collections::BTreeSet;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::ast::CompareOp;
use super::code::{Condition, Direct, Logic, Operand, Test};
use super::evaluation::Counterfactual;
use super::node::{Aggregate, Node, Reduction, SlotId, Source};
use super::program::Program;
use super::scalar::{self, Ordered, Scalar};
use super::values::Values;
use super::verdict::Verdict;
use crate::features::{self, DECIMAL_PLACES};

/// Changes each of which alone makes a condition `wanted`, which it is not. The values are changed
/// on the way and left as they were.
pub(super) fn find<'a>(
    values: &mut Values<'a>,
    condition: &'a Condition,
    wanted: bool,
) -> Vec<Counterfactual> {
    let rule_set = values.program.rule_set();
    let currency = rule_set.currency;
    let wanted = Verdict::from(Ok(wanted));
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for proposal in proposals(values, condition) {
        if !can_be(values.program, &proposal) {
            continue;
        }
        let observed = values.get(proposal.slot);
        let changed = Ok(proposal.value);
        values.foresight.went_beyond();
        let seen = values.with(proposal.slot, changed, |values| values.holds(condition));
        let proven = seen == wanted
            && !(values.foresight.went_beyond() && asks_forecasts(values.program, condition));
        let name = rule_set.slots.get(proposal.slot).map(|slot| &slot.name);
        if let (true, Some(name), Ok(observed)) = (proven, name, observed)
            && told.insert((name, proposal.needed.clone()))
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

/// Whether a condition rests on forecasts: with other values it may ask others, which nobody made.
fn asks_forecasts(program: &Program, condition: &Condition) -> bool {
    let mut direct = Direct::default();
    program.tests.direct_of(&condition.logic, &mut direct);
    let slots = &program.rule_set().slots;
    let mut rests_on = program.in_the_end(&direct.slots).into_iter();
    rests_on.any(|slot| match slots.get(slot).map(|slot| slot.source) {
        Some(Source::Forecast(_)) => true,
        Some(Source::Aggregate(index)) => {
            let mut asks = false;
            if let Some(one) = slots.aggregates.get(index) {
                for node in one.nodes() {
                    node.each(&mut |node| asks |= matches!(node, Node::Forecast { .. }));
                }
            }
            asks
        }
        Some(
            Source::Feature(_)
            | Source::Input(_)
            | Source::Derive(_)
            | Source::Row(_)
            | Source::Cell(..)
            | Source::Score
            | Source::BinValue,
        )
        | None => false,
    })
}

/// Whether any application can have the value: whether it is in the range that the feature's row
/// says. There is no loan of nothing, and nothing that is counted is below zero.
fn can_be(program: &Program, proposal: &Proposal<'_>) -> bool {
    let slots = &program.rule_set().slots;
    let feature = match slots.get(proposal.slot).map(|slot| slot.source) {
        Some(Source::Feature(id)) => Some(id),
        Some(Source::Aggregate(index)) => match slots.aggregates.get(index) {
            Some(one) if one.reduction == Reduction::Count => {
                return matches!(proposal.value, Scalar::Count(0..));
            }
            Some(Aggregate {
                body: Node::Subject(id),
                ..
            }) => Some(*id),
            Some(_) | None => None,
        },
        Some(
            Source::Input(_)
            | Source::Forecast(_)
            | Source::Derive(_)
            | Source::Row(_)
            | Source::Cell(..)
            | Source::Score
            | Source::BinValue,
        )
        | None => None,
    };
    let Some(feature) = feature.and_then(|id| features::table().get(id.index())) else {
        return true;
    };
    match proposal.value {
        Scalar::Money(number) | Scalar::Count(number) | Scalar::Days(number) => {
            feature.range.holds(number)
        }
        Scalar::Ratio(share) | Scalar::Percent(share) => feature.range.holds_decimal(share),
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
    values: &'s Values<'a>,
    found: Vec<Proposal<'a>>,
}

fn proposals<'a>(values: &Values<'a>, condition: &'a Condition) -> Vec<Proposal<'a>> {
    let mut proposer = Proposer {
        values,
        found: Vec::new(),
    };
    proposer.visit(&condition.logic);
    proposer.found
}

impl<'a> Proposer<'a, '_> {
    /// Proposes a turn of every comparison.
    fn visit(&mut self, logic: &'a Logic) {
        match logic {
            Logic::Constant(_) => {}
            Logic::Not(inner) => self.visit(inner),
            Logic::All(parts) | Logic::Any(parts) => {
                parts.iter().for_each(|part| self.visit(part));
            }
            Logic::Comparison(number) => {
                let program = self.values.program;
                if let Some(test) = program.tests.tests.get(*number) {
                    self.test(test);
                }
            }
        }
    }

    fn test(&mut self, test: &'a Test) {
        match test {
            Test::Truth(inner) => self.truth(inner),
            Test::Order(op, left, right) => {
                self.compare(*op, left, right);
                self.compare(op.mirrored(), right, left);
            }
            Test::Between(value, low, high) => {
                self.compare(CompareOp::GreaterEqual, value, low);
                self.compare(CompareOp::LessEqual, value, high);
            }
            Test::In { value, list, .. } => self.membership(value, list),
            // Nothing to propose a boundary of.
            Test::IsMissing { .. } => {}
        }
    }

    /// The slot of a value that may be changed, with what it is now.
    fn slot(&self, operand: &Operand) -> Option<(SlotId, Scalar<'a>)> {
        let Operand::Slot(slot) = operand else {
            return None;
        };
        let source = self.values.program.rule_set().slots.get(*slot)?.source;
        match source {
            Source::Feature(_)
            | Source::Input(_)
            | Source::Aggregate(_)
            | Source::Forecast(_)
            | Source::Derive(_) => Some((*slot, self.values.get(*slot).ok()?)),
            Source::Row(_) | Source::Cell(..) | Source::Score | Source::BinValue => None,
        }
    }

    fn truth(&mut self, inner: &'a Operand) {
        if let Some((slot, Scalar::Bool(truth))) = self.slot(inner) {
            self.found.push(Proposal {
                slot,
                value: Scalar::Bool(!truth),
                needed: (!truth).to_string(),
            });
        }
    }

    fn compare(&mut self, op: CompareOp, left: &'a Operand, right: &'a Operand) {
        let Some((slot, observed)) = self.slot(left) else {
            return;
        };
        let Ok(bound) = self.values.env().value(right) else {
            return;
        };
        let Some(Ok(ordering)) = scalar::order(observed, bound) else {
            return;
        };
        // The operator that has to hold for the comparison to turn.
        let turned = if Ordered::of(op).holds(ordering) {
            op.negated()
        } else {
            op
        };
        let proposal = boundary(turned, observed, bound);
        if let Some((value, words, shown)) = proposal {
            let shown = shown.to_value(self.values.program.rule_set().currency);
            self.found.push(Proposal {
                slot,
                value,
                needed: format!("{words} {shown}"),
            });
        }
    }

    fn membership(&mut self, value: &'a Operand, list: &'a [Operand]) {
        let Some((slot, observed)) = self.slot(value) else {
            return;
        };
        let currency = self.values.program.rule_set().currency;
        let env = self.values.env();
        let items = list.iter().filter_map(|item| env.value(item).ok());
        let items: Vec<Scalar<'a>> = items.collect();
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
