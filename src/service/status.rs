//! Which error becomes which gRPC status: the only file that decides it.
//!
//! Every status carries an `ErrorInfo` with the stable code in upper case; those that name fields
//! carry a `BadRequest`, those that may pass a `RetryInfo`, those about something that is not
//! there a `ResourceInfo`. Messages never hold personal data or keys.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::AuthorityError;
use crate::access::Scope;
use crate::application::ApplicationError;
use crate::decision::ViewError;
use crate::id::TokenId;
use crate::ledger::LedgerError;
use crate::limits;
use crate::replay::runs::{RunError, RunFailure};
use crate::seal::SealError;
use crate::snapshot::SnapshotError;
use crate::stripe::{BadAnswer, StripeError};
use crate::underwriter::UnderwriteError;

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "underwrite.v1";

/// When to come back to something that is over in a moment.
const RETRY_SOON: Duration = Duration::from_secs(1);
/// When to come back to something that Stripe or the network has to mend.
const RETRY_LATER: Duration = Duration::from_secs(5);

/// The soonest that a call is told to come back which was not let in.
const RETRY_REFUSED_MIN: Duration = Duration::from_millis(100);

/// The status of a request with invalid fields.
pub fn invalid(violations: &[ApplicationError]) -> Status {
    violated("invalid_request", violations)
}

