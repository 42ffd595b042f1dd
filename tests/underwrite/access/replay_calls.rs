//! Good calls of the methods about runs, and that a run is its tenant's alone.

use tokio_stream::StreamExt;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::access::{Scope, Scopes};
use underwrite::proto;
use underwrite::proto::replay_service_client::ReplayServiceClient;

use super::super::harness::channel;
use super::House;
use super::audited::{Calls, shown};

/// Runs to the end, under a name; how it ended.
async fn run(calls: &Calls, id: &str) -> Result<proto::Replay, Status> {
    let mut client = ReplayServiceClient::new(calls.channel.clone());
    let work = proto::run_replay_request::Work::Reproduction(proto::Reproduction::default());
    let request = proto::RunReplayRequest {
        work: Some(work),
        ..Default::default()
    };
    let told = client.run_replay(calls.request(id, request)).await?;
    let told: Result<Vec<_>, _> = told.into_inner().collect().await;
    Ok(told?.pop().unwrap().replay.unwrap())
}

/// Makes a good call of a method: `id` is its name.
pub(super) async fn call(calls: &Calls, method: &str, id: &str) -> Result<String, Status> {
    if method == "RunReplay" {
        return run(calls, id).await.map(|replay| format!("{replay:?}"));
    }
    let run = run(calls, "prepare").await?;
    call_of(calls, method, id, run.id).await
}

/// Calls a method about the run of that id.
async fn call_of(calls: &Calls, method: &str, id: &str, of: String) -> Result<String, Status> {
    let mut client = ReplayServiceClient::new(calls.channel.clone());
    match method {
        "GetReplay" => {
            let request = calls.request(id, proto::GetReplayRequest { id: of });
            client.get_replay(request).await.map(shown)
        }
        "GetReplayReport" => {
            let request = calls.request(id, proto::GetReplayReportRequest { id: of });
            let told = client.get_replay_report(request).await?;
            let told: Result<Vec<_>, _> = told.into_inner().collect().await;
            told.map(|all| format!("{all:?}"))
        }
        "CancelReplay" => {
            let request = calls.request(id, proto::CancelReplayRequest { id: of });
            client.cancel_replay(request).await.map(shown)
        }
        "ListReplays" => {
            let request = calls.request(id, proto::ListReplaysRequest {});
            client.list_replays(request).await.map(shown)
        }
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenant_neither_sees_nor_ends_a_run() {
    let house = House::new().await;
    let channel = channel(house.address).await;
    let mut callers = Vec::new();
    for name in ["acme", "other"] {
        let tenant = house.tenant(name).await;
        let (_, token) = house.grant(&tenant, Scopes::ALL).await;
        callers.push(Calls::new(channel.clone(), token));
    }
    let of = run(&callers[0], "first").await.unwrap().id;
    for method in ["GetReplay", "GetReplayReport", "CancelReplay"] {
        call_of(&callers[0], method, method, of.clone())
            .await
            .unwrap();
        let refused = call_of(&callers[1], method, method, of.clone()).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound, "{method}");
    }
    let listed = |at: usize| call_of(&callers[at], "ListReplays", "list", String::new());
    assert!(listed(0).await.unwrap().contains(&of));
    assert!(!listed(1).await.unwrap().contains("rpl_"));
}

/// Counts of one decision can be asked for until they tell a value of its applicant.
#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_made_to_tell_a_value_needs_the_scope_for_what_is_personal() {
    let house = House::new().await;
    let channel = channel(house.address).await;
    let tenant = house.tenant("acme").await;
    let published = proto::backtest_candidate::RuleSet::Published(proto::PublishedRuleSet {
        name: "personal-loan".to_owned(),
        version: "1.2.0".to_owned(),
    });
    let text = proto::backtest_candidate::RuleSet::Text(proto::RuleSetText {
        source: super::RULES.to_vec(),
        attachments: Vec::new(),
    });
    let backtest = |rule_set| {
        let candidates = vec![proto::BacktestCandidate {
            rule_set: Some(rule_set),
        }];
        proto::run_replay_request::Work::Backtest(proto::Backtest { candidates })
    };
    let condition = "income.monthly_net > 1000 usd";
    let both = Scopes::NONE.with(Scope::Replay).with(Scope::ReadPersonal);
    for (work, condition, needs_both) in [
        (backtest(published.clone()), "", false),
        (backtest(published), condition, true),
        (backtest(text), "", true),
    ] {
        let request = proto::RunReplayRequest {
            work: Some(work),
            selection: Some(proto::DecisionSelection {
                condition: condition.to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        for scopes in [Scopes::NONE.with(Scope::Replay), both] {
            let (_, token) = house.grant(&tenant, scopes).await;
            let calls = Calls::new(channel.clone(), token);
            let mut client = ReplayServiceClient::new(channel.clone());
            let told = client
                .run_replay(calls.request("run", request.clone()))
                .await;
            if needs_both && scopes != both {
                let refused = told.unwrap_err();
                assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
                let details = refused.get_error_details();
                let metadata = &details.error_info().unwrap().metadata;
                assert_eq!(metadata["scope"], "read:personal");
            } else {
                let told: Result<Vec<_>, _> = told.unwrap().into_inner().collect().await;
                let last = told.unwrap().pop().unwrap().replay.unwrap();
                assert_eq!(last.state(), proto::ReplayState::Done);
            }
        }
    }
}
