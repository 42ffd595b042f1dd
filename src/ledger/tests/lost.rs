//! A ledger that was there is not taken for one that never was, at the start or under way.

use std::io::Write;

use super::*;
use crate::{limits, private};

fn open(path: &Path) -> Result<SqliteLedger, SqliteOpenError> {
    SqliteLedger::open(path, &OsEntropy)
}

fn open_new_chain(path: &Path) -> Result<SqliteLedger, SqliteOpenError> {
    SqliteLedger::open_new_chain(path, &OsEntropy)
}

/// Lets go of a ledger with a decision in it.
async fn closed() -> (tempfile::TempDir, PathBuf, Head) {
    let file = FileLedger::with(1).await;
    let head = file.ledger.head().await.unwrap();
    let FileLedger {
        ledger,
        path,
        directory,
    } = file;
    drop(ledger);
    (directory, path, head)
}

/// Writes a file as the ledger's own are.
fn write(path: &Path, bytes: &[u8]) {
    let mut options = private::file_options();
    let file = options.write(true).create(true).truncate(true).open(path);
    file.unwrap().write_all(bytes).unwrap();
}

fn assert_lost(path: &Path, expected: &str) {
    let refused = open(path).unwrap_err();
    let SqliteOpenError::Lost { problem, .. } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(problem, expected);
}

#[tokio::test]
async fn a_missing_or_empty_ledger_does_not_become_a_fresh_chain() {
    let (_directory, path, head) = closed().await;
    let kept = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_lost(&path, "is missing");
    assert!(!path.exists(), "a refused start left a file");
    write(&path, b"");
    assert_lost(&path, "is empty");
    std::fs::remove_file(&path).unwrap();
    write(&path, b"");
    behind(&path)
        .execute_batch("PRAGMA user_version = 1; PRAGMA user_version = 0")
        .unwrap();
    assert_lost(&path, "is empty");
    write(&path, &kept);
    assert_eq!(open(&path).unwrap().head().await, Ok(head));
}

#[tokio::test]
async fn the_ledger_of_another_chain_is_refused_and_left_as_it_is() {
    let (_directory, path, _) = closed().await;
    let (_other_directory, other, other_head) = closed().await;
    std::fs::copy(&other, &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let chain = &other_head.chain_id;
    assert_lost(&path, &format!("holds another chain, `{chain}`"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let taken = open_new_chain(&path).unwrap();
    assert_eq!(taken.head().await, Ok(other_head));
    drop(taken);
    assert!(open(&path).is_ok());
}

#[tokio::test]
async fn a_new_chain_is_begun_where_the_words_are_said_and_the_ledger_is_lost() {
    let (_directory, path, head) = closed().await;
    let refused = open_new_chain(&path).unwrap_err();
    assert_eq!(refused.code(), "ledger_not_lost");
    std::fs::remove_file(&path).unwrap();
    let begun = open_new_chain(&path).unwrap().head().await.unwrap();
    assert_eq!(begun.seq, 0);
    assert_ne!(begun.chain_id, head.chain_id);
    assert_eq!(open(&path).unwrap().head().await, Ok(begun));
}

#[tokio::test]
async fn a_ledger_from_before_there_were_markers_gets_one() {
    let (_directory, path, head) = closed().await;
    let marker = PathBuf::from(format!("{}.chain", path.display()));
    std::fs::remove_file(&marker).unwrap();
    assert_eq!(open(&path).unwrap().head().await.as_ref(), Ok(&head));
    let text = std::fs::read_to_string(marker).unwrap();
    assert_eq!(text.trim(), head.chain_id);
}

#[tokio::test]
async fn the_newest_records_are_proven_at_the_start_and_no_others() {
    let last = limits::LEDGER_TAIL_RECORDS + 3;
    let decisions = u32::try_from(last - 2).unwrap();
    for (seq, proven) in [(3, false), (4, true), (last, true)] {
        let file = FileLedger::with(decisions).await;
        let spoil = format!("UPDATE records SET recorded_at = recorded_at + 1 WHERE seq = {seq}");
        file.tamper(&spoil);
        drop(file.ledger);
        let opened = open(&file.path);
        match opened {
            Err(SqliteOpenError::Damaged { problem, .. }) if proven => {
                assert!(problem.contains(&format!("record {seq} ")), "{problem}");
            }
            Ok(_) if !proven => {}
            other => panic!("{seq}: {other:?}"),
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nothing_is_acknowledged_into_a_file_that_is_gone() {
    for ending in ["", "-wal"] {
        for replaced in [false, true] {
            let file = FileLedger::with(1).await;
            let bundle = bundle("personal-loan");
            let there = PathBuf::from(format!("{}{ending}", file.path.display()));
            let away = file.directory.path().join("away");
            std::fs::rename(&there, &away).unwrap();
            if replaced {
                std::fs::copy(&away, &there).unwrap();
            }
            let refused = file.ledger.reserve(intake(2, &bundle)).await;
            let what = if replaced {
                "was replaced"
            } else {
                "was deleted"
            };
            assert!(
                matches!(&refused, Err(LedgerError::Unavailable(text)) if text.contains(what)),
                "{refused:?}"
            );
            assert!(file.ledger.ready().await.is_err());
            std::fs::rename(&away, &there).unwrap();
            assert_eq!(file.ledger.ready().await, Ok(()));
            assert!(file.ledger.reserve(intake(2, &bundle)).await.is_ok());
        }
    }
}
