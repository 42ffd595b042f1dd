//! A past decision in one piece, as the loader reads it: the values of features at places that follow from
//! their table, so that a few of many are found without reading the others, and behind them the rest.
//!
//! The natural tables say the same to people. Both are compared with the record.

mod bytes;
mod features;
mod offer;
mod rest;

use std::collections::BTreeMap;

use self::bytes::{Reader, Writer};
use self::features::Shape;
pub(super) use self::features::Wanted;
use crate::decision::RuleSetPin;
use crate::features::Features;
use crate::limits;
use crate::portfolio::PastDecision;

/// Packs a decision. The rule set is left to a column.
pub(super) fn pack(past: &PastDecision) -> Vec<u8> {
    let features = features::pack(&past.features, past.asked.amount.currency());
    let mut writer = Writer::default();
    writer.raw(&u32::try_from(features.len()).unwrap_or(0).to_le_bytes());
    writer.raw(&features);
    features::pack_subjects(&past.features, &mut writer);
    rest::pack(past, &mut writer);
    writer.finish()
}

/// Unpacks decisions one after the other, each in the place of the one before.
#[derive(Debug)]
pub(super) struct Unpacker {
    wanted: Wanted,
    places: Places,
}

/// What decisions take the place of.
#[derive(Debug, Default)]
struct Places {
    /// Features of each shape, of which those that are not wanted are not known.
    shapes: BTreeMap<Shape, Features>,
    last: Option<(Shape, PastDecision)>,
}

impl Unpacker {
    /// Of features it reads those that are wanted; the others are [`crate::features::Missing::NotProvided`].
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            places: Places::default(),
        }
    }

    /// Reads what [`pack`] made; `None` where it is nothing that that makes.
    pub(super) fn unpack(
        &mut self,
        seq: u64,
        content: &[u8],
        rule_set: &RuleSetPin,
    ) -> Option<&mut PastDecision> {
        let (length, content) = content.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (packed, rest) = content.split_at_checked(length)?;
        let packed = features::Packed::read(packed)?;
        let mut reader = Reader(rest);
        let past = self.places.of(packed.shape, rule_set)?;
        packed.shape.subjects_of(&mut past.features, &mut reader)?;
        packed.state(&self.wanted, &mut past.features)?;
        past.seq = seq;
        rest::unpack(&mut reader, packed.currency, rule_set, past)?;
        reader.is_done().then_some(past)
    }

    /// How many shapes are kept ready.
    #[cfg(test)]
    pub(super) fn ready(&self) -> usize {
        self.places.shapes.len()
    }
}

impl Places {
    /// What the next decision takes the place of, with features of its shape.
    fn of(&mut self, shape: Shape, rule_set: &RuleSetPin) -> Option<&mut PastDecision> {
        let (last, past) = match &mut self.last {
            Some(last) => last,
            none => none.insert((shape, rest::nobody(shape.blank()?, rule_set)?)),
        };
        if *last != shape {
            let ready = match self.shapes.remove(&shape) {
                Some(ready) => ready,
                None => shape.blank()?,
            };
            if self.shapes.len() >= limits::COLUMNS_SHAPES_MAX {
                self.shapes.clear();
            }
            let used = std::mem::replace(&mut past.features, ready);
            self.shapes.insert(std::mem::replace(last, shape), used);
        }
        Some(past)
    }
}
