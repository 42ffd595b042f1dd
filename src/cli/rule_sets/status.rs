//! `underwrite rules shadow` and `underwrite rules status`: what decides beside, and how that compares.

use std::collections::BTreeMap;

use serde_json::json;

use super::place::{Opened, Place};
use super::tally;
use crate::cli::args::{RulesShadow, RulesStatus};
use crate::cli::table::{self, Cell};
use crate::cli::text::{self, BOLD, DIM, YELLOW, paint};
use crate::cli::{CliError, Exit, Terminal, json};
use crate::proto;

/// Has a version decide beside a name, or none.
pub(super) async fn shadow(
    command: &RulesShadow,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ToWrite, environment).await?;
    let version = command.version.as_ref().map(ToString::to_string);
    let name = command.name.to_string();
    place.shadow(name.clone(), version.clone()).await?;
    if terminal.wants_json() {
        terminal.print_json(&json!({ "name": name, "shadow": version }))?;
        return Ok(Exit::Success);
    }
    let line = match version {
        Some(version) => format!(
            "{name} {version} decides beside what decides, and is never answered: see \
             `underwrite rules status {name}`"
        ),
        None => format!("Nothing decides beside {name}"),
    };
    terminal.print(&format!("{line}\n"))?;
    place.tell_where(terminal)?;
    Ok(Exit::Success)
}

/// Shows how rule sets stand.
pub(super) async fn status(
    command: &RulesStatus,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let mut place = Place::open(&command.place, Opened::ForReading, environment).await?;
    let name = command.name.as_ref().map(ToString::to_string);
    let request = proto::GetRuleSetStatusRequest {
        name: name.unwrap_or_default(),
    };
    let found = place.status(request).await?;
    if terminal.wants_json() {
        terminal.print_json(&json::of("GetRuleSetStatusResponse", &found)?)?;
        return Ok(Exit::Success);
    }
    if found.rule_sets.is_empty() {
        terminal.print("No rule set was ever made active\n")?;
    }
    for one in &found.rule_sets {
        show(one, terminal)?;
    }
    if command.name.is_none() && !found.rule_sets.is_empty() {
        let hint = "What the rules of one came to: `underwrite rules status NAME`";
        terminal.print(&format!("{}\n", paint(DIM, hint)))?;
    }
    Ok(Exit::Success)
}

fn show(status: &proto::RuleSetStatus, terminal: &mut Terminal) -> Result<(), CliError> {
    let mut lines = vec![paint(BOLD, &status.name)];
    for said in &status.activations {
        let since = text::instant(said.start_time.as_ref());
        let version = Some(said.version.as_str()).filter(|version| !version.is_empty());
        let version = version.unwrap_or("nothing: retired");
        let is_planned = said.state() == proto::ActivationState::Scheduled;
        lines.push(if is_planned {
            let told = format!("  from {since} on: {version}, said by {}", said.who);
            paint(YELLOW, &told)
        } else {
            format!("  decides: {version}, since {since}, said by {}", said.who)
        });
    }
    terminal.print(&format!("{}\n", lines.join("\n")))?;
    if let Some(tally) = &status.tally {
        terminal.print(&tally::text("counted", tally, terminal.width()))?;
    }
    match &status.shadow {
        Some(shadow) => show_shadow(shadow, terminal),
        None => Ok(()),
    }
}

fn show_shadow(shadow: &proto::Shadow, terminal: &mut Terminal) -> Result<(), CliError> {
    let since = text::instant(shadow.start_time.as_ref());
    let (version, who) = (&shadow.version, &shadow.who);
    let line = format!("  beside it: {version}, since {since}, said by {who}");
    terminal.print(&format!("{line}\n"))?;
    let Some(tally) = &shadow.tally else {
        return Ok(());
    };
    let count = |of: fn(&proto::ShadowCount) -> bool| -> u64 {
        let counts = shadow.counts.iter().filter(|one| of(one));
        counts.map(|one| one.count).sum()
    };
    let (all, same) = (
        count(|_| true),
        count(|one| one.outcome == one.shadow_outcome),
    );
    let line = format!("  compared: {all}, of which {same} came to the same outcome");
    terminal.print(&format!("{line}\n"))?;
    if !shadow.counts.is_empty() {
        terminal.print(&table::render(
            &["  decided", "the shadow", "times", "share"],
            shadow
                .counts
                .iter()
                .map(|one| count_row(one, all))
                .collect(),
            terminal.width(),
        ))?;
    }
    terminal.print(&tally::text("the shadow", tally, terminal.width()))?;
    Ok(())
}

fn count_row(count: &proto::ShadowCount, all: u64) -> Vec<Cell> {
    let style = match count.outcome == count.shadow_outcome {
        true => DIM,
        false => YELLOW,
    };
    vec![
        Cell::styled(format!("  {}", count.outcome), style),
        Cell::styled(&count.shadow_outcome, style),
        Cell::right(count.count.to_string()),
        Cell::right(tally::share(count.count, all)),
    ]
}
