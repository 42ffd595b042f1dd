//! What is published, what is active, and how it is laid out.

use super::super::*;
use super::audit::origin;
use super::on_every_store;
use crate::access::audit::Action;

fn layout(bytes: &[u8]) -> StoredLayout {
    StoredLayout {
        bundle: bundle("personal-loan").hash,
        semantics: SEMANTICS,
        bytes: bytes.to_vec(),
    }
}

async fn what_was_active_when_stays_known(ledger: &dyn Ledger) {
    let (first, second, other) = (bundle("personal-loan"), newer_bundle(), bundle("payments"));
    for (bundle, second) in [(&first, 1), (&second, 2), (&other, 3), (&first, 4)] {
        // The first is active already: no new entry.
        let (tenant, bundle) = (tenant(), bundle.clone());
        ledger
            .activate(&tenant, bundle, at(second), None)
            .await
            .unwrap();
    }
    let activation = |seq, bundle: &StoredBundle, second| Activation {
        seq,
        name: bundle.name.clone(),
        bundle: Some(bundle.hash),
        at: at(second),
        by: IdentityName::local(),
        recorded_at: at(second),
    };
    let expected = [
        activation(2, &first, 0),
        activation(4, &second, 2),
        activation(6, &other, 3),
        activation(7, &first, 4),
    ];
    let [one, two, payments, loans] = expected;
    let all_of_loans = [one, two, loans.clone()];
    let said = ledger.activations(&tenant(), &first.name).await;
    assert_eq!(said.unwrap(), all_of_loans);
    let of_loans = Timeline::of(all_of_loans);
    assert_eq!(of_loans.now(at(9)), Some(&loans));
    let all = ledger.timelines(&tenant()).await.unwrap();
    let all: Vec<_> = all.into_values().collect();
    assert_eq!(all, [Timeline::of([payments]), of_loans.clone()], "by name");
    let of = |tenant: TenantId, name: RuleSetName| async move {
        ledger.timeline(&tenant, &name).await.unwrap()
    };
    assert_eq!(of(tenant(), first.name.clone()).await, of_loans);
    let none = RuleSetName::parse("none").unwrap();
    assert_eq!(of(tenant(), none).await, Timeline::default());
    let stranger = TenantId::parse("stranger").unwrap();
    assert_eq!(of(stranger, first.name.clone()).await, Timeline::default());
    assert_eq!(
        ledger.bundle(&tenant(), second.hash).await,
        Ok(Some(second))
    );
    assert_eq!(problems(ledger).await, Vec::<String>::new());
    // Three bundles and four activations, each a record.
    assert_eq!(ledger.head().await.unwrap().seq, 7);
}

