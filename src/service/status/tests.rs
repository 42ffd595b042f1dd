use super::*;
use crate::id::AccountId;
use crate::ledger::LedgerError;
use crate::service::tests::{refusal, violations};

fn account(source: StripeError) -> UnderwriteError {
    UnderwriteError::Account {
        field: "application.applicants[0].account_ids[0]".to_owned(),
        account: AccountId::parse("fca_one").unwrap(),
        source,
    }
}

/// Each failure has its gRPC code, carries its own stable code, and says whether to retry.
fn assert_told(cases: impl IntoIterator<Item = (UnderwriteError, Code, bool)>) {
    for (error, code, retry) in cases {
        let status = failed(&error, "dec_1");
        let details = status.get_error_details();
        assert_eq!(status.code(), code, "{error}");
        assert_eq!(details.retry_info().is_some(), retry, "{error}");
        let info = details.error_info().unwrap();
        assert_eq!(info.reason, error.code().to_ascii_uppercase());
        assert_eq!(info.domain, DOMAIN);
    }
}

#[test]
fn every_kind_of_failure_has_its_code_and_says_whether_to_retry() {
    let damaged = LedgerError::Damaged {
        record: "7".to_owned(),
        problem: "its hash differs".to_owned(),
    };
    assert_told([
        (UnderwriteError::KeyReused, Code::AlreadyExists, false),
        (UnderwriteError::InFlight, Code::Aborted, true),
        (UnderwriteError::Overloaded, Code::ResourceExhausted, true),
        (UnderwriteError::Interrupted, Code::Unavailable, true),
        (
            UnderwriteError::NotFound { kind: "decision" },
            Code::NotFound,
            false,
        ),
        (UnderwriteError::Ledger(damaged), Code::DataLoss, false),
        (
            UnderwriteError::Ledger(LedgerError::Overloaded),
            Code::ResourceExhausted,
            true,
        ),
        (
            UnderwriteError::Ledger(LedgerError::Unavailable("full".into())),
            Code::Unavailable,
            true,
        ),
        (
            UnderwriteError::Ledger(LedgerError::Restored),
            Code::FailedPrecondition,
            false,
        ),
        (
            UnderwriteError::Ledger(LedgerError::Store("full".into())),
            Code::Internal,
            false,
        ),
        (
            UnderwriteError::Snapshot(SnapshotError::HashMismatch),
            Code::DataLoss,
            false,
        ),
    ]);
}

#[test]
fn what_stripe_says_has_its_code_and_says_whether_to_retry() {
    assert_told([
        (
            account(StripeError::NotFound(refusal(404))),
            Code::InvalidArgument,
            false,
        ),
        (
            account(StripeError::KeyRefused(refusal(401))),
            Code::FailedPrecondition,
            false,
        ),
        (
            account(StripeError::Forbidden(refusal(403))),
            Code::FailedPrecondition,
            false,
        ),
        (
            account(StripeError::RateLimited(refusal(429))),
            Code::Unavailable,
            true,
        ),
        (
            account(StripeError::Unreachable("no route")),
            Code::Unavailable,
            true,
        ),
        (
            account(StripeError::Timeout("read")),
            Code::Unavailable,
            true,
        ),
        (
            account(StripeError::CircuitOpen {
                retry_after: Duration::from_secs(3),
            }),
            Code::Unavailable,
            true,
        ),
    ]);
}

