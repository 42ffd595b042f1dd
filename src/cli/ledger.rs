//! `underwrite ledger`: proves the ledger, exports the end of its chain, copies it, puts a copy in its
//! place, and writes its columns.

mod columns;
mod recovery;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{self, LedgerHead, LedgerVerify};
use super::assembly;
use super::chain::{chain_json, chain_lines, exit, prove};
use super::head_file::{KeptHead, read_head, read_known};
use super::text::counted;
use super::{CliError, Exit, Terminal};
use crate::clock::{Clock, SystemClock};
use crate::ledger::Scope;

/// Runs the command.
pub(super) async fn run(
    command: args::Ledger,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match command {
        args::Ledger::Verify(command) => verify(command, environment, terminal).await,
        args::Ledger::Head(command) => head(&command, environment, terminal).await,
        args::Ledger::Backup(command) => recovery::backup(&command, environment, terminal).await,
        args::Ledger::Restore(command) => recovery::restore(&command, environment, terminal).await,
        args::Ledger::Resume(command) => recovery::resume(&command, environment, terminal).await,
        args::Ledger::Columns(command) => columns::run(&command, environment, terminal).await,
    }
}

async fn verify(
    command: LedgerVerify,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let kept = command.head.as_deref().map(read_head).transpose()?;
    let scope = Scope {
        tenant: None,
        since: command.since.as_deref().map(read_known).transpose()?,
    };
    let config = command.settings.load(environment)?;
    let house = assembly::open_records(&config)?;
    let bar = terminal.bar("proving");
    let shown = bar.clone();
    let progress = Arc::new(move |done: u64, total: u64| {
        shown.set_length(total);
        shown.set_position(done);
    });
    let report = prove(&*house.ledger, scope, kept.as_ref(), progress).await;
    bar.finish_and_clear();
    let report = report?;
    let since = report.since.unwrap_or(0);
    let compared = columns::compared(&config, &house.ledger, since).await?;
    if terminal.wants_json() {
        let mut told = chain_json(&report);
        if let Some(told) = told.as_object_mut() {
            told.insert("columns".to_owned(), columns::json(compared.as_ref()));
        }
        terminal.print_json(&told)?;
    } else {
        let mut lines = chain_lines(&report);
        lines.extend(compared.iter().flat_map(columns::lines));
        terminal.print(&format!("{}\n", lines.join("\n")))?;
    }
    Ok(match compared {
        Some(compared) if !compared.is_sound() => Exit::Differences,
        Some(_) | None => exit(&report),
    })
}

async fn head(
    command: &LedgerHead,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let house = assembly::open_records(&command.settings.load(environment)?)?;
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
