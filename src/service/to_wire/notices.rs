//! Notices.

use chrono::NaiveDate;

use super::{date, offer, timestamp};
use crate::adverse_action::{NoNotice, Notice, NoticeKind, Owed, clock, retained_until};
use crate::follow_up::{Channel, FollowUp};
use crate::ledger::{DecisionRecord, FollowUpRecord};
use crate::proto;

/// The notice of a decision, with its letter where there is one.
pub fn notice(
    record: &DecisionRecord,
    notice: Notice,
    (text, sent): (String, &[FollowUpRecord]),
) -> proto::AdverseActionNotice {
    let clock = clock(notice.kind, record.body.pins.as_of.date());
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
        due_date: Some(date(clock.due)),
        due_by_law: clock.law.to_owned(),
        sent: sent.iter().filter_map(sent_notice).collect(),
    }
}

/// What is owed to the applicant of a decision, seen on a day.
pub fn due_notice(record: &DecisionRecord, owed: Owed, today: NaiveDate) -> proto::DueNotice {
    use proto::due_notice::Owed as Wire;
    let clock = owed.clock(record.body.pins.as_of.date());
    let days_left = clock.due.signed_duration_since(today).num_days();
    proto::DueNotice {
        decision_id: record.id.to_string(),
        application_id: record.application.id().to_string(),
        record_time: Some(timestamp(record.envelope.recorded_at)),
        owed: Some(match owed {
            Owed::Notice(kind) => Wire::Notice(notice_kind(kind).into()),
            Owed::Decision(none) => Wire::Decision(no_notice(none)),
        }),
        due_date: Some(date(clock.due)),
        due_by_law: clock.law.to_owned(),
        days_left: i32::try_from(days_left).unwrap_or(match days_left < 0 {
            true => i32::MIN,
            false => i32::MAX,
        }),
        test_data: record.body.pins.test_data,
    }
}

/// A notice that was sent; `None` where the record is of another kind.
pub fn sent_notice(record: &FollowUpRecord) -> Option<proto::SentNotice> {
    let FollowUp::Notice(sent) = &record.body else {
        return None;
    };
    Some(proto::SentNotice {
        decision_id: record.decision.to_string(),
        idempotency_key: record.key.to_string(),
        kind: notice_kind(sent.kind).into(),
        sent_date: Some(date(sent.sent_on)),
        channel: notice_channel(sent.channel).into(),
        note: sent.note.clone(),
        retain_until_date: Some(date(retained_until(sent.sent_on))),
        recorded_by: record.by.to_string(),
        record_time: Some(timestamp(record.envelope.recorded_at)),
        seq: record.envelope.seq,
    })
}

/// The wire's word for how a notice was sent.
pub fn notice_channel(channel: Channel) -> proto::NoticeChannel {
    match channel {
        Channel::Mail => proto::NoticeChannel::Mail,
        Channel::Electronic => proto::NoticeChannel::Electronic,
        Channel::InPerson => proto::NoticeChannel::InPerson,
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
