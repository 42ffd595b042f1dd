//! What is recorded comes out again, or is told apart. The decisions are those of the samples, recorded
//! anew after something of them was changed: with a chain that is sound.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::decision::{DecisionBody, SEMANTICS};
use crate::features::{Slot, Value, find};
use crate::id::OsEntropy;
use crate::ledger::{Damage, Intake, NewDecision, SqliteLedger};
use crate::limits;
use crate::money::{Currency, Money};
use crate::portfolio::{DECISION_NAMES, Sample, Selection};
use crate::rules::{Outcome, Query};

const GOLDEN: &str = "tests/golden/semantics-1/ledger.sqlite";

fn tenant() -> TenantId {
    TenantId::default_tenant()
}

/// A ledger of its own.
struct Changed {
    // Dropped before its folder.
    ledger: Arc<dyn Ledger>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Changed {
    /// The first `count` decisions of the samples, `change` made to the body of each.
    async fn with(count: usize, change: impl Fn(usize, &mut DecisionBody)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let ledger = Arc::new(SqliteLedger::open(&path, &OsEntropy).unwrap());
        let golden = SqliteLedger::open_read_only(Path::new(GOLDEN)).unwrap();
        let tenant = tenant();
        let sealed = golden.history(&tenant, 0, count, Snapshots::Along);
        for (number, sealed) in sealed.await.unwrap().into_iter().enumerate() {
            let opened = sealed.open().unwrap();
            let record = opened.record().unwrap();
            let mut body = (*record.body).clone();
            let hash = body.pins.rule_set.bundle;
            let at = record.envelope.recorded_at;
            let bundle = golden.bundle(&tenant, hash).await.unwrap().unwrap();
            let name = bundle.name.clone();
            ledger.publish(&tenant, bundle, "", at, None).await.unwrap();
            let layout = golden.layout(&tenant, hash, SEMANTICS).await.unwrap();
            ledger
                .put_layout(&tenant, layout.unwrap(), at)
                .await
                .unwrap();
            let intake = Intake {
                tenant: tenant.clone(),
                key: record.key.clone(),
                rule_set: name.clone(),
                decision: record.id.clone(),
                bundle: hash,
                application: Arc::clone(&record.application),
                received_at: record.received_at,
            };
            ledger.reserve(intake).await.unwrap();
            change(number, &mut body);
            let decision = NewDecision {
                tenant: tenant.clone(),
                id: record.id,
                key: record.key,
                rule_set: name,
                application: record.application,
                received_at: record.received_at,
                body: Arc::new(body),
                salt: [7; 32],
                snapshots: opened.snapshots,
                recorded_at: at,
                audit: None,
            };
            ledger.record(decision).await.unwrap();
        }
        Self {
            ledger,
            path,
            _folder: folder,
        }
    }

    async fn replay(&self, replay: &Replay) -> ReplayReport {
        reproduce(&self.ledger, &tenant(), replay, |_, _| {
            ControlFlow::Continue(())
        })
        .await
        .unwrap()
    }

    /// Changes the file as somebody with a SQL client would who knows of the triggers.
    fn tamper(&self, sql: &str) {
        let file = rusqlite::Connection::open(&self.path).unwrap();
        let mut triggers = file
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap();
        let triggers: Vec<String> = triggers
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let drops = triggers.iter().map(|name| format!("DROP TRIGGER {name};"));
        file.execute_batch(&format!(
            "PRAGMA foreign_keys = OFF; {} {sql}",
            drops.collect::<String>()
        ))
        .unwrap();
    }
}

/// The number of the feature of that name in a body.
fn feature(name: &str) -> usize {
    find(name).unwrap().0.index()
}

fn usd(minor: i64) -> Value {
    Value::Money(Money::new(minor, Currency::USD))
}

#[tokio::test]
async fn every_decision_of_the_samples_comes_out_as_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ledger.sqlite");
    std::fs::copy(GOLDEN, &copy).unwrap();
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(&copy).unwrap());
    let count = ledger.count(&tenant()).await.unwrap();
    let mut seen = Vec::new();
    let progress = |done, total| {
        seen.push((done, total));
        ControlFlow::Continue(())
    };
    let report = reproduce(&ledger, &tenant(), &Replay::default(), progress)
        .await
        .unwrap();
    assert!(report.is_faithful(), "{report:?}");
    assert_eq!((report.total, report.reproduced), (count, count));
    assert_eq!(report.drift, None);
    assert!(seen.is_sorted());
    assert_eq!(seen.last(), Some(&(count, count)));
    assert_eq!(report.stopped_early, None);

    let stop_at = |limit: u64| {
        let progress = move |done, _| match done >= limit {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let (ledger, replay) = (Arc::clone(&ledger), Replay::default());
        async move {
            reproduce(&ledger, &tenant(), &replay, progress)
                .await
                .unwrap()
        }
    };
    let part = stop_at(1).await;
    let stopped = part.stopped_early.unwrap();
    assert!(part.total < count);
    assert_eq!((stopped.looked_at, stopped.of), (part.total, count));
    assert_eq!((part.taken, part.reproduced), (part.total, part.total));
    let page = ledger
        .history(&tenant(), 0, count as usize, Snapshots::LeftOut)
        .await
        .unwrap();
    let seqs = page.iter().map(SealedDecision::seq);
    assert_eq!(
        seqs.filter(|seq| *seq <= stopped.through).count() as u64,
        stopped.looked_at
    );
    // Whoever stops at the end has seen all.
    assert_eq!(stop_at(count).await, report);

    // While a sample is drawn, nothing was looked at yet.
    let sampled = Replay {
        selection: Selection {
            sample: Some(Sample { count: 4, seed: 3 }),
            ..Selection::default()
        },
        drift: false,
    };
    let at_once = |_, _| ControlFlow::Break(());
    let none = reproduce(&ledger, &tenant(), &sampled, at_once).await;
    let none = none.unwrap();
    let stopped = none.stopped_early.unwrap();
    assert_eq!((none.total, stopped.looked_at, stopped.of), (0, 0, count));
}

