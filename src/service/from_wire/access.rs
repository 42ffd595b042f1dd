//! Requests for grants.

use chrono::{DateTime, Duration, Utc};

use super::{Problems, id, optional_id, optional_instant, page_size};
use crate::access::audit::Action;
use crate::access::{Scope, Scopes};
use crate::application::ApplicationError;
use crate::id::{IdentityName, TenantId, TokenId};
use crate::ledger::{AuditCursor, AuditFilter, ListOrder};
use crate::limits;
use crate::proto;
use crate::service::NewGrant;

/// Parses a request for a grant; `now` is what its end has to come after.
pub fn create_token_request(
    request: &proto::CreateTokenRequest,
    now: DateTime<Utc>,
) -> Result<NewGrant, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = id(&mut problems, "name", &request.name, IdentityName::parse);
    let scopes = scopes(&mut problems, &request.scopes);
    let expires_at = match request.expire_time {
        None => None,
        Some(time) => end(&mut problems, &time, now),
    };
    let certificate = match request.certificate_subject.as_str() {
        "" => None,
        subject => {
            let max = limits::CERTIFICATE_SUBJECT_CHARS_MAX;
            if subject.chars().count() > max {
                problems.add(
                    "certificate_subject",
                    format!("is longer than {max} characters"),
                );
            } else if subject.chars().any(char::is_control) {
                problems.add("certificate_subject", "has control characters");
            }
            Some(subject.to_owned())
        }
    };
    let parts = name.zip(scopes).map(|(name, scopes)| NewGrant {
        name,
        scopes,
        expires_at,
        certificate,
    });
    problems.into_result(parts)
}

fn scopes(problems: &mut Problems, names: &[String]) -> Option<Scopes> {
    if names.is_empty() {
        problems.add("scopes", "is required: give at least one");
        return None;
    }
    let mut all = Scopes::NONE;
    for (place, name) in names.iter().enumerate().take(Scope::ALL.len() + 1) {
        match Scopes::parse(name) {
            Ok(scopes) => all = scopes.iter().fold(all, Scopes::with),
            Err(error) => problems.add(&format!("scopes[{place}]"), error.to_string()),
        }
    }
    if names.len() > Scope::ALL.len() {
        problems.add("scopes", "names more scopes than there are");
    }
    Some(all)
}

fn end(
    problems: &mut Problems,
    time: &prost_types::Timestamp,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let end = DateTime::from_timestamp(time.seconds, 0);
    let latest = now + Duration::days(i64::from(limits::GRANT_DAYS_MAX));
    match end {
        Some(end) if end > now && end <= latest => Some(end),
        Some(_) | None => {
            let days = limits::GRANT_DAYS_MAX;
            let problem =
                format!("is not a time to come within {days} days: leave it out for never");
            problems.add("expire_time", &problem);
            None
        }
    }
}

/// Parses a request to end a grant.
pub fn revoke_token_request(
    request: &proto::RevokeTokenRequest,
) -> Result<TokenId, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let token = id(&mut problems, "id", &request.id, TokenId::parse);
    problems.into_result(token)
}

/// A parsed request for a page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Which events.
    pub filter: AuditFilter,
    /// In which order.
    pub order: ListOrder,
    /// Where to read on.
    pub after: Option<AuditCursor>,
    /// How many at most.
    pub page_size: usize,
}

/// Parses a request for a page of the audit log of `tenant`.
pub fn list_audit_request(
    tenant: TenantId,
    request: &proto::ListAuditEventsRequest,
) -> Result<AuditQuery, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let action = some(&request.action).and_then(|name| {
        let action = Action::parse(&name);
        if action.is_none() {
            let names = Action::ALL.iter().map(|action| format!("`{action}`"));
            let names = names.collect::<Vec<_>>().join(", ");
            problems.add("action", format!("is not known: give one of {names}"));
        }
        action
    });
    let after = some(&request.page_token).and_then(|token| {
        let after = token.parse::<AuditCursor>();
        problems.keep("page_token", after.map_err(|error| error.to_string()))
    });
    let filter = AuditFilter {
        tenant,
        who: optional_id(&mut problems, "who", &request.who, IdentityName::parse),
        action,
        object: some(&request.object),
        since: optional_instant(&mut problems, "start_time", request.start_time.as_ref()),
        until: optional_instant(&mut problems, "end_time", request.end_time.as_ref()),
    };
    let max = limits::AUDIT_PAGE_SIZE_MAX;
    let page_size = page_size(&mut problems, request.page_size, max);
    problems.into_result(Some(AuditQuery {
        filter,
        order: match request.oldest_first {
            true => ListOrder::OldestFirst,
            false => ListOrder::NewestFirst,
        },
        after,
        page_size,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(
        change: impl FnOnce(&mut proto::CreateTokenRequest),
    ) -> Result<NewGrant, Vec<String>> {
        let mut request = proto::CreateTokenRequest {
            name: "los".to_owned(),
            scopes: vec!["decide".to_owned()],
            ..Default::default()
        };
        change(&mut request);
        create_token_request(&request, DateTime::UNIX_EPOCH).map_err(|problems| {
            let fields = problems.into_iter().map(|problem| problem.field);
            fields.collect()
        })
    }

    #[test]
    fn subjects_are_limited_below_at_and_above() {
        let max = limits::CERTIFICATE_SUBJECT_CHARS_MAX;
        for (length, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let found = parsed(|request| request.certificate_subject = "a".repeat(length));
            assert_eq!(found.is_ok(), good, "{length}");
        }
    }

    #[test]
    fn ends_are_limited_below_at_and_above() {
        let max = i64::from(limits::GRANT_DAYS_MAX) * 86_400;
        for (seconds, good) in [(0, false), (1, true), (max, true), (max + 1, false)] {
            let time = prost_types::Timestamp { seconds, nanos: 0 };
            let found = parsed(|request| request.expire_time = Some(time));
            assert_eq!(found.is_ok(), good, "{seconds}");
        }
    }

    #[test]
    fn pages_of_the_audit_log_are_limited_and_what_is_wrong_with_a_request_is_named() {
        let parse = |request: &proto::ListAuditEventsRequest| {
            list_audit_request(TenantId::default_tenant(), request)
        };
        let asked = |page_size| {
            let request = proto::ListAuditEventsRequest {
                page_size,
                ..Default::default()
            };
            parse(&request).unwrap().page_size
        };
        let max = limits::AUDIT_PAGE_SIZE_MAX;
        let wire = i32::try_from(max).unwrap();
        assert_eq!(asked(0), limits::PAGE_SIZE_DEFAULT);
        assert_eq!([wire - 1, wire, wire + 1].map(asked), [max - 1, max, max]);
        let wrong = proto::ListAuditEventsRequest {
            page_size: -1,
            page_token: "1".to_owned(),
            who: "a b".to_owned(),
            action: "decision.look".to_owned(),
            ..Default::default()
        };
        let mut fields: Vec<_> = parse(&wrong).unwrap_err();
        fields.sort_by(|one, other| one.field.cmp(&other.field));
        let fields: Vec<_> = fields.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["action", "page_size", "page_token", "who"]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(parsed(|_| {}).is_ok());
        let wrong = parsed(|request| {
            request.name = "a b".to_owned();
            request.scopes = vec!["read".to_owned(), "write".to_owned()];
        });
        assert_eq!(wrong.unwrap_err(), ["name", "scopes[1]"]);
        assert_eq!(
            parsed(|request| request.scopes.clear()).unwrap_err(),
            ["scopes"]
        );
    }
}
