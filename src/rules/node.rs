//! Expressions with their names resolved: what a program runs.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{AskedFor, OfferValue};
use super::ast::{ArithmeticOp, CompareOp, ForecastFunction, Function};
use super::list::List;
use crate::features::{self, FeatureId, Type, Value};

/// The position of a value in an evaluation's slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SlotId(pub(super) usize);

/// Which comparison of its expression a node is; `None` inside of a function over subjects, where
/// it has a value for each of them.
pub(super) type Site = Option<usize>;

/// A function that chooses between values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The first that is known.
    Coalesce,
    /// The value of the first condition that holds: conditions, each before its value, and at last
    /// the value for where none does.
    Case,
}

impl Choice {
    /// Its name in the language.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Min => Function::Min.as_str(),
            Self::Max => Function::Max.as_str(),
            Self::Coalesce => Function::Coalesce.as_str(),
            Self::Case => Function::Case.as_str(),
        }
    }
}

/// The arms of a `case`: each condition with its value, and the last value.
pub(super) fn arms<T>(list: &[T]) -> (impl Iterator<Item = (&T, &T)>, Option<&T>) {
    let (pairs, otherwise) = list.as_chunks::<2>();
    let pairs = pairs.iter().map(|[condition, value]| (condition, value));
    (pairs, otherwise.first())
}

/// A function of single values that is computed from no more than them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// A date and so many months: the same day of that month, or its last.
    AddMonths,
    /// The same, so many months before.
    SubtractMonths,
    /// The day of the week of a date.
    Weekday,
    /// The day of the month of a date.
    Day,
    /// A date, or the next day on which banks settle.
    BusinessDay,
    /// Whether a text begins with another.
    StartsWith,
    /// Whether somebody is in a random share: its name, how large it is, and, where it is given, by
    /// what it is drawn.
    Share,
    /// Whether a value is in a list of the file, by the list's position.
    Listed {
        list: usize,
        /// Whether it reads `not in`.
        negated: bool,
    },
}

/// A function over the subjects of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduction {
    /// Whether it holds of any.
    Any,
    /// Whether it holds of all.
    All,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Of how many it holds.
    Count,
    /// The sum.
    Sum,
    /// The mean.
    Avg,
}

impl Reduction {
    /// Its name in the language.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Any => Function::Any.as_str(),
            Self::All => Function::All.as_str(),
            Self::Min => Function::Min.as_str(),
            Self::Max => Function::Max.as_str(),
            Self::Count => Function::Count.as_str(),
            Self::Sum => Function::Sum.as_str(),
            Self::Avg => Function::Avg.as_str(),
        }
    }

    /// Whether it is of a condition.
    pub(super) fn is_of_conditions(self) -> bool {
        match self {
            Self::Any | Self::All | Self::Count => true,
            Self::Min | Self::Max | Self::Sum | Self::Avg => false,
        }
    }
}

/// A resolved expression.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Constant(Value),
    Slot(SlotId),
    /// A feature of the subject that an aggregate is looking at.
    Subject(FeatureId),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Negate(Box<Node>),
    Arithmetic(ArithmeticOp, Box<Node>, Box<Node>),
    Compare(CompareOp, Box<Node>, Box<Node>, Site),
    In {
        value: Box<Node>,
        list: Vec<Node>,
        negated: bool,
        site: Site,
    },
    Between(Box<Node>, Box<Node>, Box<Node>, Site),
    IsMissing {
        value: Box<Node>,
        negated: bool,
        site: Site,
    },
    /// A value that is a condition by itself: `income.stopped`.
    Truth(Box<Node>, Site),
    /// A choice between values; the type is that of the result.
    Choose(Choice, Vec<Node>, Type),
    Round(Box<Node>),
    Abs(Box<Node>),
    /// A function of single values.
    Apply(Applied, Vec<Node>),
    /// A forecast of the account to be debited; inside of an aggregate, of its account.
    Forecast {
        function: ForecastFunction,
        per_account: bool,
        arguments: Vec<Node>,
    },
}