/// What a replay says of one decision of which this was changed: class, kind of step, and how it is told.
async fn told(change: impl Fn(&mut DecisionBody)) -> (&'static str, &'static str, String) {
    let file = Changed::with(3, |number, body| {
        if number == 1 {
            change(body);
        }
    })
    .await;
    let report = file.replay(&Replay::default()).await;
    assert_eq!((report.total, report.reproduced), (3, 2), "{report:?}");
    let [found] = &*report.findings else {
        panic!("{report:?}")
    };
    assert!(!found.changed_fields.is_empty());
    let step = found.step.as_ref().unwrap();
    (
        found.class.as_str(),
        step.kind.as_str(),
        found.problem.clone(),
    )
}

#[tokio::test]
async fn a_difference_is_named_at_the_first_step_that_diverges() {
    const CHANGED: &str = "behaviour_changed";
    let income = feature("income.monthly_net");
    let (class, step, problem) = told(|body| {
        body.features[income][0] = Slot::known(usd(123_456));
        body.evaluation.outcome = Outcome::Counter;
    })
    .await;
    assert_eq!((class, step), (CHANGED, "feature"));
    let told_feature = "first at the feature `income.monthly_net`: 1234.56 usd -> ";
    assert!(problem.starts_with(told_feature), "{problem}");

    let (class, step, problem) = told(|body| {
        let text = serde_json::to_value(&body.evaluation.verdicts).unwrap();
        let mut letters = text.as_str().unwrap().chars();
        let other = if letters.next() == Some('t') {
            "f"
        } else {
            "t"
        };
        let text = format!("{other}{}", letters.as_str());
        body.evaluation.verdicts = serde_json::from_value(text.into()).unwrap();
    })
    .await;
    assert_eq!((class, step), (CHANGED, "condition"));
    assert!(problem.contains("` of "), "{problem}");

    let (class, step, problem) = told(|body| body.evaluation.outcome = Outcome::Counter).await;
    assert_eq!((class, step), (CHANGED, "outcome"));
    assert!(problem.starts_with("first at the outcome: COUNTER -> "));

    let (class, step, problem) = told(|body| {
        let tables = &mut body.pins.tables;
        tables.insert("calendar".to_owned(), "0".to_owned());
    })
    .await;
    assert_eq!((class, step), (CHANGED, "pin"));
    assert!(problem.starts_with("first at the pin `tables.calendar`: 0 -> "));
}

