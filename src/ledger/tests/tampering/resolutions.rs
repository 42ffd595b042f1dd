//! What settles a decision.

use super::super::suite::resolutions::settling;
use super::*;

#[tokio::test]
async fn what_a_decision_settles() {
    for (sql, name) in [
        ("DELETE FROM resolutions", "5 (dec_3)"),
        ("UPDATE resolutions SET resolves = 'dec_2'", "5 (dec_3)"),
        ("UPDATE resolutions SET tenant = 'other'", "5 (dec_3)"),
        (
            "INSERT INTO resolutions VALUES (4, 'default', 'dec_9')",
            "4 (dec_2)",
        ),
        (
            "INSERT INTO resolutions VALUES (10, 'default', 'dec_9')",
            "row 10 of `resolutions`",
        ),
        (
            "DELETE FROM decisions WHERE seq = 3",
            "5 (dec_3): the decision that it settles is not before it",
        ),
    ] {
        let file = FileLedger::with(2).await;
        let first = file.ledger.decision(&tenant(), &decision_id(1)).await;
        let first = first.unwrap().unwrap();
        let new = settling(&*file.ledger, 3, &first, Outcome::Approve).await;
        file.ledger.record(new).await.unwrap();
        assert_eq!(file.problems().await, [""; 0]);
        file.tamper(sql);
        let problems = file.problems().await;
        let named = problems.iter().any(|problem| problem.starts_with(name));
        assert!(named, "{sql}: {problems:?}");
    }
}

#[tokio::test]
async fn what_settles_a_decision_is_proven_when_it_is_read() {
    for (sql, of) in [
        (
            "INSERT INTO resolutions VALUES (4, 'default', 'dec_9')",
            decision_id(9),
        ),
        ("UPDATE resolutions SET resolves = 'dec_2'", decision_id(2)),
        ("DELETE FROM contents WHERE seq = 5", decision_id(1)),
    ] {
        let file = FileLedger::with(2).await;
        let first = file.ledger.decision(&tenant(), &decision_id(1)).await;
        let first = first.unwrap().unwrap();
        let new = settling(&*file.ledger, 3, &first, Outcome::Approve).await;
        file.ledger.record(new).await.unwrap();
        file.tamper(sql);
        let found = file.ledger.resolution_of(&tenant(), &of).await;
        let found = found.unwrap_err();
        assert_eq!(found.code(), "ledger_damaged", "{sql}: {found}");
    }
}
