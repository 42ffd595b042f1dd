//! Lists of slots in one piece: most features have one, and an allocation for each takes longer than all
//! else that is done with them.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};

use super::Slot;
use super::written::Bare;

/// Slots, a list for each of some features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotLists {
    slots: Vec<Slot>,
    /// Where each list begins, and at last where one more would.
    starts: Vec<usize>,
}

impl SlotLists {
    /// None yet, with room for so many lists of one or few.
    fn with_capacity(lists: usize) -> Self {
        let mut starts = Vec::with_capacity(lists.saturating_add(1));
        starts.push(0);
        Self {
            slots: Vec::with_capacity(lists),
            starts,
        }
    }

    /// Ends a list: what was added since the one before it.
    fn end(&mut self) {
        self.starts.push(self.slots.len());
    }

    /// How many lists there are.
    pub(super) fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// One of the lists; empty where there is none.
    pub(super) fn list(&self, index: usize) -> &[Slot] {
        let ends = self.starts.get(index).zip(self.starts.get(index + 1));
        let own = ends.and_then(|(start, end)| self.slots.get(*start..*end));
        own.unwrap_or_default()
    }

    /// One slot of a list, to be changed. INVARIANT: the list has it.
    pub(super) fn slot_mut(&mut self, list: usize, place: usize) -> Option<&mut Slot> {
        let start = self.starts.get(list)?;
        self.slots.get_mut(start + place)
    }

    /// Every list.
    pub fn iter(&self) -> impl Iterator<Item = &[Slot]> {
        (0..self.count()).map(|index| self.list(index))
    }

    /// Each list by itself.
    pub(super) fn into_lists(self) -> Vec<Vec<Slot>> {
        let mut slots = self.slots.into_iter();
        let ends = self.starts.windows(2);
        let lengths = ends.map(|ends| match ends {
            [start, end] => end - start,
            _ => 0,
        });
        lengths
            .map(|own| slots.by_ref().take(own).collect())
            .collect()
    }
}

impl<L: IntoIterator<Item = Slot>> FromIterator<L> for SlotLists {
    fn from_iter<I: IntoIterator<Item = L>>(lists: I) -> Self {
        let lists = lists.into_iter();
        let mut all = Self::with_capacity(lists.size_hint().0);
        for list in lists {
            all.slots.extend(list);
            all.end();
        }
        all
    }
}

/// Lists of slots whose rows are passed over; for `#[serde(with)]`.
pub mod bare_slots {
    use super::{Deserializer, ListsVisitor, SlotLists};

    /// Reads them.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SlotLists, D::Error> {
        from.deserialize_seq(ListsVisitor)
    }
}

struct ListsVisitor;

impl<'de> Visitor<'de> for ListsVisitor {
    type Value = SlotLists;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<SlotLists, A::Error> {
        let mut lists = SlotLists::with_capacity(super::table().len());
        while seq.next_element_seed(One(&mut lists.slots))?.is_some() {
            lists.end();
        }
        Ok(lists)
    }
}

/// One list, read to the end of the others.
struct One<'a>(&'a mut Vec<Slot>);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(Bare(slot)) = seq.next_element()? {
            self.0.push(slot);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Value;

    #[test]
    fn lists_are_found_by_their_place_and_come_back_apart() {
        let slot = |count| Slot::known(Value::Count(count));
        let apart = vec![vec![slot(1)], Vec::new(), vec![slot(2), slot(3)]];
        let mut lists: SlotLists = apart.clone().into_iter().collect();
        assert_eq!(lists.count(), 3);
        assert_eq!(lists.list(0), apart[0]);
        assert_eq!(lists.list(1), []);
        assert_eq!(lists.list(2), apart[2]);
        assert_eq!(lists.list(3), []);
        assert_eq!(lists.slot_mut(2, 1), Some(&mut slot(3)));
        assert_eq!(lists.slot_mut(3, 1), None);
        assert!(lists.iter().eq(apart.iter().map(Vec::as_slice)));
        assert_eq!(lists.into_lists(), apart);
    }

    #[test]
    fn rows_are_passed_over() {
        let read = |text: &str| {
            let mut from = serde_json::Deserializer::from_str(text);
            bare_slots::deserialize(&mut from)
        };
        let lists = read(r#"[[3],[],["1 day",[true,[[0,1,2]]]]]"#).unwrap();
        let expected = [
            vec![Value::Count(3)],
            Vec::new(),
            vec![Value::Days(1), Value::Bool(true)],
        ];
        let expected = expected.map(|own| own.into_iter().map(Slot::known));
        assert_eq!(lists, expected.into_iter().collect());
        for wrong in ["3", "[3]", "[[[true]]]", "[[[true,[],[]]]]", "[[3]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