#[tokio::test]
async fn another_release_may_have_decided() {
    let newer = |_, body: &mut DecisionBody| body.pins.engine_version = "9.9.9".to_owned();
    let report = Changed::with(3, newer)
        .await
        .replay(&Replay::default())
        .await;
    assert!(report.is_faithful(), "{report:?}");
}

#[tokio::test]
async fn other_semantics_follow_from_their_recorded_features_and_their_drift_is_listed() {
    let days = feature("nsf.event_days_90d");
    let income = feature("income.monthly_net");
    let file = Changed::with(6, |number, body| {
        body.pins.semantics = SEMANTICS + 1;
        // Another engine saw other features here, and no rule reads the difference.
        if number < 2 {
            body.features[income][0].evidence = crate::snapshot::Rows::none();
            body.features[feature("income.streams")][0] = Slot::known(Value::Count(77));
        }
        // Here a rule would have to.
        if number == 5 {
            body.features[days][0] = Slot::known(Value::Count(60));
        }
    })
    .await;
    let replay = Replay {
        drift: true,
        ..Replay::default()
    };
    let report = file.replay(&replay).await;
    assert_eq!(report.total, 6);
    let [found] = &*report.findings else {
        panic!("{report:?}")
    };
    assert_eq!(found.class, FindingClass::BehaviourChanged);
    let kind = found.step.as_ref().unwrap().kind;
    assert!(kind > StepKind::Feature, "{found}");
    assert_eq!(report.reproduced, 5);
    assert_eq!(report.other_semantics, BTreeMap::from([(SEMANTICS + 1, 5)]));
    let drift = report.drift.unwrap();
    let drifted: Vec<_> = drift
        .iter()
        .map(|(name, of)| (*name, of.decisions))
        .collect();
    assert_eq!(drifted, [("income.streams", 2), ("nsf.event_days_90d", 1)]);
    assert_eq!(drift["income.streams"].example.recorded, "77");
}

#[tokio::test]
async fn features_of_another_table_cannot_be_read_by_this_one() {
    let file = Changed::with(2, |number, body| {
        if number == 0 {
            body.pins.semantics = SEMANTICS + 1;
            body.features.pop();
        }
    })
    .await;
    let report = file.replay(&Replay::default()).await;
    assert_eq!(
        report.classes,
        BTreeMap::from([(FindingClass::FeaturesUnknown, 1)])
    );
    assert_eq!(report.reproduced, 1);
}

#[tokio::test]
async fn what_is_damaged_or_missing_is_named_and_the_rest_goes_on() {
    let file = Changed::with(4, |_, _| {}).await;
    let seqs =
        |place: u32| format!("(SELECT seq FROM decisions ORDER BY seq LIMIT 1 OFFSET {place})");
    file.tamper(&format!(
        "UPDATE contents SET content = zeroblob(99) WHERE seq = {};
         DELETE FROM snapshots WHERE hash IN
             (SELECT hash FROM decision_snapshots WHERE seq = {});
         UPDATE snapshots SET content = zeroblob(50) WHERE hash IN
             (SELECT hash FROM decision_snapshots WHERE seq = {});",
        seqs(0),
        seqs(1),
        seqs(2),
    ));
    let data = FindingClass::Damaged(Damage::Data);
    // Also where they would not be meant: nobody can say so.
    let nobody = Selection {
        product: Some("none".to_owned()),
        ..Selection::default()
    };
    for selection in [Selection::default(), nobody] {
        let everything = selection.is_everything();
        let replay = Replay {
            selection,
            drift: false,
        };
        let report = file.replay(&replay).await;
        let expected = if everything { 3 } else { 2 };
        assert_eq!(
            report.classes,
            BTreeMap::from([(data, expected)]),
            "{report:?}"
        );
        assert_eq!(report.reproduced, u64::from(everything));
    }
    file.tamper("DELETE FROM bundles");
    let report = file.replay(&Replay::default()).await;
    let bundle = FindingClass::Damaged(Damage::Bundle);
    assert_eq!(report.classes[&bundle], 2, "{report:?}");
    assert_eq!(report.reproduced, 0);
}

