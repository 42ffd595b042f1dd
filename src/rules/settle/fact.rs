//! Facts that are open: what may be answered.

use std::collections::BTreeMap;

use crate::features::{self, Answerable, Feature, Scope};
use crate::rules::node::{SlotId, Source};
use crate::rules::program::Program;
use crate::rules::values::Values;

/// A fact that is open. In the order in which they are asked: streams, features as the table has them,
/// inputs as they are declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// Whether a stream is income, by its position among those in doubt.
    Stream(usize),
    /// A household feature, by its position in the table.
    Feature(usize, SlotId),
    /// A declared input, by its position.
    Input(usize, SlotId),
}

impl Fact {
    /// The fact that a slot holds, where a reviewer may state it.
    pub(super) fn of(program: &Program, slot: SlotId) -> Option<Self> {
        match program.rule_set().slots.get(slot)?.source {
            Source::Feature(id) => {
                let feature = features::table().get(id.index())?;
                let stated = feature.answerable != Answerable::Never;
                stated.then_some(Self::Feature(id.index(), slot))
            }
            Source::Input(index) => Some(Self::Input(index, slot)),
            Source::Aggregate(_)
            | Source::Forecast(_)
            | Source::Derive(_)
            | Source::Row(_)
            | Source::Cell(..)
            | Source::Score
            | Source::BinValue
            | Source::Offer(_) => None,
        }
    }

    /// The slot that an answer is put in.
    pub(super) fn slot(self) -> Option<SlotId> {
        match self {
            Self::Stream(_) => None,
            Self::Feature(_, slot) | Self::Input(_, slot) => Some(slot),
        }
    }
}

/// The row of the feature that a slot holds.
pub(super) fn feature(program: &Program, slot: SlotId) -> Option<&'static Feature> {
    match program.rule_set().slots.get(slot)?.source {
        Source::Feature(id) => features::table().get(id.index()),
        Source::Input(_)
        | Source::Aggregate(_)
        | Source::Forecast(_)
        | Source::Derive(_)
        | Source::Row(_)
        | Source::Cell(..)
        | Source::Score
        | Source::BinValue
        | Source::Offer(_) => None,
    }
}

/// Whether an answer takes the place of what is known: not of a value that is had once something is said
/// of a stream, and that states no doubt.
pub(super) fn takes_an_answer(values: &Values<'_>, slot: SlotId) -> bool {
    let known = values.get(slot);
    match feature(values.program, slot) {
        Some(feature) => {
            let currency = values.program.rule_set().currency;
            let known = known.map(|value| value.to_value(currency));
            feature.answerable.takes_the_place_of(&known)
        }
        None => known.is_err(),
    }
}

/// Whether a slot rests on what streams of income are found.
pub(super) fn rests_on_streams(program: &Program, slot: SlotId) -> bool {
    if let Some(feature) = feature(program, slot) {
        return feature.rests_on_streams();
    }
    let slots = &program.rule_set().slots;
    let Some(Source::Aggregate(index)) = slots.get(slot).map(|slot| slot.source) else {
        return false;
    };
    let counted_by = slots.aggregates.get(index).map(|one| one.counted_by);
    let feature = counted_by.and_then(|id| features::table().get(id.index()));
    feature.is_some_and(|feature| feature.scope == Scope::IncomeStream)
}

/// What is answered, by fact.
pub(super) type Answers = BTreeMap<Fact, i64>;
