//! What people did: answers, reviews, overrides, notices, and what became of the loan.

use super::rules::lines;
use crate::cli::follow_ups::due::owed;
use crate::cli::follow_ups::entry;
use crate::cli::follow_ups::notice::{day, sent};
use crate::cli::show::{answers, streams};
use crate::cli::text;
use crate::proto;
use crate::report::packet::{Act, Notices, Owed};

/// What people answered, reviewed and decided beside the engine, overrides first.
pub(super) fn acts(decision: &proto::Decision) -> Vec<Act> {
    let overrides = decision.overrides.iter().map(overriding);
    let answered = decision.answers.iter().map(|answer| Act {
        what: format!("answered {}: {}", answer.fact, answers::said(answer)),
        who: answer.reviewer.clone(),
        when: text::instant(answer.answer_time.as_ref()),
        said: lines(&answer.evidence),
        record: None,
    });
    let reviewed = decision.stream_reviews.iter().filter_map(reviewed);
    overrides.chain(answered).chain(reviewed).collect()
}

fn overriding(one: &proto::Override) -> Act {
    let outcome = text::outcome(one.outcome()).0;
    let reasons = one.reasons.iter();
    let mut said: Vec<String> = reasons.map(|reason| reason.statement.clone()).collect();
    said.extend(lines(&one.note));
    said.push(format!("recorded by {}", one.recorded_by));
    Act {
        what: format!("overridden to {outcome}"),
        who: one.reviewer.clone(),
        when: text::instant(one.decide_time.as_ref()),
        said,
        record: Some(one.seq),
    }
}

fn reviewed(one: &proto::ReviewedStream) -> Option<Act> {
    let review = one.review.as_ref()?;
    let verdict = review.verdict().as_str_name();
    let verdict = text::word(verdict, "REVIEW_VERDICT_");
    let mut said = lines(&review.reason);
    said.push(streams::effect(one.effect()).0.to_owned());
    Some(Act {
        what: format!(
            "said of the income around {} of {}: {verdict}",
            review.transaction_id, review.account_id
        ),
        who: review.reviewer.clone(),
        when: text::instant(review.review_time.as_ref()),
        said,
        record: None,
    })
}

/// What the applicant is owed and was sent.
pub(super) fn notices(decision: &proto::Decision) -> Notices {
    Notices {
        owed: decision.due.as_ref().map(|due| Owed {
            what: owed(due),
            due: day(due.due_date.as_ref()).to_owned(),
            law: due.due_by_law.clone(),
            days_left: due.days_left,
        }),
        sent: decision.notices.iter().map(notice).collect(),
    }
}

fn notice(one: &proto::SentNotice) -> Act {
    let until = day(one.retain_until_date.as_ref());
    let mut said = lines(&one.note);
    said.push(format!(
        "keep all that was used until {until} (12 CFR 1002.12(b))"
    ));
    Act {
        what: sent(one),
        who: one.recorded_by.clone(),
        when: text::instant(one.record_time.as_ref()),
        said,
        record: Some(one.seq),
    }
}

/// What became of the loan, newest first, what was corrected included.
pub(super) fn loan_performance(decision: &proto::Decision) -> Vec<Act> {
    let entries = decision.loan_performance.iter();
    entries
        .map(|one| {
            let mut said = lines(&one.note);
            if !one.corrects.is_empty() {
                said.push(format!("in the place of the entry {}", one.corrects));
            }
            said.push(format!("key {}", one.idempotency_key));
            Act {
                what: entry(one),
                who: one.recorded_by.clone(),
                when: text::instant(one.record_time.as_ref()),
                said,
                record: Some(one.seq),
            }
        })
        .collect()
}