#[tokio::test]
async fn a_rule_set_that_cannot_decide_any_more_is_told_whatever_is_meant_of_it() {
    let file = Changed::with(4, |_, _| {}).await;
    file.tamper("DELETE FROM bundles");
    let by_reason = Selection {
        reason: Some("ANY".to_owned()),
        ..Selection::default()
    };
    let by_rule = Selection {
        rule: Some("any".to_owned()),
        ..Selection::default()
    };
    let nobody = Selection {
        product: Some("none".to_owned()),
        ..by_rule.clone()
    };
    for (selection, expected) in [(by_reason, 4), (by_rule, 4), (nobody, 0)] {
        let replay = Replay {
            selection,
            drift: false,
        };
        let report = file.replay(&replay).await;
        let bundle = FindingClass::Damaged(Damage::Bundle);
        let found = report.classes.get(&bundle).copied().unwrap_or_default();
        assert_eq!((found, report.unknown), (expected, 0), "{report:?}");
        assert_eq!(report.is_faithful(), expected == 0);
    }
}

#[tokio::test]
async fn a_damaged_layout_leaves_the_decisions_and_a_ledger_that_cannot_be_read_is_no_damage() {
    let file = Changed::with(2, |_, _| {}).await;
    file.tamper("UPDATE contents SET content = zeroblob(9) WHERE seq IN (SELECT seq FROM layouts)");
    let report = file.replay(&Replay::default()).await;
    assert_eq!((report.reproduced, report.is_faithful()), (2, true));
    for table in ["bundles", "layouts"] {
        let file = Changed::with(2, |_, _| {}).await;
        file.tamper(&format!("ALTER TABLE {table} RENAME TO elsewhere"));
        let replayed = reproduce(&file.ledger, &tenant(), &Replay::default(), |_, _| {
            ControlFlow::Continue(())
        })
        .await;
        assert!(
            matches!(replayed, Err(LedgerError::Store(_))),
            "{table}: {replayed:?}"
        );
    }
}

#[tokio::test]
async fn what_is_meant_alone_is_decided_again() {
    let file = Changed::with(12, |_, _| {}).await;
    let query = |text| Query::parse(text, &DECISION_NAMES).unwrap();
    let declined = Replay {
        selection: Selection {
            holds: Some(query("decision.outcome == \"DECLINE\"")),
            ..Selection::default()
        },
        drift: false,
    };
    let report = file.replay(&declined).await;
    let by_outcome = Replay {
        selection: Selection {
            outcome: Some(Outcome::Decline),
            ..Selection::default()
        },
        drift: false,
    };
    assert_eq!(report, file.replay(&by_outcome).await);
    assert!(report.taken > 0 && report.taken < 12);
    assert_eq!((report.total, report.reproduced), (12, report.taken));
    let sampled = Replay {
        selection: Selection {
            sample: Some(Sample { count: 5, seed: 3 }),
            ..Selection::default()
        },
        drift: false,
    };
    let report = file.replay(&sampled).await;
    assert_eq!((report.total, report.taken, report.reproduced), (12, 5, 5));
    let unknown = Replay {
        selection: Selection {
            holds: Some(query("decision.amount > 0 usd")),
            ..Selection::default()
        },
        drift: false,
    };
    let report = file.replay(&unknown).await;
    assert!(report.unknown > 0);
    assert_eq!(report.unknown + report.taken, 12);
    let sampled = Replay {
        selection: Selection {
            sample: Some(Sample { count: 4, seed: 3 }),
            ..unknown.selection
        },
        drift: false,
    };
    let of_sample = file.replay(&sampled).await;
    assert_eq!(of_sample.unknown, report.unknown);
    assert_eq!(of_sample.taken, report.taken.min(4));
}

#[test]
fn what_is_told_is_limited_below_at_and_above() {
    let max = limits::REPLAY_FINDINGS_MAX;
    let mut report = ReplayReport::default();
    for seq in 1..=max + 1 {
        let finding = Finding {
            class: FindingClass::BehaviourChanged,
            record: String::new(),
            seq: seq as u64,
            decision: None,
            problem: String::new(),
            step: None,
            changed_fields: Vec::new(),
            changed_fields_total: 0,
        };
        report.add(report::Result::Found(Box::new(finding)), BTreeMap::new());
        assert_eq!(
            (report.taken, report.findings.len()),
            (seq as u64, seq.min(max))
        );
    }
    assert!(!report.is_faithful());
}
