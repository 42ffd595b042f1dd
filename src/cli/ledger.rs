//! `underwrite ledger`: proves the ledger, and exports the end of its chain.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{self, LedgerBackup, LedgerHead, LedgerVerify, Settings};
use super::assembly::{self, Assembly};
use super::head_file::{KeptHead, read_head};
use super::text::{GREEN, RED, counted, paint};
use super::{CliError, Exit, Terminal};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::id::TenantId;
#[cfg(debug_assertions)]
use crate::ledger::failpoint;
use crate::ledger::{ChainReport, Head, Ledger, LedgerError, Problem, Progress, SqliteLedger};

/// Runs the command.
pub(super) async fn run(
    command: args::Ledger,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        args::Ledger::Verify(command) => verify(command, environment, terminal).await,
        args::Ledger::Head(command) => head(&command, environment, terminal).await,
        args::Ledger::Backup(command) => backup(&command, environment, terminal).await,
    }
}

async fn verify(
    command: LedgerVerify,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let kept = command.head.as_deref().map(read_head).transpose()?;
    let house = open(&command.settings, environment)?;
    let bar = terminal.bar("proving");
    let shown = bar.clone();
    let progress = Arc::new(move |done: u64, total: u64| {
        shown.set_length(total);
        shown.set_position(done);
    });
    let report = prove(&*house.ledger, None, kept.as_ref(), progress).await;
    bar.finish_and_clear();
    let report = report?;
    if terminal.wants_json() {
        terminal.print_json(&chain_json(&report))?;
    } else {
        terminal.print(&format!("{}\n", chain_lines(&report).join("\n")))?;
    }
    Ok(exit(&report))
}

/// Copies the ledger, proves the copy, and only then gives it its name.
async fn backup(
    command: &LedgerBackup,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let settings = &command.settings;
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    let beside = |ending: &str| {
        let mut name = command.file.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let (file, unproven, head_file) = (&command.file, beside(".new"), beside(".head"));
    if let Some(there) = [file, &head_file].into_iter().find(|path| path.exists()) {
        let there = there.display();
        let message =
            format!("`{there}` is there, and a backup does not overwrite it: name another");
        return Err(CliError::other("backup_exists", message));
    }
    // What is left of one that broke off.
    if unproven.exists() {
        fs::remove_file(&unproven).map_err(|error| CliError::file(&unproven, &error))?;
    }
    SqliteLedger::back_up(&config.ledger_path(), &unproven)?;
    let copy = SqliteLedger::open_read_only(&unproven)?;
    let report = copy.verify(None, Arc::new(|_, _| {})).await?;
    drop(copy);
    if report.is_sound() {
        let kept = KeptHead {
            head: report.head.clone(),
            at: SystemClock.now(),
        };
        kept.write_new(&head_file)?;
        #[cfg(debug_assertions)]
        failpoint::reach(failpoint::Step::BackupProven).map_err(std::io::Error::from)?;
        fs::rename(&unproven, file).map_err(|error| CliError::file(file, &error))?;
        #[cfg(debug_assertions)]
        failpoint::reach(failpoint::Step::BackupPlaced).map_err(std::io::Error::from)?;
    } else {
        fs::remove_file(&unproven).map_err(|error| CliError::file(&unproven, &error))?;
    }
    if terminal.wants_json() {
        terminal.print_json(&chain_json(&report))?;
    } else {
        let mut lines = chain_lines(&report);
        if report.is_sound() {
            let (file, head) = (file.display(), head_file.display());
            lines.push(format!("Backed up to `{file}`, its head to `{head}`"));
        }
        terminal.print(&format!("{}\n", lines.join("\n")))?;
    }
    Ok(exit(&report))
}

async fn head(
    command: &LedgerHead,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let house = open(&command.settings, environment)?;
    let kept = KeptHead {
        head: house.ledger.head().await?,
        at: SystemClock.now(),
    };
    let value = kept.json();
    let Some(path) = &command.out else {
        terminal.print_json(&value)?;
        return Ok(Exit::Success);
    };
    kept.write_new(path)?;
    if terminal.wants_json() {
        terminal.print_json(&value)?;
    } else {
        let records = usize::try_from(kept.head.seq).unwrap_or(usize::MAX);
        let records = counted(records, "record", "records");
        terminal.print(&format!(
            "Head of {records} written to `{}`\n",
            path.display()
        ))?;
    }
    Ok(Exit::Success)
}

/// Only reads, whatever else the settings say.
fn open(settings: &Settings, environment: &BTreeMap<String, String>) -> Result<Assembly, CliError> {
    let config = Config::load(settings.given(), environment, settings.config.as_deref())?;
    assembly::open_records(&config)
}

/// Proves the chain, and that it holds the head that was kept, if one was.
pub(super) async fn prove(
    ledger: &dyn Ledger,
    tenant: Option<&TenantId>,
    kept: Option<&Head>,
    progress: Progress,
) -> Result<ChainReport, LedgerError> {
    let mut report = ledger.verify(tenant, progress).await?;
    if let Some(kept) = kept
        && let Some(problem) = ledger.against(kept).await?
    {
        report.add(problem);
    }
    Ok(report)
}

/// What the proof found, as a person reads it.
pub(super) fn chain_lines(chain: &ChainReport) -> Vec<String> {
    let count = |number: u64, one: &str, many: &str| {
        counted(usize::try_from(number).unwrap_or(usize::MAX), one, many)
    };
    let records = count(chain.records, "record", "records");
    let decisions = count(chain.decisions, "decision", "decisions");
    if chain.is_sound() {
        let snapshots = count(chain.snapshots, "snapshot", "snapshots");
        let bundles = count(chain.bundles, "rule set", "rule sets");
        let intact = paint(GREEN, "chain intact:");
        let mut lines = vec![
            format!("{intact} {records}: {decisions} on {snapshots}, {bundles}"),
            format!("  {} ends with {}", chain.head.chain_id, chain.head.hash),
        ];
        if chain.held_back > 0 {
            let held_back = count(chain.held_back, "record", "records");
            lines.push(format!(
                "  {held_back} marked: the clock was behind the record before"
            ));
        }
        return lines;
    }
    let problems = count(chain.problems_total, "problem", "problems");
    let found = format!("chain damaged: {problems} found in {records}");
    let mut lines = vec![paint(RED, &found)];
    lines.extend(problem_lines(&chain.problems));
    lines
}

/// What the proof found, as a program reads it.
pub(super) fn chain_json(chain: &ChainReport) -> Value {
    json!({
        "sound": chain.is_sound(),
        "head": chain.head,
        "records": chain.records,
        "decisions": chain.decisions,
        "snapshots": chain.snapshots,
        "bundles": chain.bundles,
        "held_back": chain.held_back,
        "problems": problems_json(&chain.problems),
        "problems_total": chain.problems_total,
    })
}

pub(super) fn problem_lines(problems: &[Problem]) -> impl Iterator<Item = String> {
    problems
        .iter()
        .map(|found| format!("  {}: {}", found.record, found.problem))
}

pub(super) fn problems_json(problems: &[Problem]) -> Vec<Value> {
    problems
        .iter()
        .map(|found| json!({ "record": found.record, "problem": found.problem }))
        .collect()
}

fn exit(chain: &ChainReport) -> Exit {
    if chain.is_sound() {
        Exit::Success
    } else {
        Exit::Differences
    }
}
