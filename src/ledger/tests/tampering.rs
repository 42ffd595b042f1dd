//! Whatever is changed behind the ledger's back is named.

use super::*;

/// Records 1 to 3, then `sql` on the bare file.
async fn tampered(sql: &str) -> Desk {
    let desk = Desk::with(3).await;
    assert_eq!(desk.problems(), Vec::<String>::new());
    desk.tamper(sql);
    desk
}

async fn read(desk: &Desk, number: u32) -> Result<Option<DecisionRecord>, LedgerError> {
    desk.ledger.decision(&tenant(), &decision_id(number)).await
}

fn damaged(record: &str, problem: &str) -> LedgerError {
    LedgerError::Damaged {
        record: record.to_owned(),
        problem: problem.to_owned(),
    }
}

/// Flips a bit of the byte at `place` (1 is the first) of a blob.
fn flip(table: &str, column: &str, condition: &str, place: i64) -> String {
    format!(
        "CREATE TEMP TABLE flipped AS SELECT hex({column}) AS old FROM {table} WHERE {condition};
         UPDATE {table} SET {column} = (SELECT unhex(
             substr(old, 1, 2 * {place} - 1)
             || substr('1032547698BADCFE', 1 + instr('0123456789ABCDEF',
                 substr(old, 2 * {place}, 1)) - 1, 1)
             || substr(old, 2 * {place} + 1)) FROM flipped) WHERE {condition};"
    )
}

#[tokio::test]
async fn a_flipped_bit_of_a_body() {
    for place in 1..=60 {
        let desk = tampered(&flip("contents", "body", "seq = 2", place)).await;
        let problems = desk.problems();
        assert_eq!(problems.len(), 1, "byte {place}: {problems:?}");
        assert!(problems[0].starts_with("2 (dec_2): "), "{problems:?}");
        let found = read(&desk, 2).await;
        assert!(matches!(
            found,
            Err(LedgerError::Damaged { record, .. }) if record == "2 (dec_2)"
        ));
        assert!(matches!(read(&desk, 1).await, Ok(Some(_))));
    }
}

#[tokio::test]
async fn another_body_that_is_valid_in_itself() {
    let desk = tampered(
        "UPDATE contents SET body = (SELECT body FROM contents WHERE seq = 1) WHERE seq = 2",
    )
    .await;
    assert_eq!(
        desk.problems(),
        [
            "2 (dec_2): its application or body does not match its commitment",
            "2 (dec_2): it is linked to other snapshots than its body pins",
        ]
    );
    let mismatch = "its application or body does not match its commitment";
    assert_eq!(read(&desk, 2).await, Err(damaged("2 (dec_2)", mismatch)));
}

#[tokio::test]
async fn a_missing_salt_or_body() {
    let desk = tampered("DELETE FROM contents WHERE seq = 3").await;
    assert_eq!(desk.problems(), ["3 (dec_3): its contents are missing"]);
    let desk = tampered("UPDATE contents SET salt = zeroblob(32) WHERE seq = 1").await;
    assert_eq!(
        desk.problems(),
        ["1 (dec_1): its application or body does not match its commitment"]
    );
}

#[tokio::test]
async fn every_column_of_the_envelope() {
    let zeros = "0".repeat(64);
    for change in [
        "tenant = 'other'".to_owned(),
        format!("commitment = '{zeros}'"),
        "recorded_at = recorded_at + 1".to_owned(),
        format!("hash = '{zeros}'"),
        "id = 'dec_9'".to_owned(),
        "hash = upper(hash)".to_owned(),
    ] {
        let desk = tampered(&format!("UPDATE decisions SET {change} WHERE seq = 2")).await;
        let problems = desk.problems();
        let named = problems.iter().any(|problem| {
            problem.starts_with("2 (dec_")
                && problem.ends_with(": its envelope does not match its hash")
        });
        assert!(named, "{change}: {problems:?}");
    }
    let desk = tampered(&format!(
        "UPDATE decisions SET previous = '{zeros}' WHERE seq = 2"
    ))
    .await;
    assert_eq!(
        desk.problems(),
        [
            "2 (dec_2): it does not follow the record before it",
            "2 (dec_2): its envelope does not match its hash",
        ]
    );
    assert!(read(&desk, 2).await.is_err());
}

