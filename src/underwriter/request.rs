//! What is asked of an underwriter.

use std::sync::Arc;
use std::time::Duration;

use crate::admission::{Caller, Permit};
use crate::application::Application;
use crate::id::{IdempotencyKey, RuleSetName, TenantId};

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

/// How a request came.
pub struct Call {
    /// From whom: pending decisions are shared out among callers.
    pub caller: Caller,
    /// How long the caller waits, where it says.
    pub within: Option<Duration>,
    /// The caller's turn at the gate, where it had to wait for one. Given back while others are
    /// waited for.
    pub permit: Option<Permit>,
}

impl Call {
    /// One of this process itself, that waits as long as it takes.
    pub fn local() -> Self {
        Self {
            caller: Caller::Local,
            within: None,
            permit: None,
        }
    }
}
