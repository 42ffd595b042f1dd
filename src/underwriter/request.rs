//! What is asked of an underwriter.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::access::audit::Origin;
use crate::admission::{Caller, Permit};
use crate::application::{Application, ReviewersWord};
use crate::id::{DecisionId, IdempotencyKey, RuleSetName, TenantId};
use crate::ledger::DecisionRecord;

/// A request for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whose it is.
    pub tenant: TenantId,
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// The rule set whose active version decides.
    pub rule_set: RuleSetName,
    /// What is asked.
    pub application: Arc<Application>,
}

/// A request to settle a decision that was referred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveRequest {
    /// Whose it is.
    pub tenant: TenantId,
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// The decision.
    pub of: DecisionId,
    /// What a reviewer says.
    pub word: ReviewersWord,
}

/// How a request came.
pub struct Call {
    /// From whom: pending decisions are shared out among callers.
    pub caller: Caller,
    /// How long the caller waits, where it says.
    pub within: Option<Duration>,
    /// The caller's turn at the gate, where it had to wait for one. Given back while others are
    /// waited for.
    pub permit: Option<Permit>,
    /// Told the decision, for whoever answers the call.
    pub decision: CallDecision,
    /// Who asks, for the audit log.
    pub origin: Origin,
}

/// What a call is known by.
pub(super) struct About {
    /// Told the decision.
    pub(super) decision: CallDecision,
    /// Who asks.
    pub(super) origin: Origin,
    /// The referral that is settled, where one is: it is decided again on what that rests on.
    pub(super) settles: Option<Referral>,
}

/// A decision that was referred, and is settled.
pub(super) struct Referral {
    /// The decision.
    pub(super) record: DecisionRecord,
    /// How many reviews of streams settle it. They stand last in the application.
    pub(super) reviews: usize,
}

/// The decision that a call is about, once there is one. Clones are told together.
#[derive(Debug, Clone, Default)]
pub struct CallDecision(Arc<Mutex<Option<DecisionId>>>);

impl CallDecision {
    fn held(&self) -> MutexGuard<'_, Option<DecisionId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The decision, where there is one.
    pub fn get(&self) -> Option<DecisionId> {
        self.held().clone()
    }

    /// Says which decision it is, also in the log lines of the call.
    pub fn set(&self, decision: &DecisionId) {
        let mut held = self.held();
        if held.as_ref() != Some(decision) {
            tracing::Span::current().record("decision_id", decision.as_str());
            *held = Some(decision.clone());
        }
    }

    /// Says that there is none after all.
    pub(super) fn clear(&self) {
        *self.held() = None;
    }
}

impl Call {
    /// One of this process itself for `tenant`, that waits as long as it takes.
    pub fn local(tenant: TenantId) -> Self {
        Self {
            caller: Caller::Local,
            within: None,
            permit: None,
            decision: CallDecision::default(),
            origin: Origin::local(tenant),
        }
    }
}
