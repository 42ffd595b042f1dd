//! Columns follow the ledger: in steps, beside others, after a crash, and anew where they have to.

use std::time::Duration;

use super::*;
use crate::ledger::tests::{FileLedger, Live as _, at, bundle, intake, new_decision, newer_bundle};
use crate::ledger::{Intake, NewDecision};
use crate::limits;
use crate::portfolio::columns::follow::pause_after;
use crate::portfolio::columns::sqlite::{Found, Live, Reader, Writer};
use crate::rules::Outcome;

fn followed(golden: &Golden) -> u64 {
    let Found::Columns(reader) = Reader::open(&golden.columns).unwrap() else {
        return 0;
    };
    let followed = reader.followed().unwrap();
    followed.iter().map(|one| one.seq).max().unwrap_or(0)
}

#[tokio::test]
async fn they_are_written_in_batches_and_go_on_where_they_ended() {
    let golden = Golden::new();
    let recorded = golden.recorded().await;
    let mut read = 0;
    // Each step by somebody else, who knows of the others only what is in the file.
    for batch in [1, 2, 3, 5] {
        let mut follower = Follower::open(&golden.columns, Arc::clone(&golden.ledger))
            .await
            .unwrap();
        read += follower.step(batch, Effort::OneProcessor).await.unwrap();
        assert_eq!(followed(&golden), recorded[read - 1].seq);
        assert_eq!(golden.loaded(), recorded[..read]);
        assert_eq!(golden.compared().await.problems, []);
    }
    assert_eq!(read, 11);
    let reach = golden.bring_up_to_date().await;
    assert_eq!(reach.read as usize, recorded.len() - read);
    assert_eq!(golden.loaded(), recorded);
    assert_eq!(golden.bring_up_to_date().await.read, 0);
}

