//! How what the rules look at goes with one value: where it only rises or only falls, every turn is found
//! by looking at ends; otherwise a short stretch may be missed.

use std::collections::{BTreeMap, BTreeSet};

use crate::features::{Type, Value, Whole};
use crate::rules::ast::{ArithmeticOp, CompareOp};
use crate::rules::node::{Applied, Choice, Node, SlotId, Source};
use crate::rules::numbering;
use crate::rules::program::Program;

/// How a calculation goes with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It is the same whatever the value is.
    Apart,
    /// It is the value.
    Alone,
    Rising,
    Falling,
    /// It only rises or only falls, and which of the two is not known.
    Either,
    /// It may turn.
    Bent,
}

impl Course {
    fn calculated(self) -> Self {
        match self {
            Self::Alone => Self::Rising,
            Self::Apart | Self::Rising | Self::Falling | Self::Either | Self::Bent => self,
        }
    }

    fn turned(self) -> Self {
        match self {
            Self::Alone | Self::Rising => Self::Falling,
            Self::Falling => Self::Rising,
            Self::Apart | Self::Either | Self::Bent => self,
        }
    }

    /// Of a sum, and of whatever else rises with both.
    fn with(self, other: Self) -> Self {
        match (self.calculated(), other.calculated()) {
            (Self::Apart, one) | (one, Self::Apart) => one,
            (Self::Rising, Self::Rising) => Self::Rising,
            (Self::Falling, Self::Falling) => Self::Falling,
            _ => Self::Bent,
        }
    }
}

/// How everything that the rules look at goes with the value of one slot.
pub(super) struct Courses<'p> {
    program: &'p Program,
    slot: SlotId,
    known: BTreeMap<SlotId, Course>,
}

impl<'p> Courses<'p> {
    pub(super) fn of(program: &'p Program, slot: SlotId) -> Self {
        Self {
            program,
            slot,
            known: BTreeMap::new(),
        }
    }

    /// Whether every comparison turns only where it is looked, and every calculation never does.
    pub(super) fn are_plain(&mut self) -> bool {
        let formulas = numbering::formulas(self.program.rule_set());
        formulas.into_iter().all(|(_, formula)| {
            let mut nodes = vec![&formula.node];
            let mut plain = is_condition(&formula.node) || self.node(&formula.node) != Course::Bent;
            while let Some(node) = nodes.pop() {
                plain &= self.is_plain(node);
                nodes.extend(node.children());
            }
            plain
        })
    }

    /// Whether a comparison turns only where it is looked.
    fn is_plain(&mut self, node: &Node) -> bool {
        match node {
            Node::Compare(op, left, right, _) => {
                let (left, right) = (self.node(left), self.node(right));
                match (left, right, op) {
                    (Course::Alone | Course::Apart, Course::Apart, _)
                    | (Course::Apart, Course::Alone, _) => true,
                    // One value of many makes them equal.
                    (_, _, CompareOp::Equal | CompareOp::NotEqual) => false,
                    _ => left.with(right.turned()) != Course::Bent,
                }
            }
            Node::Between(value, low, high, _) => {
                self.is_looked_at(value) && self.are_apart([low.as_ref(), high.as_ref()])
            }
            Node::In { value, list, .. } => self.is_looked_at(value) && self.are_apart(list),
            Node::Truth(value, _) => {
                if let Node::Apply(Applied::Listed { .. }, list) = value.as_ref() {
                    list.iter().all(|part| self.is_looked_at(part))
                } else {
                    self.is_looked_at(value)
                }
            }
            Node::Constant(_)
            | Node::Slot(_)
            | Node::Subject(_)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Negate(_)
            | Node::Arithmetic(..)
            | Node::IsMissing { .. }
            | Node::Choose(..)
            | Node::Round(_)
            | Node::Abs(_)
            | Node::Apply(..)
            | Node::Forecast { .. } => true,
        }
    }

    fn is_looked_at(&mut self, node: &Node) -> bool {
        matches!(self.node(node), Course::Apart | Course::Alone)
    }

