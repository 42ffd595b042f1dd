//! Grants, and the audit log, as they are shown.

use super::timestamp;
use crate::access::{Credential, GrantUse, Proof};
use crate::ledger::{AuditPage, AuditRecord, Problem};
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

/// A page of the audit log.
pub fn audit_page(page: AuditPage) -> proto::ListAuditEventsResponse {
    let entries = page.events.into_iter().map(|event| proto::AuditEntry {
        entry: Some(match event {
            Ok(record) => proto::audit_entry::Entry::Event(audit_event(record)),
            Err(Problem {
                record, problem, ..
            }) => proto::audit_entry::Entry::Damaged(proto::DamagedAuditEvent { record, problem }),
        }),
    });
    proto::ListAuditEventsResponse {
        entries: entries.collect(),
        next_page_token: page.next.map_or_else(String::new, |next| next.to_string()),
    }
}

fn audit_event(AuditRecord { event, envelope }: AuditRecord) -> proto::AuditEvent {
    proto::AuditEvent {
        seq: envelope.seq,
        hash: envelope.hash.to_string(),
        record_time: Some(timestamp(event.at)),
        tenant: event.tenant.to_string(),
        who: event.who.map_or_else(String::new, |who| who.to_string()),
        credential: event
            .credential
            .as_ref()
            .map_or_else(String::new, Credential::to_string),
        from: event.from.map_or_else(String::new, |from| from.to_string()),
        request_id: event.request_id.as_deref().unwrap_or_default().to_owned(),
        action: event.action.name().to_owned(),
        object: event.object.unwrap_or_default(),
        result: event.result.name().to_owned(),
        count: event.count,
    }
}
