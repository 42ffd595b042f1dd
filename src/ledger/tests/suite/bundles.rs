//! What is published, what is active, and how it is laid out.

use super::super::*;
use super::on_every_store;

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
    let activation = |bundle: &StoredBundle, second| Activation {
        name: bundle.name.clone(),
        hash: bundle.hash,
        at: at(second),
    };
    let expected = [
        activation(&first, 0),
        activation(&second, 2),
        activation(&other, 3),
        activation(&first, 4),
    ];
    let [_, _, payments, loans] = expected.clone();
    assert_eq!(ledger.activations(&tenant()).await.unwrap(), expected);
    let active = ledger.all_active(&tenant()).await.unwrap();
    assert_eq!(active, [payments, loans.clone()], "by name");
    assert_eq!(ledger.active(&tenant(), &first.name).await, Ok(Some(loans)));
    let none = RuleSetName::parse("none").unwrap();
    assert_eq!(ledger.active(&tenant(), &none).await, Ok(None));
    let stranger = TenantId::parse("stranger").unwrap();
    assert_eq!(ledger.active(&stranger, &first.name).await, Ok(None));
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
    let publish = || async { ledger.publish(&tenant(), newer_bundle(), at(1)).await };
    publish().await.unwrap();
    publish().await.unwrap();
    assert_eq!(ledger.head().await.unwrap().seq, 3, "once");
    let found = ledger.bundle(&tenant(), newer.hash).await;
    assert_eq!(found, Ok(Some(newer)));
    assert_eq!(ledger.activations(&tenant()).await.unwrap().len(), 1);
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

async fn a_published_version_does_not_change(ledger: &dyn Ledger) {
    let text = "name = 'a'\nlimit = 1\nend";
    let first = bundle_of("terms", text);
    ledger.publish(&tenant(), first, at(1)).await.unwrap();
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
            ledger.publish(&tenant(), changed.clone(), at(2)).await
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
    a_published_version_does_not_change,
    a_layout_is_kept_once_for_a_bundle_and_a_semantics,
);
