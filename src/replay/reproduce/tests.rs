//! What is recorded comes out again, or is told apart.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::features::Value;
use crate::ledger::Ledger;
use crate::ledger::tests::{self as recorded_as, FileLedger, bundle, intake, new_decision, tenant};
use crate::money::{Currency, Money};
use crate::rules::Outcome;

type Decided = Result<DecisionBody, String>;

/// An engine that recomputes the body from what it is handed, as the fixtures made it.
fn engine(recorded: &Recorded, bundle: &StoredBundle) -> Decided {
    let (account, _) = recorded.snapshots.first().ok_or("no snapshot")?;
    let number = account
        .account
        .id
        .as_str()
        .trim_start_matches("fca_")
        .parse();
    let number = number.map_err(|_| "not an account of the fixtures")?;
    let accounts = recorded.pins.accounts(&recorded_as::application(number));
    let asked = recorded_as::application(number).with_accounts(accounts.unwrap());
    assert_eq!(recorded.application, asked);
    let snapshots = recorded.snapshots.iter().map(|(snapshot, _)| snapshot);
    assert!(snapshots.eq([&recorded_as::snapshot(number)]));
    Ok(recorded_as::body(number, Outcome::Refer, bundle))
}

fn open(stored: &StoredBundle) -> Result<StoredBundle, String> {
    Ok(stored.clone())
}

async fn run(
    file: &FileLedger,
    decide: impl Fn(&Recorded, &StoredBundle) -> Decided + Sync,
) -> ReplayReport {
    reproduce_with(&file.shared(), &tenant(), open, decide, |_, _| {})
        .await
        .unwrap()
}

#[tokio::test]
async fn every_decision_comes_out_as_recorded() {
    let count = u32::try_from(STEP).unwrap() * 2 + 3;
    let file = FileLedger::with(count).await;
    let (opened, seen) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let counting = |stored: &StoredBundle| {
        opened.fetch_add(1, Ordering::Relaxed);
        open(stored)
    };
    let progress = |done, total| seen.lock().unwrap().push((done, total));
    let report = reproduce_with(&file.shared(), &tenant(), counting, engine, progress)
        .await
        .unwrap();
    assert!(report.is_faithful());
    assert_eq!(
        (report.total, report.reproduced),
        (u64::from(count), u64::from(count))
    );
    assert_eq!(opened.into_inner(), 1);
    assert_eq!(
        seen.into_inner().unwrap(),
        [(64, 131), (128, 131), (131, 131)]
    );
}

#[tokio::test]
async fn a_difference_is_told_with_its_place() {
    let file = FileLedger::with(70).await;
    let report = run(&file, |recorded, bundle| {
        let mut body = engine(recorded, bundle)?;
        if ["dec_3", "dec_67"].contains(&recorded.id.as_str()) {
            body.features[0][0].value = Ok(Value::Money(Money::new(410_000, Currency::USD)));
            body.evaluation.outcome = Outcome::Approve;
        }
        Ok(body)
    })
    .await;
    assert_eq!(
        (report.total, report.reproduced, report.different),
        (70, 68, 2)
    );
    let told: Vec<_> = report.differing.iter().map(ToString::to_string).collect();
    let changed_fields = "evaluation.outcome: REFER -> APPROVE\n  \
                  features[0][0]: 4000.00 usd -> 4100.00 usd";
    assert_eq!(
        told,
        [
            format!("5 (dec_3):\n  {changed_fields}"),
            format!("69 (dec_67):\n  {changed_fields}")
        ]
    );
    assert!(!report.is_faithful());
}

#[tokio::test]
async fn another_release_may_have_decided_but_not_other_tables() {
    let file = FileLedger::with(1).await;
    let newer = |recorded: &Recorded, bundle: &StoredBundle| {
        let mut body = engine(recorded, bundle)?;
        body.pins.engine_version = "9.9.9".to_owned();
        Ok(body)
    };
    assert!(run(&file, newer).await.is_faithful());
    let report = run(&file, |recorded, bundle| {
        let mut body = newer(recorded, bundle)?;
        body.pins
            .tables
            .insert("calendar".to_owned(), "2".to_owned());
        Ok(body)
    })
    .await;
    assert_eq!(
        report.differing[0].changed_fields[0].to_string(),
        "pins.tables.calendar: absent -> 2"
    );
}

