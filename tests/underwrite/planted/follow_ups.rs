//! What is planted in what follows a decision.

use underwrite::proto;
use underwrite::proto::follow_up_service_client::FollowUpServiceClient;

use super::super::harness;
use super::marks::{Marks, PREFIX, transcoded};
use super::running::Running;

/// The texts of a request to record an override that say something of a person, or may.
const PERSONAL_IN_OVERRIDES: [&str; 3] = ["note", "reasons.statement", "reviewer"];

/// The texts of it that name things.
const NAMES_IN_OVERRIDES: [&str; 3] = ["decision_id", "idempotency_key", "reasons.code"];

/// The same of a request to record what became of a loan.
const PERSONAL_IN_PERFORMANCE: [&str; 2] = ["amount.amount", "note"];

/// The texts of it that name things, or are not about anybody.
const NAMES_IN_PERFORMANCE: [&str; 5] = [
    "amount.currency",
    "corrects",
    "date.value",
    "decision_id",
    "idempotency_key",
];

/// The texts of a request to record a notice that name things.
const NAMES_IN_NOTICES: [&str; 3] = ["decision_id", "idempotency_key", "sent_date.value"];

fn planted(what: &str) -> String {
    format!("{PREFIX} {what}")
}

fn overriding(decision: &str) -> proto::RecordOverrideRequest {
    proto::RecordOverrideRequest {
        idempotency_key: "o".to_owned(),
        decision_id: decision.to_owned(),
        outcome: proto::Outcome::Decline.into(),
        reasons: vec![proto::StatedReason {
            code: String::new(),
            statement: planted("statement"),
        }],
        reviewer: planted("reviewer"),
        decide_time: Some(prost_types::Timestamp::default()),
        note: planted("note"),
    }
}

fn performance(decision: &str) -> proto::RecordLoanPerformanceRequest {
    let date = harness::today().to_string();
    proto::RecordLoanPerformanceRequest {
        idempotency_key: "p".to_owned(),
        decision_id: decision.to_owned(),
        event: proto::LoanEvent::Paid.into(),
        date: Some(proto::Date { value: date }),
        amount: Some(harness::usd("84029518.50")),
        note: planted("note"),
        ..Default::default()
    }
}

fn notice(decision: &str) -> proto::RecordNoticeRequest {
    proto::RecordNoticeRequest {
        note: planted("note"),
        ..super::super::notices::sent("n", decision)
    }
}

/// In each personal field of the requests there is something, and no text of them is forgotten.
pub(super) fn assert_planted(marks: &Marks) {
    let request = transcoded(&overriding("dec_1"), "underwrite.v1.RecordOverrideRequest");
    marks.assert_planted(&[request], &PERSONAL_IN_OVERRIDES, &NAMES_IN_OVERRIDES);
    let message = "underwrite.v1.RecordLoanPerformanceRequest";
    let request = transcoded(&performance("dec_1"), message);
    marks.assert_planted(&[request], &PERSONAL_IN_PERFORMANCE, &NAMES_IN_PERFORMANCE);
    let request = transcoded(&notice("dec_1"), "underwrite.v1.RecordNoticeRequest");
    marks.assert_planted(&[request], &["note"], &NAMES_IN_NOTICES);
}

/// Records what follows a decision and looks at it, and is refused for a key used again and for what
/// cannot be.
pub(super) async fn follow_and_look(running: &Running, marks: &Marks, token: &str, decision: &str) {
    let mut client = FollowUpServiceClient::with_interceptor(
        harness::channel(running.address).await,
        super::super::access::show(token),
    );
    let said = overriding(decision);
    let recorded = client.record_override(said.clone()).await.unwrap();
    let recorded = recorded.into_inner().recorded.unwrap();
    assert_eq!(
        recorded.note,
        planted("note"),
        "it is there for whoever may see it"
    );
    let entry = performance(decision);
    client.record_loan_performance(entry.clone()).await.unwrap();
    client.record_notice(notice(decision)).await.unwrap();
    let listed = client.list_overrides(proto::ListOverridesRequest::default());
    assert_eq!(listed.await.unwrap().into_inner().overrides, [recorded]);
    let listed = client.list_loan_performance(proto::ListLoanPerformanceRequest::default());
    assert_eq!(listed.await.unwrap().into_inner().entries.len(), 1);
    let listed = client.list_due_notices(proto::ListDueNoticesRequest::default());
    listed.await.unwrap();
    let request = proto::ListDueNoticesRequest {
        page_token: planted("token"),
        by_date: Some(proto::Date {
            value: planted("day"),
        }),
        ..Default::default()
    };
    let status = client.list_due_notices(request).await.unwrap_err();
    marks.search_refusal("a list of what is due that is wrong", &status);
    let request = proto::GetAdverseActionNoticeRequest {
        decision_id: decision.to_owned(),
        creditor: Some(proto::Creditor {
            name: planted("{name}"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let status = client.get_adverse_action_notice(request).await.unwrap_err();
    marks.search_refusal("a notice with a placeholder", &status);
    let other = proto::RecordOverrideRequest {
        note: planted("another note"),
        ..said.clone()
    };
    let status = client.record_override(other).await.unwrap_err();
    marks.search_refusal("an override under a key used again", &status);
    let mut many = said.clone();
    many.reasons = vec![said.reasons[0].clone(); 5];
    many.reasons[0].statement = format!("{PREFIX} does not meet our standards");
    many.reasons[1].code = "INCOME_STOPED".to_owned();
    let status = client.record_override(many).await.unwrap_err();
    marks.search_refusal("an override that is wrong", &status);
    let owing = proto::RecordLoanPerformanceRequest {
        amount: Some(harness::usd("-84029518.50")),
        corrects: "none".to_owned(),
        ..entry
    };
    let status = client.record_loan_performance(owing).await.unwrap_err();
    marks.search_refusal("an entry that is wrong", &status);
}
