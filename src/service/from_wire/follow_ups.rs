//! Requests about what follows decisions.

use super::{Problems, date, id, known, money, optional_id, optional_instant, outcome, page_size};
use crate::application::ApplicationError;
use crate::follow_up::{
    DraftFollowUp, DraftOverride, DraftPerformance, DraftReason, FollowUpKind, LoanEvent,
};
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::FollowUpFilter;
use crate::limits;
use crate::proto;
use crate::service::page_token::Listing;
use crate::underwriter::FollowUpRequest;

/// A parsed request for a page of what follows decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUpQuery {
    /// Which.
    pub filter: FollowUpFilter,
    /// Before which position in the chain to read on.
    pub before: Option<u64>,
    /// How many at most.
    pub page_size: usize,
}

/// Key and decision of a request.
pub(super) fn named(
    problems: &mut Problems,
    key: &str,
    of: &str,
) -> Option<(IdempotencyKey, DecisionId)> {
    let key = id(problems, "idempotency_key", key, IdempotencyKey::parse);
    let decision = id(problems, "decision_id", of, DecisionId::parse);
    key.zip(decision)
}

/// Parses a request to record an override.
pub fn record_override_request(
    request: proto::RecordOverrideRequest,
) -> Result<FollowUpRequest, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let named = named(
        &mut problems,
        &request.idempotency_key,
        &request.decision_id,
    );
    let reasons = request.reasons.into_iter();
    let draft = DraftOverride {
        outcome: outcome(&mut problems, "outcome", request.outcome),
        reasons: reasons
            .map(|wire| DraftReason {
                code: wire.code,
                statement: wire.statement,
            })
            .collect(),
        reviewer: request.reviewer,
        decided_at: optional_instant(&mut problems, "decide_time", request.decide_time.as_ref()),
        note: request.note,
    };
    let draft = DraftFollowUp::Override(draft);
    problems.into_result(named.map(|(key, decision)| FollowUpRequest {
        key,
        decision,
        draft,
    }))
}

/// Parses a request to record what happened to a loan.
pub fn record_loan_performance_request(
    request: proto::RecordLoanPerformanceRequest,
) -> Result<FollowUpRequest, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let named = named(
        &mut problems,
        &request.idempotency_key,
        &request.decision_id,
    );
    let event = loan_event(request.event);
    let day = request.date.map(|wire| date(&wire.value));
    let draft = DraftPerformance {
        event: known(
            &mut problems,
            "event",
            request.event,
            event,
            LoanEvent::CHOICES,
        ),
        date: day.and_then(|day| problems.keep("date", day)),
        amount: request
            .amount
            .and_then(|wire| money(&mut problems, "amount", &wire)),
        days_past_due: (request.days_past_due > 0).then_some(request.days_past_due),
        corrects: optional_id(
            &mut problems,
            "corrects",
            &request.corrects,
            IdempotencyKey::parse,
        ),
        note: request.note,
    };
    let draft = DraftFollowUp::LoanPerformance(draft);
    problems.into_result(named.map(|(key, decision)| FollowUpRequest {
        key,
        decision,
        draft,
    }))
}

fn loan_event(wire: i32) -> Option<LoanEvent> {
    use proto::LoanEvent as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Funded) => Some(LoanEvent::Funded),
        Ok(Wire::Paid) => Some(LoanEvent::Paid),
        Ok(Wire::Late) => Some(LoanEvent::Late),
        Ok(Wire::Defaulted) => Some(LoanEvent::Defaulted),
        Ok(Wire::Loss) => Some(LoanEvent::Loss),
        Ok(Wire::Interest) => Some(LoanEvent::Interest),
        Ok(Wire::PaidOff) => Some(LoanEvent::PaidOff),
        Ok(Wire::Void) => Some(LoanEvent::Void),
        Ok(Wire::Unspecified) | Err(_) => None,
    }
}

/// Parses a request for a page of what follows decisions: its page size, its token, its decision.
pub fn list_follow_ups_request(
    tenant: &TenantId,
    kind: FollowUpKind,
    (size, token, decision): (i32, &str, &str),
) -> Result<FollowUpQuery, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let page_size = page_size(&mut problems, size, limits::FOLLOW_UP_PAGE_SIZE_MAX);
    let decision = optional_id(&mut problems, "decision_id", decision, DecisionId::parse);
    let filter = FollowUpFilter { kind, decision };
    let place = (!token.is_empty()).then(|| Listing::follow_ups(tenant, &filter).place(token));
    let place = place.map(|place| place.map_err(str::to_owned));
    let before = place.and_then(|place| problems.keep("page_token", place));
    problems.into_result(Some(FollowUpQuery {
        filter,
        before,
        page_size,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_limited_below_at_and_above() {
        let max = i32::try_from(limits::FOLLOW_UP_PAGE_SIZE_MAX).unwrap();
        let parse = |size| {
            let tenant = TenantId::default_tenant();
            let asked = (size, "", "dec_1");
            list_follow_ups_request(&tenant, FollowUpKind::Override, asked)
        };
        for (size, taken) in [(0, 50), (max - 1, 99), (max, 100), (max + 1, 100)] {
            assert_eq!(parse(size).unwrap().page_size, taken, "{size}");
        }
        assert_eq!(parse(-1).unwrap_err()[0].field, "page_size");
    }
}
