//! Callers of every kind at once, and what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::proto;
use underwrite::proto::decide_response::Result as Decided;
use underwrite::proto::decision_service_client::DecisionServiceClient;

use super::place::{IMPATIENT, Place, request};
use crate::harness::{connect, final_one};

/// Between two calls where there is to be much traffic.
pub(super) const PAUSE: Duration = Duration::from_millis(15);

pub(super) type Client = DecisionServiceClient<Channel>;

/// What callers know.
#[derive(Default)]
pub(super) struct Known {
    told: Mutex<Told>,
    /// How often callers were told that the ledger cannot be used.
    pub(super) refused: AtomicUsize,
    /// Calls that broke off because the server was gone.
    pub(super) broken_off: AtomicUsize,
}

#[derive(Default)]
struct Told {
    /// Every key under which a decision was asked for.
    asked: BTreeSet<String>,
    decided: BTreeMap<String, proto::Decision>,
    /// The ids of the decisions that callers were told to be pending.
    pending: BTreeMap<String, String>,
    backups: Vec<Backup>,
}

/// A backup that was begun.
#[derive(Debug, Clone)]
pub(super) struct Backup {
    pub(super) file: PathBuf,
    /// What was acknowledged before it began.
    pub(super) holds: BTreeSet<String>,
    /// Whether it was reported to be finished.
    pub(super) is_finished: bool,
}

impl Known {
    fn told<T>(&self, look: impl FnOnce(&mut Told) -> T) -> T {
        look(&mut self.told.lock().unwrap())
    }

    /// Keys under which there has to be a decision in the end.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        self.told(|told| told.asked.clone())
    }

    /// Keys that were asked for, and no decision was told.
    pub(super) fn open_keys(&self) -> Vec<String> {
        self.told(|told| {
            let open = told.asked.iter();
            let open = open.filter(|key| !told.decided.contains_key(*key));
            open.cloned().collect()
        })
    }

    pub(super) fn decided(&self) -> BTreeMap<String, proto::Decision> {
        self.told(|told| told.decided.clone())
    }

    pub(super) fn decision(&self, key: &str) -> Option<proto::Decision> {
        self.told(|told| told.decided.get(key).cloned())
    }

    pub(super) fn decided_count(&self) -> usize {
        self.told(|told| told.decided.len())
    }

    pub(super) fn pending(&self) -> BTreeMap<String, String> {
        self.told(|told| told.pending.clone())
    }

    fn any_decided(&self, number: usize) -> Option<(String, proto::Decision)> {
        self.told(|told| {
            let at = number % told.decided.len().max(1);
            let found = told.decided.iter().nth(at)?;
            Some((found.0.clone(), found.1.clone()))
        })
    }

    pub(super) fn take_backups(&self) -> Vec<Backup> {
        self.told(|told| std::mem::take(&mut told.backups))
    }

    /// Asks for the decision under a key, and holds what is told against what was told before.
    pub(super) async fn ask(
        &self,
        client: &Client,
        key: &str,
        patience: Option<Duration>,
    ) -> Result<(), Status> {
        if !key.starts_with("lost") {
            self.told(|told| told.asked.insert(key.to_owned()));
        }
        let mut call = tonic::Request::new(request(key));
        if let Some(patience) = patience {
            let header = format!("{}m", patience.as_millis());
            call.metadata_mut()
                .insert("grpc-timeout", header.parse().unwrap());
        }
        let answer = client.clone().decide(call).await?.into_inner();
        self.told(|told| match answer.result.unwrap() {
            Decided::Decision(decision) => {
                if let Some(id) = told.pending.get(key) {
                    assert_eq!(*id, decision.id, "`{key}` has two decisions");
                }
                let before = told.decided.insert(key.to_owned(), decision.clone());
                if let Some(before) = before {
                    assert_eq!(before, decision, "`{key}` has two decisions");
                }
            }
            Decided::Pending(pending) => {
                let id = pending.decision_id;
                let before = told.pending.insert(key.to_owned(), id.clone());
                assert!(
                    before.is_none_or(|before| before == id),
                    "`{key}` has two decisions"
                );
            }
        });
        Ok(())
    }

    /// What an error means for its caller: whether to go on.
    fn goes_on(&self, status: &Status, may_fail: bool) -> bool {
        let details = status.get_error_details();
        // By its own watch.
        if (status.code(), status.message()) == (Code::Cancelled, "Timeout expired") {
            return true;
        }
        let Some(info) = details.error_info() else {
            self.broken_off.fetch_add(1, Ordering::SeqCst);
            return false;
        };
        match (status.code(), info.reason.as_str()) {
            (Code::Unavailable, "LEDGER_UNAVAILABLE") => {
                assert!(may_fail, "the disk is well: {status:?}");
                assert!(details.retry_info().is_some(), "{status:?}");
                self.refused.fetch_add(1, Ordering::SeqCst);
                true
            }
            (Code::Unavailable, "STOPPING") => false,
            (Code::ResourceExhausted, "OVERLOADED") | (Code::DeadlineExceeded, _) => true,
            // A repeat that had less time than the first call took.
            (Code::Aborted, "DECISION_IN_FLIGHT") => true,
            // Where Stripe fails for long; the key is given back.
            (Code::Unavailable, reason) if reason.starts_with("STRIPE_") => {
                assert!(details.retry_info().is_some(), "{status:?}");
                true
            }
            // The account that is nobody's.
            (Code::InvalidArgument, "STRIPE_NOT_FOUND") => true,
            _ => panic!("an error of another kind: {status:?}"),
        }
    }
}

