//! What a running service shows of itself: metrics, the documents about them, and lines of the log.

#[path = "metrics/exposition.rs"]
mod exposition;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;
use tokio_stream::StreamExt;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use underwrite::access::methods;
use underwrite::proto;
use underwrite::proto::decision_service_client::DecisionServiceClient;

use self::exposition::Exposition;
use super::harness::{RULE_SET, anew, channel};
use super::process::{NAME, Server, Workspace, decide, request, terminate};
use super::tools;
use super::webhooks::{body, exchange};

/// A metric as it is documented.
struct Documented {
    kind: String,
    labels: BTreeSet<String>,
}

/// What stands between two marks in a document.
fn between(mark: &str) -> String {
    let document = std::fs::read_to_string(tools::root().join("docs/operations.md")).unwrap();
    let (_, rest) = document.split_once(&format!("<!-- {mark} -->")).unwrap();
    let (inside, _) = rest.split_once(&format!("<!-- /{mark} -->")).unwrap();
    inside.to_owned()
}

/// The table of metrics.
fn documented() -> BTreeMap<String, Documented> {
    let table = between("metrics");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let all = rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let documented = Documented {
            kind: cells[2].to_owned(),
            labels: words(r"`([a-z_]+)`", cells[3]),
        };
        (cells[1].trim_matches('`').to_owned(), documented)
    });
    all.collect()
}

/// What the pattern catches in a text.
fn words(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).unwrap();
    let found = pattern.captures_iter(text);
    found.map(|parts| parts[1].to_owned()).collect()
}

async fn shown(server: &Server) -> Exposition {
    let head = "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(server.http.unwrap(), head.as_bytes()).await;
    Exposition::parse(body(&answer))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_are_valid_and_the_table_of_them_is_complete() {
    // One call to Stripe has to be repeated.
    let place = Workspace::with("[[fault]]\neffect = 'server_error'\ntimes = 1\n").await;
    let folder = tempfile::tempdir().unwrap();
    let (secret, settings) = (folder.path().join("secret"), folder.path().join("uw.toml"));
    std::fs::write(&secret, "whsec_x\n").unwrap();
    let setting = format!("stripe_webhook_secret_file = {secret:?}\n");
    std::fs::write(&settings, setting).unwrap();
    let settings = settings.to_str().unwrap();
    let more = ["--http-listen", "127.0.0.1:0", "--config", settings];
    let server = place.serve_with(&place.stripe, &more, &[]);
    let client = server.client().await;
    let mut outcome = String::new();
    for key in ["k1", "k2", "k3", "k3"] {
        let decided = decide(&client, request(key)).await.unwrap();
        outcome = decided.outcome().as_str_name().replace("OUTCOME_", "");
    }
    let unsigned = "POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                    content-length: 2\r\n\r\n{}";
    exchange(server.http.unwrap(), unsigned.as_bytes()).await;

    let shown = shown(&server).await;
    let documented = documented();
    let names: BTreeSet<String> = shown.0.iter().map(|family| family.asked_as()).collect();
    // What is counted of TLS is there where it is spoken.
    let (of_tls, of_all): (BTreeSet<String>, BTreeSet<String>) = documented
        .keys()
        .cloned()
        .partition(|name| name.starts_with("underwrite_tls_"));
    assert_eq!((names, of_tls.len()), (of_all, 3));
    let name = Regex::new("^underwrite_[a-z]+(_[a-z]+)*$").unwrap();
    for family in &shown.0 {
        let documented = &documented[&family.asked_as()];
        assert_eq!(family.kind, documented.kind, "{}", family.name);
        assert_eq!(family.labels(), documented.labels, "{}", family.name);
        assert!(name.is_match(&family.name), "{}", family.name);
    }
    let decisions = [("rule_set", RULE_SET), ("outcome", outcome.as_str())];
    assert_eq!(shown.value("underwrite_decisions_total", &decisions), 3.0);
    let reads = |from| shown.value("underwrite_account_reads_total", &[("from", from)]);
    // What was fetched is read of the cache once, and then in memory.
    assert_eq!(
        ["fetch", "cache", "recent", "shared_fetch", "failed"].map(reads),
        [1.0, 1.0, 1.0, 0.0, 0.0]
    );
    let ledger = |name: &str| shown.value(&format!("underwrite_ledger_{name}"), &[]);
    assert_eq!(ledger("record_bytes_count"), 3.0);
    assert_eq!(ledger("snapshot_bytes_count"), 3.0);
    assert!(ledger("record_bytes_sum") > 3.0 * 500.0);
    assert_eq!(ledger("appends_waiting"), 0.0);
    assert_eq!(ledger("failed_commits_total"), 0.0);
    assert!(ledger("commit_seconds_count") >= 6.0);
    assert_eq!(
        ledger("commit_seconds_count"),
        ledger("commit_appends_count")
    );
    assert_eq!(shown.value("underwrite_pending_decisions", &[]), 0.0);
}

/// The expressions of a dashboard.
fn expressions(panels: &Value) -> Vec<String> {
    let panels = panels.as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array());
    let targets = targets.flatten().map(|target| target["expr"].as_str());
    targets.map(|expr| expr.unwrap().to_owned()).collect()
}

