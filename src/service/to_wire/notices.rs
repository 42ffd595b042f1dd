//! Notices.

use super::offer;
use crate::adverse_action::{NoNotice, Notice, NoticeKind};
use crate::ledger::DecisionRecord;
use crate::proto;

/// The notice of a decision, with its letter where there is one.
pub fn notice(record: &DecisionRecord, notice: Notice, text: String) -> proto::AdverseActionNotice {
    let reasons = notice.reasons.into_iter();
    proto::AdverseActionNotice {
        decision_id: record.id.to_string(),
        application_id: record.application.id().to_string(),
        kind: notice_kind(notice.kind).into(),
        reasons: reasons
            .map(|reason| proto::StatedReason {
                code: reason.code,
                statement: reason.statement,
            })
            .collect(),
        reasons_of_a_person: notice.by_person,
        information_needed: notice.needed,
        offer: notice.offer.as_ref().map(offer::offer),
        outside_source: notice.outside_source,
        consumer_reporting_agencies: notice.agencies,
        text,
    }
}

/// Why no notice is sent.
pub fn no_notice(none: NoNotice) -> proto::NoNotice {
    proto::NoNotice {
        reason: none.as_str().to_owned(),
        message: none.in_words().to_owned(),
    }
}

/// The wire's word for a kind of notice.
pub fn notice_kind(kind: NoticeKind) -> proto::NoticeKind {
    match kind {
        NoticeKind::AdverseAction => proto::NoticeKind::AdverseAction,
        NoticeKind::Counteroffer => proto::NoticeKind::Counteroffer,
        NoticeKind::Incompleteness => proto::NoticeKind::Incompleteness,
    }
}