/// Callers under way.
pub(super) struct Traffic {
    pub(super) known: Arc<Known>,
    stop: Arc<AtomicBool>,
    callers: JoinSet<()>,
    backups: JoinSet<()>,
}

/// How callers go about it.
#[derive(Clone)]
struct Caller {
    address: SocketAddr,
    known: Arc<Known>,
    stop: Arc<AtomicBool>,
    /// What the keys of this round begin with, after their kind.
    round: String,
    /// Whether the ledger may be unavailable.
    may_fail: bool,
    /// Between two calls.
    pause: Duration,
}

impl Caller {
    /// Calls again and again, until told to stop or the server is gone.
    async fn calls<F>(self, mut one: impl FnMut(Client, usize) -> F + Send)
    where
        F: Future<Output = Result<(), Status>> + Send,
    {
        let client = connect(self.address).await;
        for number in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if let Err(status) = one(client.clone(), number).await
                && !self.known.goes_on(&status, self.may_fail)
            {
                return;
            }
            tokio::time::sleep(self.pause).await;
        }
    }

    /// Decides under new keys, and every third time under an old one. Those of one `name` use the
    /// same keys.
    async fn decide(self, kind: &'static str, name: usize, patience: Option<Duration>) {
        let (known, round) = (Arc::clone(&self.known), self.round.clone());
        self.calls(move |client, number| {
            let (known, round) = (Arc::clone(&known), round.clone());
            async move {
                let old = (number % 3 == 2).then(|| known.any_decided(number * 7));
                let key = match old.flatten() {
                    Some((key, _)) => key,
                    None => format!("{kind}-{round}-{name}-{number}"),
                };
                known.ask(&client, &key, patience).await
            }
        })
        .await;
    }

    /// Asks again for what broke off before.
    async fn repeat(self, keys: Vec<String>) {
        let known = Arc::clone(&self.known);
        self.calls(move |client, number| {
            let known = Arc::clone(&known);
            let key = keys.get(number % keys.len().max(1)).cloned();
            async move {
                match key {
                    Some(key) => known.ask(&client, &key, Some(IMPATIENT)).await,
                    None => Ok(()),
                }
            }
        })
        .await;
    }

    /// Reads lists, and decisions that were told.
    async fn read(self) {
        let known = Arc::clone(&self.known);
        self.calls(move |mut client, number| {
            let known = Arc::clone(&known);
            async move {
                let page = proto::ListDecisionsRequest {
                    page_size: 50,
                    ..Default::default()
                };
                let page = client.list_decisions(page).await?.into_inner();
                assert!(page.damaged.is_empty(), "{:?}", page.damaged);
                let Some((_, decision)) = known.any_decided(number * 13) else {
                    return Ok(());
                };
                let asked = proto::GetDecisionRequest {
                    id: decision.id.clone(),
                    view: proto::DecisionView::Full.into(),
                    ..Default::default()
                };
                let found = client.get_decision(asked).await?.into_inner();
                assert_eq!(final_one(found), Some(decision));
                Ok(())
            }
        })
        .await;
    }
}