impl Node {
    /// Every slot that the node reads itself.
    pub(super) fn slots(&self, into: &mut BTreeSet<SlotId>) {
        self.each(&mut |node| {
            if let Node::Slot(slot) = node {
                into.insert(*slot);
            }
        });
    }

    /// Calls `visit` with this node and every one below it.
    pub(super) fn each(&self, visit: &mut impl FnMut(&Node)) {
        visit(self);
        for child in self.children() {
            child.each(visit);
        }
    }

    /// The nodes that this one is made of.
    pub(super) fn children(&self) -> Vec<&Self> {
        match self {
            Self::Constant(_) | Self::Slot(_) | Self::Subject(_) => Vec::new(),
            Self::Not(inner)
            | Self::Negate(inner)
            | Self::Round(inner)
            | Self::Abs(inner)
            | Self::Truth(inner, _) => vec![inner],
            Self::IsMissing { value, .. } => vec![value],
            Self::And(list)
            | Self::Or(list)
            | Self::Choose(_, list, _)
            | Self::Apply(_, list)
            | Self::Forecast {
                arguments: list, ..
            } => list.iter().collect(),
            Self::Arithmetic(_, left, right) | Self::Compare(_, left, right, _) => {
                vec![left, right]
            }
            Self::In { value, list, .. } => std::iter::once(value.as_ref()).chain(list).collect(),
            Self::Between(value, low, high, _) => vec![value, low, high],
        }
    }
}

/// Where the value of a slot comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A household feature.
    Feature(FeatureId),
    /// A declared input, by its position.
    Input(usize),
    /// A function over subjects, by its position in [`Slots::aggregates`].
    Aggregate(usize),
    /// A forecast, by its position in [`Slots::forecasts`].
    Forecast(usize),
    /// A derived value, by its position in the file.
    Derive(usize),
    /// Which row of a table was chosen, by the table's position.
    Row(usize),
    /// What a table gives, by the positions of the table and of the output.
    Cell(usize, usize),
    /// The scorecard's total.
    Score,
    /// The value of the characteristic being scored.
    BinValue,
    /// A value of the offer being looked at.
    Offer(OfferValue),
}

impl Source {
    /// The value of an offer that it is.
    pub(super) fn offered(&self) -> Option<OfferValue> {
        match self {
            Self::Offer(value) => Some(*value),
            Self::Feature(_)
            | Self::Input(_)
            | Self::Aggregate(_)
            | Self::Forecast(_)
            | Self::Derive(_)
            | Self::Row(_)
            | Self::Cell(..)
            | Self::Score
            | Self::BinValue => None,
        }
    }

    /// What was asked for, where it says that.
    pub(super) fn asked(&self) -> Option<AskedFor> {
        match self {
            Self::Feature(id) => AskedFor::of(*id),
            Self::Input(_)
            | Self::Aggregate(_)
            | Self::Forecast(_)
            | Self::Derive(_)
            | Self::Row(_)
            | Self::Cell(..)
            | Self::Score
            | Self::BinValue
            | Self::Offer(_) => None,
        }
    }
}

/// The name of the slot for the value of a characteristic of this type.
pub(super) fn bin_value(ty: Type) -> String {
    format!("value as {ty}")
}

/// A function over the subjects of one scope.
#[derive(Debug, Clone)]
pub(super) struct Aggregate {
    pub(super) reduction: Reduction,
    /// One of the features of `body`: it has as many values as there are subjects.
    pub(super) counted_by: FeatureId,
    pub(super) body: Node,
    /// The condition under which it looks at a subject, where there is one.
    pub(super) only: Option<Node>,
    /// Its place in the rule file, where it is first written.
    pub(super) at: (usize, usize),
}

impl Aggregate {
    /// What it is made of.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.body).chain(&self.only)
    }
}

/// A slot: what it is called and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// As in the rule file: `inputs.existing_customer`, `min(ownership.name_score)`.
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) ty: Type,
}

/// The slots of a program, in the order in which they were first named.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    pub(super) list: Vec<Slot>,
    pub(super) aggregates: Vec<Aggregate>,
    /// Forecasts outside of aggregates.
    pub(super) forecasts: Vec<Node>,
    /// How many calls of forecasts are written.
    pub(super) forecast_calls: usize,
    /// The lists of the file.
    pub(super) lists: Vec<List>,
    /// Where random shares are drawn.
    pub(super) shares: Vec<std::ops::Range<usize>>,
    by_name: BTreeMap<String, SlotId>,
}

