//! `underwrite demo`: a sandbox, a server and a caller in one process. Every sample applicant is
//! decided over a real socket, and then every decision is made again from the ledger.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::args::{Demo, Trust};
use super::assembly::{self, Assembly};
use super::caller::Caller;
use super::interrupt::LongWork;
use super::replay::{self, Findings};
use super::table::{self, Cell};
use super::text::{self, BOLD, DIM, paint};
use super::{CliError, Exit, Terminal, json, sandbox, show};
use crate::config::{Config, GivenSettings, Value};
use crate::features::{INCOME_MONTHLY_NET, NSF_EVENT_DAYS};
use crate::proto;
use crate::replay::Replay;
use crate::sandbox::{SampleApplicant, Sandbox, SandboxConfig, applicants};
use crate::service::{self, ServerConfig, ServerError, to_wire};

/// The rule set that decides the samples.
const RULE_SET: &str = "personal-loan";

/// One sample and what was decided.
struct Decided {
    sample: SampleApplicant,
    decision: proto::Decision,
}

/// Runs the command.
pub(super) async fn run(command: Demo, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let today = sandbox::today(command.today);
    let folder = tempfile::tempdir()?;
    let stop = CancellationToken::new();
    let _stop_at_the_end = stop.clone().drop_guard();
    let stripe = start_sandbox(today, &stop).await?;
    let config = config(folder.path(), &stripe)?;
    let house = assembly::open(&config, Some(today)).await?;
    let (url, server) = start_server(&house, &stop).await?;
    let places = format!("Stripe is played on {stripe}, the service answers on {url}");
    terminal.note(&paint(DIM, &places))?;
    let decided = decide_all(&url, today, terminal).await?;
    let long = LongWork::new(terminal.bar("replaying"));
    let findings = replay::reproduce(&house, None, Replay::default(), long).await?;
    report(&decided, &findings, today, terminal)?;
    stop.cancel();
    server
        .await
        .map_err(|_| CliError::other("server", "the demo's server broke off"))??;
    Ok(findings.exit())
}

/// The settings of a demo: everything in `folder`, nothing from the environment.
fn config(folder: &Path, stripe: &str) -> Result<Config, CliError> {
    let value = |text: &str| Value {
        text: text.to_owned(),
        origin: "the demo".to_owned(),
    };
    let data_dir = folder.join("data");
    let given = GivenSettings::from([
        ("data_dir", value(&data_dir.to_string_lossy())),
        ("stripe_api_base", value(stripe)),
        ("stripe_api_key", value("sk_test_demo")),
    ]);
    Ok(Config::load(given, &BTreeMap::new(), None)?)
}

async fn start_sandbox(today: NaiveDate, stop: &CancellationToken) -> Result<String, CliError> {
    let sandbox = Sandbox::new(SandboxConfig::new(today))
        .map_err(|error| CliError::other("sandbox", error.to_string()))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let stopped = stop.clone().cancelled_owned();
    // The samples are gone with the process; how serving them ended changes nothing.
    drop(tokio::spawn(async move {
        sandbox.serve(listener, stopped).await
    }));
    Ok(url)
}

async fn start_server(
    house: &Assembly,
    stop: &CancellationToken,
) -> Result<(String, JoinHandle<Result<(), ServerError>>), CliError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let config = ServerConfig::default();
    let stopped = stop.clone().cancelled_owned();
    let serving = service::run(listener, config, house.underwriter.clone(), stopped);
    Ok((url, tokio::spawn(serving)))
}

async fn decide_all(
    url: &str,
    today: NaiveDate,
    terminal: &mut Terminal,
) -> Result<Vec<Decided>, CliError> {
    let mut caller = Caller::connect(url, &Trust::default(), None).await?;
    let samples = applicants(today);
    let bar = terminal.bar("deciding");
    bar.set_length(u64::try_from(samples.len()).unwrap_or(u64::MAX));
    let mut decided = Vec::with_capacity(samples.len());
    for sample in samples {
        let decision = caller.decide(request(&sample), |_| {}).await?;
        if !terminal.wants_json() {
            let line = line(&sample, &decision);
            bar.suspend(|| terminal.print(&line))?;
        }
        bar.inc(1);
        decided.push(Decided { sample, decision });
    }
    bar.finish_and_clear();
    Ok(decided)
}

fn request(sample: &SampleApplicant) -> proto::DecideRequest {
    proto::DecideRequest {
        idempotency_key: format!("demo-{}", sample.key),
        application: Some(to_wire::application(&sample.application)),
        rule_set: RULE_SET.to_owned(),
        view: proto::DecisionView::Full.into(),
    }
}

/// `APPROVE  salaried: a steady salary, no overdrafts`, as decisions come.
fn line(sample: &SampleApplicant, decision: &proto::Decision) -> String {
    let (word, style) = text::outcome(decision.outcome());
    let word = paint(style, &format!("{word:<7}"));
    format!("{word}  {}: {}\n", paint(BOLD, sample.key), sample.story)
}

fn report(
    decided: &[Decided],
    findings: &Findings,
    today: NaiveDate,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    if terminal.wants_json() {
        let mut all = Vec::new();
        for one in decided {
            all.push(json!({
                "key": one.sample.key,
                "story": one.sample.story,
                "decision": json::of("Decision", &one.decision)?,
            }));
        }
        terminal.print_json(&json!({
            "today": today.to_string(),
            "applicants": all,
            "replay": findings.json(),
        }))?;
        return Ok(());
    }
    let head = [
        "applicant",
        "outcome",
        "asked",
        "offer",
        "income a month",
        "NSF days",
        "main reason",
    ];
    let rows = decided.iter().map(row).collect();
    let table = table::render(&head, rows, terminal.width());
    terminal.print(&format!("\n{table}\n{}", findings.text()))?;
    Ok(())
}

fn row(one: &Decided) -> Vec<Cell> {
    let (word, style) = text::outcome(one.decision.outcome());
    let asked = to_wire::money(one.sample.application.requested_amount());
    vec![
        Cell::styled(one.sample.key, BOLD),
        Cell::styled(word, style),
        Cell::right(text::money(&asked)),
        Cell::right(show::offered(&one.decision).unwrap_or_else(|| "-".to_owned())),
        Cell::right(feature(&one.decision, INCOME_MONTHLY_NET)),
        Cell::right(feature(&one.decision, NSF_EVENT_DAYS)),
        Cell::new(show::main_reason(&one.decision)),
    ]
}

/// A feature's value, or a question mark where it is missing.
fn feature(decision: &proto::Decision, name: &str) -> String {
    let found = decision
        .features
        .iter()
        .find(|feature| feature.name == name);
    let observed = found.and_then(|feature| feature.observation.as_ref());
    text::observation(observed).unwrap_or_else(|_| "?".to_owned())
}
