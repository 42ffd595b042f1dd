//! `underwrite decisions`: looks at what is recorded.

use std::collections::BTreeMap;

use super::args::{Decisions, List, ServerArgs, Show};
use super::caller::{self, Caller};
use super::table::{self, Cell};
use super::text::{self, DIM, RED, paint};
use super::{CliError, Exit, Terminal, assembly, json, show};
use crate::config::Config;
use crate::id::{DecisionId, IdempotencyKey};
use crate::proto;
use crate::service::{DecisionApi, to_wire};

/// Runs the command.
pub(super) async fn run(
    command: Decisions,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        Decisions::List(command) => list(*command, environment, terminal).await,
        Decisions::Show(command) => show_one(*command, environment, terminal).await,
    }
}

/// The server that was named, or the records of this machine.
async fn caller(
    place: &ServerArgs,
    environment: &BTreeMap<String, String>,
) -> Result<Caller, CliError> {
    if let Some(url) = &place.server {
        let token = caller::token(place.token_file.as_deref(), environment)?;
        return Caller::connect(url, &place.trust, token).await;
    }
    let settings = &place.settings;
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    let house = assembly::open_records(&config)?;
    Ok(Caller::Local(DecisionApi::local(
        house.underwriter,
        house.tenant,
    )))
}

async fn list(
    command: List,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut caller = caller(&command.place, environment).await?;
    if command.pending {
        return list_pending(&command, &mut caller, terminal).await;
    }
    let page = caller.list(request(&command)).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("ListDecisionsResponse", &page)?)?;
        return Ok(Exit::Success);
    }
    if page.decisions.is_empty() && page.damaged.is_empty() {
        terminal.print("No decisions.\n")?;
        return Ok(Exit::Success);
    }
    let mut rows: Vec<_> = page.decisions.iter().map(row).collect();
    let mut damaged: Vec<_> = page.damaged.iter().collect();
    damaged.sort_by_key(|record| record.place);
    for record in damaged {
        let place = usize::try_from(record.place).unwrap_or(usize::MAX);
        rows.insert(place.min(rows.len()), damaged_row(record));
    }
    let head = [
        "recorded",
        "decision",
        "application",
        "outcome",
        "offer",
        "rule set",
        "main reason",
    ];
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    tell_more(&page.next_page_token, terminal)?;
    Ok(Exit::Success)
}

/// Says how to read on, where there is more.
fn tell_more(next_page_token: &str, terminal: &mut Terminal) -> Result<(), CliError> {
    if !next_page_token.is_empty() {
        let hint = format!("more: --page-token {next_page_token}");
        terminal.print(&format!("{}\n", paint(DIM, &hint)))?;
    }
    Ok(())
}

async fn list_pending(
    command: &List,
    caller: &mut Caller,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let request = proto::ListPendingDecisionsRequest {
        page_size: i32::try_from(command.page_size).unwrap_or(i32::MAX),
        page_token: command.page_token.clone(),
    };
    let page = caller.list_pending(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("ListPendingDecisionsResponse", &page)?)?;
        return Ok(Exit::Success);
    }
    if page.pending.is_empty() && page.damaged.is_empty() {
        terminal.print("Nothing is pending.\n")?;
        return Ok(Exit::Success);
    }
    let mut rows: Vec<_> = page.pending.iter().map(pending_row).collect();
    for record in &page.damaged {
        let place = usize::try_from(record.place).unwrap_or(usize::MAX);
        rows.insert(place.min(rows.len()), damaged_pending_row(record));
    }
    let head = [
        "since",
        "until",
        "decision",
        "application",
        "key",
        "rule set",
        "waits for",
    ];
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    tell_more(&page.next_page_token, terminal)?;
    Ok(Exit::Success)
}

fn pending_row(pending: &proto::Pending) -> Vec<Cell> {
    vec![
        Cell::new(text::instant(pending.pend_time.as_ref())),
        Cell::new(text::instant(pending.expire_time.as_ref())),
        Cell::new(&pending.decision_id),
        Cell::new(&pending.application_id),
        Cell::new(&pending.idempotency_key),
        Cell::new(&pending.rule_set),
        Cell::new(pending.waiting_account_ids.join(", ")),
    ]
}

fn damaged_pending_row(record: &proto::DamagedRecord) -> Vec<Cell> {
    let mut row = vec![Cell::new(""), Cell::styled("DAMAGED", RED)];
    row.push(Cell::new(&record.id));
    row.extend((0..3).map(|_| Cell::new("")));
    row.push(Cell::new(&record.problem));
    row
}

fn request(command: &List) -> proto::ListDecisionsRequest {
    let filters = &command.filters;
    proto::ListDecisionsRequest {
        page_size: i32::try_from(command.page_size).unwrap_or(i32::MAX),
        page_token: command.page_token.clone(),
        start_time: filters.from.map(to_wire::timestamp),
        end_time: filters.until.map(to_wire::timestamp),
        outcome: filters
            .outcome
            .map_or(0, |outcome| to_wire::outcome(outcome).into()),
        rule_set: filters
            .rule_set
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        application_id: filters
            .application_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        view: proto::DecisionView::Summary.into(),
    }
}

fn row(decision: &proto::Decision) -> Vec<Cell> {
    let (outcome, style) = text::outcome(decision.outcome());
    let rule_set = decision
        .pins
        .as_ref()
        .and_then(|pins| pins.rule_set.as_ref());
    vec![
        Cell::new(text::instant(decision.record_time.as_ref())),
        Cell::new(&decision.id),
        Cell::new(&decision.application_id),
        Cell::styled(outcome, style),
        Cell::right(show::offered(decision).unwrap_or_default()),
        Cell::new(rule_set.map_or_else(String::new, |pin| format!("{} {}", pin.name, pin.version))),
        Cell::new(show::main_reason(decision)),
    ]
}

fn damaged_row(record: &proto::DamagedRecord) -> Vec<Cell> {
    let problem = format!("record {} of the ledger: {}", record.seq, record.problem);
    vec![
        Cell::new(""),
        Cell::new(&record.id),
        Cell::new(""),
        Cell::styled("DAMAGED", RED),
        Cell::right(""),
        Cell::new(""),
        Cell::new(problem),
    ]
}

async fn show_one(
    command: Show,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut caller = caller(&command.place, environment).await?;
    let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
    let request = proto::GetDecisionRequest {
        id: text(command.id.as_ref().map(DecisionId::as_str)),
        idempotency_key: text(command.key.as_ref().map(IdempotencyKey::as_str)),
        view: proto::DecisionView::Full.into(),
    };
    let decision = caller.decision(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("Decision", &decision)?)?;
        return Ok(Exit::Success);
    }
    let mut snapshots = Vec::new();
    if command.transactions {
        for pin in decision.pins.iter().flat_map(|pins| &pins.snapshots) {
            snapshots.push(caller.snapshot(&pin.hash).await?);
        }
    }
    terminal.print(&show::decision(&decision, &snapshots))?;
    Ok(Exit::Success)
}
