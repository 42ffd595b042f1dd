//! A backup in the place of the ledger: read as ever, and gone on with only where somebody says so.

use super::*;
use crate::private;

fn open(path: &Path) -> Result<SqliteLedger, SqliteOpenError> {
    SqliteLedger::open(path, &OsEntropy)
}

/// A ledger with two decisions, and a backup of it from when it had one.
async fn backed_up() -> (FileLedger, PathBuf) {
    let file = FileLedger::with(1).await;
    let backup = file.directory.path().join("backup.sqlite");
    SqliteLedger::back_up(&file.path, &backup).unwrap();
    file.decide(2, Outcome::Refer).await;
    (file, backup)
}

/// A place of its own where nothing is.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.sqlite");
    (directory, path)
}

async fn assert_takes_nothing(ledger: &dyn Ledger) {
    let bundle = bundle("personal-loan");
    let layout = StoredLayout {
        bundle: bundle.hash,
        semantics: SEMANTICS,
        bytes: Vec::new(),
    };
    let tenant = tenant();
    let refused = Err(LedgerError::Restored);
    let new = new_decision(3, Outcome::Refer, &bundle);
    assert_eq!(ledger.ready().await, refused);
    assert_eq!(ledger.release(&tenant, &key(3)).await, refused);
    assert_eq!(ledger.put_layout(&tenant, layout, at(9)).await, refused);
    assert_eq!(
        ledger
            .publish(&tenant, newer_bundle(), "", at(9), None)
            .await
            .map(drop),
        refused
    );
    assert_eq!(
        ledger.activate(&tenant, newer_bundle(), at(9), None).await,
        refused
    );
    assert_eq!(
        ledger.reserve(intake(3, &bundle)).await,
        Err(LedgerError::Restored)
    );
    assert_eq!(ledger.record(new).await, Err(LedgerError::Restored));
    let pending = PendingIntake {
        intake: intake(3, &bundle),
        since: at(3),
        until: at(9),
        accounts: Vec::new(),
        test_data: false,
    };
    assert_eq!(ledger.pend(pending, None).await, refused);
    // What is recorded is read as ever.
    let found = ledger.decision(&tenant, &decision_id(1)).await.unwrap();
    assert!(found.is_some());
    let listed = ledger
        .list(&tenant, &Filter::default(), ListOrder::NewestFirst, None, 9)
        .await;
    assert_eq!(listed.unwrap().decisions.len(), 1);
    assert_eq!(problems(ledger).await, Vec::<String>::new());
}

/// Resumes a ledger that was restored with one decision in it, and decides the next.
async fn assert_resumes(ledger: &dyn Ledger) {
    assert_takes_nothing(ledger).await;
    let end = ledger.head().await.unwrap();
    let others = [
        KnownHead::Hash(RecordHash::FIRST),
        KnownHead::Kept(Head {
            seq: 2,
            ..end.clone()
        }),
        KnownHead::Kept(Head {
            chain_id: "chain_0".to_owned(),
            ..end.clone()
        }),
    ];
    for other in others {
        let refused = ledger.resume(other, at(9), None).await.unwrap_err();
        assert_eq!(refused.code(), "ledger_head");
        assert!(refused.to_string().contains(&end.hash.to_string()));
    }
    assert_takes_nothing(ledger).await;
    let from = KnownHead::Hash(end.hash);
    let resumed = ledger.resume(from.clone(), at(9), None).await.unwrap();
    assert_eq!((resumed.seq, &resumed.chain_id), (4, &end.chain_id));
    assert_eq!(ledger.head().await.as_ref(), Ok(&resumed));
    let again = ledger.resume(from, at(9), None).await;
    assert_eq!(again, Err(LedgerError::NotRestored));
    assert_eq!(ledger.ready().await, Ok(()));
    decide(ledger, 3, Outcome::Refer).await;
    let report = ledger.verify(Scope::default(), Arc::new(|_, _| {}));
    let report = report.await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.records, report.decisions), (5, 2));
    assert_eq!(report.resumptions, [4]);
    assert_eq!(
        (report.oldest_at, report.newest_at),
        (Some(at(0)), Some(at(9)))
    );
    let history = ledger
        .history(&tenant(), 0, 9, Snapshots::Along)
        .await
        .unwrap();
    let seqs: Vec<u64> = history.iter().map(SealedDecision::seq).collect();
    assert_eq!(seqs, [3, 5]);
    let listed = ledger
        .list(
            &tenant(),
            &Filter::default(),
            ListOrder::NewestFirst,
            None,
            9,
        )
        .await;
    assert_eq!(listed.unwrap().decisions.len(), 2);
}

#[tokio::test]
async fn a_restored_ledger_takes_nothing_until_it_is_resumed_from_its_end() {
    let (file, backup) = backed_up().await;
    let nothing = KnownHead::Hash(RecordHash::FIRST);
    let refused = file.ledger.resume(nothing, at(9), None).await;
    assert_eq!(refused, Err(LedgerError::NotRestored));
    let (_directory, path) = place();
    Restore::begin(&backup, &path).unwrap().finish().unwrap();
    // However often it is opened.
    assert_takes_nothing(&open(&path).unwrap()).await;
    assert_resumes(&open(&path).unwrap()).await;
    let reopened = open(&path).unwrap();
    decide(&reopened, 4, Outcome::Refer).await;

    let memory = MemoryLedger::new(&OsEntropy).unwrap();
    let bundle = bundle("personal-loan");
    memory
        .activate(&tenant(), bundle, at(0), None)
        .await
        .unwrap();
    decide(&memory, 1, Outcome::Refer).await;
    assert_resumes(&memory.into_restored()).await;
}

