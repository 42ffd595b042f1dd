//! What is loaded is what was recorded, and decides the same.

use std::collections::BTreeMap;

use super::*;
use crate::features::{FeatureId, Features, Missing, Slot, table};
use crate::id::RuleSetName;
use crate::rules::{Bundle, BundleHash};

/// The rule sets that decided, and those that ship.
async fn bundles(golden: &Golden, past: &[PastDecision]) -> BTreeMap<BundleHash, Bundle> {
    let mut bundles = BTreeMap::new();
    let tenant = TenantId::default_tenant();
    for decision in past {
        let hash = decision.rule_set.bundle;
        let stored = golden.ledger.bundle(&tenant, hash).await.unwrap().unwrap();
        bundles.insert(hash, Bundle::from_bytes(&stored.bytes).unwrap());
    }
    for file in std::fs::read_dir("rules").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            let bundle = Bundle::publish(&std::fs::read(path).unwrap()).unwrap();
            bundles.insert(bundle.hash(), bundle);
        }
    }
    assert!(bundles.len() > 1);
    bundles
}

/// The features without those that were not wanted.
fn masked(past: &PastDecision, is_wanted: impl Fn(FeatureId) -> bool) -> PastDecision {
    let features = past.features.clone();
    let (applicants, accounts) = (features.applicants().to_vec(), features.accounts().to_vec());
    let mut slots = features.into_slots();
    for (id, own) in (0_u16..).map(FeatureId).zip(&mut slots) {
        if !is_wanted(id) {
            own.fill(Slot::missing(Missing::NotProvided));
        }
    }
    let features = Features::from_slots(applicants, accounts, slots.into_iter().collect()).unwrap();
    PastDecision {
        features,
        ..past.clone()
    }
}

#[tokio::test]
async fn what_is_loaded_equals_the_record() {
    let golden = Golden::followed().await;
    let (recorded, loaded) = (golden.recorded().await, golden.loaded());
    assert_eq!(recorded.len(), loaded.len());
    for (recorded, loaded) in recorded.iter().zip(&loaded) {
        assert_eq!(recorded, loaded);
    }
}

#[tokio::test]
async fn what_a_rule_set_reads_is_enough_to_decide_by_it() {
    let golden = Golden::followed().await;
    let recorded = golden.recorded().await;
    let bundles = bundles(&golden, &recorded).await;
    let columns = Columns::open(&golden.columns).unwrap().unwrap();
    let excerpt = Excerpt::of(TenantId::default_tenant());
    let mut decided = 0;
    for bundle in bundles.values() {
        let read = bundle.program().features_read();
        assert!(!read.is_empty() && read.len() < table().len());
        let mut whole = recorded.iter();
        let each = |loaded: &PastDecision| {
            let whole = whole.next().unwrap();
            let live = &bundles[&whole.rule_set.bundle];
            let expected = whole.decide_by(bundle, live);
            decided += usize::from(expected.is_ok());
            assert_eq!(loaded.decide_by(bundle, live), expected, "{}", whole.id);
            assert_eq!(*loaded, masked(whole, |id| read.contains(&id)));
            ControlFlow::Continue(())
        };
        columns
            .load(&excerpt, |id| read.contains(&id), each)
            .unwrap();
        assert_eq!(whole.next(), None);
    }
    assert!(decided > recorded.len(), "{decided}");
}

#[tokio::test]
async fn a_selection_narrows() {
    let golden = Golden::followed().await;
    let recorded = golden.recorded().await;
    let columns = Columns::open(&golden.columns).unwrap().unwrap();
    let loaded = |excerpt: &Excerpt| {
        let mut seqs = Vec::new();
        let each = |past: &PastDecision| {
            seqs.push(past.seq);
            ControlFlow::Continue(())
        };
        columns.load(excerpt, |_| false, each).unwrap();
        seqs
    };
    let expected = |is: &dyn Fn(&PastDecision) -> bool| {
        let found = recorded.iter().filter(|past| is(past));
        found.map(|past| past.seq).collect::<Vec<u64>>()
    };
    let all = Excerpt::of(TenantId::default_tenant());
    assert_eq!(loaded(&all), expected(&|_| true));
    let middle = recorded[recorded.len() / 2].clone();
    let after = Excerpt {
        after: middle.seq,
        ..all.clone()
    };
    assert_eq!(loaded(&after), expected(&|past| past.seq > middle.seq));
    let through = Excerpt {
        through: Some(middle.seq),
        ..all.clone()
    };
    assert_eq!(loaded(&through), expected(&|past| past.seq <= middle.seq));
    let from = Excerpt {
        from: Some(middle.recorded_at),
        ..all.clone()
    };
    let is = |past: &PastDecision| past.recorded_at >= middle.recorded_at;
    assert_eq!(loaded(&from), expected(&is));
    let until = Excerpt {
        until: Some(middle.recorded_at),
        ..all.clone()
    };
    assert_eq!(loaded(&until), expected(&|past| !is(past)));
    // Of a second that is given in part, what was recorded at its beginning is before.
    let later = Some(middle.recorded_at + chrono::TimeDelta::milliseconds(500));
    let is = |past: &PastDecision| past.recorded_at > middle.recorded_at;
    let from = Excerpt {
        from: later,
        ..all.clone()
    };
    assert_eq!(loaded(&from), expected(&is));
    let until = Excerpt {
        until: later,
        ..all.clone()
    };
    assert_eq!(loaded(&until), expected(&|past| !is(past)));
    let name = &middle.rule_set.name;
    let by = Excerpt {
        rule_set: Some(RuleSetName::parse(name).unwrap()),
        ..all
    };
    assert_eq!(loaded(&by), expected(&|past| past.rule_set.name == *name));
    assert!(loaded(&by).len() < recorded.len());
    let nobody = Excerpt::of(TenantId::parse("nobody").unwrap());
    assert_eq!(loaded(&nobody), Vec::<u64>::new());
}

#[tokio::test]
async fn parts_are_the_whole_in_its_order() {
    let golden = Golden::followed().await;
    let columns = Columns::open(&golden.columns).unwrap().unwrap();
    let recorded = golden.recorded().await;
    let middle = recorded[recorded.len() / 2].seq;
    let whole = Excerpt::of(TenantId::default_tenant());
    let later = Excerpt {
        after: middle,
        ..whole.clone()
    };
    let none = Excerpt {
        after: u64::MAX,
        ..whole.clone()
    };
    for excerpt in [whole, later, none] {
        let expected = recorded.iter().filter(|past| past.seq > excerpt.after);
        let expected: Vec<u64> = expected.map(|past| past.seq).collect();
        for count in [1, 2, 3, 7, 100] {
            let parts = columns.parts(&excerpt, count.try_into().unwrap()).unwrap();
            assert_eq!(parts.len(), usize::try_from(count).unwrap());
            let mut seen = Vec::new();
            for part in &parts {
                let each = |past: &PastDecision| {
                    seen.push(past.seq);
                    ControlFlow::Continue(())
                };
                columns.load(part, |_| false, each).unwrap();
            }
            assert_eq!(seen, expected, "{count} parts of {excerpt:?}");
        }
    }
}

#[tokio::test]
async fn whoever_has_enough_ends() {
    let golden = Golden::followed().await;
    let columns = Columns::open(&golden.columns).unwrap().unwrap();
    let mut seen = 0;
    let each = |_: &PastDecision| {
        seen += 1;
        ControlFlow::Break(())
    };
    let all = Excerpt::of(TenantId::default_tenant());
    columns.load(&all, |_| true, each).unwrap();
    assert_eq!(seen, 1);
}
