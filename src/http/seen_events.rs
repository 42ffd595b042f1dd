//! The events that were delivered lately.

use std::collections::{BTreeSet, VecDeque};

use crate::id::EventId;
use crate::limits;

/// The newest [`limits::WEBHOOK_EVENTS_MAX`] events. One that was forgotten is taken again, which
/// does no harm: an event only says where to look.
#[derive(Debug, Default)]
pub(super) struct SeenEvents {
    ids: BTreeSet<EventId>,
    /// The oldest first.
    order: VecDeque<EventId>,
}

impl SeenEvents {
    /// Whether an event is remembered.
    pub(super) fn contains(&self, id: &EventId) -> bool {
        self.ids.contains(id)
    }

    /// Remembers an event.
    pub(super) fn insert(&mut self, id: &EventId) {
        if !self.ids.insert(id.clone()) {
            return;
        }
        self.order.push_back(id.clone());
        if self.order.len() > limits::WEBHOOK_EVENTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> EventId {
        EventId::parse(&format!("evt_{number}")).unwrap()
    }

    #[test]
    fn the_newest_are_remembered_up_to_the_limit() {
        let mut seen = SeenEvents::default();
        let max = limits::WEBHOOK_EVENTS_MAX;
        for number in (0..max).chain(0..max) {
            seen.insert(&id(number));
        }
        assert!((0..max).all(|number| seen.contains(&id(number))));
        assert!(!seen.contains(&id(max)));
        seen.insert(&id(max));
        assert!(seen.contains(&id(1)) && seen.contains(&id(max)));
        assert!(!seen.contains(&id(0)), "the oldest is forgotten first");
        assert_eq!((seen.ids.len(), seen.order.len()), (max, max));
    }
}