#[tokio::test]
async fn behind_a_server_they_are_written_without_anybody_asking() {
    let golden = Golden::new();
    let recorded = golden.recorded().await;
    let last = recorded.last().unwrap().seq;
    let (path, ledger) = (golden.columns.clone(), Arc::clone(&golden.ledger));
    let following = tokio::spawn(keep_following(path, ledger));
    while followed(&golden) < last {
        assert!(!following.is_finished());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    following.abort();
    assert_eq!(golden.loaded(), recorded);
}

#[test]
fn behind_a_server_they_take_less_than_a_twentieth_of_a_processor() {
    let took = Duration::from_millis(40);
    for step in [1, limits::COLUMNS_BATCH_BEHIND, limits::COLUMNS_BATCH] {
        let pause = pause_after(step, took);
        assert_eq!(pause, took * limits::COLUMNS_PAUSE_TIMES);
        assert!(took * 20 < took + pause);
    }
    let look = limits::COLUMNS_LOOK_INTERVAL;
    assert_eq!(pause_after(0, Duration::ZERO), look);
    assert_eq!(pause_after(0, look), look * limits::COLUMNS_PAUSE_TIMES);
    // Who cannot write does not try all the time.
    assert!(limits::COLUMNS_RETRY_INTERVAL > look);
}

#[tokio::test]
async fn two_who_follow_at_once_write_each_decision_once() {
    let golden = Golden::new();
    let follow = || Follower::open(&golden.columns, Arc::clone(&golden.ledger));
    let (mut one, mut other) = (follow().await.unwrap(), follow().await.unwrap());
    loop {
        let (a, b) = tokio::join!(
            one.step(2, Effort::OneProcessor),
            other.step(3, Effort::OneProcessor)
        );
        if a.unwrap() + b.unwrap() == 0 {
            break;
        }
    }
    assert_eq!(golden.loaded(), golden.recorded().await);
    assert_eq!(golden.compared().await.problems, []);
}

#[tokio::test]
async fn whoever_looked_before_somebody_built_them_anew_leaves_none_out() {
    let file = FileLedger::with(3).await;
    let columns = file.path.with_file_name("columns.sqlite");
    let follow = || Follower::open(&columns, file.shared());
    let (mut server, mut anew) = (follow().await.unwrap(), follow().await.unwrap());
    while server.step(2, Effort::OneProcessor).await.unwrap() > 0 {}
    anew.start_anew().await.unwrap();
    anew.step(1, Effort::OneProcessor).await.unwrap();
    file.decide(4, Outcome::Refer).await;
    server.step(2, Effort::OneProcessor).await.unwrap();
    while anew.step(2, Effort::OneProcessor).await.unwrap() > 0 {}
    let compared = compare(&columns, file.shared(), 0).await.unwrap().unwrap();
    assert_eq!((compared.decisions, compared.problems), (4, Vec::new()));
    let reach = bring_up_to_date(
        &columns,
        file.shared(),
        false,
        |_| ControlFlow::Continue(()),
    );
    let reach = reach.await.unwrap();
    assert_eq!((reach.decisions, reach.left_out, reach.read), (0, 4, 0));
}

#[tokio::test]
async fn who_compares_sees_one_moment_of_them() {
    // Wherever the comparison waits for the ledger, somebody builds the columns anew.
    for waits in 0..8 {
        let golden = Golden::followed().await;
        let ledger = || Arc::clone(&golden.ledger);
        let mut follower = Follower::open(&golden.columns, ledger()).await.unwrap();
        let mut comparing = std::pin::pin!(compare(&golden.columns, ledger(), 0));
        let mut compared = None;
        for _ in 0..waits {
            compared = tokio::time::timeout(Duration::ZERO, comparing.as_mut())
                .await
                .ok();
            if compared.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        follower.start_anew().await.unwrap();
        follower.step(3, Effort::OneProcessor).await.unwrap();
        let compared = match compared {
            Some(compared) => compared,
            None => comparing.await,
        };
        let compared = compared.unwrap().unwrap();
        assert_eq!(compared.problems, [], "after {waits} waits");
    }
}

#[tokio::test]
async fn whoever_is_behind_leaves_what_is_live_alone() {
    let golden = Golden::followed().await;
    let tenant = TenantId::default_tenant();
    let chain = golden.ledger.head().await.unwrap().chain_id;
    let (mut writer, _) = Writer::open(&golden.columns, &chain).unwrap();
    let live = |position: i64| Live {
        name: "personal-loan".to_owned(),
        position,
        version: None,
        bundle: None,
        live_from: position,
        live_until: None,
        activated_by: "somebody".to_owned(),
        activated_at: position,
    };
    let (older, newer) = (vec![live(0)], vec![live(0), live(1)]);
    let far = golden.ledger.head().await.unwrap().seq + 9;
    writer.set_live(&tenant, &newer, far).unwrap();
    writer.set_live(&tenant, &older, far - 1).unwrap();
    let Found::Columns(reader) = Reader::open(&golden.columns).unwrap() else {
        panic!("no columns");
    };
    assert_eq!(reader.live(tenant.as_str()).unwrap(), newer);
    writer.set_live(&tenant, &older, far + 1).unwrap();
    assert_eq!(reader.live(tenant.as_str()).unwrap(), older);
    // Another release builds its form.
    let other = "UPDATE about SET value = 'newer' WHERE name = 'fingerprint'";
    golden.sql().execute_batch(other).unwrap();
    let stopped = writer.set_live(&tenant, &newer, far + 2);
    assert!(matches!(stopped, Err(ColumnsError::Changed { .. })));
}

/// A ledger of two tenants, with decisions whose features are of no table.
async fn of_two_tenants() -> FileLedger {
    let file = FileLedger::new().await;
    let bundle = bundle("personal-loan");
    let names = ["ann", "ann", "ann", "ben", "ben"].map(|name| TenantId::parse(name).unwrap());
    for tenant in &names {
        let live = file.ledger.activate(tenant, bundle.clone(), at(0), None);
        live.await.unwrap();
    }
    for (number, tenant) in (1..).zip(names) {
        let intake = Intake {
            tenant: tenant.clone(),
            ..intake(number, &bundle)
        };
        file.ledger.reserve(intake).await.unwrap();
        let decision = NewDecision {
            tenant,
            ..new_decision(number, Outcome::Refer, &bundle)
        };
        file.ledger.record(decision).await.unwrap();
    }
    file
}

#[tokio::test]
async fn tenants_take_turns_and_other_features_are_left_out() {
    let file = of_two_tenants().await;
    let columns = file.path.with_file_name("columns.sqlite");
    let mut follower = Follower::open(&columns, file.shared()).await.unwrap();
    let sql = || rusqlite::Connection::open(&columns).unwrap();
    let left_out = |tenant: &str| {
        let count = "SELECT count(*) FROM left_out JOIN tenants ON number = left_out.tenant
                     WHERE tenants.tenant = ?1 AND why = 'other_features'";
        let read = sql().query_row(count, [tenant], |row| row.get::<_, u32>(0));
        read.unwrap()
    };
    let mut seen = Vec::new();
    while follower.step(1, Effort::OneProcessor).await.unwrap() > 0 {
        seen.push((left_out("ann"), left_out("ben")));
    }
    assert_eq!(seen, [(1, 0), (1, 1), (2, 1), (2, 2), (3, 2)]);
    let compared = compare(&columns, file.shared(), 0).await.unwrap().unwrap();
    assert_eq!((compared.decisions, compared.problems), (5, Vec::new()));
    let reach = bring_up_to_date(
        &columns,
        file.shared(),
        false,
        |_| ControlFlow::Continue(()),
    );
    let reach = reach.await.unwrap();
    assert_eq!((reach.decisions, reach.left_out, reach.read), (0, 5, 0));

    // One that was damaged is left out, and what was left out is not made up for by a proof.
    let newest = "(SELECT max(seq) FROM contents)";
    let damage = format!("UPDATE contents SET content = x'00' WHERE seq = {newest}");
    file.tamper(&damage);
    let reach = bring_up_to_date(&columns, file.shared(), true, |_| ControlFlow::Continue(()));
    assert_eq!(reach.await.unwrap().left_out, 5);
    let why = "SELECT count(*) FROM left_out WHERE why = 'damaged'";
    assert_eq!(sql().query_row(why, [], |row| row.get(0)), Ok(1));
    // What is live changes without a decision.
    let ben = TenantId::parse("ben").unwrap();
    let live = file.ledger.activate(&ben, newer_bundle(), at(9), None);
    live.await.unwrap();
    let reach = bring_up_to_date(
        &columns,
        file.shared(),
        false,
        |_| ControlFlow::Continue(()),
    );
    assert_eq!(reach.await.unwrap().read, 0);
    let live = "SELECT count(*) FROM v_rules_live WHERE tenant = 'ben'";
    assert_eq!(sql().query_row(live, [], |row| row.get(0)), Ok(2));
    let compared = compare(&columns, file.shared(), 0).await.unwrap().unwrap();
    assert_eq!(compared.problems, []);
}

#[tokio::test]
async fn they_may_be_deleted_at_any_time() {
    let golden = Golden::followed().await;
    std::fs::remove_file(&golden.columns).unwrap();
    assert!(Columns::open(&golden.columns).unwrap().is_none());
    golden.bring_up_to_date().await;
    assert_eq!(golden.loaded(), golden.recorded().await);
}

#[tokio::test]
async fn whoever_stops_keeps_what_was_read_and_has_no_columns() {
    let file = of_two_tenants().await;
    let columns = file.path.with_file_name("columns.sqlite");
    // The three of the one are a batch.
    let stop = |_| ControlFlow::Break(());
    let stopped = bring_up_to_date(&columns, file.shared(), false, stop);
    let stopped = stopped.await.unwrap();
    assert_eq!((stopped.read, stopped.left_out), (4, 4));
    assert_eq!(stopped.columns, None);
    // Whoever stops at the end has read all.
    let rest = bring_up_to_date(&columns, file.shared(), false, stop);
    let rest = rest.await.unwrap();
    assert_eq!((rest.read, rest.left_out), (1, 5));
    assert!(rest.columns.is_some());
    // They leave something out, and do not do in the place of the ledger.
    assert_eq!(rest.in_place_of_ledger(), None);
    let all = Golden::new().bring_up_to_date().await;
    assert_eq!(all.columns, all.clone().in_place_of_ledger());
}

/// Whether what was brought up to date is found to be something else now.
fn is_rebuilt(columns: &UpToDate) -> bool {
    match columns.open() {
        Ok(_) => false,
        Err(ColumnsError::Rebuilt { .. }) => true,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn what_was_brought_up_to_date_is_opened_whole_or_not_at_all() {
    let golden = Golden::new();
    let columns = golden.bring_up_to_date().await.columns.unwrap();
    assert!(!is_rebuilt(&columns));
    // Nothing new, or something: they are the same.
    assert_eq!(golden.bring_up_to_date().await.columns.unwrap(), columns);
    // Built anew by others, who have not read all of it yet: in the same file, in one that may have its
    // number, in none.
    let mut other = Follower::open(&golden.columns, Arc::clone(&golden.ledger))
        .await
        .unwrap();
    other.start_anew().await.unwrap();
    other.step(1, Effort::OneProcessor).await.unwrap();
    assert!(is_rebuilt(&columns));
    drop(other);
    remove(&golden.columns).unwrap();
    assert!(is_rebuilt(&columns));
    let mut other = Follower::open(&golden.columns, Arc::clone(&golden.ledger))
        .await
        .unwrap();
    other.step(1, Effort::OneProcessor).await.unwrap();
    assert!(is_rebuilt(&columns));
    let again = golden.bring_up_to_date().await.columns.unwrap();
    assert!(!is_rebuilt(&again));
}

#[tokio::test]
async fn a_file_that_is_short_is_not_what_was_brought_up_to_date_whatever_its_number() {
    let golden = Golden::followed().await;
    let columns = golden.bring_up_to_date().await.columns.unwrap();
    for shorter in [
        "UPDATE tenants SET followed = followed - 1",
        "DELETE FROM tenants",
    ] {
        golden.sql().execute_batch(shorter).unwrap();
        assert!(is_rebuilt(&columns), "{shorter}");
    }
}

#[tokio::test]
async fn columns_that_others_build_anew_meanwhile_are_followed_to_the_end() {
    let golden = Golden::new();
    let chain_id = golden.ledger.head().await.unwrap().chain_id;
    let is_first = std::cell::Cell::new(true);
    let progress = |_| {
        if is_first.take() {
            let (mut other, _) = Writer::open(&golden.columns, &chain_id).unwrap();
            other.start_anew().unwrap();
        }
        ControlFlow::Continue(())
    };
    let reach = bring_up_to_date(&golden.columns, Arc::clone(&golden.ledger), false, progress);
    let reach = reach.await.unwrap();
    assert_eq!(reach.read, 2 * reach.decisions);
    assert!(!is_rebuilt(&reach.columns.unwrap()));
    assert_eq!(golden.loaded(), golden.recorded().await);
}

#[cfg(unix)]
#[tokio::test]
async fn whoever_follows_into_a_file_that_was_deleted_opens_anew() {
    let golden = Golden::new();
    let follow = || Follower::open(&golden.columns, Arc::clone(&golden.ledger));
    for is_built_by_another in [false, true] {
        let mut follower = follow().await.unwrap();
        follower.step(1, Effort::OneProcessor).await.unwrap();
        remove(&golden.columns).unwrap();
        if is_built_by_another {
            golden.bring_up_to_date().await;
        }
        let stopped = follower.step(1, Effort::OneProcessor).await;
        assert!(
            matches!(stopped, Err(ColumnsError::Rebuilt { .. })),
            "{stopped:?}"
        );
        drop(follower);
        golden.bring_up_to_date().await;
        assert_eq!(golden.loaded(), golden.recorded().await);
        remove(&golden.columns).unwrap();
    }
}

#[tokio::test]
async fn another_form_is_built_anew() {
    let golden = Golden::followed().await;
    let others = [
        "UPDATE about SET value = 'another' WHERE name = 'fingerprint'",
        "UPDATE about SET value = 'another' WHERE name = 'chain_id'",
        "DROP TABLE about",
        "PRAGMA application_id = 1",
        // The chain holds another record there: a backup was restored.
        "UPDATE tenants SET followed_hash = x'00'",
        "UPDATE tenants SET followed = followed + 1",
    ];
    for other in others {
        golden.sql().execute_batch(other).unwrap();
        let reach = golden.bring_up_to_date().await;
        assert!(reach.rebuilt, "{other}");
        assert_eq!(golden.loaded(), golden.recorded().await, "{other}");
        assert!(!golden.bring_up_to_date().await.rebuilt);
    }
}

#[tokio::test]
async fn what_is_no_database_is_built_anew() {
    let golden = Golden::new();
    std::fs::write(&golden.columns, "no database at all ".repeat(1_000)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&golden.columns, owner).unwrap();
    }
    assert!(Columns::open(&golden.columns).unwrap().is_none());
    let problems = golden.compared().await.problems;
    assert_eq!(problems[0].problem, "the file is no database");
    assert!(golden.bring_up_to_date().await.rebuilt);
    assert_eq!(golden.loaded(), golden.recorded().await);
}

#[tokio::test]
async fn whoever_finds_another_form_while_it_writes_stops() {
    let golden = Golden::new();
    let mut follower = Follower::open(&golden.columns, Arc::clone(&golden.ledger))
        .await
        .unwrap();
    follower.step(1, Effort::OneProcessor).await.unwrap();
    let other = "UPDATE about SET value = 'newer' WHERE name = 'fingerprint'";
    golden.sql().execute_batch(other).unwrap();
    let stopped = follower.step(1, Effort::OneProcessor).await;
    assert!(matches!(stopped, Err(ColumnsError::Changed { .. })));
}

#[tokio::test]
async fn a_reader_reads_beside_the_one_who_writes() {
    let golden = Golden::new();
    let mut follower = Follower::open(&golden.columns, Arc::clone(&golden.ledger))
        .await
        .unwrap();
    follower.step(4, Effort::OneProcessor).await.unwrap();
    let columns = Columns::open(&golden.columns).unwrap().unwrap();
    let (mut before, mut behind) = (0, 0);
    let excerpt = Excerpt::of(TenantId::default_tenant());
    let each = |_: &PastDecision| {
        // Another one writes between two decisions.
        if before == 0 {
            let mut sql = golden.sql();
            let write = sql.transaction().unwrap();
            write.execute_batch("DELETE FROM packed").unwrap();
            write.commit().unwrap();
        }
        before += 1;
        ControlFlow::Continue(())
    };
    columns.load(&excerpt, |_| true, each).unwrap();
    columns
        .load(
            &excerpt,
            |_| true,
            |_| {
                behind += 1;
                ControlFlow::Continue(())
            },
        )
        .unwrap();
    assert_eq!((before, behind), (4, 0));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let golden = Golden::followed().await;
    let mode = std::fs::metadata(&golden.columns)
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&golden.columns, open).unwrap();
    let refused = Columns::open(&golden.columns);
    assert!(matches!(refused, Err(ColumnsError::Exposed(_))));
    let ledger = Arc::clone(&golden.ledger);
    let refused = bring_up_to_date(
        &golden.columns,
        ledger,
        false,
        |_| ControlFlow::Continue(()),
    )
    .await;
    assert!(matches!(refused, Err(ColumnsError::Exposed(_))));
}
