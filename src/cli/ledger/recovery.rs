//! `underwrite ledger backup`, `restore` and `resume`: a copy of the ledger, that copy in its place, and
//! what says that the chain goes on from there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use crate::access::audit::{Action, Origin};
use crate::cli::args::{LedgerBackup, LedgerRestore, LedgerResume};
use crate::cli::assembly;
use crate::cli::chain::{chain_json, chain_lines, exit, prove};
use crate::cli::head_file::{KeptHead, read_head, read_known};
use crate::cli::{CliError, Exit, Terminal};
use crate::clock::{Clock, SystemClock};
use crate::id::{OsEntropy, TenantId};
#[cfg(debug_assertions)]
use crate::ledger::failpoint;
use crate::ledger::{Ledger, LedgerError, Restore, Scope, SqliteLedger, SqliteOpenError};
use crate::portfolio::columns;

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Copies the ledger, proves the copy, and only then gives it its name.
pub(super) async fn backup(
    command: &LedgerBackup,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let config = command.settings.load(environment)?;
    let file = &command.file;
    let (unproven, head_file) = (beside(file, ".new"), beside(file, ".head"));
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
    let report = copy.verify(Scope::default(), Arc::new(|_, _| {})).await?;
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

/// Copies a backup beside the place of the ledger, proves the copy, and only then gives it its name.
pub(super) async fn restore(
    command: &LedgerRestore,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let config = command.settings.load(environment)?;
    let (file, ledger) = (&command.file, config.ledger_path());
    if !file.exists() {
        let message = format!("there is no backup `{}`", file.display());
        return Err(CliError::other("no_backup", message));
    }
    let head_file = Some(beside(file, ".head")).filter(|path| path.exists());
    let kept = head_file.as_deref().map(read_head).transpose()?;
    assembly::make_data_folder(&config)?;
    let restore = Restore::begin(file, &ledger).map_err(stop_first)?;
    let copy = restore.copy()?;
    let quiet = Arc::new(|_, _| {});
    let report = prove(&copy, Scope::default(), kept.as_ref(), quiet).await?;
    drop(copy);
    if report.is_sound() {
        // They are of the ledger that was there.
        columns::remove(&config.columns_path())?;
        restore.finish()?;
    }
    if terminal.wants_json() {
        terminal.print_json(&chain_json(&report))?;
        return Ok(exit(&report));
    }
    let mut lines = chain_lines(&report);
    if let (Some(oldest), Some(newest)) = (report.oldest_at, report.newest_at) {
        lines.push(format!(
            "  recorded from {} to {}",
            oldest.format("%F %T UTC"),
            newest.format("%F %T UTC")
        ));
    }
    if report.is_sound() {
        let given = match head_file {
            Some(head_file) => head_file.display().to_string(),
            None => {
                lines.push(format!(
                    "  there is no `{}.head`: that it is the backup that was made, nothing shows",
                    file.display()
                ));
                report.head.hash.to_string()
            }
        };
        let (file, ledger) = (file.display(), ledger.display());
        lines.push(format!("Restored `{file}` to `{ledger}`"));
        lines.push(format!(
            "It records nothing until `underwrite ledger resume --from {given} --accept-loss`"
        ));
    } else {
        lines.push("Nothing was restored: take another backup".to_owned());
    }
    terminal.print(&format!("{}\n", lines.join("\n")))?;
    Ok(exit(&report))
}

/// Lets a restored ledger go on.
pub(super) async fn resume(
    command: &LedgerResume,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let config = command.settings.load(environment)?;
    let from = read_known(&command.from)?;
    let ledger = open_to_resume(&config.ledger_path())?;
    let end = ledger.head().await?;
    if ledger.ready().await != Err(LedgerError::Restored) {
        return Err(LedgerError::NotRestored.into());
    }
    // Before the loss is spoken of: it is a loss since this head alone.
    if !from.is(&end) {
        return Err(LedgerError::OtherHead {
            chain_id: end.chain_id,
            seq: end.seq,
            hash: end.hash,
        }
        .into());
    }
    if !command.accept_loss {
        let message = format!(
            "the restored ledger ends with record {}, and whatever was recorded after that is not in \
             it: decisions that callers were told of can neither be found nor replayed, their \
             idempotency keys are free, so that a repeat is decided anew, and what was pending then \
             is decided again under the id that it had, perhaps otherwise than its caller was told. \
             Look for a later backup, or the lost file, first; `--accept-loss` says that there is none",
            end.seq
        );
        return Err(CliError::other("loss_not_accepted", message));
    }
    let now = SystemClock.now();
    let by = Origin::local(TenantId::default_tenant());
    let by = by.event(Action::LedgerResume, end.hash.to_string(), now);
    let resumed = ledger.resume(from, now, Some(by)).await?;
    if terminal.wants_json() {
        terminal.print_json(&json!({ "from": end, "head": resumed }))?;
    } else {
        terminal.print(&format!(
            "Resumed: record {} says that the chain goes on from record {}\n  {} ends with {}\n",
            end.seq.saturating_add(1),
            end.seq,
            resumed.chain_id,
            resumed.hash
        ))?;
    }
    Ok(Exit::Success)
}

/// Opens the ledger to be written, if there is one and no server has it.
fn open_to_resume(path: &Path) -> Result<SqliteLedger, CliError> {
    assembly::check_ledger_is_there(path)?;
    SqliteLedger::open(path, &OsEntropy).map_err(stop_first)
}

/// What to do about a server that has the ledger: nobody else can do what is asked here.
fn stop_first(error: SqliteOpenError) -> CliError {
    if matches!(error, SqliteOpenError::InUse { .. }) {
        let message = format!("{error}: stop that first, and start it again afterwards");
        return CliError::other(error.code(), message);
    }
    error.into()
}
