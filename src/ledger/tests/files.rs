//! The file: whose it is, who has it, and what it is not.

use super::*;

fn open(path: &Path) -> Result<SqliteLedger, SqliteOpenError> {
    SqliteLedger::open(path, &OsEntropy)
}

#[tokio::test]
async fn a_second_writer_is_refused_and_a_reader_is_not() {
    let file = FileLedger::with(1).await;
    let path = file.path.canonicalize().unwrap();
    let in_use = SqliteOpenError::InUse {
        path: path.display().to_string(),
    };
    assert_eq!(open(&file.path).unwrap_err(), in_use);
    let reader = SqliteLedger::open_read_only(&file.path).unwrap();
    file.decide(2, Outcome::Refer).await;
    assert_eq!(reader.head().await, file.ledger.head().await);
    let refused = reader.reserve(intake(3, &bundle("personal-loan"))).await;
    assert_eq!(refused, Err(LedgerError::ReadOnly));
    drop(file.ledger);
    assert!(open(&path).is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn the_same_ledger_by_another_name_is_the_same_ledger() {
    let file = FileLedger::new().await;
    let link = file.directory.path().join("link.db");
    std::os::unix::fs::symlink(&file.path, &link).unwrap();
    assert!(matches!(open(&link), Err(SqliteOpenError::InUse { .. })));
}

#[tokio::test]
async fn a_later_schema_is_not_touched() {
    let file = FileLedger::new().await;
    file.tamper("PRAGMA user_version = 7");
    drop(file.ledger);
    let newer = SqliteOpenError::NewerSchema {
        found: 7,
        supported: 6,
    };
    assert_eq!(open(&file.path).unwrap_err(), newer);
    assert_eq!(SqliteLedger::open_read_only(&file.path).unwrap_err(), newer);
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
    let earlier = directory.path().join("earlier.db");
    behind(&earlier)
        .execute_batch("PRAGMA application_id = 1431784519")
        .unwrap();
    for (path, problem) in [
        (&text, "it is not a database"),
        (&other, "it is a database of another kind"),
        (&marked, "it is a database of another kind"),
        (
            &earlier,
            "it was written before the first release, in a form that is read no more: start a new \
             one",
        ),
    ] {
        let before = std::fs::read(path).unwrap();
        #[cfg(unix)]
        {
            assert_eq!(open(path).unwrap_err().code(), "exposed");
            use std::os::unix::fs::PermissionsExt;
            let permissions = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(path, permissions).unwrap();
        }
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
    let file = FileLedger::with(2).await;
    let head = file.ledger.head().await.unwrap();
    drop(file.ledger);
    let permit = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(file.directory.path(), permissions).unwrap();
    };
    std::fs::remove_file(format!("{}.lock", file.path.display())).unwrap();
    permit(0o555);
    let read = match SqliteLedger::open_read_only(&file.path) {
        Ok(ledger) => ledger.head().await.ok(),
        Err(_) => None,
    };
    let written = open(&file.path).map(drop);
    permit(0o755);
    assert_eq!(read, Some(head));
    if written.is_ok() {
        // The superuser may write anywhere.
        eprintln!("skipped: this user may write to a directory without permission");
    } else {
        assert!(
            matches!(written, Err(SqliteOpenError::Failed(_))),
            "{written:?}"
        );
    }
}

#[tokio::test]
async fn a_stray_statement_does_not_change_what_is_recorded() {
    let file = FileLedger::with(1).await;
    let layout = StoredLayout {
        bundle: bundle("personal-loan").hash,
        semantics: SEMANTICS,
        bytes: Vec::new(),
    };
    let tenant = tenant();
    let put = file.ledger.put_layout(&tenant, layout, at(1));
    put.await.unwrap();
    let connection = file.behind();
    for statement in [
        "UPDATE records SET recorded_at = 0",
        "DELETE FROM records",
        "UPDATE decisions SET outcome = 'APPROVE'",
        "DELETE FROM decisions",
        "UPDATE contents SET content = x''",
        "UPDATE snapshots SET content = x''",
        "UPDATE bundles SET version = '2'",
        "DELETE FROM bundles",
        "UPDATE activations SET at = 0",
        "DELETE FROM activations",
        "UPDATE layouts SET semantics = 9",
        "DELETE FROM layouts",
    ] {
        let error = connection.execute_batch(statement).unwrap_err();
        assert!(
            error.to_string().contains("is not "),
            "{statement}: {error}"
        );
    }
}
