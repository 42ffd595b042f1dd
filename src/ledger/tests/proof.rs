//! How much of a chain is proven, and by how many at once.

use super::*;
use crate::ledger::verify::verify;

fn since(known: KnownHead) -> Scope {
    Scope {
        since: Some(known),
        ..Scope::default()
    }
}

async fn proven(file: &FileLedger, scope: Scope) -> ChainReport {
    let report = file.ledger.verify(scope, Arc::new(|_, _| {})).await;
    report.unwrap()
}

fn named(report: &ChainReport) -> Vec<String> {
    let problems = report.problems.iter();
    problems
        .map(|found| format!("{}: {}", found.record, found.problem))
        .collect()
}

#[tokio::test]
async fn the_same_is_told_by_however_many_threads() {
    let file = FileLedger::with(100).await;
    file.ledger
        .activate(&tenant(), newer_bundle(), at(200), None)
        .await
        .unwrap();
    suite::pending::pend(&*file.ledger, 101).await;
    file.tamper(
        "UPDATE contents SET content = x'00' WHERE seq % 7 = 0;
         UPDATE records SET previous = zeroblob(32) WHERE seq % 11 = 0;
         UPDATE decisions SET outcome = 'APPROVE' WHERE seq % 13 = 0;
         UPDATE snapshots SET content = x'00' WHERE rowid % 17 = 0;
         DELETE FROM decision_snapshots WHERE seq = 40;
         DELETE FROM snapshots WHERE rowid = 60;
         DELETE FROM records WHERE seq IN (32, 33, 65);
         UPDATE intakes SET pending = zeroblob(9)",
    );
    let mut told = Vec::new();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        let head = file.ledger.head().await.unwrap();
        let report = pool.install(|| {
            let (views, all) = (file.ledger.views(), Scope::default());
            verify(views, &head.chain_id, &all, &|_, _| {})
        });
        told.push(report.unwrap());
    }
    assert!(told.windows(2).all(|two| two[0] == two[1]));
    // In the order of the walks, and of the records in each.
    let problems = named(&told[0]);
    assert!(problems.len() > 40, "{problems:#?}");
    let place = |text: &str| problems.iter().position(|one| one.starts_with(text));
    let order = [
        place("7 (dec_5): its content "),
        place("11 (dec_9): it does not follow"),
        place("13 (dec_11): its row"),
        place("32 to 33: missing"),
        place("40 (dec_38): it is linked"),
        place("62 (dec_60): its snapshot"),
        place("65: missing"),
        place("row 32 of `decisions`"),
        place("snapshot "),
        place("request of dec_101"),
    ];
    assert!(order.iter().all(Option::is_some), "{order:?} {problems:#?}");
    assert!(order.is_sorted(), "{order:?}");
}

#[tokio::test]
async fn a_long_chain_is_walked_to_its_end_and_told_how_far_it_is() {
    let memory = MemoryLedger::new(&OsEntropy).unwrap();
    let bundle = bundle("personal-loan");
    memory
        .activate(&tenant(), bundle, at(0), None)
        .await
        .unwrap();
    // More than is handed out at once.
    for number in 1..=1_100 {
        decide(&memory, number, Outcome::Refer).await;
    }
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    let progress = Arc::new(move |done, total| seen.lock().unwrap().push((done, total)));
    let report = memory.verify(Scope::default(), progress).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.records, report.snapshots), (1_102, 1_100));
    let told = told.lock().unwrap();
    assert!(told.is_sorted());
    assert_eq!(told.last(), Some(&(1_102, 1_102)));
}

#[tokio::test]
async fn since_a_head_only_what_came_after_is_proven() {
    let file = FileLedger::with(2).await;
    let head = file.ledger.head().await.unwrap();
    for number in 3..=4 {
        file.decide(number, Outcome::Refer).await;
    }
    suite::pending::pend(&*file.ledger, 5).await;
    for known in [KnownHead::Kept(head.clone()), KnownHead::Hash(head.hash)] {
        let report = proven(&file, since(known)).await;
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(
            (report.since, report.records, report.decisions),
            (Some(4), 2, 2)
        );
        assert_eq!((report.snapshots, report.bundles), (2, 0));
        assert_eq!(
            (report.oldest_at, report.newest_at),
            (Some(at(3)), Some(at(4)))
        );
    }
    let newest = KnownHead::Hash(file.ledger.head().await.unwrap().hash);
    let none = proven(&file, since(newest)).await;
    assert_eq!((none.is_sound(), none.records), (true, 0));
    let all = proven(&file, since(KnownHead::Hash(RecordHash::FIRST))).await;
    assert_eq!((all.is_sound(), all.records), (true, 6));

    // What lies before is not looked at, and what lies after is.
    let kept = || since(KnownHead::Kept(head.clone()));
    file.tamper(
        "UPDATE contents SET content = x'00' WHERE seq IN (2, 3, 5);
         UPDATE snapshots SET content = x'00' WHERE rowid IN (1, 4);
         INSERT INTO contents VALUES (-1, x''), (99, x'')",
    );
    let found = named(&proven(&file, kept()).await);
    let starts = ["5 (dec_3): ", "row 99 of `contents`: ", "snapshot "];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}");
    }
    // A rule set that it rests on is proven, however early it was published.
    file.tamper("UPDATE contents SET content = x'00' WHERE seq = 1");
    let found = named(&proven(&file, kept()).await);
    let of_bundle: Vec<_> = found
        .iter()
        .filter(|found| found.starts_with("1 (bundle"))
        .collect();
    assert_eq!(of_bundle.len(), 1, "{found:#?}");
    // The first record after it is linked to it.
    file.tamper("UPDATE records SET previous = zeroblob(32) WHERE seq = 5");
    let found = named(&proven(&file, kept()).await);
    let link = "5 (dec_3): it does not follow the record before it";
    assert!(found.contains(&link.to_owned()), "{found:#?}");
}

#[tokio::test]
async fn a_head_that_the_chain_does_not_hold_is_no_place_to_begin() {
    let file = FileLedger::with(2).await;
    let head = file.ledger.head().await.unwrap();
    let unknown = RecordHash::parse(&"ab".repeat(32)).unwrap();
    let changed = |seq, hash| {
        KnownHead::Kept(Head {
            seq,
            hash,
            ..head.clone()
        })
    };
    for (known, record) in [
        (KnownHead::Hash(unknown), "the chain"),
        (changed(4, unknown), "4"),
        (changed(3, head.hash), "3"),
        (changed(9, head.hash), "5 to 9"),
    ] {
        let report = proven(&file, since(known)).await;
        assert_eq!((report.records, report.problems_total), (0, 1));
        assert_eq!(report.problems[0].record, record);
    }
}

#[tokio::test]
async fn a_proof_looks_up_each_snapshot_and_does_not_go_through_all_decisions_for_it() {
    let file = FileLedger::new().await;
    let plan = file.ledger.append(|writer| {
        let explain = format!("EXPLAIN QUERY PLAN {}", sqlite::tables::SNAPSHOTS);
        let mut statement = writer.prepare(&explain)?;
        let steps = statement.query_map([0, 9, 0, 0], |row| row.get::<_, String>(3))?;
        Ok(steps.collect::<Result<Vec<_>, _>>()?)
    });
    for step in plan.await.unwrap() {
        assert!(
            !step.contains("SCAN") && !step.contains("decisions_by"),
            "{step}"
        );
    }
}
