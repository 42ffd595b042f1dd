//! Requests about rule sets.

use chrono::{DateTime, Duration, Utc};

use super::{Problems, id, instant, optional_id, page_size};
use crate::application::ApplicationError;
use crate::id::{RuleSetName, RuleSetVersion, TenantId};
use crate::limits;
use crate::proto;
use crate::rules::Attachments;
use crate::service::page_token::Listing;

/// A rule file that was sent, with the files that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRuleSet {
    /// The rule file.
    pub source: Vec<u8>,
    /// The files that it names.
    pub attachments: Attachments,
}

/// A parsed request for a page of a list about rule sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetQuery<N> {
    /// The name that it is of.
    pub name: N,
    /// Before which position in the chain to read on.
    pub before: Option<u64>,
    /// How many at most.
    pub page_size: usize,
}

/// Parses a rule file that is to be checked.
pub fn check_rule_set_request(
    request: proto::CheckRuleSetRequest,
) -> Result<SentRuleSet, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let sent = sent(&mut problems, "text", request.text);
    problems.into_result(sent)
}

/// Parses a rule file that is to be published, and what is said to it.
pub fn publish_rule_set_request(
    request: proto::PublishRuleSetRequest,
) -> Result<(SentRuleSet, String), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let max = limits::PUBLICATION_NOTE_BYTES_MAX;
    if request.note.len() > max {
        problems.add("note", format!("is longer than {max} bytes"));
    }
    if request.note.chars().any(|c| c.is_control() && c != '\n') {
        problems.add("note", "has control characters");
    }
    let sent = sent(&mut problems, "text", request.text);
    problems.into_result(sent.map(|sent| (sent, request.note)))
}

/// A rule file, in the field `at`.
pub(super) fn sent(
    problems: &mut Problems,
    at: &str,
    text: Option<proto::RuleSetText>,
) -> Option<SentRuleSet> {
    let Some(text) = text.filter(|text| !text.source.is_empty()) else {
        problems.add(&format!("{at}.source"), "is required: the rule file");
        return None;
    };
    let max = limits::RULE_FILE_BYTES_MAX;
    if text.source.len() > max {
        problems.add(
            &format!("{at}.source"),
            format!("is larger than {max} bytes"),
        );
        return None;
    }
    // A file that is no text names nothing, and is found to be none by whoever checks it.
    let source = String::from_utf8_lossy(&text.source).into_owned();
    let mut left = text.attachments;
    let mut attachments = Attachments::none();
    // What a rule file names may name more: as it would be read from a folder.
    loop {
        let wanted = attachments.still_to_read(&source);
        let (named, rest): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|one| wanted.contains(&one.name));
        left = rest;
        if named.is_empty() {
            break;
        }
        for one in named {
            if attachments.get(&one.name).is_some() {
                left.push(one);
            } else {
                attachments.insert(one.name, one.content);
            }
        }
    }
    if !left.is_empty() {
        let count = left.len();
        let problem =
            format!("has {count} that the rule file does not name, or twice: leave them out");
        problems.add(&format!("{at}.attachments"), problem);
        return None;
    }
    Some(SentRuleSet {
        source: text.source,
        attachments,
    })
}

fn name(problems: &mut Problems, text: &str) -> Option<RuleSetName> {
    id(problems, "name", text, RuleSetName::parse)
}

/// Parses a request for a page of what was published.
pub fn list_rule_sets_request(
    tenant: &TenantId,
    request: &proto::ListRuleSetsRequest,
) -> Result<RuleSetQuery<Option<RuleSetName>>, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = optional_id(&mut problems, "name", &request.name, RuleSetName::parse);
    let listing = Listing::rule_sets(tenant, name.as_ref());
    let before = place(&mut problems, &listing, &request.page_token);
    let page_size = page_size(&mut problems, request.page_size, limits::PAGE_SIZE_MAX);
    problems.into_result(Some(RuleSetQuery {
        name,
        before,
        page_size,
    }))
}

/// Parses a request for a page of what decided when.
pub fn list_activations_request(
    tenant: &TenantId,
    request: &proto::ListActivationsRequest,
) -> Result<RuleSetQuery<RuleSetName>, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = name(&mut problems, &request.name);
    let listing = name.as_ref().map(|name| Listing::activations(tenant, name));
    let before = listing.and_then(|list| place(&mut problems, &list, &request.page_token));
    let page_size = page_size(&mut problems, request.page_size, limits::PAGE_SIZE_MAX);
    problems.into_result(name.map(|name| RuleSetQuery {
        name,
        before,
        page_size,
    }))
}

fn place(problems: &mut Problems, listing: &Listing, token: &str) -> Option<u64> {
    if token.is_empty() {
        return None;
    }
    problems.keep("page_token", listing.place(token).map_err(str::to_owned))
}

/// Parses a request for the text of a version, or of the one that decides.
pub fn get_rule_set_request(
    request: &proto::GetRuleSetRequest,
) -> Result<(RuleSetName, Option<RuleSetVersion>), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = name(&mut problems, &request.name);
    let version = optional_id(
        &mut problems,
        "version",
        &request.version,
        RuleSetVersion::parse,
    );
    problems.into_result(name.map(|name| (name, version)))
}

