//! Which values are certainly known: where a condition came out one way, where another value is
//! known, and which expressions then cannot be missing. By what is written alone, so that a rule set
//! can be told before it decides about anybody.

use std::collections::BTreeSet;

use super::asked::OfferValue;
use super::ast::{ArithmeticOp, CompareOp};
use super::compile;
use super::node::{Applied, Choice, Node, SlotId, Source};
use super::rule_set::{Computed, RuleSet};
use crate::features::{self, Value};

/// What is known in every case of some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sure {
    /// There is no such case.
    Never,
    /// These slots are known.
    Known(BTreeSet<SlotId>),
}

impl Sure {
    pub(super) fn nothing() -> Self {
        Self::Known(BTreeSet::new())
    }

    /// Where this and that is the case.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Known(mut one), Self::Known(mut other)) => {
                one.append(&mut other);
                Self::Known(one)
            }
        }
    }

    /// Where this or that is the case.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, other) => other,
            (one, Self::Never) => one,
            (Self::Known(one), Self::Known(other)) => {
                Self::Known(one.intersection(&other).copied().collect())
            }
        }
    }

    fn all(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::nothing(), Self::and)
    }

    fn any(parts: impl Iterator<Item = Self>) -> Self {
        parts.fold(Self::Never, Self::or)
    }
}

