//! What was acknowledged is there; what failed left nothing behind.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::limits;

/// Lets go of the file when dropped; until then the committer waits.
struct Stall(rusqlite::Connection);

impl Stall {
    fn begin(desk: &Desk) -> Self {
        let connection = behind(&desk.path);
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
    assert!(places.into_iter().eq(1..=200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_appends_share_commits_and_all_are_there_after_reopening() {
    let Desk {
        ledger,
        path,
        directory,
    } = Desk::new().await;
    let (ledger, before) = (Arc::new(ledger), 1);
    assert_eq!(ledger.commits(), before);
    decide_all(&ledger, 1..=200).await;
    let commits = ledger.commits() - before;
    assert!(commits < 200, "400 appends took {commits} commits");
    let head = ledger.head().unwrap();
    drop(ledger);

    let desk = Desk {
        ledger: SqliteLedger::open(&path, &OsEntropy).unwrap(),
        path,
        directory,
    };
    assert_eq!(desk.ledger.head(), Ok(head));
    for number in 1..=200 {
        let found = desk
            .ledger
            .decision(&tenant(), &decision_id(number))
            .await
            .unwrap();
        assert_eq!(found.unwrap().application, application(number));
    }
    assert_eq!(desk.problems(), Vec::<String>::new());
}

#[tokio::test]
async fn the_chain_goes_on_after_reopening() {
    let desk = Desk::with(2).await;
    let (chain_id, head) = (
        desk.ledger.chain_id().to_owned(),
        desk.ledger.head().unwrap(),
    );
    let desk = desk.reopen();
    let third = desk.decide(3, Outcome::Refer).await.envelope;
    assert_eq!((third.seq, &third.previous), (3, &head.hash));
    assert_eq!((&third.chain_id, &head.chain_id), (&chain_id, &chain_id));
    assert_ne!(Desk::new().await.ledger.chain_id(), chain_id);
    assert_eq!(desk.problems(), Vec::<String>::new());
}

/// The files as a killed process leaves them, the log cut to `kept` bytes.
fn left_behind(desk: &Desk, kept: Option<u64>) -> (tempfile::TempDir, SqliteLedger) {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("ledger.db");
    let log = |path: &Path| format!("{}-wal", path.display());
    std::fs::copy(&desk.path, &copy).unwrap();
    std::fs::copy(log(&desk.path), log(&copy)).unwrap();
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
    let desk = Desk::with(3).await;
    let (_directory, ledger) = left_behind(&desk, None);
    assert_eq!(ledger.head(), desk.ledger.head());
    let report = ledger.verify(None, |_, _| {}).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(
        (report.records, report.snapshots, report.bundles),
        (3, 3, 1)
    );
}

#[tokio::test]
async fn a_write_that_was_cut_off_leaves_no_half_of_a_decision() {
    let desk = Desk::with(4).await;
    let log = std::fs::metadata(format!("{}-wal", desk.path.display()))
        .unwrap()
        .len();
    let mut lengths = BTreeSet::new();
    for part in 0..24 {
        let (_directory, ledger) = left_behind(&desk, Some(log - log * part / 48 - 1));
        let report = ledger.verify(None, |_, _| {}).unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.records, report.snapshots);
        lengths.insert(report.records);
    }
    assert!(lengths.len() > 1 && !lengths.contains(&4), "{lengths:?}");
}

#[tokio::test]
async fn closing_folds_the_log_into_the_file() {
    let desk = Desk::with(1).await;
    let log = PathBuf::from(format!("{}-wal", desk.path.display()));
    desk.ledger
        .decision(&tenant(), &decision_id(1))
        .await
        .unwrap();
    assert!(log.exists());
    drop(desk.ledger);
    assert!(!log.exists());
}

#[tokio::test]
async fn dropping_the_ledger_finishes_what_is_queued() {
    let desk = Desk::new().await;
    let bundle = bundle("personal-loan");
    let stall = Stall::begin(&desk);
    for number in 1..=10 {
        let queued = desk.ledger.reserve(intake(number, &bundle));
        let unanswered = tokio::time::timeout(Duration::from_millis(1), queued).await;
        assert!(unanswered.is_err(), "answered before it was committed");
    }
    stall.end();
    let desk = desk.reopen();
    let kept: i64 = behind(&desk.path)
        .query_row("SELECT count(*) FROM intakes", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 10);
}

#[tokio::test]
async fn the_queue_is_limited_below_at_and_above() {
    let desk = Desk::new().await;
    let ledger = &desk.ledger;
    let stall = Stall::begin(&desk);
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
    // 1 for the bundle, 1 for the first, 4 for the 1,024, 1 for the last.
    let full = u64::try_from(limits::LEDGER_QUEUE_MAX / limits::LEDGER_BATCH_MAX).unwrap();
    assert_eq!(ledger.commits(), 3 + full);
}

#[tokio::test]
async fn one_bad_append_does_not_spoil_the_others_of_its_commit() {
    let desk = Desk::new().await;
    let bundle = bundle("personal-loan");
    let stall = Stall::begin(&desk);
    let good = desk.ledger.reserve(intake(1, &bundle));
    let bad = desk.ledger.append(|writer| {
        writer.execute("INSERT INTO activations VALUES (99, 'x', 'x', 'x', 0)", [])?;
        Ok(())
    });
    let half = desk.ledger.append(|writer| {
        writer.execute("DELETE FROM intakes", [])?;
        Err::<(), _>(LedgerError::NotReserved)
    });
    let also_good = desk.ledger.reserve(intake(2, &bundle));
    let release = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        stall.end();
    };
    let (good, bad, half, also_good, ()) = tokio::join!(good, bad, half, also_good, release);
    assert!(matches!(bad, Err(LedgerError::Store(_))), "{bad:?}");
    assert_eq!(half, Err(LedgerError::NotReserved));
    assert!(good.is_ok() && also_good.is_ok());
    let again = desk
        .ledger
        .record(new_decision(1, Outcome::Refer, &bundle))
        .await;
    assert_eq!(again.unwrap().envelope.seq, 1);
}

#[tokio::test]
async fn a_full_disk_records_nothing_and_passes() {
    let desk = Desk::with(1).await;
    let bundle = bundle("personal-loan");
    let full = desk.ledger.append(|writer| {
        let pages: i64 = writer.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        writer.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    });
    full.await.unwrap();
    desk.ledger.reserve(intake(2, &bundle)).await.unwrap();
    let mut large = new_decision(2, Outcome::Refer, &bundle);
    // Random enough not to be compressed away.
    large.body.pins.rule_set.version = (0..4_000_u32)
        .map(|n| blake3::hash(&n.to_le_bytes()).to_string())
        .collect();
    let stall = Stall::begin(&desk);
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        stall.end();
    };
    let (tenant, keys) = (tenant(), [key(77), key(78)]);
    let (before, large_one, after, ()) = tokio::join!(
        desk.ledger.release(&tenant, &keys[0]),
        desk.ledger.record(large.clone()),
        desk.ledger.release(&tenant, &keys[1]),
        release
    );
    assert!(matches!(&large_one, Err(LedgerError::Store(text)) if text.contains("full")));
    // Whether they shared its commit or not, they were told the truth.
    for answer in [before, after] {
        assert!(
            matches!(answer, Ok(()) | Err(LedgerError::Store(_))),
            "{answer:?}"
        );
    }
    assert_eq!(desk.ledger.count(&tenant), Ok(1));
    assert_eq!(desk.problems(), Vec::<String>::new());

    let more = desk.ledger.append(|writer| {
        writer.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(()))?;
        Ok(())
    });
    more.await.unwrap();
    assert_eq!(desk.ledger.record(large).await.unwrap().envelope.seq, 2);
}

#[tokio::test]
async fn every_commit_is_synced_and_references_are_enforced() {
    let desk = Desk::new().await;
    let settings = desk.ledger.append(|writer| {
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
