//! Those commands of `underwrite decisions` that keep what follows a decision: a person's decision
//! beside it, the notice of it and whether that was sent, what is due, and how its loan did.

mod creditor;
pub(super) mod due;
pub(super) mod import;
pub(super) mod notice;
pub(super) mod place;

use std::collections::BTreeMap;

use super::args::{Override, Performance};
use super::text::{self, BOLD, counted, paint};
use super::{CliError, Exit, Terminal, json};
use crate::clock::{Clock, SystemClock};
use crate::proto;
use crate::service::to_wire;
use place::Place;

/// Records an override; `key` is taken where none is named.
pub(super) async fn record_override(
    command: Override,
    key: String,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    if command.naming.key.is_some() && command.decide_time.is_none() {
        return Err(CliError::Usage(
            "`--key` needs `--decide-time` beside it: the time is part of the request, which could not \
             be repeated under its key"
                .to_owned(),
        ));
    }
    let at = command.decide_time.unwrap_or_else(|| SystemClock.now());
    let reasons = command.reasons.into_iter().map(|one| proto::StatedReason {
        code: one.code,
        statement: one.statement,
    });
    let request = proto::RecordOverrideRequest {
        idempotency_key: command.naming.key.map_or(key, |key| key.to_string()),
        decision_id: command.id.to_string(),
        outcome: to_wire::outcome(command.outcome).into(),
        reasons: reasons.collect(),
        reviewer: command.reviewer,
        decide_time: Some(to_wire::timestamp(at)),
        note: command.naming.note,
    };
    let mut place = Place::open_to_record(&command.records, environment).await?;
    let recorded = place.record_override(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("Override", &recorded)?)?;
        return Ok(Exit::Success);
    }
    let (word, style) = text::outcome(recorded.outcome());
    terminal.print(&format!(
        "{} of {} by {}, recorded {} (record {} of the ledger, key {})\n",
        paint(style, word),
        paint(BOLD, &recorded.decision_id),
        recorded.reviewer,
        text::instant(recorded.record_time.as_ref()),
        recorded.seq,
        recorded.idempotency_key,
    ))?;
    for (number, reason) in (1..).zip(&recorded.reasons) {
        terminal.print(&format!("  {number}. {}\n", reason.statement))?;
    }
    Ok(Exit::Success)
}

/// Records what happened to a loan, or to those of a file; `key` is taken where none is named.
pub(super) async fn record_performance(
    command: Performance,
    key: String,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    if let Some(file) = &command.import {
        let entries = import::read(file)?;
        let mut place = Place::open_to_record(&command.records, environment).await?;
        return import_all(entries, &mut place, terminal).await;
    }
    let text = |text: Option<String>| text.unwrap_or_default();
    let request = proto::RecordLoanPerformanceRequest {
        idempotency_key: command.naming.key.map_or(key, |key| key.to_string()),
        decision_id: text(command.id.map(|id| id.to_string())),
        event: command
            .event
            .map_or(0, |event| to_wire::loan_event(event).into()),
        date: command.date.map(to_wire::date),
        amount: command.amount.map(to_wire::money),
        days_past_due: command.days_past_due.unwrap_or(0),
        corrects: text(command.corrects.map(|key| key.to_string())),
        note: command.naming.note,
    };
    let mut place = Place::open_to_record(&command.records, environment).await?;
    let recorded = place.record_performance(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("LoanPerformance", &recorded)?)?;
        return Ok(Exit::Success);
    }
    terminal.print(&format!(
        "{} of {}, recorded {} (record {} of the ledger, key {})\n",
        entry(&recorded),
        paint(BOLD, &recorded.decision_id),
        text::instant(recorded.record_time.as_ref()),
        recorded.seq,
        recorded.idempotency_key,
    ))?;
    Ok(Exit::Success)
}

async fn import_all(
    entries: Vec<import::Line>,
    place: &mut Place,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut recorded = 0_usize;
    for import::Line { number, request } in entries {
        match place.record_performance(request).await {
            Ok(_) => recorded = recorded.saturating_add(1),
            Err(CliError::Refused(mut refused)) => {
                let before = counted(recorded, "entry", "entries");
                refused.message = format!(
                    "line {number}: {}; {before} before it recorded: mend the line and import the file \
                     again, which records none twice",
                    refused.message
                );
                return Err(CliError::Refused(refused));
            }
            Err(other) => return Err(other),
        }
    }
    if terminal.wants_json() {
        terminal.print_json(&serde_json::json!({ "recorded": recorded }))?;
    } else {
        let all = counted(recorded, "entry is", "entries are");
        terminal.print(&format!(
            "{all} recorded; those that were before are counted too\n"
        ))?;
    }
    Ok(Exit::Success)
}

/// `paid 150.00 USD on 2026-03-31`.
pub(super) fn entry(entry: &proto::LoanPerformance) -> String {
    let mut words = vec![text::word(entry.event().as_str_name(), "LOAN_EVENT_").replace('_', " ")];
    if entry.days_past_due > 0 {
        let days = usize::try_from(entry.days_past_due).unwrap_or(usize::MAX);
        words.push(counted(days, "day", "days"));
    }
    words.extend(entry.amount.as_ref().map(text::money));
    let date = entry.date.as_ref().map_or("?", |date| date.value.as_str());
    words.push(format!("on {date}"));
    words.join(" ")
}
