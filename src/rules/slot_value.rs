//! What stands in a slot while a program runs.

use super::scalar::{Known, Scalar};
use crate::features::{FeatureId, Features, Missing};
use crate::money::Currency;

/// The value of one slot. That of a feature stays where it is: most comparisons need its integer
/// alone.
#[derive(Debug, Clone, Copy)]
pub(super) enum SlotValue<'a> {
    Feature(FeatureId),
    Known(Known<'a>),
}

impl<'a> SlotValue<'a> {
    /// The value.
    pub(super) fn known(&self, features: Option<&'a Features>, currency: Currency) -> Known<'a> {
        match self {
            Self::Feature(id) => of_feature(*id, features, 0, currency),
            Self::Known(known) => *known,
        }
    }
}

/// The value of a feature for one of its subjects.
pub(super) fn of_feature(
    id: FeatureId,
    features: Option<&Features>,
    subject: usize,
    currency: Currency,
) -> Known<'_> {
    let slots = features.map_or(&[][..], |features| features.slots(id));
    match slots.get(subject).map(|slot| &slot.value) {
        Some(Ok(value)) => Scalar::read(value, currency),
        Some(Err(missing)) => Err(*missing),
        None => Err(Missing::NoSuchAccount),
    }
}