#[tokio::test]
async fn every_column_that_lists_are_made_from() {
    let other = bundle("other").hash;
    for (column, value) in [
        ("outcome", "APPROVE"),
        ("rule_set", "other"),
        ("application_id", "app-9"),
        ("bundle", &other.to_string()),
    ] {
        let sql = format!("UPDATE decisions SET {column} = '{value}' WHERE seq = 2");
        let desk = tampered(&sql).await;
        let problem = format!("its column `{column}` is not what was recorded");
        assert_eq!(desk.problems(), [format!("2 (dec_2): {problem}")]);
        assert_eq!(read(&desk, 2).await, Err(damaged("2 (dec_2)", &problem)));
    }
    let desk = tampered("UPDATE decisions SET outcome = 'APPROVE' WHERE seq = 2").await;
    let filter = Filter {
        outcome: Some(Outcome::Approve),
        ..Filter::default()
    };
    let listed = desk.ledger.list(&tenant(), &filter, None, 10).await;
    assert!(matches!(listed, Err(LedgerError::Damaged { .. })));
}

#[tokio::test]
async fn a_record_cut_out_of_the_middle() {
    let cut = "DELETE FROM contents WHERE seq = 2; DELETE FROM decisions WHERE seq = 2;";
    let desk = tampered(cut).await;
    assert_eq!(
        desk.problems(),
        [
            "2: missing from the chain",
            "request of dec_2: it was decided, and the decision is missing",
        ]
    );
    let desk = tampered(&format!(
        "{cut} UPDATE decisions SET seq = 2 WHERE seq = 3;
         UPDATE contents SET seq = 2 WHERE seq = 3;
         UPDATE decision_snapshots SET seq = 9 WHERE seq = 2;
         UPDATE decision_snapshots SET seq = 2 WHERE seq = 3;"
    ))
    .await;
    assert_eq!(
        desk.problems(),
        [
            "2 (dec_3): it does not follow the record before it",
            "2 (dec_3): its envelope does not match its hash",
            "request of dec_2: it was decided, and the decision is missing",
        ]
    );
}

#[tokio::test]
async fn two_records_in_each_others_place() {
    let mut swap = String::new();
    for table in ["decisions", "contents", "decision_snapshots"] {
        for (from, to) in [(2, 99), (3, 2), (99, 3)] {
            swap.push_str(&format!(
                "UPDATE {table} SET seq = {to} WHERE seq = {from};"
            ));
        }
    }
    let desk = tampered(&swap).await;
    assert_eq!(
        desk.problems(),
        [
            "2 (dec_3): it does not follow the record before it",
            "2 (dec_3): its envelope does not match its hash",
            "3 (dec_2): it does not follow the record before it",
            "3 (dec_2): its envelope does not match its hash",
        ]
    );
}

#[tokio::test]
async fn a_record_slipped_in() {
    let desk = tampered(
        "INSERT INTO decisions SELECT 4, tenant, 'dec_4', hash, commitment, recorded_at,
             hash, outcome, rule_set, application_id, bundle FROM decisions WHERE seq = 3;
         INSERT INTO contents SELECT 4, salt, application, body FROM contents WHERE seq = 3;",
    )
    .await;
    assert_eq!(
        desk.problems(),
        [
            "4 (dec_4): its envelope does not match its hash",
            "4 (dec_4): it is linked to other snapshots than its body pins",
            "4 (dec_4): its idempotency key is missing",
        ]
    );
}

#[tokio::test]
async fn a_snapshot_changed_or_gone() {
    let hash = seal(&snapshot(2), salt(2)).unwrap().hash;
    let is_it = format!("hash = '{hash}'");
    for place in 1..=40 {
        let desk = tampered(&flip("snapshots", "bytes", &is_it, place)).await;
        let problems = desk.problems();
        assert_eq!(problems.len(), 1, "byte {place}: {problems:?}");
        assert!(problems[0].starts_with(&format!("snapshot {hash}: ")));
    }
    let desk = tampered(&format!("DELETE FROM snapshots WHERE {is_it}")).await;
    assert_eq!(
        desk.problems(),
        [format!("2 (dec_2): its snapshot {hash} is missing")]
    );
}

