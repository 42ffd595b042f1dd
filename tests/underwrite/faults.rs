//! Every fault through `Decide`: the table of `docs/stripe.md` is run row by row.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_stream::StreamExt;
use tonic::Code;
use tonic_types::StatusExt;
use underwrite::proto;
use underwrite::service::status;
use underwrite::stripe::StripeConfig;
use underwrite::underwriter::WaitLimits;

use super::harness::{Setup, anew, principal, request, start};

const DOCS: &str = include_str!("../../docs/stripe.md");
const ACCOUNT: &str = "fca_sample_salaried_checking";

/// One row of the table.
#[derive(Debug, Clone)]
struct Row {
    /// The keys of a `[[fault]]`, separated by semicolons; several faults by ` + `.
    fault: String,
    /// An outcome, `PENDING, then` and an outcome, or the name of a gRPC code.
    ends: String,
    /// The first principal reason or the error's reason; `-` for none.
    reason: String,
    /// Whether the error says when to come back.
    retry: bool,
}

fn rows() -> Vec<Row> {
    let (_, rest) = DOCS.split_once("<!-- fault matrix -->").unwrap();
    let (table, _) = rest.split_once("<!-- /fault matrix -->").unwrap();
    let cell = |text: &str| text.trim().trim_matches('`').to_owned();
    table
        .lines()
        .filter(|line| line.starts_with("| `effect"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            assert_eq!(cells.len(), 4, "{line}");
            Row {
                fault: cell(cells[0]),
                ends: cells[1].trim().to_owned(),
                reason: cell(cells[2]),
                retry: cells[3].trim() == "yes",
            }
        })
        .collect()
}

/// The file of faults that a row means.
fn file(row: &Row) -> String {
    let faults = row.fault.split(" + ").map(|fault| {
        let keys: String = fault
            .split(';')
            .map(|key| format!("{}\n", key.trim()))
            .collect();
        format!("[[fault]]\naccount = '{ACCOUNT}'\n{keys}")
    });
    faults.collect()
}

/// Times short enough that what never ends is given up while the test waits, and long enough for a
/// busy machine.
fn quick(stripe: &mut StripeConfig) {
    stripe.first_byte_timeout = Duration::from_secs(2);
    stripe.idle_timeout = Duration::from_secs(2);
    stripe.call_timeout = Duration::from_secs(4);
    stripe.fetch_deadline = Duration::from_secs(30);
    stripe.breaker_failures = 100;
}

fn asked() -> proto::DecideRequest {
    let mut request = request("k", "Maria Lopez", &[ACCOUNT]);
    // A list without end is cut at 50,000 rows: all of them are more than a client takes.
    request.view = proto::DecisionView::Summary.into();
    anew(request)
}

/// What comes of a row, in the words of the table.
async fn comes_of(row: Row) -> (Row, Row) {
    let system = start(Setup {
        faults: &file(&row),
        wait_limits: WaitLimits {
            answer_within: Duration::from_secs(if row.ends.starts_with("PENDING") {
                3
            } else {
                60
            }),
            pending_for: Duration::from_secs(12),
            retry_pause: Duration::from_millis(100),
        },
        tune: Some(quick),
        ..Setup::default()
    })
    .await;
    let mut seen = row.clone();
    seen.retry = false;
    match system.client.clone().decide(asked()).await {
        Err(refused) => {
            let details = refused.get_error_details();
            seen.ends = status::name(refused.code()).to_owned();
            let info = details.error_info();
            let info = info.unwrap_or_else(|| panic!("{row:?}: {refused:?}"));
            seen.reason = info.reason.clone();
            seen.retry = details.retry_info().is_some();
            assert_ne!(refused.code(), Code::Unknown);
            assert!(system.recorded().await.is_empty(), "nothing half-recorded");
        }
        Ok(answer) => match answer.into_inner().result.unwrap() {
            proto::decide_response::Result::Decision(decision) => {
                (seen.ends, seen.reason) = of(&decision);
            }
            proto::decide_response::Result::Pending(pending) => {
                let request = proto::WatchDecisionRequest {
                    id: pending.decision_id,
                    view: proto::DecisionView::Full.into(),
                };
                let told = system.client.clone().watch_decision(request).await.unwrap();
                let told: Vec<_> = told.into_inner().collect().await;
                let last = told.into_iter().last().unwrap().unwrap().result.unwrap();
                let proto::watch_decision_response::Result::Decision(decision) = last else {
                    panic!("it does not end: {row:?}");
                };
                let (outcome, reason) = of(&decision);
                seen.ends = format!("PENDING, then {outcome}");
                seen.reason = reason;
            }
        },
    }
    (row, seen)
}

fn of(decision: &proto::Decision) -> (String, String) {
    let outcome = decision
        .outcome()
        .as_str_name()
        .trim_start_matches("OUTCOME_");
    let reasons = principal(decision);
    let reason = reasons.first().map_or("-", |reason| *reason);
    (outcome.to_owned(), reason.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_ends_as_the_table_says() {
    let rows = rows();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let mut running = JoinSet::new();
    let mut differ = Vec::new();
    let mut left = rows.into_iter();
    loop {
        while running.len() < 8
            && let Some(row) = left.next()
        {
            running.spawn(comes_of(row));
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        let (row, seen) = ended.unwrap();
        let told = |row: &Row| (row.ends.clone(), row.reason.clone(), row.retry);
        if told(&row) != told(&seen) {
            let retry = if seen.retry { "yes" } else { "no" };
            differ.push(format!(
                "| `{}` | {} | `{}` | {retry} |",
                seen.fault, seen.ends, seen.reason
            ));
        }
    }
    differ.sort();
    assert!(
        differ.is_empty(),
        "what came of them:\n{}",
        differ.join("\n")
    );
}

/// Every effect that the sandbox knows is somewhere in the table.
#[test]
fn the_table_has_every_effect() {
    let rows = rows();
    let effects = underwrite::sandbox::effects_table();
    for line in effects.lines().filter(|line| line.starts_with("| `")) {
        let name = line.split('`').nth(1).unwrap();
        if name == "effect" {
            continue;
        }
        let named = format!("effect = '{name}'");
        assert!(
            rows.iter().any(|row| row.fault.contains(&named)),
            "`{name}` is not in the table of docs/stripe.md"
        );
    }
}
