//! An event of the audit log as a record. It is about those who call, and names no applicant: its
//! commitment has no salt, and it is never erased.

use std::net::IpAddr;

use super::content::AuditContent;
use super::draft::Draft;
use super::envelope::{Envelope, RecordKind};
use super::index::{AuditRow, IndexRow, index_problem};
use super::stored::StoredRecord;
use crate::access::Credential;
use crate::access::audit::{Action, AuditEvent, AuditResult};
use crate::id::IdentityName;
use crate::ledger::error::LedgerError;
use crate::ledger::types::AuditRecord;
use crate::limits;
use crate::seal::NO_SALT;

/// An event with everything done that needs no place in the chain.
pub(in crate::ledger) struct PreparedAudit {
    event: AuditEvent,
    pub(in crate::ledger) draft: Draft,
}

impl PreparedAudit {
    /// Encodes and seals an event.
    pub(in crate::ledger) fn new(event: AuditEvent) -> Result<Self, LedgerError> {
        let rejected = |problem: String| LedgerError::Rejected {
            record: format!("audit {}", event.action),
            problem,
        };
        let object = event.object.as_deref().unwrap_or_default();
        if object.len() > limits::AUDIT_OBJECT_BYTES_MAX {
            let max = limits::AUDIT_OBJECT_BYTES_MAX;
            return Err(rejected(format!(
                "the name of what it is about is longer than {max} bytes"
            )));
        }
        let from = event.from.map(|from| from.to_string());
        let credential = event.credential.as_ref().map(ToString::to_string);
        let content = AuditContent {
            who: event.who.as_ref().map_or("", IdentityName::as_str),
            credential: credential.as_deref().unwrap_or_default(),
            action: event.action.name(),
            object,
            from: from.as_deref().unwrap_or_default(),
            request_id: event.request_id.as_deref().unwrap_or_default(),
            result: event.result.name(),
            count: i64::try_from(event.count).unwrap_or(i64::MAX),
        };
        let id = event.action.name().to_owned();
        let what = (RecordKind::Audit, &event.tenant, id);
        let draft = Draft::new(what, event.at, &NO_SALT, &content.encode())
            .map_err(|problem| rejected(problem.to_string()))?;
        Ok(Self { event, draft })
    }

    /// The row by which it is found.
    pub(in crate::ledger) fn index(&self, envelope: &Envelope) -> Option<IndexRow> {
        let event = &self.event;
        Some(IndexRow::Audit(AuditRow {
            seq: i64::try_from(envelope.seq).ok()?,
            tenant: event.tenant.as_str().to_owned(),
            at: envelope.recorded_at.timestamp(),
            who: event
                .who
                .as_ref()
                .map_or("", IdentityName::as_str)
                .to_owned(),
            action: event.action.name().to_owned(),
            object: event.object.clone().unwrap_or_default(),
        }))
    }
}

/// What is not empty.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Reads the content of an event; `None` where it is not in a form that this engine reads.
pub(in crate::ledger) fn read_audit(envelope: Envelope, content: &[u8]) -> Option<AuditRecord> {
    let content = AuditContent::decode(content)?;
    let parsed = |text: &str| match some(text) {
        Some(text) => IdentityName::parse(text).ok().map(Some),
        None => Some(None),
    };
    let action = Action::parse(content.action)?;
    // What the chain calls it is what it says.
    (envelope.id == action.name()).then_some(())?;
    let event = AuditEvent {
        tenant: envelope.tenant.clone(),
        who: parsed(content.who)?,
        credential: match some(content.credential) {
            Some(text) => Some(Credential::parse(text)?),
            None => None,
        },
        action,
        object: some(content.object).map(str::to_owned),
        from: match some(content.from) {
            Some(text) => Some(text.parse::<IpAddr>().ok()?),
            None => None,
        },
        request_id: some(content.request_id).map(Into::into),
        at: envelope.recorded_at,
        result: AuditResult::parse(content.result)?,
        count: u64::try_from(content.count).ok()?,
    };
    Some(AuditRecord { event, envelope })
}

/// Proves a stored event together with the row by which it was found.
pub(in crate::ledger) fn prove_audit(
    row: &StoredRecord,
    found: AuditRow,
    chain_id: &str,
) -> Result<AuditRecord, String> {
    let envelope = row.envelope(chain_id)?;
    let opened = row.open()?;
    let unreadable = "its content is not in a form that this engine reads";
    let expected = IndexRow::expected(&envelope, opened.content()).ok_or(unreadable)?;
    if let Some(problem) = index_problem(&IndexRow::Audit(found), &expected) {
        return Err(problem);
    }
    Ok(read_audit(envelope, opened.content()).ok_or(unreadable)?)
}
