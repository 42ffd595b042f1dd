//! Whatever is changed behind the ledger's back is named.

mod bytes;
mod follow_ups;
mod resolutions;
mod shadows;

use super::*;
use crate::access::audit::Action;
use crate::snapshot::SnapshotHash;

/// Records 1 and 2 publish a rule set and make it active, 3 to 5 are decisions 1 to 3, 6 and 7 a
/// newer rule set, 8 the layout of the first, and 9 an event of the audit log. A request is open beside.
async fn full() -> FileLedger {
    let file = FileLedger::with(3).await;
    let ledger = &file.ledger;
    ledger
        .activate(&tenant(), newer_bundle(), at(9), None)
        .await
        .unwrap();
    let layout = StoredLayout {
        bundle: bundle("personal-loan").hash,
        semantics: SEMANTICS,
        bytes: b"a layout".to_vec(),
    };
    ledger.put_layout(&tenant(), layout, at(9)).await.unwrap();
    let read = suite::audit::origin("alice").event(Action::DecisionRead, "dec_1", at(9));
    ledger.audit(vec![read]).await.unwrap();
    suite::pending::pend(&**ledger, 4).await;
    file
}

/// A full ledger, then `sql` on the bare file.
async fn tampered(sql: &str) -> FileLedger {
    let file = full().await;
    assert_eq!(file.problems().await, Vec::<String>::new());
    file.tamper(sql);
    file
}

fn hex(hash: BundleHash) -> String {
    format!("x'{hash}'")
}

fn pinned(number: u32) -> SnapshotHash {
    seal(&snapshot(number), salt(number)).unwrap().hash
}

/// Asserts that a change is found, that these records are named, and no others.
async fn assert_named(sql: &str, names: &[&str]) {
    let file = tampered(sql).await;
    let problems = file.problems().await;
    for name in names {
        let starts = format!("{name}: ");
        assert!(
            problems.iter().any(|problem| problem.starts_with(&starts)),
            "{sql}: `{name}` is not in {problems:#?}"
        );
    }
    for problem in &problems {
        assert!(
            names
                .iter()
                .any(|name| problem.starts_with(&format!("{name}: "))),
            "{sql}: {problem}"
        );
    }
}

