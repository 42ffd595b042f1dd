//! Runs of `ReplayService` through the real socket: progress, the same findings as those of the command, an
//! end when somebody asks for it, beside decisions that go on.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tonic::transport::Channel;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt;
use underwrite::clock::Stopwatch;
use underwrite::limits;
use underwrite::proto;
use underwrite::proto::backtest_candidate::RuleSet;
use underwrite::proto::replay_service_client::ReplayServiceClient;
use underwrite::proto::run_replay_request::Work;
use underwrite::sandbox::applicants;
use underwrite::service::to_wire;

use super::harness::{
    RULE_SET, Setup, TestSystem, assert_names_field, channel, permit_owner_alone, private_folder,
    start, today,
};
use super::many;
use super::process::command;

const SHIPPED: &str = include_str!("../../rules/personal-loan.toml");

/// A server on decisions that take a while to be made again.
struct House {
    system: TestSystem,
    client: ReplayServiceClient<Channel>,
    data: TempDir,
}

impl House {
    async fn new() -> Self {
        Self::draining(None).await
    }

    /// One that gives open calls so much time when it stops.
    async fn draining(drain: Option<Duration>) -> Self {
        static RECORDED: OnceCell<TempDir> = OnceCell::const_new();
        let record = || async {
            let folder = private_folder();
            many::record(&folder.path().join("ledger.sqlite"), 25).await;
            folder
        };
        let recorded = RECORDED.get_or_init(record).await;
        let data = private_folder();
        for file in std::fs::read_dir(recorded.path()).unwrap() {
            let file = file.unwrap();
            let copy = data.path().join(file.file_name());
            std::fs::copy(file.path(), &copy).unwrap();
            permit_owner_alone(&copy);
        }
        let system = start(Setup {
            data: Some(data.path()),
            drain,
            ..Setup::default()
        })
        .await;
        Self {
            client: ReplayServiceClient::new(channel(system.address).await),
            system,
            data,
        }
    }

    async fn begin(
        &self,
        request: proto::RunReplayRequest,
    ) -> Result<Streaming<proto::RunReplayResponse>, Status> {
        Ok(self.client.clone().run_replay(request).await?.into_inner())
    }

    /// Runs to the end; everything that was told.
    async fn run(&self, request: proto::RunReplayRequest) -> Vec<proto::Replay> {
        let mut told = self.begin(request).await.unwrap();
        let mut all = Vec::new();
        while let Some(message) = told.message().await.unwrap() {
            all.push(message.replay.unwrap());
        }
        all
    }

    async fn get(&self, id: &str) -> proto::Replay {
        let request = proto::GetReplayRequest { id: id.to_owned() };
        let answer = self.client.clone().get_replay(request).await.unwrap();
        answer.into_inner().replay.unwrap()
    }