fn violated(reason: &str, violations: &[ApplicationError]) -> Status {
    let mut details = details(reason);
    for violation in violations.iter().take(limits::VIOLATIONS_MAX) {
        details.add_bad_request_violation(&violation.field, &violation.problem);
    }
    let message = match violations {
        [] => "the request is not valid".to_owned(),
        [one] => format!("`{}` {}", one.field, one.problem),
        [first, rest @ ..] => format!(
            "`{}` {} (and {} more: see the BadRequest detail{})",
            first.field,
            first.problem,
            rest.len(),
            if violations.len() > limits::VIOLATIONS_MAX {
                ", which names the first 20"
            } else {
                ""
            },
        ),
    };
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// The status of a failure. `resource` is the name of what the request asked to see, if anything.
pub fn failed(error: &UnderwriteError, resource: &str) -> Status {
    let code = code(error);
    let mut details = details(error.code());
    match error {
        UnderwriteError::Application(violations) => return invalid(violations),
        UnderwriteError::NotAnswerable(violations) => return violated(error.code(), violations),
        UnderwriteError::Ledger(LedgerError::Resolved { by }) => {
            details.set_resource_info("decision", by.as_str(), "", error.to_string());
        }
        UnderwriteError::Account { field, source, .. }
        | UnderwriteError::Handle { field, source, .. } => {
            if code == Code::InvalidArgument {
                let field = if matches!(source, StripeError::ConnectedAccount(_)) {
                    "application.bank_data.stripe_account"
                } else {
                    field
                };
                details.add_bad_request_violation(field, source.to_string());
            }
        }
        UnderwriteError::UnknownRuleSet { name, suggestion } => {
            details.set_resource_info("rule_set", name.as_str(), "", error.to_string());
            if let Some(suggestion) = suggestion {
                let message = format!("{error}: did you mean `{suggestion}`?");
                return Status::with_error_details(code, message, details);
            }
        }
        UnderwriteError::UnknownVersion { name, version, .. } => {
            let version = format!("{name} {version}");
            details.set_resource_info("rule_set_version", version, "", error.to_string());
        }
        UnderwriteError::UnpublishedRuleSet { name, .. } => {
            details.set_resource_info("rule_set", name.as_str(), "", error.to_string());
        }
        UnderwriteError::NotFound { kind } => {
            details.set_resource_info(*kind, resource, "", error.to_string());
        }
        UnderwriteError::Ledger(LedgerError::UnknownCursor) => {
            details.add_bad_request_violation("page_token", error.to_string());
        }
        UnderwriteError::RetiredRuleSet { .. }
        | UnderwriteError::FourEyes { .. }
        | UnderwriteError::NothingBefore { .. }
        | UnderwriteError::KeyReused
        | UnderwriteError::NotReferred { .. }
        | UnderwriteError::BankDataNotReady
        | UnderwriteError::ReferralExpired { .. }
        | UnderwriteError::TooManyFollowUps
        | UnderwriteError::InFlight
        | UnderwriteError::Overloaded
        | UnderwriteError::NotFoundInTime
        | UnderwriteError::Stopping
        | UnderwriteError::DamagedBundle { .. }
        | UnderwriteError::Interrupted
        | UnderwriteError::Ledger(_)
        | UnderwriteError::Snapshot(_)
        | UnderwriteError::Engine(_)
        | UnderwriteError::View(_)
        | UnderwriteError::Entropy(_) => {}
    }
    if error.is_transient() {
        details.set_retry_info(Some(retry_after(error)));
    }
    Status::with_error_details(code, error.to_string(), details)
}

/// The status of a call that was not let in, because those before it will take so `long`. It is told
/// to come back when they are done and up to as much later, by a jitter in thousandths, so that
/// those who are refused together do not come back together.
pub fn not_let_in(long: Duration, jitter: u32) -> Status {
    let mut details = details("overloaded");
    let least = long.max(RETRY_REFUSED_MIN);
    details.set_retry_info(Some(least + least / 1_000 * jitter));
    let message = "more calls came than can be answered in time: try again later";
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// The status of a call that was not answered by its caller's deadline.
pub(super) fn deadline_exceeded() -> Status {
    let message = "the deadline of the call passed before it was answered: give it more time, or \
                   repeat it; a decision under its key is made once";
    let code = Code::DeadlineExceeded;
    Status::with_error_details(code, message, details("deadline_exceeded"))
}

/// The status of a request that did not come in full.
pub(super) fn request_incomplete(time: Duration) -> Status {
    let message = format!(
        "the request did not come in full: there was nothing more of it for {} seconds",
        time.as_secs()
    );
    let code = Code::DeadlineExceeded;
    Status::with_error_details(code, message, details("request_incomplete"))
}

/// The status of a call that was still open when the server had to end.
pub(super) fn stopping() -> Status {
    failed(&UnderwriteError::Stopping, "")
}

/// Gives a refusal of the transport the details that every error of the service carries: a request
/// that is larger than `max` bytes or cannot be decoded, or a method that there is not. Anything else
/// passes.
pub fn explained(response: http::Response<Body>, max: usize) -> http::Response<Body> {
    // INVARIANT: every status of the service itself has details.
    let refused = Status::from_header_map(response.headers());
    let Some(refused) = refused.filter(|refused| refused.details().is_empty()) else {
        return response;
    };
    let code = refused.code();
    let (code, reason, message) = if matches!(code, Code::OutOfRange | Code::ResourceExhausted) {
        let message = format!("the request is too large: send at most {max} bytes, unpacked");
        (Code::OutOfRange, "request_too_large", message)
    } else if code == Code::Internal {
        let message = format!(
            "the request cannot be read as a message of `underwrite.v1`: {}",
            refused.message()
        );
        (Code::InvalidArgument, "malformed_request", message)
    } else {
        return response;
    };
    tracing::info!(code = name(code), reason, "refused");
    Status::with_error_details(code, message, details(reason)).into_http()
}

/// The status of a call that shows nothing that is good here. It is one for whatever that is: nobody
/// learns how near a guess was.
pub(super) fn unauthenticated() -> Status {
    let message = "the call shows no credential that is good here: send an API token as \
                   `authorization: Bearer uwt_...`";
    let code = Code::Unauthenticated;
    Status::with_error_details(code, message, details("unauthenticated"))
}

/// The credential does not let its bearer do that. It goes with the status, so that whoever counts
/// those who were refused takes no other status of that code for one.
#[derive(Debug, Error)]
#[error("the credential lacks the scope `{0}`")]
struct ScopeNeeded(Scope);

/// The status of a call that its caller may not make.
pub(super) fn scope_needed(scope: Scope) -> Status {
    let needed = ScopeNeeded(scope);
    let (code, message) = (Code::PermissionDenied, needed.to_string());
    let mut details = ErrorDetails::new();
    let metadata = [("scope".to_owned(), scope.to_string())];
    let reason = "SCOPE_NEEDED";
    details.set_error_info(reason, DOMAIN, metadata);
    let mut status = Status::with_error_details(code, message, details);
    status.set_source(Arc::new(needed));
    status
}

/// Whether an answer is that its caller may not have it.
pub(super) fn is_scope_needed(answer: &http::Extensions) -> bool {
    // INVARIANT: tonic keeps a status beside the headers that it writes of it.
    let status = answer.get::<Status>();
    let source = status.and_then(std::error::Error::source);
    source.is_some_and(|source| source.is::<ScopeNeeded>())
}

/// The status of a call of a method that there is not.
pub(super) fn unknown_method() -> Status {
    let message = "there is no such method: reflection lists those that there are";
    let code = Code::Unimplemented;
    Status::with_error_details(code, message, details("unknown_method"))
}

/// The status of a grant that the caller's tenant does not have.
pub(super) fn no_such_token(id: &TokenId) -> Status {
    let message = "there is no such token";
    let mut details = details("not_found");
    details.set_resource_info("token", id.as_str(), "", message);
    Status::with_error_details(Code::NotFound, message, details)
}

/// The status of a failure to grant or to revoke.
pub(super) fn not_granted(error: &AuthorityError) -> Status {
    let (code, reason) = match error {
        AuthorityError::Ledger(LedgerError::Rejected { .. }) => {
            (Code::AlreadyExists, "grant_refused")
        }
        AuthorityError::Ledger(error) => (ledger_code(error), error.code()),
        AuthorityError::NoGrants => (Code::FailedPrecondition, "no_grants"),
        AuthorityError::Key(_) => (Code::FailedPrecondition, "token_key"),
        AuthorityError::Entropy(_) => (Code::Internal, "entropy"),
    };
    Status::with_error_details(code, error.to_string(), details(reason))
}

/// The status of a run that does not begin, or of what is asked of the one of that id.
pub(super) fn replay_refused(error: &RunError, id: &str) -> Status {
    let (code, reason) = match error {
        RunError::Busy { .. } => (Code::ResourceExhausted, "replays_busy"),
        RunError::NotFound => (Code::NotFound, "not_found"),
        RunError::NotOver => (Code::FailedPrecondition, "replay_not_over"),
        RunError::Failed(_) => (Code::FailedPrecondition, "replay_failed"),
        RunError::Stopping => return stopping(),
        RunError::Entropy(_) => (Code::Internal, "no_entropy"),
    };
    let mut details = details(reason);
    match error {
        RunError::Busy { .. } => {
            details.set_retry_info(Some(limits::REPLAY_RETRY));
        }
        RunError::NotFound => {
            details.set_resource_info("replay", id, "", error.to_string());
        }
        RunError::NotOver | RunError::Failed(_) | RunError::Stopping | RunError::Entropy(_) => {}
    }
    Status::with_error_details(code, error.to_string(), details)
}

/// The status at the end of a run that failed.
pub(super) fn replay_failed(failure: &RunFailure) -> Status {
    let code = match failure {
        RunFailure::Ledger(error) => ledger_code(error),
        RunFailure::Columns(_) => Code::Internal,
        RunFailure::Interrupted => Code::Unavailable,
    };
    Status::with_error_details(code, failure.to_string(), details(failure.code()))
}

fn details(code: &str) -> ErrorDetails {
    #[expect(
        clippy::disallowed_types,
        reason = "the metadata of an `ErrorInfo` is a `HashMap`; this one is empty"
    )]
    let metadata = std::collections::HashMap::new();
    let mut details = ErrorDetails::new();
    details.set_error_info(code.to_ascii_uppercase(), DOMAIN, metadata);
    details
}