#[tokio::test]
async fn an_activation_edited_deleted_added_or_pointed_elsewhere() {
    let (first, newer) = (bundle("personal-loan").hash, newer_bundle().hash);
    let (first, newer) = (hex(first), hex(newer));
    let active = "7 (activation personal-loan)";
    for (sql, names) in [
        // Edited.
        (
            "UPDATE activations SET at = at - 1 WHERE seq = 7",
            &[active][..],
        ),
        (
            "UPDATE activations SET name = 'payments' WHERE seq = 7",
            &[active],
        ),
        (
            "UPDATE activations SET tenant = 'other' WHERE seq = 7",
            &[active],
        ),
        // Deleted, by itself and with its record.
        ("DELETE FROM activations WHERE seq = 7", &[active]),
        (
            "DELETE FROM activations WHERE seq = 7; DELETE FROM contents WHERE seq = 7;
             DELETE FROM records WHERE seq = 7;",
            &["7"],
        ),
        // Added.
        (
            &format!("INSERT INTO activations VALUES (10, 'default', 'personal-loan', {first}, 1)"),
            &["row 10 of `activations`"],
        ),
        (
            &format!("INSERT INTO activations VALUES (5, 'default', 'personal-loan', {first}, 1)"),
            &["row 5 of `activations`"],
        ),
        // Pointed elsewhere.
        (
            &format!("UPDATE activations SET bundle = {first} WHERE seq = 7"),
            &[active],
        ),
        (
            &format!("UPDATE activations SET bundle = {newer} WHERE seq = 2"),
            &["2 (activation personal-loan)"],
        ),
        (
            "UPDATE activations SET seq = 10 WHERE seq = 7",
            &[active, "row 10 of `activations`"],
        ),
        (
            "UPDATE contents SET content = (SELECT content FROM contents WHERE seq = 2)
          WHERE seq = 7",
            &[active],
        ),
    ] {
        assert_named(sql, names).await;
    }
    // Nor does it decide: what is read is proven.
    let sql = format!("UPDATE activations SET bundle = {first} WHERE seq = 7");
    let file = tampered(&sql).await;
    let name = bundle("personal-loan").name;
    let found = file.ledger.timeline(&tenant(), &name).await;
    assert!(
        matches!(found, Err(LedgerError::Damaged { .. })),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_bundle_or_a_layout_edited_deleted_or_added() {
    let first = bundle("personal-loan").hash;
    let record = format!("1 (bundle {first})");
    let (hash, record) = (hex(first), record.as_str());
    let layout = format!("8 (layout {first}/{SEMANTICS})");
    let layout = layout.as_str();
    for (sql, names) in [
        (
            "UPDATE bundles SET name = 'other' WHERE seq = 1",
            &[record][..],
        ),
        ("UPDATE bundles SET version = '9' WHERE seq = 1", &[record]),
        (
            "UPDATE bundles SET tenant = 'other' WHERE seq = 1",
            &[record],
        ),
        (
            "UPDATE bundles SET hash = zeroblob(32) WHERE seq = 1",
            &[record],
        ),
        ("DELETE FROM bundles WHERE seq = 1", &[record]),
        (
            "INSERT INTO bundles VALUES (10, 'default', zeroblob(32), 'other', '1')",
            &["row 10 of `bundles`"],
        ),
        (
            "INSERT INTO bundles VALUES (5, 'default', zeroblob(32), 'other', '1')",
            &["row 5 of `bundles`"],
        ),
        (
            "UPDATE contents SET content = zeroblob(99) WHERE seq = 1",
            &[record],
        ),
        ("DELETE FROM contents WHERE seq = 1", &[record]),
        ("UPDATE layouts SET semantics = 7 WHERE seq = 8", &[layout]),
        (
            "UPDATE layouts SET bundle = zeroblob(32) WHERE seq = 8",
            &[layout],
        ),
        ("DELETE FROM layouts", &[layout]),
        ("DELETE FROM contents WHERE seq = 8", &[layout]),
        (
            &format!("INSERT INTO layouts VALUES (10, 'default', {hash}, 7)"),
            &["row 10 of `layouts`"],
        ),
    ] {
        assert_named(sql, names).await;
    }
    let file = tampered("UPDATE contents SET content = zeroblob(99) WHERE seq = 1").await;
    let found = file.ledger.bundle(&tenant(), first).await;
    assert!(matches!(found, Err(LedgerError::Damaged { record: named, .. }) if named == record));
    // A published rule set that is cut out is missed by whatever rests on it.
    let file = tampered(
        "DELETE FROM bundles WHERE seq = 1; DELETE FROM contents WHERE seq = 1;
         DELETE FROM records WHERE seq = 1;",
    )
    .await;
    let problems = file.problems().await;
    let missing = format!("3 (dec_1): its bundle {first} was not published before it");
    assert!(problems.contains(&missing), "{problems:?}");
}

#[tokio::test]
async fn a_decision_and_the_row_that_it_is_found_by() {
    for (sql, names) in [
        (
            "UPDATE decisions SET outcome = 'APPROVE' WHERE seq = 4",
            &["4 (dec_2)"][..],
        ),
        (
            "UPDATE decisions SET rule_set = 'other' WHERE seq = 4",
            &["4 (dec_2)"],
        ),
        (
            "UPDATE decisions SET application_id = 'app-9' WHERE seq = 4",
            &["4 (dec_2)"],
        ),
        (
            "UPDATE decisions SET idempotency_key = 'key-9' WHERE seq = 4",
            &["4 (dec_2)"],
        ),
        (
            "UPDATE decisions SET recorded_at = 0 WHERE seq = 4",
            &["4 (dec_2)"],
        ),
        (
            "UPDATE decisions SET id = 'dec_9' WHERE seq = 4",
            &["4 (dec_2)"],
        ),
        // Without it, no decision is linked to the snapshot.
        (
            "DELETE FROM decisions WHERE seq = 4",
            &[
                "4 (dec_2)",
                "row 4 of `decision_snapshots`",
                &format!("snapshot {}", pinned(2)),
            ],
        ),
        (
            "INSERT INTO decisions VALUES (10, 'default', 'dec_9', 'key-9', 0, 'REFER', 'x', 'y')",
            &["row 10 of `decisions`"],
        ),
        ("DELETE FROM contents WHERE seq = 4", &["4 (dec_2)"]),
        (
            "UPDATE contents SET content = (SELECT content FROM contents WHERE seq = 3)
             WHERE seq = 4",
            &["4 (dec_2)"],
        ),
    ] {
        assert_named(sql, names).await;
    }
    let file = tampered("UPDATE decisions SET outcome = 'APPROVE' WHERE seq = 4").await;
    let problem = "its row in `decisions` is not what was recorded: see column `outcome`";
    let damaged = LedgerError::Damaged {
        record: "4 (dec_2)".to_owned(),
        problem: problem.to_owned(),
    };
    let found = file.ledger.decision(&tenant(), &decision_id(2)).await;
    assert_eq!(found, Err(damaged));
    let filter = Filter {
        outcome: Some(Outcome::Approve),
        ..Filter::default()
    };
    let listed = file
        .ledger
        .list(&tenant(), &filter, ListOrder::NewestFirst, None, 10)
        .await;
    let listed = listed.unwrap();
    assert_eq!(listed.damaged[0].problem, problem);
    assert_eq!((listed.decisions.len(), listed.damaged.len()), (0, 1));
    let intact = file.ledger.decision(&tenant(), &decision_id(1)).await;
    assert!(matches!(intact, Ok(Some(_))));
}

#[tokio::test]
async fn every_column_of_the_envelope() {
    let mismatch = "4 (dec_2): its envelope does not match its hash";
    for change in [
        "tenant = 'other'",
        "commitment = zeroblob(32)",
        "recorded_at = recorded_at + 1",
        "hash = zeroblob(32)",
        "id = 'dec_2b'",
    ] {
        let file = tampered(&format!("UPDATE records SET {change} WHERE seq = 4")).await;
        let problems = file.problems().await;
        let named = problems.iter().any(|problem| {
            problem.starts_with("4 (dec_2") && problem.ends_with("does not match its hash")
        });
        assert!(named, "{change}: {problems:?}");
    }
    let file = tampered("UPDATE records SET previous = zeroblob(32) WHERE seq = 4").await;
    let follows = "4 (dec_2): it does not follow the record before it";
    assert_eq!(file.problems().await, [follows, mismatch]);
    let found = file.ledger.decision(&tenant(), &decision_id(2)).await;
    assert!(found.is_err());
    let file = tampered("UPDATE records SET kind = 'layout' WHERE seq = 4").await;
    assert!(!file.problems().await.is_empty());
}

/// Removes a decision with everything that is of it.
fn cut(seq: u32) -> String {
    let tables = ["decision_snapshots", "decisions", "contents", "records"];
    let deleted = tables.map(|table| format!("DELETE FROM {table} WHERE seq = {seq};"));
    deleted.concat()
        + "DELETE FROM snapshots WHERE hash NOT IN (SELECT hash FROM decision_snapshots);"
}

#[tokio::test]
async fn a_record_cut_out_of_the_middle() {
    let file = tampered(&cut(4)).await;
    assert_eq!(file.problems().await, ["4: missing from the chain"]);
    let file = tampered(&format!("{} {}", cut(4), cut(5))).await;
    assert_eq!(file.problems().await, ["4 to 5: missing from the chain"]);
    // What comes after moved up.
    let mut moved = cut(4);
    for table in ["records", "contents", "decisions", "decision_snapshots"] {
        moved.push_str(&format!("UPDATE {table} SET seq = 4 WHERE seq = 5;"));
    }
    let problems = tampered(&moved).await.problems().await;
    for problem in [
        "4 (dec_3): it does not follow the record before it",
        "4 (dec_3): its envelope does not match its hash",
        "5: missing from the chain",
    ] {
        assert!(problems.contains(&problem.to_owned()), "{problems:?}");
    }
}

#[tokio::test]
async fn two_records_in_each_others_place() {
    let mut swap = String::new();
    for table in ["records", "contents", "decisions", "decision_snapshots"] {
        for (from, to) in [(4, 99), (5, 4), (99, 5)] {
            swap.push_str(&format!(
                "UPDATE {table} SET seq = {to} WHERE seq = {from};"
            ));
        }
    }
    let problems = tampered(&swap).await.problems().await;
    for problem in [
        "4 (dec_3): it does not follow the record before it",
        "4 (dec_3): its envelope does not match its hash",
        "5 (dec_2): it does not follow the record before it",
        "5 (dec_2): its envelope does not match its hash",
    ] {
        assert!(problems.contains(&problem.to_owned()), "{problems:?}");
    }
}

#[tokio::test]
async fn a_record_slipped_in_at_the_end() {
    let problems = tampered(
        "INSERT INTO records SELECT 10, kind, tenant, 'dec_10', hash, commitment, recorded_at, hash
             FROM records WHERE seq = 5;
         UPDATE records SET previous = (SELECT hash FROM records WHERE seq = 9) WHERE seq = 10;
         INSERT INTO contents SELECT 10, content FROM contents WHERE seq = 5;",
    )
    .await
    .problems()
    .await;
    assert_eq!(
        problems,
        [
            "10 (dec_10): it was recorded earlier than the record before it",
            "10 (dec_10): its envelope does not match its hash",
            "10 (dec_10): its row in `decisions` is missing",
        ]
    );
}

#[tokio::test]
async fn a_snapshot_changed_gone_added_or_linked_elsewhere() {
    let (second, third) = (pinned(2), pinned(3));
    let name = format!("snapshot {second}");
    let name = name.as_str();
    let is_it = format!("hash = x'{second}'");
    let other = format!("snapshot {}", "00".repeat(32));
    for (sql, names) in [
        (
            &format!("UPDATE snapshots SET content = zeroblob(99) WHERE {is_it}"),
            &[name][..],
        ),
        (
            &format!("UPDATE snapshots SET tenant = 'other' WHERE {is_it}"),
            &[name, "4 (dec_2)"],
        ),
        (
            &format!("DELETE FROM snapshots WHERE {is_it}"),
            &["4 (dec_2)"],
        ),
        (
            &"INSERT INTO snapshots SELECT tenant, zeroblob(32), content FROM snapshots LIMIT 1"
                .to_owned(),
            &[&other],
        ),
        (
            &"DELETE FROM decision_snapshots WHERE seq = 4".to_owned(),
            &["4 (dec_2)", name],
        ),
        (
            &format!("UPDATE decision_snapshots SET hash = x'{third}' WHERE seq = 4"),
            &["4 (dec_2)", name],
        ),
        (
            &format!("INSERT INTO decision_snapshots VALUES (4, 1, x'{third}')"),
            &["4 (dec_2)"],
        ),
        (
            &format!("INSERT INTO decision_snapshots VALUES (10, 0, x'{third}')"),
            &["row 10 of `decision_snapshots`"],
        ),
        (
            &"INSERT INTO contents VALUES (99, x'00')".to_owned(),
            &["row 99 of `contents`"],
        ),
        (
            &"UPDATE decision_snapshots SET position = 7, seq = 3 WHERE seq = 4".to_owned(),
            &["3 (dec_1)", "4 (dec_2)"],
        ),
    ] {
        assert_named(sql, names).await;
    }
}

#[tokio::test]
async fn a_request_that_is_open() {
    let open = "request of dec_4";
    for (sql, names) in [
        ("UPDATE intakes SET request = zeroblob(99)", &[open][..]),
        ("UPDATE intakes SET pending = zeroblob(99)", &[open]),
        ("UPDATE intakes SET idempotency_key = 'key-9'", &[open]),
        (
            "UPDATE intakes SET decision_id = 'dec_9'",
            &["request of dec_9"],
        ),
        ("UPDATE intakes SET tenant = 'other'", &[open]),
        // One whose key is decided.
        (
            "INSERT INTO intakes (tenant, idempotency_key, decision_id, request)
             SELECT tenant, 'key-1', 'dec_1', request FROM intakes",
            &["request of dec_1"],
        ),
    ] {
        assert_named(sql, names).await;
    }
    // A decided request that is open again, with all that it was.
    let (file, before) = (full().await, FileLedger::new().await);
    let asked = intake(1, &bundle("personal-loan"));
    before.ledger.reserve(asked).await.unwrap();
    let attached = format!(
        "ATTACH '{}' AS before; INSERT INTO intakes (tenant, idempotency_key, decision_id, request)
         SELECT tenant, idempotency_key, decision_id, request FROM before.intakes",
        before.path.display()
    );
    file.tamper(&attached);
    assert_eq!(
        file.problems().await,
        ["request of dec_1: it is decided, and still open"]
    );
}

#[tokio::test]
async fn a_damaged_record_is_named_in_its_place_of_a_list() {
    let file = FileLedger::with(4).await;
    file.tamper(
        "UPDATE contents SET content = x'00' WHERE seq = 5; UPDATE decisions SET id = '' WHERE seq = 6",
    );
    let list = |after, size| {
        let ledger = Arc::clone(&file.ledger);
        async move {
            let (tenant, all) = (tenant(), Filter::default());
            ledger
                .list(&tenant, &all, ListOrder::NewestFirst, after, size)
                .await
                .unwrap()
        }
    };
    let page = list(None, 10).await;
    let ids: Vec<_> = page.decisions.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["dec_2", "dec_1"]);
    assert!(page.places().take(2).eq([2, 3]));
    let damaged: Vec<_> = page
        .damaged
        .iter()
        .map(|one| (one.place, one.seq, one.id.clone()))
        .collect();
    assert_eq!(damaged, [(0, 6, None), (1, 5, Some(decision_id(3)))]);
    // The next page starts after it, too.
    let first = list(None, 2).await;
    assert_eq!((first.decisions.len(), first.damaged.len()), (0, 2));
    let second = list(first.next, 2).await;
    assert_eq!((second.decisions.len(), second.next), (2, None));
}

#[tokio::test]
async fn a_chain_by_another_name() {
    let file = tampered("UPDATE chain SET chain_id = 'chain_0'").await;
    let reader = SqliteLedger::open_read_only(&file.path).unwrap();
    assert_eq!(problems(&reader).await.len(), 9);
}

#[tokio::test]
async fn another_tenants_records_are_proven_only_in_their_place() {
    let file = tampered("DELETE FROM contents WHERE seq = 4").await;
    let other = TenantId::parse("other").unwrap();
    let of_other = Scope {
        tenant: Some(other),
        since: None,
    };
    let report = file.ledger.verify(of_other, Arc::new(|_, _| {}));
    let report = report.await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.records, report.snapshots), (9, 0));
}

