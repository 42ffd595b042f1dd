//! What somebody was granted: the record behind a token or a certificate.

use chrono::{DateTime, Utc};

use super::{Credential, Identity, Scopes, TokenHash};
use crate::id::{IdentityName, TenantId, TokenId};

/// What shows that a caller is the one who was granted something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A token with this hash.
    Token(TokenHash),
    /// A client certificate with this subject, that the server's own authority signed.
    Certificate(String),
}

/// What somebody may do, until it expires or is revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its name, which is no secret.
    pub id: TokenId,
    /// For whose things it is good.
    pub tenant: TenantId,
    /// Who is granted it.
    pub name: IdentityName,
    /// What they may do.
    pub scopes: Scopes,
    /// What they show.
    pub proof: Proof,
    /// Who granted it.
    pub by: IdentityName,
    /// When, to the second.
    pub created_at: DateTime<Utc>,
    /// When it ends by itself, to the second; `None` for never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked, if it was.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Grant {
    /// Whose calls are made with it.
    pub fn identity(&self) -> Identity {
        Identity {
            tenant: self.tenant.clone(),
            name: self.name.clone(),
            credential: match self.proof {
                Proof::Token(_) => Credential::Token(self.id.clone()),
                Proof::Certificate(_) => Credential::Certificate,
            },
            scopes: self.scopes,
        }
    }

    /// Whether it is over by then.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}
