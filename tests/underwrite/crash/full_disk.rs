//! A disk without room under load, and with room again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tonic::Code;
use tonic_types::StatusExt;

use super::disk::{Disk, SmallDisk};
use super::place::Place;
use super::proof::{prove_answers, prove_backups, prove_ledger};
use super::traffic::{Known, PAUSE, Traffic};
use crate::harness::connect;

/// Traffic while the disk is well, has no room, and is well again: on the same server.
async fn fails_and_recovers(mut place: Place) {
    // Its log is to grow.
    place.can_be_armed = false;
    let server = place.start();
    let known = Arc::new(Known::default());
    let client = connect(place.address()).await;
    known.ask(&client, "fast-first", None).await.unwrap();
    let mut traffic = Traffic::start(&place, &known, "full", PAUSE);
    tokio::time::sleep(Duration::from_millis(500)).await;
    place.disk.fail(&server, 0);
    let refused = async {
        while known.refused.load(Ordering::SeqCst) < 10 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), refused).await;
    in_time.expect("the disk takes everything");
    traffic.back_up(&place, "full", Duration::from_secs(20));

    let status = known.ask(&client, "fast-refused", None).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "LEDGER_UNAVAILABLE");
    assert!(details.retry_info().is_some());
    // Also where there is room for less than a decision (`limits::LEDGER_ROOM_BYTES`).
    let (ready, problem) = server.get("/readyz").await;
    assert_eq!(ready, 503, "{problem}");
    assert!(problem.contains("the ledger cannot be used"), "{problem}");
    assert_eq!(server.get("/healthz").await.0, 200);

    place.disk.mend(&server);
    assert_eq!(server.get("/readyz").await.0, 200);
    known.ask(&client, "fast-refused", None).await.unwrap();
    let before = known.decided_count();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(known.decided_count() > before, "nobody else is answered");
    traffic.end().await;
    prove_backups(&place, known.take_backups());
    prove_answers(&place, &known).await;
    // Webhooks were among the traffic.
    let (_, metrics) = server.get("/metrics").await;
    assert!(metrics.contains("result=\"applied\""), "{metrics}");
    server.kill();
    prove_ledger(&place, &known);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_may_not_grow_are_got_over_without_a_restart() {
    fails_and_recovers(Place::new(Disk::Limited).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_is_got_over_without_a_restart() {
    if let Some(disk) = SmallDisk::mount(32) {
        fails_and_recovers(Place::new(Disk::Small(disk)).await).await;
    }
}