/// Reads what is written.
pub(super) struct Reader<'r> {
    rule_set: &'r RuleSet,
    /// The slots that are of interest; of no other is said whether it is known.
    of_interest: &'r BTreeSet<SlotId>,
    /// What is known where a derived value is, by its position.
    with_derived: Vec<Sure>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(rule_set: &'r RuleSet, of_interest: &'r BTreeSet<SlotId>) -> Self {
        let mut reader = Self {
            rule_set,
            of_interest,
            with_derived: vec![Sure::nothing(); rule_set.derive.len()],
        };
        // In order, so that no chain of them is gone through again and again.
        for computed in &rule_set.order {
            let Computed::Derive(index) = computed else {
                continue;
            };
            let known = rule_set.derive.get(*index);
            let known = known.map(|derived| reader.with(&derived.formula.node));
            if let (Some(place), Some(known)) = (reader.with_derived.get_mut(*index), known) {
                *place = known;
            }
        }
        reader
    }

    /// What is known where a condition is known to be `wanted`.
    pub(super) fn when(&self, node: &Node, wanted: bool) -> Sure {
        match node {
            Node::Constant(Value::Bool(truth)) if *truth != wanted => Sure::Never,
            Node::Not(inner) => self.when(inner, !wanted),
            Node::And(list) | Node::Or(list) => {
                let parts = list.iter().map(|part| self.when(part, wanted));
                if matches!(node, Node::And(_)) == wanted {
                    Sure::all(parts)
                } else {
                    Sure::any(parts)
                }
            }
            Node::Between(value, low, high, _) => {
                if wanted {
                    self.with_all([value.as_ref(), low, high])
                } else {
                    // One of its sides may be unknown.
                    self.with(value)
                }
            }
            Node::IsMissing { value, negated, .. } => {
                if *negated == wanted {
                    self.with(value)
                } else {
                    Sure::nothing()
                }
            }
            Node::Compare(op, left, right, _) => {
                let decides = |left: &Node, right: &Node| self.compares(*op, left, right);
                let left_known = self.with_unless(left, wanted, &|one| decides(one, right));
                let right_known = self.with_unless(right, wanted, &|one| decides(left, one));
                left_known.and(right_known)
            }
            Node::Truth(value, _) => self.with_unless(value, wanted, &|one| {
                let Node::Constant(Value::Bool(truth)) = one else {
                    return None;
                };
                Some(*truth)
            }),
            Node::In { value, .. } => self.with(value),
            Node::Constant(_)
            | Node::Slot(_)
            | Node::Subject(_)
            | Node::Negate(_)
            | Node::Arithmetic(..)
            | Node::Choose(..)
            | Node::Round(_)
            | Node::Abs(_)
            | Node::Apply(..)
            | Node::Forecast { .. } => self.with(node),
        }
    }

    /// What two constants come to when compared.
    fn compares(&self, op: CompareOp, left: &Node, right: &Node) -> Option<bool> {
        if !matches!((left, right), (Node::Constant(_), Node::Constant(_))) {
            return None;
        }
        let compared = Node::Compare(op, Box::new(left.clone()), Box::new(right.clone()), None);
        match compile::constant(&compared, self.rule_set.currency) {
            Ok(Value::Bool(truth)) => Some(truth),
            Ok(_) | Err(_) => None,
        }
    }

    /// What is known where a value is, and what is asked of it comes out as `wanted`. A constant that
    /// stands in for what is missing may rule that out.
    fn with_unless(
        &self,
        node: &Node,
        wanted: bool,
        comes_to: &dyn Fn(&Node) -> Option<bool>,
    ) -> Sure {
        let Node::Choose(Choice::Coalesce, list, _) = node else {
            return self.with(node);
        };
        Sure::any(list.iter().map(|part| match comes_to(part) {
            Some(truth) if truth != wanted => Sure::Never,
            Some(_) | None => self.with(part),
        }))
    }

    fn with_all<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> Sure {
        Sure::all(nodes.into_iter().map(|node| self.with(node)))
    }

    /// What is known where a value is.
    pub(super) fn with(&self, node: &Node) -> Sure {
        match node {
            Node::Constant(_) | Node::Subject(_) => Sure::nothing(),
            Node::Slot(slot) => {
                let own = self.of_interest.contains(slot).then_some(*slot);
                let own = Sure::Known(own.into_iter().collect());
                match self
                    .derived(*slot)
                    .and_then(|index| self.with_derived.get(index))
                {
                    Some(behind) => own.and(behind.clone()),
                    None => own,
                }
            }
            Node::Negate(inner) | Node::Round(inner) | Node::Abs(inner) => self.with(inner),
            Node::Arithmetic(_, left, right) => self.with_all([left.as_ref(), right]),
            Node::Choose(Choice::Coalesce, list, _) => {
                Sure::any(list.iter().map(|part| self.with(part)))
            }
            // Which of them is looked at is not known.
            Node::Choose(Choice::Case, ..) => Sure::nothing(),
            Node::Choose(Choice::Min | Choice::Max, list, _)
            | Node::Apply(_, list)
            | Node::Forecast {
                arguments: list, ..
            } => self.with_all(list),
            Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::In { .. }
            | Node::Between(..)
            | Node::IsMissing { .. }
            | Node::Truth(..) => self.when(node, true).or(self.when(node, false)),
        }
    }

    fn derived(&self, slot: SlotId) -> Option<usize> {
        match self.rule_set.slots.get(slot)?.source {
            Source::Derive(index) => Some(index),
            Source::Feature(_)
            | Source::Input(_)
            | Source::Aggregate(_)
            | Source::Forecast(_)
            | Source::Row(_)
            | Source::Cell(..)
            | Source::Score
            | Source::Offer(_)
            | Source::BinValue => None,
        }
    }

    /// The slots of interest that cannot be missing where so much is known. Numbers too large to hold
    /// apart: no application comes near them.
    pub(super) fn certain(&self, known: &Sure) -> BTreeSet<SlotId> {
        let Sure::Known(known) = known else {
            return self.of_interest.clone();
        };
        let mut derived = vec![false; self.rule_set.derive.len()];
        for computed in &self.rule_set.order {
            let Computed::Derive(index) = *computed else {
                continue;
            };
            if let (Some(one), Some(place)) =
                (self.rule_set.derive.get(index), derived.get(index).copied())
            {
                let certain = place
                    || known.contains(&one.slot)
                    || self.is_certain(&one.formula.node, known, &derived);
                if let Some(place) = derived.get_mut(index) {
                    *place = certain;
                }
            }
        }
        let of_interest = self.of_interest.iter().copied();
        of_interest
            .filter(|slot| self.is_certain(&Node::Slot(*slot), known, &derived))
            .collect()
    }

    /// Whether a value cannot be missing.
    fn is_certain(&self, node: &Node, known: &BTreeSet<SlotId>, derived: &[bool]) -> bool {
        let all = |list: &[Node]| {
            let mut list = list.iter();
            list.all(|part| self.is_certain(part, known, derived))
        };
        match node {
            Node::Constant(_) | Node::IsMissing { .. } => true,
            Node::Slot(slot) => known.contains(slot) || self.is_always_there(*slot, derived),
            // Every day has one.
            Node::Apply(Applied::Weekday | Applied::Day | Applied::BusinessDay, list) => all(list),
            Node::Subject(_)
            | Node::Choose(Choice::Case, ..)
            | Node::Apply(..)
            | Node::Forecast { .. } => false,
            Node::Arithmetic(ArithmeticOp::Divide, left, right) => {
                self.is_certain(left, known, derived) && is_not_zero(right)
            }
            Node::Choose(Choice::Coalesce, list, _) => {
                let mut list = list.iter();
                list.any(|part| self.is_certain(part, known, derived))
            }
            Node::And(list) | Node::Or(list) | Node::Choose(Choice::Min | Choice::Max, list, _) => {
                all(list)
            }
            Node::Not(_)
            | Node::Negate(_)
            | Node::Round(_)
            | Node::Abs(_)
            | Node::Arithmetic(..)
            | Node::Compare(..)
            | Node::In { .. }
            | Node::Between(..)
            | Node::Truth(..) => {
                let mut parts = node.children().into_iter();
                parts.all(|part| self.is_certain(part, known, derived))
            }
        }
    }

    fn is_always_there(&self, slot: SlotId, derived: &[bool]) -> bool {
        match self.rule_set.slots.get(slot).map(|slot| slot.source) {
            Some(Source::Feature(id)) => {
                let feature = features::table().get(id.index());
                feature.is_some_and(|feature| feature.is_always_known)
            }
            Some(Source::Input(index)) => {
                let input = self.rule_set.inputs.get(index);
                input.is_some_and(|input| input.required || input.default.is_some())
            }
            // At each point that is looked at, all of it but the day is known.
            Some(Source::Offer(value)) => value != OfferValue::FirstPaymentDate,
            Some(Source::Derive(index)) => derived.get(index).copied().unwrap_or(false),
            Some(
                Source::Aggregate(_)
                | Source::Forecast(_)
                | Source::Row(_)
                | Source::Cell(..)
                | Source::Score
                | Source::BinValue,
            )
            | None => false,
        }
    }
}

/// Whether it is a constant other than zero.
fn is_not_zero(node: &Node) -> bool {
    let Node::Constant(value) = node else {
        return false;
    };
    match value {
        Value::Money(money) => money.minor() != 0,
        Value::Count(number) | Value::Days(number) => *number != 0,
        Value::Ratio(share) | Value::Percent(share) => !share.is_zero(),
        Value::Date(_) | Value::Text(_) | Value::Bool(_) => false,
    }
}
