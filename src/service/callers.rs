//! Who makes the calls that a service answers.

use std::sync::Arc;

use tonic::{Request, Status};

use super::admit;
use super::authenticate::identity_of;
use crate::access::Identity;
use crate::access::audit::Origin;
use crate::id::TenantId;

/// Who calls: whoever was let through over a connection, or this process itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Callers {
    local: Option<Arc<Identity>>,
}

impl Callers {
    /// This process itself, for a tenant: no call comes over a connection.
    pub(super) fn local(tenant: TenantId) -> Self {
        Self {
            local: Some(Arc::new(Identity::local(tenant))),
        }
    }

    /// Who makes a call, from where, and under which name.
    ///
    /// # Errors
    ///
    /// UNAUTHENTICATED where nobody was let through.
    pub(super) fn origin<T>(&self, request: &Request<T>) -> Result<Origin, Status> {
        let identity = match &self.local {
            Some(local) => Arc::clone(local),
            None => identity_of(request)?,
        };
        Ok(admit::origin_of(request, identity))
    }
}