#[tokio::test]
async fn a_cut_end_shows_against_a_kept_head() {
    let file = FileLedger::with(3).await;
    let ledger = &file.ledger;
    let kept = ledger.head().await.unwrap();
    let against = |kept: Head| async move {
        let found = ledger.against(&kept).await.unwrap();
        found.map(|found| found.record)
    };
    let changed = |change: fn(&mut Head)| {
        let mut other = kept.clone();
        change(&mut other);
        other
    };
    assert_eq!(against(kept.clone()).await, None);
    for (other, named) in [
        (changed(|head| head.chain_id.push('0')), "the chain"),
        (changed(|head| head.hash = RecordHash::FIRST), "5"),
        (changed(|head| head.seq = 4), "4"),
        (changed(|head| head.seq = 0), "0"),
        (changed(|head| head.seq = 6), "6"),
    ] {
        assert_eq!(against(other).await.unwrap(), named);
    }
    // An older head is as good: the chain went on from it.
    file.decide(4, Outcome::Refer).await;
    assert_eq!(against(kept.clone()).await, None);
    // Cut with everything that was left of the cut records, the chain is sound in itself.
    for seq in [6, 5, 4] {
        file.tamper(&cut(seq));
        assert_eq!(file.problems().await, Vec::<String>::new());
    }
    assert_eq!(against(kept.clone()).await.unwrap(), "4 to 5");
}