fn code(error: &UnderwriteError) -> Code {
    match error {
        UnderwriteError::Application(_) | UnderwriteError::NotAnswerable(_) => {
            Code::InvalidArgument
        }
        UnderwriteError::UnknownRuleSet { .. }
        | UnderwriteError::UnknownVersion { .. }
        | UnderwriteError::UnpublishedRuleSet { .. }
        | UnderwriteError::NotFound { .. } => Code::NotFound,
        UnderwriteError::RetiredRuleSet { .. }
        | UnderwriteError::FourEyes { .. }
        | UnderwriteError::NothingBefore { .. }
        | UnderwriteError::NotReferred { .. }
        | UnderwriteError::BankDataNotReady
        | UnderwriteError::ReferralExpired { .. }
        | UnderwriteError::TooManyFollowUps => Code::FailedPrecondition,
        UnderwriteError::KeyReused => Code::AlreadyExists,
        UnderwriteError::InFlight => Code::Aborted,
        UnderwriteError::Overloaded => Code::ResourceExhausted,
        UnderwriteError::Interrupted
        | UnderwriteError::NotFoundInTime
        | UnderwriteError::Stopping => Code::Unavailable,
        UnderwriteError::Account { source, .. } | UnderwriteError::Handle { source, .. } => {
            stripe_code(source)
        }
        UnderwriteError::Ledger(error) => ledger_code(error),
        UnderwriteError::Snapshot(error) => snapshot_code(error),
        UnderwriteError::DamagedBundle { .. } => Code::DataLoss,
        UnderwriteError::View(ViewError::OtherSemantics { .. }) => Code::FailedPrecondition,
        UnderwriteError::View(_) => Code::DataLoss,
        UnderwriteError::Engine(_) | UnderwriteError::Entropy(_) => Code::Internal,
    }
}

