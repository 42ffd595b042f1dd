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
use crate::portfolio::PastDecision;

/// Shapes of features that are kept ready: applications differ in how many accounts and streams they
/// have, and most are of a few kinds.
const SHAPES_MAX: usize = 64;

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
    /// Features of each shape, of which those that are not wanted are not known.
    shapes: BTreeMap<Shape, Features>,
    last: Option<(Shape, PastDecision)>,
}

impl Unpacker {
    /// Of features it reads those that are wanted; the others are [`crate::features::Missing::NotProvided`].
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            shapes: BTreeMap::new(),
            last: None,
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
        let (ready, before) = self.reused(packed.shape);
        let mut features = packed.shape.features(&mut reader, ready)?;
        packed.state(&self.wanted, &mut features)?;
        let past = rest::unpack(
            &mut reader,
            (seq, packed.currency, rule_set),
            features,
            before,
        )?;
        let (_, past) = self.last.insert((packed.shape, past));
        reader.is_done().then_some(past)
    }

    /// What the next decision takes the place of: features of its shape, and all else of the last one.
    fn reused(&mut self, shape: Shape) -> (Option<Features>, Option<PastDecision>) {
        let Some((last, mut past)) = self.last.take() else {
            return (None, None);
        };
        let used = std::mem::replace(&mut past.features, Features::none());
        if last == shape {
            return (Some(used), Some(past));
        }
        if self.shapes.len() >= SHAPES_MAX {
            self.shapes.clear();
        }
        self.shapes.insert(last, used);
        (self.shapes.remove(&shape), Some(past))
    }
}
