//! What follows a decision.

use super::super::suite::follow_ups::three;
use super::*;

/// Records 1 to 4 as in every file with two decisions; 5 is an override, 6 and 7 are entries of loan
/// performance, of which the later corrects the first.
#[tokio::test]
async fn what_follows_a_decision_and_the_row_that_it_is_found_by() {
    for (sql, name) in [
        ("DELETE FROM follow_ups WHERE seq = 5", "5 (override dec_1)"),
        (
            "UPDATE follow_ups SET decision = 'dec_2' WHERE seq = 5",
            "5 (override dec_1): its row in `follow_ups` is not what was recorded: see column `decision`",
        ),
        (
            "UPDATE follow_ups SET key = 'key-9' WHERE seq = 5",
            "5 (override dec_1)",
        ),
        (
            "UPDATE follow_ups SET tenant = 'other' WHERE seq = 5",
            "5 (override dec_1)",
        ),
        (
            "UPDATE follow_ups SET kind = 'loan_performance' WHERE seq = 5",
            "5 (override dec_1)",
        ),
        (
            "UPDATE follow_ups SET kind = 'nothing' WHERE seq = 6",
            "6 (loan_performance dec_1)",
        ),
        (
            "INSERT INTO follow_ups VALUES (9, 'default', 'override', 'dec_1', 'key-9')",
            "row 9 of `follow_ups`",
        ),
        (
            "INSERT INTO follow_ups VALUES (3, 'default', 'override', 'dec_1', 'key-9')",
            "row 3 of `follow_ups`: the record at its place is another",
        ),
        (
            "UPDATE contents SET content = (SELECT content FROM contents WHERE seq = 7)
             WHERE seq = 6",
            "6 (loan_performance dec_1)",
        ),
        (
            "DELETE FROM contents WHERE seq = 5",
            "5 (override dec_1): its content is missing",
        ),
        (
            "UPDATE records SET id = 'dec_2' WHERE seq = 5",
            "5 (override dec_2): its envelope does not match its hash",
        ),
        (
            "DELETE FROM decisions WHERE id = 'dec_1'",
            "5 (override dec_1): the decision that it follows is not before it",
        ),
        (
            "DELETE FROM follow_ups WHERE seq = 6",
            "7 (loan_performance dec_1): what it corrects is no entry of its decision before it",
        ),
    ] {
        let file = FileLedger::with(2).await;
        for new in three() {
            file.ledger.follow_up(new, None).await.unwrap();
        }
        assert_eq!(file.problems().await, [""; 0]);
        file.tamper(sql);
        let problems = file.problems().await;
        let named = problems.iter().any(|problem| problem.starts_with(name));
        assert!(named, "{sql}: {problems:?}");
    }
}

/// What is read is proven: a change behind the ledger's back is not shown.
#[tokio::test]
async fn a_follow_up_that_was_changed_is_not_shown() {
    let file = FileLedger::with(2).await;
    let [first, ..] = three();
    file.ledger.follow_up(first, None).await.unwrap();
    file.tamper("UPDATE follow_ups SET decision = 'dec_2'");
    let filter = FollowUpFilter {
        kind: crate::follow_up::FollowUpKind::Override,
        decision: Some(decision_id(2)),
    };
    let listed = file.ledger.follow_ups(&tenant(), &filter, None, 10).await;
    assert!(
        matches!(listed, Err(LedgerError::Damaged { .. })),
        "{listed:?}"
    );
}
