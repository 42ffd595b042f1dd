//! What is asked of an underwriter.

use std::sync::Arc;

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
