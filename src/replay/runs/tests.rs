//! Runs belong to their tenants, are so many and no more, and end when they are told to.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use super::table::{Room, Table};
use super::*;
use crate::clock::ManualClock;
use crate::id::OsEntropy;
use crate::ledger::SqliteLedger;
use crate::limits;

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

fn id(number: usize) -> ReplayId {
    ReplayId::parse(&format!("rpl_{number}")).unwrap()
}

/// A table in which each run is its number.
struct Numbered {
    table: Table<usize>,
    begun: usize,
}

impl Numbered {
    fn new(limits: RunLimits) -> Self {
        Self {
            table: Table::new(limits),
            begun: 0,
        }
    }

    fn begin(&mut self, of: &str) -> usize {
        assert_eq!(self.table.room(&tenant(of)), Room::Some);
        self.begun += 1;
        self.table.begin(tenant(of), id(self.begun), self.begun);
        self.begun
    }

    fn run(&mut self, of: &str, bytes: usize) -> usize {
        let number = self.begin(of);
        self.table.end(&id(number), bytes);
        number
    }

    fn of(&self, of: &str) -> Vec<usize> {
        self.table.of(&tenant(of)).copied().collect()
    }
}

#[test]
fn a_tenant_has_one_run_under_way_and_all_have_two() {
    let mut runs = Numbered::new(RunLimits::default());
    let first = runs.begin("acme");
    assert_eq!(runs.table.room(&tenant("acme")), Room::NoneOfTenant);
    for number in 1..limits::REPLAYS_AT_ONCE {
        runs.begin(&format!("other-{number}"));
    }
    assert_eq!(runs.table.room(&tenant("last")), Room::None);
    runs.table.end(&id(first), 0);
    assert_eq!(runs.table.room(&tenant("acme")), Room::Some);
    assert_eq!(runs.table.room(&tenant("last")), Room::Some);
    assert_eq!(limits::REPLAYS_AT_ONCE_OF_TENANT, 1);
}

#[test]
fn a_run_is_found_by_its_tenant_alone() {
    let mut runs = Numbered::new(RunLimits::default());
    let number = runs.run("acme", 0);
    assert_eq!(runs.table.get(&tenant("acme"), &id(number)), Some(&number));
    assert_eq!(runs.table.get(&tenant("other"), &id(number)), None);
    assert_eq!((runs.of("acme"), runs.of("other")), (vec![number], vec![]));
}

#[test]
fn the_oldest_that_ended_are_forgotten_below_at_and_above_the_limits() {
    let max = limits::REPLAYS_KEPT_OF_TENANT;
    let mut runs = Numbered::new(RunLimits::default());
    for count in 1..=max + 1 {
        runs.run("acme", 0);
        assert_eq!(runs.of("acme").len(), count.min(max));
    }
    assert_eq!(runs.of("acme").last(), Some(&2));

    let max = limits::REPLAYS_KEPT;
    let mut runs = Numbered::new(RunLimits::default());
    for count in 0..=max {
        runs.run(&format!("tenant-{count}"), 0);
        assert_eq!(runs.of("tenant-0").len(), usize::from(count < max));
    }

    let max = limits::REPLAY_REPORT_BYTES_KEPT;
    for (second, kept) in [(max - 2, 2), (max - 1, 2), (max, 1), (2 * max, 1)] {
        let mut runs = Numbered::new(RunLimits::default());
        runs.run("acme", 1);
        let newest = runs.run("acme", second);
        assert_eq!(runs.of("acme").len(), kept, "{second}");
        assert_eq!(runs.of("acme").first(), Some(&newest));
    }
}

#[test]
fn what_is_under_way_is_never_forgotten() {
    let mut runs = Numbered::new(RunLimits {
        at_once_of_tenant: 2,
        kept_of_tenant: 1,
        ..RunLimits::default()
    });
    let slow = runs.begin("acme");
    let quick: Vec<usize> = (0..3).map(|_| runs.run("acme", 1)).collect();
    assert_eq!(runs.of("acme"), [quick[2], slow]);
    runs.table.end(&id(slow), 1);
    // It is the newest to have ended, though not the newest to have begun.
    assert_eq!(runs.of("acme"), [slow]);
}

