//! Which requests are being decided right now: one at a time for a key, and not too many in all.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::UnderwriteError;
use crate::id::{IdempotencyKey, TenantId};

type Key = (TenantId, IdempotencyKey);

/// The set of requests under way.
pub(super) struct InFlight {
    keys: Mutex<BTreeSet<Key>>,
    max: usize,
}

/// A place among the requests under way, given back when dropped.
pub(super) struct Place {
    in_flight: Arc<InFlight>,
    key: Key,
}

impl InFlight {
    pub(super) fn new(max: usize) -> Self {
        Self {
            keys: Mutex::default(),
            max,
        }
    }

    /// Takes a place, unless the key has one or none is left.
    pub(super) fn enter(
        self: &Arc<Self>,
        tenant: &TenantId,
        key: &IdempotencyKey,
    ) -> Result<Place, UnderwriteError> {
        let key = (tenant.clone(), key.clone());
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.contains(&key) {
            return Err(UnderwriteError::InFlight);
        }
        if keys.len() >= self.max {
            return Err(UnderwriteError::Overloaded);
        }
        keys.insert(key.clone());
        Ok(Place {
            in_flight: Arc::clone(self),
            key,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.in_flight
            .keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_for_a_key_and_not_too_many_in_all() {
        let in_flight = Arc::new(InFlight::new(2));
        let tenant = TenantId::default_tenant();
        let enter = |key: &str| in_flight.enter(&tenant, &IdempotencyKey::parse(key).unwrap());
        let first = enter("a").unwrap();
        assert!(matches!(enter("a"), Err(UnderwriteError::InFlight)));
        let _second = enter("b").unwrap();
        assert!(matches!(enter("c"), Err(UnderwriteError::Overloaded)));
        drop(first);
        assert!(enter("c").is_ok());
    }
}