#[tokio::test]
async fn other_semantics_are_reported_as_such() {
    let file = FileLedger::with(1).await;
    let bundle = bundle("personal-loan");
    file.ledger.reserve(intake(2, &bundle)).await.unwrap();
    let mut old = new_decision(2, Outcome::Decline, &bundle);
    Arc::make_mut(&mut old.body).pins.semantics = SEMANTICS + 1;
    file.ledger.record(old).await.unwrap();
    let report = run(&file, engine).await;
    assert!(report.is_faithful());
    assert_eq!((report.total, report.reproduced), (2, 1));
    assert_eq!(report.other_semantics, BTreeMap::from([(SEMANTICS + 1, 1)]));
}

#[tokio::test]
async fn what_is_damaged_or_missing_is_named_and_the_rest_goes_on() {
    let file = FileLedger::with(4).await;
    file.tamper(
        "UPDATE contents SET content = zeroblob(99) WHERE seq = 3;
         DELETE FROM snapshots WHERE hash IN (SELECT hash FROM decision_snapshots WHERE seq = 4);
         UPDATE snapshots SET content = (SELECT content FROM snapshots WHERE rowid = 4)
             WHERE hash IN (SELECT hash FROM decision_snapshots WHERE seq = 5);",
    );
    let report = run(&file, engine).await;
    assert_eq!((report.total, report.reproduced, report.failed), (4, 1, 3));
    let told: Vec<_> = report
        .problems
        .iter()
        .map(|p| (p.record.as_str(), &*p.problem))
        .collect();
    assert_eq!(told[0].0, "3 (dec_1)");
    assert_eq!(told[1].0, "4 (dec_2)");
    assert!(told[1].1.starts_with("its snapshot ") && told[1].1.ends_with(" is missing"));
    assert_eq!(told[2].0, "5 (dec_3)");
    let mismatch = "the snapshot does not match its recorded hash";
    assert!(told[2].1.ends_with(mismatch), "{told:?}");

    file.tamper("DELETE FROM bundles");
    let report = run(&file, engine).await;
    assert_eq!((report.total, report.failed), (4, 4));
    assert!(report.problems[3].problem.starts_with("its bundle "));
}

#[tokio::test]
async fn an_engine_or_a_rule_set_that_fails_is_a_problem_not_a_difference() {
    let file = FileLedger::with(1).await;
    let report = run(&file, |_, _| Err("other accounts".to_owned())).await;
    assert_eq!((report.different, report.failed), (0, 1));
    assert_eq!(
        report.problems[0].problem,
        "it cannot be decided again: other accounts"
    );
    let unusable = |_: &StoredBundle| Err::<StoredBundle, _>("line 1: not a rule set");
    let report = reproduce_with(&file.shared(), &tenant(), unusable, engine, |_, _| {})
        .await
        .unwrap();
    assert!(
        report.problems[0]
            .problem
            .ends_with("cannot be used: line 1: not a rule set")
    );
}

#[test]
fn what_is_told_is_limited_below_at_and_above() {
    let max = limits::REPLAY_DIFFERENCES_MAX;
    let mut report = ReplayReport::default();
    for seq in 1..=max + 1 {
        let difference = Difference {
            seq: seq as u64,
            decision: recorded_as::decision_id(1),
            changed_fields: Vec::new(),
            changed_fields_total: 0,
        };
        report.add(String::new(), Compared::Different(difference));
        assert_eq!(
            (report.different, report.differing.len()),
            (seq as u64, seq.min(max))
        );
    }
    let max = limits::LEDGER_PROBLEMS_MAX;
    for count in 1..=max + 1 {
        report.add(String::new(), Compared::Failed(String::new()));
        assert_eq!(
            (report.failed, report.problems.len()),
            (count as u64, count.min(max))
        );
    }
}