/// A parsed request that a version decides: its name, itself, and from when on.
pub type Activated = (RuleSetName, RuleSetVersion, Option<DateTime<Utc>>);

/// Parses a request that a version decides; `now` is what its time has to come after.
pub fn activate_rule_set_request(
    request: &proto::ActivateRuleSetRequest,
    now: DateTime<Utc>,
) -> Result<Activated, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = name(&mut problems, &request.name);
    let version = id(
        &mut problems,
        "version",
        &request.version,
        RuleSetVersion::parse,
    );
    let from = request.start_time.as_ref();
    let from = from.and_then(|wire| problems.keep("start_time", start(wire, now)));
    let parts = name.zip(version);
    problems.into_result(parts.map(|(name, version)| (name, version, from)))
}

fn start(wire: &prost_types::Timestamp, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let from = instant(wire)?;
    let days = limits::ACTIVATION_DAYS_MAX;
    let latest = now + Duration::days(i64::from(days));
    if from <= now {
        Err("is not to come: leave it out for at once".to_owned())
    } else if from > latest {
        Err(format!("is more than {days} days ahead"))
    } else {
        Ok(from)
    }
}

/// Parses a request about one version.
pub fn rule_set_version(
    name: &str,
    version: &str,
) -> Result<(RuleSetName, RuleSetVersion), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = self::name(&mut problems, name);
    let version = id(&mut problems, "version", version, RuleSetVersion::parse);
    problems.into_result(name.zip(version))
}

/// Parses a request about one name, or all.
pub fn optional_rule_set_name(text: &str) -> Result<Option<RuleSetName>, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = optional_id(&mut problems, "name", text, RuleSetName::parse);
    problems.into_result(Some(name))
}

/// Parses a request about one name.
pub fn rule_set_name(text: &str) -> Result<RuleSetName, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let name = name(&mut problems, text);
    problems.into_result(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str, attachments: &[(&str, &str)]) -> proto::RuleSetText {
        let attachments = attachments.iter().map(|(name, content)| {
            let (name, content) = ((*name).to_owned(), content.as_bytes().to_vec());
            proto::RuleSetAttachment { name, content }
        });
        proto::RuleSetText {
            source: source.as_bytes().to_vec(),
            attachments: attachments.collect(),
        }
    }

    fn fields(problems: Vec<ApplicationError>) -> Vec<String> {
        problems.into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn what_a_rule_file_names_is_taken_with_it_and_nothing_else() {
        let parse = |text| {
            let request = proto::CheckRuleSetRequest { text: Some(text) };
            check_rule_set_request(request).map_err(fields)
        };
        let source = "import = ['part.toml']";
        let part = ("part.toml", "[lists.a]\nfile = 'a.txt'");
        let sent = parse(text(source, &[("a.txt", "Acme"), part])).unwrap();
        let names: Vec<_> = sent.attachments.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a.txt", "part.toml"]);
        for stray in [("b.txt", ""), ("../a.txt", ""), ("a.txt", "twice")] {
            let sent = parse(text(source, &[("a.txt", "Acme"), part, stray]));
            assert_eq!(sent.unwrap_err(), ["text.attachments"], "{stray:?}");
        }
        assert_eq!(parse(text("", &[])).unwrap_err(), ["text.source"]);
        let max = limits::RULE_FILE_BYTES_MAX;
        for (length, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            assert_eq!(parse(text(&"#".repeat(length), &[])).is_ok(), good);
        }
    }

    #[test]
    fn notes_are_limited_below_at_and_above() {
        let max = limits::PUBLICATION_NOTE_BYTES_MAX;
        for (length, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let request = proto::PublishRuleSetRequest {
                text: Some(text("x", &[])),
                note: "a".repeat(length),
            };
            assert_eq!(publish_rule_set_request(request).is_ok(), good, "{length}");
        }
        let request = proto::PublishRuleSetRequest {
            text: None,
            note: "a\u{1b}[31m".to_owned(),
        };
        let wrong = publish_rule_set_request(request).unwrap_err();
        assert_eq!(fields(wrong), ["note", "text.source"]);
    }

    #[test]
    fn times_to_come_are_limited_below_at_and_above() {
        let max = i64::from(limits::ACTIVATION_DAYS_MAX) * 86_400;
        for (seconds, good) in [(0, false), (1, true), (max, true), (max + 1, false)] {
            let request = proto::ActivateRuleSetRequest {
                name: "personal-loan".to_owned(),
                version: "1.0".to_owned(),
                start_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
            };
            let parsed = activate_rule_set_request(&request, DateTime::UNIX_EPOCH);
            assert_eq!(parsed.is_ok(), good, "{seconds}");
        }
        let empty = proto::ActivateRuleSetRequest::default();
        let wrong = activate_rule_set_request(&empty, DateTime::UNIX_EPOCH);
        assert_eq!(fields(wrong.unwrap_err()), ["name", "version"]);
    }
}