/// Asserts that an expression asks for nothing that is not documented; gives what it asks for.
fn asked_for(expression: &str, documented: &BTreeMap<String, Documented>) -> BTreeSet<String> {
    let count = |c| expression.matches(c).count();
    assert_eq!(count('('), count(')'), "{expression}");
    let mut metrics = BTreeSet::new();
    let selector = Regex::new(r"\b(underwrite_[a-z_]+)(?:\{([^}]*)\})?").unwrap();
    for parts in selector.captures_iter(expression) {
        let mut name = parts[1].to_owned();
        for suffix in ["_bucket", "_sum", "_count"] {
            if let Some(histogram) = name.strip_suffix(suffix)
                && documented.contains_key(histogram)
            {
                name = histogram.to_owned();
            }
        }
        let known = documented
            .get(&name)
            .unwrap_or_else(|| panic!("`{name}` is no metric: {expression}"));
        let is_classed = parts[1].ends_with("_bucket");
        assert_eq!(known.kind == "histogram", is_classed, "{expression}");
        let filters = parts.get(2).map_or("", |it| it.as_str());
        let grouped = words(r"by \(([a-z_, ]+)\)", expression);
        let grouped = grouped.iter().flat_map(|it| it.split(", "));
        let grouped = grouped.filter(|label| *label != "le").map(str::to_owned);
        for label in words(r#"([a-z_]+)[=!]~?""#, filters)
            .into_iter()
            .filter(|label| label != "job")
            .chain(grouped)
        {
            assert!(known.labels.contains(&label), "{label}: {expression}");
        }
        metrics.insert(name);
    }
    metrics
}

#[test]
fn alerts_and_dashboard_ask_for_nothing_that_there_is_not() {
    let documented = documented();
    let alerts = between("alerts").replace("\\|", "~or~");
    let file = tools::root().join("docs/prometheus-alerts.yml");
    let file = std::fs::read_to_string(file).unwrap();
    let mut ready_made = file
        .split("      - alert: ")
        .skip(1)
        .map(|rule| rule.split("        annotations:").next().unwrap());
    let rows: Vec<&str> = alerts
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .collect();
    assert!(rows.len() > 10);
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 6, "{row}");
        let expression = cells[2].split('`').nth(1).unwrap();
        let metrics = asked_for(expression, &documented);
        assert!(
            !metrics.is_empty() || expression.starts_with("up{"),
            "{row}"
        );
        let expression = expression.replace("~or~", "|");
        let mut expected = format!("        expr: '{expression}'\n");
        if let Some((_, time)) = cells[2].split_once("` for ") {
            expected.push_str(&format!("        for: {}\n", time.replace(' ', "")));
        }
        let rule = ready_made.next().unwrap_or_default();
        assert!(rule.ends_with(&expected), "{rule:?} is not {expected:?}");
    }
    assert_eq!(ready_made.next(), None, "the file and the table are one");
    let file = tools::root().join("docs/grafana-dashboard.json");
    let dashboard: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    let shown: BTreeSet<String> = expressions(&dashboard["panels"])
        .iter()
        .flat_map(|expression| asked_for(expression, &documented))
        .collect();
    assert_eq!(shown, documented.into_keys().collect(), "it shows all");
}

/// The program, with its log in a file.
fn logged(place: &Workspace, log: &Path) -> Server {
    let script = format!(
        "UNDERWRITE_LOG=info UNDERWRITE_LOG_FORMAT=json exec \"$@\" 2>{}",
        log.display()
    );
    let more = ["--http-listen", "127.0.0.1:0"];
    place.serve_with(&place.stripe, &more, &["sh", "-c", &script, "sh"])
}

/// Asks for a decision that a bank keeps waiting; gives what the answer says about it.
async fn pend(
    client: &DecisionServiceClient<Channel>,
    key: &str,
    call: &'static str,
) -> (String, MetadataMap) {
    let mut asked = tonic::Request::new(anew(request(key)));
    asked.set_timeout(Duration::from_secs(2));
    asked
        .metadata_mut()
        .insert("x-request-id", call.parse().unwrap());
    let answer = client.clone().decide(asked).await.unwrap();
    let metadata = answer.metadata().clone();
    match answer.into_inner().result.unwrap() {
        proto::decide_response::Result::Pending(pending) => (pending.decision_id, metadata),
        proto::decide_response::Result::Decision(decision) => panic!("{} is final", decision.id),
    }
}