async fn what_is_published_need_not_be_active(ledger: &dyn Ledger) {
    let newer = newer_bundle();
    let publish = async |who: &str, note: &str| {
        let by = origin(who).event(Action::RuleSetPublish, "personal-loan 2.0.0", at(1));
        ledger
            .publish(&tenant(), newer_bundle(), note, at(1), Some(by))
            .await
            .unwrap()
    };
    let published = publish("alice", "for the spring").await;
    // Whoever published it first did.
    assert_eq!(publish("bob", "for the summer").await, published);
    let expected = Publication {
        seq: 3,
        hash: newer.hash,
        name: newer.name.clone(),
        version: newer.version.clone(),
        by: IdentityName::parse("alice").unwrap(),
        note: "for the spring".to_owned(),
        at: at(1),
    };
    assert_eq!(published, expected);
    let found = ledger.publication(&tenant(), newer.hash).await;
    assert_eq!(found, Ok(Some(expected.clone())));
    let found = ledger.version(&tenant(), &newer.name, "2.0.0").await;
    assert_eq!(found, Ok(Some(expected)));
    let pages = async |before| {
        ledger
            .publications(&tenant(), None, before, 1)
            .await
            .unwrap()
    };
    let seqs = [
        pages(None).await,
        pages(Some(3)).await,
        pages(Some(1)).await,
    ];
    let seqs = seqs.map(|page| page.first().map(|one| one.seq));
    assert_eq!(seqs, [Some(3), Some(1), None]);
    assert_eq!(ledger.head().await.unwrap().seq, 4, "once, with its event");
    let found = ledger.bundle(&tenant(), newer.hash).await;
    assert_eq!(found, Ok(Some(newer)));
    let said = ledger.activations(&tenant(), &published.name).await;
    assert_eq!(said.unwrap().len(), 1);
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

async fn what_is_published_to_be_active_is_both_or_neither(ledger: &dyn Ledger) {
    let deploy = async |bundle: StoredBundle, second| {
        let by = [Action::RuleSetPublish, Action::RuleSetActivate]
            .map(|action| origin("alice").event(action, "personal-loan 2.0.0", at(second)));
        ledger
            .publish_and_switch(&tenant(), bundle, at(second), by)
            .await
    };
    let newer = newer_bundle();
    let said = deploy(newer.clone(), 1).await.unwrap();
    let head = ledger.head().await;
    assert_eq!(
        head.clone().unwrap().seq,
        6,
        "two records, each with its event"
    );
    assert_eq!(said.seq, 5);
    assert_eq!((said.bundle, said.by.as_str()), (Some(newer.hash), "alice"));
    let published = ledger.publication(&tenant(), newer.hash).await;
    assert_eq!(published.unwrap().unwrap().by, said.by);
    // The same again changes nothing, and what is refused leaves nothing behind.
    assert_eq!(deploy(newer, 2).await.unwrap(), said);
    let other = StoredBundle {
        version: "2.0.0".to_owned(),
        ..bundle_of("personal-loan", "other content")
    };
    let refused = deploy(other, 3).await.unwrap_err();
    assert_eq!(refused.code(), "ledger_version_published");
    assert_eq!(ledger.head().await, head);
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

async fn what_is_to_decide_later_does_from_its_time_on(ledger: &dyn Ledger) {
    let (first, newer) = (bundle("personal-loan"), newer_bundle());
    ledger
        .publish(&tenant(), newer.clone(), "", at(1), None)
        .await
        .unwrap();
    let say = async |bundle, from, second| {
        let by = origin("bob").event(Action::RuleSetActivate, "personal-loan", at(second));
        let switch = Switch {
            name: first.name.clone(),
            bundle,
            from,
            by: IdentityName::parse("bob").unwrap(),
        };
        ledger
            .switch(&tenant(), switch, at(second), Some(by))
            .await
            .unwrap()
    };
    let planned = say(Some(newer.hash), Some(at(9)), 2).await;
    assert_eq!((planned.at, planned.recorded_at), (at(9), at(2)));
    // The same again is said already.
    assert_eq!(say(Some(newer.hash), Some(at(9)), 3).await, planned);
    let live = async |second| {
        let timeline = ledger.timeline(&tenant(), &first.name).await.unwrap();
        timeline.now(at(second)).and_then(|said| said.bundle)
    };
    assert_eq!(live(8).await, Some(first.hash));
    assert_eq!(live(9).await, Some(newer.hash));
    let retired = say(None, None, 10).await;
    assert_eq!((retired.bundle, retired.by.as_str()), (None, "bob"));
    assert_eq!(live(10).await, None);
    assert_eq!(problems(ledger).await, Vec::<String>::new());
    for (name, bundle) in [
        ("personal-loan", bundle("gone").hash),
        ("other", newer.hash),
    ] {
        let switch = Switch {
            name: RuleSetName::parse(name).unwrap(),
            bundle: Some(bundle),
            from: None,
            by: IdentityName::local(),
        };
        let refused = ledger.switch(&tenant(), switch, at(11), None).await;
        assert_eq!(refused.unwrap_err().code(), "ledger_rejected");
    }
}

async fn a_published_version_does_not_change(ledger: &dyn Ledger) {
    let text = "name = 'a'\nlimit = 1\nend";
    let first = bundle_of("terms", text);
    ledger
        .publish(&tenant(), first, "", at(1), None)
        .await
        .unwrap();
    let head = ledger.head().await;
    let changed = bundle_of("terms", &text.replace("limit = 1", "limit = 2"));
    let told = "version `1.0.0` of rule set `terms` is published with other content, which never \
                changes: line 2 is `limit = 1` there and `limit = 2` here; give what changed a \
                version of its own";
    for activate in [false, true] {
        let refused = if activate {
            ledger
                .activate(&tenant(), changed.clone(), at(2), None)
                .await
        } else {
            ledger
                .publish(&tenant(), changed.clone(), "", at(2), None)
                .await
                .map(drop)
        };
        let error = refused.unwrap_err();
        assert_eq!(error.code(), "ledger_version_published");
        assert_eq!(error.to_string(), told);
    }
    assert_eq!(ledger.head().await, head, "nothing was recorded");
    // The same content by another name or version is refused, too; so is a forged hash.
    for other in [
        StoredBundle {
            version: "2".to_owned(),
            ..bundle_of("terms", text)
        },
        StoredBundle {
            name: RuleSetName::parse("other").unwrap(),
            ..bundle_of("terms", text)
        },
        StoredBundle {
            bytes: b"forged".to_vec(),
            ..bundle("other")
        },
    ] {
        let refused = ledger
            .activate(&tenant(), other, at(2), None)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "ledger_rejected");
    }
    assert_eq!(ledger.head().await, head);
    // Another tenant has versions of its own.
    let stranger = TenantId::parse("stranger").unwrap();
    ledger
        .activate(&stranger, changed, at(2), None)
        .await
        .unwrap();
}

async fn a_layout_is_kept_once_for_a_bundle_and_a_semantics(ledger: &dyn Ledger) {
    let put = |layout| async move { ledger.put_layout(&tenant(), layout, at(1)).await };
    put(layout(b"a layout")).await.unwrap();
    put(layout(b"a layout")).await.unwrap();
    assert_eq!(ledger.head().await.unwrap().seq, 3, "once");
    let bundle = bundle("personal-loan").hash;
    let find = |semantics| async move { ledger.layout(&tenant(), bundle, semantics).await };
    assert_eq!(find(SEMANTICS).await, Ok(Some(layout(b"a layout"))));
    assert_eq!(find(SEMANTICS + 1).await, Ok(None));
    let other = put(layout(b"another layout")).await.unwrap_err();
    assert!(
        other.to_string().contains("another one is recorded"),
        "{other}"
    );
    let unpublished = StoredLayout {
        bundle: newer_bundle().hash,
        ..layout(b"a layout")
    };
    let refused = put(unpublished).await.unwrap_err();
    assert!(
        refused.to_string().contains("publish it first"),
        "{refused}"
    );
    let later = StoredLayout {
        semantics: SEMANTICS + 1,
        ..layout(b"another layout")
    };
    put(later.clone()).await.unwrap();
    assert_eq!(find(SEMANTICS + 1).await, Ok(Some(later)));
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

on_every_store!(
    what_was_active_when_stays_known,
    what_is_published_need_not_be_active,
    what_is_published_to_be_active_is_both_or_neither,
    what_is_to_decide_later_does_from_its_time_on,
    a_published_version_does_not_change,
    a_layout_is_kept_once_for_a_bundle_and_a_semantics,
);
