//! gRPC requests: any bytes are refused by the decoder, refused with every wrong field, or a
//! request that is within the limits.

use prost::Message;
use underwrite::application::{Application, ApplicationError};
use underwrite::id::TenantId;
use underwrite::limits;
use underwrite::proto;
use underwrite::service::{from_wire, status};

/// Reads `data` as the request that its first byte says: `D`ecide, `G`etDecision or
/// `L`istDecisions; whether it is a good one.
pub(crate) fn run(data: &[u8]) -> bool {
    let tenant = TenantId::default_tenant();
    match data.split_first() {
        Some((b'D', wire)) => proto::DecideRequest::decode(wire).is_ok_and(|wire| {
            let parsed = from_wire::decide_request(tenant, wire);
            checked(parsed, |(request, _)| within_limits(&request.application))
        }),
        Some((b'G', wire)) => proto::GetDecisionRequest::decode(wire)
            .is_ok_and(|wire| checked(from_wire::get_decision_request(&wire), |_| {})),
        Some((b'L', wire)) => proto::ListDecisionsRequest::decode(wire).is_ok_and(|wire| {
            checked(from_wire::list_request(&tenant, &wire), |query| {
                assert!((1..=limits::PAGE_SIZE_MAX).contains(&query.page_size));
            })
        }),
        Some(_) | None => false,
    }
}

fn within_limits(application: &Application) {
    let applicants = application.applicants();
    assert!((1..=limits::APPLICANTS_MAX).contains(&applicants.len()));
    let people = applicants.iter();
    let named = people.map(|who| who.account_ids.len() + who.handles.len());
    assert!((1..=limits::ACCOUNTS_MAX).contains(&named.sum()));
    assert!(application.primary().is_some());
    assert!(application.term().days() <= limits::TERM_DAYS_MAX);
    let again = application.clone().into_draft().check();
    assert_eq!(again.as_ref(), Ok(application), "checked once");
}

fn checked<T>(parsed: Result<T, Vec<ApplicationError>>, good: impl FnOnce(T)) -> bool {
    match parsed {
        Ok(value) => {
            good(value);
            true
        }
        Err(problems) => {
            refused(&problems);
            false
        }
    }
}

/// The answer names a field, and stays small enough for the trailers that carry it.
fn refused(problems: &[ApplicationError]) {
    assert!(!problems.is_empty());
    assert!(problems.iter().all(|problem| !problem.problem.is_empty()));
    let status = status::invalid(problems);
    assert_eq!(status.code() as i32, 3, "INVALID_ARGUMENT");
    let size = status.message().len() + status.details().len();
    assert!(size <= 16 * 1024, "{size} bytes of trailers");
}
