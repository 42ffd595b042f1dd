//! What follows a decision.

use super::super::*;
use super::audit::origin;
use super::on_every_store;
use super::resolutions::settling;
use crate::access::audit::Action;
use crate::follow_up::{
    Channel, FollowUp, FollowUpKind, LoanEvent, LoanPerformance, NoticeKind, Override, SentNotice,
    StatedReason,
};

on_every_store!(
    an_override_comes_back_as_it_was_and_is_recorded_once,
    what_follows_is_listed_newest_first_by_decision_and_by_kind,
    the_newest_override_of_each_of_many_is_read_at_once,
    only_what_is_there_is_followed_or_corrected,
    what_another_decision_settles_is_not_overridden,
    what_a_person_decided_is_not_settled,
    tenants_see_nothing_of_each_other,
);

fn declined() -> FollowUp {
    FollowUp::Override(Override {
        outcome: Outcome::Decline,
        reasons: vec![StatedReason {
            code: Some("INCOME_STOPPED".to_owned()),
            statement: "Income deposits have stopped".to_owned(),
        }],
        reviewer: "q.officer".to_owned(),
        decided_at: at(20),
        note: "called the employer".to_owned(),
    })
}

fn entry(event: LoanEvent, corrects: Option<u32>) -> FollowUp {
    FollowUp::LoanPerformance(LoanPerformance {
        event,
        date: chrono::NaiveDate::from_ymd_opt(2025, 7, 1).unwrap(),
        amount: Some(Money::new(15_000, Currency::USD)),
        days_past_due: None,
        corrects: corrects.map(key),
        note: String::new(),
    })
}

fn sent() -> FollowUp {
    FollowUp::Notice(SentNotice {
        kind: NoticeKind::AdverseAction,
        sent_on: chrono::NaiveDate::from_ymd_opt(2025, 7, 1).unwrap(),
        channel: Channel::Mail,
        note: String::new(),
    })
}

/// A follow-up of decision `number` under key `name`.
pub(in crate::ledger::tests) fn new(number: u32, name: u32, body: FollowUp) -> NewFollowUp {
    NewFollowUp {
        tenant: tenant(),
        decision: decision_id(number),
        key: key(name),
        by: IdentityName::parse("alice").unwrap(),
        body,
        salt: [7; 32],
        recorded_at: at(30),
    }
}

/// Three follow-ups of decision 1: an override, an entry, and one that corrects it.
pub(in crate::ledger::tests) fn three() -> [NewFollowUp; 3] {
    [
        new(1, 1, declined()),
        new(1, 2, entry(LoanEvent::Paid, None)),
        new(1, 3, entry(LoanEvent::Paid, Some(2))),
    ]
}

async fn recorded(ledger: &dyn Ledger, new: NewFollowUp) -> FollowUpRecord {
    let followed = ledger.follow_up(new, None).await.unwrap();
    let Followed::Recorded(record) = followed else {
        panic!("{followed:?}");
    };
    *record
}

async fn keys(ledger: &dyn Ledger, kind: FollowUpKind, number: Option<u32>) -> Vec<String> {
    let decision = number.map(decision_id);
    let filter = FollowUpFilter { kind, decision };
    let listed = ledger.follow_ups(&tenant(), &filter, None, 10).await;
    let listed = listed.unwrap().whole(kind).unwrap().into_iter();
    listed.map(|one| one.key.to_string()).collect()
}

