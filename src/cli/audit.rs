//! `underwrite audit`: who read and changed what.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::args::{self, AuditExport, AuditList};
use super::table::{self, Cell};
use super::text::{DIM, RED, counted, paint};
use super::{CliError, Exit, Terminal, assembly};
use crate::access::Credential;
use crate::ledger::{AuditOrder, AuditRecord, Problem};
use crate::{limits, private};

/// Runs the command.
pub(super) async fn run(
    command: args::Audit,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        args::Audit::List(command) => list(&command, environment, terminal).await,
        args::Audit::Export(command) => export(&command, environment, terminal).await,
    }
}

async fn list(
    command: &AuditList,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let house = assembly::open_records(&command.settings.load(environment)?)?;
    let page_size = usize::try_from(command.page_size).unwrap_or(usize::MAX);
    let filter = command.filters.filter();
    let page = house
        .ledger
        .audit_log(
            &filter,
            AuditOrder::NewestFirst,
            command.page_token,
            page_size,
        )
        .await?;
    let exit = match page.events.iter().any(Result::is_err) {
        true => Exit::Differences,
        false => Exit::Success,
    };
    if terminal.wants_json() {
        let events: Vec<Value> = page.events.iter().map(as_json).collect();
        let next = page.next.map(|next| next.to_string());
        terminal.print_json(&json!({ "events": events, "next_page_token": next }))?;
        return Ok(exit);
    }
    if page.events.is_empty() {
        terminal.print("Nothing was read or changed.\n")?;
        return Ok(exit);
    }
    let head = [
        "recorded", "tenant", "who", "from", "action", "result", "times", "request", "object",
    ];
    let rows = page.events.iter().map(row).collect();
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    if let Some(next) = page.next {
        let hint = format!("more: --page-token {next}");
        terminal.print(&format!("{}\n", paint(DIM, &hint)))?;
    }
    Ok(exit)
}

/// Writes page after page: an audit log may be larger than memory.
async fn export(
    command: &AuditExport,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let house = assembly::open_records(&command.settings.load(environment)?)?;
    let path = &command.file;
    let failed = |error: std::io::Error| CliError::file(path, &error);
    let file: File = private::file_options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(failed)?;
    let mut written = BufWriter::new(file);
    let (filter, order) = (command.filters.filter(), AuditOrder::OldestFirst);
    let (mut after, mut events, mut damaged) = (None, 0_usize, 0_usize);
    loop {
        let page = house
            .ledger
            .audit_log(&filter, order, after, limits::AUDIT_PAGE_SIZE_MAX)
            .await?;
        for event in &page.events {
            writeln!(written, "{}", as_json(event)).map_err(failed)?;
            damaged = damaged.saturating_add(usize::from(event.is_err()));
        }
        events = events.saturating_add(page.events.len());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let file = written
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    if terminal.wants_json() {
        terminal.print_json(&json!({ "events": events, "damaged": damaged }))?;
    } else {
        let events = counted(events, "event", "events");
        terminal.print(&format!("{events} written to `{}`\n", path.display()))?;
    }
    if damaged == 0 {
        return Ok(Exit::Success);
    }
    let damaged = counted(damaged, "of them is", "of them are");
    terminal.note(&format!(
        "{damaged} not what was written: see `underwrite ledger verify`"
    ))?;
    Ok(Exit::Differences)
}

/// An event as a program reads it, also in an export; in the place of one that is damaged, what is
/// wrong with it.
fn as_json(event: &Result<AuditRecord, Problem>) -> Value {
    let AuditRecord { event, envelope } = match event {
        Ok(record) => record,
        Err(found) => return json!({ "record": found.record, "problem": found.problem }),
    };
    json!({
        "seq": envelope.seq,
        "hash": envelope.hash,
        "recorded_at": event.at,
        "tenant": event.tenant.as_str(),
        "who": event.who.as_ref().map(|who| who.as_str()),
        "credential": event.credential.as_ref().map(Credential::to_string),
        "from": event.from,
        "request_id": event.request_id.as_deref(),
        "action": event.action.name(),
        "object": event.object,
        "result": event.result.name(),
        "count": event.count,
    })
}

fn row(event: &Result<AuditRecord, Problem>) -> Vec<Cell> {
    let event = match event {
        Ok(record) => &record.event,
        Err(found) => {
            let mut row = vec![Cell::styled("DAMAGED", RED)];
            row.extend((0..5).map(|_| Cell::new("")));
            row.extend([Cell::right(""), Cell::new("")]);
            row.push(Cell::new(format!(
                "record {}: {}",
                found.record, found.problem
            )));
            return row;
        }
    };
    let text = |text: Option<String>| Cell::new(text.unwrap_or_default());
    vec![
        Cell::new(event.at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        Cell::new(event.tenant.as_str()),
        text(event.who.as_ref().map(ToString::to_string)),
        text(event.from.map(|from| from.to_string())),
        Cell::new(event.action.name()),
        Cell::new(event.result.name()),
        Cell::right(event.count.to_string()),
        text(event.request_id.as_ref().map(ToString::to_string)),
        text(event.object.clone()),
    ]
}