#[tokio::test]
async fn an_event_of_the_audit_log_edited_deleted_added_or_slipped_in() {
    let event = "9 (audit decision.read)";
    for (sql, names) in [
        ("UPDATE audit SET who = 'bob' WHERE seq = 9", &[event][..]),
        ("UPDATE audit SET object = 'dec_2' WHERE seq = 9", &[event]),
        ("UPDATE audit SET action = 'decision.list'", &[event]),
        ("UPDATE audit SET at = at - 1", &[event]),
        ("UPDATE audit SET tenant = 'other'", &[event]),
        ("DELETE FROM audit", &[event]),
        ("DELETE FROM contents WHERE seq = 9", &[event]),
        (
            "UPDATE records SET id = 'decision.list' WHERE seq = 9",
            &["9 (audit decision.list)"],
        ),
        (
            "INSERT INTO audit VALUES (10, 'default', 1, 'bob', 'decision.read', 'dec_1')",
            &["row 10 of `audit`"],
        ),
        (
            "INSERT INTO audit VALUES (3, 'default', 1, 'bob', 'decision.read', 'dec_1')",
            &["row 3 of `audit`"],
        ),
    ] {
        assert_named(sql, names).await;
    }
    // Whoever lists it is told in its place.
    let file = tampered("UPDATE audit SET who = 'bob'").await;
    let (filter, order) = (AuditFilter::of(tenant()), ListOrder::NewestFirst);
    let page = file
        .ledger
        .audit_log(&filter, order, None, 9)
        .await
        .unwrap();
    let [Err(found)] = page.events.as_slice() else {
        panic!("{page:?}");
    };
    assert_eq!(found.record, event);
    assert_eq!(
        found.problem,
        "its row in `audit` is not what was recorded: see column `who`"
    );
}
