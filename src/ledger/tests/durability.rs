//! What was acknowledged is there; what failed left nothing behind.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::limits;

/// Lets go of the file when dropped; until then the committer waits.
struct Stall(rusqlite::Connection);

impl Stall {
    fn begin(file: &FileLedger) -> Self {
        let connection = behind(&file.path);
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self(connection)
    }

    fn end(self) {
        self.0.execute_batch("ROLLBACK").unwrap();
    }
}

async fn decide_all(ledger: &Arc<SqliteLedger>, numbers: std::ops::RangeInclusive<u32>) {
    let bundle = bundle("personal-loan");
    let tasks: Vec<_> = numbers
        .map(|number| {
            let (ledger, bundle) = (Arc::clone(ledger), bundle.clone());
            tokio::spawn(async move {
                ledger.reserve(intake(number, &bundle)).await.unwrap();
                let decision = new_decision(number, Outcome::Refer, &bundle);
                ledger.record(decision).await.unwrap().envelope.seq
            })
        })
        .collect();
    let mut places = BTreeSet::new();
    for task in tasks {
        places.insert(task.await.unwrap());
    }
    assert!(places.into_iter().eq(3..=202));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_appends_share_commits_and_all_are_there_after_reopening() {
    let FileLedger {
        ledger,
        path,
        directory,
    } = FileLedger::new().await;
    let before = 2;
    assert_eq!(ledger.commits(), before);
    decide_all(&ledger, 1..=200).await;
    let commits = ledger.commits() - before;
    assert!(commits < 200, "400 appends took {commits} commits");
    let head = ledger.head().await.unwrap();
    drop(ledger);

    let file = FileLedger {
        ledger: Arc::new(SqliteLedger::open(&path, &OsEntropy).unwrap()),
        path,
        directory,
    };
    assert_eq!(file.ledger.head().await, Ok(head));
    for number in 1..=200 {
        let found = file
            .ledger
            .decision(&tenant(), &decision_id(number))
            .await
            .unwrap();
        assert_eq!(found.unwrap().application, application(number));
    }
    assert_eq!(file.problems().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_chain_goes_on_after_reopening() {
    let file = FileLedger::with(2).await;
    let head = file.ledger.head().await.unwrap();
    let file = file.reopen();
    let third = file.decide(3, Outcome::Refer).await.envelope;
    assert_eq!((third.seq, third.previous), (5, head.hash));
    assert_eq!(third.chain_id, head.chain_id);
    let other = FileLedger::new().await.ledger.head().await.unwrap();
    assert_ne!(other.chain_id, head.chain_id);
    assert_eq!(file.problems().await, Vec::<String>::new());
}

/// The files as a killed process leaves them, the log cut to `kept` bytes.
fn left_behind(file: &FileLedger, kept: Option<u64>) -> (tempfile::TempDir, SqliteLedger) {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("ledger.db");
    let log = |path: &Path| format!("{}-wal", path.display());
    std::fs::copy(&file.path, &copy).unwrap();
    std::fs::copy(log(&file.path), log(&copy)).unwrap();
    if let Some(kept) = kept {
        let log = std::fs::File::options()
            .write(true)
            .open(log(&copy))
            .unwrap();
        log.set_len(kept).unwrap();
    }
    let ledger = SqliteLedger::open(&copy, &OsEntropy).unwrap();
    (directory, ledger)
}

#[tokio::test]
async fn a_killed_process_leaves_all_that_was_answered() {
    let file = FileLedger::with(3).await;
    let (_directory, ledger) = left_behind(&file, None);
    assert_eq!(ledger.head().await, file.ledger.head().await);
    let report = ledger
        .verify(Scope::default(), Arc::new(|_, _| {}))
        .await
        .unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(
        (report.records, report.snapshots, report.bundles),
        (5, 3, 1)
    );
}

#[tokio::test]
async fn a_write_that_was_cut_off_leaves_no_half_of_a_decision() {
    let file = FileLedger::with(4).await;
    let log = std::fs::metadata(format!("{}-wal", file.path.display()))
        .unwrap()
        .len();
    let mut lengths = BTreeSet::new();
    for part in 0..24 {
        let (_directory, ledger) = left_behind(&file, Some(log - log * part / 48 - 1));
        let report = ledger
            .verify(Scope::default(), Arc::new(|_, _| {}))
            .await
            .unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.decisions, report.snapshots);
        lengths.insert(report.decisions);
    }
    assert!(lengths.len() > 1 && !lengths.contains(&4), "{lengths:?}");
}

#[tokio::test]
async fn closing_folds_the_log_into_the_file() {
    let file = FileLedger::with(1).await;
    let log = PathBuf::from(format!("{}-wal", file.path.display()));
    file.ledger
        .decision(&tenant(), &decision_id(1))
        .await
        .unwrap();
    assert!(log.exists());
    drop(file.ledger);
    assert!(!log.exists());
}

#[tokio::test]
async fn dropping_the_ledger_finishes_what_is_queued() {
    let file = FileLedger::new().await;
    let bundle = bundle("personal-loan");
    let stall = Stall::begin(&file);
    for number in 1..=10 {
        let queued = file.ledger.reserve(intake(number, &bundle));
        let unanswered = tokio::time::timeout(Duration::from_millis(1), queued).await;
        assert!(unanswered.is_err(), "answered before it was committed");
    }
    stall.end();
    let file = file.reopen();
    let kept: i64 = behind(&file.path)
        .query_row("SELECT count(*) FROM intakes", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 10);
}

#[tokio::test]
async fn the_queue_is_limited_below_at_and_above() {
    let file = FileLedger::new().await;
    let ledger = &file.ledger;
    let stall = Stall::begin(&file);
    let queue = |key: u32| async move {
        let key = IdempotencyKey::parse(&format!("key-{key}")).unwrap();
        let tenant = tenant();
        let release = ledger.release(&tenant, &key);
        tokio::time::timeout(Duration::from_millis(1), release).await
    };
    // The committer takes the first and waits for the file with it.
    assert!(queue(0).await.is_err());
    while ledger.waiting() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for place in 1..=limits::LEDGER_QUEUE_MAX {
        assert_eq!(ledger.waiting(), place - 1);
        assert!(queue(1).await.is_err(), "place {place} is free");
    }
    assert_eq!(queue(1).await, Ok(Err(LedgerError::Overloaded)));
    stall.end();
    while ledger.waiting() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(ledger.release(&tenant(), &key(2)).await, Ok(()));
    // 2 for the bundle, 1 for the first, 4 for the 1,024, 1 for the last.
    let full = u64::try_from(limits::LEDGER_QUEUE_MAX / limits::LEDGER_BATCH_MAX).unwrap();
    assert_eq!(ledger.commits(), 4 + full);
}

#[tokio::test]
async fn one_bad_append_does_not_spoil_the_others_of_its_commit() {
    let file = FileLedger::new().await;
    let bundle = bundle("personal-loan");
    let stall = Stall::begin(&file);
    let good = file.ledger.reserve(intake(1, &bundle));
    let bad = file.ledger.append(|writer| {
        writer.execute(
            "INSERT INTO activations VALUES (99, 'x', 'x', x'00', 0)",
            [],
        )?;
        Ok(())
    });
    let half = file.ledger.append(|writer| {
        writer.execute("DELETE FROM intakes", [])?;
        Err::<(), _>(LedgerError::NotReserved)
    });
    let also_good = file.ledger.reserve(intake(2, &bundle));
    let release = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        stall.end();
    };
    let (good, bad, half, also_good, ()) = tokio::join!(good, bad, half, also_good, release);
    assert!(matches!(bad, Err(LedgerError::Store(_))), "{bad:?}");
    assert_eq!(half, Err(LedgerError::NotReserved));
    assert!(good.is_ok() && also_good.is_ok());
    let again = file
        .ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await;
    assert_eq!(again.unwrap().envelope.seq, 3);
}

#[tokio::test]
async fn a_full_disk_records_nothing_and_passes() {
    let file = FileLedger::with(1).await;
    let bundle = bundle("personal-loan");
    let full = file.ledger.append(|writer| {
        let pages: i64 = writer.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    });
    full.await.unwrap();
    file.ledger.reserve(intake(2, &bundle)).await.unwrap();
    let mut large = new_decision(2, Outcome::Refer, &bundle);
    // Random enough not to be compressed away.
    Arc::make_mut(&mut large.body).pins.rule_set.version = (0..4_000_u32)
        .map(|n| blake3::hash(&n.to_le_bytes()).to_string())
        .collect();
    let stall = Stall::begin(&file);
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        stall.end();
    };
    let (tenant, keys) = (tenant(), [key(77), key(78)]);
    let (before, large_one, after, ()) = tokio::join!(
        file.ledger.release(&tenant, &keys[0]),
        file.ledger.record(large.clone()),
        file.ledger.release(&tenant, &keys[1]),
        release
    );
    assert!(matches!(&large_one, Err(LedgerError::Unavailable(text)) if text.contains("full")));
    // Whether they shared its commit or not, they were told the truth.
    for answer in [before, after] {
        assert!(
            matches!(answer, Ok(()) | Err(LedgerError::Unavailable(_))),
            "{answer:?}"
        );
    }
    assert_eq!(file.ledger.count(&tenant).await, Ok(1));
    let again = file.ledger.record(large.clone()).await;
    assert!(matches!(again, Err(LedgerError::Unavailable(_))));
    assert_eq!(
        file.ledger.ready().await,
        Ok(()),
        "what needs no room can be written"
    );
    assert_eq!(file.problems().await, Vec::<String>::new());

    let more = file.ledger.append(|writer| {
        writer.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(()))?;
        Ok(())
    });
    more.await.unwrap();
    assert_eq!(file.ledger.record(large).await.unwrap().envelope.seq, 4);
}

