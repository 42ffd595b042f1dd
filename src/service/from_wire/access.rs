//! Requests for grants.

use chrono::{DateTime, Duration, Utc};

use super::{Problems, id};
use crate::access::{Scope, Scopes};
use crate::application::ApplicationError;
use crate::id::{IdentityName, TokenId};
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
