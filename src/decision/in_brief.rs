//! A recorded decision without its evidence.

use serde::Deserialize;

use super::{DecisionBody, Pins};
use crate::features::{Slot, SlotLists, bare_slots};
use crate::rules::EvaluationInBrief;

/// What rules read of a [`DecisionBody`] and what they made of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BodyInBrief {
    /// What the decision rests on.
    pub pins: Pins,
    /// Every feature as [`DecisionBody::features`] has them, without rows.
    #[serde(with = "bare_slots")]
    pub features: SlotLists,
    /// What the rules came to.
    pub evaluation: EvaluationInBrief,
}

impl BodyInBrief {
    /// Reads it from canonical bytes of the whole; the rest is passed over.
    ///
    /// # Errors
    ///
    /// Bytes that are none of a decision.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

impl From<&DecisionBody> for BodyInBrief {
    fn from(body: &DecisionBody) -> Self {
        let bare = |slot: &Slot| match &slot.value {
            Ok(value) => Slot::known(value.clone()),
            Err(why) => Slot::missing(*why),
        };
        let features = body.features.iter().map(|own| own.iter().map(bare));
        Self {
            pins: body.pins.clone(),
            features: features.collect(),
            evaluation: EvaluationInBrief::from(&body.evaluation),
        }
    }
}
