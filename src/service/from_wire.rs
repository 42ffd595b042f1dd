//! From wire types to parsed ones, reporting every field that is wrong.

mod access;
mod application;
mod bank_data;
mod follow_ups;
mod notices;
mod replays;
mod resolution;
mod rule_sets;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::narrowing::Narrowing;
use super::page_token::Listing;
use crate::application::ApplicationError;
use crate::id::{ApplicationId, DecisionId, IdError, IdempotencyKey, RuleSetName, TenantId};
use crate::ledger::{Cursor, Filter, PendingCursor};
use crate::limits;
use crate::money::{Currency, Money};
use crate::proto;
use crate::rules::Outcome;
use crate::snapshot::SnapshotHash;
use crate::underwriter;

pub use access::{AuditQuery, create_token_request, list_audit_request, revoke_token_request};
pub use application::application;
pub use follow_ups::{
    FollowUpQuery, list_follow_ups_request, record_loan_performance_request,
    record_override_request,
};
pub use notices::{
    DueQuery, NoticeRequest, get_notice_request, list_due_notices_request, record_notice_request,
};
pub use replays::{SentCandidate, SentRun, SentWork, replay_id, run_replay_request};
pub use resolution::resolve_request;
pub use rule_sets::{
    Activated, RuleSetQuery, SentRuleSet, activate_rule_set_request, check_rule_set_request,
    get_rule_set_request, list_activations_request, list_rule_sets_request, optional_rule_set_name,
    publish_rule_set_request, rule_set_name, rule_set_version,
};

/// How much of a decision to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Outcome, offer, principal reasons, score, data quality, pins.
    Summary,
    /// Everything that was recorded.
    Full,
}

/// A parsed request for a page of decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Which decisions.
    pub filter: Filter,
    /// Where to read on.
    pub after: Option<Cursor>,
    /// How many at most.
    pub page_size: usize,
    /// How much of each to show.
    pub view: View,
    /// Which of them, by what stands in no index.
    pub narrowing: Narrowing,
}

/// Collects what is wrong while parsing goes on.
#[derive(Default)]
struct Problems(Vec<ApplicationError>);

impl Problems {
    fn add(&mut self, field: &str, problem: impl Into<String>) {
        self.0.push(ApplicationError {
            field: field.to_owned(),
            problem: problem.into(),
        });
    }

    /// Records the problem of a failed parse.
    fn keep<T>(&mut self, field: &str, parsed: Result<T, String>) -> Option<T> {
        parsed.map_err(|problem| self.add(field, problem)).ok()
    }

    fn into_result<T>(self, value: Option<T>) -> Result<T, Vec<ApplicationError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}

/// Parses a request for a decision.
pub fn decide_request(
    tenant: TenantId,
    request: proto::DecideRequest,
) -> Result<(underwriter::Request, View), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let key = id(
        &mut problems,
        "idempotency_key",
        &request.idempotency_key,
        IdempotencyKey::parse,
    );
    let rule_set = id(
        &mut problems,
        "rule_set",
        &request.rule_set,
        RuleSetName::parse,
    );
    let view = view(&mut problems, request.view);
    let application = match request.application {
        Some(wire) => match application(wire) {
            Ok(application) => Some(application),
            Err(mut found) => {
                problems.0.append(&mut found);
                None
            }
        },
        None => {
            problems.add("application", "is required");
            None
        }
    };
    let parts = key
        .zip(rule_set)
        .zip(application)
        .map(|((key, rule_set), application)| {
            let request = underwriter::Request {
                tenant,
                key,
                rule_set,
                application: Arc::new(application),
            };
            (request, view)
        });
    problems.into_result(parts)
}

/// What a decision is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionName {
    /// Its id.
    Id(DecisionId),
    /// The key of its request.
    Key(IdempotencyKey),
}

impl DecisionName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Id(id) => id.as_str(),
            Self::Key(key) => key.as_str(),
        }
    }
}