    /// A run once it is over.
    async fn ended(&self, id: &str) -> proto::Replay {
        for _ in 0..1_200 {
            let replay = self.get(id).await;
            if replay.state() != proto::ReplayState::Running {
                return replay;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{id} does not end");
    }

    async fn list(&self) -> Vec<proto::Replay> {
        let mut client = self.client.clone();
        let answer = client.list_replays(proto::ListReplaysRequest {}).await;
        answer.unwrap().into_inner().replays
    }

    async fn cancel(&self, id: &str) -> proto::Replay {
        let request = proto::CancelReplayRequest { id: id.to_owned() };
        let answer = self.client.clone().cancel_replay(request).await.unwrap();
        answer.into_inner().replay.unwrap()
    }

    /// What runs were of, newest first, as the audit log has it.
    fn runs_in_the_audit_log(&self) -> Vec<String> {
        let words = ["audit", "list", "--action", "replay.run"];
        let told = printed(self.data.path(), &words);
        let events = told["events"].as_array().unwrap().iter();
        let objects = events.map(|event| event["object"].as_str().unwrap().to_owned());
        objects.collect()
    }

    async fn report(&self, id: &str) -> Result<Value, Status> {
        let request = proto::GetReplayReportRequest { id: id.to_owned() };
        let told = self.client.clone().get_replay_report(request).await?;
        let (mut told, mut json) = (told.into_inner(), Vec::new());
        while let Some(piece) = told.message().await? {
            json.extend(piece.json);
        }
        Ok(serde_json::from_slice(&json).unwrap())
    }
}

fn reproduction() -> proto::RunReplayRequest {
    proto::RunReplayRequest {
        work: Some(Work::Reproduction(proto::Reproduction { drift: true })),
        ..Default::default()
    }
}

fn backtest(rule_sets: Vec<RuleSet>) -> proto::RunReplayRequest {
    let candidates = rule_sets.into_iter();
    let candidates = candidates.map(|one| proto::BacktestCandidate {
        rule_set: Some(one),
    });
    proto::RunReplayRequest {
        work: Some(Work::Backtest(proto::Backtest {
            candidates: candidates.collect(),
        })),
        ..Default::default()
    }
}

fn text(source: &str) -> RuleSet {
    RuleSet::Text(proto::RuleSetText {
        source: source.as_bytes().to_vec(),
        attachments: Vec::new(),
    })
}

fn published(version: &str) -> RuleSet {
    RuleSet::Published(proto::PublishedRuleSet {
        name: RULE_SET.to_owned(),
        version: version.to_owned(),
    })
}

fn stricter() -> String {
    let (from, to) = ("income_min = '1500.00 usd'", "income_min = '3000.00 usd'");
    assert!(SHIPPED.contains(from));
    SHIPPED.replacen(from, to, 1)
}

/// What a command prints.
fn printed(folder: &Path, words: &[&str]) -> Value {
    let (code, told) = command(folder, words);
    assert_eq!(code, 0, "{told:#}");
    told
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_tells_how_far_it_is_and_finds_what_the_command_finds() {
    let house = House::new().await;
    let request = proto::RunReplayRequest {
        selection: Some(proto::DecisionSelection {
            outcome: proto::Outcome::Decline.into(),
            condition: "income.monthly_net is missing or income.monthly_net < 9000 usd".to_owned(),
            ..Default::default()
        }),
        ..backtest(vec![text(&stricter()), published("1.2.0")])
    };
    let told = house.run(request).await;
    let (first, last) = (&told[0], told.last().unwrap());
    assert_eq!(first.state(), proto::ReplayState::Running);
    assert_eq!(last.state(), proto::ReplayState::Done);
    let progress = last.progress.as_ref().unwrap();
    assert!(progress.total > 400 && progress.looked_at == progress.total);
    assert!(progress.rate > 0 && progress.seconds_left.is_none());
    assert_eq!(&house.get(&first.id).await, last);

    let file = house.data.path().join("stricter.toml");
    std::fs::write(&file, stricter()).unwrap();
    let path = file.to_str().unwrap();
    let words = [
        "backtest",
        path,
        "personal-loan@1.2.0",
        "--outcome",
        "decline",
        "--where",
        "income.monthly_net is missing or income.monthly_net < 9000 usd",
    ];
    let expected = printed(house.data.path(), &words).to_string();
    let expected: Value = serde_json::from_str(&expected.replace(path, "candidate 1")).unwrap();
    let report = house.report(&last.id).await.unwrap();
    assert_eq!(report, expected);
    let Some(proto::replay::Result::Backtest(found)) = &last.result else {
        panic!("{last:?}");
    };
    assert!(found.compared > 0);
    assert_eq!(expected["population"]["compared"], found.compared);
    let all = expected["candidates"].as_array().unwrap();
    for (found, expected) in found.candidates.iter().zip(all) {
        assert_eq!(expected["headline"], found.headline);
        assert_eq!(expected["decided"], found.decided);
        assert_eq!(expected["flips"]["total"], found.flips);
        let flows: u64 = found.flows.iter().map(|flow| flow.decisions).sum();
        assert_eq!(flows, found.decided);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reproduction_finds_what_the_command_finds() {
    let house = House::new().await;
    let watch = Stopwatch::start();
    let told = house.run(reproduction()).await;
    let pauses = watch.elapsed().as_millis() / limits::REPLAY_PROGRESS_INTERVAL.as_millis();
    let messages = u128::try_from(told.len()).unwrap();
    // The first and the last come when they come.
    assert!(messages <= pauses + 2, "{messages} in {pauses} intervals");
    // On one thread it takes some intervals to read all pages.
    let between = told.iter().filter_map(|one| one.progress.as_ref());
    let between = between.filter(|one| (1..one.total).contains(&one.looked_at));
    assert!(between.count() > 0, "{told:#?}");
    let last = told.last().unwrap();
    assert_eq!(last.state(), proto::ReplayState::Done);
    let Some(proto::replay::Result::Reproduction(found)) = &last.result else {
        panic!("{last:?}");
    };
    assert!(found.reproduced > 400 && found.findings.is_empty());
    assert_eq!(
        (found.looked_at, found.taken),
        (found.reproduced, found.reproduced)
    );
    let mut expected = printed(house.data.path(), &["replay", "--drift"]);
    for of_the_chain in ["tenant", "tenants", "chain"] {
        expected
            .as_object_mut()
            .unwrap()
            .remove(of_the_chain)
            .unwrap();
    }
    assert_eq!(house.report(&last.id).await.unwrap(), expected);
    assert_eq!(house.list().await, std::slice::from_ref(last));
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_are_answered_beside_a_run_which_ends_as_partial_when_it_is_cancelled() {
    let house = House::new().await;
    let mut told = house.begin(reproduction()).await.unwrap();
    let id = told.message().await.unwrap().unwrap().replay.unwrap().id;

    let sample = applicants(today()).swap_remove(0);
    house
        .system
        .try_decide(proto::DecideRequest {
            idempotency_key: "beside".to_owned(),
            application: Some(to_wire::application(&sample.application)),
            rule_set: RULE_SET.to_owned(),
            view: proto::DecisionView::Summary.into(),
        })
        .await
        .unwrap();
    assert_eq!(house.get(&id).await.state(), proto::ReplayState::Running);
    let second = house.begin(reproduction()).await.map(drop).unwrap_err();
    assert_eq!(
        (second.code(), reason(&second)),
        (Code::ResourceExhausted, "REPLAYS_BUSY".into())
    );
    let details = second.get_error_details();
    let retry = details.retry_info().unwrap();
    assert_eq!(retry.retry_delay, Some(limits::REPLAY_RETRY));
    let early = house.report(&id).await.unwrap_err();
    assert_eq!(
        (early.code(), reason(&early)),
        (Code::FailedPrecondition, "REPLAY_NOT_OVER".into())
    );

    let cancelled = house.cancel(&id).await;
    assert_eq!(cancelled.state(), proto::ReplayState::Cancelled);
    let stopped = cancelled.stopped_early.unwrap();
    assert!(stopped.looked_at > 0 && stopped.looked_at < stopped.total);
    let report = house.report(&id).await.unwrap();
    assert_eq!(report["stopped_early"]["looked_at"], stopped.looked_at);
    assert_eq!(report["reproduced"], stopped.looked_at);
    let mut last = None;
    while let Some(message) = told.message().await.unwrap() {
        last = message.replay;
    }
    assert_eq!(last.as_ref(), Some(&cancelled));
    // Again: it stays as it is.
    assert_eq!(house.cancel(&id).await, cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_outlives_its_caller_unless_it_is_to_end_with_it() {
    let house = House::new().await;
    for cancel_on_disconnect in [true, false] {
        let mut told = house
            .begin(proto::RunReplayRequest {
                cancel_on_disconnect,
                ..reproduction()
            })
            .await
            .unwrap();
        let id = told.message().await.unwrap().unwrap().replay.unwrap().id;
        drop(told);
        let expected = match cancel_on_disconnect {
            true => proto::ReplayState::Cancelled,
            false => proto::ReplayState::Done,
        };
        assert_eq!(house.ended(&id).await.state(), expected);
    }
}

/// A run that went on would be told to its end, for its call has the time.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_its_runs() {
    let house = House::draining(Some(Duration::from_secs(300))).await;
    let mut told = house.begin(reproduction()).await.unwrap();
    told.message().await.unwrap().unwrap();
    let stopped = tokio::spawn(house.system.stop());
    let mut last = None;
    while let Some(message) = told.message().await.unwrap() {
        last = message.replay;
    }
    let last = last.unwrap();
    assert_eq!(last.state(), proto::ReplayState::Cancelled);
    let looked_at = last.stopped_early.unwrap();
    assert!(looked_at.looked_at < looked_at.total, "{looked_at:?}");
    stopped.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_for_which_decisions_is_recorded_before_a_run_begins() {
    let house = House::new().await;
    let select = |selection| proto::RunReplayRequest {
        selection: Some(selection),
        ..reproduction()
    };
    let selections = [
        proto::DecisionSelection::default(),
        proto::DecisionSelection {
            outcome: proto::Outcome::Decline.into(),
            product: "ANN APPLICANT".to_owned(),
            condition: "income.monthly_net == 3120.55 usd".to_owned(),
            ..Default::default()
        },
    ];
    let mut expected = Vec::new();
    for (selection, words) in selections
        .into_iter()
        .zip(["all", "product outcome=DECLINE condition"])
    {
        let id = house.run(select(selection)).await.remove(0).id;
        expected.insert(0, format!("{id} reproduction of {words}"));
    }
    assert_eq!(house.runs_in_the_audit_log(), expected);

    let id = house
        .run(backtest(vec![published("1.2.0")]))
        .await
        .remove(0)
        .id;
    let logged = house.runs_in_the_audit_log().remove(0);
    assert!(
        logged.starts_with(&format!("{id} backtest personal-loan ")),
        "{logged}"
    );
    assert!(logged.ends_with(" of rule_set=personal-loan"), "{logged}");

    // Where that cannot be recorded, none begins.
    let before = house.list().await;
    let ledger = rusqlite::Connection::open(house.data.path().join("ledger.sqlite")).unwrap();
    let refuse = "CREATE TRIGGER full BEFORE INSERT ON records
                  BEGIN SELECT RAISE(ABORT, 'no space is left'); END";
    ledger.execute_batch(refuse).unwrap();
    house.begin(reproduction()).await.map(drop).unwrap_err();
    assert_eq!(house.list().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_request_is_told_by_its_field_and_what_is_not_there_is_not_found() {
    let house = House::new().await;
    let other_name = SHIPPED.replacen("name = \"personal-loan\"", "name = \"other-loan\"", 1);
    assert_ne!(other_name, SHIPPED);
    let conditioned = proto::RunReplayRequest {
        selection: Some(proto::DecisionSelection {
            condition: "incom.monthly_net > 0 usd".to_owned(),
            ..Default::default()
        }),
        ..reproduction()
    };
    for (request, field) in [
        (proto::RunReplayRequest::default(), "work"),
        (backtest(Vec::new()), "backtest.candidates"),
        (
            backtest(vec![published("1.2.0"), text("[rule_set]\n")]),
            "backtest.candidates[1].text.source",
        ),
        (
            backtest(vec![published("1.2.0"), text(&other_name)]),
            "selection.rule_set",
        ),
        (conditioned, "selection.condition"),
    ] {
        let status = house.begin(request).await.map(drop).unwrap_err();
        assert_names_field(&status, field);
    }
    let unknown = house.begin(backtest(vec![published("9.9.9")])).await;
    let unknown = unknown.map(drop).unwrap_err();
    assert_eq!(
        (unknown.code(), reason(&unknown)),
        (Code::NotFound, "UNKNOWN_VERSION".into())
    );
    let request = proto::GetReplayRequest {
        id: "rpl_0".to_owned(),
    };
    let absent = house.client.clone().get_replay(request).await.unwrap_err();
    assert_eq!(
        (absent.code(), reason(&absent)),
        (Code::NotFound, "NOT_FOUND".into())
    );
    assert!(house.list().await.is_empty());
}
