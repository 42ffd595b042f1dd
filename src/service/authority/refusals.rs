//! How many calls showed nothing good: counted, and told now and then.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::access::Unknown;
use crate::clock::Stopwatch;
use crate::limits;

#[derive(Default)]
pub(super) struct Refusals(Mutex<Untold>);

#[derive(Default)]
struct Untold {
    counts: BTreeMap<Unknown, u64>,
    /// Since it was last told.
    told: Option<Stopwatch>,
}

impl Refusals {
    /// Counts one, and tells of all since they were last told of: at once, and then rarely.
    pub(super) fn count(&self, unknown: Unknown, peer: Option<IpAddr>) {
        let counts = {
            let mut untold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let count = untold.counts.entry(unknown).or_default();
            *count = count.saturating_add(1);
            let is_due = untold
                .told
                .as_ref()
                .is_none_or(|told| told.elapsed() >= limits::REFUSED_TOLD_INTERVAL);
            if !is_due {
                return;
            }
            untold.told = Some(Stopwatch::start());
            std::mem::take(&mut untold.counts)
        };
        let of = |kind| counts.get(&kind).copied().unwrap_or(0);
        tracing::warn!(
            missing = of(Unknown::Missing),
            malformed = of(Unknown::Malformed),
            not_granted = of(Unknown::NotGranted),
            expired = of(Unknown::Expired),
            revoked = of(Unknown::Revoked),
            newest_peer = peer.map(tracing::field::display),
            "calls showed no credential that is good here"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_others_together() {
        assert!(limits::REFUSED_TOLD_INTERVAL.as_secs() > 1);
        let refusals = Refusals::default();
        let untold = |kind| refusals.0.lock().unwrap().counts.get(&kind).copied();
        refusals.count(Unknown::Missing, None);
        assert_eq!(untold(Unknown::Missing), None);
        for _ in 0..3 {
            refusals.count(Unknown::Expired, None);
        }
        assert_eq!(untold(Unknown::Expired), Some(3));
    }
}