async fn wait_for(client: &DecisionServiceClient<Channel>, id: &str) {
    let watch = proto::WatchDecisionRequest {
        id: id.to_owned(),
        view: 0,
    };
    let told = client.clone().watch_decision(watch).await.unwrap();
    let told: Vec<_> = told.into_inner().collect().await;
    assert!(told.last().unwrap().is_ok(), "{told:?}");
}

/// Ends a process in order: its last lines are written beside its calls and may come after the
/// answers.
async fn stop(server: Server) {
    terminate(server.pid());
    assert!(server.ended().await.success());
}

/// What the lines of a log with this message say of calls: its spans, outermost first.
fn lines(log: &Path, message: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap();
    let lines = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        line
    });
    lines
        .filter(|line| line["fields"]["message"] == message)
        .map(|line| line["spans"][0].clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_and_answers_about_a_decision_name_it_and_the_call() {
    let place = Workspace::slow(5_000).await;
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let server = logged(&place, &first);
    let client = server.client().await;
    let (id, metadata) = pend(&client, "k1", "los-7").await;
    assert_eq!(metadata.get("x-request-id").unwrap(), "los-7");
    assert_eq!(metadata.get("x-decision-id").unwrap(), id.as_str());
    let pending = shown(&server).await;
    assert_eq!(pending.value("underwrite_pending_decisions", &[]), 1.0);
    wait_for(&client, &id).await;
    let pending = shown(&server).await;
    assert_eq!(pending.value("underwrite_pending_decisions", &[]), 0.0);
    let unknown = proto::GetDecisionRequest {
        idempotency_key: "nobody".to_owned(),
        ..Default::default()
    };
    let refused = client.clone().get_decision(unknown).await.unwrap_err();
    assert!(refused.metadata().get("x-request-id").is_some());
    assert!(refused.metadata().get("x-decision-id").is_none());

    stop(server).await;
    for message in ["pending", "no longer pending"] {
        let spans = lines(&first, message);
        assert_eq!(spans.len(), 1, "{message}");
        assert_eq!(spans[0]["request_id"], "los-7", "{message}");
        assert_eq!(spans[0]["decision_id"], id.as_str(), "{message}");
    }
    let answered = lines(&first, "answered");
    let of = |method: &str| {
        let mut spans = answered.iter().filter(|span| span["method"] == method);
        spans.next().unwrap().clone()
    };
    assert_eq!(of("Decide")["request_id"], "los-7");
    assert_eq!(of("Decide")["decision_id"], id.as_str());
    assert_eq!(of("WatchDecision")["decision_id"], id.as_str());

    let place = Workspace::slow(5_000).await;
    let server = place.serve();
    let (id, _) = pend(&server.client().await, "k2", "los-8").await;
    server.kill();
    let server = logged(&place, &second);
    wait_for(&server.client().await, &id).await;
    stop(server).await;
    let spans = lines(&second, "no longer pending");
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0]["name"], "resumed");
    assert_eq!(spans[0]["decision_id"], id.as_str());
    let text = std::fs::read_to_string(&first).unwrap();
    assert!(!text.contains(NAME), "{text}");
}

/// Makes a call with nothing in it.
async fn bare(channel: &Channel, path: &str, id: &str) {
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let mut request = tonic::Request::new(());
    request
        .metadata_mut()
        .insert("x-request-id", id.parse().unwrap());
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let path = path.parse().unwrap();
    // Most of them lack something.
    drop(client.unary(request, path, codec).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_has_one_line() {
    let place = Workspace::new().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = logged(&place, &log);
    let channel = channel(server.address).await;
    let paths = methods::METHODS.iter().map(|method| method.path);
    let ours = paths.filter_map(|path| {
        let (service, method) = path.rsplit_once('/').unwrap();
        service
            .starts_with("/underwrite.")
            .then_some((path, method))
    });
    let ours: Vec<_> = ours.collect();
    for (path, method) in &ours {
        bare(&channel, path, &format!("call-{method}")).await;
    }
    stop(server).await;
    let told: Vec<_> = lines(&log, "answered")
        .iter()
        .map(|span| {
            [&span["method"], &span["request_id"]].map(|one| one.as_str().unwrap().to_owned())
        })
        .collect();
    let expected = ours.iter();
    let expected = expected.map(|(_, method)| [(*method).to_owned(), format!("call-{method}")]);
    assert_eq!(told, Vec::from_iter(expected));
}
