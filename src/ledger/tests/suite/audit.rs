//! The audit log.

use super::*;
use crate::access::audit::{Action, AuditEvent, AuditResult, Origin};
use crate::access::{Credential, Identity, Scopes};
use crate::id::{IdentityName, TokenId};

/// Somebody with a token, at some address.
pub(in crate::ledger::tests) fn origin(name: &str) -> Origin {
    Origin {
        identity: Arc::new(Identity {
            tenant: tenant(),
            name: IdentityName::parse(name).unwrap(),
            credential: Credential::Token(TokenId::parse("tok_1").unwrap()),
            scopes: Scopes::ALL,
        }),
        from: Some("2001:db8::1".parse().unwrap()),
        request_id: Some("req-1".into()),
    }
}

fn read(name: &str, object: &str, second: i64) -> AuditEvent {
    origin(name).event(Action::DecisionRead, object, at(second))
}

/// The whole log, by pages of two.
async fn log(ledger: &dyn Ledger, filter: &AuditFilter, order: ListOrder) -> Vec<AuditRecord> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.audit_log(filter, order, after, 2).await.unwrap();
        assert!(page.events.len() <= 2);
        found.extend(page.events.into_iter().map(Result::unwrap));
        match page.next {
            None => return found,
            // As a caller passes it on.
            some => after = some.map(|next| next.to_string().parse().unwrap()),
        }
    }
}

