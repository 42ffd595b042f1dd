//! Calls that were refused for who made them, counted together: whoever sends a million of them makes
//! a handful of events of the audit log, and a line of the log now and then.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::access::audit::{Action, AuditEvent, AuditResult};
use crate::access::{Credential, Identity, Unknown};
use crate::clock::Stopwatch;
use crate::id::{IdentityName, TenantId};
use crate::limits;

/// How a call that was refused ends.
const RESULTS: [AuditResult; 2] = [AuditResult::Unauthenticated, AuditResult::PermissionDenied];

/// Refused calls since they were last told of, and recorded.
pub(super) struct Refusals {
    waiting: Mutex<Waiting>,
    counted: Family<CodeLabel, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: &'static str,
}

#[derive(Default)]
struct Waiting {
    /// For the audit log.
    unrecorded: BTreeMap<AuditResult, BTreeMap<Source, u64>>,
    /// For the log, which says what was wrong with a credential.
    untold: BTreeMap<Unknown, u64>,
    /// Since it was last told.
    told: Option<Stopwatch>,
}

/// Whose refused calls are counted together.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Source {
    who: Option<(TenantId, IdentityName, Credential)>,
    from: Option<IpAddr>,
}

impl Default for Refusals {
    fn default() -> Self {
        let counted = Family::<CodeLabel, Counter>::default();
        for result in RESULTS {
            let code = result.name();
            drop(counted.get_or_create(&CodeLabel { code }));
        }
        Self {
            waiting: Mutex::default(),
            counted,
        }
    }
}

impl Refusals {
    /// Shows in a registry how many there were.
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Calls that were refused for who made them, by code";
        registry.register("access_refused", help, self.counted.clone());
    }

    /// Counts a call of nobody who is known, and tells of all since they were last told of: at once,
    /// and then rarely.
    pub(super) fn unknown(&self, unknown: Unknown, peer: Option<IpAddr>) {
        let from = peer.map(|peer| peer.to_canonical());
        let mut waiting = self.count(AuditResult::Unauthenticated, Source { who: None, from });
        let count = waiting.untold.entry(unknown).or_default();
        *count = count.saturating_add(1);
        let told = waiting.told.as_ref();
        if told.is_some_and(|told| told.elapsed() < limits::REFUSED_TOLD_INTERVAL) {
            return;
        }
        waiting.told = Some(Stopwatch::start());
        let counts = std::mem::take(&mut waiting.untold);
        drop(waiting);
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

    /// Counts a call of somebody who may not make it.
    pub(super) fn denied(&self, identity: &Identity, peer: Option<IpAddr>) {
        let Identity {
            tenant,
            name,
            credential,
            scopes: _,
        } = identity;
        let source = Source {
            who: Some((tenant.clone(), name.clone(), credential.clone())),
            from: peer.map(|peer| peer.to_canonical()),
        };
        drop(self.count(AuditResult::PermissionDenied, source));
    }

    /// The first [`limits::AUDIT_REFUSED_SOURCES_MAX`] sources of a kind are told apart, the others are
    /// counted together.
    fn count(&self, result: AuditResult, source: Source) -> MutexGuard<'_, Waiting> {
        let code = result.name();
        self.counted.get_or_create(&CodeLabel { code }).inc();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let of_kind = waiting.unrecorded.entry(result).or_default();
        let is_told_apart =
            of_kind.len() < limits::AUDIT_REFUSED_SOURCES_MAX || of_kind.contains_key(&source);
        let source = if is_told_apart {
            source
        } else {
            Source::default()
        };
        let count = of_kind.entry(source).or_default();
        *count = count.saturating_add(1);
        waiting
    }

    /// What was refused since this was last asked, as events: at most
    /// [`limits::AUDIT_REFUSED_SOURCES_MAX`] and one of each kind. Where nobody was known, they are of
    /// `tenant`.
    pub(super) fn take(&self, at: DateTime<Utc>, tenant: &TenantId) -> Vec<AuditEvent> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut waiting.unrecorded);
        drop(waiting);
        let mut events = Vec::new();
        for (result, sources) in taken {
            for (Source { who, from }, count) in sources {
                let (tenant, who, credential) = match who {
                    Some((tenant, name, credential)) => (tenant, Some(name), Some(credential)),
                    None => (tenant.clone(), None, None),
                };
                events.push(AuditEvent {
                    tenant,
                    who,
                    credential,
                    action: Action::AccessRefused,
                    object: None,
                    from,
                    request_id: None,
                    at,
                    result,
                    count,
                });
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_750_000_000, 0).unwrap()
    }

    fn take(refusals: &Refusals) -> Vec<AuditEvent> {
        refusals.take(at(), &TenantId::default_tenant())
    }

    #[test]
    fn the_first_is_told_at_once_and_the_others_together() {
        assert!(limits::REFUSED_TOLD_INTERVAL.as_secs() > 1);
        let refusals = Refusals::default();
        let untold = |kind| refusals.waiting.lock().unwrap().untold.get(&kind).copied();
        refusals.unknown(Unknown::Missing, None);
        assert_eq!(untold(Unknown::Missing), None);
        for _ in 0..3 {
            refusals.unknown(Unknown::Expired, None);
        }
        assert_eq!(untold(Unknown::Expired), Some(3));
    }

    #[test]
    fn refused_calls_are_told_apart_below_and_at_the_limit_and_counted_together_above() {
        let refusals = Refusals::default();
        let max = u32::try_from(limits::AUDIT_REFUSED_SOURCES_MAX).unwrap();
        assert!(take(&refusals).is_empty());
        for (sources, events) in [
            (max - 1, max - 1),
            (max, max),
            (max + 1, max + 1),
            (999, max + 1),
        ] {
            for call in 0..10_000 {
                let from = std::net::Ipv4Addr::from(call % sources);
                refusals.unknown(Unknown::Missing, Some(from.into()));
            }
            let taken = take(&refusals);
            assert_eq!(taken.len(), usize::try_from(events).unwrap(), "{sources}");
            assert_eq!(taken.iter().map(|event| event.count).sum::<u64>(), 10_000);
            let others = taken.iter().filter(|event| event.from.is_none()).count();
            assert_eq!(others, usize::from(sources > max));
            assert!(take(&refusals).is_empty());
        }
    }

    #[test]
    fn a_refused_call_names_whoever_is_known() {
        let refusals = Refusals::default();
        let tenant = TenantId::parse("acme").unwrap();
        let alice = Identity {
            name: IdentityName::parse("alice").unwrap(),
            ..Identity::local(tenant.clone())
        };
        for from in ["::ffff:192.0.2.1", "192.0.2.1"] {
            refusals.denied(&alice, Some(from.parse().unwrap()));
        }
        refusals.unknown(Unknown::Revoked, None);
        let taken = take(&refusals);
        let [nobody, known] = taken.as_slice() else {
            panic!("{taken:?}");
        };
        assert_eq!((known.tenant.clone(), known.count), (tenant, 2));
        assert_eq!(known.who, Some(alice.name));
        assert_eq!(known.result, AuditResult::PermissionDenied);
        assert_eq!((nobody.who.clone(), nobody.count), (None, 1));
        assert_eq!(nobody.result, AuditResult::Unauthenticated);
        assert_eq!(nobody.tenant, TenantId::default_tenant());
    }
}