async fn an_override_comes_back_as_it_was_and_is_recorded_once(ledger: &dyn Ledger) {
    decide(ledger, 1, Outcome::Approve).await;
    let by = || Some(origin("alice").event(Action::OverrideRecord, "dec_1", at(30)));
    let before = ledger.head().await.unwrap().seq;
    let asked = new(1, 1, declined());
    for _ in 0..2 {
        let followed = ledger.follow_up(asked.clone(), by()).await.unwrap();
        let Followed::Recorded(record) = followed else {
            panic!("{followed:?}");
        };
        assert_eq!(record.body, declined());
        assert_eq!((record.key, record.by), (key(1), asked.by.clone()));
        assert_eq!(record.envelope.seq, before + 1);
    }
    let head = ledger.head().await.unwrap().seq;
    assert_eq!(head, before + 2, "once, with its event");
    let FollowUp::Override(mut said) = declined() else {
        panic!()
    };
    said.note = "another".to_owned();
    let other = new(1, 1, FollowUp::Override(said));
    let refused = ledger.follow_up(other, by()).await;
    assert_eq!(refused, Ok(Followed::KeyReused));
    // Another kind has keys of its own.
    recorded(ledger, new(1, 1, entry(LoanEvent::Funded, None))).await;
    recorded(ledger, new(1, 1, sent())).await;
    assert_eq!(keys(ledger, FollowUpKind::Notice, Some(1)).await, ["key-1"]);
    assert_eq!(problems(ledger).await, [""; 0]);
}

async fn what_follows_is_listed_newest_first_by_decision_and_by_kind(ledger: &dyn Ledger) {
    use FollowUpKind::{LoanPerformance, Override};
    for number in [1, 2] {
        decide(ledger, number, Outcome::Approve).await;
    }
    for one in three() {
        recorded(ledger, one).await;
    }
    let last = recorded(ledger, new(2, 4, entry(LoanEvent::Loss, None))).await;
    assert_eq!(keys(ledger, Override, Some(1)).await, ["key-1"]);
    assert_eq!(keys(ledger, Override, Some(2)).await, [""; 0]);
    assert_eq!(
        keys(ledger, LoanPerformance, Some(1)).await,
        ["key-3", "key-2"]
    );
    let all = ["key-4", "key-3", "key-2"];
    assert_eq!(keys(ledger, LoanPerformance, None).await, all);
    let filter = FollowUpFilter {
        kind: LoanPerformance,
        decision: None,
    };
    let before = Some(last.envelope.seq);
    let page = ledger.follow_ups(&tenant(), &filter, before, 1).await;
    let page = page.unwrap();
    assert_eq!(page.follow_ups[0].key, key(3));
    assert_eq!(page.next, Some(page.follow_ups[0].envelope.seq));
    let page = ledger.follow_ups(&tenant(), &filter, page.next, 1).await;
    let page = page.unwrap();
    assert_eq!((&page.follow_ups[0].key, page.next), (&key(2), None));
}

async fn the_newest_override_of_each_of_many_is_read_at_once(ledger: &dyn Ledger) {
    for number in [1, 2, 3] {
        decide(ledger, number, Outcome::Approve).await;
    }
    for (number, name) in [(1, 1), (2, 2), (1, 3)] {
        recorded(ledger, new(number, name, declined())).await;
    }
    recorded(ledger, new(3, 4, sent())).await;
    let of = [1, 2, 3, 9].map(decision_id);
    let newest = ledger.newest_overrides(&tenant(), &of).await.unwrap();
    let newest = newest.into_iter().map(|(id, said)| (id, said.unwrap().key));
    let newest: Vec<_> = newest.collect();
    let expected = [(decision_id(1), key(3)), (decision_id(2), key(2))];
    assert_eq!(newest, expected);
}

/// The limit is of each kind, and of each decision.
#[tokio::test]
async fn follow_ups_of_a_decision_are_limited_below_at_and_above() {
    let tested = super::Tested::memory().await;
    let ledger = &*tested.ledger;
    for number in [1, 2] {
        decide(ledger, number, Outcome::Approve).await;
    }
    let max = u32::try_from(crate::limits::FOLLOW_UPS_MAX).unwrap();
    for name in 1..max {
        recorded(ledger, new(1, name, entry(LoanEvent::Paid, None))).await;
    }
    let last = new(1, max, entry(LoanEvent::Paid, None));
    let recorded_last = recorded(ledger, last.clone()).await;
    let above = new(1, max + 1, entry(LoanEvent::Paid, None));
    let refused = ledger.follow_up(above.clone(), None).await;
    assert_eq!(refused, Ok(Followed::TooMany));
    assert_eq!(recorded(ledger, last).await, recorded_last, "a repeat");
    recorded(ledger, new(1, 1, sent())).await;
    let of_another = NewFollowUp {
        decision: decision_id(2),
        ..above
    };
    recorded(ledger, of_another).await;
}