impl Slots {
    /// The slot of that name, made if it is new.
    pub(super) fn named(&mut self, name: &str, source: Source, ty: Type) -> SlotId {
        if let Some(slot) = self.by_name.get(name) {
            return *slot;
        }
        let slot = SlotId(self.list.len());
        self.by_name.insert(name.to_owned(), slot);
        self.list.push(Slot {
            name: name.to_owned(),
            source,
            ty,
        });
        slot
    }

    /// The slot of an aggregate, by its canonical text.
    pub(super) fn aggregate(&mut self, text: &str, aggregate: Aggregate, ty: Type) -> SlotId {
        if let Some(slot) = self.find(text) {
            if let Some(Source::Aggregate(index)) = self.get(slot).map(|slot| slot.source)
                && let Some(known) = self.aggregates.get_mut(index)
            {
                known.at = known.at.min(aggregate.at);
            }
            return slot;
        }
        let slot = self.named(text, Source::Aggregate(self.aggregates.len()), ty);
        self.aggregates.push(aggregate);
        slot
    }

    /// The slot of a forecast, by its canonical text.
    pub(super) fn forecast(&mut self, text: &str, forecast: Node, ty: Type) -> SlotId {
        if let Some(slot) = self.find(text) {
            return slot;
        }
        let slot = self.named(text, Source::Forecast(self.forecasts.len()), ty);
        self.forecasts.push(forecast);
        slot
    }

    /// The slots of aggregates in the order in which the rule file first writes them.
    pub(super) fn aggregates_as_written(&self) -> Vec<SlotId> {
        let slots = self.list.iter().enumerate();
        let mut found: Vec<((usize, usize), SlotId)> = slots
            .filter_map(|(index, slot)| match slot.source {
                Source::Aggregate(aggregate) => {
                    Some((self.aggregates.get(aggregate)?.at, SlotId(index)))
                }
                Source::Feature(_)
                | Source::Input(_)
                | Source::Forecast(_)
                | Source::Derive(_)
                | Source::Row(_)
                | Source::Cell(..)
                | Source::Score
                | Source::BinValue
                | Source::Offer(_) => None,
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    /// The slot of that name.
    pub(super) fn find(&self, name: &str) -> Option<SlotId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn get(&self, slot: SlotId) -> Option<&Slot> {
        self.list.get(slot.0)
    }

    /// The names of the features behind a slot; none for inputs and what is computed from others.
    pub(super) fn features(&self, slot: SlotId, into: &mut BTreeSet<&'static str>) {
        match self.get(slot).map(|slot| slot.source) {
            Some(Source::Feature(id)) => into.extend(feature_name(id)),
            Some(Source::Aggregate(index)) => {
                if let Some(aggregate) = self.aggregates.get(index) {
                    aggregate
                        .nodes()
                        .for_each(|node| self.features_of(node, into));
                }
            }
            Some(Source::Forecast(index)) => {
                if let Some(forecast) = self.forecasts.get(index) {
                    self.features_of(forecast, into);
                }
            }
            Some(
                Source::Input(_)
                | Source::Derive(_)
                | Source::Row(_)
                | Source::Cell(..)
                | Source::Score
                | Source::BinValue
                | Source::Offer(_),
            )
            | None => {}
        }
    }

    fn features_of(&self, node: &Node, into: &mut BTreeSet<&'static str>) {
        let mut slots = BTreeSet::new();
        node.each(&mut |node| {
            if let Node::Subject(id) = node {
                into.extend(feature_name(*id));
            }
        });
        node.slots(&mut slots);
        for slot in slots {
            // INVARIANT: an aggregate reads no other one, and a forecast what stands in it, so this
            // ends.
            self.features(slot, into);
        }
    }
}

fn feature_name(id: FeatureId) -> Option<&'static str> {
    features::table()
        .get(id.index())
        .map(|feature| feature.name)
}
