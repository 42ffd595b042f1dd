//! Decisions as replay reads them, and the chain's end.

use super::super::*;
use super::on_every_store;
use crate::limits;
use crate::snapshot::unseal;

async fn page(ledger: &dyn Ledger, after: u64, size: usize) -> Vec<SealedDecision> {
    ledger
        .history(&tenant(), after, size, Snapshots::Along)
        .await
        .unwrap()
}

async fn decisions_are_read_with_all_that_they_rest_on(ledger: &dyn Ledger) {
    for number in 1..=3 {
        decide(ledger, number, Outcome::Refer).await;
    }
    ledger
        .activate(&tenant(), newer_bundle(), at(9), None)
        .await
        .unwrap();
    let all = page(ledger, 0, 10).await;
    let seqs: Vec<u64> = all.iter().map(SealedDecision::seq).collect();
    assert_eq!(seqs, [3, 4, 5]);
    for (number, sealed) in (1..).zip(all) {
        assert_eq!(sealed.name(), format!("{} (dec_{number})", number + 2));
        let opened = sealed.open().unwrap();
        assert_eq!(opened.id, decision_id(number));
        let asked: Application = serde_json::from_slice(opened.application()).unwrap();
        assert_eq!(asked, *application(number));
        let new = new_decision(number, Outcome::Refer, &bundle("personal-loan"));
        assert_eq!(opened.body(), new.body.to_bytes().unwrap());
        assert_eq!(opened.snapshots, new.snapshots);
        assert_eq!(unseal(&opened.snapshots[0]), Ok(snapshot(number)));
    }
    let tenant = tenant();
    let bare = ledger.history(&tenant, 0, 10, Snapshots::LeftOut);
    for (number, sealed) in (1..).zip(bare.await.unwrap()) {
        let kept = ledger.decision(&tenant, &decision_id(number)).await;
        let kept = DecisionInBrief::from(&kept.unwrap().unwrap());
        assert_eq!(sealed.clone().read_in_brief(), Ok(kept));
        assert!(sealed.open().unwrap().snapshots.is_empty());
    }
    let pages = [(0, 2), (4, 2), (5, 2)];
    let mut lengths = Vec::new();
    for (after, size) in pages {
        lengths.push(page(ledger, after, size).await.len());
    }
    assert_eq!(lengths, [2, 1, 0]);
    let stranger = TenantId::parse("stranger").unwrap();
    assert!(
        ledger
            .history(&stranger, 0, 9, Snapshots::Along)
            .await
            .unwrap()
            .is_empty()
    );
}

/// Bytes that cannot be compressed away.
fn random(bytes: usize) -> String {
    let hashes = (0..bytes / 32).map(|n| blake3::hash(&n.to_le_bytes()).to_string());
    hashes.collect()
}

async fn a_page_is_limited_in_bytes_below_at_and_above(ledger: &dyn Ledger) {
    let bundle = bundle("personal-loan");
    // Together two are a little more than a page.
    let version = random(limits::HISTORY_PAGE_BYTES_MAX / 2);
    for number in 1..=3 {
        ledger.reserve(intake(number, &bundle)).await.unwrap();
        let mut new = new_decision(number, Outcome::Refer, &bundle);
        Arc::make_mut(&mut new.body).pins.rule_set.version = version.clone();
        ledger.record(new).await.unwrap();
    }
    let (first, second) = (page(ledger, 0, 10).await, page(ledger, 4, 10).await);
    assert_eq!((first.len(), second.len()), (2, 1));
    assert_eq!(page(ledger, 0, 1).await.len(), 1);
    assert_eq!(page(ledger, 0, 0).await.len(), 1, "always one");
}

async fn the_chain_goes_on_from_a_kept_head(ledger: &dyn Ledger) {
    decide(ledger, 1, Outcome::Refer).await;
    let kept = ledger.head().await.unwrap();
    assert_eq!(kept.seq, 3);
    decide(ledger, 2, Outcome::Refer).await;
    assert_eq!(ledger.against(&kept).await, Ok(None));
    let other = Head {
        hash: RecordHash::FIRST,
        ..kept.clone()
    };
    let found = ledger.against(&other).await.unwrap().unwrap();
    assert_eq!(found.record, "3");
    let report = ledger
        .verify(Scope::default(), Arc::new(|_, _| {}))
        .await
        .unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(
        (
            report.records,
            report.decisions,
            report.snapshots,
            report.bundles
        ),
        (4, 2, 2, 1)
    );
}

on_every_store!(
    decisions_are_read_with_all_that_they_rest_on,
    a_page_is_limited_in_bytes_below_at_and_above,
    the_chain_goes_on_from_a_kept_head,
);
