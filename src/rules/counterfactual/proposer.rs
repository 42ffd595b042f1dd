//! Proposes changes from what gave a reason: from the comparisons of a rule or of the condition of
//! approval, from the bins of a characteristic, from an offer of less.

use std::collections::BTreeSet;

use super::boundary::boundary;
use super::nearest::nearest;
use super::proposal::{self, Proposal, Way, can_be};
use crate::features::APPLICATION_AMOUNT;
use crate::limits;
use crate::rules::ast::CompareOp;
use crate::rules::code::{Direct, Logic, Operand, Test};
use crate::rules::evaluation::{Evaluation, Outcome, ReasonSource};
use crate::rules::node::{SlotId, Source};
use crate::rules::program::{CompiledCharacteristic, CompiledEnd};
use crate::rules::rule_set::Characteristic;
use crate::rules::scalar::{self, Ordered, Scalar};
use crate::rules::values::Values;
use crate::rules::verdict::Verdict;

pub(super) struct Proposer<'a, 's> {
    values: &'s mut Values<'a>,
    evaluation: &'s Evaluation,
    pub(super) found: Vec<Proposal<'a>>,
    /// How many values may still be looked for by trying.
    left_to_try: usize,
}

impl<'a, 's> Proposer<'a, 's> {
    pub(super) fn new(values: &'s mut Values<'a>, evaluation: &'s Evaluation) -> Self {
        Self {
            values,
            evaluation,
            found: Vec::new(),
            left_to_try: limits::COUNTERFACTUAL_SEARCHES_MAX,
        }
    }

    /// Proposes what may keep this from giving its reason.
    pub(super) fn source(&mut self, source: ReasonSource) {
        let program = self.values.program;
        match (source, &program.end) {
            (ReasonSource::Rule(rule), _) => {
                if let Some(rule) = program.rules.get(rule) {
                    self.condition(&rule.when.logic);
                }
            }
            (ReasonSource::Characteristic(index), _) => self.characteristic(index, false),
            (ReasonSource::Approve | ReasonSource::Retry(_), CompiledEnd::Approve(approve)) => {
                self.condition(&approve.when.0.logic);
            }
            (ReasonSource::Offer, _) => self.smaller_amount(),
            (
                ReasonSource::Approve
                | ReasonSource::Retry(_)
                | ReasonSource::Missing
                | ReasonSource::BankData,
                _,
            ) => {}
        }
    }

    /// Proposes the best that each characteristic which lost points for another reason can have.
    pub(super) fn rest_of_the_score(&mut self, reason: usize) {
        let given = self.evaluation.reasons.iter();
        let rest = given.filter(|given| given.reason != reason);
        for given in rest {
            if let ReasonSource::Characteristic(index) = given.source {
                self.characteristic(index, true);
            }
        }
    }

    fn smaller_amount(&mut self) {
        let slots = &self.values.program.rule_set().slots;
        let offer = self.evaluation.offer.as_ref();
        let offer = offer.filter(|_| self.evaluation.outcome == Outcome::Counter);
        if let (Some(slot), Some(offer)) = (slots.find(APPLICATION_AMOUNT), offer) {
            self.propose(slot, Scalar::Money(offer.amount.minor()), "at most");
        }
    }

