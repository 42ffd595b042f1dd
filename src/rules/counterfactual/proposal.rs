//! A change that may remove a reason, and which changes are an applicant's to make.

use crate::features::{self, Control, Feature};
use crate::rules::node::{Node, Reduction, SlotId, Source};
use crate::rules::program::Program;
use crate::rules::scalar::{self, Scalar};

/// A change that may remove a reason.
#[derive(Debug, Clone)]
pub(super) struct Proposal<'a> {
    pub(super) slot: SlotId,
    /// A value that the change allows, the nearest to the one observed.
    pub(super) value: Scalar<'a>,
    pub(super) way: Way,
    /// The change in words: `below 3`.
    pub(super) needed: String,
}

/// In which direction a value changes; of a yes or no, to a yes is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Down,
    Up,
    /// To another one of its words.
    Other,
}

impl Way {
    /// From one value to another.
    pub(super) fn between(observed: Scalar<'_>, value: Scalar<'_>) -> Self {
        if let (Scalar::Bool(_), Scalar::Bool(truth)) = (observed, value) {
            return if truth { Self::Up } else { Self::Down };
        }
        match scalar::order(observed, value) {
            _ if matches!(value, Scalar::Text(_)) => Self::Other,
            Some(Ok(order)) if order.is_lt() => Self::Up,
            Some(Ok(order)) if order.is_gt() => Self::Down,
            Some(Ok(_) | Err(_)) | None => Self::Other,
        }
    }

    /// Whether an applicant can change a value this way.
    pub(super) fn is_open(self, control: Control) -> bool {
        match control {
            Control::No => false,
            Control::Down => self == Self::Down,
            Control::Up => self == Self::Up,
            Control::Either => true,
        }
    }
}

/// What an applicant can change of the value of a slot. Of what is computed from others, and of a
/// forecast, nothing: the others are to be changed.
pub(super) fn control(program: &Program, slot: SlotId) -> Control {
    let rule_set = program.rule_set();
    match rule_set.slots.get(slot).map(|slot| slot.source) {
        Some(Source::Feature(_) | Source::Aggregate(_)) => {
            feature(program, slot).map_or(Control::No, |feature| feature.control)
        }
        Some(Source::Input(index)) => {
            let input = rule_set.inputs.get(index);
            input.map_or(Control::No, |input| input.control)
        }
        Some(
            Source::Forecast(_)
            | Source::Derive(_)
            | Source::Row(_)
            | Source::Cell(..)
            | Source::Score
            | Source::Offer(_)
            | Source::BinValue,
        )
        | None => Control::No,
    }
}

/// The row of the feature that a slot holds, or holds the least or greatest of.
pub(super) fn feature(program: &Program, slot: SlotId) -> Option<&'static Feature> {
    let slots = &program.rule_set().slots;
    let id = match slots.get(slot)?.source {
        Source::Feature(id) => id,
        Source::Aggregate(index) => {
            let Node::Subject(id) = slots.aggregates.get(index)?.body else {
                return None;
            };
            id
        }
        Source::Input(_)
        | Source::Forecast(_)
        | Source::Derive(_)
        | Source::Row(_)
        | Source::Cell(..)
        | Source::Score
        | Source::Offer(_)
        | Source::BinValue => return None,
    };
    features::table().get(id.index())
}

/// What a slot makes of the values of subjects, where it does.
fn reduction(program: &Program, slot: SlotId) -> Option<Reduction> {
    let slots = &program.rule_set().slots;
    let Source::Aggregate(index) = slots.get(slot)?.source else {
        return None;
    };
    Some(slots.aggregates.get(index)?.reduction)
}

fn is_below_zero(value: Scalar<'_>) -> bool {
    match value {
        Scalar::Money(number) | Scalar::Count(number) | Scalar::Days(number) => number < 0,
        Scalar::Ratio(share) | Scalar::Percent(share) => share.is_sign_negative(),
        Scalar::Date(_) | Scalar::Text(_) | Scalar::Bool(_) => false,
    }
}

/// Whether any application can have the value: whether it is in the range that the feature's row
/// says. There is no loan of nothing, and nothing that is counted is below zero.
pub(super) fn can_be(program: &Program, slot: SlotId, value: Scalar<'_>) -> bool {
    let Some(feature) = feature(program, slot) else {
        return true;
    };
    if let Some(reduction @ (Reduction::Count | Reduction::Sum)) = reduction(program, slot) {
        // However many there are, of what is never below zero the sum is not either.
        let sign =
            reduction == Reduction::Count || feature.range.least.is_some_and(|least| least >= 0);
        return !sign || !is_below_zero(value);
    }
    feature.can_be(&value.to_value(program.rule_set().currency))
}
