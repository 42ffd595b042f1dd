//! Requests about notices.

use chrono::NaiveDate;

use super::follow_ups::named;
use super::{Problems, date, id, known, page_size};
use crate::adverse_action::{Agency, DraftCreditor};
use crate::application::ApplicationError;
use crate::follow_up::{Channel, DraftFollowUp, DraftNotice, NoticeKind};
use crate::id::{DecisionId, TenantId};
use crate::ledger::Cursor;
use crate::limits;
use crate::proto;
use crate::service::page_token::Listing;
use crate::underwriter::FollowUpRequest;

/// A parsed request for a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRequest {
    /// The decision.
    pub decision: DecisionId,
    /// Who sends it, where there is to be a letter.
    pub creditor: Option<DraftCreditor>,
    /// Until when the applicant may answer.
    pub reply_by: Option<NaiveDate>,
}

/// Parses a request for a notice.
pub fn get_notice_request(
    request: proto::GetAdverseActionNoticeRequest,
) -> Result<NoticeRequest, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let field = "decision_id";
    let decision = id(
        &mut problems,
        field,
        &request.decision_id,
        DecisionId::parse,
    );
    let reply_by = request.reply_by_date.map(|wire| date(&wire.value));
    let reply_by = reply_by.and_then(|day| problems.keep("reply_by_date", day));
    let creditor = request.creditor.map(creditor);
    let known = creditor
        .as_ref()
        .map_or(0, |one| one.consumer_reporting_agencies.len());
    if known > limits::NOTICE_AGENCIES_MAX {
        let max = limits::NOTICE_AGENCIES_MAX;
        let field = "creditor.consumer_reporting_agencies";
        problems.add(field, format!("has more than {max} entries"));
    }
    problems.into_result(decision.map(|decision| NoticeRequest {
        decision,
        creditor,
        reply_by,
    }))
}

/// Parses a request to record that a notice was sent.
pub fn record_notice_request(
    request: proto::RecordNoticeRequest,
) -> Result<FollowUpRequest, Vec<ApplicationError>> {
    use proto::{NoticeChannel, NoticeKind as Wire};
    let mut problems = Problems::default();
    let named = named(
        &mut problems,
        &request.idempotency_key,
        &request.decision_id,
    );
    let kind = match Wire::try_from(request.kind) {
        Ok(Wire::AdverseAction) => Some(NoticeKind::AdverseAction),
        Ok(Wire::Counteroffer) => Some(NoticeKind::Counteroffer),
        Ok(Wire::Incompleteness) => Some(NoticeKind::Incompleteness),
        Ok(Wire::Unspecified) | Err(_) => None,
    };
    let channel = match NoticeChannel::try_from(request.channel) {
        Ok(NoticeChannel::Mail) => Some(Channel::Mail),
        Ok(NoticeChannel::Electronic) => Some(Channel::Electronic),
        Ok(NoticeChannel::InPerson) => Some(Channel::InPerson),
        Ok(NoticeChannel::Unspecified) | Err(_) => None,
    };
    let day = request.sent_date.map(|wire| date(&wire.value));
    let draft = DraftNotice {
        kind: known(
            &mut problems,
            "kind",
            request.kind,
            kind,
            NoticeKind::CHOICES,
        ),
        sent_on: day.and_then(|day| problems.keep("sent_date", day)),
        channel: known(
            &mut problems,
            "channel",
            request.channel,
            channel,
            Channel::CHOICES,
        ),
        note: request.note,
    };
    let draft = DraftFollowUp::Notice(draft);
    problems.into_result(named.map(|(key, decision)| FollowUpRequest {
        key,
        decision,
        draft,
    }))
}

/// A parsed request for what is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueQuery {
    /// Due on this day or before.
    pub by: Option<NaiveDate>,
    /// Of decisions recorded on this day or later.
    pub since: Option<NaiveDate>,
    /// Where to read on.
    pub after: Option<Cursor>,
    /// How many decisions are looked at, at most.
    pub page_size: usize,
}

/// Parses a request for what is due.
pub fn list_due_notices_request(
    tenant: &TenantId,
    request: &proto::ListDueNoticesRequest,
) -> Result<DueQuery, Vec<ApplicationError>> {
    let mut problems = Problems::default();
    let page_size = page_size(&mut problems, request.page_size, limits::DUE_EXAMINED_MAX);
    let by = request.by_date.as_ref().map(|wire| date(&wire.value));
    let by = by.and_then(|day| problems.keep("by_date", day));
    let since = request.since_date.as_ref().map(|wire| date(&wire.value));
    let since = since.and_then(|day| problems.keep("since_date", day));
    let after = match request.page_token.as_str() {
        "" => None,
        // A token is bound to these days, so it says nothing while one of them is wrong.
        _ if !problems.0.is_empty() => None,
        token => {
            let place = Listing::due(tenant, by, since).place(token);
            problems.keep("page_token", place.map_err(str::to_owned))
        }
    };
    problems.into_result(Some(DueQuery {
        by,
        since,
        after: after.map(Cursor),
        page_size,
    }))
}

fn creditor(wire: proto::Creditor) -> DraftCreditor {
    let known = wire.consumer_reporting_agencies.into_iter();
    DraftCreditor {
        name: wire.name,
        address: wire.address,
        ecoa_agency: wire.ecoa_agency.map(agency).unwrap_or_default(),
        consumer_reporting_agencies: known.map(agency).collect(),
    }
}

fn agency(wire: proto::NoticeAgency) -> Agency {
    Agency {
        name: wire.name,
        address: wire.address,
        phone: wire.phone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_looked_at_in_one_call_are_limited_below_at_and_above() {
        let max = limits::DUE_EXAMINED_MAX;
        for (asked, given) in [(max - 1, max - 1), (max, max), (max + 1, max)] {
            let request = proto::ListDueNoticesRequest {
                page_size: i32::try_from(asked).unwrap(),
                ..Default::default()
            };
            let query = list_due_notices_request(&TenantId::default_tenant(), &request);
            assert_eq!(query.unwrap().page_size, given);
        }
    }

    #[test]
    fn agencies_are_limited_below_at_and_above() {
        let max = limits::NOTICE_AGENCIES_MAX;
        for (count, good) in [(max - 1, true), (max, true), (max + 1, false)] {
            let request = proto::GetAdverseActionNoticeRequest {
                decision_id: "dec_1".to_owned(),
                creditor: Some(proto::Creditor {
                    consumer_reporting_agencies: vec![proto::NoticeAgency::default(); count],
                    ..Default::default()
                }),
                ..Default::default()
            };
            assert_eq!(get_notice_request(request).is_ok(), good, "{count}");
        }
    }
}