async fn only_what_is_there_is_followed_or_corrected(ledger: &dyn Ledger) {
    for number in [1, 2] {
        decide(ledger, number, Outcome::Approve).await;
    }
    let nothing = ledger.follow_up(new(9, 1, declined()), None).await;
    assert_eq!(nothing.unwrap_err().code(), "ledger_rejected");
    let corrects = |number| new(number, 3, entry(LoanEvent::Paid, Some(2)));
    let early = ledger.follow_up(corrects(1), None).await;
    assert_eq!(early, Ok(Followed::NothingToCorrect));
    recorded(ledger, new(1, 2, entry(LoanEvent::Paid, None))).await;
    let of_another = ledger.follow_up(corrects(2), None).await;
    assert_eq!(of_another, Ok(Followed::NothingToCorrect));
    recorded(ledger, corrects(1)).await;
    assert_eq!(problems(ledger).await, [""; 0]);
}

async fn what_another_decision_settles_is_not_overridden(ledger: &dyn Ledger) {
    let first = decide(ledger, 1, Outcome::Refer).await;
    let new_decision = settling(ledger, 2, &first, Outcome::Approve).await;
    let second = ledger.record(new_decision).await.unwrap();
    let head = ledger.head().await.unwrap();
    let refused = ledger.follow_up(new(1, 1, declined()), None).await;
    let by = second.id.clone();
    assert_eq!(refused, Err(LedgerError::Resolved { by }));
    assert_eq!(ledger.head().await.unwrap(), head, "nothing is recorded");
    // What became of a loan, and what was sent, follows it all the same.
    recorded(ledger, new(1, 2, entry(LoanEvent::Paid, None))).await;
    recorded(ledger, new(1, 3, sent())).await;
    // What settles it is overridden instead.
    recorded(ledger, new(2, 1, declined())).await;
    assert_eq!(problems(ledger).await, [""; 0]);
}

async fn what_a_person_decided_is_not_settled(ledger: &dyn Ledger) {
    let first = decide(ledger, 1, Outcome::Refer).await;
    let late = settling(ledger, 2, &first, Outcome::Approve).await;
    let said = recorded(ledger, new(1, 1, declined())).await;
    assert_eq!(ledger.record(late).await, Err(LedgerError::Overridden));
    assert_eq!(ledger.resolution_of(&tenant(), &first.id).await, Ok(None));
    // A repeat is answered, and another override may follow.
    assert_eq!(recorded(ledger, new(1, 1, declined())).await, said);
    recorded(ledger, new(1, 2, declined())).await;
    assert_eq!(problems(ledger).await, [""; 0]);
}

async fn tenants_see_nothing_of_each_other(ledger: &dyn Ledger) {
    decide(ledger, 1, Outcome::Approve).await;
    recorded(ledger, new(1, 1, declined())).await;
    let tenant = TenantId::parse("stranger").unwrap();
    let filter = FollowUpFilter {
        kind: FollowUpKind::Override,
        decision: Some(decision_id(1)),
    };
    let listed = ledger.follow_ups(&tenant, &filter, None, 10).await;
    assert_eq!(listed, Ok(FollowUpPage::default()));
    let of = [decision_id(1)];
    let newest = ledger.newest_overrides(&tenant, &of).await;
    assert_eq!(newest, Ok(NewestOverrides::new()));
    let new = NewFollowUp {
        tenant,
        ..new(1, 2, declined())
    };
    let refused = ledger.follow_up(new, None).await;
    assert_eq!(refused.unwrap_err().code(), "ledger_rejected");
}
