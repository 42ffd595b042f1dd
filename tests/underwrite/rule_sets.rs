//! The life of a rule set on a server that runs: published, made active, rolled back, retired; and that
//! each decision is made by what the chain says for the moment at which it was asked for.

#[path = "rule_sets/shadow.rs"]
mod shadow;
#[path = "rule_sets/storm.rs"]
mod storm;

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use underwrite::clock::Clock;
use underwrite::proto;
use underwrite::proto::rule_set_service_client::RuleSetServiceClient;
use underwrite::service::to_wire::timestamp;

use super::harness::{Setup, TestSystem, application, channel, request, start, usd};
use super::process::{self, Workspace, terminate};

pub(super) type Client = RuleSetServiceClient<Channel>;
pub(super) const NAME: &str = "check";
const ACCOUNT: &str = "fca_sample_salaried_checking";

/// A rule set that declines everything, for a reason that names its version.
pub(super) fn rules(version: u32) -> String {
    format!(
        "[rule_set]\nname = '{NAME}'\nversion = '{version}'\nkind = 'payment'\n\
         currency = 'USD'\n[approve]\nwhen = 'application.amount >= 1 usd'\n\
         refer_reason = 'V{version}'\n[[rule]]\nid = 'all'\nthen = 'decline'\n\
         when = 'application.amount >= 1 usd'\nreason = 'V{version}'\n\
         [reasons.V{version}]\nstatement = 'Reason {version}'\nrank = 1\n"
    )
}

pub(super) fn text(source: &str) -> proto::RuleSetText {
    proto::RuleSetText {
        source: source.as_bytes().to_vec(),
        attachments: Vec::new(),
    }
}

pub(super) async fn publish(
    client: &Client,
    source: &str,
    note: &str,
) -> Result<proto::RuleSetVersion, Status> {
    let request = proto::PublishRuleSetRequest {
        text: Some(text(source)),
        note: note.to_owned(),
    };
    let answer = client.clone().publish_rule_set(request).await?;
    Ok(answer.into_inner().version.unwrap())
}

pub(super) async fn activate(
    client: &Client,
    version: &str,
    at: Option<DateTime<Utc>>,
) -> Result<proto::Activation, Status> {
    let request = proto::ActivateRuleSetRequest {
        name: NAME.to_owned(),
        version: version.to_owned(),
        start_time: at.map(timestamp),
    };
    let answer = client.clone().activate_rule_set(request).await?;
    Ok(answer.into_inner().activation.unwrap())
}

async fn roll_back(client: &Client) -> Result<proto::Activation, Status> {
    let name = NAME.to_owned();
    let request = proto::RollBackRuleSetRequest { name };
    let answer = client.clone().roll_back_rule_set(request).await?;
    Ok(answer.into_inner().activation.unwrap())
}

async fn retire(client: &Client) -> proto::Activation {
    let name = NAME.to_owned();
    let request = proto::RetireRuleSetRequest { name };
    let answer = client.clone().retire_rule_set(request).await;
    answer.unwrap().into_inner().activation.unwrap()
}

async fn history(client: &Client) -> Vec<proto::Activation> {
    let request = proto::ListActivationsRequest {
        name: NAME.to_owned(),
        ..Default::default()
    };
    let answer = client.clone().list_activations(request).await;
    answer.unwrap().into_inner().activations
}

/// A request that the rule set decides.
pub(super) fn asks(key: &str) -> proto::DecideRequest {
    let mut asked = request(key, "Maria Lopez", &[ACCOUNT]);
    asked.rule_set = NAME.to_owned();
    asked.view = proto::DecisionView::Full.into();
    application(&mut asked).requested_amount = Some(usd("10.00"));
    asked
}

/// The version that a decision names. Everything in it is of that version.
#[track_caller]
pub(super) fn version(decision: &proto::Decision) -> String {
    let version = decision.pins.as_ref().unwrap().rule_set.as_ref().unwrap();
    let version = version.version.clone();
    let codes: Vec<_> = decision.reasons.iter().map(|one| &one.code).collect();
    assert_eq!(codes, [&format!("V{version}")], "of one bundle");
    version
}

async fn decided(system: &TestSystem, key: &str) -> String {
    version(&system.decide(asks(key)).await)
}