    fn are_apart<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) -> bool {
        let mut nodes = nodes.into_iter();
        nodes.all(|node| self.node(node) == Course::Apart)
    }

    fn node(&mut self, node: &Node) -> Course {
        match node {
            Node::Slot(slot) => self.slot(*slot),
            Node::Negate(inner) => self.node(inner).turned(),
            Node::Round(inner) => self.node(inner).calculated(),
            Node::Arithmetic(op, left, right) => {
                let courses = (self.node(left), self.node(right));
                match op {
                    ArithmeticOp::Add => courses.0.with(courses.1),
                    ArithmeticOp::Subtract => courses.0.with(courses.1.turned()),
                    ArithmeticOp::Multiply => match courses {
                        (course, Course::Apart) => scaled(course, right),
                        (Course::Apart, course) => scaled(course, left),
                        _ => Course::Bent,
                    },
                    ArithmeticOp::Divide => match courses {
                        (course, Course::Apart) => scaled(course, right),
                        _ => Course::Bent,
                    },
                }
            }
            Node::Choose(Choice::Min | Choice::Max | Choice::Coalesce, list, _) => {
                let courses = list.iter().map(|part| self.node(part));
                courses.fold(Course::Apart, Course::with)
            }
            Node::Constant(_)
            | Node::Subject(_)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::In { .. }
            | Node::Between(..)
            | Node::IsMissing { .. }
            | Node::Truth(..)
            | Node::Choose(Choice::Case, ..)
            | Node::Abs(_)
            | Node::Apply(..)
            | Node::Forecast { .. } => self.any(node.children()),
        }
    }

    /// Where nothing is known but whether it depends on the value.
    fn any<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) -> Course {
        let mut nodes = nodes.into_iter();
        let apart = nodes.all(|node| self.node(node) == Course::Apart);
        if apart { Course::Apart } else { Course::Bent }
    }

    fn slot(&mut self, slot: SlotId) -> Course {
        if slot == self.slot {
            return Course::Alone;
        }
        if let Some(known) = self.known.get(&slot) {
            return *known;
        }
        let rule_set = self.program.rule_set();
        let source = rule_set.slots.list.get(slot.0).map(|slot| slot.source);
        let course = match source {
            Some(Source::Derive(index)) => {
                let derived = rule_set.derive.get(index);
                derived.map_or(Course::Apart, |one| {
                    self.node(&one.formula.node).calculated()
                })
            }
            // Which row is chosen is looked at by itself, and a row gives one value.
            Some(Source::Row(table) | Source::Cell(table, _)) => {
                let inputs = rule_set.tables.get(table).into_iter();
                let mut inputs = inputs.flat_map(|table| &table.inputs);
                if inputs.all(|input| self.is_looked_at(&input.formula.node)) {
                    Course::Apart
                } else {
                    Course::Bent
                }
            }
            Some(Source::Aggregate(index)) => {
                let aggregate = rule_set.slots.aggregates.get(index).into_iter();
                self.any(aggregate.flat_map(|one| one.nodes()))
            }
            Some(Source::Forecast(index)) => {
                let forecast = rule_set.slots.forecasts.get(index);
                forecast.map_or(Course::Apart, |node| self.node(node))
            }
            // Points are looked at by themselves.
            Some(
                Source::Score
                | Source::BinValue
                | Source::Feature(_)
                | Source::Input(_)
                | Source::Offer(_),
            )
            | None => Course::Apart,
        };
        self.known.insert(slot, course);
        course
    }

    /// Values of this type about which a calculation may turn: those that stand in formulas which rest
    /// on the slot, and what lies as far beside one as another says.
    pub(super) fn turns(&self, ty: Type) -> Vec<i64> {
        let mut named: BTreeSet<i64> = BTreeSet::new();
        for (_, formula) in numbering::formulas(self.program.rule_set()) {
            let mut slots = BTreeSet::new();
            formula.node.slots(&mut slots);
            if !self
                .program
                .in_the_end_beside_the_score(&slots)
                .contains(&self.slot)
            {
                continue;
            }
            formula.node.each(&mut |node| {
                if let Node::Constant(value) = node
                    && value.ty() == ty
                {
                    named.extend(Whole::of_value(value));
                }
            });
        }
        let pairs = named.iter().flat_map(|one| {
            let others = named.iter();
            others.flat_map(move |other| [one.saturating_sub(*other), one.saturating_add(*other)])
        });
        named.iter().copied().chain(pairs).collect()
    }
}

/// What is multiplied or divided by something that the value has no part in.
fn scaled(course: Course, by: &Node) -> Course {
    match (course.calculated(), by) {
        (known @ (Course::Apart | Course::Bent), _) => known,
        (course, Node::Constant(Value::Count(by))) if *by > 0 => course,
        (course, Node::Constant(Value::Ratio(by) | Value::Percent(by)))
            if by.is_sign_positive() =>
        {
            course
        }
        _ => Course::Either,
    }
}

fn is_condition(node: &Node) -> bool {
    matches!(
        node,
        Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare(..)
            | Node::In { .. }
            | Node::Between(..)
            | Node::IsMissing { .. }
            | Node::Truth(..)
    )
}