#[tokio::test]
async fn every_commit_is_synced_and_references_are_enforced() {
    let file = FileLedger::new().await;
    let settings = file.ledger.append(|writer| {
        let number = |name: &str| writer.query_row(name, [], |row| row.get::<_, i64>(0));
        let mode: String = writer.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        Ok((
            number("PRAGMA synchronous")?,
            number("PRAGMA foreign_keys")?,
            mode,
        ))
    });
    // 2 is FULL.
    assert_eq!(settings.await, Ok((2, 1, "wal".to_owned())));
}

#[tokio::test]
async fn what_is_reserved_and_what_waits_outlive_a_restart() {
    let file = FileLedger::new().await;
    suite::pending::pend(&*file.ledger, 2).await;
    suite::pending::pend(&*file.ledger, 1).await;
    let file = file.reopen();
    let pending = suite::pending::all(&*file.ledger).await;
    let expected = [suite::pending::pending(1), suite::pending::pending(2)];
    assert_eq!(pending, expected, "oldest first");
    let again = Intake {
        decision: decision_id(7),
        ..intake(1, &bundle("personal-loan"))
    };
    let reserved = file.ledger.reserve(again).await.unwrap();
    assert!(matches!(
        reserved,
        Reservation::Reserved { decision, .. } if decision == decision_id(1)
    ));
}