/// Parses a request for one decision.
pub fn get_decision_request(
    request: &proto::GetDecisionRequest,
) -> Result<(DecisionName, View), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let key = optional_id(
        &mut problems,
        "idempotency_key",
        &request.idempotency_key,
        IdempotencyKey::parse,
    );
    let name = match (request.id.as_str(), request.idempotency_key.as_str()) {
        ("", "") => {
            let problem = "is required: send it, or `idempotency_key` where it is not known";
            problems.add("id", problem);
            None
        }
        ("", _) => key.map(DecisionName::Key),
        (text, "") => id(&mut problems, "id", text, DecisionId::parse).map(DecisionName::Id),
        (_, _) => {
            let problem = "is sent together with `id`: send one of them";
            problems.add("idempotency_key", problem);
            None
        }
    };
    let view = view(&mut problems, request.view);
    problems.into_result(name.map(|name| (name, view)))
}

/// Parses a request to watch one decision.
pub fn watch_decision_request(
    request: &proto::WatchDecisionRequest,
) -> Result<(DecisionId, View), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let id = id(&mut problems, "id", &request.id, DecisionId::parse);
    let view = view(&mut problems, request.view);
    problems.into_result(id.map(|id| (id, view)))
}

/// Parses a request for a page of what is pending of `tenant`: where to read on, and how many at
/// most.
pub fn list_pending_request(
    tenant: &TenantId,
    request: &proto::ListPendingDecisionsRequest,
) -> Result<(Option<PendingCursor>, usize), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let page_size = page_size(&mut problems, request.page_size, limits::PAGE_SIZE_MAX);
    let after = match request.page_token.as_str() {
        "" => None,
        token => {
            let place = Listing::pending(tenant).place(token);
            problems.keep("page_token", place.map_err(str::to_owned))
        }
    };
    problems.into_result(Some((after.map(PendingCursor), page_size)))
}

/// Parses a request for one snapshot.
pub fn get_snapshot_request(
    request: &proto::GetSnapshotRequest,
) -> Result<SnapshotHash, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let hash = SnapshotHash::parse(&request.hash);
    if hash.is_none() {
        problems.add(
            "hash",
            "is not 64 hexadecimal digits: take it from the pins of a decision",
        );
    }
    problems.into_result(hash)
}

/// Parses a request for a page of decisions of `tenant`.
pub fn list_request(
    tenant: &TenantId,
    request: &proto::ListDecisionsRequest,
) -> Result<ListQuery, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let filter = Filter {
        from: optional_instant(&mut problems, "start_time", request.start_time.as_ref()),
        until: optional_instant(&mut problems, "end_time", request.end_time.as_ref()),
        outcome: outcome(&mut problems, "outcome", request.outcome),
        rule_set: optional_id(
            &mut problems,
            "rule_set",
            &request.rule_set,
            RuleSetName::parse,
        ),
        application: optional_id(
            &mut problems,
            "application_id",
            &request.application_id,
            ApplicationId::parse,
        ),
    };
    let narrowing = narrowing(&mut problems, request);
    if let (Some(from), Some(until)) = (filter.from, filter.until)
        && until < from
    {
        problems.add("end_time", "is before `start_time`");
    }
    let view = view(&mut problems, request.view);
    let max = match view {
        View::Summary => limits::PAGE_SIZE_MAX,
        View::Full => limits::PAGE_SIZE_FULL_MAX,
    };
    let page_size = page_size(&mut problems, request.page_size, max);
    let after = match request.page_token.as_str() {
        "" => None,
        // A token is bound to its filter, so it says nothing while the filter is wrong.
        _ if !problems.0.is_empty() => None,
        token => {
            let place = Listing::decisions(tenant, &filter, &narrowing).place(token);
            let place = problems.keep("page_token", place.map_err(str::to_owned));
            place.map(Cursor)
        }
    };
    problems.into_result(Some(ListQuery {
        filter,
        after,
        page_size,
        view,
        narrowing,
    }))
}

/// Which decisions are meant by what stands in no index.
fn narrowing(problems: &mut Problems, request: &proto::ListDecisionsRequest) -> Narrowing {
    let mut name = |field: &str, text: &str| {
        let is_name = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name || text.len() > limits::ID_BYTES_MAX {
            problems.add(field, "is not a name as rule sets have it");
        }
        (!text.is_empty()).then(|| text.to_owned())
    };
    Narrowing {
        reason: name("reason", &request.reason),
        rule: name("rule", &request.rule),
        version: name("rule_set_version", &request.rule_set_version),
        overridden: request.overridden,
    }
}

