//! Grants as they are shown.

use super::timestamp;
use crate::access::{GrantUse, Proof};
use crate::proto;

/// A grant: never what shows it, where that is a token.
pub fn token(granted: &GrantUse) -> proto::Token {
    let grant = &granted.grant;
    proto::Token {
        id: grant.id.to_string(),
        name: grant.name.to_string(),
        tenant: grant.tenant.to_string(),
        scopes: grant.scopes.iter().map(|scope| scope.to_string()).collect(),
        certificate_subject: match &grant.proof {
            Proof::Token(_) => String::new(),
            Proof::Certificate(subject) => subject.clone(),
        },
        create_time: Some(timestamp(grant.created_at)),
        expire_time: grant.expires_at.map(timestamp),
        revoke_time: grant.revoked_at.map(timestamp),
        last_use_time: granted.last_used_at.map(timestamp),
        created_by: grant.by.to_string(),
    }
}