#[tokio::test]
async fn a_bundle_changed_or_gone() {
    let hash = bundle("personal-loan").hash;
    let desk = tampered("UPDATE bundles SET bytes = zeroblob(9)").await;
    let problem = "its bytes do not match its hash";
    assert_eq!(desk.problems(), [format!("bundle {hash}: {problem}")]);
    assert_eq!(
        desk.ledger.bundle(&tenant(), hash).await,
        Err(damaged(&format!("bundle {hash}"), problem))
    );
    let desk = tampered("DELETE FROM bundles").await;
    let missing = |seq: u32| format!("{seq} (dec_{seq}): its bundle {hash} is missing");
    assert_eq!(desk.problems(), [missing(1), missing(2), missing(3)]);
}

#[tokio::test]
async fn a_chain_by_another_name() {
    let desk = tampered("UPDATE chain SET chain_id = 'chain_0'")
        .await
        .reopen();
    assert_eq!(desk.problems().len(), 3);
}

#[tokio::test]
async fn all_problems_are_counted_and_the_first_are_told() {
    let desk = tampered("DELETE FROM intakes WHERE decision_id = 'dec_1'").await;
    assert_eq!(
        desk.problems(),
        ["1 (dec_1): its idempotency key is missing"]
    );
    let report = desk
        .ledger
        .verify(Some(&TenantId::parse("other").unwrap()), |_, _| {});
    let report = report.unwrap();
    assert!(report.is_sound());
    assert_eq!((report.records, report.snapshots), (3, 0));
}

#[tokio::test]
async fn a_request_changed() {
    let problem = "its request does not match the hash that repeats are told by";
    for place in 1..=32 {
        let is_it = "decision_id = 'dec_2'";
        let desk = tampered(&flip("intakes", "request_hash", is_it, place)).await;
        assert_eq!(desk.problems(), [format!("2 (dec_2): {problem}")]);
    }
    let other = bundle("other").hash;
    let change = format!("UPDATE intakes SET bundle = '{other}' WHERE decision_id = 'dec_2'");
    let desk = tampered(&change).await;
    let problem = "its request was to be decided by another bundle";
    assert_eq!(desk.problems(), [format!("2 (dec_2): {problem}")]);
    // One that is not decided yet.
    for column in ["request_hash", "application"] {
        let desk = Desk::with(1).await;
        let waiting = intake(2, &bundle("personal-loan"));
        desk.ledger.reserve(waiting).await.unwrap();
        assert_eq!(desk.problems(), Vec::<String>::new());
        desk.tamper(&flip("intakes", column, "decision_id = 'dec_2'", 9));
        let problems = desk.problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("request of dec_2: "));
    }
}

#[tokio::test]
async fn a_bundle_by_another_name() {
    let desk = tampered("UPDATE bundles SET name = 'other'").await;
    let hash = bundle("personal-loan").hash;
    let problem = format!("1 (dec_1): its bundle {hash} is stored under another name");
    assert!(desk.problems().contains(&problem));
}

#[tokio::test]
async fn a_cut_end_shows_against_a_kept_head() {
    let desk = Desk::with(3).await;
    let kept = desk.ledger.head().unwrap();
    let against = |kept: &Head| desk.ledger.against(kept).unwrap().map(|found| found.record);
    assert_eq!(against(&kept), None);
    let other = |change: fn(&mut Head)| {
        let mut other = kept.clone();
        change(&mut other);
        against(&other)
    };
    assert_eq!(other(|head| head.chain_id.push('0')).unwrap(), "the chain");
    assert_eq!(other(|head| head.hash = "0".repeat(64)).unwrap(), "3");
    assert_eq!(other(|head| head.seq = 2).unwrap(), "2");
    assert_eq!(other(|head| head.seq = 0).unwrap(), "0");
    assert_eq!(
        other(|head| head.seq = u64::MAX).unwrap(),
        format!("4 to {}", u64::MAX)
    );
    // An older head is as good: the chain went on from it.
    desk.decide(4, Outcome::Refer).await;
    assert_eq!(against(&kept), None);
    // Cut with everything that was left of the cut records, the chain is sound in itself.
    for cut in [4, 3, 2] {
        desk.tamper(&format!(
            "DELETE FROM contents WHERE seq = {cut};
             DELETE FROM decision_snapshots WHERE seq = {cut};
             DELETE FROM decisions WHERE seq = {cut};
             DELETE FROM intakes WHERE decision_id = 'dec_{cut}'"
        ));
        assert_eq!(desk.problems(), Vec::<String>::new());
    }
    assert_eq!(against(&kept).unwrap(), "2 to 3");
}