/// How many to answer with: more than `max` is cut, as the wire says.
fn page_size(problems: &mut Problems, wire: i32, max: usize) -> usize {
    match usize::try_from(wire) {
        Ok(0) => limits::PAGE_SIZE_DEFAULT,
        Ok(size) => size.min(max),
        Err(_) => {
            problems.add(
                "page_size",
                "is below 0: leave it out, or say how many at most",
            );
            limits::PAGE_SIZE_DEFAULT
        }
    }
}

/// Records a number of an enum that stands for nothing; one that is not sent is `None`.
fn known<T>(
    problems: &mut Problems,
    field: &str,
    wire: i32,
    value: Option<T>,
    choices: &str,
) -> Option<T> {
    if value.is_none() && wire != 0 {
        problems.add(field, format!("is not known: {choices}"));
    }
    value
}

fn id<T>(
    problems: &mut Problems,
    field: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Option<T> {
    let parsed = match parse(text) {
        Err(IdError::Empty { .. }) if text.is_empty() => Err("is required".to_owned()),
        Err(error) => Err(format!("is not valid: {error}")),
        Ok(id) => Ok(id),
    };
    problems.keep(field, parsed)
}

fn optional_id<T>(
    problems: &mut Problems,
    field: &str,
    text: &str,
    parse: impl Fn(&str) -> Result<T, IdError>,
) -> Option<T> {
    if text.is_empty() {
        None
    } else {
        id(problems, field, text, parse)
    }
}

fn view(problems: &mut Problems, wire: i32) -> View {
    use proto::DecisionView as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Unspecified | Wire::Summary) => View::Summary,
        Ok(Wire::Full) => View::Full,
        Err(_) => {
            problems.add("view", "is not a view: SUMMARY or FULL");
            View::Summary
        }
    }
}

fn outcome(problems: &mut Problems, field: &str, wire: i32) -> Option<Outcome> {
    use proto::Outcome as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Unspecified) => None,
        Ok(Wire::Approve) => Some(Outcome::Approve),
        Ok(Wire::Counter) => Some(Outcome::Counter),
        Ok(Wire::Refer) => Some(Outcome::Refer),
        Ok(Wire::Decline) => Some(Outcome::Decline),
        Err(_) => {
            let words = "is not an outcome: APPROVE, COUNTER, REFER or DECLINE";
            problems.add(field, words);
            None
        }
    }
}

fn money(problems: &mut Problems, field: &str, wire: &proto::Money) -> Option<Money> {
    let currency = wire.currency.parse::<Currency>();
    let currency = currency.map_err(|error| format!("is not valid: {error}"));
    let currency = problems.keep(&format!("{field}.currency"), currency);
    let field = format!("{field}.amount");
    let amount = problems.keep(&field, decimal(&wire.amount));
    let (currency, amount) = currency.zip(amount)?;
    let money = Money::from_decimal(amount, currency);
    problems.keep(
        &field,
        money.map_err(|error| format!("is not valid: {error}")),
    )
}

/// Reads a plain decimal: digits, at most one point between digits, perhaps a leading minus.
pub fn decimal(text: &str) -> Result<Decimal, String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return Err("is not a plain decimal such as `1250.00`: no exponent, no separators".into());
    }
    Decimal::from_str_exact(text).map_err(|_| "has more digits than can be held exactly".into())
}

/// Reads a civil date of exactly the form `2026-03-31`.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let problem = "is not a date such as `2026-03-31`";
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        // The parser also takes `2026-3-31` and signed years.
        Ok(date) if text.len() == 10 && date.to_string() == text => Ok(date),
        Ok(_) | Err(_) => Err(problem.to_owned()),
    }
}

fn optional_instant(
    problems: &mut Problems,
    field: &str,
    wire: Option<&prost_types::Timestamp>,
) -> Option<DateTime<Utc>> {
    wire.and_then(|wire| problems.keep(field, instant(wire)))
}

/// Reads an instant, rounded up to the second: records have whole seconds, so "at or after" and
/// "before" mean the same for the rounded one.
fn instant(wire: &prost_types::Timestamp) -> Result<DateTime<Utc>, String> {
    /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, as `google.protobuf.Timestamp` defines.
    const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
    if !SECONDS.contains(&wire.seconds) || !(0..1_000_000_000).contains(&wire.nanos) {
        return Err("is not a timestamp between the years 1 and 9999".to_owned());
    }
    let seconds = wire.seconds.saturating_add(i64::from(wire.nanos > 0));
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| "is not a timestamp".to_owned())
}

#[cfg(test)]
mod tests;
