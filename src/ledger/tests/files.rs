//! The file: whose it is, who has it, and what it is not.

use super::*;

fn open(path: &Path) -> Result<SqliteLedger, LedgerError> {
    SqliteLedger::open(path, &OsEntropy)
}

#[tokio::test]
async fn a_second_writer_is_refused_and_a_reader_is_not() {
    let desk = Desk::with(1).await;
    let path = desk.path.canonicalize().unwrap();
    let in_use = LedgerError::InUse {
        path: path.display().to_string(),
    };
    assert_eq!(open(&desk.path).unwrap_err(), in_use);
    let reader = SqliteLedger::open_read_only(&desk.path).unwrap();
    desk.decide(2, Outcome::Refer).await;
    assert_eq!(reader.head(), desk.ledger.head());
    let refused = reader.reserve(intake(3, &bundle("personal-loan"))).await;
    assert_eq!(refused, Err(LedgerError::ReadOnly));
    drop(desk.ledger);
    assert!(open(&path).is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn the_same_ledger_by_another_name_is_the_same_ledger() {
    let desk = Desk::new().await;
    let link = desk.directory.path().join("link.db");
    std::os::unix::fs::symlink(&desk.path, &link).unwrap();
    assert!(matches!(open(&link), Err(LedgerError::InUse { .. })));
}

#[tokio::test]
async fn a_later_schema_is_not_touched() {
    let desk = Desk::new().await;
    desk.tamper("PRAGMA user_version = 3");
    drop(desk.ledger);
    let newer = LedgerError::NewerSchema {
        found: 3,
        supported: 2,
    };
    assert_eq!(open(&desk.path).unwrap_err(), newer);
    assert_eq!(SqliteLedger::open_read_only(&desk.path).unwrap_err(), newer);
}

#[test]
fn what_is_not_a_ledger_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("notes.txt");
    std::fs::write(
        &text,
        "no database at all, but longer than a header of one".repeat(9),
    )
    .unwrap();
    let other = directory.path().join("other.db");
    behind(&other)
        .execute_batch("CREATE TABLE mine (a)")
        .unwrap();
    let marked = directory.path().join("marked.db");
    behind(&marked)
        .execute_batch("PRAGMA application_id = 7")
        .unwrap();
    for (path, problem) in [
        (&text, "it is not a database"),
        (&other, "it is a database of another kind"),
        (&marked, "it is a database of another kind"),
    ] {
        let before = std::fs::read(path).unwrap();
        let error = open(path).unwrap_err();
        let path_text = path.canonicalize().unwrap().display().to_string();
        assert_eq!(
            error.to_string(),
            format!("`{path_text}` is not a ledger: {problem}")
        );
        assert_eq!(SqliteLedger::open_read_only(path).unwrap_err(), error);
        assert_eq!(std::fs::read(path).unwrap(), before);
    }
}

#[test]
fn a_ledger_needs_a_directory_that_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("missing").join("ledger.db");
    let error = open(&nowhere).unwrap_err();
    assert_eq!(error.code(), "ledger_store");
    assert!(error.to_string().contains("missing"), "{error}");
    let absent = directory.path().join("ledger.db");
    assert!(SqliteLedger::open_read_only(&absent).is_err());
    assert!(!absent.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_that_cannot_be_written_can_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::with(2).await;
    let head = desk.ledger.head().unwrap();
    drop(desk.ledger);
    let permit = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(desk.directory.path(), permissions).unwrap();
    };
    std::fs::remove_file(format!("{}.lock", desk.path.display())).unwrap();
    permit(0o555);
    let read = SqliteLedger::open_read_only(&desk.path).map(|ledger| ledger.head());
    let written = open(&desk.path).map(drop);
    permit(0o755);
    assert_eq!(read, Ok(Ok(head)));
    if written.is_ok() {
        // The superuser may write anywhere.
        eprintln!("skipped: this user may write to a directory without permission");
    } else {
        assert!(matches!(written, Err(LedgerError::Store(_))), "{written:?}");
    }
}

#[tokio::test]
async fn what_was_active_when_stays_known() {
    let desk = Desk::new().await;
    let (first, second) = (bundle("personal-loan"), bundle("second"));
    let second = StoredBundle {
        name: first.name.clone(),
        ..second
    };
    let other = bundle("payments");
    let activate = |bundle: &StoredBundle, second: i64| {
        let bundle = bundle.clone();
        let ledger = &desk.ledger;
        async move {
            ledger
                .activate(&tenant(), bundle, at(second))
                .await
                .unwrap()
        }
    };
    activate(&first, 1).await; // It is active already: no new entry.
    activate(&second, 2).await;
    activate(&other, 3).await;
    activate(&first, 4).await;
    let times: Vec<_> = desk.ledger.activations(&tenant()).unwrap();
    let times: Vec<_> = times.into_iter().map(|a| (a.hash, a.at)).collect();
    let expected = [
        (first.hash, at(0)),
        (second.hash, at(2)),
        (other.hash, at(3)),
        (first.hash, at(4)),
    ];
    assert_eq!(times, expected);
    let active = [
        (other.name.clone(), other.hash),
        (first.name.clone(), first.hash),
    ];
    let expected: BTreeMap<_, _> = active.into_iter().collect();
    let active = desk.ledger.active(&tenant()).await.unwrap();
    assert_eq!(active, expected.into_iter().collect::<Vec<_>>());
    assert_eq!(
        desk.ledger.bundle(&tenant(), second.hash).await,
        Ok(Some(second))
    );
    let renamed = StoredBundle {
        name: other.name.clone(),
        ..first
    };
    assert!(
        desk.ledger
            .activate(&tenant(), renamed, at(5))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_stray_statement_does_not_change_what_is_recorded() {
    let desk = Desk::with(1).await;
    let connection = behind(&desk.path);
    for statement in [
        "UPDATE decisions SET outcome = 'APPROVE'",
        "DELETE FROM decisions",
        "UPDATE contents SET body = x''",
        "UPDATE snapshots SET bytes = x''",
        "UPDATE bundles SET bytes = x''",
        "DELETE FROM bundles",
        "UPDATE activations SET at = 0",
        "DELETE FROM activations",
    ] {
        let error = connection.execute_batch(statement).unwrap_err();
        assert!(
            error.to_string().contains("is not "),
            "{statement}: {error}"
        );
    }
}