#[tokio::test]
async fn a_backup_that_was_copied_into_the_place_is_known_for_one() {
    let (file, backup) = backed_up().await;
    let path = file.path.clone();
    drop(file.ledger);
    for ending in ["", ".chain"] {
        let there = PathBuf::from(format!("{}{ending}", path.display()));
        std::fs::remove_file(there).unwrap();
        std::fs::copy(&backup, &path).unwrap();
        assert_takes_nothing(&open(&path).unwrap()).await;
    }
    // Nor does a backup of it hide that.
    let second = file.directory.path().join("second.sqlite");
    SqliteLedger::back_up(&path, &second).unwrap();
    let (_directory, elsewhere) = place();
    std::fs::copy(&second, &elsewhere).unwrap();
    assert_resumes(&open(&elsewhere).unwrap()).await;
}

#[tokio::test]
async fn nothing_is_restored_over_a_ledger_its_log_or_another_chain() {
    let (file, backup) = backed_up().await;
    let refused = |path: &Path| Restore::begin(&backup, path).unwrap_err();
    assert_eq!(refused(&file.path).code(), "ledger_in_use");
    let path = file.path.clone();
    let log = PathBuf::from(format!("{}-wal", path.display()));
    drop(file.ledger);
    assert_eq!(refused(&path).code(), "ledger_occupied");
    let before = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&log, b"records").unwrap();
    let told = refused(&path).to_string();
    assert!(
        told.contains("-wal`") && told.contains("nowhere else"),
        "{told}"
    );
    std::fs::remove_file(&log).unwrap();

    let other = FileLedger::new().await;
    let (other_path, _directory) = (other.path.clone(), other.directory);
    drop(other.ledger);
    std::fs::remove_file(&other_path).unwrap();
    let told = refused(&other_path).to_string();
    assert!(
        told.contains(".chain`") && told.contains("the backup is of"),
        "{told}"
    );
    assert!(!other_path.exists());

    // What is no ledger is not restored, and leaves nothing.
    let text = file.directory.path().join("notes.txt");
    std::fs::write(&text, "no ledger".repeat(99)).unwrap();
    let refused = Restore::begin(&text, &path).unwrap_err();
    assert_eq!(refused.code(), "ledger_not_a_ledger");
    let copy = PathBuf::from(format!("{}.restoring", path.display()));
    std::fs::write(&copy, b"of one that broke off").unwrap();
    drop(Restore::begin(&backup, &path).unwrap());
    assert!(!path.exists() && !copy.exists(), "it was not finished");
    // Where the ledger is missing or empty, its marker names the chain that comes back.
    for empty in [false, true] {
        if empty {
            std::fs::remove_file(&path).unwrap();
            private::file_options()
                .write(true)
                .create(true)
                .truncate(true)
                .open(&path)
                .unwrap();
        }
        Restore::begin(&backup, &path).unwrap().finish().unwrap();
        assert!(!copy.exists());
        assert_ne!(std::fs::read(&path).unwrap(), before);
        let begun = SqliteLedger::open_new_chain(&path, &OsEntropy).unwrap_err();
        assert_eq!(begun.code(), "ledger_not_lost");
        assert_takes_nothing(&open(&path).unwrap()).await;
    }
}

#[tokio::test]
async fn a_resumption_that_was_changed_is_named() {
    let of_record_2 = "(SELECT content FROM contents WHERE seq = 2)";
    for (change, problem) in [
        (
            "DELETE FROM contents WHERE seq = 4",
            "its content is missing",
        ),
        (
            &*format!("UPDATE contents SET content = {of_record_2} WHERE seq = 4"),
            "its content does not match its commitment",
        ),
        (
            "UPDATE records SET id = upper(id) WHERE seq = 4",
            "its envelope does not match its hash",
        ),
        (
            "UPDATE records SET previous = zeroblob(32) WHERE seq = 4",
            "it does not follow the record before it",
        ),
        (
            "INSERT INTO layouts VALUES (4, 'default', zeroblob(32), 7)",
            "the record at its place is another",
        ),
    ] {
        let (_file, backup) = backed_up().await;
        let (directory, path) = place();
        Restore::begin(&backup, &path).unwrap().finish().unwrap();
        let ledger = open(&path).unwrap();
        let end = KnownHead::Kept(ledger.head().await.unwrap());
        ledger.resume(end, at(9), None).await.unwrap();
        let file = FileLedger {
            ledger: Arc::new(ledger),
            path,
            directory,
        };
        file.tamper(change);
        let found = file.problems().await;
        let named = found.iter().any(|found| {
            let of_it = found.starts_with("4 (resumption ") || found.starts_with("row 4 of ");
            of_it && found.contains(problem)
        });
        assert!(named, "{change}: {found:#?}");
    }
}
