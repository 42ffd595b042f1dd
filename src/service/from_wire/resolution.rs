//! A request to settle a decision that was referred.

use super::application::{input, stream_review};
use super::{Problems, View, id, optional_instant, view};
use crate::application::{ApplicationError, DraftAnswer, ReviewersWord};
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::proto;
use crate::underwriter::ResolveRequest;

/// Parses a request to settle a decision.
pub fn resolve_request(
    tenant: TenantId,
    request: proto::ResolveDecisionRequest,
) -> Result<(ResolveRequest, View), Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let key = id(
        &mut problems,
        "idempotency_key",
        &request.idempotency_key,
        IdempotencyKey::parse,
    );
    let of = id(
        &mut problems,
        "decision_id",
        &request.decision_id,
        DecisionId::parse,
    );
    let view = view(&mut problems, request.view);
    let answers = request.answers.into_iter().enumerate();
    let answers: Vec<DraftAnswer> = answers
        .map(|(index, wire)| answer(&mut problems, index, wire))
        .collect();
    let reviews = request.stream_reviews.into_iter().enumerate();
    let reviews = reviews
        .map(|(index, wire)| {
            stream_review(&mut problems, &format!("stream_reviews[{index}]"), wire)
        })
        .collect();
    // What is wrong above is told with it.
    let word = ReviewersWord::check(answers, reviews, problems.0)?;
    let request = key.zip(of).map(|(key, of)| ResolveRequest {
        tenant,
        key,
        of,
        word,
    });
    let parsed = Problems::default().into_result(request)?;
    Ok((parsed, view))
}

fn answer(problems: &mut Problems, index: usize, wire: proto::Answer) -> DraftAnswer {
    let field = |name: &str| format!("answers[{index}].{name}");
    let value = wire.value;
    DraftAnswer {
        fact: wire.fact,
        value: value.and_then(|value| input(problems, &field("value"), value)),
        reviewer: wire.reviewer,
        evidence: wire.evidence,
        answered_at: optional_instant(problems, &field("answer_time"), wire.answer_time.as_ref()),
    }
}