fn stripe_code(error: &StripeError) -> Code {
    match error {
        // What the request names is not there, or is not what a decision can rest on.
        StripeError::NotFound(_)
        | StripeError::ConnectedAccount(_)
        | StripeError::NotLinked { .. }
        | StripeError::Choice(_) => Code::InvalidArgument,
        // Somebody has to change a setting of this engine or of the Stripe account.
        StripeError::KeyRefused(_)
        | StripeError::Forbidden(_)
        | StripeError::HandleForbidden { .. }
        | StripeError::Config(_)
        | StripeError::BadAnswer {
            problem: BadAnswer::WrongMode { .. },
            ..
        } => Code::FailedPrecondition,
        StripeError::Conflict(_)
        | StripeError::RateLimited(_)
        | StripeError::Api(_)
        | StripeError::Unreachable(_)
        | StripeError::Timeout(_)
        | StripeError::CircuitOpen { .. } => Code::Unavailable,
        // Something in between cut an answer, or gave one of its own.
        StripeError::BadAnswer { .. } if error.is_transient() => Code::Unavailable,
        // Stripe said something that no repeat and no other request will change.
        StripeError::InvalidRequest(_) | StripeError::BadAnswer { .. } => Code::Internal,
    }
}

fn ledger_code(error: &LedgerError) -> Code {
    match error {
        LedgerError::Damaged { .. } => Code::DataLoss,
        LedgerError::Overloaded => Code::ResourceExhausted,
        LedgerError::Closed | LedgerError::Unavailable(_) => Code::Unavailable,
        LedgerError::UnknownCursor => Code::InvalidArgument,
        LedgerError::VersionPublished { .. } => Code::AlreadyExists,
        LedgerError::Resolved { .. }
        | LedgerError::Overridden
        | LedgerError::Restored
        | LedgerError::NotRestored
        | LedgerError::OtherHead { .. } => Code::FailedPrecondition,
        LedgerError::Store(_)
        | LedgerError::ReadOnly
        | LedgerError::Rejected { .. }
        | LedgerError::NotReserved => Code::Internal,
    }
}

fn snapshot_code(error: &SnapshotError) -> Code {
    match error {
        SnapshotError::Damaged(_)
        | SnapshotError::HashMismatch
        | SnapshotError::Seal(SealError::Changed | SealError::Damaged) => Code::DataLoss,
        SnapshotError::UnknownVersion(_)
        | SnapshotError::Seal(
            SealError::UnknownVersion | SealError::UnknownKey | SealError::TooLarge { .. },
        ) => Code::FailedPrecondition,
    }
}

fn retry_after(error: &UnderwriteError) -> Duration {
    let (UnderwriteError::Account { source, .. } | UnderwriteError::Handle { source, .. }) = error
    else {
        return RETRY_SOON;
    };
    source.retry_after().unwrap_or(RETRY_LATER)
}

/// What a status says to a client of ours: its message, its stable code if it has one, and the
/// fields that are wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSummary {
    /// The gRPC code as its name: `INVALID_ARGUMENT`.
    pub status: &'static str,
    /// The stable code: `INVALID_REQUEST`; empty where the status carries none.
    pub reason: String,
    /// The message.
    pub message: String,
    /// Each wrong field and what is wrong with it.
    pub fields: BTreeMap<String, String>,
}

/// Reads a status as [`failed`] and [`invalid`] make them, or any other.
pub fn error_summary(status: &Status) -> ErrorSummary {
    let details = status.get_error_details();
    let info = details.error_info();
    let violations = details.bad_request().map(|bad| &bad.field_violations);
    ErrorSummary {
        status: name(status.code()),
        reason: info.map_or_else(String::new, |info| info.reason.clone()),
        message: status.message().to_owned(),
        fields: violations
            .into_iter()
            .flatten()
            .map(|violation| (violation.field.clone(), violation.description.clone()))
            .collect(),
    }
}

/// The name of a gRPC code as the specification writes it.
pub fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests;