#[tokio::test]
async fn a_damaged_pending_request_does_not_hide_the_others() {
    let file = FileLedger::new().await;
    suite::pending::pend(&*file.ledger, 1).await;
    suite::pending::pend(&*file.ledger, 2).await;
    file.tamper("UPDATE intakes SET pending = x'0102' WHERE idempotency_key = 'key-1'");
    let found = file.ledger.pending().await.unwrap();
    assert!(matches!(found[0], Err(LedgerError::Damaged { .. })));
    assert_eq!(found[1], Ok(suite::pending::pending(2)));
}

#[tokio::test]
async fn statements_are_prepared_once() {
    let file = FileLedger::with(1).await;
    let reprepared = file.ledger.append(|writer| {
        let statement = writer
            .prepare_cached("DELETE FROM intakes WHERE tenant = ?1 AND idempotency_key = ?2")?;
        Ok(statement.get_status(rusqlite::StatementStatus::RePrepare))
    });
    assert_eq!(reprepared.await, Ok(0));
}

#[tokio::test]
async fn a_clock_that_goes_back_is_held_back_marked_and_seen_by_the_proof() {
    let file = FileLedger::with(5).await;
    let bundle = bundle("personal-loan");
    let mut recorded = Vec::new();
    // The last one waited for its turn while another was dated later.
    for (number, clock) in [(6, -100), (7, 5), (8, 9), (9, 7)] {
        let ledger = &file.ledger;
        ledger.reserve(intake(number, &bundle)).await.unwrap();
        let mut new = new_decision(number, Outcome::Refer, &bundle);
        new.recorded_at = at(clock);
        let record = ledger.record(new).await.unwrap();
        let found = ledger.decision(&tenant(), &decision_id(number)).await;
        assert_eq!(found, Ok(Some(record.clone())));
        let envelope = record.envelope;
        recorded.push((envelope.recorded_at, envelope.time_held_back));
    }
    let expected = [
        (at(5), true),
        (at(5), false),
        (at(9), false),
        (at(9), false),
    ];
    assert_eq!(recorded, expected);
    let report = file
        .ledger
        .verify(Scope::default(), Arc::new(|_, _| {}))
        .await
        .unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.held_back, 1);

    file.tamper("UPDATE records SET recorded_at = recorded_at - 9 WHERE seq = 9");
    let problems = file.problems().await;
    let earlier = "9 (dec_7): it was recorded earlier than the record before it";
    assert!(
        problems.iter().any(|problem| problem == earlier),
        "{problems:?}"
    );
}
