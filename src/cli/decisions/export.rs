//! `underwrite decisions export`: all that rules read of decisions, and what they came to, in a file.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::json;

use crate::cli::args::{DecisionsExport, ExportFormat};
use crate::cli::text::counted;
use crate::cli::{CliError, Exit, Terminal, assembly};
use crate::portfolio::{Looked, PastDecision, Source, export, read_taken};
use crate::private;
use crate::rules::Bundle;

/// Runs the command.
pub(super) async fn run(
    command: &DecisionsExport,
    environment: &BTreeMap<String, String>,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    let path = &command.file;
    let format = match command.format {
        Some(format) => format,
        None => format_of(path)?,
    };
    let house = assembly::open_records(&command.recorded.settings().load(environment)?)?;
    let tenant = command.recorded.tenant.clone().unwrap_or(house.tenant);
    let failed = |error: std::io::Error| CliError::file(path, &error);
    let file = private::create_new(path).map_err(failed)?;
    let mut written = BufWriter::new(file);
    if format == ExportFormat::Csv {
        writeln!(written, "{}", export::columns()).map_err(failed)?;
    }
    let source = Source {
        ledger: &house.ledger,
        tenant: &tenant,
    };
    let selection = command.selection.selection();
    let looked = read_taken(source, &selection, |past, live| {
        writeln!(written, "{}", line(format, past, live)).map_err(failed)
    });
    let looked = looked.await?;
    let file = written
        .into_inner()
        .map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    tell(&looked, path, terminal)
}

/// The format that the name of a file says.
fn format_of(path: &Path) -> Result<ExportFormat, CliError> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending {
        Some("csv") => Ok(ExportFormat::Csv),
        Some("jsonl") => Ok(ExportFormat::Jsonl),
        Some(_) | None => Err(CliError::Usage(format!(
            "the name of `{}` does not say what to write: end it with `.csv` or `.jsonl`, or say \
             `--format`",
            path.display()
        ))),
    }
}

fn line(format: ExportFormat, past: &PastDecision, live: Option<&Bundle>) -> String {
    match format {
        ExportFormat::Csv => export::row(past, live),
        ExportFormat::Jsonl => export::line(past, live).to_string(),
    }
}

/// Says what was written, and what could not be.
fn tell(looked: &Looked, path: &Path, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let count = |number: u64| {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        counted(number, "decision", "decisions")
    };
    if terminal.wants_json() {
        let unreadable = looked.unreadable.iter();
        let unreadable =
            unreadable.map(|(record, problem)| json!({ "record": record, "problem": problem }));
        terminal.print_json(&json!({
            "decisions": looked.total,
            "written": looked.taken,
            "unknown": looked.unknown,
            "unreadable": unreadable.collect::<Vec<_>>(),
            "unreadable_total": looked.unreadable_total,
        }))?;
    } else {
        terminal.print(&format!(
            "{} of {} written to `{}`\n",
            looked.taken,
            count(looked.total),
            path.display()
        ))?;
        if looked.unknown > 0 {
            terminal.note(&format!(
                "{} left out: it is not known whether they are meant",
                looked.unknown
            ))?;
        }
        for (record, problem) in &looked.unreadable {
            terminal.note(&format!("{record}: {problem}"))?;
        }
    }
    if looked.unreadable_total == 0 {
        return Ok(Exit::Success);
    }
    terminal.note(&format!(
        "{} not written, which cannot be read: see `underwrite ledger verify`",
        count(looked.unreadable_total)
    ))?;
    Ok(Exit::Differences)
}