pub(super) async fn client_of(system: &TestSystem) -> Client {
    RuleSetServiceClient::new(channel(system.address).await)
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    (status.code(), reason(&status))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analyst_publishes_activates_watches_and_rolls_back_alone() {
    let system = start(Setup::default()).await;
    let client = client_of(&system).await;
    let unknown = system.try_decide(asks("early")).await;
    assert_eq!(
        refused(unknown),
        (Code::NotFound, "UNKNOWN_RULE_SET".into())
    );
    let published = publish(&client, &rules(1), "a first one").await.unwrap();
    assert_eq!(published.note, "a first one");
    assert_eq!(published.publisher, "local");
    assert_eq!(published.state(), proto::RuleSetState::Idle);
    // What is published does not decide.
    assert_eq!(
        refused(system.try_decide(asks("early")).await).0,
        Code::NotFound
    );
    activate(&client, "1", None).await.unwrap();
    assert_eq!(decided(&system, "k1").await, "1");
    publish(&client, &rules(2), "").await.unwrap();
    assert_eq!(decided(&system, "k2").await, "1");
    activate(&client, "2", None).await.unwrap();
    assert_eq!(decided(&system, "k3").await, "2");
    // A repeat is answered as the first time.
    assert_eq!(decided(&system, "k1").await, "1");
    let back = roll_back(&client).await.unwrap();
    assert_eq!(
        (back.version.as_str(), back.state()),
        ("1", proto::ActivationState::Live)
    );
    assert_eq!(decided(&system, "k4").await, "1");
    assert_eq!(retire(&client).await.version, "");
    let retired = (Code::FailedPrecondition, "RULE_SET_RETIRED".to_owned());
    assert_eq!(refused(system.try_decide(asks("k5")).await), retired);
    assert_eq!(decided(&system, "k3").await, "2", "also of what is retired");
    // Back to what decided before it was.
    assert_eq!(roll_back(&client).await.unwrap().version, "1");
    assert_eq!(decided(&system, "k5").await, "1");
    let said = history(&client).await;
    let versions: Vec<_> = said.iter().map(|one| one.version.as_str()).collect();
    assert_eq!(versions, ["1", "", "1", "2", "1"]);
    let live = said
        .iter()
        .filter(|one| one.state() == proto::ActivationState::Live);
    assert_eq!(live.count(), 1);
    assert!(said.iter().all(|one| one.who == "local"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_never_changes_and_what_is_bad_replaces_nothing() {
    let system = start(Setup::default()).await;
    let client = client_of(&system).await;
    let first = publish(&client, &rules(1), "one").await.unwrap();
    activate(&client, "1", None).await.unwrap();
    let again = publish(&client, &rules(1), "two").await.unwrap();
    let live = proto::RuleSetState::Live.into();
    assert_eq!(
        again,
        proto::RuleSetVersion {
            state: live,
            ..first
        }
    );
    let other = rules(1).replace("rank = 1", "rank = 2");
    let taken = (Code::AlreadyExists, "LEDGER_VERSION_PUBLISHED".to_owned());
    assert_eq!(refused(publish(&client, &other, "").await), taken);
    let bad = rules(2).replace("application.amount", "application.amuont");
    let status = publish(&client, &bad, "").await.unwrap_err();
    super::harness::assert_names_field(&status, "text.source");
    assert!(status.message().contains("line 7: "), "{status:?}");
    let request = proto::CheckRuleSetRequest {
        text: Some(text(&bad)),
    };
    let checked = client.clone().check_rule_set(request).await.unwrap();
    let found = checked.into_inner().findings;
    assert!(
        found
            .iter()
            .any(|one| one.code == "unknown_name" && one.is_error)
    );
    assert_eq!(
        refused(activate(&client, "2", None).await),
        (Code::NotFound, "UNKNOWN_VERSION".to_owned())
    );
    assert_eq!(decided(&system, "k").await, "1");
    let request = proto::ListRuleSetsRequest {
        name: NAME.to_owned(),
        ..Default::default()
    };
    let listed = client.clone().list_rule_sets(request).await.unwrap();
    assert_eq!(
        listed.into_inner().versions.len(),
        1,
        "nothing came of them"
    );
    // The text comes back as it was written.
    let request = proto::GetRuleSetRequest {
        name: NAME.to_owned(),
        version: String::new(),
    };
    let got = client.clone().get_rule_set(request).await.unwrap();
    assert_eq!(got.into_inner().text, Some(text(&rules(1))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_planned_holds_at_its_time_and_not_before() {
    let system = start(Setup::default()).await;
    let client = client_of(&system).await;
    for version in [1, 2] {
        publish(&client, &rules(version), "").await.unwrap();
    }
    activate(&client, "1", None).await.unwrap();
    let at = system.clock.now() + Duration::hours(1);
    let planned = activate(&client, "2", Some(at)).await.unwrap();
    assert_eq!(planned.state(), proto::ActivationState::Scheduled);
    system.clock.advance(Duration::minutes(59));
    assert_eq!(decided(&system, "before").await, "1");
    system.clock.advance(Duration::minutes(1));
    assert_eq!(decided(&system, "after").await, "2");
    // Whoever goes back calls off what was planned.
    let later = system.clock.now() + Duration::hours(1);
    activate(&client, "1", Some(later)).await.unwrap();
    assert_eq!(roll_back(&client).await.unwrap().version, "1");
    activate(&client, "2", None).await.unwrap();
    system.clock.advance(Duration::hours(2));
    assert_eq!(decided(&system, "much-later").await, "2");
    let states: Vec<_> = history(&client)
        .await
        .iter()
        .map(|one| one.state())
        .collect();
    use proto::ActivationState::{CalledOff, Ended, Live};
    assert_eq!(states, [Live, Ended, CalledOff, Ended, Ended]);
    let past = activate(&client, "1", Some(at)).await.unwrap_err();
    super::harness::assert_names_field(&past, "start_time");
}

/// A command about rule sets on the ledger of a workspace: what it printed.
#[track_caller]
fn command(work: &Workspace, words: &[&str]) -> Value {
    let words: Vec<_> = ["rules"].iter().chain(words).copied().collect();
    let (code, told) = process::command(work.data.path(), &words);
    assert_eq!(code, 0, "{words:?}: {told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_serves_what_the_ledger_says_whatever_its_folder_of_rules() {
    let work = Workspace::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("check.toml");
    std::fs::write(&file, rules(1)).unwrap();
    let flags = ["--rules", folder.path().to_str().unwrap()];
    let asked = |key: &str| proto::DecideRequest {
        rule_set: NAME.to_owned(),
        ..process::request(key)
    };
    let server = work.serve_with(&work.stripe, &flags, &[]);
    let client = RuleSetServiceClient::new(channel(server.address).await);
    let decide = async |server: &process::Server, key: &str| {
        let decided = process::decide(&server.client().await, asked(key)).await;
        version(&decided.unwrap())
    };
    assert_eq!(decide(&server, "k1").await, "1", "the folder begins");
    publish(&client, &rules(2), "").await.unwrap();
    activate(&client, "2", None).await.unwrap();
    let next = activate(
        &client,
        "1",
        Some(super::harness::now() + Duration::days(1)),
    );
    next.await.unwrap();
    terminate(server.pid());
    server.ended().await;
    // With the folder, whose version is known; without any.
    for (flags, key) in [(&flags[..], "k2"), (&[], "k3")] {
        let server = work.serve_with(&work.stripe, flags, &[]);
        assert_eq!(decide(&server, key).await, "2", "{key}");
        terminate(server.pid());
        server.ended().await;
    }
    // What was planned is still, and a command finds it without a server.
    let told = command(&work, &["history", NAME]);
    let said = told["activations"].as_array().unwrap();
    let states: Vec<_> = said
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    let expected = ["SCHEDULED", "LIVE", "ENDED"].map(|state| format!("ACTIVATION_STATE_{state}"));
    assert_eq!(states.len(), 3, "{told}");
    // The clock of the test stood still, and that of the command does not.
    assert_eq!(&states[2..], &expected[2..], "{told}");
    // A version that is not known is made active.
    std::fs::write(&file, rules(3)).unwrap();
    let server = work.serve_with(&work.stripe, &flags, &[]);
    assert_eq!(decide(&server, "k4").await, "3");
    terminate(server.pid());
    server.ended().await;
    command(&work, &["retire", NAME]);
    let got = command(&work, &["get", NAME, "--version", "3"]);
    assert_eq!(got["source"], rules(3));
    assert_eq!(
        process::command(work.data.path(), &["ledger", "verify"]).0,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_publishes_in_the_ledger_of_its_machine_and_four_eyes_see_it() {
    let work = Workspace::new().await;
    let file = work.data.path().join("check.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, rules(1)).unwrap();
    let told = command(&work, &["publish", path, "--note", "a first one"]);
    assert_eq!(told["version"]["note"], "a first one");
    let told = command(&work, &["list"]);
    assert_eq!(told["versions"][0]["state"], "RULE_SET_STATE_IDLE");
    let setting = work.data.path().join("uw.toml");
    std::fs::write(&setting, "rules_four_eyes = true\n").unwrap();
    let words = [
        "rules",
        "activate",
        NAME,
        "1",
        "--config",
        setting.to_str().unwrap(),
    ];
    let (code, told) = process::command(work.data.path(), &words);
    assert_eq!(
        (code, &told["error"]["code"]),
        (1, &"four_eyes".into()),
        "{told}"
    );
    let told = command(&work, &["activate", NAME, "1"]);
    assert_eq!(told["state"], "ACTIVATION_STATE_LIVE");
    std::fs::write(&file, rules(1).replace("usd", "eur")).unwrap();
    let words = ["rules", "publish", path];
    let output = std::process::Command::new(process::PROGRAM)
        .args(words)
        .arg("--data-dir")
        .arg(work.data.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    // Who did what is in the audit log.
    let (_, told) = process::command(work.data.path(), &["audit", "list"]);
    let events = told["events"].as_array().unwrap();
    let actions: Vec<_> = events
        .iter()
        .map(|one| one["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["rule_set.activate", "rule_set.publish"]);
    assert_eq!(events[0]["object"], "check 1");
}
