//! Who calls, and what they may do.
//!
//! A [`Credential`] shows who a caller is; what it is good for is an [`Identity`]: a name, a tenant
//! and [`Scopes`]. Which scope a call needs is said in one table, [`methods::METHODS`], and nothing
//! is answered that the table does not name.

pub mod audit;
mod grant;
mod key_file;
pub mod methods;
mod register;
mod scope;
mod token;
pub mod use_file;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{IdentityName, TenantId, TokenId};

pub use grant::{Grant, Proof};
pub use key_file::KeyFileError;
pub use register::{GrantUse, Register, Unknown};
pub use scope::{Scope, Scopes, UnknownScope};
pub use token::{ApiToken, NotAToken, TokenHash, TokenKey};

/// What showed who somebody is. Names no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// None: a caller on this machine where the server takes those as they are, or a command that
    /// works on the ledger itself.
    Local,
    /// An API token.
    Token(TokenId),
    /// A client certificate, by the name of its subject.
    Certificate,
}

/// Somebody who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whose things it sees and changes: no others.
    pub tenant: TenantId,
    /// Its name within the tenant.
    pub name: IdentityName,
    /// What showed who it is.
    pub credential: Credential,
    /// What it may do.
    pub scopes: Scopes,
}

impl Identity {
    /// Whoever is on this machine, where nothing has to be shown: may do everything.
    pub fn local(tenant: TenantId) -> Self {
        Self {
            tenant,
            name: IdentityName::local(),
            credential: Credential::Local,
            scopes: Scopes::ALL,
        }
    }
}

impl fmt::Display for Identity {
    /// `TENANT/NAME`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant, self.name)
    }
}

#[cfg(test)]
mod tests;
