//! Every step of the ledger's work at which a test can have it die or fail: the list comes from the
//! ledger.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use underwrite::ledger::failpoint::Step;

use super::disk::Disk;
use super::place::Place;
use super::proof::{prove_answers, prove_backups, prove_ledger};
use super::traffic::{Known, PAUSE, Traffic};
use crate::harness::connect;

/// How many steps are tried at once: most of the time they wait.
const AT_ONCE: usize = 5;

/// Who does a step.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// The server, before it serves.
    Start,
    /// The server, for a caller who is told.
    Call,
    /// The server, and nobody is told: it goes on by itself.
    Background,
    /// A backup.
    Backup,
}

fn by(step: Step) -> By {
    match step {
        Step::FileCreated
        | Step::SchemaWritten
        | Step::SchemaCommitted
        | Step::MarkerWritten
        | Step::MarkerPlaced
        | Step::BundlePublished
        | Step::BundleActivated
        | Step::LayoutRecorded => By::Start,
        Step::IntakeReserved
        | Step::IntakeCommitted
        | Step::PendingMarked
        | Step::AuditAppended
        | Step::AuditCommitted
        | Step::DecisionAppended
        | Step::SnapshotsWritten
        | Step::DecisionCommitted
        | Step::GroupWritten
        | Step::CheckpointDue
        | Step::Checkpointed
        | Step::GroupCommitted => By::Call,
        Step::IntakeReleased
        | Step::PendingCommitted
        | Step::PendingEnding
        | Step::PendingEnded => By::Background,
        Step::BackupCopied | Step::BackupProven | Step::BackupPlaced => By::Backup,
    }
}

/// One step and what happens there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trial {
    pub(super) step: Step,
    pub(super) dies: bool,
}

impl Trial {
    fn arm(self, place: &Place) {
        let action = if self.dies { "die" } else { "fail" };
        let new = place.aside.path().join("failpoints.new");
        fs::write(&new, format!("{:?} {action}", self.step)).unwrap();
        fs::rename(new, place.failpoints()).unwrap();
    }

    fn disarm(place: &Place) {
        fs::remove_file(place.failpoints()).unwrap();
    }

    fn is_hit(place: &Place) -> bool {
        place.failpoints().with_extension("hit").exists()
    }

    async fn hit(self, place: &Place) {
        for _ in 0..600 {
            if Self::is_hit(place) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{self:?} was never reached: {}", place.log());
    }

    /// A start that does not come to its end.
    pub(super) fn stops_the_start(self, place: &Place) {
        self.arm(place);
        assert!(place.try_start().is_err(), "{self:?}: it serves");
        assert!(Self::is_hit(place), "{self:?} was never reached");
        Self::disarm(place);
    }

    /// A start that does not come to its end, and the next one.
    async fn at_the_start(self, place: &Place) {
        self.stops_the_start(place);
        let server = place.start();
        let known = Arc::new(Known::default());
        let client = connect(place.address()).await;
        known.ask(&client, "fast-first", None).await.unwrap();
        prove_answers(place, &known).await;
        server.kill();
        prove_ledger(place, &known);
    }

    /// Calls of every kind on a server that dies or fails at the step, and is well again.
    async fn amid_calls(self, place: &Place) {
        let mut server = place.start();
        let known = Arc::new(Known::default());
        let client = connect(place.address()).await;
        known.ask(&client, "fast-first", None).await.unwrap();
        self.arm(place);
        let traffic = Traffic::start(place, &known, "armed", PAUSE);
        self.hit(place).await;
        if self.dies {
            assert!(!server.ended().await.success());
            traffic.end_without_server().await;
            Self::disarm(place);
            server = place.start();
        } else {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let (alive, _) = server.get("/healthz").await;
            assert_eq!(alive, 200, "{self:?}");
            Self::disarm(place);
            tokio::time::sleep(Duration::from_millis(300)).await;
            let (ready, problem) = server.get("/readyz").await;
            assert_eq!(ready, 200, "{self:?}: {problem}");
            let told = known.refused.load(Ordering::SeqCst);
            assert!(told > 0 || by(self.step) != By::Call, "{self:?}");
            traffic.end().await;
        }
        prove_answers(place, &known).await;
        server.kill();
        prove_ledger(place, &known);
    }

    /// A backup that dies or fails at the step, and another one.
    async fn amid_a_backup(self, place: &Place) {
        let server = place.start();
        let known = Arc::new(Known::default());
        let client = connect(place.address()).await;
        known.ask(&client, "fast-first", None).await.unwrap();
        self.arm(place);
        let mut traffic = Traffic::start(place, &known, "armed", PAUSE);
        traffic.back_up(place, "armed", Duration::from_secs(60));
        self.hit(place).await;
        let finished = async {
            loop {
                let backups = known.take_backups();
                if !backups.is_empty() {
                    return backups;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let backups = tokio::time::timeout(Duration::from_secs(60), finished).await;
        assert_eq!(prove_backups(place, backups.unwrap()), 0, "{self:?}");
        Self::disarm(place);
        traffic.back_up(place, "disarmed", Duration::from_secs(60));
        traffic.end().await;
        assert_eq!(prove_backups(place, known.take_backups()), 1, "{self:?}");
        prove_answers(place, &known).await;
        server.kill();
        prove_ledger(place, &known);
    }

    async fn run(self) {
        let place = Place::new(Disk::Well).await;
        match by(self.step) {
            By::Start => self.at_the_start(&place).await,
            By::Call | By::Background => self.amid_calls(&place).await,
            By::Backup => self.amid_a_backup(&place).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_or_a_failure_at_any_step_loses_and_doubles_nothing() {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut trials = JoinSet::new();
    for step in Step::ALL {
        for dies in [true, false] {
            let trial = Trial { step: *step, dies };
            let turn = Arc::clone(&turns).acquire_owned().await.unwrap();
            trials.spawn(async move {
                trial.run().await;
                drop(turn);
                println!("{trial:?}");
            });
        }
    }
    let mut failed = 0;
    while let Some(trial) = trials.join_next().await {
        failed += usize::from(trial.is_err());
    }
    assert_eq!(failed, 0, "trials failed, as told above");
}
