//! What follows a decision.

use super::super::suite::follow_ups::three;
use super::super::suite::resolutions::settling;
use super::*;
use crate::follow_up::FollowUpKind;

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

/// What is read is proven: a change behind the ledger's back is not shown, and hides nothing else.
#[tokio::test]
async fn a_follow_up_that_was_changed_is_named_in_its_place_and_does_not_hide_the_others() {
    let file = FileLedger::with(2).await;
    let [said, paid, corrected] = three();
    for new in [&paid, &corrected, &said] {
        file.ledger.follow_up(new.clone(), None).await.unwrap();
    }
    file.tamper("UPDATE follow_ups SET decision = 'dec_2' WHERE seq IN (6, 7)");
    let list = async |kind, decision| {
        let filter = FollowUpFilter { kind, decision };
        let page = file.ledger.follow_ups(&tenant(), &filter, None, 10).await;
        page.unwrap()
    };
    let page = list(FollowUpKind::LoanPerformance, None).await;
    let keys: Vec<_> = page.follow_ups.iter().map(|one| &one.key).collect();
    assert_eq!(keys, [&paid.key]);
    let [damaged] = &page.damaged[..] else {
        panic!("{page:?}");
    };
    let place = (damaged.place, damaged.seq, damaged.id.clone());
    assert_eq!(place, (0, 6, Some(decision_id(2))));
    // Of one decision nothing may be missing.
    let of = Some(decision_id(2));
    let page = list(FollowUpKind::LoanPerformance, of).await;
    let refused = page.whole(FollowUpKind::LoanPerformance).unwrap_err();
    let named = "record 6 (loan_performance) of the ledger is damaged";
    assert!(refused.to_string().starts_with(named), "{refused}");
    let of = [decision_id(2)];
    let newest = file.ledger.newest_overrides(&tenant(), &of).await.unwrap();
    let newest = newest.get(&decision_id(2)).unwrap().as_ref();
    assert_eq!(newest.unwrap_err().code(), "ledger_damaged");
}

/// What the ledger takes in neither order is no better for having come in behind its back.
#[tokio::test]
async fn a_referral_that_is_both_overridden_and_settled() {
    let said = |file: &FileLedger| {
        let ([said, ..], ledger) = (three(), file.shared());
        async move { ledger.follow_up(said, None).await.unwrap() }
    };
    let settle = |file: &FileLedger| {
        let ledger = file.shared();
        async move {
            let first = ledger.decision(&tenant(), &decision_id(1)).await;
            let first = first.unwrap().unwrap();
            let new = settling(&*ledger, 3, &first, Outcome::Approve).await;
            ledger.record(new).await.unwrap();
        }
    };
    let file = FileLedger::with(2).await;
    said(&file).await;
    file.tamper("UPDATE follow_ups SET decision = 'dec_9'");
    settle(&file).await;
    file.tamper("UPDATE follow_ups SET decision = 'dec_1'");
    let named = "6 (dec_3): a person decided before it beside what it settles";
    assert_eq!(file.problems().await, [named]);

    let file = FileLedger::with(2).await;
    settle(&file).await;
    file.tamper("UPDATE resolutions SET resolves = 'dec_9'");
    said(&file).await;
    file.tamper("UPDATE resolutions SET resolves = 'dec_1'");
    let named = "6 (override dec_1): another decision settled before it what it overrides";
    assert_eq!(file.problems().await, [named]);
}