async fn an_event_comes_back_as_it_was(ledger: &dyn Ledger) {
    let full = read("alice", "dec_1", 5);
    let empty = AuditEvent {
        who: None,
        credential: None,
        object: None,
        from: None,
        request_id: None,
        result: AuditResult::Unauthenticated,
        count: 10_000,
        ..origin("bob").event(Action::AccessRefused, "", at(6))
    };
    let before = ledger.head().await.unwrap().seq;
    ledger
        .audit(vec![full.clone(), empty.clone()])
        .await
        .unwrap();
    let found = log(ledger, &AuditFilter::of(tenant()), ListOrder::OldestFirst).await;
    let events: Vec<_> = found.iter().map(|record| record.event.clone()).collect();
    assert_eq!(events, [full, empty]);
    let seqs: Vec<_> = found.iter().map(|record| record.envelope.seq).collect();
    assert_eq!(seqs, [before + 1, before + 2]);
    let head = ledger.head().await.unwrap();
    assert_eq!(found[1].envelope.hash, head.hash);
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

/// Filters, and the places of the events that they leave.
fn filters(other: &TenantId) -> Vec<(AuditFilter, Vec<u64>)> {
    let filter = |change: &dyn Fn(&mut AuditFilter)| {
        let mut filter = AuditFilter::of(tenant());
        change(&mut filter);
        filter
    };
    let alice = IdentityName::parse("alice").unwrap();
    vec![
        (filter(&|_| {}), vec![0, 1, 3, 4]),
        (filter(&|it| it.tenant = other.clone()), vec![2]),
        (filter(&|it| it.who = Some(alice.clone())), vec![0, 3, 4]),
        (
            filter(&|it| it.action = Some(Action::DecisionRead)),
            vec![0, 1],
        ),
        // Also where it was one of several, and not where it only begins alike.
        (
            filter(&|it| it.object = Some("dec_1".to_owned())),
            vec![0, 3],
        ),
        (
            filter(&|it| (it.since, it.until) = (Some(at(2)), Some(at(4)))),
            vec![1, 3],
        ),
        (filter(&|it| it.since = Some(at(3))), vec![3, 4]),
    ]
}

async fn filters_narrow_and_pages_meet(ledger: &dyn Ledger) {
    let other = TenantId::parse("other").unwrap();
    let events = vec![
        read("alice", "dec_1", 1),
        read("bob", "dec_2", 2),
        AuditEvent {
            tenant: other.clone(),
            ..read("alice", "dec_1", 2)
        },
        origin("alice").event(Action::DecisionList, "dec_1,dec_2", at(3)),
        origin("alice").event(Action::SnapshotRead, "dec_11", at(4)),
    ];
    ledger.audit(events).await.unwrap();
    let first = ledger.head().await.unwrap().seq - 4;
    for (filter, places) in filters(&other) {
        let found = |records: Vec<AuditRecord>| -> Vec<u64> {
            let seqs = records.iter().map(|record| record.envelope.seq - first);
            seqs.collect()
        };
        let oldest = log(ledger, &filter, ListOrder::OldestFirst).await;
        assert_eq!(found(oldest), places, "{filter:?}");
        let mut newest = found(log(ledger, &filter, ListOrder::NewestFirst).await);
        newest.reverse();
        assert_eq!(newest, places, "{filter:?}");
    }
}

async fn a_page_is_limited_below_at_and_above(ledger: &dyn Ledger) {
    let max = crate::limits::AUDIT_PAGE_SIZE_MAX;
    let events = (0..=max).map(|_| read("alice", "dec_1", 1));
    ledger.audit(events.collect()).await.unwrap();
    let (filter, order) = (AuditFilter::of(tenant()), ListOrder::NewestFirst);
    for (asked, given) in [(0, 1), (max - 1, max - 1), (max, max), (max + 1, max)] {
        let page = ledger.audit_log(&filter, order, None, asked).await.unwrap();
        assert_eq!(page.events.len(), given);
        assert!(page.next.is_some());
    }
}

async fn a_change_and_its_event_are_recorded_together_or_not_at_all(ledger: &dyn Ledger) {
    let bundle = bundle("personal-loan");
    ledger.reserve(intake(1, &bundle)).await.unwrap();
    let by = origin("los").event(Action::DecisionDecide, "dec_1", at(1));
    let mut decision = new_decision(1, Outcome::Refer, &bundle);
    decision.audit = Some(by.clone());
    let record = ledger.record(decision.clone()).await.unwrap();
    // Another attempt to record the same adds nothing.
    assert_eq!(ledger.record(decision).await.unwrap(), record);
    // Nor does one that is refused.
    let mut refused = new_decision(2, Outcome::Refer, &bundle);
    refused.audit = Some(by.clone());
    assert_eq!(ledger.record(refused).await, Err(LedgerError::NotReserved));
    // Nor making active what is.
    let activated = origin("ops").event(Action::RuleSetActivate, "personal-loan 2.0.0", at(2));
    for _ in 0..2 {
        let by = Some(activated.clone());
        ledger
            .activate(&tenant(), newer_bundle(), at(2), by)
            .await
            .unwrap();
    }
    let found = log(ledger, &AuditFilter::of(tenant()), ListOrder::OldestFirst).await;
    let events: Vec<_> = found.iter().map(|record| record.event.clone()).collect();
    assert_eq!(events, [by, activated]);
    assert_eq!(found[0].envelope.seq, record.envelope.seq + 1);
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

async fn a_pending_request_has_one_event(ledger: &dyn Ledger) {
    let bundle = bundle("personal-loan");
    ledger.reserve(intake(1, &bundle)).await.unwrap();
    let by = origin("los").event(Action::DecisionDecide, "dec_1", at(1));
    let by = by.ended(AuditResult::Pending);
    for _ in 0..2 {
        let pending = pending::pending(1);
        ledger.pend(pending, Some(by.clone())).await.unwrap();
    }
    ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await
        .unwrap();
    let found = log(ledger, &AuditFilter::of(tenant()), ListOrder::NewestFirst).await;
    let events: Vec<_> = found.into_iter().map(|record| record.event).collect();
    assert_eq!(events, [by]);
}

async fn the_name_of_an_object_is_limited_below_at_and_above(ledger: &dyn Ledger) {
    let max = crate::limits::AUDIT_OBJECT_BYTES_MAX;
    for (length, good) in [(max - 1, true), (max, true), (max + 1, false)] {
        let event = read("alice", &"a".repeat(length), 1);
        let before = ledger.head().await.unwrap();
        // None of those that come with it, either.
        let told = ledger.audit(vec![read("alice", "b", 1), event]).await;
        assert_eq!(told.is_ok(), good, "{length}");
        assert_eq!(ledger.head().await.unwrap() == before, !good, "{length}");
    }
}

on_every_store!(
    an_event_comes_back_as_it_was,
    filters_narrow_and_pages_meet,
    a_page_is_limited_below_at_and_above,
    a_change_and_its_event_are_recorded_together_or_not_at_all,
    a_pending_request_has_one_event,
    the_name_of_an_object_is_limited_below_at_and_above,
);
