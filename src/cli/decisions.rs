//! `underwrite decisions`: looks at what is recorded.

mod export;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{Decisions, List, RecordsArgs, Show};
use super::caller::{self, Caller};
use super::table::{self, Cell};
use super::text::{self, DIM, RED, paint};
use super::{CliError, Exit, Terminal, assembly, decide, follow_ups, json, resolve, show, tenants};
use crate::config::Config;
use crate::id::{DecisionId, IdempotencyKey, TenantId};
use crate::ledger::Ledger;
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
        Decisions::Export(command) => export::run(&command, environment, terminal).await,
        Decisions::Show(command) => show_one(*command, environment, terminal).await,
        Decisions::Resolve(command) => {
            let key = decide::random_name()?;
            resolve::run(*command, key, environment, terminal).await
        }
        Decisions::Override(command) => {
            let key = decide::random_name()?;
            follow_ups::record_override(*command, key, environment, terminal).await
        }
        Decisions::Notice(command) => {
            follow_ups::notice::run(*command, environment, terminal).await
        }
        Decisions::Due(command) => follow_ups::due::run(*command, environment, terminal).await,
        Decisions::Sent(command) => {
            let key = decide::random_name()?;
            follow_ups::notice::record_sent(*command, key, environment, terminal).await
        }
        Decisions::Performance(command) => {
            let key = decide::random_name()?;
            follow_ups::record_performance(*command, key, environment, terminal).await
        }
    }
}

/// Whoever is asked for records: the server that was named, or those of this machine.
struct Records {
    caller: Caller,
    /// The ledger and whose things are looked for there, where it is that of this machine.
    here: Option<(Arc<dyn Ledger>, TenantId)>,
}

impl Records {
    async fn open(
        records: &RecordsArgs,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, CliError> {
        let place = &records.place;
        if let Some(url) = &place.server {
            let token = caller::token(place.token_file.as_deref(), environment)?;
            let caller = Caller::connect(url, &place.trust, token).await?;
            return Ok(Self { caller, here: None });
        }
        let settings = &place.settings;
        let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
        let house = assembly::open_records(&config)?;
        let tenant = records.tenant.clone().unwrap_or(house.tenant);
        let api = DecisionApi::local(house.underwriter, tenant.clone());
        Ok(Self {
            caller: Caller::Local(api),
            here: Some((house.ledger, tenant)),
        })
    }

    /// What is said where nothing was found: also whose there is something, if that can be seen.
    async fn nothing(&self, nothing: &str) -> Result<String, CliError> {
        match &self.here {
            None => Ok(nothing.to_owned()),
            Some((ledger, tenant)) => {
                let all = ledger.tenants().await?;
                Ok(tenants::nothing_for(tenant, &all, nothing))
            }
        }
    }
}

async fn list(
    command: List,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut records = Records::open(&command.records, environment).await?;
    if command.pending {
        return list_pending(&command, &mut records, terminal).await;
    }
    let page = records.caller.list(request(&command)).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("ListDecisionsResponse", &page)?)?;
        return Ok(Exit::Success);
    }
    if page.decisions.is_empty() && page.damaged.is_empty() {
        let told = match page.next_page_token.as_str() {
            "" => records.nothing("No decisions").await?,
            _ => format!("None of the newest {} decisions", page.looked_at),
        };
        terminal.print(&format!("{told}\n"))?;
        tell_more(&page.next_page_token, terminal)?;
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
        "mark",
        "offer",
        "rule set",
        "main reason",
    ];
    let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    if page.looked_at > shown {
        let hint = format!("{shown} of {} decisions looked at", page.looked_at);
        terminal.print(&format!("{}\n", paint(DIM, &hint)))?;
    }
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
    records: &mut Records,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let request = proto::ListPendingDecisionsRequest {
        page_size: i32::try_from(command.page_size).unwrap_or(i32::MAX),
        page_token: command.page_token.clone(),
    };
    let page = records.caller.list_pending(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("ListPendingDecisionsResponse", &page)?)?;
        return Ok(Exit::Success);
    }
    if page.pending.is_empty() && page.damaged.is_empty() {
        let told = records.nothing("Nothing is pending").await?;
        terminal.print(&format!("{told}\n"))?;
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
        "mark",
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
        Cell::mark(pending.test_data),
        Cell::new(&pending.application_id),
        Cell::new(&pending.idempotency_key),
        Cell::new(&pending.rule_set),
        Cell::new(pending.waiting_account_ids.join(", ")),
    ]
}

fn damaged_pending_row(record: &proto::DamagedRecord) -> Vec<Cell> {
    let mut row = vec![Cell::new(""), Cell::styled("DAMAGED", RED)];
    row.push(Cell::new(&record.id));
    row.extend((0..4).map(|_| Cell::new("")));
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
        reason: filters.reason.clone().unwrap_or_default(),
        rule: filters.rule.clone().unwrap_or_default(),
        rule_set_version: filters.rule_set_version.clone().unwrap_or_default(),
        overridden: filters.overridden,
    }
}

fn row(decision: &proto::Decision) -> Vec<Cell> {
    let (mut outcome, style) = text::outcome(decision.outcome());
    let overridden = decision.overridden_to();
    let both;
    if overridden != proto::Outcome::Unspecified {
        both = format!("{outcome} > {}", text::outcome(overridden).0);
        outcome = &both;
    }
    let rule_set = decision
        .pins
        .as_ref()
        .and_then(|pins| pins.rule_set.as_ref());
    vec![
        Cell::new(text::instant(decision.record_time.as_ref())),
        Cell::new(&decision.id),
        Cell::new(&decision.application_id),
        Cell::styled(outcome, style),
        Cell::mark(decision.test_data),
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
        Cell::new(""),
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
    let mut records = Records::open(&command.records, environment).await?;
    let text = |name: Option<&str>| name.unwrap_or_default().to_owned();
    let request = proto::GetDecisionRequest {
        id: text(command.id.as_ref().map(DecisionId::as_str)),
        idempotency_key: text(command.key.as_ref().map(IdempotencyKey::as_str)),
        view: proto::DecisionView::Full.into(),
    };
    let decision = match records.caller.decision(request).await {
        Err(CliError::Refused(mut refused)) if refused.reason == "NOT_FOUND" => {
            refused.message = records.nothing(&refused.message).await?;
            return Err(CliError::Refused(refused));
        }
        decision => decision?,
    };
    if terminal.wants_json() {
        terminal.print_json(&json::of("Decision", &decision)?)?;
        return Ok(Exit::Success);
    }
    let mut snapshots = Vec::new();
    if command.transactions {
        for pin in decision.pins.iter().flat_map(|pins| &pins.snapshots) {
            snapshots.push(records.caller.snapshot(&pin.hash).await?);
        }
    }
    terminal.print(&show::decision(&decision, &snapshots))?;
    Ok(Exit::Success)
}
