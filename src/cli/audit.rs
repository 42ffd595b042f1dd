//! `underwrite audit`: who read and changed what.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::args::{self, AccessPlace, AuditExport, AuditList};
use super::caller::{self, Remote};
use super::table::{self, Cell};
use super::text::{DIM, RED, counted, paint};
use super::{CliError, Exit, Terminal, assembly};
use crate::id::TenantId;
use crate::proto;
use crate::proto::access_service_client::AccessServiceClient;
use crate::proto::audit_entry::Entry;
use crate::underwriter::Underwriter;
use crate::{limits, private, service};

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

/// Where the audit log is.
enum Place {
    Server(Box<AccessServiceClient<Remote>>),
    Here(Box<Underwriter>, TenantId),
}

impl Place {
    async fn open(
        place: &AccessPlace,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, CliError> {
        if let Some(url) = &place.server {
            let token = caller::token(place.token_file.as_deref(), environment)?;
            let remote = caller::remote(url, &place.trust, token).await?;
            return Ok(Self::Server(Box::new(AccessServiceClient::new(remote))));
        }
        let house = assembly::open_records(&place.settings.load(environment)?)?;
        let tenant = place.tenant.clone().unwrap_or(house.tenant);
        Ok(Self::Here(Box::new(house.underwriter), tenant))
    }

    async fn page(
        &mut self,
        request: proto::ListAuditEventsRequest,
    ) -> Result<proto::ListAuditEventsResponse, CliError> {
        match self {
            Self::Server(client) => Ok(client.list_audit_events(request).await?.into_inner()),
            Self::Here(underwriter, tenant) => {
                Ok(service::audit_log(underwriter, tenant.clone(), &request).await?)
            }
        }
    }
}

async fn list(
    command: &AuditList,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, environment).await?;
    let request = proto::ListAuditEventsRequest {
        page_size: command.page_size,
        page_token: command.page_token.clone().unwrap_or_default(),
        ..command.filters.request()
    };
    let page = place.page(request).await?;
    let exit = match page.entries.iter().any(is_damaged) {
        true => Exit::Differences,
        false => Exit::Success,
    };
    let next = Some(page.next_page_token).filter(|next| !next.is_empty());
    if terminal.wants_json() {
        let events: Vec<Value> = page.entries.iter().map(as_json).collect();
        terminal.print_json(&json!({ "events": events, "next_page_token": next }))?;
        return Ok(exit);
    }
    if page.entries.is_empty() {
        let none = match place {
            Place::Server(_) => "Nothing was read or changed\n".to_owned(),
            Place::Here(_, tenant) => {
                format!("Nothing of `{tenant}` was read or changed: `--tenant` names another\n")
            }
        };
        terminal.print(&none)?;
        return Ok(exit);
    }
    let head = [
        "recorded", "who", "from", "action", "result", "times", "request", "object",
    ];
    let rows = page.entries.iter().map(row).collect();
    terminal.print(&table::render(&head, rows, terminal.width()))?;
    if let Some(next) = next {
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
    let mut place = Place::open(&command.place, environment).await?;
    let path = &command.file;
    let failed = |error: std::io::Error| CliError::file(path, &error);
    let file = private::create_new(path).map_err(failed)?;
    let mut written = BufWriter::new(file);
    let mut request = proto::ListAuditEventsRequest {
        page_size: i32::try_from(limits::AUDIT_PAGE_SIZE_MAX).unwrap_or(i32::MAX),
        oldest_first: true,
        ..command.filters.request()
    };
    let (mut events, mut damaged) = (0_usize, 0_usize);
    loop {
        let page = place.page(request.clone()).await?;
        for entry in &page.entries {
            writeln!(written, "{}", as_json(entry)).map_err(failed)?;
            damaged = damaged.saturating_add(usize::from(is_damaged(entry)));
        }
        events = events.saturating_add(page.entries.len());
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
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

fn is_damaged(entry: &proto::AuditEntry) -> bool {
    !matches!(&entry.entry, Some(Entry::Event(_)))
}

/// When an event was recorded, to the second.
fn recorded_at(event: &proto::AuditEvent) -> String {
    let at = event.record_time.as_ref();
    at.and_then(|at| DateTime::from_timestamp(at.seconds, 0))
        .map_or_else(String::new, |at| {
            at.to_rfc3339_opts(SecondsFormat::Secs, true)
        })
}

/// An event as a program reads it, also in an export; in the place of one that is damaged, what is
/// wrong with it.
fn as_json(entry: &proto::AuditEntry) -> Value {
    let event = match &entry.entry {
        Some(Entry::Event(event)) => event,
        Some(Entry::Damaged(found)) => {
            return json!({ "record": found.record, "problem": found.problem });
        }
        None => return Value::Null,
    };
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json!({
        "seq": event.seq,
        "hash": event.hash,
        "recorded_at": recorded_at(event),
        "tenant": event.tenant,
        "who": some(&event.who),
        "credential": some(&event.credential),
        "from": some(&event.from),
        "request_id": some(&event.request_id),
        "action": event.action,
        "object": some(&event.object),
        "result": event.result,
        "count": event.count,
    })
}

fn row(entry: &proto::AuditEntry) -> Vec<Cell> {
    let event = match &entry.entry {
        Some(Entry::Event(event)) => event,
        Some(Entry::Damaged(found)) => {
            let mut row = vec![Cell::styled("DAMAGED", RED)];
            row.extend((0..4).map(|_| Cell::new("")));
            row.extend([Cell::right(""), Cell::new("")]);
            row.push(Cell::new(format!(
                "record {}: {}",
                found.record, found.problem
            )));
            return row;
        }
        None => return Vec::new(),
    };
    vec![
        Cell::new(recorded_at(event)),
        Cell::new(event.who.as_str()),
        Cell::new(event.from.as_str()),
        Cell::new(event.action.as_str()),
        Cell::new(event.result.as_str()),
        Cell::right(event.count.to_string()),
        Cell::new(event.request_id.as_str()),
        Cell::new(event.object.as_str()),
    ]
}