    /// Proposes a turn of every comparison.
    fn condition(&mut self, logic: &'a Logic) {
        match logic {
            Logic::Constant(_) => {}
            Logic::Not(inner) => self.condition(inner),
            Logic::All(parts) | Logic::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part));
            }
            Logic::Comparison(number) => {
                let program = self.values.program;
                if let Some(test) = program.tests.tests.get(*number) {
                    self.test(test);
                    self.behind(*number, test);
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
            Source::Feature(_) | Source::Input(_) | Source::Aggregate(_) => {
                Some((*slot, self.values.get(*slot).ok()?))
            }
            Source::Forecast(_)
            | Source::Derive(_)
            | Source::Row(_)
            | Source::Cell(..)
            | Source::Score
            | Source::Offer(_)
            | Source::BinValue => None,
        }
    }

    /// Proposes a value, where an applicant can change it so and any application can have it.
    fn propose_as(&mut self, slot: SlotId, value: Scalar<'a>, needed: String) {
        let program = self.values.program;
        let Ok(observed) = self.values.get(slot) else {
            return;
        };
        let way = Way::between(observed, value);
        let known = self
            .found
            .iter()
            .any(|one| one.slot == slot && one.needed == needed);
        if !known
            && way.is_open(proposal::control(program, slot))
            && can_be(program, slot, value)
            && self.found.len() < limits::COUNTERFACTUAL_PROPOSALS_MAX
        {
            self.found.push(Proposal {
                slot,
                value,
                way,
                needed,
            });
        }
    }

    fn propose(&mut self, slot: SlotId, value: Scalar<'a>, words: &str) {
        let shown = value.to_value(self.values.program.rule_set().currency);
        self.propose_as(slot, value, format!("{words} {shown}"));
    }

    fn truth(&mut self, inner: &'a Operand) {
        if let Some((slot, Scalar::Bool(truth))) = self.slot(inner) {
            self.propose_as(slot, Scalar::Bool(!truth), (!truth).to_string());
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
        if let Some((value, words, shown)) = boundary(turned, observed, bound) {
            let shown = shown.to_value(self.values.program.rule_set().currency);
            self.propose_as(slot, value, format!("{words} {shown}"));
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
            self.propose_as(slot, value, format!("{words} {}", shown.join(", ")));
        }
    }

    /// Proposes changes of what the values compared are computed from.
    fn behind(&mut self, number: usize, test: &'a Test) {
        let seen = self.values.verdict(number);
        let wanted = match seen {
            Verdict::True => Verdict::False,
            Verdict::False => Verdict::True,
            Verdict::Unknown => return,
        };
        let program = self.values.program;
        let mut direct = Direct::default();
        let operands = test.operands();
        let alone = operands.iter().filter_map(|operand| {
            let Operand::Slot(slot) = operand else {
                return None;
            };
            Some(*slot)
        });
        let alone: BTreeSet<SlotId> = alone.collect();
        let parts = operands.iter();
        parts.for_each(|part| program.tests.direct(part, &mut direct));
        if direct
            .slots
            .iter()
            .all(|slot| alone.contains(slot) && self.is_read(*slot))
        {
            return;
        }
        for slot in program.in_the_end(&direct.slots) {
            if !alone.contains(&slot) {
                self.by_trying(slot, &mut |values| values.verdict(number) == wanted);
            }
        }
    }

    /// Whether the value of a slot is read and not computed.
    fn is_read(&self, slot: SlotId) -> bool {
        let slots = &self.values.program.rule_set().slots;
        let source = slots.get(slot).map(|slot| slot.source);
        matches!(source, Some(Source::Feature(_) | Source::Input(_)))
    }

    /// Proposes the nearest values of a slot with which something holds.
    fn by_trying(&mut self, slot: SlotId, holds: &mut dyn FnMut(&mut Values<'a>) -> bool) {
        let control = proposal::control(self.values.program, slot);
        for way in [Way::Up, Way::Down] {
            if !way.is_open(control) || self.left_to_try == 0 {
                continue;
            }
            self.left_to_try -= 1;
            if let Ok(Scalar::Bool(truth)) = self.values.get(slot) {
                let turned = Ok(Scalar::Bool(!truth));
                if self.values.with(slot, turned, |values| holds(values)) {
                    self.propose_as(slot, Scalar::Bool(!truth), (!truth).to_string());
                }
                continue;
            }
            if let Some(value) = nearest(self.values, slot, way, holds) {
                let words = if way == Way::Up {
                    "at least"
                } else {
                    "at most"
                };
                self.propose(slot, value, words);
            }
        }
    }

    /// Proposes what reaches each better bin of a characteristic, or only the best.
    fn characteristic(&mut self, index: usize, only_best: bool) {
        let program = self.values.program;
        let scorecard = program.rule_set().scorecard.as_ref();
        let written = scorecard.and_then(|scorecard| scorecard.characteristics.get(index));
        let record = self.evaluation.score.as_ref();
        let seen = record.and_then(|record| record.characteristics.get(index));
        let (Some(written), Some(compiled), Some(Ok(points))) = (
            written,
            program.characteristics.get(index),
            seen.map(|seen| seen.points),
        ) else {
            return;
        };
        let better = written.bins.iter().map(|bin| bin.points);
        let better: BTreeSet<i64> = better.filter(|one| *one > points).collect();
        let skipped = if only_best {
            better.len().saturating_sub(1)
        } else {
            0
        };
        for slot in &compiled.basis.slots {
            for level in better.iter().skip(skipped) {
                self.by_trying(*slot, &mut |values| {
                    scored(values, written, compiled).is_some_and(|points| points >= *level)
                });
            }
        }
    }
}

/// The points of a characteristic as the values are now; `None` where its value is missing.
fn scored<'a>(
    values: &mut Values<'a>,
    written: &Characteristic,
    compiled: &'a CompiledCharacteristic,
) -> Option<i64> {
    let value = values.calculate(&compiled.value);
    values.set(written.value_slot, value);
    value.ok()?;
    let mut bins = written.bins.iter().zip(&compiled.bins);
    let found = bins.find_map(|(bin, when)| match when {
        None => Some(Some(bin.points)),
        Some(when) => match values.holds(when) {
            Verdict::True => Some(Some(bin.points)),
            Verdict::False => None,
            Verdict::Unknown => Some(None),
        },
    });
    found.flatten()
}
