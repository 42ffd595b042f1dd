//! The program with tokens: first steps, and that no token is found in clear anywhere.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tonic::Code;
use underwrite::access::{Scope, Scopes};
use underwrite::clock::Clock;
use underwrite::id::TokenId;
use underwrite::ledger::SqliteLedger;
use underwrite::service::{Authority, ServerConfig};
use underwrite::{limits, proto};

use super::super::harness::{channel, permit_owner_alone};
use super::super::process::{PROGRAM, Workspace, command, request, terminate};
use super::{House, shows};

pub(super) fn run(workspace: &Workspace, words: &[&str], token: Option<&str>) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["--json", "tokens"]).args(words);
    if !words.contains(&"--server") {
        command.arg("--data-dir").arg(workspace.data.path());
    }
    if let Some(token) = token {
        command.env("UNDERWRITE_TOKEN", token);
    }
    command.output().unwrap()
}

#[track_caller]
pub(super) fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn code(output: &Output) -> String {
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    error["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[track_caller]
fn assert_says_how_to_show_another(refused: &Output) {
    let told = String::from_utf8_lossy(&refused.stderr);
    for way in ["`--token-file`", "`UNDERWRITE_TOKEN`"] {
        assert!(told.contains(way), "{told}");
    }
}

/// Starts the program with everything that it can log.
fn serve(workspace: &Workspace) -> (Child, String) {
    let mut child = Command::new(PROGRAM)
        .args(["--json", "serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(workspace.data.path())
        .args(["--stripe-api-base", &workspace.stripe, "--today"])
        .arg(super::super::harness::today().to_string())
        .args(["--http-listen", "127.0.0.1:0"])
        .env("STRIPE_API_KEY", "sk_test_access")
        .env("UNDERWRITE_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(File::create(workspace.data.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told: String = lines
        .map(Result::unwrap)
        .take_while(|line| line != "}")
        .collect();
    (child, format!("{told}}}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_once_and_found_nowhere() {
    let workspace = Workspace::new().await;
    let words = ["create", "--name", "ops", "--scopes", "admin,metrics"];
    let created = json(&run(&workspace, &words, None));
    let admin = created["secret"].as_str().unwrap().to_owned();
    assert_eq!(created["token"]["tenant"], "default");
    assert!(created["token"]["expire_time"].is_string());
    let listed = run(&workspace, &["list"], None);
    assert_eq!(json(&listed)["tokens"][0]["name"], "ops");
    let (mut child, told) = serve(&workspace);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["local_without_token"], false);
    let address = told["listening"].as_str().unwrap();
    let url = format!("http://{address}");
    // The ledger is the server's now.
    let refused = run(&workspace, &words, None);
    assert_eq!(code(&refused), "ledger_in_use", "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--server"));
    let none = run(&workspace, &["list", "--server", &url], None);
    assert_eq!(code(&none), "unauthenticated", "{none:?}");
    assert_says_how_to_show_another(&none);
    let words = [
        "create", "--name", "los", "--scopes", "decide", "--server", &url,
    ];
    let created = json(&run(&workspace, &words, Some(&admin)));
    let (id, los) = (
        created["token"]["id"].as_str().unwrap(),
        created["secret"].as_str().unwrap().to_owned(),
    );
    let mut client = shows(channel(address.parse().unwrap()).await, &los);
    let mut asked = request("k");
    asked.view = proto::DecisionView::Summary.into();
    client.decide(asked.clone()).await.unwrap();
    let denied = run(&workspace, &["list", "--server", &url], Some(&los));
    assert_eq!(code(&denied), "scope_needed", "{denied:?}");
    assert_says_how_to_show_another(&denied);
    let words = ["revoke", id, "--server", &url];
    let revoked = json(&run(&workspace, &words, Some(&admin)));
    assert!(revoked["revoke_time"].is_string());
    let status = client.decide(asked).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let listed = json(&run(&workspace, &["list", "--server", &url], Some(&admin)));
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 2);
    assert!(listed["tokens"][0]["last_use_time"].is_string());
    let http = told["http"].as_str().unwrap();
    let metrics = get(http, "/metrics", &admin).await;
    assert!(metrics.contains("underwrite_calls_total"), "{metrics}");
    let status = format!("{status:?}");
    terminate(child.id());
    child.wait().unwrap();
    let said = [("metrics", metrics), ("status", status)];
    assert_nowhere(&workspace, &[&admin, &los], said);
    // When a token was last used is known beyond the server.
    let listed = json(&run(&workspace, &["list"], None));
    assert!(listed["tokens"][0]["last_use_time"].is_string(), "{listed}");
    assert_needs_its_key(&workspace);
}

/// No secret is in what was said, in the log, or in the ledger.
fn assert_nowhere(workspace: &Workspace, tokens: &[&str], said: [(&'static str, String); 2]) {
    let key = fs::read_to_string(workspace.data.path().join("token.key")).unwrap();
    let said = said.map(|(place, text)| (place, text.into_bytes()));
    let mut places = said.to_vec();
    for entry in fs::read_dir(workspace.data.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && !path.ends_with("token.key") {
            places.push(("a file", fs::read(&path).unwrap()));
        }
    }
    assert!(
        places.iter().any(|(_, text)| find(text, "granted")),
        "no log"
    );
    for secret in tokens.iter().copied().chain([key.trim()]) {
        // The prefix is said where a token is asked for.
        let digits = secret.trim_start_matches("uwt_");
        for (place, text) in &places {
            assert!(!find(text, digits), "a secret is in clear in {place}");
        }
    }
}

/// What a start that is refused says, and what `doctor` does.
fn refused_start(workspace: &Workspace) -> String {
    let mut start = Command::new(PROGRAM);
    start.args(["--json", "serve", "--listen", "127.0.0.1:0", "--data-dir"]);
    start
        .arg(workspace.data.path())
        .env("STRIPE_API_KEY", "sk_test_access")
        .env("UNDERWRITE_LOG", "off");
    let refused = start
        .args(["--stripe-api-base", &workspace.stripe])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(code(&refused), "token_key");
    let (_, told) = command(workspace.data.path(), &["doctor"]);
    let mut found = told["found"].as_array().unwrap().iter();
    let tokens = found.find(|one| one["what"] == "tokens").unwrap();
    assert_eq!(tokens["state"], "wrong");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains(tokens["seen"].as_str().unwrap()), "{told}");
    told
}

fn assert_needs_its_key(workspace: &Workspace) {
    // Without the key nobody is known, nor by another one, and the start says so.
    let file = workspace.data.path().join("token.key");
    let key = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let told = refused_start(workspace);
    assert!(told.contains("is missing"), "{told}");
    fs::write(&file, "0".repeat(64)).unwrap();
    permit_owner_alone(&file);
    let told = refused_start(workspace);
    assert!(told.contains("another key than the one in"), "{told}");
    let create = ["create", "--name", "new", "--scopes", "read"];
    let refused = run(workspace, &create, None);
    assert_eq!(code(&refused), "token_key", "{refused:?}");
    // The right one is put back.
    fs::write(&file, key).unwrap();
    json(&run(workspace, &create, None));
    // Or it is lost: what it is the key of is revoked, which needs none, and begun anew.
    fs::remove_file(&file).unwrap();
    let listed = json(&run(workspace, &["list"], None));
    for token in listed["tokens"].as_array().unwrap() {
        json(&run(
            workspace,
            &["revoke", token["id"].as_str().unwrap()],
            None,
        ));
    }
    json(&run(workspace, &create, None));
    assert!(file.exists());
}

fn find(text: &[u8], wanted: &str) -> bool {
    text.windows(wanted.len())
        .any(|part| part == wanted.as_bytes())
}

async fn get(address: &str, path: &str, token: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Waits until the file of last uses says that one was then.
async fn kept_use(house: &House, id: &TokenId, at: DateTime<Utc>) {
    let file = house.data.path().join("token.uses");
    let line = format!("{id} {}\n", at.timestamp());
    let kept = async {
        while fs::read_to_string(&file).ok().as_ref() != Some(&line) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let kept = tokio::time::timeout(Duration::from_secs(30), kept).await;
    kept.unwrap_or_else(|_| panic!("{line} is not kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_token_was_last_used_is_written_down_once_an_hour_and_at_the_end() {
    let house = House::with(ServerConfig {
        refused_interval: Duration::from_millis(20),
        ..ServerConfig::default()
    })
    .await;
    let tenant = house.tenant("acme").await;
    let (grant, token) = house.grant(&tenant, Scopes::NONE.with(Scope::Read)).await;
    let mut client = house.client(&token).await;
    let mut used_after = async |seconds| {
        house.clock.advance(chrono::Duration::seconds(seconds));
        let list = client.list_decisions(proto::ListDecisionsRequest::default());
        list.await.unwrap();
        house.clock.now()
    };
    let first = used_after(0).await;
    kept_use(&house, &grant.id, first).await;
    // At the limit nothing is written, above it the newest.
    let hour = i64::try_from(limits::TOKEN_USE_INTERVAL.as_secs()).unwrap();
    used_after(hour).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    kept_use(&house, &grant.id, first).await;
    let later = used_after(1).await;
    kept_use(&house, &grant.id, later).await;
    let last = used_after(5).await;
    house.shutdown.cancel();
    kept_use(&house, &grant.id, last).await;
    // Who comes after knows it.
    let ledger = SqliteLedger::open_read_only(&house.data.path().join("ledger.sqlite")).unwrap();
    let key = house.data.path().join("token.key");
    let after = Authority::open_to_list(&ledger, &key).await.unwrap();
    assert_eq!(after.list(&tenant)[0].last_used_at, Some(last));
}