#[test]
fn a_rate_and_what_is_left_are_known_once_something_is() {
    let none = Progress::default();
    assert_eq!((none.rate(), none.left()), (0, None));
    let some = Progress {
        looked_at: 500,
        total: 2_001,
        elapsed: Duration::from_millis(250),
    };
    assert_eq!(some.rate(), 2_000);
    assert_eq!(some.left(), Some(Duration::from_secs(1)));
    let all = Progress {
        looked_at: 2_001,
        ..some
    };
    assert_eq!(all.left(), Some(Duration::ZERO));
    let endless = Progress {
        looked_at: 1,
        total: u64::MAX,
        elapsed: Duration::MAX,
    };
    assert_eq!(endless.left(), None);
}

/// Runs over the golden ledger, which outlives them.
fn runs() -> (Runs, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ledger.sqlite");
    std::fs::copy(Path::new("tests/golden/semantics-1/ledger.sqlite"), &copy).unwrap();
    let parts = RunParts {
        ledger: Arc::new(SqliteLedger::open_read_only(&copy).unwrap()),
        clock: Arc::new(ManualClock::new(DateTime::UNIX_EPOCH)),
        entropy: Arc::new(OsEntropy),
    };
    let limits = RunLimits {
        threads: NonZeroUsize::new(2).unwrap(),
        ..RunLimits::default()
    };
    (Runs::new(parts, limits), folder)
}

fn reproduction() -> Work {
    Work::Reproduce(Box::default())
}

async fn end(mut seen: watch::Receiver<Run>) -> Run {
    seen.wait_for(Run::is_over).await.unwrap().clone()
}

fn report(run: &Run) -> &RunReport {
    match &run.state {
        RunState::Over(report) => report,
        RunState::Running | RunState::Failed(_) => panic!("{run:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_ends_with_what_it_found_and_frees_its_place() {
    let (runs, _folder) = runs();
    let (own, who) = (TenantId::default_tenant(), IdentityName::local());
    let seen = runs.place(&own, who.clone()).unwrap().begin(reproduction());
    assert_eq!(runs.room(&own), Err(RunError::Busy { own: true }));
    let run = end(seen).await;
    let found = report(&run);
    let Found::Reproduced(reproduced) = &found.found else {
        panic!("{found:?}");
    };
    assert!(reproduced.total > 16 && reproduced.is_faithful());
    assert_eq!(found.stopped_early(), None);
    let progress = (run.progress.looked_at, run.progress.total);
    assert_eq!(progress, (reproduced.total, reproduced.total));
    let json: serde_json::Value = serde_json::from_slice(&found.json).unwrap();
    assert_eq!(json, reproduced.to_json());
    assert_eq!(runs.room(&own), Ok(()));
    assert_eq!(runs.list(&own).len(), 1);
    let stranger = tenant("stranger");
    assert!(runs.list(&stranger).is_empty());
    assert_eq!(
        runs.cancel(&stranger, &run.id).await.map(drop),
        Err(RunError::NotFound)
    );
    // Whoever is late changes nothing.
    let late = runs.cancel(&own, &run.id).await.unwrap();
    assert_eq!(report(&late).stopped_early(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_or_let_go_of_is_partial_and_none_begins_once_all_stop() {
    let (runs, _folder) = runs();
    let (own, who) = (TenantId::default_tenant(), IdentityName::local());
    for stops in 0..3 {
        let place = runs.place(&own, who.clone()).unwrap();
        let (id, guard) = (place.id().clone(), place.cancel_when_dropped());
        let seen = place.begin(reproduction());
        match stops {
            0 => drop(runs.cancel(&own, &id).await.unwrap()),
            1 => drop(guard),
            _ => runs.stop(),
        }
        let run = end(seen).await;
        let stopped = report(&run).stopped_early().unwrap();
        assert!(stopped.looked_at > 0 && stopped.looked_at < stopped.of);
    }
    let refused = runs.place(&own, who).map(drop);
    assert_eq!(refused, Err(RunError::Stopping));
    assert_eq!(runs.room(&own), Err(RunError::Stopping));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_free_again_where_its_run_does_not_begin() {
    let (runs, _folder) = runs();
    let (own, who) = (TenantId::default_tenant(), IdentityName::local());
    let place = runs.place(&own, who.clone()).unwrap();
    let id = place.id().clone();
    assert_eq!(runs.room(&own), Err(RunError::Busy { own: true }));
    drop(place);
    assert_eq!(runs.room(&own), Ok(()));
    assert!(runs.list(&own).is_empty());
    assert_eq!(runs.watch(&own, &id).map(drop), Err(RunError::NotFound));
    // One that is ended before it begins looks at a page, and no more.
    let place = runs.place(&own, who).unwrap();
    drop(place.cancel_when_dropped());
    let run = end(place.begin(reproduction())).await;
    assert!(report(&run).stopped_early().is_some());
}
