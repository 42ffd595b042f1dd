//! Grants and their revocations as records. What shows a grant is in it as a keyed hash, never in
//! clear.

use chrono::{DateTime, Utc};

use super::content::{GrantContent, RevocationContent};
use super::draft::Draft;
use super::envelope::{Envelope, RecordKind};
use super::stored::StoredRecord;
use crate::access::{Grant, Proof, Scopes, TokenHash};
use crate::id::{IdentityName, TenantId, TokenId};
use crate::ledger::error::LedgerError;
use crate::seal::NO_SALT;

/// How the ways of showing a grant are told apart.
const TOKEN: &str = "token";
const CERTIFICATE: &str = "certificate";
/// The end of what has none.
const NEVER: i64 = i64::MAX;

const UNREADABLE: &str = "its content is not in a form that this engine reads";

fn rejected(id: &TokenId, problem: impl ToString) -> LedgerError {
    LedgerError::Rejected {
        record: format!("grant {id}"),
        problem: problem.to_string(),
    }
}

/// A grant as a record.
pub(in crate::ledger) fn grant_draft(grant: &Grant) -> Result<Draft, LedgerError> {
    let scopes = grant.scopes.to_string();
    let (kind, proof) = match &grant.proof {
        Proof::Token(hash) => (TOKEN, hash.to_bytes()),
        Proof::Certificate(subject) => (CERTIFICATE, subject.as_bytes().to_vec()),
    };
    let content = GrantContent {
        name: grant.name.as_str(),
        scopes: &scopes,
        expires_at: grant.expires_at.map_or(NEVER, |end| end.timestamp()),
        by: grant.by.as_str(),
        kind,
        proof: &proof,
    };
    let what = (RecordKind::Grant, &grant.tenant, grant.id.to_string());
    Draft::new(what, grant.created_at, &NO_SALT, &content.encode())
        .map_err(|problem| rejected(&grant.id, problem))
}

/// That a grant was revoked, as a record.
pub(in crate::ledger) fn revocation_draft(
    (tenant, id): (&TenantId, &TokenId),
    by: &IdentityName,
    at: DateTime<Utc>,
) -> Result<Draft, LedgerError> {
    let content = RevocationContent { by: by.as_str() };
    let what = (RecordKind::Revocation, tenant, id.to_string());
    Draft::new(what, at, &NO_SALT, &content.encode()).map_err(|problem| rejected(id, problem))
}

/// Reads the content of a grant.
fn read_grant(envelope: &Envelope, content: &[u8]) -> Option<Grant> {
    let content = GrantContent::decode(content)?;
    Some(Grant {
        id: TokenId::parse(&envelope.id).ok()?,
        tenant: envelope.tenant.clone(),
        name: IdentityName::parse(content.name).ok()?,
        scopes: Scopes::parse(content.scopes).ok()?,
        proof: match content.kind {
            TOKEN => Proof::Token(TokenHash::from_slice(content.proof)?),
            CERTIFICATE => Proof::Certificate(std::str::from_utf8(content.proof).ok()?.to_owned()),
            _ => return None,
        },
        by: IdentityName::parse(content.by).ok()?,
        created_at: envelope.recorded_at,
        expires_at: match content.expires_at {
            NEVER => None,
            end => Some(DateTime::from_timestamp(end, 0)?),
        },
        revoked_at: None,
    })
}

/// Reads the content of a revocation: which grant it ends.
fn read_revocation(envelope: &Envelope, content: &[u8]) -> Option<TokenId> {
    RevocationContent::decode(content)?;
    TokenId::parse(&envelope.id).ok()
}

/// What is wrong with the content of a grant, or of a revocation.
pub(in crate::ledger) fn grant_problem(
    envelope: &Envelope,
    content: &[u8],
) -> Option<&'static str> {
    let is_read = if envelope.kind == RecordKind::Revocation {
        read_revocation(envelope, content).is_some()
    } else {
        read_grant(envelope, content).is_some()
    };
    (!is_read).then_some(UNREADABLE)
}

/// Proves a stored grant and reads it, or tells what is wrong with it.
pub(in crate::ledger) fn prove_grant(row: &StoredRecord, chain_id: &str) -> Result<Grant, String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    read_grant(&envelope, opened.content()).ok_or_else(|| UNREADABLE.to_owned())
}

/// Proves a stored revocation and reads it: whose grant it ends, which, and when.
pub(in crate::ledger) fn prove_revocation(
    row: &StoredRecord,
    chain_id: &str,
) -> Result<(TenantId, TokenId, DateTime<Utc>), String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    let id = read_revocation(&envelope, opened.content()).ok_or_else(|| UNREADABLE.to_owned())?;
    Ok((envelope.tenant, id, envelope.recorded_at))
}