impl Traffic {
    /// Traffic of every kind on the server of a place, each with that pause between two calls.
    /// `round` makes its keys new.
    pub(super) fn start(place: &Place, known: &Arc<Known>, round: &str, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let caller = || Caller {
            address: place.address(),
            known: Arc::clone(known),
            stop: Arc::clone(&stop),
            round: round.to_owned(),
            may_fail: place.disk.can_fail() || place.failpoints().exists(),
            pause,
        };
        let mut callers = JoinSet::new();
        for name in [0, 0, 1] {
            callers.spawn(caller().decide("fast", name, None));
        }
        for name in [0, 1] {
            callers.spawn(caller().decide("slow", name, Some(IMPATIENT)));
        }
        callers.spawn(caller().decide("lost", 0, None));
        callers.spawn(caller().read());
        callers.spawn(caller().repeat(known.open_keys()));
        Self {
            known: Arc::clone(known),
            stop,
            callers,
            backups: JoinSet::new(),
        }
    }

    /// A backup beside it, into a new file, by a process that is killed after `patience`.
    pub(super) fn back_up(&mut self, place: &Place, name: &str, patience: Duration) {
        let folder = place.aside.path().join(format!("backup-{name}"));
        std::fs::create_dir(&folder).unwrap();
        crate::harness::permit_owner_alone(&folder);
        let file = folder.join("ledger.sqlite");
        let holds = self.known.decided().into_values();
        let holds: BTreeSet<String> = holds.map(|decision| decision.id).collect();
        let words = ["ledger", "backup", file.to_str().unwrap()];
        let mut command = place.command(&place.data, &words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let known = Arc::clone(&self.known);
        self.backups.spawn(async move {
            let ended = tokio::time::timeout(patience, async {
                loop {
                    if let Some(status) = child.try_wait().unwrap() {
                        return status;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
            let is_finished = ended.await.is_ok_and(|status| status.success());
            // It may have ended.
            let _ = child.kill();
            let _ = child.wait();
            let backup = Backup {
                file,
                holds,
                is_finished,
            };
            known.told(|told| told.backups.push(backup));
        });
    }

    /// Waits until everybody has their last answer.
    pub(super) async fn end(self) {
        self.end_within(Duration::from_secs(60)).await;
    }

    /// The same where the server is gone. Whoever called just then waits for the next one, as the
    /// socket is still there, and is broken off.
    pub(super) async fn end_without_server(self) {
        self.end_within(Duration::from_millis(100)).await;
    }

    async fn end_within(mut self, limit: Duration) {
        self.stop.store(true, Ordering::Relaxed);
        let callers = &mut self.callers;
        let all = async {
            while let Some(ended) = callers.join_next().await {
                ended.unwrap();
            }
        };
        if tokio::time::timeout(limit, all).await.is_err() {
            let left = self.callers.len();
            self.known.broken_off.fetch_add(left, Ordering::SeqCst);
            self.callers.shutdown().await;
        }
        while let Some(ended) = self.backups.join_next().await {
            ended.unwrap();
        }
    }
}
