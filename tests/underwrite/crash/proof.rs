//! What holds in the end, whatever happened.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tonic::Code;
use underwrite::proto;

use super::place::Place;
use super::traffic::{Backup, Client, Known};
use crate::harness::{connect, final_one};

/// How long what is pending may take to end: its next attempt may be a minute away.
const END: Duration = Duration::from_secs(150);
/// Calls at once.
const AT_ONCE: usize = 8;

/// What lies in the file of a ledger.
struct Found {
    /// The ids of its decisions and their keys.
    decisions: Vec<(String, String)>,
    /// How many requests are still open, beside those that broke off before they failed, whose
    /// keys stay reserved for a repeat.
    open: i64,
}

fn look(ledger: &Path) -> Found {
    let ledger = rusqlite::Connection::open(ledger).unwrap();
    let mut all = ledger
        .prepare("SELECT id, idempotency_key FROM decisions")
        .unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let decisions = rows.unwrap().map(Result::unwrap).collect();
    let sql = "SELECT count(*) FROM intakes WHERE idempotency_key NOT LIKE 'lost-%'";
    let open = ledger.query_row(sql, [], |row| row.get(0));
    Found {
        decisions,
        open: open.unwrap(),
    }
}

/// Every backup that is there is whole, and those that were reported are there.
pub(super) fn prove_backups(place: &Place, backups: Vec<Backup>) -> usize {
    let mut finished = 0;
    for backup in backups {
        let Backup {
            file,
            holds,
            is_finished,
        } = backup;
        assert!(!is_finished || file.exists(), "{} is gone", file.display());
        // What got its name was proven, reported or not.
        if file.exists() {
            let head = format!("{}.head", file.display());
            let folder = file.parent().unwrap();
            let (code, told) = place.run(folder, &["ledger", "verify", "--head", &head]);
            assert_eq!(code, Some(0), "{told:#}");
            let found = look(&file).decisions;
            let found: BTreeSet<String> = found.into_iter().map(|(id, _)| id).collect();
            let lost: Vec<&String> = holds.difference(&found).collect();
            assert!(lost.is_empty(), "{} lacks {lost:?}", file.display());
            finished += usize::from(is_finished);
        }
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    }
    finished
}

/// What was told of one key is still so, and it has its decision.
async fn prove_key(client: Client, known: Arc<Known>, key: String) {
    let before = known.decision(&key);
    let decided = async {
        loop {
            match known.ask(&client, &key, None).await {
                Ok(()) if known.decision(&key).is_some() => return,
                // It is pending, and the next call waits for it.
                Ok(()) => {}
                Err(status) => assert!(
                    matches!(status.code(), Code::ResourceExhausted | Code::Unavailable),
                    "`{key}`: {status:?}"
                ),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let in_time = tokio::time::timeout(END, decided).await;
    in_time.unwrap_or_else(|_| panic!("`{key}` does not end"));
    let Some(before) = before else { return };
    let asked = proto::GetDecisionRequest {
        id: before.id.clone(),
        view: proto::DecisionView::Full.into(),
        ..Default::default()
    };
    let found = client.clone().get_decision(asked).await.unwrap();
    assert_eq!(final_one(found.into_inner()), Some(before), "`{key}`");
}

/// What is pending ends by itself: nobody repeats its request. So does what a caller was not told
/// of, because something broke off just then.
pub(super) async fn await_pending(place: &Place, known: &Known) {
    let left = || -> i64 {
        let ledger = rusqlite::Connection::open(place.ledger()).unwrap();
        let sql = "SELECT count(*) FROM intakes WHERE pending IS NOT NULL";
        ledger.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let ended = async {
        while left() > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(END, ended).await;
    in_time.unwrap_or_else(|_| panic!("{} stay pending: {}", left(), place.log()));
    let mut client = connect(place.address()).await;
    for (key, id) in known.pending() {
        let asked = proto::GetDecisionRequest {
            id: id.clone(),
            view: proto::DecisionView::Full.into(),
            ..Default::default()
        };
        let found = client.get_decision(asked).await;
        let found = found.unwrap_or_else(|status| panic!("`{key}` {id}: {status:?}"));
        assert!(final_one(found.into_inner()).is_some(), "`{key}` {id}");
    }
}

/// On a server that stands and a disk that is well: everything that was acknowledged is there, each
/// pending decision ends, each key has one decision.
pub(super) async fn prove_answers(place: &Place, known: &Arc<Known>) {
    await_pending(place, known).await;
    let client = connect(place.address()).await;
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut proofs = JoinSet::new();
    for key in known.keys() {
        let turn = Arc::clone(&turns).acquire_owned().await.unwrap();
        let (client, known) = (client.clone(), Arc::clone(known));
        proofs.spawn(async move {
            prove_key(client, known, key).await;
            drop(turn);
        });
    }
    while let Some(proof) = proofs.join_next().await {
        proof.unwrap();
    }
    assert_eq!(known.open_keys(), Vec::<String>::new());
    assert_eq!(known.decided_count(), known.keys().len());
}

/// Once no server runs: the chain is intact, with so many decisions on accounts that there are.
///
/// A request for the account that is nobody's is pending where the server was told to stop just
/// then, and then it has a decision, too.
pub(super) fn prove_chain(place: &Place, decisions: usize) -> Vec<(String, String)> {
    let (code, told) = place.run(&place.data, &["ledger", "verify"]);
    assert_eq!(code, Some(0), "{told:#}");
    let mut found = look(&place.ledger());
    assert_eq!(told["decisions"], found.decisions.len());
    assert_eq!(found.open, 0, "requests are still open");
    found.decisions.retain(|(_, key)| !key.starts_with("lost"));
    assert_eq!(found.decisions.len(), decisions, "lost or doubled");
    found.decisions
}

/// The same, and every decision is one that was told.
pub(super) fn prove_ledger(place: &Place, known: &Known) {
    let decided = known.decided();
    for (id, key) in prove_chain(place, decided.len()) {
        assert_eq!(decided[&key].id, id, "`{key}`");
    }
}