#[test]
fn what_is_behind_a_handle_has_its_code_and_is_not_to_be_retried() {
    use crate::id::HandleKind;
    use crate::stripe::{ChoiceError, NotLinkedReason};
    let unlinked = |why| {
        let kind = HandleKind::PaymentIntent;
        (
            account(StripeError::NotLinked { kind, why }),
            Code::InvalidArgument,
            false,
        )
    };
    assert_told([
        unlinked(NotLinkedReason::TypedByHand),
        unlinked(NotLinkedReason::NotABankAccount),
        unlinked(NotLinkedReason::NoPaymentMethod),
        unlinked(NotLinkedReason::NotCompleted),
        unlinked(NotLinkedReason::NoAccount),
        unlinked(NotLinkedReason::StandardAccount),
        (
            account(ChoiceError::TooMany { found: 51, max: 50 }.into()),
            Code::InvalidArgument,
            false,
        ),
        (
            account(StripeError::HandleForbidden {
                kind: HandleKind::Invoice,
                refusal: refusal(403),
            }),
            Code::FailedPrecondition,
            false,
        ),
        (
            account(StripeError::ConnectedAccount(refusal(403))),
            Code::InvalidArgument,
            false,
        ),
    ]);
}

#[test]
fn a_connected_account_that_cannot_be_used_is_the_field_that_names_it() {
    let error = account(StripeError::ConnectedAccount(refusal(403)));
    let error_summary = error_summary(&failed(&error, ""));
    assert_eq!(error_summary.reason, "STRIPE_ACCOUNT_UNKNOWN");
    let fields: Vec<&str> = error_summary.fields.keys().map(String::as_str).collect();
    assert_eq!(fields, ["application.bank_data.stripe_account"]);
}

#[test]
fn an_account_that_stripe_does_not_know_is_an_invalid_field() {
    let error_summary = error_summary(&failed(&account(StripeError::NotFound(refusal(404))), ""));
    assert_eq!(error_summary.status, "INVALID_ARGUMENT");
    let fields: Vec<&str> = error_summary.fields.keys().map(String::as_str).collect();
    assert_eq!(fields, ["application.applicants[0].account_ids[0]"]);
}

#[test]
fn what_stripe_asks_to_wait_is_passed_on() {
    let mut refusal = refusal(429);
    refusal.retry_after = Some(Duration::from_secs(17));
    let status = failed(&account(StripeError::RateLimited(refusal)), "");
    let retry = status.get_error_details().retry_info().cloned().unwrap();
    assert_eq!(retry.retry_delay, Some(Duration::from_secs(17)));
}

#[test]
fn while_stripe_is_left_alone_the_time_left_is_told() {
    let left = Duration::from_millis(7_500);
    let open = StripeError::CircuitOpen { retry_after: left };
    let status = failed(&account(open), "");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "STRIPE_CIRCUIT_OPEN");
    assert_eq!(details.retry_info().unwrap().retry_delay, Some(left));
}

#[test]
fn what_is_not_there_is_named() {
    let status = failed(&UnderwriteError::NotFound { kind: "snapshot" }, "abc");
    let details = status.get_error_details();
    let resource = details.resource_info().unwrap();
    assert_eq!(
        (
            resource.resource_type.as_str(),
            resource.resource_name.as_str()
        ),
        ("snapshot", "abc")
    );
}

#[test]
fn a_rule_set_that_is_not_active_gets_the_nearest_name() {
    let error = UnderwriteError::UnknownRuleSet {
        name: crate::id::RuleSetName::parse("personal-laon").unwrap(),
        suggestion: Some("personal-loan".to_owned()),
    };
    let status = failed(&error, "");
    assert_eq!(status.code(), Code::NotFound);
    assert!(status.message().ends_with("did you mean `personal-loan`?"));
}

#[test]
fn violations_are_told_up_to_the_limit_and_fit_into_trailers() {
    let max = limits::VIOLATIONS_MAX;
    for (count, told_count) in [(max - 1, max - 1), (max, max), (max + 1, max)] {
        let status = invalid(&violations(count));
        let details = status.get_error_details();
        assert_eq!(
            details.bad_request().unwrap().field_violations.len(),
            told_count
        );
        assert!(
            status.details().len() < 6 * 1024,
            "{}",
            status.details().len()
        );
    }
    assert!(invalid(&violations(10_000)).message().len() < 500);
}
