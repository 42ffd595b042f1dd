//! What follows decisions.

use super::{date, money, outcome, timestamp};
use crate::follow_up::{FollowUp, LoanEvent, StatedReason};
use crate::ledger::FollowUpRecord;
use crate::proto;

/// An override; `None` where the record is of another kind.
pub fn override_of(record: &FollowUpRecord) -> Option<proto::Override> {
    let FollowUp::Override(said) = &record.body else {
        return None;
    };
    Some(proto::Override {
        decision_id: record.decision.to_string(),
        idempotency_key: record.key.to_string(),
        outcome: outcome(said.outcome).into(),
        reasons: said.reasons.iter().map(stated_reason).collect(),
        reviewer: said.reviewer.clone(),
        decide_time: Some(timestamp(said.decided_at)),
        note: said.note.clone(),
        recorded_by: record.by.to_string(),
        record_time: Some(timestamp(record.envelope.recorded_at)),
        seq: record.envelope.seq,
    })
}

fn stated_reason(reason: &StatedReason) -> proto::StatedReason {
    proto::StatedReason {
        code: reason.code.clone().unwrap_or_default(),
        statement: reason.statement.clone(),
    }
}

/// An entry of loan performance; `None` where the record is of another kind.
pub fn loan_performance(record: &FollowUpRecord) -> Option<proto::LoanPerformance> {
    let FollowUp::LoanPerformance(entry) = &record.body else {
        return None;
    };
    Some(proto::LoanPerformance {
        decision_id: record.decision.to_string(),
        idempotency_key: record.key.to_string(),
        event: loan_event(entry.event).into(),
        date: Some(date(entry.date)),
        amount: entry.amount.map(money),
        days_past_due: entry.days_past_due.unwrap_or(0),
        corrects: entry
            .corrects
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        note: entry.note.clone(),
        recorded_by: record.by.to_string(),
        record_time: Some(timestamp(record.envelope.recorded_at)),
        seq: record.envelope.seq,
    })
}

/// The wire's word for an event.
pub fn loan_event(event: LoanEvent) -> proto::LoanEvent {
    match event {
        LoanEvent::Funded => proto::LoanEvent::Funded,
        LoanEvent::Paid => proto::LoanEvent::Paid,
        LoanEvent::Late => proto::LoanEvent::Late,
        LoanEvent::Defaulted => proto::LoanEvent::Defaulted,
        LoanEvent::Loss => proto::LoanEvent::Loss,
        LoanEvent::Interest => proto::LoanEvent::Interest,
        LoanEvent::PaidOff => proto::LoanEvent::PaidOff,
        LoanEvent::Void => proto::LoanEvent::Void,
    }
}
